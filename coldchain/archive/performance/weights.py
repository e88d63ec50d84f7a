"""How much each fact weighs in what to replace first, read from `ranking.toml`: dated, and whose proposal it is."""

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec

from coldchain.archive.upkeep import days
from coldchain.errors import BadInput

SHIPPED: Final = Path(__file__).with_name("ranking.toml")


class Fact(StrEnum):
    """What may speak for replacing a piece."""

    AGE = "age"
    FAILURES = "failures"
    SHORTFALL = "shortfall"
    DUTY = "duty"
    DEVIATION = "deviation"
    DOMESTIC = "domestic"


class Facts(NamedTuple):
    """What is known of a piece, in the order of `Fact`; None: nobody knows."""

    age: float | None = None  # years
    failures: float | None = None
    shortfall: float | None = None  # percent
    duty: float | None = None  # percent
    deviation: float | None = None  # K
    domestic: float | None = None

    def of(self, fact: Fact) -> float | None:
        """One of them."""
        found: float | None = getattr(self, fact.value)
        return found


class Factor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """A fact's weight, and how it is said."""

    name: Fact
    weight: float
    start: float
    full: float
    zh: str
    en: str

    def __post_init__(self) -> None:
        if self.full <= self.start:
            raise BadInput("full", f"{self.full:g} is not above {self.start:g}", "let full be greater than from")
        if self.weight < 0:
            raise BadInput("weight", f"{self.weight:g} is negative", "write 0 or more")
        for text in (self.zh, self.en):
            text.format(value=0.0)

    def points(self, value: float) -> float:
        """How much this value comes to."""
        if value <= self.start:
            return 0.0  # as most are: a county has thousands
        return self.weight * min(1.0, (value - self.start) / (self.full - self.start))


class Weights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    valid_from: str
    source: str
    certainty: Literal["proposal", "read", "known"]
    window_days: int
    age_bands_years: tuple[int, ...]
    factor: tuple[Factor, ...]

    def __post_init__(self) -> None:
        days.check("valid_from", self.valid_from)
        if len({factor.name for factor in self.factor}) < len(self.factor):
            raise BadInput("factor", "one stands there twice", "name each once")
        if list(self.age_bands_years) != sorted(set(self.age_bands_years)) or min(self.age_bands_years, default=1) < 1:
            raise BadInput("age_bands_years", "do not rise", "write rising years, the first above 0")
        if self.window_days < 1:
            raise BadInput("window_days", f"{self.window_days} is none", "write 1 or more")

    def places(self) -> list[tuple[int, Factor]]:
        """The factors, each with the place of its fact among `Facts`."""
        return [(Facts._fields.index(factor.name.value), factor) for factor in self.factor]


def load(path: Path = SHIPPED) -> Weights:
    """Read a file of weights.

    Raises:
        BadInput: naming file, place and cure.
    """
    try:
        read: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(read, Weights)
    except BadInput as error:
        raise BadInput(error.field, error.wrong, error.cure, where=str(path)) from None
    except (OSError, ValueError, KeyError, IndexError) as error:  # of both readers, of the checks, of a text's holes
        raise BadInput("ranking", str(error), "compare it with the file that is shipped", where=str(path)) from None


@cache
def shipped() -> Weights:
    """The file that comes with coldchain."""
    return load()
