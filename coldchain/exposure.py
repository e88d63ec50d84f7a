"""What a place went through from one moment to another: time and temperature per band, unknown time, heat. Pure.

    readings of each probe ─► steps between neighbours ─► hottest and coldest ─► bands, extremes, heat of [start, end)

Between two believed readings no further apart than their probe's gap limit the temperature is known, and runs straight
from one to the other; all other time is unknown, whether or not somebody vouches for it: never silently good, never
silently bad. The hottest probe tells heat and the coldest tells cold. Every millisecond belongs to one band by a rule
that looks at its two readings only, so that parts of a span add up to the whole, exactly; heat sums are estimates.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import exp, fsum, log
from typing import Any, Final

from coldchain.hottest import Point, Segment, Step, envelopes, points_of, segments_of
from coldchain.kinetics import ACTIVATION_ENERGY, GAS_CONSTANT, KELVIN, VVM_NOMINAL, VVM_RATES, Rates
from coldchain.reading import Trace

# Limits that the programme's rules name: ultra-cold, frozen, freezing alarm, refrigerated, CCT, room, field heat.
EDGES_C: Final = (-60.0, -15.0, -0.5, 2.0, 8.0, 15.0, 25.0, 37.0)
EDGES_MC: Final = tuple(round(edge * 1000) for edge in EDGES_C)
BANDS: Final = len(EDGES_C) + 1
GAP_INTERVALS: Final = 3  # silence longer than so many intervals is unknown time
MINUTE: Final = 60_000
DAY: Final = 86_400_000
REFERENCE_K: Final = KELVIN + 5  # heat is told as time at 5 °C

# The slopes of the models: MKT; Goldwood & Diesburg's VVM 2, 7 and 14, 30; the nominal table's VVM 2, and all others.
SLOPES: Final = (
    ACTIVATION_ENERGY / GAS_CONSTANT,
    *sorted({slope for _, slope in VVM_RATES.values()}),
    *sorted({slope for _, slope in VVM_NOMINAL.values()}),
)
_HEAT_STEP_MC: Final = 10  # to which a step's middle is rounded: far below what a probe can tell

# 8.0 is still refrigerated and -15.0 still frozen; 2.0 and -0.5 belong to the band above them.
_UPPER_INSIDE: Final = frozenset({-60_000, -15_000, 8_000, 25_000, 37_000})
_FROM: Final = [2 * edge + (edge in _UPPER_INSIDE) for edge in EDGES_MC]  # … twice the temperature from which a band is

Span = tuple[int, int]


def band_names() -> list[str]:
    """The bands from cold to hot, as the API writes them: `..-60`, `-60..-15`, … `37..`."""
    lows = ["", *(f"{edge:g}" for edge in EDGES_C)]
    highs = [*(f"{edge:g}" for edge in EDGES_C), ""]
    return [f"{low}..{high}" for low, high in zip(lows, highs, strict=True)]


@dataclass(frozen=True, slots=True)
class Line:
    """What one probe said while it hung there."""

    trace: Trace
    gap_ms: int


@dataclass(frozen=True, slots=True)
class Vouched:
    """From–to somebody vouches for the place, with the coldest and warmest that they read, m°C."""

    start: int
    end: int
    low_mc: int | None = None
    high_mc: int | None = None


@dataclass(frozen=True, slots=True)
class Bands:
    """Per band the time, ms, and the temperature over it, m°C·ms."""

    ms: tuple[int, ...] = (0,) * BANDS
    mc_ms: tuple[int, ...] = (0,) * BANDS

    def __add__(self, other: "Bands") -> "Bands":
        return Bands(_sums(self.ms, other.ms), _sums(self.mc_ms, other.mc_ms))

    def above(self, edge: int) -> tuple[int, int]:
        """Time above an edge, by its place among the edges, and m°C·ms beyond it."""
        time = sum(self.ms[edge + 1 :])
        return time, sum(self.mc_ms[edge + 1 :]) - EDGES_MC[edge] * time

    def below(self, edge: int) -> tuple[int, int]:
        """Time below an edge, and m°C·ms beyond it."""
        time = sum(self.ms[: edge + 1])
        return time, EDGES_MC[edge] * time - sum(self.mc_ms[: edge + 1])


@dataclass(frozen=True, slots=True)
class Exposure:
    """Sums over time: added to each other span by span, stay by stay."""

    total_ms: int = 0
    sensor_ms: int = 0  # known by a probe
    manual_ms: int = 0  # known by people only
    low_mc: int | None = None  # the coldest and hottest that any probe said
    high_mc: int | None = None
    manual_low_mc: int | None = None
    manual_high_mc: int | None = None
    hot: Bands = Bands()
    cold: Bands = Bands()
    heat: tuple[float, ...] = (0.0,) * len(SLOPES)  # ms at 5 °C that would do the same, by slope

    def __add__(self, other: "Exposure") -> "Exposure":
        return Exposure(
            self.total_ms + other.total_ms,
            self.sensor_ms + other.sensor_ms,
            self.manual_ms + other.manual_ms,
            least(self.low_mc, other.low_mc),
            most(self.high_mc, other.high_mc),
            least(self.manual_low_mc, other.manual_low_mc),
            most(self.manual_high_mc, other.manual_high_mc),
            self.hot + other.hot,
            self.cold + other.cold,
            tuple(one + two for one, two in zip(self.heat, other.heat, strict=True)),
        )

    @property
    def unknown_ms(self) -> int:
        """Time of which neither a probe nor a person knows."""
        return self.total_ms - self.sensor_ms - self.manual_ms

    def bands_ms(self, low_c: float | None) -> list[int]:
        """Known time per band: below a storage band's lower limit by the coldest probe, from there up by the hottest.

        Time in which one probe was too cold and another too hot counts on both sides; the band in between may then be
        told too short, never too long: which of its time was which is not kept.
        """
        cold, hot = self.cold.ms, list(self.hot.ms)
        from_here = _index(low_c) + 1 if low_c in EDGES_C else 0
        only_cold = sum(cold[:from_here]) - sum(hot[:from_here])
        if only_cold and from_here < BANDS:
            hot[from_here] = max(0, hot[from_here] - only_cold)
        return [*cold[:from_here], *hot[from_here:]]

    def outside_ms(self, low_c: float | None, high_c: float | None) -> int:
        """Known time outside of the limits, where they are edges of bands."""
        cold = self.cold.below(_index(low_c))[0] if low_c in EDGES_C else 0
        hot = self.hot.above(_index(high_c))[0] if high_c in EDGES_C else 0
        return cold + hot

    def degree_ms(self, low_c: float | None, high_c: float | None) -> list[int]:
        """Per band m°C·ms beyond the limits: warmer than the upper by the hottest, colder than the lower by the coldest."""
        found = [0] * BANDS
        if low_c in EDGES_C:
            for band in range(_index(low_c) + 1):
                found[band] += EDGES_MC[_index(low_c)] * self.cold.ms[band] - self.cold.mc_ms[band]
        if high_c in EDGES_C:
            for band in range(_index(high_c) + 1, BANDS):
                found[band] += self.hot.mc_ms[band] - EDGES_MC[_index(high_c)] * self.hot.ms[band]
        return found

    def mkt_c(self) -> float | None:
        """Mean kinetic temperature of the time that probes know, by the hottest."""
        if self.sensor_ms <= 0 or self.heat[0] <= 0:
            return None
        return 1 / (1 / REFERENCE_K - log(self.heat[0] / self.sensor_ms) / SLOPES[0]) - KELVIN

    def life_used(self, vvm_type: str, rates: Rates = VVM_RATES) -> float | None:
        """The share of a vial monitor's life used in the time that probes know; None for a type without a rate."""
        if vvm_type not in rates:
            return None
        factor, slope = rates[vvm_type]
        return factor * exp(-slope / REFERENCE_K) * self.heat[SLOPES.index(slope)] / DAY


