"""What a detector's year was worth: its excursions against its own rule, its calls against what was truly dangerous.

Excursions: those that its own rule finds in all readings, in the order of time. One without a ring is missed, a ring
outside of all of them invented, a further ring within the same one doubled. Late, out of order, doubled and forgotten
data must make no difference to these; with a slow look at everything they would be nought.
Calls: a danger that the readings show and nobody was called over is missed; a call that no danger excuses is false.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from statistics import median

from bench.county_year.fridges import BEGINS, MONTH_S
from bench.county_year.simulate import Year
from bench.county_year.truth import Out, Truth
from bench.detectors.band import Ring

HOUR_MS = 3_600_000
NIGHT = range(6, 22)  # the hours of the day; the others are night


@dataclass(slots=True)
class Score:
    """Counts of one detector; they add up."""

    months: float = 0.0
    excursions: int = 0
    missed: int = 0
    invented: int = 0
    doubled: int = 0
    dangers: int = 0
    dangers_missed: int = 0
    late_min: list[float] = field(default_factory=list)
    again: int = 0  # calls over a danger that somebody had been called over before
    false_alarms: int = 0
    false_nights: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def median_late_min(self) -> float:
        """Minutes from when an alarm was possible to the call, of the middle one."""
        return median(self.late_min) if self.late_min else 0.0

    @property
    def most_late_min(self) -> float:
        """… of the latest."""
        return max(self.late_min, default=0.0)

    def per_month(self, count: int) -> float:
        """A count, by fridge and month."""
        return count / self.months if self.months else 0.0


def score_of(year: Year, truth: Truth, rings: Sequence[Ring]) -> Score:
    """Score calls against dangers; excursions are counted apart."""
    score = Score(months=year.minutes * 60 / MONTH_S)
    for danger in truth.dangers:
        if danger.possible_at is None:
            continue  # nothing measured shows it: nobody could
        score.dangers += 1
        told = [ring.at for ring in rings if ring.is_new and danger.meets(ring.first, ring.last, ring.side)]
        if not told:
            score.dangers_missed += 1
            continue
        score.late_min.append(max(0, min(told) - danger.possible_at) / 60_000)
        score.again += len(told) - 1
    for ring in rings:
        if any(excuse.meets(ring.first, ring.last, ring.side) for excuse in truth.excuses):
            continue
        score.false_alarms += ring.is_new
        score.false_nights += ring.is_call and is_night(ring.at)
    return score


def is_night(at: int) -> bool:
    """True from 22:00 to 06:00 by the county's clock."""
    return (at - BEGINS) // HOUR_MS % 24 not in NIGHT


def count_rings(score: Score, due: Sequence[Out], possible: Sequence[Out], rings: Iterable[Ring]) -> None:
    """Count a naive detector's excursions.

    Args:
        score: where.
        due: the excursions by its own rule that it cannot but see …
        possible: … and all that may pass for one, at the edges of its patience; both by time.
        rings: its calls.
    """
    rung: dict[tuple[int, str], int] = {}
    starts = [out.first for out in possible]
    for ring in rings:
        near = possible[max(0, bisect_right(starts, ring.first) - 2) : bisect_right(starts, ring.first)]
        mine = next((out for out in near if out.side is ring.side and out.holds(ring.first)), None)
        if mine is None:
            score.invented += 1
        else:
            rung[mine.first, mine.side] = rung.get((mine.first, mine.side), 0) + 1
    score.excursions += len(due)
    score.missed += sum((out.first, out.side) not in rung for out in due)
    score.doubled += sum(times - 1 for times in rung.values())


def count_found(score: Score, due: Sequence[Out], found: Sequence[tuple[str, int, int]]) -> None:
    """Count excursions that are kept as records (side, first, last): each must be one of the true ones to the reading."""
    wanted = {(str(out.side), out.first, out.last) for out in due}
    score.excursions += len(wanted)
    score.missed += len(wanted - set(found))
    score.invented += len(set(found) - wanted)
    score.doubled += len(found) - len(set(found))
