"""The queue of notices: made once, claimed by one sender at a time, settled with what became of them.

    waiting ─► claimed ─► told | refused | broken | unknown | dropped          folded: told with another's message
       ▲          │
       └──────────┘ put back: later, held for the morning; or the claim ran out, and nobody knows whether it was told

A claim is a compare-and-set with an expiry in real time. Of several notices that one message tells, one waits and the others
are `folded`: they end as it ends, and where it is dropped each waits for itself.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import ColumnElement, and_, case, func, or_, select, update

from coldchain.archive import audit, tables
from coldchain.archive.audit import MACHINE, By
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, insert_new, record_of

WAITING: Final = "waiting"
CLAIMED: Final = "claimed"
FOLDED: Final = "folded"
TOLD: Final = "told"
REFUSED: Final = "refused"
BROKEN: Final = "broken"
UNKNOWN: Final = "unknown"  # sent twice, and nobody ever said that it arrived
DROPPED: Final = "dropped"
PENDING: Final = frozenset({WAITING, CLAIMED, FOLDED})
N = TypeVar("N", bound="NewNotice")
LONGEST_CLAIM_S: Final = 600.0  # a claim said to last longer was made by a clock that was ahead …
LONGEST_WAIT_S: Final = 86_400.0  # … and so was a wait


class NewNotice(Record, frozen=True, kw_only=True):
    """One message to one person by one channel, in both languages."""

    transition: int
    alarm: int
    person: str
    channel: str
    step: int
    text_zh: str
    text_en: str
    created_at: int
    kind: str = "alarm"
    level: int = 0
    turn: int = 0
    sent_to: str = ""
    language: str = "zh"
    short: dict[str, str] = msgspec.field(default_factory=dict)
    fold: str = ""
    state: str = WAITING
    answer: str = ""


class Notice(NewNotice, frozen=True, kw_only=True):
    """… that stands in the queue."""

    id: int
    claim: str | None
    claimed_until: float | None
    told_at: int | None
    tries: int = 0
    try_after: float | None = None
    verdict: str = ""
    provider_id: str = ""
    provider_code: str = ""
    cost_fen: int = 0
    receipt_state: str = ""
    receipt_at: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claimed notice: its state from now on, and what the provider said."""

    state: str
    at: int
    answer: str = ""
    verdict: str = ""
    provider_id: str = ""
    provider_code: str = ""
    cost_fen: int = 0
    try_after: float | None = None  # of one that waits again
    is_unsent: bool = False  # it was about to leave, and surely did not: that counts as no try


async def make(tx: Tx, notices: Sequence[NewNotice]) -> None:
    """Put notices into the queue; those that are there already stay as they are."""
    columns = {"tries": 0, "verdict": "", "provider_id": "", "provider_code": "", "cost_fen": 0}
    await insert_new(tx, tables.Notice, [{**columns, "receipt_state": "", **_fields(each)} for each in notices])


async def expand(tx: Tx, transitions: Collection[int], notices: Sequence[NewNotice]) -> None:
    """Make these transitions' notices, and remember that they are made."""
    await make(tx, notices)
    await tx.execute(update(tables.Transition).where(tables.Transition.id.in_(transitions)).values(expanded=True))


def _fields(notice: NewNotice) -> dict[str, Any]:
    return {name: getattr(notice, name) for name in notice.__struct_fields__}


async def is_waiting(tx: Tx, wall_s: float) -> bool:
    """True when a notice is to be told."""
    return await tx.scalar(select(tables.Notice.id).where(_is_due(wall_s)).limit(1)) is not None


async def claim(tx: Tx, by: str, wall_s: float, lasts_s: float, limit: int = 1) -> list[Notice]:
    """Take notices that nobody else has, calls first, then other alarms; each as it stands, with the verdict before this claim."""
    notice = tables.Notice
    is_alarm = notice.kind == "alarm"
    turn = case((and_(is_alarm, notice.level > 0), 0), (is_alarm, 1), else_=2)
    query = select(notice).where(_is_due(wall_s)).order_by(turn, notice.id).limit(limit)
    rows = list(await tx.scalars(query.with_for_update(skip_locked=True)))
    found = []
    for row in rows:
        before = record_of(row, Notice)
        row.state, row.claim, row.claimed_until = CLAIMED, by, wall_s + lasts_s
        found.append(with_(before, state=CLAIMED, claim=by, claimed_until=wall_s + lasts_s))
    await tx.flush()
    return found


def with_(notice: N, **changes: Any) -> N:  # noqa: ANN401 - columns of any kind
    """The record with other values."""
    return msgspec.structs.replace(notice, **changes)


