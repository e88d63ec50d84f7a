"""The embedded time series: one SQLite file (WAL, synchronous=FULL) for a site of one machine.

The collector alone writes; everybody else reads the same file, also while it writes. A commit is durable when `write`
returns. An exclusive lock beside the file holds off a second writer; it falls with the process that holds it.
"""

import fcntl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path
from sqlite3 import Connection
from typing import TypeVar

from coldchain.errors import BadInput
from coldchain.reading import Reading, Trace
from coldchain.series import Envelope, Rollup, Span, UndatedTrace, sql
from coldchain.series.buckets import Bucket, envelope_of
from coldchain.series.rows import check_step, undated_trace
from coldchain.series.thread import SqliteThread
from coldchain.wire import Arrival

T = TypeVar("T")


class EmbeddedSeries:
    """`coldchain.series.Series` on SQLite; see there for what each call promises. Made by `open`."""

    def __init__(self, reads: SqliteThread, writes: SqliteThread | None) -> None:
        self._reads = reads
        self._writes = writes

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, *, writer: bool = False) -> AsyncIterator["EmbeddedSeries"]:
        """Open the file. A reader may come before the file: its calls are `Unavailable` until it is there.

        Raises:
            BadInput: a second writer.
        """
        with _lock(path) if writer else _no_lock():
            reads = SqliteThread("series-read", partial(sql.open_reader, path))
            writes = SqliteThread("series-write", partial(sql.open_writer, path)) if writer else None
            try:
                if writes:
                    await writes.run(lambda _: None)  # make the file now, so that readers find it
                yield cls(reads, writes)
            finally:
                await reads.close()
                if writes:
                    await writes.close()

    async def _write(self, work: Callable[[Connection], T]) -> T:
        if self._writes is None:
            raise BadInput("series", "was opened for reading", "let the collector write, or pass writer=True")
        return await self._writes.run(work)

    async def write(self, traces: Sequence[Trace]) -> None:  # noqa: D102 - the protocol says it, here and below
        await self._write(lambda c: sql.write(c, traces))

    async def write_undated(self, traces: Sequence[UndatedTrace]) -> None:  # noqa: D102
        await self._write(lambda c: sql.write_undated(c, traces))

    async def write_arrivals(self, arrivals: Sequence[Arrival]) -> None:  # noqa: D102
        await self._write(lambda c: sql.write_arrivals(c, arrivals))

    async def read(self, channel: str, start: int, end: int, *, limit: int | None = None) -> Trace:  # noqa: D102
        return await self._reads.run(lambda c: sql.read(c, Span(channel, start, end), limit))

    async def read_spans(self, spans: Sequence[Span]) -> list[Trace]:  # noqa: D102
        return await self._reads.run(lambda c: [sql.read(c, span, None) for span in spans])

    async def before(self, channel: str, time: int, count: int = 1) -> Trace:  # noqa: D102
        return await self._reads.run(lambda c: sql.before(c, channel, time, count))

    async def before_each(self, times: Mapping[str, int], count: int = 1) -> dict[str, Trace]:  # noqa: D102
        return await self._reads.run(lambda c: {name: sql.before(c, name, time, count) for name, time in times.items()})

    async def after(self, channel: str, time: int, count: int = 1) -> Trace:  # noqa: D102
        return await self._reads.run(lambda c: sql.read(c, Span(channel, time, _FOREVER), count))

    async def newest(self, channels: Iterable[str] | None = None) -> dict[str, Reading]:  # noqa: D102
        names = None if channels is None else list(channels)
        return await self._reads.run(lambda c: sql.newest(c, names))

    async def undated(self, channel: str) -> list[UndatedTrace]:  # noqa: D102
        rows = await self._reads.run(lambda c: sql.undated(c, channel))
        return [undated_trace(channel, boot, [r[1:] for r in group]) for boot, group in groupby(rows, lambda r: r[0])]

    async def heads(self) -> dict[tuple[str, int], int]:  # noqa: D102
        return await self._reads.run(sql.heads)

    async def arrivals(self, collector: str, shard: int, after: int, limit: int = 1000) -> list[Arrival]:  # noqa: D102
        return await self._reads.run(lambda c: sql.arrivals(c, collector, shard, after, limit))

    async def envelope(self, channel: str, start: int, end: int, points: int) -> Envelope:  # noqa: D102
        return await envelope_of(self, channel, start, end, points)

    async def buckets(self, channel: str, start: int, end: int, step: int) -> list[Bucket]:
        """Believed raw readings in buckets of `step` from `start` on."""
        return await self._reads.run(lambda c: sql.buckets(c, Span(channel, start, end), step))

    async def write_rollups(self, rollups: Sequence[Rollup], step: int) -> None:  # noqa: D102
        await self._write(lambda c: sql.write_rollups(c, rollups, check_step(step)))

    async def rollups(self, channel: str, start: int, end: int, step: int) -> list[Rollup]:  # noqa: D102
        return (await self.rollup_spans([Span(channel, start, end)], step))[0]

    async def rollup_spans(self, spans: Sequence[Span], step: int) -> list[list[Rollup]]:  # noqa: D102
        check_step(step)
        return await self._reads.run(lambda c: [sql.rollups(c, span, step) for span in spans])

    async def set_marks(self, marks: dict[str, int]) -> None:  # noqa: D102
        await self._write(lambda c: sql.set_marks(c, marks))

    async def marks(self) -> dict[str, int]:  # noqa: D102
        return await self._reads.run(sql.marks)

    async def delete(self, channel: str, start: int, end: int) -> None:  # noqa: D102
        await self._write(lambda c: sql.delete(c, Span(channel, start, end)))

    async def ping(self) -> None:  # noqa: D102
        await self._reads.run(lambda c: c.execute("SELECT 1").fetchone())


_FOREVER = 2**63 - 1


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadInput("series.path", f"{path} has a writer already", "run one collector per file") from None
        yield


@contextmanager
def _no_lock() -> Iterator[None]:
    yield
