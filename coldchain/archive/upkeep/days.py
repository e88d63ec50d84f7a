"""Days as forms have them: `YYYY-MM-DD`, without an hour. Where an instant is compared with one, the day is a long one."""

import re
from datetime import UTC, date, datetime
from typing import Final

from coldchain.errors import BadInput

WRITTEN: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
FIRST: Final = "1950-01-01"  # no piece of the cold chain is older
DAY_MS: Final = 86_400_000
EAST_MS, WEST_MS = 14 * 3_600_000, 12 * 3_600_000  # how far a local day may begin before UTC's, and end after it


def check(field: str, text: str) -> None:
    """Refuse what is no day.

    Raises:
        BadInput: naming the field.
    """
    try:
        is_day = WRITTEN.fullmatch(text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        is_day = False
    if not is_day:
        raise BadInput(field, f"{text[:40]!r} is no date", "write it as 2026-03-01")
    if text < FIRST:
        raise BadInput(field, f"{text} is before {FIRST}", "correct the year")


def check_past(field: str, text: str, at: int) -> None:
    """Refuse what is no day, or one that has begun nowhere on earth yet.

    Raises:
        BadInput: naming the field.
    """
    check(field, text)
    if text > day_of(at + EAST_MS):
        raise BadInput(field, f"{text} is still to come", "enter it when it is done, or correct the date")


def day_of(ms: int) -> str:
    """The day of an instant, in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()


def ends(text: str) -> int:
    """When this day is over everywhere, ms UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000) + DAY_MS + WEST_MS
