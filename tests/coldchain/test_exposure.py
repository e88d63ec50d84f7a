"""What a place went through: against a computation that asks every millisecond; parts add up, exactly."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain.exposure import (
    BANDS,
    DAY,
    EDGES_MC,
    Bands,
    Exposure,
    Line,
    Vouched,
    band_names,
    exposure,
    total,
)
from coldchain.kinetics import VVM_NOMINAL, mean_kinetic_temperature
from coldchain.reading import Fault, Trace

MINUTE = 60_000
GAP = 3 * MINUTE
FRIDGE, WARM, COLD = 4, 5, 3  # bands 2..8, 8..15, -0.5..2


def trace(*values: float | None, step: int = MINUTE, start: int = 0) -> Trace:
    return Trace(
        "g/d/temperature",
        [start + i * step for i in range(len(values))],
        list(values),
        [0 if v is not None else int(Fault.NO_ANSWER) for v in values],
    )


def went(*traces: Trace, end: int, start: int = 0, vouched: tuple[Vouched, ...] = ()) -> Exposure:
    return exposure([Line(each, GAP) for each in traces], start, end, vouched)


def minutes(found: Exposure, band: int) -> float:
    return found.bands_ms(2.0)[band] / MINUTE


# ── What counts ──


def test_time_in_the_band_is_counted_to_the_millisecond() -> None:
    found = went(trace(*[5.0] * 11), end=10 * MINUTE)
    assert (found.hot.ms[FRIDGE], found.unknown_ms) == (10 * MINUTE, 0)
    assert found.hot.mc_ms[FRIDGE] == 5000 * 10 * MINUTE
    assert found.cold == found.hot


@pytest.mark.parametrize(("celsius", "name"), [
    (8.0, "2..8"), (2.0, "2..8"), (-0.5, "-0.5..2"), (-15.0, "-60..-15"), (-60.0, "..-60"), (25.0, "15..25"), (37.5, "37.."),
])  # fmt: skip
def test_an_edge_belongs_to_the_band_that_the_rules_say(celsius: float, name: str) -> None:
    assert went(trace(celsius, celsius), end=MINUTE).hot.ms[band_names().index(name)] == MINUTE


def test_a_crossing_is_interpolated() -> None:
    found = went(trace(6.0, 10.0, step=2 * MINUTE), end=2 * MINUTE)
    assert (found.hot.ms[FRIDGE], found.hot.ms[WARM]) == (MINUTE, MINUTE)
    assert found.hot.above(EDGES_MC.index(8000)) == (MINUTE, 1000 * MINUTE)  # a triangle of 2 °C over a minute


def test_a_step_through_all_bands_gives_each_its_part() -> None:
    found = went(trace(-80.0, 80.0, step=160_000), end=160_000)
    assert found.hot.ms == (20_000, 45_000, 14_500, 2_500, 6_000, 7_000, 10_000, 12_000, 43_000)
    assert went(trace(80.0, -80.0, step=160_000), end=160_000).hot.ms == found.hot.ms


def test_a_gap_is_unknown_and_nothing_is_interpolated_across_it() -> None:
    found = went(trace(5.0, 5.0), trace(20.0, 20.0, start=6 * MINUTE), end=7 * MINUTE)
    assert found.unknown_ms == 5 * MINUTE
    assert (found.hot.ms[6], found.hot.ms[WARM]) == (MINUTE, 0)


def test_a_fault_is_no_temperature() -> None:
    assert went(trace(5.0, None, 5.0), end=2 * MINUTE).hot.ms[FRIDGE] == 2 * MINUTE
    assert went(trace(5.0, None, None, None, 5.0), end=4 * MINUTE).unknown_ms == 4 * MINUTE


def test_time_before_the_first_and_after_the_last_reading_is_unknown() -> None:
    assert went(trace(5.0, 5.0, start=10 * MINUTE), end=20 * MINUTE).unknown_ms == 19 * MINUTE


def test_a_stay_that_begins_between_two_readings_gets_its_part() -> None:
    assert went(trace(5.0, 5.0, 5.0), start=30_000, end=90_000).hot.ms[FRIDGE] == MINUTE


def test_each_probe_has_its_own_gap_limit() -> None:
    slow = Line(trace(5.0, 5.0, step=10 * MINUTE), 30 * MINUTE)
    quick = Line(trace(9.0, 9.0, step=10 * MINUTE), 3 * MINUTE)
    assert exposure([slow, quick], 0, 10 * MINUTE).hot.ms[FRIDGE] == 10 * MINUTE


def test_of_two_probes_the_hottest_tells_heat_and_the_coldest_cold() -> None:
    both = went(trace(1.0, 1.0), trace(9.0, 9.0), end=MINUTE)
    assert (minutes(both, COLD), minutes(both, FRIDGE), minutes(both, WARM)) == (1, 0, 1)
    assert both.outside_ms(2.0, 8.0) == 2 * MINUTE
    warm = went(trace(5.0, 5.0), trace(9.0, 9.0), end=MINUTE)
    assert (minutes(warm, FRIDGE), minutes(warm, WARM)) == (0, 1)
    cold = went(trace(1.0, 1.0), trace(5.0, 5.0), end=MINUTE)
    assert (minutes(cold, COLD), minutes(cold, FRIDGE)) == (1, 0)


def test_probes_that_cross_change_places_where_they_cross() -> None:
    found = went(trace(4.0, 10.0), trace(10.0, 4.0), end=MINUTE)
    assert found.hot.ms[WARM] == 2 * MINUTE // 3  # from 10 down to 8, and from 8 up to 10
    assert found.cold.ms[FRIDGE] == MINUTE
    assert (found.low_mc, found.high_mc) == (4000, 10_000)


def test_one_of_three_probes_is_enough_to_know() -> None:
    found = went(trace(5.0, 9.0, 5.0), trace(6.0), trace(7.0, 7.0), end=2 * MINUTE)
    assert found.unknown_ms == 0
    assert found.hot.ms[WARM] == 15_000 + 15_000


def test_extremes_are_what_was_said_and_at_the_ends_what_is_known() -> None:
    readings = trace(5.0, 9.0, 1.0)
    assert (went(readings, end=2 * MINUTE).low_mc, went(readings, end=2 * MINUTE).high_mc) == (1000, 9000)
    part = went(readings, start=15_000, end=30_000)
    assert (part.low_mc, part.high_mc) == (6000, 7000)
    alone = went(trace(30.0, start=5 * MINUTE), end=10 * MINUTE)
    assert (alone.high_mc, alone.unknown_ms) == (30_000, 10 * MINUTE)
    assert went(end=MINUTE).high_mc is None


def test_what_people_vouch_for_counts_where_no_sensor_knew() -> None:
    vouched = (Vouched(-MINUTE, 3 * MINUTE, 3000, 7000), Vouched(2 * MINUTE, 5 * MINUTE, 2000, 4000))
    found = went(trace(5.0, 5.0), end=8 * MINUTE, vouched=vouched)
    assert (found.sensor_ms, found.manual_ms, found.unknown_ms) == (MINUTE, 4 * MINUTE, 3 * MINUTE)
    assert (found.manual_low_mc, found.manual_high_mc) == (2000, 7000)
    knew = went(trace(5.0, 5.0, 5.0, 5.0), end=3 * MINUTE, vouched=vouched)
    assert (knew.manual_ms, knew.manual_low_mc) == (0, None)


def test_degree_minutes_are_those_beyond_the_storage_band() -> None:
    found = went(trace(*[10.0] * 11), trace(*[1.0] * 11), end=10 * MINUTE).degree_ms(2.0, 8.0)
    assert found[WARM] == 2000 * 10 * MINUTE
    assert found[COLD] == 1000 * 10 * MINUTE
    assert sum(found) == found[WARM] + found[COLD]


def test_mkt_and_vial_life_are_those_of_constant_temperatures() -> None:
    found = went(trace(*[37.0] * 1441), end=DAY)
    assert found.mkt_c() == pytest.approx(37.0)
    assert found.life_used("VVM14") == pytest.approx(1 / 12.15, rel=0.01)
    assert found.life_used("VVM2") == pytest.approx(1 / 1.76, rel=0.01)
    assert found.life_used("VVM2", VVM_NOMINAL) == pytest.approx(1 / 2, rel=1e-6)
    assert found.life_used("VVM11", VVM_NOMINAL) == pytest.approx(1 / 11, rel=1e-6)
    assert found.life_used("VVM11") is None
    assert Exposure().mkt_c() is None


def test_a_frozen_store_has_a_mean_kinetic_temperature_too() -> None:
    assert went(trace(*[-75.0] * 61), end=60 * MINUTE).mkt_c() == pytest.approx(-75.0)


def test_the_mean_kinetic_temperature_is_that_of_the_readings() -> None:
    values = [4.0, 5.5, 7.0, 12.0, 9.0, 6.0, 4.5]
    middles = [((a + b) / 2, 1.0) for a, b in pairwise(values)]
    found = went(trace(*values), end=6 * MINUTE).mkt_c()
    assert found == pytest.approx(mean_kinetic_temperature(middles), abs=0.005)


# ── Against every millisecond ──

# Readings stand some milliseconds apart here, so that every millisecond can be asked.
temperatures = st.one_of(st.none(), st.sampled_from([2.0, 8.0, -0.5, 1.999, 8.001]), st.integers(-3, 40).map(float))


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        times = sorted(draw(st.sets(st.integers(-20, 120), max_size=14)))
        values = draw(st.lists(temperatures, min_size=len(times), max_size=len(times)))
        codes = [0 if value is not None else int(Fault.GARBLED) for value in values]
        found.append(Line(Trace("g/d/temperature", times, values, codes), draw(st.sampled_from([5, 20, 60]))))
    return found


vouching = st.lists(
    st.tuples(st.integers(-20, 70), st.integers(1, 30)).map(lambda pair: Vouched(pair[0], pair[0] + pair[1], 1, 2)),
    max_size=3,
)


def during(line: Line, time: int) -> tuple[Fraction, Fraction] | None:
    """The line's least and greatest m°C within a millisecond; None when unknown."""
    rows = zip(line.trace.t, line.trace.v, strict=True)
    points = [(t, round(v * 1000)) for t, v in rows if v is not None]
    for (a, va), (b, vb) in pairwise(points):
        if a <= time < b and b - a <= line.gap_ms:
            one, two = (va + Fraction((vb - va) * (t - a), b - a) for t in (time, time + 1))
            return min(one, two), max(one, two)
    return None


