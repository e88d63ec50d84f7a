"""Writing the exported file (see `layout`): all books at one moment, then the readings that were chosen."""

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
from sqlalchemy import select

from coldchain.archive import audited, chains, documents, tables
from coldchain.archive.chains import links, streams
from coldchain.archive.db import Archive, Tx
from coldchain.archive.evidence import layout, roots
from coldchain.archive.evidence.days import DAY_MS, day_of, lines_of
from coldchain.archive.evidence.sources import Readings
from coldchain.archive.images import canonical
from coldchain.archive.rows import table_of
from coldchain.archive.views import Scope
from coldchain.wire import shard_of

AT_ONCE_MS: Final = 30 * DAY_MS
LINES: Final = 1000
SETTLED_S: Final = 2.0  # real seconds after which a reading's arrival must be in the journal


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose readings are exported, and from when to when. The books are always whole."""

    facilities: Scope = None  # None: everybody's
    start: int | None = None
    end: int | None = None

    def days(self) -> tuple[int | None, int | None]:
        """The same in whole UTC days: half a day could not be checked."""
        start = None if self.start is None else day_of(self.start)
        return start, None if self.end is None else day_of(self.end - 1) + DAY_MS


class _Package:
    """The file as it is written: every member with its hash."""

    def __init__(self, file: ZipFile) -> None:
        self._file = file
        self.hashes: dict[str, str] = {}

    @contextmanager
    def member(self, name: str) -> Iterator["_Member"]:
        with self._file.open(name, "w", force_zip64=True) as out:
            member = _Member(out)
            yield member
        self.hashes[name] = member.hash.hexdigest()

    def text(self, name: str, lines: Iterable[str]) -> None:
        with self.member(name) as member:
            for line in lines:
                member.write(line.encode())


class _Member:
    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self.hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.hash.update(data)
        self._out.write(data)


async def export(archive: Archive, series: Readings, path: Path, choice: Choice, at: int) -> dict[str, Any]:
    """Write the file; returns its manifest."""
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        package = _Package(file)
        package.text(layout.README, [layout.TEXT])
        async with archive.reading() as tx:
            await _books(tx, package)
            root = await roots.newest(tx)
            channels = None if choice.facilities is None else await channels_of(tx, choice.facilities)
        chosen = sorted(await series.newest()) if channels is None else sorted(channels)
        start, end = choice.days()
        for channel in chosen:
            await _readings(series, package, channel, (start, end))
        await asyncio.sleep(SETTLED_S)  # arrivals are written behind their readings, and must all be in the file
        await _arrivals(series, package, chosen)
        manifest = {
            "format": layout.FORMAT,
            "made_at": at,
            "root": root.hash if root else None,
            "channels": None if channels is None else chosen,
            "start": start,
            "end": end,
            "sha256": package.hashes,
        }
        file.writestr(layout.MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
    return manifest


async def _books(tx: Tx, package: _Package) -> None:
    for stream in await streams(tx):
        with package.member(f"{layout.CHAIN}{stream}.jsonl") as member:
            async for link in links(tx, stream):
                member.write((canonical(msgspec.structs.asdict(link)) + "\n").encode())
    for kind in audited.WATCHED:
        name = table_of(kind).name
        if name not in layout.APART:
            with package.member(f"{layout.ROWS}{name}.jsonl") as member:
                async for some in chains.images(tx, kind):
                    for key, image in some:
                        member.write((canonical({"key": key, "row": image}) + "\n").encode())
    package.text(layout.ROOTS, [canonical(roots.plain(root)) + "\n" for root in await roots.listed(tx)])
    for kind, file in ((tables.Seal, layout.SEALS), (tables.Deletion, layout.DELETIONS)):
        with package.member(file) as member:
            async for row in _columns(tx, kind):
                member.write((canonical(row) + "\n").encode())
    for sha256 in list(await tx.scalars(select(tables.Document.sha256))):
        with package.member(f"{layout.DOCUMENTS}{sha256}") as member:
            member.write(await documents.content(tx, sha256))


async def _columns(tx: Tx, kind: type[tables.Base]) -> AsyncIterator[dict[str, Any]]:
    """Rows with all their bytes, in hex."""
    table = table_of(kind)
    for row in (await tx.execute(select(*table.columns).order_by(*table.primary_key))).mappings():
        yield {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}


async def channels_of(tx: Tx, facilities: Collection[str]) -> set[str]:
    """The channels that ever measured something there."""
    query = select(tables.Assignment.channel).join(
        tables.Equipment, tables.Equipment.code == tables.Assignment.equipment
    )
    return set(await tx.scalars(query.where(tables.Equipment.facility.in_(facilities))))


async def _arrivals(series: Readings, package: _Package, channels: Iterable[str]) -> None:
    shards = {shard_of(channel.split("/")[0]) for channel in channels}
    by_key = defaultdict[tuple[str, int], int](int) | await series.heads()
    for (collector, shard), head in sorted(by_key.items()):
        if shard not in shards:
            continue
        with package.member(f"{layout.ARRIVALS}{collector}/{shard}.jsonl") as member:
            at = 0
            while at < head and (lines := await series.arrivals(collector, shard, at, LINES)):
                member.write(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
                at = lines[-1].position


async def _readings(series: Readings, package: _Package, channel: str, days: tuple[int | None, int | None]) -> None:
    start, end = days
    with package.member(f"{layout.READINGS}{channel}.csv") as member:
        member.write(layout.HEADER.encode())
        at = start or 0
        while (spoken := await series.after(channel, at, 1)).t:
            first = max(day_of(spoken.t[0]), at)
            if end is not None and first >= end:
                return
            at = first + AT_ONCE_MS if end is None else min(first + AT_ONCE_MS, end)
            member.write("".join(lines_of(await series.read(channel, first, at))).encode())
