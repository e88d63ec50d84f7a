"""Following the chains of the audit trail: is every link whole, and does each row stand as its last image says?

    chain ─► links, one after the other ─► `verify`      the first that does not hold
    rows ──► images ─► against the last of each ─► `unseen`   what was changed, added or removed beside the trail

Links are made in `audit`; nothing is written here.
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import JSON, Column, ColumnElement, Table, Text, TextClause, func, select, text, tuple_, type_coerce

from coldchain.archive import tables
from coldchain.archive.audited import UNDECIDED, WATCHED
from coldchain.archive.comparing import Difference, Trail
from coldchain.archive.db import Tx
from coldchain.archive.images import Image, digest, image_of_columns
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.rows import record_of, table_of
from coldchain.archive.tables import AuditEntry, Base

COUNTY: Final = "county"  # the stream of what people change
GENESIS: Final = "0" * 64  # what the first link has before it
BATCH: Final = 500  # links read at once
SHARDS: Final = 64
_SHARDS: Final = frozenset(f"shard-{n:02}" for n in range(SHARDS))


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One link as it is listed."""

    stream: str
    n: int
    at: int
    actor: str
    action: str
    entity: str
    entity_id: str
    image: str
    reason: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What following a chain showed. `broken_at` is the first link that does not hold, None when all do."""

    stream: str
    entries: int
    head: str
    broken_at: int | None = None
    wrong: str = ""


def is_stream(name: str) -> bool:
    """True of a chain's name that the programme gives."""
    return name == COUNTY or name in _SHARDS


async def listed(
    tx: Tx,
    asked: Asked,
    *,
    entity: str | None = None,
    entity_id: str | None = None,
    start: int | None = None,
    end: int | None = None,
) -> Page[Entry]:
    """Links in the order of their streams, of one entity or all, made in [start, end)."""
    query = select(AuditEntry)
    if entity is not None:
        query = query.where(AuditEntry.entity == entity)
    if entity_id is not None:
        query = query.where(AuditEntry.entity_id == entity_id)
    if start is not None:
        query = query.where(AuditEntry.at >= start)
    if end is not None:
        query = query.where(AuditEntry.at < end)
    return await page(tx, query, (AuditEntry.stream, AuditEntry.n), asked, Entry)


async def verify(tx: Tx, stream: str = COUNTY) -> Verified:
    """Follow a chain from its first link to its last."""
    previous, n = GENESIS, 0
    async for entry in links(tx, stream):
        wrong = wrong_with(entry, n + 1, previous)
        if wrong:
            return Verified(stream, n, previous, n + 1, wrong)
        previous, n = entry.hash, entry.n
    return Verified(stream, n, previous)


async def streams(tx: Tx) -> list[str]:
    """The chains there are; found by leaping from one to the next, for a chain may have millions of links."""
    entry = AuditEntry
    leap = select(func.min(entry.stream).label("stream")).cte("leap", recursive=True)
    after = select(func.min(entry.stream)).where(entry.stream > leap.c.stream).scalar_subquery()
    leap = leap.union_all(select(after).where(leap.c.stream.is_not(None)))
    return list(await tx.scalars(select(leap.c.stream).where(leap.c.stream.is_not(None)).order_by(leap.c.stream)))


async def heads(tx: Tx) -> dict[str, tuple[int, str]]:
    """The number and the hash of the last link of every chain."""
    names = await streams(tx)
    return await ends(tx, names) if names else {}


async def newest(tx: Tx, stream: str = COUNTY) -> int:
    """The number of a chain's last link, 0 where it has none: as long as it is the same, nothing was recorded there."""
    return await tx.scalar(select(func.max(AuditEntry.n)).where(AuditEntry.stream == stream)) or 0


async def ends(tx: Tx, names: Sequence[str]) -> dict[str, tuple[int, str]]:
    """The last link of each of these chains that has one; each goes to the end of its chain, never through it."""
    return {row[0]: (row[1], row[2]) for row in await tx.execute(_asked_of(len(names)), dict(_named(names)))}


