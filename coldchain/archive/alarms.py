"""Alarms, their transitions, and the notices that tell people: the rows are the queue, and every arrow is written once.

    case or observation ─► alarm + transition  (one transaction)  ─► notices  (a second)  ─► claimed ─► told

A claim is a compare-and-set with an expiry in real time; an expired claim means that nobody knows whether it was told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import ColumnElement, and_, func, or_, select, union_all, update

from coldchain.archive import audit, tables
from coldchain.archive.audit import MACHINE, By
from coldchain.archive.cases import Observation, case_of
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, check_texts, insert_new, record_of
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState, Case, CaseState, Kind, Severity

WAITING: Final = "waiting"
CLAIMED: Final = "claimed"
LONGEST_CLAIM_S: Final = 600.0  # a claim said to last longer was made by a clock that was ahead
TOLD: Final = "told"
DROPPED: Final = "dropped"


class NewAlarm(Record, frozen=True, kw_only=True):
    """A trouble that people must take: about an excursion or an observation."""

    excursion: str | None = None
    observation: int | None = None
    equipment: str | None = None
    facility: str | None = None
    kind: Kind
    severity: Severity
    state: AlarmState
    is_past: bool = False
    waits_at_night: bool = False
    raised_at: int
    ended_at: int | None = None


class Alarm(NewAlarm, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int
    taken_by: str | None = None
    taken_at: int | None = None
    next_at: int | None = None


class Transition(Record, frozen=True, kw_only=True):
    """One arrow of an alarm."""

    id: int
    alarm: int
    at: int
    before: AlarmState | None
    after: AlarmState
    why: str
    by: str
    note: str
    expanded: bool


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


class Notice(NewNotice, frozen=True, kw_only=True):
    """… that stands in the queue."""

    id: int
    state: str
    claim: str | None
    claimed_until: float | None
    told_at: int | None
    answer: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """A change of an alarm to be written: its state after, and why."""

    after: AlarmState
    why: str
    at: int
    by: str = ""
    note: str = ""


# Why an alarm ended that was told of as if nothing were left of it.
UNDONE: Final = ("withdrawn", "merged", "eased")


async def unfollowed(tx: Tx) -> list[tuple[Case, Alarm | None]]:
    """Cases whose alarm does not say what they say: none yet, still on, of another loudness, or ended too soon or too low.

    Asked after every decision: each of the three questions goes by an index to the few rows that may be meant.
    """
    alarm, excursion = tables.Alarm, tables.Excursion
    still_on = select(excursion.id).join(alarm, alarm.excursion == excursion.id)
    still_on = still_on.where(_is_on(), or_(excursion.state != CaseState.OPEN.value, _speaks_otherwise(excursion)))
    unheard = select(excursion.id).outerjoin(alarm, alarm.excursion == excursion.id)
    unheard = unheard.where(
        excursion.state == CaseState.OPEN.value,
        excursion.severity != Severity.NOTE.value,
        or_(alarm.id.is_(None), alarm.state == AlarmState.ENDED.value),
    )
    over = select(excursion.id).where(excursion.is_followed.is_(False), or_(_is_over_untold(), _is_undone_untold()))
    query = (
        select(excursion, alarm)
        .outerjoin(alarm, alarm.excursion == excursion.id)
        .where(excursion.id.in_(union_all(still_on, unheard, over)))
        .order_by(excursion.opened_at, excursion.id)
    )
    return [(case_of(row[0]), _alarm(row[1])) for row in await tx.execute(query)]


async def unfollowed_observations(tx: Tx) -> list[tuple[Observation, Alarm | None]]:
    """The same for observations: loud and without an alarm, over and still ringing, or of another loudness."""
    alarm, seen = tables.Alarm, tables.Observation
    still_on = select(seen.id).join(alarm, alarm.observation == seen.id)
    still_on = still_on.where(_is_on(), or_(seen.end.is_not(None), _speaks_otherwise(seen)))
    unheard = select(seen.id).where(seen.is_followed.is_(False), _is_unheard())
    query = (
        select(seen, alarm)
        .outerjoin(alarm, alarm.observation == seen.id)
        .where(seen.id.in_(union_all(still_on, unheard)))
        .order_by(seen.id)
    )
    return [(record_of(row[0], Observation), _alarm(row[1])) for row in await tx.execute(query)]


async def mark_followed(tx: Tx) -> None:
    """Remember which cases and observations need no alarm but the one they have, so that they are not looked at again.

    Whoever let alarms follow ends with this. What is written again is looked at again. Each condition is of the row itself:
    a row that another process is just writing is judged as that process leaves it.
    """
    alarm, excursion, seen = tables.Alarm, tables.Excursion, tables.Observation
    rings = select(alarm.id).where(alarm.excursion == excursion.id, _is_on()).exists()
    untold = or_(rings, _is_over_untold(), _is_undone_untold())
    for table, is_left in ((excursion, untold), (seen, _is_unheard())):
        await tx.execute(update(table).where(table.is_followed.is_(False), ~is_left).values(is_followed=True))


def _is_on() -> ColumnElement[bool]:
    """Asked for by name, so that the index of states is of use."""
    return tables.Alarm.state.in_([state.value for state in AlarmState if state is not AlarmState.ENDED])


def _speaks_otherwise(about: type[tables.Excursion | tables.Observation]) -> ColumnElement[bool]:
    """Louder or quieter than its alarm says, or in another haste."""
    alarm = tables.Alarm
    return or_(about.severity != alarm.severity, about.waits_at_night != alarm.waits_at_night)


def _is_over_untold() -> ColumnElement[bool]:
    """A loud case is over, and no alarm of it has ended as loud, or the last word about it was that it never was."""
    alarm, excursion, transition = tables.Alarm, tables.Excursion, tables.Transition
    last = select(transition.why).where(transition.alarm == alarm.id).order_by(transition.id.desc()).limit(1)
    is_as_loud = or_(alarm.severity == Severity.CRITICAL.value, alarm.severity == excursion.severity)
    was_told = select(alarm.id).where(
        alarm.excursion == excursion.id,
        alarm.state == AlarmState.ENDED.value,
        is_as_loud,
        last.scalar_subquery().not_in(UNDONE),
    )
    is_over = and_(excursion.state == CaseState.CLOSED.value, excursion.severity != Severity.NOTE.value)
    return and_(is_over, ~was_told.exists())


def _is_undone_untold() -> ColumnElement[bool]:
    """A case was withdrawn after its alarm had ended, and whoever heard of it does not know."""
    alarm, excursion, transition = tables.Alarm, tables.Excursion, tables.Transition
    last = select(transition.why).where(transition.alarm == alarm.id).order_by(transition.id.desc()).limit(1)
    was_told = select(alarm.id).where(
        alarm.excursion == excursion.id,
        alarm.state == AlarmState.ENDED.value,
        last.scalar_subquery().not_in(UNDONE),
    )
    return and_(excursion.state == CaseState.WITHDRAWN.value, was_told.exists())


def _is_unheard() -> ColumnElement[bool]:
    alarm, seen = tables.Alarm, tables.Observation
    return and_(seen.severity != Severity.NOTE.value, ~select(alarm.id).where(alarm.observation == seen.id).exists())


async def alarm_of(tx: Tx, case: str) -> Alarm | None:
    """The alarm about a case, if there is one."""
    return _alarm(await tx.scalar(select(tables.Alarm).where(tables.Alarm.excursion == case)))


async def is_heard(tx: Tx, observation: int) -> bool:
    """True when an observation has an alarm."""
    return await tx.scalar(select(tables.Alarm.id).where(tables.Alarm.observation == observation)) is not None


async def raise_alarm(tx: Tx, new: NewAlarm, arrow: Arrow) -> Alarm:
    """A new alarm with its first transition."""
    row = tables.Alarm(
        excursion=new.excursion,
        observation=new.observation,
        equipment=new.equipment,
        facility=new.facility,
        kind=new.kind.value,
        severity=new.severity.value,
        state=new.state.value,
        is_past=new.is_past,
        waits_at_night=new.waits_at_night,
        raised_at=new.raised_at,
        ended_at=new.ended_at,
    )
    tx.add(row)
    await tx.flush()
    _write(tx, row, None, arrow)
    await tx.flush()
    return record_of(row, Alarm)


async def change(
    tx: Tx,
    alarm: Alarm,
    arrow: Arrow,
    *,
    severity: Severity | None = None,
    waits_at_night: bool | None = None,
    case: str = "",
) -> None:
    """Let an alarm go along an arrow.

    Args:
        tx: a writing transaction.
        alarm: which.
        arrow: where it goes and why.
        severity: how loud it is from now on, if that changes.
        waits_at_night: whether nobody is to be woken for it from now on, if that changes.
        case: the case that it is about from now on, when the one it was about was merged into that.
    """
    row = await tx.get_one(tables.Alarm, alarm.id)
    _write(tx, row, AlarmState(row.state), arrow)
    row.state = arrow.after.value
    row.ended_at = arrow.at if arrow.after is AlarmState.ENDED else None
    if severity is not None:
        row.severity = severity.value
    if waits_at_night is not None:
        row.waits_at_night = waits_at_night
    if case:
        row.excursion = case
    await tx.flush()


async def let_wait(tx: Tx, alarm: Alarm) -> None:
    """From now on nobody is woken for it. That is no news to anybody: there is no arrow."""
    row = await tx.get_one(tables.Alarm, alarm.id)
    row.waits_at_night = True
    await tx.flush()
    audit.decided(tx, By(MACHINE, row.raised_at), "waits", [row])


async def go_along(tx: Tx, alarm: Alarm, seen: Observation, facility: str | None, arrow: Arrow) -> None:
    """The observation that an alarm is about goes on in another: from now on the alarm is about that, wherever it is."""
    row = await tx.get_one(tables.Alarm, alarm.id)
    _write(tx, row, AlarmState(row.state), arrow)
    row.observation, row.equipment, row.facility = seen.id, seen.equipment, facility
    await tx.flush()


def _write(tx: Tx, alarm: tables.Alarm, before: AlarmState | None, arrow: Arrow) -> None:
    transition = tables.Transition(
        alarm=alarm.id,
        at=arrow.at,
        before=before.value if before else None,
        after=arrow.after.value,
        why=arrow.why,
        by=arrow.by,
        note=arrow.note,
    )
    tx.add(transition)
    audit.decided(tx, By(arrow.by or MACHINE, arrow.at), arrow.why, [alarm, transition])


async def take(tx: Tx, alarm: int, act: Literal["seen", "going"], by: str, at: int, note: str = "") -> Alarm:
    """A person has seen an alarm, or is on the way.

    Raises:
        BadInput: when there is no such alarm, or it is over.
    """
    row = await tx.get(tables.Alarm, alarm, with_for_update=True)
    if row is None:
        raise BadInput("alarm", f"{alarm} is unknown", "choose one from the list")
    if row.state == AlarmState.ENDED:
        raise BadInput("alarm", f"{alarm} is over", "nothing is to be done")
    check_texts("transition", {"by": by, "note": note})
    if act == "seen" and row.state == AlarmState.TAKEN:  # who is on the way has seen it
        return record_of(row, Alarm)
    after = AlarmState.SEEN if act == "seen" else AlarmState.TAKEN
    _write(tx, row, AlarmState(row.state), Arrow(after, after.value, at, by, note))
    row.state, row.taken_by, row.taken_at = after.value, by, at
    await tx.flush()
    return record_of(row, Alarm)


async def unexpanded(tx: Tx, limit: int = 100) -> list[tuple[Transition, Alarm]]:
    """Transitions for which no notices were made yet, the oldest first."""
    query = select(tables.Transition, tables.Alarm).join(tables.Alarm, tables.Alarm.id == tables.Transition.alarm)
    query = query.where(tables.Transition.expanded.is_(False)).order_by(tables.Transition.id).limit(limit)
    return [(record_of(row[0], Transition), record_of(row[1], Alarm)) for row in await tx.execute(query)]


async def expand(tx: Tx, transition: int, notices: Sequence[NewNotice]) -> None:
    """Make a transition's notices; those that are there already stay as they are."""
    await insert_new(tx, tables.Notice, [{**_fields(each), "state": WAITING, "answer": ""} for each in notices])
    row = await tx.get_one(tables.Transition, transition)
    row.expanded = True
    await tx.flush()


