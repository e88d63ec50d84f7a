"""What equipment must have, read from `requirements.toml`: dated, each with its source and how surely it is known.

Of entries with the same name the newest in force counts, so that a rule that changes is one more entry.
"""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import msgspec

from coldchain.archive.places import FacilityKind
from coldchain.archive.upkeep import days
from coldchain.archive.upkeep.words import CareKind, EquipmentType, Item
from coldchain.errors import BadInput

SHIPPED: Final = Path(__file__).with_name("requirements.toml")

Certainty = Literal["read", "known"]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From when on it holds, where it stands, and whether the text was read or is known in the field."""

    valid_from: str
    source: str
    certainty: Certainty
    name: str = ""

    def __post_init__(self) -> None:
        days.check("valid_from", self.valid_from)


class ProbeRule(Rule, frozen=True, kw_only=True):
    """How many probes a vaccine compartment of such equipment needs, and where."""

    types: frozenset[EquipmentType]
    least: int
    positions: tuple[str, ...] = ()
    over_m3: float | None = None
    per_m3: float | None = None

    def needed(self, litres: float | None) -> int:
        """For a compartment of this volume; of an unknown one, the least."""
        cubic = (litres or 0.0) / 1000
        if self.over_m3 is None or self.per_m3 is None or cubic <= self.over_m3:
            return self.least
        return self.least + int(-(-(cubic - self.over_m3) // self.per_m3))


class Must(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that a facility must have, in one of these ways."""

    name: str
    any_of: frozenset[EquipmentType] = frozenset()
    items: frozenset[Item] = frozenset()
    monitored: bool = False


class LevelRule(Rule, frozen=True, kw_only=True):
    """What a facility of these kinds must have."""

    kinds: frozenset[FacilityKind]
    must: tuple[Must, ...]


class MedicalRule(Rule, frozen=True, kw_only=True):
    """Refrigerators whose use began on that day or later are medical ones."""

    types: frozenset[EquipmentType]
    started_from: str


class CareRule(Rule, frozen=True, kw_only=True):
    """One of these is done every so many days, or as soon as there is more frost than that."""

    types: frozenset[EquipmentType]
    kinds: frozenset[CareKind]
    every_days: int | None = None
    frost_over_mm: float | None = None


class Requirements(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    probes: tuple[ProbeRule, ...]
    positions: dict[str, tuple[str, ...]]
    levels: tuple[LevelRule, ...]
    medical: tuple[MedicalRule, ...]
    care: tuple[CareRule, ...]


R = TypeVar("R", bound=Rule)


def load(path: Path = SHIPPED) -> Requirements:
    """Read a file of requirements.

    Raises:
        BadInput: naming file, place and cure.
    """
    try:
        read: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(read, Requirements)
    except (OSError, ValueError) as error:  # of both readers; msgspec's names the place
        raise BadInput(
            "requirements", str(error), "compare it with the file that is shipped", where=str(path)
        ) from None


@cache
def shipped() -> Requirements:
    """The file that comes with coldchain."""
    return load()


def in_force(rules: Iterable[R], day: str) -> list[R]:
    """Of each name the newest that holds on that day."""
    newest: dict[str, R] = {}
    for rule in sorted(rules, key=lambda rule: rule.valid_from):
        if rule.valid_from <= day:
            newest[rule.name] = rule
    return list(newest.values())


def care_in_force(day: str) -> list[CareRule]:
    """How often what is to be done, on that day."""
    return in_force(shipped().care, day)
