"""A compressor read from the temperature that it makes: cooling and warming between turning points. Pure; before: machines.

temperature ─► turning points (what turned back by a share of the day's swing) ─► whole swings ─► regular enough? ─► sums

Where no channel tells of the compressor this is the next best, and said to be that. In simulated cabinets the period is
right within 4 %. The share of time in which the temperature falls is no compressor's duty: lag pulls it towards a half, by up
to 16 points of 100 from a true 23; so nothing is ranked by it, it only tells the same cabinet's change. A day of doors and
deliveries has no clear swing, and nothing is said of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, pstdev
from typing import Final

from alerting.ledger.states import LONGEST_PERIOD_MS, Points, Runs

LEAST_K: Final = 0.3  # a smaller swing is the noise of a probe that counts in tenths
BACK_SHARE: Final = 0.4  # of the usual swing: so far it must turn back to have turned
TAIL: Final = 0.05  # of readings on either side that say nothing of the usual swing: doors, defrosts
LEAST_SWINGS: Final = 6  # in a day
UNLIKE: Final = 0.35  # standard deviation of the periods over their mean, at most
SHORTEST_MS: Final = 8 * 60_000


@dataclass(frozen=True, slots=True)
class Swing:
    """From one highest point to the next: cooling, then warming."""

    start: int
    lowest: int
    end: int

    @property
    def lasts_ms(self) -> int:
        """The whole of it."""
        return self.end - self.start

    @property
    def cooling_ms(self) -> int:
        """From the highest point to the lowest."""
        return self.lowest - self.start


def runs_from(points: Points, gap_ms: int, start: int, end: int) -> Runs | None:
    """The sums of the swings that end in [start, end); None where they are few or irregular."""
    swing_k = usual_swing(points)
    if swing_k < LEAST_K:
        return None
    its = [
        swing
        for part in _without_gaps(points, gap_ms)
        for swing in _swings(turning_points(part, BACK_SHARE * swing_k))
        if start <= swing.end < end and SHORTEST_MS <= swing.lasts_ms <= LONGEST_PERIOD_MS
    ]
    if len(its) < LEAST_SWINGS:
        return None
    periods = [swing.lasts_ms for swing in its]
    if pstdev(periods) > UNLIKE * fmean(periods):
        return None
    return Runs(sum(swing.cooling_ms for swing in its), sum(periods), len(its), len(its), sum(periods))


def usual_swing(points: Points) -> float:
    """How far apart the highest and the lowest are, without the most extreme; 0 where nothing is known."""
    values = sorted(value for _, value in points)
    if not values:
        return 0.0
    cut = int(len(values) * TAIL)
    return values[-1 - cut] - values[cut]


def turning_points(points: Sequence[tuple[int, float]], back_k: float) -> list[tuple[int, float]]:
    """Highest and lowest points in turns, each of which is followed by a way back of at least so much."""
    found: list[tuple[int, float]] = []
    low = high = points[0]
    rising: bool | None = None
    for point in points:
        if rising is not False and point[1] > high[1]:
            high = point
        if rising is not True and point[1] < low[1]:
            low = point
        if rising is not False and high[1] - point[1] >= back_k:
            found.append(high)
            rising, low = False, point
        elif rising is not True and point[1] - low[1] >= back_k:
            found.append(low)
            rising, high = True, point
    return found


def _swings(turns: Sequence[tuple[int, float]]) -> Iterator[Swing]:
    for first, second, third in zip(turns, turns[1:], turns[2:], strict=False):
        if first[1] > second[1]:
            yield Swing(first[0], second[0], third[0])


def _without_gaps(points: Points, gap_ms: int) -> Iterator[Points]:
    """The points in parts between which nothing is known."""
    part: Points = points[:1]
    for before, point in pairwise(points):
        if point[0] - before[0] > gap_ms:
            yield part
            part = []
        part.append(point)
    if part:
        yield part
