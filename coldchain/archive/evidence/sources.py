"""What can be verified: books (chains, rows, roots) and days (seals, readings, arrivals). Here of an open archive.

Whoever verifies asks only what stands in these protocols; `exported` answers the same from one file.
"""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select

from coldchain.archive import audited, chains, tables
from coldchain.archive.chains import Entry
from coldchain.archive.comparing import Where
from coldchain.archive.db import Archive, Tx
from coldchain.archive.evidence import roots, seals
from coldchain.archive.evidence.roots import Root
from coldchain.archive.evidence.seals import Seal
from coldchain.archive.images import Image
from coldchain.archive.rows import table_of
from coldchain.reading import Reading, Trace
from coldchain.wire import Arrival


@dataclass(frozen=True, slots=True)
class Act:
    """An act of deletion as far as a verification needs it: which channels, from when to when, carried out or not."""

    id: int
    start: int
    end: int
    channels: frozenset[str]
    is_done: bool

    def covers(self, channel: str, start: int, end: int) -> bool:
        """True when all readings of a channel in [start, end) were to be deleted."""
        return channel in self.channels and self.start <= start and end <= self.end


class Books(Protocol):
    """What stands in an archive, at one moment."""

    async def streams(self) -> list[str]:
        """The chains there are."""

    def links(self, stream: str) -> AsyncIterator[Entry]:
        """A chain from its first link on."""

    async def images_at(self, where: Sequence[Where]) -> dict[Where, str]:
        """The images of these links."""

    def rows(self) -> AsyncIterator[tuple[str, list[tuple[str, Image]]]]:
        """(table, some of its rows as (key, image)), until all that must be chained were given."""

    async def roots(self) -> list[Root]:
        """All roots, the oldest first."""

    async def acts(self) -> list[Act]:
        """All acts of deletion."""


class Journals(Protocol):
    """What an arrival journal is asked."""

    async def heads(self) -> dict[tuple[str, int], int]:
        """The last position per (collector, shard)."""

    async def arrivals(self, collector: str, shard: int, after: int, limit: int = 1000) -> list[Arrival]:
        """The lines behind a position, in order."""


class Readings(Journals, Protocol):
    """What a time series is asked."""

    async def newest(self, channels: None = None) -> dict[str, Reading]:
        """The newest reading of each channel."""

    async def after(self, channel: str, time: int, count: int = 1) -> Trace:
        """The first readings at or after a time."""

    async def read(self, channel: str, start: int, end: int) -> Trace:
        """The readings of a stretch."""


class Seals(Protocol):
    """What is sealed."""

    async def gateways(self) -> list[str]:
        """The gateways of which anything is."""

    async def of(self, gateway: str) -> list[Seal]:
        """All versions of all its days, in order."""


@dataclass(frozen=True, slots=True)
class Source:
    """All that is verified together."""

    books: Callable[[], AbstractAsyncContextManager[Books]]
    seals: Seals
    series: Readings
    is_live: bool = False  # somebody may be writing while it is read
    channels: Collection[str] | None = None  # whose readings are there at all; None: everybody's …
    start: int | None = None  # … and from when …
    end: int | None = None  # … to when; whole UTC days

    def knows(self, gateway: str) -> bool:
        """True when readings of this gateway are there, and its journals with them."""
        return self.channels is None or any(channel.split("/")[0] == gateway for channel in self.channels)

    def holds(self, channel: str, day: int) -> bool:
        """True when the readings of this day are there to be looked at."""
        return (
            (self.channels is None or channel in self.channels)
            and (self.start is None or day >= self.start)
            and (self.end is None or day < self.end)
        )


class ArchiveBooks:
    """`Books` of a transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def streams(self) -> list[str]:  # noqa: D102 - the protocol says it, here and below
        return await chains.streams(self._tx)

    def links(self, stream: str) -> AsyncIterator[Entry]:  # noqa: D102
        return chains.links(self._tx, stream)

    async def images_at(self, where: Sequence[Where]) -> dict[Where, str]:  # noqa: D102
        return await chains.images_at(self._tx, where)

    async def rows(self) -> AsyncIterator[tuple[str, list[tuple[str, Image]]]]:  # noqa: D102
        for kind in audited.WATCHED:
            async for some in chains.images(self._tx, kind):
                yield table_of(kind).name, some

    async def roots(self) -> list[Root]:  # noqa: D102
        return await roots.listed(self._tx)

    async def acts(self) -> list[Act]:  # noqa: D102
        rows = await self._tx.scalars(select(tables.Deletion).order_by(tables.Deletion.id))
        return [act_of(row) for row in rows]


def act_of(row: tables.Deletion) -> Act:
    """A row as an act; of what somebody made unreadable, it covers nothing."""
    channels = frozenset(str(each[0]) for each in row.channels if len(each) > 1)
    return Act(row.id, row.start, row.end, channels, row.done_at is not None)


class ArchiveSeals:
    """`Seals` of an archive; a transaction for each question, for there is much to be done between two."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    async def gateways(self) -> list[str]:  # noqa: D102
        async with self._archive.reading() as tx:
            return await seals.gateways(tx)

    async def of(self, gateway: str) -> list[Seal]:  # noqa: D102
        async with self._archive.reading() as tx:
            return [seal async for seal in seals.of_gateway(tx, gateway)]


def archive_source(archive: Archive, series: Readings) -> Source:
    """An open archive and its time series, which others may be writing meanwhile."""

    @asynccontextmanager
    async def books() -> AsyncIterator[Books]:
        async with archive.reading() as tx:
            yield ArchiveBooks(tx)

    return Source(books, ArchiveSeals(archive), series, is_live=True)