@cache
def _asked_of(count: int) -> TextClause:
    """Asked at the end of every transaction, and as text: it would take longer to be put together than to be answered."""
    entry = table_of(AuditEntry).name
    one = (
        f"select stream, n, hash from {entry} where stream = :s{{0}}"  # noqa: S608 - nothing in it comes from outside
        f" and n = (select max(n) from {entry} where stream = :s{{0}})"
    )
    return text(" union all ".join(one.format(number) for number in range(count)))


def _named(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((f"s{number}", name) for number, name in enumerate(names))


async def unseen(tx: Tx, kinds: Sequence[type[Base]] = WATCHED) -> list[Difference]:
    """Rows that were changed, added or removed without a link; the chains themselves are `verify`'s business."""
    trail = Trail()
    for stream in await streams(tx):
        async for entry in links(tx, stream):
            trail.add(entry.stream, entry.n, entry.entity, entry.entity_id, entry.image)
    found = []
    for kind in kinds:
        async for batch in images(tx, kind):
            suspects = trail.take(table_of(kind).name, batch)
            said = await images_at(tx, [suspect.where for suspect in suspects if suspect.where])
            found += [each for suspect in suspects for each in suspect.judged(said)]
    return found + trail.left({table_of(kind).name for kind in kinds})


async def images(tx: Tx, kind: type[Base]) -> AsyncIterator[list[tuple[str, Image]]]:
    """(key, image) of every row that must be chained, some at a time, in the order of their keys."""
    table = table_of(kind)
    keys = list(table.primary_key)
    some = 1 if kind is tables.Document else BATCH  # a document's bytes are looked at one by one
    is_free = tx.get_bind().dialect.name == "sqlite"  # text of any kind may stand in its JSON columns
    columns = [_as_text(column) for column in table.columns] if is_free else list(table.columns)
    query = select(*columns).order_by(*keys).limit(some)
    if kind is tables.Notice:
        query = query.where(table.c.state.not_in(UNDECIDED))
    rest = query
    while rows := (await tx.execute(rest)).mappings().all():
        yield [
            (
                "/".join(str(row[column.name]) for column in keys),
                image_of_columns(_loaded(table, dict(row)) if is_free else dict(row)),
            )
            for row in rows
        ]
        last = tuple(rows[-1][column.name] for column in keys)
        rest = query.where(tuple_(*keys) > tuple_(*last))


def _as_text(column: Column[Any]) -> ColumnElement[Any]:
    return type_coerce(column, Text).label(column.name) if isinstance(column.type, JSON) else column


def _loaded(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """The row with its JSON read; what somebody made no JSON stays the text that it is."""
    for column in table.columns:
        if isinstance(column.type, JSON) and isinstance(row[column.name], str):
            with suppress(ValueError):
                row[column.name] = json.loads(row[column.name])
    return row


async def images_at(tx: Tx, where: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The images of these links."""
    entry = AuditEntry
    found: dict[tuple[str, int], str] = {}
    by_stream: dict[str, list[int]] = defaultdict(list)
    for stream, n in where:
        by_stream[stream].append(n)
    for stream, numbers in by_stream.items():
        query = select(entry.n, entry.image).where(entry.stream == stream, entry.n.in_(numbers))
        found |= {(stream, row[0]): row[1] for row in await tx.execute(query)}
    return found


async def links(tx: Tx, stream: str) -> AsyncIterator[Entry]:
    """All links of a chain, some at a time; a missing number shows as a gap."""
    n: int | None = None
    while True:
        query = select(*table_of(AuditEntry).columns)  # rows, not entities: nothing of them stays in the session
        query = query.where(AuditEntry.stream == stream).order_by(AuditEntry.n).limit(BATCH)
        if n is not None:
            query = query.where(AuditEntry.n > n)
        batch = [record_of(row, Entry) for row in await tx.execute(query)]
        for entry in batch:
            yield entry
        if len(batch) < BATCH:
            return
        n = batch[-1].n


def wrong_with(entry: Entry, n: int, previous: str) -> str:
    """Why this is not link `n` behind the hash `previous`; empty when it is."""
    if entry.n != n:
        return f"link {n} is missing"
    if entry.previous != previous:
        return "it does not follow the link before it"
    link = msgspec.structs.asdict(entry)
    if digest({name: value for name, value in link.items() if name != "hash"}) != entry.hash:
        return "its content was changed"
    return ""