def _fields(notice: NewNotice) -> dict[str, object]:
    return {name: getattr(notice, name) for name in notice.__struct_fields__}


async def waiting(tx: Tx, wall_s: float, limit: int = 50) -> list[Notice]:
    """Notices to be told: waiting, or claimed by somebody whose claim has run out."""
    query = select(tables.Notice).where(_is_due(wall_s)).order_by(tables.Notice.id).limit(limit)
    return [record_of(row, Notice) for row in await tx.scalars(query)]


async def claim(tx: Tx, notice: int, by: str, wall_s: float, lasts_s: float) -> Notice | None:
    """Take a notice, if nobody else has it; the claim runs out by itself."""
    changed = await tx.execute(
        update(tables.Notice)
        .where(tables.Notice.id == notice, _is_due(wall_s))
        .values(state=CLAIMED, claim=by, claimed_until=wall_s + lasts_s)
        .returning(tables.Notice.id)
    )
    if changed.first() is None:
        return None
    row = await tx.get_one(tables.Notice, notice, populate_existing=True)
    return record_of(row, Notice)


def _is_due(wall_s: float) -> ColumnElement[bool]:
    until = tables.Notice.claimed_until
    ran_out = and_(tables.Notice.state == CLAIMED, or_(until <= wall_s, until > wall_s + LONGEST_CLAIM_S))
    return or_(tables.Notice.state == WAITING, ran_out)


