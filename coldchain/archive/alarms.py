"""Alarms and their transitions: every arrow is written once, in the transaction that decided it.

    case or observation ─► alarm + transition  (one transaction)  ─► ladder and notices (`telling`)  ─► a person takes it

What came again soon is the same trouble: its alarm rings again and counts how often (`again`).
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Select, and_, delete, func, select

from coldchain.archive import audit, tables
from coldchain.archive.arrows import UNDONE as UNDONE  # noqa: PLC0414 - known by this name too, as all of these
from coldchain.archive.arrows import Alarm as Alarm  # noqa: PLC0414
from coldchain.archive.arrows import Arrow as Arrow  # noqa: PLC0414
from coldchain.archive.arrows import NewAlarm as NewAlarm  # noqa: PLC0414
from coldchain.archive.arrows import Transition as Transition  # noqa: PLC0414
from coldchain.archive.arrows import stand, write
from coldchain.archive.audit import MACHINE, By
from coldchain.archive.cases import Observation
from coldchain.archive.db import Tx
from coldchain.archive.rows import insert_new, record_of
from coldchain.archive.telling import codes
from coldchain.archive.unfollowed import mark_followed as mark_followed  # noqa: PLC0414
from coldchain.archive.unfollowed import unfollowed as unfollowed  # noqa: PLC0414
from coldchain.archive.unfollowed import unfollowed_observations as unfollowed_observations  # noqa: PLC0414
from coldchain.excursion import AlarmState, Case, Severity

_OVER: Final = tuple(state.value for state in AlarmState if state.is_over)
COUNTED_MS: Final = 24 * 60 * 60_000  # within which comings-again make the score


async def alarm_of(tx: Tx, case: str) -> Alarm | None:
    """The alarm about a case, if there is one; also where it is about a later one since."""
    found = await tx.scalar(select(tables.Alarm).where(tables.Alarm.excursion == case))
    if found is None:
        folded = select(tables.FoldedCase.alarm).where(tables.FoldedCase.excursion == case)
        found = await tx.scalar(select(tables.Alarm).where(tables.Alarm.id.in_(folded)))
    return None if found is None else record_of(found, Alarm)


async def is_heard(tx: Tx, observation: int) -> bool:
    """True when an observation has an alarm."""
    return await tx.scalar(select(tables.Alarm.id).where(tables.Alarm.observation == observation)) is not None


async def raise_alarm(tx: Tx, new: NewAlarm, arrow: Arrow) -> Alarm:
    """A new alarm with its first transition."""
    [raised] = await raise_alarms(tx, [new], arrow)
    return raised


async def raise_alarms(tx: Tx, new: Sequence[NewAlarm], arrow: Arrow) -> list[Alarm]:
    """Several new alarms, each with the same first transition; as few statements for many as for one."""
    codes_ = await codes.fresh_ones(tx, len(new))
    rows = [_row(each, arrow, code) for each, code in zip(new, codes_, strict=True)]
    tx.add_all(rows)
    await tx.flush()
    for row in rows:
        write(tx, row, None, arrow)
    await tx.flush()
    return [record_of(row, Alarm) for row in rows]


def _row(new: NewAlarm, arrow: Arrow, code: str) -> tables.Alarm:
    return tables.Alarm(
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
        is_drill=new.is_drill,
        rungs=[],
        code=code,
        next_at=None if new.state.is_over else arrow.at,
    )


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
    write(tx, row, AlarmState(row.state), arrow)
    if arrow.why == "reopened":
        await _count(tx, row, arrow.at)
    stand(row, arrow)
    if severity is not None:
        row.severity = severity.value
    if waits_at_night is not None:
        row.waits_at_night = waits_at_night
    if case:
        row.excursion = case
        await tx.execute(delete(tables.FoldedCase).where(tables.FoldedCase.excursion == case))
    await tx.flush()


async def _count(tx: Tx, row: tables.Alarm, at: int) -> None:
    """It came again: how often within a day, under a code that nobody else has meanwhile."""
    query = select(func.count()).select_from(tables.Transition)
    query = query.where(tables.Transition.alarm == row.id, tables.Transition.why == "reopened")
    row.score = await tx.scalar(query.where(tables.Transition.at > at - COUNTED_MS)) or 1
    if row.code is None or row.state == AlarmState.CLOSED:
        row.code = await codes.fresh(tx)


async def let_wait(tx: Tx, alarm: Alarm) -> None:
    """From now on nobody is woken for it. That is no news to anybody: there is no arrow."""
    row = await tx.get_one(tables.Alarm, alarm.id)
    row.waits_at_night = True
    await tx.flush()
    audit.decided(tx, By(MACHINE, row.raised_at), "waits", [row])


async def go_along(tx: Tx, alarm: Alarm, seen: Observation, facility: str | None, arrow: Arrow) -> None:
    """The observation that an alarm is about goes on in another: from now on the alarm is about that, wherever it is."""
    row = await tx.get_one(tables.Alarm, alarm.id)
    write(tx, row, AlarmState(row.state), arrow)
    row.observation, row.equipment, row.facility = seen.id, seen.equipment, facility
    await tx.flush()


async def last_of(tx: Tx, case: Case, since: int) -> Alarm | None:
    """The alarm about the same trouble (equipment, compartment, kind) that ended since then: it would ring again."""
    alarm, excursion = tables.Alarm, tables.Excursion
    facts = case.facts
    query = select(alarm).join(excursion, excursion.id == alarm.excursion)
    query = query.where(alarm.equipment == facts.equipment, alarm.kind == facts.kind.value, alarm.is_past.is_(False))
    query = query.where(excursion.compartment == facts.compartment, excursion.id != case.id)
    return await _ended_since(tx, query, since)


async def last_of_watch(tx: Tx, seen: Observation, since: int) -> Alarm | None:
    """The same of an observation: of the same kind and subject."""
    alarm, observation = tables.Alarm, tables.Observation
    query = select(alarm).join(observation, observation.id == alarm.observation)
    query = query.where(observation.kind == seen.kind.value, observation.subject == seen.subject)
    return await _ended_since(tx, query.where(observation.id != seen.id), since)


async def ended_lately(
    tx: Tx, equipment: Iterable[str], subjects: Iterable[str], since: int
) -> tuple[set[str], set[str]]:
    """Of these pieces of equipment, and of these subjects of observations, those with an alarm that ended since then.

    Only of these `last_of` and `last_of_watch` can find anything.
    """
    alarm, observation = tables.Alarm, tables.Observation
    is_meant = and_(alarm.state.in_(_OVER), alarm.ended_at >= since)
    of_equipment = select(alarm.equipment).where(is_meant, alarm.equipment.in_(set(equipment)))
    of_watch = select(observation.subject).join(alarm, alarm.observation == observation.id)
    of_watch = of_watch.where(is_meant, observation.subject.in_(set(subjects)))
    return {name for name in await tx.scalars(of_equipment) if name}, set(await tx.scalars(of_watch))


async def _ended_since(tx: Tx, query: Select[tables.Alarm], since: int) -> Alarm | None:
    alarm = tables.Alarm
    query = query.where(alarm.state.in_(_OVER), alarm.ended_at >= since).order_by(alarm.id.desc()).limit(1)
    found = await tx.scalar(query)
    return None if found is None or await last_why(tx, found.id) in UNDONE else record_of(found, Alarm)


async def again(tx: Tx, alarm: Alarm, about: Case | Observation, arrow: Arrow, severity: Severity) -> None:
    """The trouble came back under a new case or observation: the alarm rings again and is about that from now on."""
    row = await tx.get_one(tables.Alarm, alarm.id)
    if isinstance(about, Case):
        if row.excursion is not None:
            await insert_new(tx, tables.FoldedCase, [{"excursion": row.excursion, "alarm": row.id}])
        row.excursion = about.id
        waits = about.facts.waits_at_night
    else:
        row.observation, row.equipment, waits = about.id, about.equipment, about.waits_at_night
    await tx.flush()
    await change(tx, record_of(row, Alarm), arrow, severity=severity, waits_at_night=waits)


async def unexpanded(tx: Tx, limit: int = 100, *, mine: bool = False) -> list[tuple[Transition, Alarm]]:
    """Transitions for which no notices were made yet, the oldest first; `mine` are those that no other process is at."""
    query = select(tables.Transition, tables.Alarm).join(tables.Alarm, tables.Alarm.id == tables.Transition.alarm)
    query = query.where(tables.Transition.expanded.is_(False)).order_by(tables.Transition.id).limit(limit)
    if mine:
        query = query.with_for_update(of=tables.Transition, skip_locked=True)
    return [(record_of(row[0], Transition), record_of(row[1], Alarm)) for row in await tx.execute(query)]


async def alarm(tx: Tx, alarm_id: int) -> Alarm:
    """One alarm."""
    return record_of(await tx.get_one(tables.Alarm, alarm_id), Alarm)


async def alarms(tx: Tx, ids: Iterable[int]) -> dict[int, Alarm]:
    """Alarms by number."""
    rows = await tx.scalars(select(tables.Alarm).where(tables.Alarm.id.in_(sorted(set(ids)))))
    return {row.id: record_of(row, Alarm) for row in rows}


async def last_why(tx: Tx, alarm_id: int) -> str:
    """Why an alarm's last transition was made."""
    query = select(tables.Transition.why).where(tables.Transition.alarm == alarm_id)
    return (await tx.scalars(query.order_by(tables.Transition.id.desc()).limit(1))).one()