def total(parts: Iterable[Exposure]) -> Exposure:
    """All of them together: the same as adding one after the other, and much quicker for thousands of days."""
    its = list(parts)
    if not its:
        return Exposure()
    return Exposure(
        sum(each.total_ms for each in its),
        sum(each.sensor_ms for each in its),
        sum(each.manual_ms for each in its),
        min((each.low_mc for each in its if each.low_mc is not None), default=None),
        max((each.high_mc for each in its if each.high_mc is not None), default=None),
        min((each.manual_low_mc for each in its if each.manual_low_mc is not None), default=None),
        max((each.manual_high_mc for each in its if each.manual_high_mc is not None), default=None),
        _bands_total([each.hot for each in its]),
        _bands_total([each.cold for each in its]),
        tuple(map(fsum, zip(*(each.heat for each in its), strict=True))),
    )


def _bands_total(its: Sequence[Bands]) -> Bands:
    ms, mc_ms = (
        tuple(map(sum, zip(*columns, strict=True))) for columns in ([b.ms for b in its], [b.mc_ms for b in its])
    )
    return Bands(ms, mc_ms)


def exposure(lines: Sequence[Line], start: int, end: int, vouched: Sequence[Vouched] = ()) -> Exposure:
    """What stood in a place from `start` to `end` went through, by its probes' readings.

    Give the readings of each line from its gap limit before `start` to its gap limit after `end`: the time up to an end
    is known only if a reading beyond it stands close.
    """
    points = [points_of(line.trace) for line in lines]
    segments = [segments_of(each, line.gap_ms, start, end) for each, line in zip(points, lines, strict=True)]
    hot, cold = envelopes(segments, start, end)
    bands, heat = _bands(hot)
    low_mc, high_mc = _extremes(points, segments, start, end)
    gaps = list(_gaps((seg for its in segments for seg in its), start, end)) if vouched else []
    manual = [(each, overlap) for each in vouched if (overlap := _overlap(each, gaps))]
    return Exposure(
        total_ms=max(0, end - start),
        sensor_ms=sum(bands.ms),
        manual_ms=_length(_joined(part for _, parts in manual for part in parts)),
        low_mc=low_mc,
        high_mc=high_mc,
        manual_low_mc=min((each.low_mc for each, _ in manual if each.low_mc is not None), default=None),
        manual_high_mc=max((each.high_mc for each, _ in manual if each.high_mc is not None), default=None),
        hot=bands,
        cold=bands if cold is hot else _bands(cold)[0],
        heat=_heat(heat),
    )


