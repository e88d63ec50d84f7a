"""How long readings must be kept: dated terms with their source. Pure, but for the shipped file."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from coldchain.errors import BadInput

SHIPPED: Final = Path(__file__).with_name("retention.toml")

T = TypeVar("T", "Term", "Unrecorded")


@dataclass(frozen=True, slots=True)
class Term:
    """So many years after a lot's expiry, by this source, from a day on."""

    name: str
    valid_from: date
    years_after_expiry: int
    what: str
    source: str
    certainty: str
    valid_to: date | None = None

    def is_in_force(self, day: date) -> bool:
        """True when it holds on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """So many years after a reading of which nobody recorded what it covers."""

    name: str
    valid_from: date
    years_after_reading: int
    what: str
    source: str
    certainty: str
    valid_to: date | None = None

    def is_in_force(self, day: date) -> bool:
        """True when it holds on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@cache
def shipped() -> tuple[Term, ...]:
    """The terms of the shipped file."""
    return tuple(Term(**table) for table in _tables()["term"])


@cache
def shipped_unrecorded() -> tuple[Unrecorded, ...]:
    """What the shipped file says of readings that cover nobody knows what."""
    return tuple(Unrecorded(**table) for table in _tables()["unrecorded"])


def term_at(at: int) -> Term:
    """The longest term in force at a time (ms UTC).

    Raises:
        BadInput: when none is: then nothing says that anything may go.
    """
    return max(_in_force(shipped(), at), key=lambda term: term.years_after_expiry)


def unrecorded_until(read_at: int, at: int) -> str:
    """The last day on which a reading must be there of which nobody recorded what lots it covers.

    Raises:
        BadInput: as `term_at`.
    """
    years = max(each.years_after_reading for each in _in_force(shipped_unrecorded(), at))
    return _years_after(datetime.fromtimestamp(read_at / 1000, UTC).date(), years)


def kept_until(expires_on: str, term: Term) -> str:
    """The last day on which readings that cover a lot must be there."""
    return _years_after(date.fromisoformat(expires_on), term.years_after_expiry)


def is_over(kept: str, at: int) -> bool:
    """True when that day is over everywhere."""
    return datetime.fromtimestamp(at / 1000, UTC).date() > date.fromisoformat(kept)


def _tables() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(SHIPPED.read_text(encoding="utf-8"))


def _in_force(its: Iterable[T], at: int) -> list[T]:
    today = datetime.fromtimestamp(at / 1000, UTC).date()
    found = [each for each in its if each.is_in_force(today)]
    if not found:
        raise BadInput("retention", f"no term is in force on {today}", "nothing may be deleted")
    return found


def _years_after(day: date, years: int) -> str:
    try:
        return day.replace(year=day.year + years).isoformat()
    except ValueError:  # the 29th of February
        return date(day.year + years, 3, 1).isoformat()
