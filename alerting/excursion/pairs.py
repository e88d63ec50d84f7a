"""Two probes in one compartment, against each other: disagreement by hourly means, drift by daily means. Pure.

Neither says which of the two is wrong, so both stay judged; these are events beside. An hour or a day in which one of
them did not speak long enough neither begins nor ends anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from statistics import median
from typing import Final

# Two probes within their ±0.5 °C differ by 1 K at the most, and a cabinet that keeps 2-8 °C by about another between
# two shelves; hourly means take doors and compressor cycles out.
APART_K: Final = 2.0
APART_HOURS: Final = 3
# A probe that moves by half of what its certificate allows to both is on its way out of it. Daily means take the day's
# rhythm out, the median of a fortnight a delivery or a defrost.
DRIFT_K: Final = 0.5
DRIFT_DAYS: Final = 3
BASE_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of one hour or day that was known for most of its length."""

    start: int
    mean_c: float


@dataclass(frozen=True, slots=True)
class Apart:
    """Since when two probes do not agree, and by how much now; positive: the second is warmer."""

    start: int
    by_k: float


@dataclass(frozen=True, slots=True)
class Base:
    """What a difference was at first; `until` is the start of the last day that it was taken from."""

    by_k: float
    until: int


def disagreement(first: Iterable[Mean], second: Iterable[Mean]) -> Apart | None:
    """The hours up to the newest in which both were known and apart; None when those are fewer than three."""
    return _newest_run(_differences(first, second), APART_K, APART_HOURS)


def drift(first: Iterable[Mean], second: Iterable[Mean], base: float) -> Apart | None:
    """The days up to the newest in which their difference was off its base; `by_k` is how far it moved."""
    moved = [(start, round(by_k - base, 3)) for start, by_k in _differences(first, second)]
    return _newest_run(moved, DRIFT_K, DRIFT_DAYS)


def base_of(first: Iterable[Mean], second: Iterable[Mean]) -> Base | None:
    """What the difference was at first: the median of the first fortnight of common days; None before that is over."""
    days = _differences(first, second)[:BASE_DAYS]
    return Base(median(by_k for _, by_k in days), days[-1][0]) if len(days) == BASE_DAYS else None


def _differences(first: Iterable[Mean], second: Iterable[Mean]) -> list[tuple[int, float]]:
    known = {each.start: each.mean_c for each in first}
    return [(each.start, round(each.mean_c - known[each.start], 3)) for each in second if each.start in known]


def _newest_run(differences: Sequence[tuple[int, float]], beyond_k: float, least: int) -> Apart | None:
    """The unbroken row of differences beyond a limit, all on the same side, that ends with the newest."""
    if not differences:
        return None
    sign = 1.0 if differences[-1][1] > 0 else -1.0
    run = list(takewhile(lambda each: each[1] * sign > beyond_k, reversed(differences)))
    return Apart(run[-1][0], round(run[0][1], 2)) if len(run) >= least else None
