"""One SQLite connection that lives in one thread of its own: the event loop never waits for a disk.

It opens at the first call and, if that fails, again at the next: a reader may be started before the collector has made
the file. SQLite's errors become ours here and nowhere else.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from coldchain.errors import Refused, Unavailable

T = TypeVar("T")


class SqliteThread:
    """Runs functions of a connection, one after the other. `opener` makes the connection, in the thread."""

    def __init__(self, name: str, opener: Callable[[], sqlite3.Connection]) -> None:
        self._opener = opener
        self._connection: sqlite3.Connection | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in the thread, as one transaction where it writes.

        Raises:
            Refused: the data can never be stored.
            Unavailable: no file, no space, locked, damaged.
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, work)

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._connection is None:
                self._connection = self._opener()
            with self._connection:
                return work(self._connection)
        except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError) as error:
            raise Refused(f"series: {error}") from error
        except sqlite3.Error as error:
            raise Unavailable(f"series: {error}") from error

    async def close(self) -> None:
        """Close the connection and end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._pool, self._close)
        self._pool.shutdown()

    def _close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):  # nothing is open any more either way
                self._connection.close()
            self._connection = None