def exposure_shape(found: Exposure, low_c: float | None, high_c: float | None) -> dict[str, Any]:
    """The figures as every interface writes them; the limits are those of the vaccine's storage band."""
    mkt_c = found.mkt_c()
    return {
        "bands": _by_band(ms / MINUTE for ms in found.bands_ms(low_c)),
        "degree_minutes": _by_band(mc_ms / 1000 / MINUTE for mc_ms in found.degree_ms(low_c, high_c)),
        "minutes_known": round(found.sensor_ms / MINUTE, 1),
        "minutes_manual": round(found.manual_ms / MINUTE, 1),
        "minutes_unknown": round(found.unknown_ms / MINUTE, 1),
        "low_c": None if found.low_mc is None else found.low_mc / 1000,
        "high_c": None if found.high_mc is None else found.high_mc / 1000,
        "mkt_c": None if mkt_c is None else round(mkt_c, 3),
    }


def vial_shape(found: Exposure, vvm_type: str | None) -> dict[str, Any] | None:
    """A vial monitor's life used by both models; None for a vaccine without one, or of a type that nobody measured."""
    if vvm_type is None:
        return None
    measured, nominal = found.life_used(vvm_type), found.life_used(vvm_type, VVM_NOMINAL)
    if measured is None and nominal is None:
        return None
    return {"type": vvm_type, "life_used_pct": _percent(measured), "nominal_pct": _percent(nominal), "estimate": True}


def _by_band(amounts: Iterable[float]) -> dict[str, float]:
    return {name: round(amount, 1) for name, amount in zip(band_names(), amounts, strict=True)}


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 3)


def least(one: int | None, other: int | None) -> int | None:
    """The lower of two; None is nothing."""
    return other if one is None else one if other is None else min(one, other)


def most(one: int | None, other: int | None) -> int | None:
    """The higher of two; None is nothing."""
    return other if one is None else one if other is None else max(one, other)


def _sums(some: Sequence[int], others: Sequence[int]) -> tuple[int, ...]:
    return tuple(one + two for one, two in zip(some, others, strict=True))


