"""The audit trail: hash chains, one per writer stream; each link holds who, when, why and the row as it was left.

    record(tx, by, "moved", rows)     people's changes       ─► county    at once
    decided(tx, by, "raised", rows)   what machines decided  ─► shard-NN  once, when the transaction ends
                                                                (stream, n): image of the row, hash over all and the hash before

Written in the transaction of the change itself. Which tables are chained says `audited`; `chains` follows what was written,
and finds what was changed, added or removed beside the trail.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    event,
    insert,
    inspect,
)
from sqlalchemy.orm import Session, UOWTransaction

from coldchain import clock
from coldchain.archive import db, tables
from coldchain.archive.audited import DECIDED, UNDECIDED
from coldchain.archive.chains import COUNTY, GENESIS, SHARDS, ends
from coldchain.archive.db import Tx
from coldchain.archive.images import PASSING, Image, canonical, digest, image_of, key_of
from coldchain.archive.rows import check_texts, table_of
from coldchain.archive.tables import AuditEntry, Base
from coldchain.wire import shard_of

MACHINE: Final = "coldchain"  # the actor of what nobody decided but the programme
_BY_ROW: Final[tuple[type[Base], ...]] = DECIDED[1:]  # a revision goes with its case: `cases.keep` alone writes both


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, when (domain time, ms UTC), and why."""

    actor: str
    at: int
    reason: str = ""


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
    last = await ends(tx, sorted({act.stream for act in acts}))
    made = []
    for act in acts:
        n, previous = last.get(act.stream, (0, GENESIS))
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
        last[act.stream] = n + 1, digest(link)
        made.append(link | {"hash": last[act.stream][1]})
    await tx.execute(insert(AuditEntry), made)


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
        case tables.Seal() | tables.EdgeNoticeRow():
            return row.gateway
    assert isinstance(row, tables.Observation)
    return row.subject.split("/")[0]


def shard(gateway: str) -> str:
    """The chain of what is decided about a gateway."""
    return f"shard-{shard_of(gateway):02}"


def _numbered(anchor: int) -> str:
    return f"shard-{anchor % SHARDS:02}"
