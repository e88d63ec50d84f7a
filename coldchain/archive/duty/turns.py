"""Who has the duty of a rota at an instant: dated shifts before turns, holidays and make-up days by the calendar. Pure.

    shift instead of all  >  turns of the weekday (a holiday's own, else Sunday's; a make-up day's as the notice says)
                             └─ shift instead of one person

A turn that goes past midnight belongs to the day on which it begins.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from coldchain.archive.duty.book import Rota, Turn
from coldchain.archive.facilities.calendar import DayKind

HOLIDAY: Final = 7  # the weekday of turns that are for holidays
SUNDAY: Final = 6
DAY_MIN: Final = 1440
MINUTE_MS: Final = 60_000


def on_duty(rota: Rota, at: int, zone: ZoneInfo) -> list[int]:
    """The persons, in the order in which they stand in the rota; nobody twice."""
    here = [shift for shift in rota.shifts if shift.start <= at < shift.end]
    whole = [shift.person for shift in here if shift.instead_of is None]
    if whole:
        return list(dict.fromkeys(whole))
    instead = {shift.instead_of: shift.person for shift in here}
    turns = [turn for turn in rota.turns if _holds(rota, turn, at, zone)]
    return list(dict.fromkeys(instead.get(turn.person, turn.person) for turn in turns))


def cuts(rota: Rota, morning: int) -> Iterator[int]:
    """When its duty may change on the day that begins then: hours and dated duties that begin or end; some on other days."""
    for turn in rota.turns:
        for minute in (turn.from_min, turn.to_min):
            yield morning + minute * MINUTE_MS
            yield morning + (minute - DAY_MIN) * MINUTE_MS
        yield turn.start
        yield turn.end or turn.start
    for shift in rota.shifts:
        yield shift.start
        yield shift.end


def _holds(rota: Rota, turn: Turn, at: int, zone: ZoneInfo) -> bool:
    if at < turn.start or (turn.end is not None and at >= turn.end):
        return False
    local = datetime.fromtimestamp(at / 1000, zone)
    today, minute = local.date(), local.hour * 60 + local.minute
    begun = ((today, minute), (today - timedelta(days=1), minute + DAY_MIN))
    return any(
        turn.from_min <= passed < turn.to_min and _is_for(rota, turn, day) and _is_its_week(turn, day, zone)
        for day, passed in begun
    )


def _is_for(rota: Rota, turn: Turn, day: date) -> bool:
    special = rota.days.get(day.isoformat())
    if special is None:
        return turn.weekday == day.weekday()
    if special.kind is DayKind.WORKDAY:
        return turn.weekday == (day.weekday() if special.as_weekday is None else special.as_weekday)
    has_holidays = any(each.weekday == HOLIDAY for each in rota.turns)
    return turn.weekday == (HOLIDAY if has_holidays else SUNDAY)


def _is_its_week(turn: Turn, day: date, zone: ZoneInfo) -> bool:
    begun = datetime.fromtimestamp(turn.start / 1000, zone).date()
    weeks = (_monday(day) - _monday(begun)).days // 7
    return weeks % turn.every_weeks == 0


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