def _is_due(wall_s: float) -> ColumnElement[bool]:
    notice = tables.Notice
    until, after = notice.claimed_until, notice.try_after
    ran_out = and_(notice.state == CLAIMED, or_(until <= wall_s, until > wall_s + LONGEST_CLAIM_S))
    may_go = or_(after.is_(None), after <= wall_s, after > wall_s + LONGEST_WAIT_S)
    return or_(and_(notice.state == WAITING, may_go), ran_out)


async def settle(tx: Tx, settled: Sequence[tuple[Notice, Outcome]]) -> list[int]:
    """Remember what became of claimed notices; returns those whose claim had not been taken over meanwhile."""
    if not settled:
        return []
    rows = await _held(tx, [notice for notice, _ in settled])
    done, ended = [], []
    for notice, outcome in settled:
        row = rows.get(notice.id)
        if row is None:
            continue
        _write(row, outcome)
        done.append(row.id)
        if row.fold and outcome.state != WAITING:
            ended.append((row, outcome))
        if outcome.state != WAITING:
            audit.decided(tx, By(MACHINE, outcome.at), outcome.state, [row])
    for row, outcome in ended:
        await _follow(tx, row, outcome)
    await tx.flush()
    return done


async def _held(tx: Tx, notices: Iterable[Notice]) -> dict[int, tables.Notice]:
    """The rows that these claims still hold."""
    claims = {notice.id: notice.claim for notice in notices}
    query = select(tables.Notice).where(tables.Notice.id.in_(sorted(claims))).order_by(tables.Notice.id)
    query = query.with_for_update().execution_options(populate_existing=True)
    return {row.id: row for row in await tx.scalars(query) if row.state == CLAIMED and row.claim == claims[row.id]}


def _write(row: tables.Notice, outcome: Outcome) -> None:
    row.state, row.answer, row.verdict = outcome.state, outcome.answer, outcome.verdict
    row.claim = row.claimed_until = None
    row.try_after = outcome.try_after
    row.told_at = outcome.at if outcome.state == TOLD else None
    row.tries -= outcome.is_unsent
    row.cost_fen += outcome.cost_fen
    row.provider_id, row.provider_code = outcome.provider_id or row.provider_id, outcome.provider_code


async def _follow(tx: Tx, told: tables.Notice, outcome: Outcome) -> None:
    """What was folded into a message ends as it ends; what is left of a dropped one goes for itself."""
    query = select(tables.Notice).where(tables.Notice.fold == told.fold, tables.Notice.state == FOLDED)
    for row in await tx.scalars(query.with_for_update()):
        if outcome.state == DROPPED:
            row.state, row.fold = WAITING, ""
            continue
        row.state, row.verdict, row.provider_id = outcome.state, outcome.verdict, outcome.provider_id
        row.told_at = outcome.at if outcome.state == TOLD else None
        row.answer = f"with notice {told.id}"
        audit.decided(tx, By(MACHINE, outcome.at), outcome.state, [row])


async def told_before(tx: Tx, notices: Sequence[Notice]) -> set[int]:
    """Those of which the same person was told the same words about the same alarm by the same channel already."""
    mine, other = tables.Notice, tables.Notice.__table__.alias("other")
    same = [mine.alarm == other.c.alarm, mine.person == other.c.person, mine.channel == other.c.channel]
    same += [mine.text_zh == other.c.text_zh, mine.id != other.c.id, other.c.state == TOLD]
    query = select(mine.id).join(other, and_(*same)).where(mine.id.in_([notice.id for notice in notices]))
    return set(await tx.scalars(query))


async def whys(tx: Tx, transitions: Iterable[int]) -> dict[int, str]:
    """Why these transitions were made."""
    row = tables.Transition
    found = await tx.execute(select(row.id, row.why).where(row.id.in_(sorted(set(transitions)))))
    return {each[0]: each[1] for each in found}


async def last_whys(tx: Tx, alarms: Iterable[int]) -> dict[int, str]:
    """Why the last transition of each of these alarms was made."""
    row = tables.Transition
    last = select(func.max(row.id)).where(row.alarm.in_(sorted(set(alarms)))).group_by(row.alarm)
    found = await tx.execute(select(row.alarm, row.why).where(row.id.in_(last)))
    return {each[0]: each[1] for each in found}


async def called(tx: Tx, alarms: Sequence[int]) -> list[Notice]:
    """Of these alarms, what the ladder told or is about to tell, the first first."""
    query = select(tables.Notice).where(tables.Notice.alarm.in_(alarms), tables.Notice.level > 0)
    return [record_of(row, Notice) for row in await tx.scalars(query.order_by(tables.Notice.id))]


async def alarms_in(tx: Tx, folds: Iterable[str]) -> list[int]:
    """The alarms that these messages told of."""
    row = tables.Notice
    return list(await tx.scalars(select(row.alarm).where(row.fold.in_(sorted(folds)), row.fold != "").distinct()))
