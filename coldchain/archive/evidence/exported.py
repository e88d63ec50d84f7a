"""Reading the exported file: the same questions as to an open archive, answered from its members alone.

What the file says twice is taken from where it can be checked: a seal's image from the seal, a document's from its bytes.
"""

import csv
import hashlib
import io
import json
from bisect import bisect_left
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import msgspec

from coldchain.archive.audit import Entry
from coldchain.archive.comparing import Where
from coldchain.archive.evidence import layout
from coldchain.archive.evidence.days import within
from coldchain.archive.evidence.findings import Report
from coldchain.archive.evidence.roots import Root, root_from
from coldchain.archive.evidence.seals import Seal, seal_from
from coldchain.archive.evidence.sources import Act, Books, Source
from coldchain.archive.images import Image, image_of_columns
from coldchain.errors import BadInput
from coldchain.reading import Reading, Trace
from coldchain.wire import Arrival

SOME = 500
_arrival = msgspec.json.Decoder(Arrival)


class Package:
    """An opened file."""

    def __init__(self, file: ZipFile) -> None:
        self.file = file
        self.names = set(file.namelist())
        self.manifest: dict[str, Any] = json.loads(file.read(layout.MANIFEST))

    def lines(self, name: str) -> Iterator[str]:
        """The lines of a member; none where there is none."""
        if name in self.names:
            with self.file.open(name) as member:
                yield from io.TextIOWrapper(member, encoding="utf-8", newline="\n")

    def objects(self, name: str) -> Iterator[dict[str, Any]]:
        """The same, where each is a JSON object."""
        return (json.loads(line) for line in self.lines(name))

    def within(self, folder: str, suffix: str) -> list[str]:
        """What the members of a folder are called, without folder and suffix."""
        here = (name for name in self.names if name.startswith(folder) and name.endswith(suffix))
        return sorted(name[len(folder) : len(name) - len(suffix)] for name in here)

    def check(self, report: Report) -> None:
        """Hold every member against the manifest."""
        said = self.manifest["sha256"]
        for name in sorted(said.keys() | (self.names - {layout.MANIFEST})):
            if name not in self.names:
                report.add("file", name, "it is missing")
            elif said.get(name) != self._hash(name):
                report.add("file", name, "it is not as the manifest says")

    def _hash(self, name: str) -> str:
        found = hashlib.sha256()
        with self.file.open(name) as member:
            while some := member.read(1 << 20):
                found.update(some)
        return found.hexdigest()


@contextmanager
def opened(path: Path) -> Iterator[tuple[Package, Source]]:
    """Open a file for verification.

    Raises:
        BadInput: when it is none of ours.
    """
    try:
        with ZipFile(path) as file:
            package = Package(file)
            its = package.manifest
            books = _books_of(package)
            seals, series = ExportedSeals(package), ExportedSeries(package)
            yield package, Source(books, seals, series, False, its["channels"], its["start"], its["end"])
    except (OSError, BadZipFile, KeyError, ValueError) as error:
        raise BadInput("--export", f"{path}: {error}", "name a file made by `coldchain evidence export`") from error


def _books_of(package: Package) -> Any:  # noqa: ANN401 - a context manager's type is longer than its body
    @asynccontextmanager
    async def books() -> AsyncIterator[Books]:
        yield ExportedBooks(package)

    return books