def _index(edge_c: float | None) -> int:
    assert edge_c is not None
    return EDGES_C.index(edge_c)


# ── Bands ──


def _bands(steps: Counter[Step]) -> tuple[Bands, Counter[int]]:
    """Time and temperature per band; and the time at each rounded temperature."""
    ms, mc_ms = [0] * BANDS, [0] * BANDS
    heat: Counter[int] = Counter()
    for step, times in steps.items():
        v0, v1, length, x, y = step
        heat[(v0 + v1 + _HEAT_STEP_MC) // (2 * _HEAT_STEP_MC)] += (y - x) * times
        band = bisect_right(_FROM, 2 * v0)
        if band == bisect_right(_FROM, 2 * v1):
            ms[band] += (y - x) * times
            mc_ms[band] += (_until(step, y) - _until(step, x)) * times
            continue
        for part, band in _cut(v0, v1, length):
            a, b = max(part[0], x), min(part[1], y)
            if a < b:
                ms[band] += (b - a) * times
                mc_ms[band] += (_until(step, b) - _until(step, a)) * times
    return Bands(tuple(ms), tuple(mc_ms)), heat


def _until(step: Step, x: int) -> int:
    """The temperature over the first x ms of a segment: what differences of it are taken from adds up by itself."""
    v0, v1, length = step[:3]
    return v0 * x + (v1 - v0) * x * x // (2 * length)


def _cut(v0: int, v1: int, length: int) -> Iterator[tuple[Span, int]]:
    """The parts of a whole segment that lie in one band each."""
    low, high = min(v0, v1), max(v0, v1)
    passed = [edge for edge in EDGES_MC if low < edge < high]
    stops = [v0, *(passed if v0 < v1 else reversed(passed)), v1]
    for one, two in pairwise(stops):
        yield (_when(v0, v1, length, one), _when(v0, v1, length, two)), bisect_right(_FROM, one + two)


def _when(v0: int, v1: int, length: int, value: int) -> int:
    return length * (value - v0) // (v1 - v0)


def _heat(time_at: Counter[int]) -> tuple[float, ...]:
    """What the time at each temperature does, as time at 5 °C; in the order of temperatures, so always the same."""
    rows = [(_speeds(at), ms) for at, ms in sorted(time_at.items())]
    return tuple(fsum([speeds[n] * ms for speeds, ms in rows]) for n in range(len(SLOPES)))


@lru_cache(maxsize=1 << 14)
def _speeds(at: int) -> tuple[float, ...]:
    """How much quicker than at 5 °C it goes at a temperature, by slope."""
    lean = 1 / REFERENCE_K - 1 / (KELVIN + at * _HEAT_STEP_MC / 1000)
    return tuple(exp(slope * lean) for slope in SLOPES)


# ── Extremes, unknown time ──


def _extremes(
    points: Sequence[Sequence[Point]], segments: Sequence[Sequence[Segment]], start: int, end: int
) -> tuple[int | None, int | None]:
    """The coldest and hottest reading of [start, end), or what is known at its ends where none falls into it."""
    values = [v for its in points for t, v in its if start <= t < end]
    for its in segments:
        for a, va, b, vb in [*its[:1], *its[-1:]]:
            values += [va + (vb - va) * (time - a) // (b - a) for time in (start, end) if a <= time <= b]
    return min(values, default=None), max(values, default=None)


def _gaps(known: Iterable[Segment], start: int, end: int) -> Iterator[Span]:
    """The time that no probe knows."""
    at = start
    for a, b in _joined((max(start, seg[0]), min(end, seg[2])) for seg in known):
        if a > at:
            yield at, a
        at = max(at, b)
    if at < end:
        yield at, end


def _overlap(vouched: Vouched, gaps: Iterable[Span]) -> list[Span]:
    parts = [(max(vouched.start, a), min(vouched.end, b)) for a, b in gaps]
    return [(a, b) for a, b in parts if a < b]


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for a, b in sorted(spans):
        if joined and a <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        elif a < b:
            joined.append((a, b))
    return joined


def _length(spans: Iterable[Span]) -> int:
    return sum(b - a for a, b in spans)
