"""Which sessions a facility holds on which days: its weekly hours on every day but holidays, and on make-up days too.

    hours of the week, dated ─┐
                              ├─► held(facility, days) ─► (day, from, to) ─► alerting (what a session explains), the API
    calendar days, dated ─────┘

A row of the facility itself says more than its region's. A make-up day (调休) is held as the weekday that it names, or as
its own. The working week of the card has no say: it is not dated, and whoever vaccinates on a Saturday wrote hours for it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from coldchain.archive import occasions, tables
from coldchain.archive.db import Tx
from coldchain.archive.facilities import calendar, days
from coldchain.archive.facilities.calendar import DayKind


@dataclass(frozen=True, slots=True)
class Held:
    """A session: a local day, and minutes of it."""

    day: date
    from_min: int
    to_min: int


async def held(tx: Tx, facility: str, first: str, last: str, zone: ZoneInfo) -> list[Held]:
    """The sessions from the first day to the last, both included, in time.

    Raises:
        BadInput: when the days cannot be.
    """
    asked = days.span(first, last)
    hours = await occasions.session_hours_of(tx, facility)
    if not hours:
        return []
    special = await calendar.special_days(tx, facility, first, last)
    since = {each.id: days.day_of(each.start, zone) for each in hours}
    until = {each.id: None if each.end is None else days.day_of(each.end - 1, zone) for each in hours}
    found = []
    for day in asked:
        weekday = _weekday(day, special.get(day.isoformat()))
        for each in hours:
            end, written = until[each.id], day.isoformat()
            if each.weekday == weekday and since[each.id] <= written and (end is None or written <= end):
                found.append(Held(day, each.from_min, each.to_min))
    return sorted(set(found), key=lambda each: (each.day, each.from_min, each.to_min))


async def held_around(tx: Tx, facility: str, start: int, end: int, zone: ZoneInfo) -> list[Held]:
    """… on all days that touch [start, end] (ms UTC), and the days beside them: a clock may be set."""
    first, last = (date.fromisoformat(days.day_of(at, zone)) for at in (start, end))
    one = timedelta(days=1)
    return await held(tx, facility, (first - one).isoformat(), (last + one).isoformat(), zone)


def _weekday(day: date, special: tables.CalendarDay | None) -> int | None:
    """As which weekday it is held; None: not at all."""
    if special is None:
        return day.weekday()
    if special.kind == DayKind.HOLIDAY:
        return None
    return day.weekday() if special.as_weekday is None else special.as_weekday
