"""What a person can vouch for by two readings, and for how long: dated, with its source. Pure, but for the shipped file."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Final

from coldchain.archive.upkeep.words import EquipmentType

SHIPPED: Final = Path(__file__).with_name("vouching.toml")
HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Carried:
    """From a day on these kinds of equipment can be vouched for, for so many hours."""

    valid_from: date
    most_hours: int
    types: frozenset[EquipmentType]
    source: str
    certainty: str

    @property
    def most_ms(self) -> int:
        """The longest time between two readings."""
        return self.most_hours * HOUR_MS


@cache
def shipped() -> tuple[Carried, ...]:
    """What the shipped file says, in time."""
    tables = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["carried"]
    found = [
        Carried(
            date.fromisoformat(each["valid_from"]),
            each["most_hours"],
            frozenset(map(EquipmentType, each["types"])),
            each["source"],
            each["certainty"],
        )
        for each in tables
    ]
    return tuple(sorted(found, key=lambda each: each.valid_from))


def at(ms: int) -> Carried:
    """What holds at a time; before the first day, as from it on."""
    day = datetime.fromtimestamp(ms / 1000, UTC).date()
    its = [each for each in shipped() if each.valid_from <= day]
    return its[-1] if its else shipped()[0]
