"""An exposure beside what the maker allows: hours and times outside of the storage band against its stability lines. Pure.

exposure so far, unknown time of its excursions, how many ─► per side (heat, cold) each line of the table ─► inside, or why not

A line holds for a whole side only: it must reach from the storage band to the furthest reading. Time in which nobody
knows what an excursion was counts as spent in it. Nothing is reckoned up between lines.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from coldchain.exposure import EDGES_C, Exposure, least, most
from coldchain.profile import Profile

HOUR: Final = 3_600_000
TRUSTED: Final = frozenset({"read"})  # what somebody read in the maker's paper; nobody's own knowledge


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a maker's table."""

    id: int
    low_c: float | None
    high_c: float | None
    max_hours: float
    max_count: int | None
    document_no: str
    certainty: str
    document: str | None = None  # the maker's paper, its sha256
    is_approved: bool = True  # by a second person


@dataclass(frozen=True, slots=True)
class Went:
    """What a lot went through, and the excursions on its way: how many, and how long nobody knew what they were."""

    exposure: Exposure
    count: int
    unknown_ms: int


@dataclass(frozen=True, slots=True)
class Compared:
    """A line beside what happened on one side; `wrong` says why it does not cover it."""

    line: int
    document_no: str
    side: str  # heat | cold
    hours: float
    max_hours: float
    count: int
    max_count: int | None
    furthest_c: float
    certainty: str
    wrong: str
    document: str | None = None

    @property
    def is_inside(self) -> bool:
        """True where the line covers all that happened on its side."""
        return not self.wrong


def compared(went: Went, band: Profile, lines: Iterable[Line]) -> list[Compared]:
    """Every line beside every side on which something happened."""
    lines = list(lines)
    return [_compared(went, side, line) for side in _sides(went.exposure, band) for line in lines]


def covering(went: Went, band: Profile, found: Sequence[Compared]) -> list[int]:
    """The lines that cover all sides on which something happened; empty when one is not covered, or nothing is known."""
    sides = [side.name for side in _sides(went.exposure, band)]
    chosen = [next((each.line for each in found if each.side == side and each.is_inside), None) for side in sides]
    return [line for line in chosen if line is not None] if chosen and None not in chosen else []


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    limit_c: float
    furthest_c: float
    known_ms: int | None  # None: the limit is no edge that time is counted by
    is_by_hand: bool  # somebody read a temperature beyond the limit: of such time nobody knows how long it was


def _sides(exposure: Exposure, band: Profile) -> list[_Side]:
    """Where a probe or a person read something outside of the storage band."""
    found = []
    if band.high_c is not None and (high := most(exposure.high_mc, exposure.manual_high_mc)) is not None:
        known = exposure.hot.above(EDGES_C.index(band.high_c))[0] if band.high_c in EDGES_C else None
        by_hand = (exposure.manual_high_mc or 0) > band.high_c * 1000
        found += [_Side("heat", band.high_c, high / 1000, known, by_hand)] if high > band.high_c * 1000 else []
    if band.low_c is not None and (low := least(exposure.low_mc, exposure.manual_low_mc)) is not None:
        known = exposure.cold.below(EDGES_C.index(band.low_c))[0] if band.low_c in EDGES_C else None
        by_hand = exposure.manual_low_mc is not None and exposure.manual_low_mc < band.low_c * 1000
        found += [_Side("cold", band.low_c, low / 1000, known, by_hand)] if low < band.low_c * 1000 else []
    return found


def _compared(went: Went, side: _Side, line: Line) -> Compared:
    hours = ((side.known_ms or 0) + went.unknown_ms) / HOUR
    return Compared(
        line=line.id,
        document_no=line.document_no,
        side=side.name,
        hours=round(hours, 4),
        max_hours=line.max_hours,
        count=went.count,
        max_count=line.max_count,
        furthest_c=side.furthest_c,
        certainty=line.certainty,
        wrong=_wrong(went, side, line, hours),
        document=line.document,
    )


def _wrong(went: Went, side: _Side, line: Line, hours: float) -> str:
    """The first of the reasons why it does not cover the side."""
    limit, furthest = side.limit_c, side.furthest_c
    reasons = (
        (line.certainty not in TRUSTED, f"the line is marked {line.certainty}: nobody read it in the maker's paper"),
        (not line.is_approved, "nobody but who entered the line held it beside the maker's paper"),
        (side.known_ms is None, f"time is not counted by a limit of {limit:g} °C"),
        (
            not (_reaches(line, limit) and _reaches(line, furthest)),
            f"it does not reach from {limit:g} to {furthest:g} °C",
        ),
        (side.is_by_hand, "of what somebody read by hand nobody knows how long it was so"),
        (hours > line.max_hours, f"{hours:.2f} h are more than {line.max_hours:g} h"),
        (went.count > (line.max_count or went.count), f"{went.count} excursions are more than {line.max_count}"),
    )
    return next((words for is_so, words in reasons if is_so), "")


def _reaches(line: Line, celsius: float) -> bool:
    return (line.low_c is None or line.low_c <= celsius) and (line.high_c is None or celsius <= line.high_c)