def band_of(mc: Fraction) -> int:
    upper_inside = {-60_000, -15_000, 8_000, 25_000, 37_000}
    return sum(mc > edge or (mc == edge and edge not in upper_inside) for edge in EDGES_MC)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(lines(), st.integers(0, 60), st.integers(0, 60), vouching)
def test_each_millisecond_is_counted_once_and_in_its_band(
    some: list[Line], start: int, length: int, vouched: list[Vouched]
) -> None:
    """Where a line crosses an edge or another line within a millisecond, that belongs wholly to one side."""
    end = start + length
    found = exposure(some, start, end, vouched)
    hot, cold, manual = Asked(), Asked(), 0
    for time in range(start, end):
        values = [value for line in some if (value := during(line, time)) is not None]
        if values:
            hot.add(max(low for low, _ in values), max(high for _, high in values))
            cold.add(min(low for low, _ in values), min(high for _, high in values))
        else:
            manual += any(each.start <= time < each.end for each in vouched)
    known = sum(hot.sure) + hot.open
    assert (found.sensor_ms, found.manual_ms, found.unknown_ms) == (known, manual, length - known - manual)
    hot.agrees(found.hot)
    cold.agrees(found.cold)


class Asked:
    """Milliseconds whose band is sure, and how many may belong to one or the other."""

    def __init__(self) -> None:
        self.sure = [0] * BANDS
        self.open = 0
        self.least = self.greatest = Fraction(0)  # m°C·ms

    def add(self, low: Fraction, high: Fraction) -> None:
        # an edge itself belongs to one side only: just beside it is sure
        if band_of(low) == band_of(high):
            self.sure[band_of(low)] += 1
        else:
            self.open += 1
        self.least += low
        self.greatest += high

    def agrees(self, bands: Bands) -> None:
        assert all(sure <= ms <= sure + self.open for sure, ms in zip(self.sure, bands.ms, strict=True))
        rounding = 4 * sum(bands.ms)  # each part is rounded down to a whole m°C·ms
        assert self.least - rounding <= sum(bands.mc_ms) <= self.greatest + rounding


