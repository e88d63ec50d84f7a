"""The books against themselves: each chain from link to link, each row against its last image, each root against both."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from coldchain.archive.audit import GENESIS, Entry, watched, wrong_with
from coldchain.archive.comparing import Trail
from coldchain.archive.evidence import roots
from coldchain.archive.evidence.findings import Chain, Report
from coldchain.archive.evidence.roots import Root
from coldchain.archive.evidence.sources import Books
from coldchain.archive.images import Image

ADOPTED: Final = "adopted"
Heads = Mapping[str, Mapping[int, list[Root]]]  # stream → n → the roots that name this link


async def check_books(books: Books, report: Report, wanted: str | None = None) -> None:
    """Look at all of it; `wanted` is the hash of a root that somebody else held."""
    taken = await books.roots()
    _check_roots(taken, report, wanted)
    trail, heads = Trail(), _heads_of(taken)
    names = await books.streams()
    for stream in names:
        await _check_chain(books, stream, heads.get(stream, {}), trail, report)
    for stream in sorted(heads.keys() - set(names)):
        _say_short(stream, 0, heads[stream], report)
    await _check_rows(books, trail, report)


def _check_roots(taken: Sequence[Root], report: Report, wanted: str | None) -> None:
    previous = GENESIS
    for n, root in enumerate(taken, 1):
        if root.n != n:
            report.add("root", str(n), "it is missing")
            break
        if root.previous != previous or roots.hash_of(roots.plain(root)) != root.hash:
            report.add("root", str(n), "it was changed, or does not follow the one before it")
        previous = root.hash
    report.roots, report.root = len(taken), wanted
    if wanted is not None and wanted not in {root.hash for root in taken}:
        wrong = "it is not among the roots: the chains were made anew since it was taken, or it is another site's"
        report.add("root", wanted, wrong)


def _heads_of(taken: Sequence[Root]) -> Heads:
    found: dict[str, dict[int, list[Root]]] = defaultdict(lambda: defaultdict(list))
    for root in taken:
        for stream, n, _ in root.heads:
            found[stream][n].append(root)
    return found


async def _check_chain(
    books: Books, stream: str, heads: Mapping[int, list[Root]], trail: Trail, report: Report
) -> None:
    previous, n, adopted = GENESIS, 0, list[int]()
    async for entry in books.links(stream):
        wrong = wrong_with(entry, n + 1, previous)
        if wrong:
            report.add("chain", f"{stream}/{n + 1}", wrong)
        for root in heads.get(entry.n, ()):
            _check_head(entry, root, report)
        if entry.action == ADOPTED:
            adopted.append(entry.at)
        trail.add(entry.stream, entry.n, entry.entity, entry.entity_id, entry.image)
        previous, n = entry.hash, entry.n
        report.links += 1
    _say_short(stream, n, heads, report)
    report.chains.append(Chain(stream, n, previous, len(adopted), max(adopted, default=None)))


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
