"""Dates as people write them: `YYYY-MM-DD`, a day of the site's calendar."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from coldchain.errors import BadInput

SITE: Final = ZoneInfo("Asia/Shanghai")  # where nobody says another; the same as in the services' settings
MOST_DAYS: Final = 3700  # ten years: nobody asks for more at once


def parse(text: str, field: str) -> date:
    """A day.

    Raises:
        BadInput: naming the field.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadInput(field, f"{text[:40]!r} is no day", "write YYYY-MM-DD") from None
    if day.isoformat() != text:  # 20261231 and 2026-W53-4 are days too, but not as they are compared here
        raise BadInput(field, f"{text[:40]!r} is not written as days are", f"write {day.isoformat()}")
    return day


def check(text: str | None, field: str) -> None:
    """Refuse what is no day; None is none.

    Raises:
        BadInput: naming the field.
    """
    if text is not None:
        parse(text, field)


def span(first: str, last: str) -> list[date]:
    """All days from first to last, both included.

    Raises:
        BadInput: when one is no day, they are in the wrong order, or too many.
    """
    begin, end = parse(first, "first"), parse(last, "last")
    count = (end - begin).days + 1
    if not 1 <= count <= MOST_DAYS:
        raise BadInput("last", f"{first} to {last} are {count} days", f"ask for 1 to {MOST_DAYS}, the earlier first")
    return [begin + timedelta(days=n) for n in range(count)]


def day_of(ms: int, zone: ZoneInfo = SITE) -> str:
    """The day in which an instant lies."""
    return datetime.fromtimestamp(ms / 1000, zone).date().isoformat()


def begins(day: str, zone: ZoneInfo = SITE) -> int:
    """The instant at which a day begins, ms UTC."""
    its = parse(day, "day")
    return int(datetime(its.year, its.month, its.day, tzinfo=zone).timestamp() * 1000)


def end_of(day: str, zone: ZoneInfo = SITE) -> int:
    """The instant at which a day is over, ms UTC."""
    following = parse(day, "day") + timedelta(days=1)
    return int(datetime(following.year, following.month, following.day, tzinfo=zone).timestamp() * 1000)


def after(day: str, count: int) -> str:
    """The day that comes so many days later."""
    return (parse(day, "day") + timedelta(days=count)).isoformat()


def month_of(ms: int, zone: ZoneInfo = SITE) -> str:
    """The month in which an instant lies: 2026-11."""
    return day_of(ms, zone)[:7]


def month_begins(ms: int, zone: ZoneInfo = SITE) -> int:
    """The instant at which the month of this one began, ms UTC."""
    return begins(f"{month_of(ms, zone)}-01", zone)


def month_days(ms: int, zone: ZoneInfo = SITE) -> tuple[str, str]:
    """The first day of the month in which an instant lies, and its last."""
    first = parse(f"{month_of(ms, zone)}-01", "day")
    return first.isoformat(), ((first + timedelta(days=32)).replace(day=1) - timedelta(days=1)).isoformat()
