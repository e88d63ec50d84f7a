"""The dated terms of stock, each with its source: when a count wants a witness, how long a lot may live, how old consent may be.

terms.toml ─► the term in force on a day
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from coldchain.archive.stock import days
from coldchain.errors import BadInput

SHIPPED: Final = Path(__file__).with_name("terms.toml")


@dataclass(frozen=True, slots=True)
class Term:
    """A number that holds from a day on."""

    value: int
    valid_from: date
    source: str
    certainty: str


def witness_above_doses(at: int) -> int:
    """A count whose differences come to more doses than this wants a witness."""
    return _term("count", "witness_above_doses", at).value


def longest_life_years(at: int) -> int:
    """No lot is valid for longer."""
    return _term("lot", "longest_life_years", at).value


def consent_days(at: int) -> int:
    """For how long consent to custody may be used."""
    return _term("custody", "consent_days", at).value


def confirm_hours(at: int) -> int:
    """Within how many hours whoever consented confirms it by their own login."""
    return _term("custody", "confirm_hours", at).value


def _term(kind: str, name: str, at: int) -> Term:
    """The newest that is in force.

    Raises:
        BadInput: when none is yet.
    """
    today = date.fromisoformat(days.day_of(at))
    found = [
        Term(each[name], each["valid_from"], each["source"], each["certainty"])
        for each in _shipped()[kind]
        if each["valid_from"] <= today
    ]
    if not found:
        raise BadInput("at", f"no term of stock was in force on {today}", "correct the date")
    return max(found, key=lambda term: term.valid_from)


@cache
def _shipped() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
