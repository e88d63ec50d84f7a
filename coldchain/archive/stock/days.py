"""Days: a lot expires, a price holds and a form is printed by the country's calendar, whatever zone a server is in."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from coldchain.errors import BadInput

ZONE: Final = ZoneInfo("Asia/Shanghai")  # the one legal time


def day_of(at: int) -> str:
    """The day of a moment, YYYY-MM-DD."""
    return datetime.fromtimestamp(at / 1000, ZONE).date().isoformat()


def is_over(day: str, at: int) -> bool:
    """True when at that moment the day has ended: what expires on a day may be used until it is over."""
    return day_of(at) > day


def start_of(day: str) -> int:
    """When a day begins, ms UTC."""
    return round(
        datetime.combine(date.fromisoformat(day), datetime.min.time(), ZONE).astimezone(UTC).timestamp() * 1000
    )


def after(day: str, days: int) -> str:
    """So many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def years_after(day: str, years: int) -> str:
    """The same day so many years later; what falls on no 29 February, on the 1 March."""
    its = date.fromisoformat(day)
    try:
        return its.replace(year=its.year + years).isoformat()
    except ValueError:
        return its.replace(year=its.year + years, month=3, day=1).isoformat()


def check_day(field: str, day: str) -> None:
    """Refuse what is no day.

    Raises:
        BadInput: naming the field.
    """
    try:
        is_day = date.fromisoformat(day).isoformat() == day
    except ValueError:
        is_day = False
    if not is_day:
        raise BadInput(field, f"{day[:40]!r} is no day", "write YYYY-MM-DD")
