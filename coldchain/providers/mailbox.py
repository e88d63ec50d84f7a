"""The mailbox that bounces come back to: read, and put away only once what they say is kept.

    IMAP (`imap`) | Maildir ─► unread mails ─► `bounces.receipts_of` ─► ours? ─► Returned ─► kept ─► seen, or deleted
                                                                └─ no: left as it is, unread, for a person

Each mail is looked at once in the life of this process; one that nobody can parse is left alone like any stranger's.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, Protocol, TypeVar

from coldchain import clock
from coldchain.errors import Unavailable
from coldchain.providers import bounces
from coldchain.providers.outcome import Receipt, Returned
from coldchain.providers.settings import MaildirSettings, MailSettings

log = logging.getLogger(__name__)

AT_ONCE: Final = 50  # mails of one look: a full mailbox is read in turns
REMEMBERED: Final = 100_000  # names of mails that are none of ours
LONGEST_S: Final = 120.0  # of one look, or of putting away
T = TypeVar("T")


class Box(Protocol):
    """Where the mails lie. Its functions block, and raise OSError for whatever goes wrong."""

    def unread(self, known: frozenset[str]) -> Iterator[tuple[str, bytes]]:
        """(name, the whole mail) of unread mails that are not known; b"" for one too large to be a bounce."""

    def put_away(self, names: Sequence[str]) -> None:
        """Mark them as read, or delete them."""


@dataclass(slots=True)
class Mailbox:
    """The mailbox of `[channels.mail]`."""

    section: MailSettings
    box: Box
    look_every_s: float
    threads: Executor
    _next_s: float = -math.inf
    _others: set[str] = field(default_factory=set)  # mails that are none of ours

    async def returned(self, at: int) -> list[Returned]:
        """What came back and is of a message of ours; [] where it is not yet time to look.

        Raises:
            Unavailable: the mailbox cannot be read now.
        """
        now = clock.monotonic()
        if now < self._next_s:
            return []
        self._next_s = now + self.look_every_s
        return await self._blocking(partial(self._look, at))

    async def put_away(self, names: Sequence[str]) -> None:
        """These are kept elsewhere now.

        Raises:
            Unavailable: the mailbox cannot be written now; they come again.
        """
        await self._blocking(partial(self.box.put_away, names))

    async def _blocking(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(LONGEST_S):
                return await asyncio.get_running_loop().run_in_executor(self.threads, work)
        except (OSError, RuntimeError) as error:  # TimeoutError is an OSError; RuntimeError: the service is stopping
            raise Unavailable(f"the mailbox of bounces: {type(error).__name__}: {error}") from None

    def _look(self, at: int) -> list[Returned]:
        if len(self._others) > REMEMBERED:
            self._others.clear()
        found = []
        for name, mail in self.box.unread(frozenset(self._others)):
            said = self._said(name, mail, at)
            if said:
                found.append(Returned(name, tuple(said)))
            else:
                self._others.add(name)
        return found

    def _said(self, name: str, mail: bytes, at: int) -> list[Receipt]:
        try:
            return bounces.receipts_of(self.section, mail, at) if mail else []
        except Exception:  # whatever the library raises at a stranger's headers, the next mail is read all the same
            log.warning("mail %s in the mailbox of bounces cannot be read and is left alone", name, exc_info=True)
            return []


class Maildir:
    """A Maildir of this machine: what is unread lies in `new`."""

    def __init__(self, section: MaildirSettings) -> None:
        self._folder = section.folder
        self._deletes = section.afterwards == "delete"

    def unread(self, known: frozenset[str]) -> Iterator[tuple[str, bytes]]:
        """See `Box`. A mail lies in `new` only when it is whole."""
        names = sorted(path.name for path in (self._folder / "new").iterdir())
        for name in [name for name in names if name not in known][:AT_ONCE]:
            path = self._folder / "new" / name
            if path.is_file():
                yield name, path.read_bytes() if path.stat().st_size <= bounces.LARGEST_B else b""

    def put_away(self, names: Sequence[str]) -> None:
        """See `Box`."""
        for name in names:
            path = self._folder / "new" / name
            if self._deletes:
                path.unlink(missing_ok=True)
            elif path.exists():
                path.rename(_seen(self._folder / "cur", name))


def _seen(folder: Path, name: str) -> Path:
    return folder / f"{name.partition(':2,')[0]}:2,S"
