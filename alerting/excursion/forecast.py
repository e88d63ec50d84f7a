"""How long until the limit: a temperature on its way to its surroundings, as a first-order response. Pure.

    readings since it left its way ─► rate ┐
    the same equipment's earlier outages ──┼─► rate, weighed ─► minutes: likely, early, late
    the type's published figure ───────────┘

T(t) = S + (T0 - S)·exp(-rate·t). S, the surroundings, is assumed (a room probe, else 25 °C): far from S only the slope
counts, and the slope is measured. The rate is that of the last half hour, because a real cabinet has several masses and
slows down; `bench/forecast.py` compares it with simulated cabinets and says how far off it is. An estimate, labelled as
such: `basis` says what it rests on. A type without a figure, before there are readings, has no forecast.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Final

from coldchain.reading import Trace, is_believed

MINUTE: Final = 60_000
ROOM_C: Final = 25.0  # a room, where nothing measures it
PLATE_K: Final = 10.0  # a plate that is cooled without a stop is so far below a low limit
FARTHEST_MIN: Final = 48 * 60  # nothing is said beyond
HALF_LIFE_MIN: Final = 10.0  # a reading weighs half as much as one ten minutes newer
LOOK_BACK_MS: Final = round(5 * HALF_LIFE_MIN) * MINUTE
LEAST_READINGS: Final = 5
LEAST_SPAN_MS: Final = 10 * MINUTE
NOISE_K: Final = 0.08  # of a probe that counts in steps of 0.1 K
SLOWING: Final = 0.45  # by so much of itself a rate differs from the one that is left, seen in the simulated cabinets
UNLIKE: Final = 0.45  # and one outage from another: the room, the load, the hour
Z: Final = 1.28  # early and late: four of five lie between
LEAST_RISE_K: Final = 0.2  # an earlier outage that moved less says nothing about a rate

Points = Sequence[tuple[int, float]]  # (ms, °C), rising in time


class Basis(StrEnum):
    """What a forecast rests on."""

    READINGS = "readings"
    HISTORY = "own history"
    TYPE = "type figure"


@dataclass(frozen=True, slots=True)
class Figure:
    """A published warm-up: from `start_c`, in a room of `ambient_c`, `limit_c` is passed after `hours`."""

    start_c: float
    ambient_c: float
    limit_c: float
    hours: float
    source: str

    @property
    def rate(self) -> float:
        """The rate per minute of the first-order response that passes through the figure."""
        return math.log((self.ambient_c - self.start_c) / (self.ambient_c - self.limit_c)) / (60 * self.hours)


# The least favourable figure that is published for the type; where the source names no room or start, 25 °C and 5 °C.
FIGURES: Final = {
    "domestic_fridge": Figure(5, 25, 8, 2, "domestic refrigerators pass 8 °C about 2 h after an outage begins"),
    "medical_fridge": Figure(5, 25, 8, 1, "pharmacy refrigerators with glass doors hold 1 to 3 h"),
    "ilr": Figure(5, 43, 10, 20, "WHO PQS E003: holdover of ice-lined refrigerators at least 20 h at 43 °C to +10 °C"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """Which limit a temperature is on its way to, and what draws it there."""

    limit_c: float
    surroundings_c: float

    @classmethod
    def up(cls, limit_c: float, room_c: float | None = None) -> "Way":
        """It warms towards the room. One that is no warmer than the limit is not believed: something else warms."""
        return cls(limit_c, max(ROOM_C if room_c is None else room_c, limit_c + PLATE_K))

    @classmethod
    def down(cls, limit_c: float) -> "Way":
        """It cools towards a plate."""
        return cls(limit_c, limit_c - PLATE_K)

    def is_passed(self, value_c: float) -> bool:
        """True when nothing is left to be forecast."""
        return value_c >= self.limit_c if self.surroundings_c > self.limit_c else value_c <= self.limit_c

    def left(self, value_c: float) -> float:
        """How far it is to the limit, in units of rate times minutes; negative beyond it."""
        return self.between(value_c, self.limit_c)

    def between(self, first_c: float, then_c: float) -> float:
        """How far it is from one temperature to the other; beyond the surroundings nothing is left to go."""
        towards = math.copysign(1.0, self.surroundings_c - self.limit_c)
        first_k, then_k = ((self.surroundings_c - each) * towards for each in (first_c, then_c))
        return math.log(max(first_k, NOISE_K) / max(then_k, NOISE_K))


@dataclass(frozen=True, slots=True)
class Rate:
    """Per minute, with its standard error, and where the curve stands now if readings say so."""

    per_min: float
    error: float
    source: str
    here_c: float | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """In how many minutes `limit_c` is passed, from `from_c`; 0 when it is passed already.

    Four of five lie between `early` and `late`; `late` None = it may as well hold for two days.
    """

    minutes: int
    from_c: float
    limit_c: float
    basis: str
    source: str
    early: int
    late: int | None


def points_of(trace: Trace) -> list[tuple[int, float]]:
    """What is believed of a trace."""
    return [(t, v) for t, v, q in zip(trace.t, trace.v, trace.q, strict=True) if v is not None and is_believed(q)]


def measured_rate(way: Way, points: Points, now: int) -> Rate | None:
    """The rate of the last readings up to `now`, by weighted least squares; None while there are too few."""
    rows = [(t, v) for t, v in points if now - LOOK_BACK_MS <= t <= now]
    if len(rows) < LEAST_READINGS or rows[-1][0] - rows[0][0] < LEAST_SPAN_MS:
        return None
    x = [(t - now) / MINUTE for t, _ in rows]
    y = [way.left(v) for _, v in rows]
    weights = [0.5 ** (-each / HALF_LIFE_MIN) for each in x]
    total = sum(weights)
    middle, height = _mean(weights, x), _mean(weights, y)
    width = _mean(weights, [(each - middle) ** 2 for each in x])
    slope = _mean(weights, [(a - middle) * (b - height) for a, b in zip(x, y, strict=True)]) / width
    rest = _mean(weights, [(b - height - slope * (a - middle)) ** 2 for a, b in zip(x, y, strict=True)])
    noise = NOISE_K / abs(way.surroundings_c - rows[-1][1])
    independent = max(1.0, total * (x[-1] - x[0]) / (len(x) - 1) / HALF_LIFE_MIN)  # neighbours say the same
    error = math.sqrt((rest + noise * noise) / width / independent)
    span_min = round((rows[-1][0] - rows[0][0]) / MINUTE)
    return Rate(-slope, error, f"the readings of the last {span_min} min", _value_at(way, height - slope * middle))


def earlier_rate(way: Way, outages: Sequence[Points], from_c: float) -> Rate | None:
    """How fast the same equipment went on from `from_c` in earlier outages; None where none says anything."""
    rates = [rate for rate in (_rate_from(way, outage, from_c) for outage in outages) if rate is not None]
    if not rates:
        return None
    rate = median(rates)
    spread = max((abs(each - rate) for each in rates), default=0.0)
    words = "1 earlier outage" if len(rates) == 1 else f"{len(rates)} earlier outages"
    return Rate(rate, max(UNLIKE * rate, spread), f"{words} of this equipment")


def _rate_from(way: Way, outage: Points, from_c: float) -> float | None:
    """The mean rate from where an outage last stood at `from_c` (else from its begin) until the limit or its end."""
    begin = max((i for i, (_, v) in enumerate(outage) if way.between(from_c, v) <= 0), default=0)
    end = next((i for i in range(begin, len(outage)) if way.is_passed(outage[i][1])), len(outage) - 1)
    if end < 0 or outage[end][0] - outage[begin][0] < LEAST_SPAN_MS:
        return None
    (began, first_c), (ended, last_c) = outage[begin], outage[end]
    gone = way.between(first_c, last_c)
    return gone * MINUTE / (ended - began) if gone > 0 and abs(last_c - first_c) >= LEAST_RISE_K else None


def forecast(
    way: Way, points: Points, now: int, *, outages: Sequence[Points] = (), figure: Figure | None = None
) -> Forecast | None:
    """The time until the limit; None where nothing is known to rest it on, or where nothing is on its way.

    Args:
        way: to which limit.
        points: the readings since the mains were lost, or since it left its usual band.
        now: up to when readings count, and from when the minutes are counted.
        outages: the readings of earlier outages of the same equipment, of the same channel.
        figure: what is published for its type.
    """
    if not points:
        return None
    measured = measured_rate(way, points, now)
    from_c = points[-1][1]
    if measured is not None and measured.here_c is not None:
        from_c = round(measured.here_c, 2)
    if way.is_passed(from_c):
        basis = Basis.READINGS
        return Forecast(0, from_c, way.limit_c, basis.value, "it is passed", 0, 0)
    earlier = earlier_rate(way, outages, from_c)
    is_moving = measured is not None and measured.per_min > measured.error
    if is_moving or earlier is not None:
        rate, basis = _weighed(measured, earlier)
        if rate.per_min > 0:
            return _forecast(way, from_c, rate, basis)
    if figure is None or way.limit_c >= figure.ambient_c:
        return None
    way = Way(way.limit_c, figure.ambient_c)
    return _forecast(way, from_c, Rate(figure.rate, figure.rate / 2, figure.source), Basis.TYPE)


def _weighed(measured: Rate | None, earlier: Rate | None) -> tuple[Rate, Basis]:
    """One rate of both, each weighed by how sure it is."""
    if measured is not None:
        error = math.hypot(measured.error, SLOWING * measured.per_min)
        measured = Rate(measured.per_min, error, measured.source, measured.here_c)
    known = [rate for rate in (measured, earlier) if rate is not None]
    weights = [rate.error**-2 for rate in known]
    mean = sum(w * rate.per_min for w, rate in zip(weights, known, strict=True)) / sum(weights)
    # Two that agree are not surer than one: both feel the same room, and a rate that is left is never quite the one that was.
    error = max(sum(weights) ** -0.5, SLOWING * abs(mean))
    surest = known[weights.index(max(weights))]
    source = "; ".join(rate.source for rate in known)
    return Rate(mean, error, source), Basis.READINGS if surest is measured else Basis.HISTORY


def _forecast(way: Way, from_c: float, rate: Rate, basis: Basis) -> Forecast:
    left = max(0.0, way.left(from_c))
    slowest = rate.per_min - Z * rate.error
    late = _minutes(left, slowest)
    return Forecast(
        minutes=_minutes(left, rate.per_min),
        from_c=from_c,
        limit_c=way.limit_c,
        basis=basis.value,
        source=rate.source,
        early=_minutes(left, rate.per_min + Z * rate.error),
        late=late if late < FARTHEST_MIN else None,
    )


def _minutes(left: float, per_min: float) -> int:
    if per_min <= 0:
        return FARTHEST_MIN
    return math.floor(min(FARTHEST_MIN, round(left / per_min, 6)))  # two hours are not 119.999…


def _value_at(way: Way, left: float) -> float:
    """The temperature from which `left` is to go."""
    return way.surroundings_c + (way.limit_c - way.surroundings_c) * math.exp(left)


def _mean(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