async def settle(tx: Tx, notice: Notice, state: str, at: int, answer: str) -> bool:
    """Remember what became of a claimed notice; False when the claim had run out and another took it."""
    changed = await tx.execute(
        update(tables.Notice)
        .where(tables.Notice.id == notice.id, tables.Notice.claim == notice.claim, tables.Notice.state == CLAIMED)
        .values(state=state, told_at=at if state == TOLD else None, answer=answer, claim=None, claimed_until=None)
        .returning(tables.Notice.id)
    )
    if changed.first() is None:
        return False
    row = await tx.get_one(tables.Notice, notice.id, populate_existing=True)
    audit.decided(tx, By(MACHINE, at), state, [row])
    return True


async def put_back(tx: Tx, notice: Notice) -> None:
    """Let a claimed notice wait again: it was not told."""
    await tx.execute(
        update(tables.Notice)
        .where(tables.Notice.id == notice.id, tables.Notice.claim == notice.claim)
        .values(state=WAITING, claim=None, claimed_until=None)
    )


async def was_told(tx: Tx, notice: Notice) -> bool:
    """True when the same person was told the same words about the same alarm by the same channel already."""
    query = select(func.count()).where(
        tables.Notice.alarm == notice.alarm,
        tables.Notice.person == notice.person,
        tables.Notice.channel == notice.channel,
        tables.Notice.text_zh == notice.text_zh,
        tables.Notice.state == TOLD,
        tables.Notice.id != notice.id,
    )
    return bool(await tx.scalar(query))


async def alarm(tx: Tx, alarm_id: int) -> Alarm:
    """One alarm."""
    return record_of(await tx.get_one(tables.Alarm, alarm_id), Alarm)


def _alarm(row: tables.Alarm | None) -> Alarm | None:
    return None if row is None else record_of(row, Alarm)


async def why(tx: Tx, transition: int) -> str:
    """Why a transition was made."""
    return (await tx.get_one(tables.Transition, transition)).why


async def last_why(tx: Tx, alarm_id: int) -> str:
    """Why an alarm's last transition was made."""
    query = select(tables.Transition.why).where(tables.Transition.alarm == alarm_id)
    return (await tx.scalars(query.order_by(tables.Transition.id.desc()).limit(1))).one()
