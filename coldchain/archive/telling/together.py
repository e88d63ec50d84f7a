"""Who takes one alarm on a page, by the API or on the command line takes what the same message told of the same facility.

    act ─► the alarm, and its facility's other parts of the same message, locked in one order ─► `taking`, each

A reply, a key and a link know who was told; a login does not, so that here a message counts whoever it went to. What another
person is on the way to stays theirs: who pressed has not looked at that one.
"""

from dataclasses import replace
from typing import Final

from sqlalchemy import Select, select

from coldchain.archive import tables
from coldchain.archive.arrows import Alarm
from coldchain.archive.db import Tx
from coldchain.archive.rows import record_of
from coldchain.archive.telling import codes, taking
from coldchain.archive.telling.taking import Act
from coldchain.excursion import AlarmState

_OVER: Final = frozenset(state.value for state in AlarmState if state.is_over)
_OF_THE_PLACE: Final = frozenset({"seen", "going"})  # the rest says what one alarm is, and nothing of its neighbours


async def take(tx: Tx, act: Act) -> list[Alarm]:
    """Write what a person says of an alarm; seen and going also of its facility's parts of the same message.

    Returns:
        The alarm as it is then; behind it the others that are taken with it.

    Raises:
        BadInput: as `taking.take` says of the alarm itself; then the others are as they were.
    """
    number = act.alarm if isinstance(act.alarm, int) else await codes.alarm_with(tx, codes.read(act.alarm))
    others = [] if number is None or act.act not in _OF_THE_PLACE else await _locked(tx, number)
    first = await taking.take(tx, act)
    return [first, *[await taking.take(tx, replace(act, alarm=each.id)) for each in others if _is_free(each, act)]]


async def parts(tx: Tx, alarm: int) -> list[Alarm]:
    """The others of its facility that some message told together with it, and that go on: to be read."""
    return [record_of(row, Alarm) for row in await tx.scalars(_parts(alarm))]


async def _locked(tx: Tx, alarm: int) -> list[tables.Alarm]:
    """The same, locked with the alarm itself by rising number: two people who press two of them wait for each other."""
    row = tables.Alarm
    numbers = [alarm, *[each.id for each in await tx.scalars(_parts(alarm))]]
    query = select(row).where(row.id.in_(numbers)).order_by(row.id).with_for_update()
    found = await tx.scalars(query.execution_options(populate_existing=True))
    return [each for each in found if each.id != alarm and each.state not in _OVER]


def _parts(alarm: int) -> Select[tables.Alarm]:
    row, notice = tables.Alarm, tables.Notice
    home = select(row.facility).where(row.id == alarm, row.facility.is_not(None)).scalar_subquery()
    folds = select(notice.fold).where(notice.alarm == alarm, notice.fold != "", notice.level > 0)
    told = select(notice.alarm).where(notice.fold.in_(folds), notice.level > 0)
    return (
        select(row)
        .where(row.id.in_(told), row.id != alarm, row.facility == home, row.state.not_in(_OVER))
        .order_by(row.id)
    )


def _is_free(alarm: tables.Alarm, act: Act) -> bool:
    if act.act == "seen":
        return alarm.state == AlarmState.RINGING
    return alarm.state != AlarmState.TAKEN or alarm.taken_by == act.by