@settings(max_examples=300, deadline=None, derandomize=True)
@given(lines(), st.lists(st.integers(0, 60), min_size=2, max_size=6, unique=True), vouching)
def test_parts_add_up_to_the_whole_exactly(some: list[Line], cuts: list[int], vouched: list[Vouched]) -> None:
    cuts.sort()
    whole = exposure(some, cuts[0], cuts[-1], vouched)
    parts = total(exposure(some, a, b, vouched) for a, b in pairwise(cuts))
    assert parts.heat == pytest.approx(whole.heat, rel=1e-12)
    same = ("total_ms", "sensor_ms", "manual_ms", "unknown_ms", "hot", "cold", "low_mc", "high_mc", "manual_low_mc")
    assert [getattr(parts, name) for name in same] == [getattr(whole, name) for name in same]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(lines(), st.permutations(range(3)))
def test_the_order_of_probes_changes_nothing(some: list[Line], order: list[int]) -> None:
    again = [some[n] for n in order if n < len(some)]
    assert exposure(again, 0, 60) == exposure(some, 0, 60)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(lines(), st.integers(0, 30), st.integers(1, 30))
def test_readings_far_from_the_span_change_nothing(some: list[Line], start: int, length: int) -> None:
    def near(line: Line) -> Line:
        reach = max(each.gap_ms for each in some)
        rows = [r for r in line.trace.readings() if start - reach <= r.time <= start + length + reach]
        return Line(Trace.of(line.trace.channel, rows), line.gap_ms)

    end = start + length
    assert exposure([near(line) for line in some], start, end) == exposure(some, start, end)


def test_time_above_and_below_an_edge_is_all_time() -> None:
    bands = Bands((1, 2, 3, 4, 5, 6, 7, 8, 9), (0,) * BANDS)
    for edge in range(BANDS - 1):
        assert bands.above(edge)[0] + bands.below(edge)[0] == 45
