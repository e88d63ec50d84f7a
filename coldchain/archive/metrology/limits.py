"""By how much a probe may be wrong, read from `limits.toml`: dated, each with its source; and whether one is.

A result within the limit, but by less than its own uncertainty, is near: it passes (simple acceptance), and says so.
"""

import tomllib
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from coldchain.archive.metrology.curve import Point
from coldchain.archive.upkeep import days
from coldchain.errors import BadInput

SHIPPED: Final = Path(__file__).with_name("limits.toml")
USUAL: Final = "cn-2017"


class Outcome(StrEnum):
    """Whether a probe was within its limit."""

    PASSED = "pass"
    NEAR = "near"  # within, by less than the uncertainty of the measurement
    FAILED = "fail"


class Band(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So much error at most where the standard says this; None: no end on that side."""

    error_c: float
    low_c: float | None = None
    high_c: float | None = None

    def __post_init__(self) -> None:
        if self.error_c <= 0:
            raise BadInput("error_c", f"{self.error_c:g} K is no limit", "write more than 0")
        if self.low_c is not None and self.high_c is not None and self.low_c >= self.high_c:
            raise BadInput("low_c", f"{self.low_c:g} is not below {self.high_c:g}", "exchange the two")

    def holds(self, reference_mc: int) -> bool:
        """True when the point lies in it."""
        above = self.low_c is None or reference_mc >= round(self.low_c * 1000)
        return above and (self.high_c is None or reference_mc <= round(self.high_c * 1000))


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule about errors, with where it stands and how surely that is known."""

    name: str
    title_zh: str
    title_en: str
    valid_from: str
    source: str
    certainty: Literal["read", "known"]
    bands: tuple[Band, ...]

    def __post_init__(self) -> None:
        days.check("valid_from", self.valid_from)

    def outcome(self, points: Sequence[Point], uncertainty_mc: int | None) -> Outcome | None:
        """How a probe stands with these points; None when none of them is judged by this limit."""
        found = [self._of(point, uncertainty_mc or 0) for point in points]
        judged = [each for each in found if each is not None]
        return max(judged, key=list(Outcome).index, default=None)

    def _of(self, point: Point, uncertainty_mc: int) -> Outcome | None:
        band = next((band for band in self.bands if band.holds(point.reference_mc)), None)
        if band is None:
            return None
        limit_mc, error_mc = round(band.error_c * 1000), abs(point.error_mc)
        if error_mc > limit_mc:
            return Outcome.FAILED
        return Outcome.NEAR if error_mc + uncertainty_mc > limit_mc else Outcome.PASSED


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    limit: tuple[Limit, ...]


def load(path: Path = SHIPPED) -> tuple[Limit, ...]:
    """Read a file of limits.

    Raises:
        BadInput: naming file, place and cure.
    """
    try:
        read: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(read, _File).limit
    except BadInput as error:
        raise BadInput(error.field, error.wrong, error.cure, where=str(path)) from None
    except (OSError, ValueError) as error:  # of both readers, and of the checks; each names the place
        raise BadInput("limits", str(error), "compare it with the file that is shipped", where=str(path)) from None


@cache
def shipped() -> tuple[Limit, ...]:
    """The file that comes with coldchain."""
    return load()


def in_force(name: str, day: str) -> Limit:
    """The limit of that name on a day.

    Raises:
        BadInput: there is none.
    """
    its = [limit for limit in shipped() if limit.name == name]
    found = max((limit for limit in its if limit.valid_from <= day), key=lambda each: each.valid_from, default=None)
    if found is None:
        known = ", ".join(sorted({limit.name for limit in shipped()}))
        wrong = f"{name[:64]!r} is not in force on {day}" if its else f"{name[:64]!r} is unknown"
        raise BadInput("limit", wrong, f"use one of {known}")
    return found
