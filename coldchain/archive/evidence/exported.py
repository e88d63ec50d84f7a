"""Reading the exported file: the same questions as to an open archive, answered from its members alone.

What the file says twice is taken from where it can be checked: a seal's image from the seal, a document's from its bytes.
"""

import hashlib
import io
import json
import zlib
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from zipfile import BadZipFile, ZipFile

import msgspec

from coldchain.archive.chains import Entry
from coldchain.archive.comparing import Where
from coldchain.archive.evidence import layout
from coldchain.archive.evidence.days import line_of, within
from coldchain.archive.evidence.findings import Finding, Report
from coldchain.archive.evidence.roots import Root, root_from
from coldchain.archive.evidence.seals import Seal, seal_from
from coldchain.archive.evidence.sources import Act, Books, Source
from coldchain.archive.images import Image, canonical, image_of_columns
from coldchain.errors import BadInput
from coldchain.reading import Reading, Trace
from coldchain.wire import Arrival

SOME = 500
T = TypeVar("T")
_arrival = msgspec.json.Decoder(Arrival)


class Package:
    """An opened file. What cannot be read in it is passed over and said at the end: the rest is looked at all the same."""

    def __init__(self, file: ZipFile) -> None:
        self.file = file
        self.names = set(file.namelist())
        self.manifest: dict[str, Any] = json.loads(file.read(layout.MANIFEST))
        self.wrong: dict[tuple[str, str], None] = {}  # (where, what): once, however often it is come by

    def lines(self, name: str) -> Iterator[str]:
        """The lines of a member; none where there is none."""
        if name not in self.names:
            return
        try:
            with self.file.open(name) as member:
                yield from io.TextIOWrapper(member, encoding="utf-8", newline="\n")
        except (BadZipFile, zlib.error, EOFError, UnicodeDecodeError) as error:
            self.add(name, f"it cannot be read: {error}")

    def records(self, name: str, made: Callable[[dict[str, Any]], T]) -> Iterator[T]:
        """What is made of each line, a JSON object in its one spelling."""
        for n, line in enumerate(self.lines(name), 1):
            try:
                each = json.loads(line)
                found = made(each)
            except (ValueError, KeyError, TypeError, msgspec.ValidationError) as error:
                self.add(f"{name} line {n}", f"it cannot be read: {error}")
                continue
            if canonical(each) + "\n" != line:
                self.add(f"{name} line {n}", "it is not in the one spelling that is hashed")
            yield found

    def add(self, where: str, what: str) -> None:
        """Something of the file itself is wrong."""
        self.wrong[where, what] = None

    def within(self, folder: str, suffix: str) -> list[str]:
        """What the members of a folder are called, without folder and suffix."""
        here = (name for name in self.names if name.startswith(folder) and name.endswith(suffix))
        return sorted(name[len(folder) : len(name) - len(suffix)] for name in here)

    def check(self, report: Report) -> None:
        """Hold every member against the manifest, the manifest against the roots, and say what could not be read."""
        said = self.manifest["sha256"]
        for name in sorted(said.keys() | (self.names - {layout.MANIFEST})):
            if name not in self.names:
                self.add(name, "it is missing")
            elif self.file.namelist().count(name) > 1:
                self.add(name, "it is there twice")
            elif said.get(name) != self._hash(name):
                self.add(name, "it is not as the manifest says")
        root = self.manifest.get("root")
        if root is not None and root not in {each.hash for each in self.roots()}:
            self.add(layout.MANIFEST, f"it names root {root}, which is not among the roots")
        report.first([Finding("file", where, what) for where, what in self.wrong])

    def roots(self) -> list[Root]:
        """All roots in it."""
        return list(
            self.records(
                layout.ROOTS,
                lambda each: root_from(each["n"], each["at"], each["heads"], each["previous"], each["hash"]),
            )
        )

    def _hash(self, name: str) -> str:
        found = hashlib.sha256()
        try:
            with self.file.open(name) as member:
                while some := member.read(1 << 20):
                    found.update(some)
        except (BadZipFile, zlib.error, EOFError):
            return "nothing that can be read"
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
            if its["format"] != layout.FORMAT:
                raise BadInput(
                    "--export", f"{path}: it is of format {its['format']!r}", "verify it with the program that made it"
                )
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
        for each in self._package.records(f"{layout.CHAIN}{stream}.jsonl", lambda each: msgspec.convert(each, Entry)):
            yield each

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
            made = self._document if table == "document" else _row
            for each in self._package.records(f"{layout.ROWS}{table}.jsonl", made):
                some.append(each)
                if len(some) == SOME:
                    yield table, some
                    some = []
            yield table, some
        for each in self._package.records(layout.SEALS, _row_of_seal):
            yield "seal", [each]
        for each in self._package.records(layout.DELETIONS, lambda each: (str(each["id"]), image_of_columns(each))):
            yield "deletion", [each]

    def _document(self, each: dict[str, Any]) -> tuple[str, Image]:
        key, row = _row(each)
        name = f"{layout.DOCUMENTS}{row['sha256']}"
        try:
            content = self._package.file.read(name) if name in self._package.names else b""
        except (BadZipFile, zlib.error, EOFError):
            content = b""
        return key, row | {"content": f"sha256:{hashlib.sha256(content).hexdigest()}"}

    async def roots(self) -> list[Root]:  # noqa: D102
        return self._package.roots()

    async def acts(self) -> list[Act]:  # noqa: D102
        return list(self._package.records(layout.DELETIONS, _act))


