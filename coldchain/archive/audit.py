"""The audit trail: one hash chain per writer, each link holding who, when, why and the row as it was left.

    record(tx, by, "moved", rows)  ─►  (stream, n)  image of the row, hash over everything and the hash before

Written in the transaction of the change itself. `verify` follows a chain; `unseen` compares the last image of every row
with the row as it stands, and finds what was changed, added or removed beside the trail.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import insert, inspect, select

from coldchain.archive import db, tables
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.rows import check_texts, record_of, table_of
from coldchain.archive.tables import AuditEntry, Base

COUNTY: Final = "county"  # the stream of what people change
GENESIS: Final = "0" * 64  # what the first link has before it
BATCH: Final = 500  # links read at once

# Every row of these has a last image in the trail. What machines write in bulk is not here: they have their own streams.
AUDITED: Final[tuple[type[Base], ...]] = (
    tables.Region,
    tables.Facility,
    tables.Equipment,
    tables.Compartment,
    tables.Assignment,
    tables.Vaccine,
    tables.Lot,
    tables.Movement,
    tables.RulePack,
    tables.SiteRules,
    tables.RuleChoice,
    tables.Occasion,
    tables.SessionHours,
    tables.Buffer,
    tables.Calibration,
    tables.Document,
    tables.Person,
    tables.User,
    tables.Token,
)
SECRET: Final = frozenset(
    {"password_hash", "digest"}
)  # shown in images by a fingerprint: that it changed, not what it is


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, when (domain time, ms UTC), and why."""

    actor: str
    at: int
    reason: str = ""


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


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not as the trail left it."""

    entity: str
    entity_id: str
    wrong: str


async def begin(tx: Tx, stream: str = COUNTY) -> None:
    """Wait until no other transaction writes this stream; whoever decides by what is there begins with this."""
    await db.lock(tx, f"audit {stream}")


async def record(tx: Tx, by: By, action: str, changed: Sequence[Base], *, stream: str = COUNTY) -> None:
    """Append a link for each row, as it stands now, in their order."""
    check_texts("audit", {"actor": by.actor, "reason": by.reason})
    await tx.flush()
    await begin(tx, stream)
    last = (
        await tx.execute(
            select(AuditEntry.n, AuditEntry.hash)
            .where(AuditEntry.stream == stream)
            .order_by(AuditEntry.n.desc())
            .limit(1)
        )
    ).first()
    n, previous = (last.n, last.hash) if last else (0, GENESIS)
    links = []
    for row in changed:
        n += 1
        link = {
            "stream": stream,
            "n": n,
            "at": by.at,
            "actor": by.actor,
            "action": action,
            "entity": table_of(type(row)).name,
            "entity_id": key_of(row),
            "image": canonical(image_of(row)),
            "reason": by.reason,
            "previous": previous,
        }
        previous = digest(link)
        links.append(link | {"hash": previous})
    if links:
        await tx.execute(insert(AuditEntry), links)


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
    async for entry in _links(tx, stream):
        wrong = _wrong(entry, n + 1, previous)
        if wrong:
            return Verified(stream, n, previous, n + 1, wrong)
        previous, n = entry.hash, entry.n
    return Verified(stream, n, previous)


async def streams(tx: Tx) -> list[str]:
    """The chains there are."""
    return list(await tx.scalars(select(AuditEntry.stream).distinct().order_by(AuditEntry.stream)))


async def unseen(tx: Tx, stream: str = COUNTY) -> list[Difference]:
    """Audited rows that were changed, added or removed without a link; the chain itself is `verify`'s business."""
    images: dict[tuple[str, str], str] = {}
    async for entry in _links(tx, stream):
        images[entry.entity, entry.entity_id] = entry.image
    found = []
    for kind in AUDITED:
        entity = table_of(kind).name
        for row in await tx.scalars(select(kind)):
            image = images.pop((entity, key_of(row)), None)
            if image is None:
                found.append(Difference(entity, key_of(row), "is not in the trail"))
            else:
                found += _differences(row, image)
    found += [Difference(entity, key, "was removed") for entity, key in images]
    return found


def image_of(row: Base) -> dict[str, Any]:
    """The row's columns by name; bytes by their digest."""
    return {name: _shown(name, getattr(row, name)) for name in inspect(type(row)).columns.keys()}  # noqa: SIM118 - no dict


def key_of(row: Base) -> str:
    """The row's primary key as text."""
    return "/".join(str(getattr(row, column.name)) for column in inspect(type(row)).primary_key)


def canonical(value: object) -> str:
    """JSON in one spelling only: keys sorted, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(link: dict[str, Any]) -> str:
    """The hash of a link: over all its fields, so also over the hash before it."""
    return hashlib.sha256(canonical(link).encode()).hexdigest()


def _shown(name: str, value: object) -> object:
    if isinstance(value, bytes):
        return f"sha256:{hashlib.sha256(value).hexdigest()}"
    if name in SECRET:
        return f"sha256:{hashlib.sha256(str(value).encode()).hexdigest()[:16]}"
    return value


async def _links(tx: Tx, stream: str) -> AsyncIterator[Entry]:
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


def _wrong(entry: Entry, n: int, previous: str) -> str:
    if entry.n != n:
        return f"link {n} is missing"
    if entry.previous != previous:
        return "it does not follow the link before it"
    link = msgspec.structs.asdict(entry)
    if digest({name: value for name, value in link.items() if name != "hash"}) != entry.hash:
        return "its content was changed"
    return ""


def _differences(row: Base, image: str) -> Iterable[Difference]:
    """Only the columns that the image has: a later version of the tables may have more."""
    then: dict[str, Any] = json.loads(image)
    now = image_of(row)
    changed = sorted(name for name, value in then.items() if name in now and now[name] != value)
    if changed:
        yield Difference(table_of(type(row)).name, key_of(row), f"differs in {', '.join(changed)}")
