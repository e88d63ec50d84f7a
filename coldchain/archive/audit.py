"""The audit trail: hash chains, one per writer stream; each link holds who, when, why and the row as it was left.

    record(tx, by, "moved", rows)     people's changes       ─► county    at once
    decided(tx, by, "raised", rows)   what machines decided  ─► shard-NN  once, when the transaction ends
                                                                (stream, n): image of the row, hash over all and the hash before

Written in the transaction of the change itself. `verify` follows a chain; `unseen` compares the last image of every row
with the row as it stands, and finds what was changed, added or removed beside the trail.
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Table,
    Text,
    TextClause,
    event,
    func,
    insert,
    inspect,
    select,
    text,
    tuple_,
    type_coerce,
)
from sqlalchemy.orm import Session, UOWTransaction

from coldchain import clock
from coldchain.archive import db, tables
from coldchain.archive.comparing import Difference, Trail
from coldchain.archive.db import Tx
from coldchain.archive.images import PASSING, SECRET, Image, canonical, digest, image_of, image_of_columns, key_of
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.rows import check_texts, record_of, table_of
from coldchain.archive.tables import AuditEntry, Base
from coldchain.wire import shard_of

__all__ = [
    "AUDITED",
    "BATCH",
    "COUNTY",
    "DECIDED",
    "GENESIS",
    "MACHINE",
    "SECRET",
    "UNCHAINED",
    "WATCHED",
    "By",
    "Difference",
    "Entry",
    "Verified",
    "begin",
    "canonical",
    "decided",
    "digest",
    "heads",
    "image_of",
    "images",
    "images_at",
    "is_stream",
    "key_of",
    "links",
    "listed",
    "newest",
    "record",
    "record_each",
    "shard",
    "stream_of",
    "streams",
    "unseen",
    "verify", "watched",
    "wrong_with",
]  # fmt: skip

COUNTY: Final = "county"  # the stream of what people change
MACHINE: Final = "coldchain"  # the actor of what nobody decided but the programme
GENESIS: Final = "0" * 64  # what the first link has before it
BATCH: Final = 500  # links read at once
SHARDS: Final = 64
_SHARDS: Final = frozenset(f"shard-{n:02}" for n in range(SHARDS))
UNDECIDED: Final = ("waiting", "claimed", "folded")  # notices that nobody was told yet: chained when they are settled

# Every row of these has a last image in the county's chain.
AUDITED: Final[tuple[type[Base], ...]] = (
    tables.Region,
    tables.Facility,
    tables.Equipment,
    tables.Compartment,
    tables.CompartmentUse,
    tables.Assignment,
    tables.Vaccine,
    tables.Lot,
    tables.Movement,
    tables.Price,
    tables.Stability,
    tables.Custody,
    tables.Receipt,
    tables.ReceiptLine,
    tables.RefusalReport,
    tables.StockCount,
    tables.StockCountLine,
    tables.Undecided,
    tables.SetApart,
    tables.UnusableReport,
    tables.Disposal,
    tables.RulePack,
    tables.SiteRules,
    tables.RuleChoice,
    tables.Occasion,
    tables.SessionHours,
    tables.Buffer,
    tables.Backdating,
    tables.Calibration,
    tables.CalibrationPoint,
    tables.Correction,
    tables.ToleranceCase,
    tables.Document,
    tables.Deletion,
    tables.Filing,
    tables.EquipmentStatus,
    tables.EquipmentPlace,
    tables.EquipmentDocument,
    tables.ItemCount,
    tables.Repair,
    tables.ChangeRequest,
    tables.Care,
    tables.RecordHours,
    tables.ManualRecord,
    tables.Round,
    tables.RoundLine,
    tables.Run,
    tables.RunCarrier,
    tables.RunChannel,
    tables.RunStop,
    tables.RunReading,
    tables.FacilityStatus,
    tables.CalendarDay,
    tables.Phone,
    tables.Post,
    tables.Course,
    tables.Attendance,
    tables.HandOver,
    tables.Collection,
    tables.CollectionUnit,
    tables.CollectionSnapshot,
    tables.CollectionReminder,
    tables.ManualEvidence,
    tables.Given,
    tables.SheetMapping,
    tables.Dossier,
    tables.DossierVersion,
    tables.DossierDocument,
    tables.Opinion,
    tables.AuthorityReport,
    tables.Proposal,
    tables.ProposalLine,
    tables.Signature,
    tables.Witness,
    tables.Person,
    tables.DutyPolicy,
    tables.Rota,
    tables.RotaTurn,
    tables.RotaShift,
    tables.Absence,
    tables.WayWord,
    tables.ReachWish,
    tables.User,
    tables.Token,
)

# Every row of these has one in a shard's chain; of notices, those that are settled.
DECIDED: Final[tuple[type[Base], ...]] = (
    tables.ExcursionRevision,
    tables.Hold,
    tables.Observation,
    tables.Alarm,
    tables.Transition,
    tables.Notice,
    tables.NoticeAttempt,
    tables.NoticeReceipt,
    tables.NoticeReply,
    tables.Drill,
    tables.WayQuestion,
    tables.Seal,
)
# Every table that is looked at; an excursion by its revisions.
WATCHED: Final[tuple[type[Base], ...]] = tuple(dict.fromkeys((*AUDITED, *DECIDED, tables.Excursion)))
# Tables without a chain, and why none is needed: whoever adds a table puts it here, or among those above.
UNCHAINED: Final[Mapping[str, tuple[type[Base], ...]]] = {
    "the chains themselves": (tables.AuditEntry, tables.Root),
    "derived, and made again from what is chained and sealed": (
        tables.ExposureDay, tables.MachineDay, tables.MachineMonth, tables.MachineYear, tables.RecordMonth, tables.SpreadDay,
        tables.Outage, tables.Stay, tables.Channel, tables.FoldedCase,
    ),
    "marks of work": (
        tables.Change, tables.Checkpoint, tables.Cursor, tables.Lease, tables.LedgerDay, tables.Session,
        tables.StockPicture, tables.Answered,
    ),
    "messages that were not stored": (tables.RefusedRow,),
    "what gateways said by themselves, as it came": (tables.EdgeNoticeRow,),
}  # fmt: skip
_BY_ROW: Final[tuple[type[Base], ...]] = DECIDED[1:]  # a revision goes with its case: `cases.keep` alone writes both


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


async def begin(tx: Tx, stream: str = COUNTY) -> None:
    """Wait until no other transaction writes this stream; whoever decides by what is there begins with this."""
    await db.lock(tx, f"audit {stream}")


async def record(tx: Tx, by: By, action: str, changed: Sequence[Base], *, stream: str = COUNTY) -> None:
    """Append a link for each row, as it stands now, in their order; of tables that machines write too, see `decided`."""
    await record_each(tx, action, [(by, changed)], stream=stream)


async def record_each(
    tx: Tx, action: str, changed: Sequence[tuple[By, Sequence[Base]]], *, stream: str = COUNTY
) -> None:
    """`record` for what several did, or one did for several reasons: links in their order, by the same few statements."""
    await tx.flush()
    acts = []
    for by, rows in changed:
        check_texts("audit", {"actor": by.actor, "reason": by.reason})
        decided(tx, by, action, [row for row in rows if isinstance(row, DECIDED)])
        acts += [(by, row) for row in rows if not isinstance(row, DECIDED)]
    if acts:
        await begin(tx, stream)
        await _append(
            tx, [_Act(stream, table_of(type(row)).name, key_of(row), by, action, image_of(row)) for by, row in acts]
        )


@dataclass(frozen=True, slots=True)
class _Act:
    """What a link is made of."""

    stream: str
    entity: str
    entity_id: str
    by: By
    action: str
    about: Base | Image  # a row is looked at when the link is made


def decided(tx: Tx, by: By, action: str, rows: Iterable[Base | tuple[str, str, str, Image]]) -> None:
    """Let the transaction end with a link for each of these in its shard's chain; nothing waits for a chain before that.

    A row that is decided about several times in one transaction has one link: as it is left, under the first action.

    Args:
        tx: a writing transaction.
        by: who decided, and when.
        action: one word.
        rows: of `DECIDED`, or (stream, entity, key, image) where there is no row at hand.
    """
    acts = _pending(tx)
    for row in rows:
        if isinstance(row, tuple):
            stream, entity, key, image = row
            acts.append(_Act(stream, entity, key, by, action, image))
        else:
            acts.append(_Act(stream_of(row), table_of(type(row)).name, "", by, action, row))


def _pending(tx: Tx | Session, kind: str = "decided") -> list[_Act]:
    """What is to be chained when this transaction ends."""
    if _PENDING not in tx.info:
        tx.info[_PENDING] = {"decided": [], "flushed": []}
        db.at_end(tx, _chain)
    acts: list[_Act] = tx.info[_PENDING][kind]
    return acts


_PENDING: Final = "audit"


@event.listens_for(Session, "after_flush")
def _on_flush(session: Session, _context: UOWTransaction) -> None:
    """Nobody can forget to say what a machine decided: what no `decided` comes for has a link all the same."""
    changed = [row for row in session.dirty if isinstance(row, _BY_ROW) and _says_otherwise(row)]
    for action, rows in (("added", session.new), ("changed", changed)):
        for row in rows:
            if isinstance(row, _BY_ROW) and not (isinstance(row, tables.Notice) and row.state in UNDECIDED):
                by = By(MACHINE, clock.now())
                entity = table_of(type(row)).name
                _pending(session, "flushed").append(_Act(stream_of(row), entity, "", by, action, row))


def _says_otherwise(row: Base) -> bool:
    return any(attribute.history.has_changes() for attribute in inspect(row).attrs if attribute.key not in PASSING)


async def _chain(tx: Tx) -> None:
    """All that was decided, in one go; streams are locked in one order, so that no two transactions wait for each other."""
    acts: dict[tuple[str, str, str], _Act] = {}
    pending = tx.info.pop(_PENDING)
    for act in (*pending["decided"], *pending["flushed"]):
        is_image = isinstance(act.about, dict)
        key = act.entity_id if is_image else key_of(act.about)
        image = act.about if is_image else image_of(act.about)
        first = acts.get((act.stream, act.entity, key), act)
        acts[act.stream, act.entity, key] = _Act(act.stream, act.entity, key, first.by, first.action, image)
    await db.lock_all(tx, [f"audit {stream}" for stream, _, _ in acts])
    await _append(tx, list(acts.values()))


async def _append(tx: Tx, acts: Sequence[_Act]) -> None:
    if not acts:
        return
    ends = await _heads(tx, sorted({act.stream for act in acts}))
    made = []
    for act in acts:
        n, previous = ends.get(act.stream, (0, GENESIS))
        link = {
            "stream": act.stream,
            "n": n + 1,
            "at": act.by.at,
            "actor": act.by.actor,
            "action": act.action,
            "entity": act.entity,
            "entity_id": act.entity_id,
            "image": canonical(act.about),
            "reason": act.by.reason,
            "previous": previous,
        }
        ends[act.stream] = n + 1, digest(link)
        made.append(link | {"hash": ends[act.stream][1]})
    await tx.execute(insert(AuditEntry), made)


async def newest(tx: Tx, stream: str = COUNTY) -> int:
    """The number of a chain's last link, 0 where it has none: as long as it is the same, nothing was recorded there."""
    return await tx.scalar(select(func.max(AuditEntry.n)).where(AuditEntry.stream == stream)) or 0


