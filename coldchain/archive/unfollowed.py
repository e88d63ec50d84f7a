"""Which cases and observations have an alarm that does not say what they say. Asked after every decision, hence by indices."""

from typing import Final

from sqlalchemy import ColumnElement, and_, exists, or_, select, union_all, update

from coldchain.archive import tables
from coldchain.archive.arrows import UNDONE, Alarm
from coldchain.archive.cases import Observation, case_of
from coldchain.archive.db import Tx
from coldchain.archive.rows import record_of
from coldchain.excursion import AlarmState, Case, CaseState, Severity

_OVER: Final = tuple(state.value for state in AlarmState if state.is_over)
_ON: Final = tuple(state.value for state in AlarmState if not state.is_over)


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
        or_(alarm.id.is_(None), alarm.state.in_(_OVER)),
    )
    over = select(excursion.id).where(excursion.is_followed.is_(False), or_(_is_over_untold(), _is_undone_untold()))
    query = (
        select(excursion, alarm)
        .outerjoin(alarm, alarm.excursion == excursion.id)
        .where(excursion.id.in_(union_all(still_on, unheard, over)))
        .order_by(excursion.opened_at, excursion.id)
    )
    return [(case_of(row[0]), _alarm_of(row[1])) for row in await tx.execute(query)]


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
    return [(record_of(row[0], Observation), _alarm_of(row[1])) for row in await tx.execute(query)]


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
    return tables.Alarm.state.in_(_ON)


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
        alarm.state.in_(_OVER),
        is_as_loud,
        last.scalar_subquery().not_in(UNDONE),
    )
    is_over = and_(excursion.state == CaseState.CLOSED.value, excursion.severity != Severity.NOTE.value)
    return and_(is_over, ~was_told.exists(), ~_is_folded())


def _is_folded() -> ColumnElement[bool]:
    """Its alarm went on with a later case of the same trouble: whoever heard of that heard of this."""
    return exists(select(tables.FoldedCase.alarm).where(tables.FoldedCase.excursion == tables.Excursion.id))


def _is_undone_untold() -> ColumnElement[bool]:
    """A case was withdrawn after its alarm had ended, and whoever heard of it does not know."""
    alarm, excursion, transition = tables.Alarm, tables.Excursion, tables.Transition
    last = select(transition.why).where(transition.alarm == alarm.id).order_by(transition.id.desc()).limit(1)
    was_told = select(alarm.id).where(
        alarm.excursion == excursion.id,
        alarm.state.in_(_OVER),
        last.scalar_subquery().not_in(UNDONE),
    )
    return and_(excursion.state == CaseState.WITHDRAWN.value, was_told.exists())


def _is_unheard() -> ColumnElement[bool]:
    alarm, seen = tables.Alarm, tables.Observation
    return and_(seen.severity != Severity.NOTE.value, ~select(alarm.id).where(alarm.observation == seen.id).exists())


def _alarm_of(row: tables.Alarm | None) -> Alarm | None:
    return None if row is None else record_of(row, Alarm)
