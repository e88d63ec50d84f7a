"""How long readings must be kept: dated terms with their source. Pure, but for the shipped file."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Final

from coldchain.errors import BadInput

SHIPPED: Final = Path(__file__).with_name("retention.toml")


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


@cache
def shipped() -> tuple[Term, ...]:
    """The terms of the shipped file."""
    return tuple(Term(**table) for table in tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["term"])


def term_at(at: int) -> Term:
    """The longest term in force at a time (ms UTC).

    Raises:
        BadInput: when none is: then nothing says that anything may go.
    """
    today = datetime.fromtimestamp(at / 1000, UTC).date()
    in_force = [term for term in shipped() if term.is_in_force(today)]
    if not in_force:
        raise BadInput("retention", f"no term is in force on {today}", "nothing may be deleted")
    return max(in_force, key=lambda term: term.years_after_expiry)


def kept_until(expires_on: str, term: Term) -> str:
    """The last day on which readings that cover a lot must be there."""
    day = date.fromisoformat(expires_on)
    try:
        return day.replace(year=day.year + term.years_after_expiry).isoformat()
    except ValueError:  # the 29th of February
        return date(day.year + term.years_after_expiry, 3, 1).isoformat()


def is_over(kept: str, at: int) -> bool:
    """True when that day is over everywhere."""
    return datetime.fromtimestamp(at / 1000, UTC).date() > date.fromisoformat(kept)