async def _heads(tx: Tx, names: Sequence[str]) -> dict[str, tuple[int, str]]:
    """The last link of each of these chains that has one; each goes to the end of its chain, never through it."""
    return {row[0]: (row[1], row[2]) for row in await tx.execute(_ends(len(names)), dict(_named(names)))}


@cache
def _ends(count: int) -> TextClause:
    """Asked at the end of every transaction, and as text: it would take longer to be put together than to be answered."""
    entry = table_of(AuditEntry).name
    one = (
        f"select stream, n, hash from {entry} where stream = :s{{0}}"  # noqa: S608 - nothing in it comes from outside
        f" and n = (select max(n) from {entry} where stream = :s{{0}})"
    )
    return text(" union all ".join(one.format(number) for number in range(count)))


def _named(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((f"s{number}", name) for number, name in enumerate(names))


def stream_of(row: Base) -> str:
    """The chain of a machine's decision: by something that never changes of the row."""
    if isinstance(row, tables.Alarm):
        return _numbered(row.id)
    if isinstance(row, tables.Transition | tables.Notice | tables.NoticeAttempt):
        return _numbered(row.alarm)
    if isinstance(row, tables.WayQuestion):
        return _numbered(row.person)
    return shard(_anchor(row))


def _anchor(row: Base) -> str:
    """What a decision hangs on that is not about an alarm."""
    match row:
        case tables.NoticeReceipt() | tables.NoticeReply():
            return row.provider
        case tables.Drill():
            return row.facility
        case tables.Hold():
            return row.excursion  # its doses may be isolated at another facility
        case tables.Seal():
            return row.gateway
    assert isinstance(row, tables.Observation)
    return row.subject.split("/")[0]


def is_stream(name: str) -> bool:
    """True of a chain's name that the programme gives."""
    return name == COUNTY or name in _SHARDS


def shard(gateway: str) -> str:
    """The chain of what is decided about a gateway."""
    return f"shard-{shard_of(gateway):02}"


def _numbered(anchor: int) -> str:
    return f"shard-{anchor % SHARDS:02}"


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
    return await _heads(tx, names) if names else {}


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


def watched() -> frozenset[str]:
    """The names of the tables whose rows are chained."""
    return frozenset(table_of(kind).name for kind in WATCHED)


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