def _row(each: dict[str, Any]) -> tuple[str, Image]:
    return msgspec.convert(each["key"], str), msgspec.convert(each["row"], Image)


def _row_of_seal(each: dict[str, Any]) -> tuple[str, Image]:
    key = f"{each['gateway']}/{each['day']}/{each['version']}"
    return key, image_of_columns(each | {"hours": bytes.fromhex(each["hours"])})


def _seal(each: dict[str, Any]) -> Seal:
    gateway, hours = msgspec.convert(each["gateway"], str), bytes.fromhex(each["hours"])
    day, version, sealed_at = msgspec.convert([each["day"], each["version"], each["sealed_at"]], tuple[int, int, int])
    return seal_from(gateway, day, version, sealed_at, each["channels"], hours, each["cites"])


def _act(each: dict[str, Any]) -> Act:
    channels = frozenset(str(row[0]) for row in each["channels"])
    number, start, end = msgspec.convert([each["id"], each["start"], each["end"]], tuple[int, int, int])
    return Act(number, start, end, channels, each["done_at"] is not None)


class ExportedSeals:
    """`Seals` of a file; all of them are read once, and put in order: a file may say first what came last."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._by_gateway: dict[str, list[Seal]] | None = None

    def _read(self) -> dict[str, list[Seal]]:
        if self._by_gateway is None:
            self._by_gateway = {}
            for seal in sorted(self._package.records(layout.SEALS, _seal), key=lambda seal: (seal.day, seal.version)):
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
            its = list(self._rising(f"{layout.READINGS}{channel}.csv"))
            self._trace = Trace(channel, [row[0] for row in its], [row[1] for row in its], [row[2] for row in its])
        return self._trace

    def _rising(self, name: str) -> Iterator[tuple[int, float | None, int]]:
        """The readings of a member; a line that is not as it is hashed, or does not rise in time, is none."""
        before = -1
        for n, line in enumerate(islice(self._package.lines(name), 1, None), 2):
            try:
                t, v, q = line.split(",")
                reading = int(t), float(v) if v else None, int(q)
            except ValueError as error:
                self._package.add(f"{name} line {n}", f"it cannot be read: {error}")
                continue
            if line_of(*reading) != line:
                self._package.add(f"{name} line {n}", "it is not in the one spelling that is hashed")
            if reading[0] <= before:
                self._package.add(f"{name} line {n}", "its time does not rise")
                continue
            before = reading[0]
            yield reading

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
        name, before = f"{layout.ARRIVALS}{collector}/{shard}.jsonl", 0
        for n, line in enumerate(self._package.lines(name), 1):
            try:
                arrival = _arrival.decode(line)
            except msgspec.MsgspecError as error:
                self._package.add(f"{name} line {n}", f"it cannot be read: {error}")
                continue
            if arrival.position <= before or (arrival.collector, arrival.shard) != (collector, shard):
                self._package.add(f"{name} line {n}", "it is not in this journal's order")
                continue
            before = arrival.position
            yield arrival
