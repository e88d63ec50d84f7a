"""Whoever answers of one alarm answers of what the same message told of the same facility: one rule, whatever the way.

    act ─► the alarm, and its facility's other parts of the same message, locked in one order ─► `taking`, each that is free

A reply, a key and a link know who was told, and what that person was told; a login does not, so that on a page, by the API
and on the command line a message counts whoever it went to. What another person is on the way to stays theirs: who answers
has not looked at that one.
"""

from collections.abc import Sequence
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
    found = [] if number is None or act.act not in _OF_THE_PLACE else await of_one_message(tx, number)
    return await take_with(tx, act, found[1:])


async def take_with(tx: Tx, act: Act, others: Sequence[tables.Alarm]) -> list[Alarm]:
    """The same, where it is known and locked already what the message told besides."""
    first = await taking.take(tx, act)
    free = [each for each in others if is_free(each, act.act, act.by)]
    return [first, *[await taking.take(tx, replace(act, alarm=each.id)) for each in free]]


async def of_one_message(tx: Tx, alarm: int, person: str | None = None) -> list[tables.Alarm]:
    """The alarm, and behind it the others of its facility that a message told together with it, and that go on.

    All are locked by rising number: two people who answer of two of them wait for each other. Where the `person` is known,
    only what a message told them counts. Empty where there is no such alarm.
    """
    row = tables.Alarm
    numbers = [alarm, *[each.id for each in await tx.scalars(_parts(alarm, person))]]
    query = select(row).where(row.id.in_(numbers)).order_by(row.id).with_for_update()
    found = {each.id: each for each in await tx.scalars(query.execution_options(populate_existing=True))}
    first = found.pop(alarm, None)
    return [] if first is None else [first, *(each for each in found.values() if each.state not in _OVER)]


async def parts(tx: Tx, alarm: int) -> list[Alarm]:
    """The others that some message told together with it: to be read."""
    return [record_of(row, Alarm) for row in await tx.scalars(_parts(alarm))]


def _parts(alarm: int, person: str | None = None) -> Select[tables.Alarm]:
    row, notice = tables.Alarm, tables.Notice
    home = select(row.facility).where(row.id == alarm, row.facility.is_not(None)).scalar_subquery()
    said = [notice.level > 0, *([] if person is None else [notice.person == person])]
    folds = select(notice.fold).where(notice.alarm == alarm, notice.fold != "", *said)
    told = select(notice.alarm).where(notice.fold.in_(folds), *said)
    return (
        select(row)
        .where(row.id.in_(told), row.id != alarm, row.facility == home, row.state.not_in(_OVER))
        .order_by(row.id)
    )


def is_free(alarm: tables.Alarm, act: str, by: str) -> bool:
    """True when this person takes nothing from another by it: nobody has seen it yet, or nobody else is on the way."""
    if act == "seen":
        return alarm.state == AlarmState.RINGING
    return alarm.state != AlarmState.TAKEN or alarm.taken_by == by