class ExportedBooks:
    """`Books` of a file."""

    def __init__(self, package: Package) -> None:
        self._package = package

    async def streams(self) -> list[str]:  # noqa: D102 - the protocol says it, here and below
        return self._package.within(layout.CHAIN, ".jsonl")

    async def links(self, stream: str) -> AsyncIterator[Entry]:  # noqa: D102
        for each in self._package.objects(f"{layout.CHAIN}{stream}.jsonl"):
            yield msgspec.convert(each, Entry)

    async def images_at(self, where: Sequence[Where]) -> dict[Where, str]:  # noqa: D102
        found: dict[Where, str] = {}
        for stream in {stream for stream, _ in where}:
            wanted = {n for its, n in where if its == stream}
            async for entry in self.links(stream):
                if entry.n in wanted:
                    found[stream, entry.n] = entry.image
        return found

    async def rows(self) -> AsyncIterator[tuple[str, list[tuple[str, Image]]]]:  # noqa: D102
        for table in self._package.within(layout.ROWS, ".jsonl"):
            some: list[tuple[str, Image]] = []
            for each in self._package.objects(f"{layout.ROWS}{table}.jsonl"):
                image = self._of_document(each["row"]) if table == "document" else each["row"]
                some.append((each["key"], image))
                if len(some) == SOME:
                    yield table, some
                    some = []
            yield table, some
        for each in self._package.objects(layout.SEALS):
            key = f"{each['gateway']}/{each['day']}/{each['version']}"
            yield "seal", [(key, image_of_columns(each | {"hours": bytes.fromhex(each["hours"])}))]
        for each in self._package.objects(layout.DELETIONS):
            yield "deletion", [(str(each["id"]), image_of_columns(each))]

    def _of_document(self, row: Image) -> Image:
        name = f"{layout.DOCUMENTS}{row['sha256']}"
        content = self._package.file.read(name) if name in self._package.names else b""
        return row | {"content": f"sha256:{hashlib.sha256(content).hexdigest()}"}

    async def roots(self) -> list[Root]:  # noqa: D102
        its = self._package.objects(layout.ROOTS)
        return [root_from(each["n"], each["at"], each["heads"], each["previous"], each["hash"]) for each in its]

    async def acts(self) -> list[Act]:  # noqa: D102
        return [
            Act(
                each["id"],
                each["start"],
                each["end"],
                frozenset(row[0] for row in each["channels"]),
                bool(each["done_at"]),
            )
            for each in self._package.objects(layout.DELETIONS)
        ]


class ExportedSeals:
    """`Seals` of a file; all of them are read once."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._by_gateway: dict[str, list[Seal]] | None = None

    def _read(self) -> dict[str, list[Seal]]:
        if self._by_gateway is None:
            self._by_gateway = {}
            for each in self._package.objects(layout.SEALS):
                hours = bytes.fromhex(each["hours"])
                seal = seal_from(
                    each["gateway"],
                    each["day"],
                    each["version"],
                    each["sealed_at"],
                    each["channels"],
                    hours,
                    each["cites"],
                )
                self._by_gateway.setdefault(seal.gateway, []).append(seal)
        return self._by_gateway

    async def gateways(self) -> list[str]:  # noqa: D102
        return sorted(self._read())

    async def of(self, gateway: str) -> list[Seal]:  # noqa: D102
        return self._read().get(gateway, [])


class ExportedSeries:
    """`Readings` of a file; one channel is in memory at a time, and journals are read as they are asked for."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._trace = Trace("", [], [], [])
        self._heads: dict[tuple[str, int], int] = {}
        self._open: tuple[tuple[str, int, int], Iterator[Arrival]] | None = None  # (collector, shard, read so far)

    async def newest(self, channels: None = None) -> dict[str, Reading]:  # noqa: ARG002, D102
        names = self._package.within(layout.READINGS, ".csv")
        return {name: Reading(name, 0, None) for name in names}  # only their names are asked for

    async def after(self, channel: str, time: int, count: int = 1) -> Trace:  # noqa: D102
        its = self._of(channel)
        cut = slice(bisect_left(its.t, time), bisect_left(its.t, time) + count)
        return Trace(channel, its.t[cut], its.v[cut], its.q[cut])

    async def read(self, channel: str, start: int, end: int) -> Trace:  # noqa: D102
        return within(self._of(channel), start, end)

    def _of(self, channel: str) -> Trace:
        if self._trace.channel != channel:
            rows = csv.reader(self._package.lines(f"{layout.READINGS}{channel}.csv"))
            next(rows, None)
            its = [(int(t), float(v) if v else None, int(q)) for t, v, q in rows]
            self._trace = Trace(channel, [row[0] for row in its], [row[1] for row in its], [row[2] for row in its])
        return self._trace

    async def heads(self) -> dict[tuple[str, int], int]:  # noqa: D102
        if not self._heads:
            for name in self._package.within(layout.ARRIVALS, ".jsonl"):
                collector, _, shard = name.rpartition("/")
                last = max((line.position for line in self._journal(collector, int(shard))), default=0)
                self._heads[collector, int(shard)] = last
        return self._heads

    async def arrivals(self, collector: str, shard: int, after: int, limit: int = 1000) -> list[Arrival]:  # noqa: D102
        if self._open is not None and self._open[0] == (collector, shard, after):
            rest = self._open[1]
        else:
            rest = (line for line in self._journal(collector, shard) if line.position > after)
        lines = list(islice(rest, limit))
        self._open = ((collector, shard, lines[-1].position), rest) if lines else None
        return lines

    def _journal(self, collector: str, shard: int) -> Iterator[Arrival]:
        return (_arrival.decode(line) for line in self._package.lines(f"{layout.ARRIVALS}{collector}/{shard}.jsonl"))
