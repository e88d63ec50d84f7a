"""Occasions: what explains a warm deviation by itself, such as a session day on which the door is opened. Pure.

    session hours (weekday, local minutes) ─┐
    deliveries ─────────────────────────────┼─► occasions, ms UTC ─► policy: explained, within its own limit and end
    stock-takes, defrosts, planned outages ─┘

An occasion only says that something was going on. How warm and for how long that accounts for stands in the policy.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from coldchain.errors import BadInput

SESSION: Final = "session"
DELIVERY: Final = "delivery"
STOCK_TAKE: Final = "stock_take"
DEFROST: Final = "defrost"
PLANNED_OUTAGE: Final = "planned_outage"
KINDS: Final = (SESSION, DELIVERY, STOCK_TAKE, DEFROST, PLANNED_OUTAGE)

_DAY: Final = timedelta(days=1)
_DAY_MIN: Final = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class Occasion:
    """From–to, ms UTC, both included; a delivery is a moment."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SessionHours:
    """A weekly session by the clinic's own clock: weekday 0 is Monday, minutes count from midnight.

    It is held on each such day from `valid_from` to `valid_to`, both included; None = until further notice.
    """

    weekday: int
    from_min: int
    to_min: int
    valid_from: date
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.weekday < 7:
            raise BadInput("weekday", f"{self.weekday} is no weekday", "write 0 (Monday) to 6 (Sunday)")
        if not 0 <= self.from_min < self.to_min <= _DAY_MIN:
            raise BadInput(
                "to_min", f"{self.from_min} to {self.to_min} is no span of a day", "let 0 <= from < to <= 1440"
            )
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise BadInput("valid_to", f"{self.valid_to} is before {self.valid_from}", "let it end after it begins")


def sessions(hours: Iterable[SessionHours], zone: ZoneInfo, start: int, end: int) -> list[Occasion]:
    """The sessions that touch [start, end] (ms UTC), in order.

    An hour that the clock shows twice belongs to a session whole; one that it never shows belongs to none, and a session
    that begins or ends inside of it errs towards the shorter.
    """
    found = {
        occasion
        for its in hours
        for day in _days(its, zone, start, end)
        if (occasion := session(day, its.from_min, its.to_min, zone))
        and occasion.start <= end
        and occasion.end >= start
    }
    return sorted(found)


def session(day: date, from_min: int, to_min: int, zone: ZoneInfo) -> Occasion | None:
    """A session of one day by the clock on the wall; None where the clock never showed its time."""
    start, end = _moment(day, from_min, zone, fold=0), _moment(day, to_min, zone, fold=1)
    return Occasion(SESSION, start, end) if start < end else None


def deliveries(arrivals: Iterable[int]) -> list[Occasion]:
    """Arrivals (ms UTC) as occasions: a delivery has no length of its own, the policy says how long it explains."""
    return sorted({Occasion(DELIVERY, at, at) for at in arrivals})


def _days(hours: SessionHours, zone: ZoneInfo, start: int, end: int) -> Iterable[date]:
    """The days of the calendar on which a session may touch the span."""
    day = max(hours.valid_from, _date(start, zone) - _DAY)
    last = _date(end, zone) + _DAY
    if hours.valid_to is not None:
        last = min(last, hours.valid_to)
    while day <= last:
        if day.weekday() == hours.weekday:
            yield day
        day += _DAY


def _moment(day: date, minute: int, zone: ZoneInfo, *, fold: int) -> int:
    """When the clock on the wall shows this minute; `fold` 1 = for the last time."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    return round(local.replace(tzinfo=zone, fold=fold).timestamp() * 1000)


def _date(ms: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(ms / 1000, zone).date()
