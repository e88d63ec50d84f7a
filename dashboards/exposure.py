"""What a lot went through: minutes per temperature band over its stays; after: series, lots; before: api. Pure.

Time between two believed readings no further apart than the gap limit is known, and the temperature in it runs straight
from one to the other; everything else is unknown: never silently good, never silently bad. With several probes
the hottest tells heat and the coldest tells cold.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

from coldchain.kinetics import mean_kinetic_temperature, vial_life_lost
from coldchain.reading import Trace, is_believed

# Limits that the programme's rules name: ultra-cold, frozen, freezing alarm, refrigerated, CCT, room, field heat.
EDGES_C = (-60.0, -15.0, -0.5, 2.0, 8.0, 15.0, 25.0, 37.0)
MINUTE = 60_000
DAY = 86_400_000

Point = tuple[int, float]
Segment = tuple[int, float, int, float]  # from (time, °C) to (time, °C)


def band_names() -> list[str]:
    """The bands from cold to hot, as the API writes them: `..-60`, `-60..-15`, … `37..`."""
    lows = ["", *(f"{edge:g}" for edge in EDGES_C)]
    highs = [*(f"{edge:g}" for edge in EDGES_C), ""]
    return [f"{low}..{high}" for low, high in zip(lows, highs, strict=True)]


@dataclass(slots=True)
class Exposure:
    """Sums over time; added to stretch by stretch, joined stay by stay."""

    bands_ms: list[float] = field(default_factory=lambda: [0.0] * (len(EDGES_C) + 1))
    known_ms: float = 0.0
    total_ms: float = 0.0
    heat: list[tuple[float, float]] = field(default_factory=list)  # (°C, ms) of the hottest probe

    def __add__(self, other: "Exposure") -> "Exposure":
        return Exposure(
            [a + b for a, b in zip(self.bands_ms, other.bands_ms, strict=True)],
            self.known_ms + other.known_ms,
            self.total_ms + other.total_ms,
            self.heat + other.heat,
        )

    @property
    def minutes(self) -> dict[str, float]:
        """Known minutes per band."""
        return {name: round(ms / MINUTE, 1) for name, ms in zip(band_names(), self.bands_ms, strict=True)}

    @property
    def minutes_unknown(self) -> float:
        """Minutes of which nothing is known."""
        return round((self.total_ms - self.known_ms) / MINUTE, 1)

    def minutes_outside(self, low_c: float | None, high_c: float | None) -> float:
        """Known minutes in the bands that lie wholly outside of the limits."""
        edges = (-inf, *EDGES_C, inf)
        outside = (
            ms
            for low, high, ms in zip(edges, edges[1:], self.bands_ms, strict=False)
            if (low_c is not None and high <= low_c) or (high_c is not None and low >= high_c)
        )
        return sum(outside) / MINUTE

    def mkt_c(self) -> float | None:
        """Mean kinetic temperature of the known time."""
        value = mean_kinetic_temperature(self.heat)
        return None if value is None else round(value, 3)

    def life_used_pct(self, vvm_type: str) -> float | None:
        """Vial monitor life used in the known time, per cent; None for a type without a published rate."""
        lost = vial_life_lost(vvm_type, ((celsius, ms / DAY) for celsius, ms in self.heat))
        return None if lost is None else round(100 * lost, 3)


def exposure(traces: Iterable[Trace], start: int, end: int, gap_ms: int, low_c: float | None) -> Exposure:
    """What stood in a compartment from `start` to `end` went through, by its probes' readings.

    Give the traces a little beyond both ends: the time up to an end is known only if a reading beyond it stands close.
    `low_c` is the lower limit of the storage band: the coldest probe tells what is below it, the hottest all else.
    """
    lines = [_believed(trace) for trace in traces]
    found = Exposure(total_ms=max(0, end - start))
    cold_bands = EDGES_C.index(low_c) + 1 if low_c in EDGES_C else 0
    for (t0, hot0, cold0), (t1, hot1, cold1) in _known_steps(lines, start, end, gap_ms):
        _add(found, (t0, hot0, t1, hot1), (t0, cold0, t1, cold1), cold_bands)
    return found


def _believed(trace: Trace) -> list[Point]:
    return [(t, v) for t, v, q in zip(trace.t, trace.v, trace.q, strict=True) if v is not None and is_believed(q)]


Extremes = tuple[int, float, float]


def _known_steps(
    lines: Sequence[list[Point]], start: int, end: int, gap_ms: int
) -> Iterator[tuple[Extremes, Extremes]]:
    """Neighbouring instants between which some probe knows, with the hottest and coldest temperature at both."""
    instants = sorted({start, end} | {t for line in lines for t, _ in line if start < t < end})
    columns = [[t for t, _ in line] for line in lines]
    for t0, t1 in pairwise(instants):
        pairs = [
            pair
            for line, times in zip(lines, columns, strict=True)
            if (pair := _between(line, times, t0, t1, gap_ms)) is not None
        ]
        if pairs:
            firsts, lasts = [a for a, _ in pairs], [b for _, b in pairs]
            yield (t0, max(firsts), min(firsts)), (t1, max(lasts), min(lasts))


def _between(line: list[Point], times: list[int], t0: int, t1: int, gap_ms: int) -> tuple[float, float] | None:
    """The line's temperatures at t0 and t1, if one known segment of it covers both."""
    right = bisect_left(times, t1)
    if right == len(times) or right == 0:
        return None
    (a, va), (b, vb) = line[right - 1], line[right]
    if a > t0 or b - a > gap_ms:
        return None
    slope = (vb - va) / (b - a)
    return va + slope * (t0 - a), va + slope * (t1 - a)


def _add(found: Exposure, hot: Segment, cold: Segment, cold_bands: int) -> None:
    """Count one known step: bands below the storage band by the coldest probe, all others by the hottest."""
    hot_ms, cold_ms = _bands(hot), _bands(cold)
    # Time in which only the coldest probe was below the band is taken from the band where the hottest then was.
    only_cold = sum(cold_ms[:cold_bands]) - sum(hot_ms[:cold_bands])
    for place in range(cold_bands):
        found.bands_ms[place] += cold_ms[place]
    for place in range(cold_bands, len(hot_ms)):
        taken = min(only_cold, hot_ms[place])
        found.bands_ms[place] += hot_ms[place] - taken
        only_cold -= taken
    found.known_ms += hot[2] - hot[0]
    found.heat.append(((hot[1] + hot[3]) / 2, float(hot[2] - hot[0])))


def _bands(segment: Segment) -> list[float]:
    """Milliseconds that a straight line spends in each band; both ends of the storage band are inside it."""
    t0, v0, t1, v1 = segment
    cuts = sorted({t0, t1} | {t0 + (edge - v0) / (v1 - v0) * (t1 - t0) for edge in EDGES_C if _crosses(edge, v0, v1)})
    spent = [0.0] * (len(EDGES_C) + 1)
    for a, b in pairwise(cuts):
        middle = v0 + (v1 - v0) * ((a + b) / 2 - t0) / (t1 - t0)
        spent[_place(middle)] += b - a
    return spent


def _crosses(edge: float, v0: float, v1: float) -> bool:
    return min(v0, v1) < edge < max(v0, v1)


def _place(celsius: float) -> int:
    # 8.0 is still refrigerated and -15.0 still frozen; 2.0 and -0.5 belong to the band above them.
    return bisect_left(EDGES_C, celsius) if celsius in _UPPER_INSIDE else bisect_right(EDGES_C, celsius)


_UPPER_INSIDE = frozenset({-60.0, -15.0, 8.0, 25.0, 37.0})
