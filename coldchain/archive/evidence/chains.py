"""The books against themselves: each chain from link to link, each row against its last image, each root against both."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from coldchain.archive.audited import watched
from coldchain.archive.chains import GENESIS, Entry, is_stream, wrong_with
from coldchain.archive.comparing import Trail
from coldchain.archive.evidence import roots
from coldchain.archive.evidence.findings import Chain, Report
from coldchain.archive.evidence.roots import Root
from coldchain.archive.evidence.sources import Books
from coldchain.archive.images import Image
from coldchain.clock import iso

ADOPTED: Final = "adopted"
BACK_MS: Final = 10 * 60_000  # so far may the times of two links be out of order without a word
Heads = Mapping[str, Mapping[int, list[Root]]]  # stream → n → the roots that name this link


async def check_books(books: Books, report: Report, wanted: str | None = None) -> None:
    """Look at all of it; `wanted` is the hash of a root that somebody else held."""
    taken = await books.roots()
    held = _check_roots(taken, report, wanted)
    trail, heads = Trail(), _heads_of(taken)
    names = await books.streams()
    for stream in names:
        if not is_stream(stream):
            report.add("chain", stream, "the programme writes no chain of this name")
        await _check_chain(books, stream, heads.get(stream, {}), trail, report)
    for stream in sorted(heads.keys() - set(names)):
        _say_short(stream, 0, heads[stream], report)
    _count_since(held, report)
    await _check_rows(books, trail, report)


def _check_roots(taken: Sequence[Root], report: Report, wanted: str | None) -> Root | None:
    """Look at the roots; returns the one that was asked for, else the newest."""
    previous, n = GENESIS, 0
    for root in taken:
        if root.n != n + 1:
            report.add("root", str(n + 1), "it is missing")
        if root.previous != previous or roots.hash_of(roots.plain(root)) != root.hash:
            report.add("root", str(root.n), "it was changed, or does not follow the one before it")
        previous, n = root.hash, root.n
    _note_back("the roots", [(root.n, root.at) for root in taken], report)
    report.roots, report.root = len(taken), wanted
    if wanted is None:
        return taken[-1] if taken else None
    held = next((root for root in taken if root.hash == wanted), None)
    if held is None:
        wrong = "it is not among the roots: the chains were made anew since it was taken, or this is another site's, or a copy from before it"  # fmt: skip
        report.add("root", wanted, wrong)
    return held


def _heads_of(taken: Sequence[Root]) -> Heads:
    found: dict[str, dict[int, list[Root]]] = defaultdict(lambda: defaultdict(list))
    for root in taken:
        for stream, n, _ in root.heads:
            found[stream][n].append(root)
    return found


def _count_since(held: Root | None, report: Report) -> None:
    """How many links stand behind the root that was asked for, else behind the newest."""
    if held is not None:
        report.root_n, report.root_at = held.n, held.at
    named = {stream: n for stream, n, _ in held.heads} if held else {}
    report.links_since = sum(max(0, chain.links - named.get(chain.stream, 0)) for chain in report.chains)


@dataclass(slots=True)
class _Times:
    """Whether the times of a chain's links rise; the furthest step back is kept."""

    newest: int = 0
    back_ms: int = 0
    back_at: int = 0

    def take(self, n: int, at: int) -> None:
        if self.newest - at > self.back_ms:
            self.back_ms, self.back_at = self.newest - at, n
        self.newest = max(self.newest, at)


def _note_back(where: str, dated: Sequence[tuple[int, int]], report: Report) -> None:
    times = _Times()
    for n, at in dated:
        times.take(n, at)
    _say_back(where, times, report)


def _say_back(where: str, times: _Times, report: Report) -> None:
    if times.back_ms > BACK_MS:
        when = iso(times.newest)
        report.note(
            report.set_back,
            f"{where}, at {times.back_at}: dated {times.back_ms / 3_600_000:.1f} h before what stood there already "
            f"(the latest is of {when})",
        )


@dataclass(slots=True)
class _Followed:
    """What is gathered on the way along a chain."""

    head: str = GENESIS
    n: int = 0
    adopted: list[int] = field(default_factory=list)
    times: _Times = field(default_factory=_Times)


async def _check_chain(
    books: Books, stream: str, heads: Mapping[int, list[Root]], trail: Trail, report: Report
) -> None:
    way = _Followed()
    async for entry in books.links(stream):
        _check_link(entry, way, trail, report)
        for root in heads.get(entry.n, ()):
            _check_head(entry, root, report)
    _say_short(stream, way.n, heads, report)
    _say_back(f"chain {stream}", way.times, report)
    report.chains.append(Chain(stream, way.n, way.head, len(way.adopted), max(way.adopted, default=None)))


def _check_link(entry: Entry, way: _Followed, trail: Trail, report: Report) -> None:
    wrong = wrong_with(entry, way.n + 1, way.head)
    if wrong:
        report.add("chain", f"{entry.stream}/{way.n + 1}", wrong)
    elsewhere = trail.add(entry.stream, entry.n, entry.entity, entry.entity_id, entry.image)
    if elsewhere:
        wrong = f"it speaks of {entry.entity}/{entry.entity_id}, which belongs to chain {elsewhere}"
        report.add("chain", f"{entry.stream}/{entry.n}", wrong)
    if entry.action == ADOPTED:
        way.adopted.append(entry.at)
    way.times.take(entry.n, entry.at)
    way.head, way.n = entry.hash, entry.n
    report.links += 1


def _check_head(entry: Entry, root: Root, report: Report) -> None:
    if (entry.stream, entry.n, entry.hash) not in root.heads:
        report.add("chain", f"{entry.stream}/{entry.n}", f"it is not the link that root {root.n} names")


def _say_short(stream: str, n: int, heads: Mapping[int, list[Root]], report: Report) -> None:
    beyond = [(head, root.n) for head, its in heads.items() for root in its if head > n]
    if beyond:
        head, root = min(beyond)
        report.add("chain", f"{stream}/{n + 1}", f"it ends with link {n}, and root {root} names its link {head}")


async def _check_rows(books: Books, trail: Trail, report: Report) -> None:
    async for entity, rows in books.rows():
        report.rows += len(rows)
        for key, image in rows if entity == "document" else ():
            _check_document(key, image, report)
        suspects = trail.take(entity, rows)
        images = await books.images_at([suspect.where for suspect in suspects if suspect.where])
        for suspect in suspects:
            for each in suspect.judged(images):
                report.add("row", f"{each.entity}/{each.entity_id}", each.wrong)
    for gone in trail.left(watched()):
        report.add("row", f"{gone.entity}/{gone.entity_id}", gone.wrong)


def _check_document(key: str, image: Image, report: Report) -> None:
    if image["content"] != f"sha256:{key}":
        report.add("row", f"document/{key}", "its bytes are not those of its sha256")
