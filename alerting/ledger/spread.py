"""How far a compartment's temperatures lay apart in a day, over all its probes. Pure; before: machines.

Between two readings that are near enough the temperature runs straight from one to the other; mean and deviation are
weighed by time, so that a probe that hurries in its trouble does not count for more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from alerting.ledger.states import Points


@dataclass(frozen=True, slots=True)
class Spread:
    """A day's figures, m°C; `known_ms` of all probes together."""

    known_ms: int
    low_mc: int
    high_mc: int
    mean_mc: int
    deviation_mc: int


def spread_of(probes: Iterable[tuple[Points, int]], start: int, end: int) -> Spread | None:
    """Of [start, end); each probe with its gap limit. None where nothing is known."""
    weight = first = second = 0.0
    low, high = float("inf"), float("-inf")
    for points, gap_ms in probes:
        for (t, value), (following, after) in pairwise(points):
            begun, ended = max(t, start), min(following, end)
            if following - t > gap_ms or begun >= ended:
                continue
            a = value + (after - value) * (begun - t) / (following - t)
            b = value + (after - value) * (ended - t) / (following - t)
            span = ended - begun
            weight += span
            first += span * (a + b) / 2
            second += span * (a * a + a * b + b * b) / 3
            low, high = min(low, a, b), max(high, a, b)
    if not weight:
        return None
    mean = first / weight
    deviation = sqrt(max(0.0, second / weight - mean * mean))
    return Spread(round(weight), *(round(value * 1000) for value in (low, high, mean, deviation)))
