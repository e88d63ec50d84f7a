"""What the bench holds to be true, by hand."""

import pytest

from alerting.excursion.policy import load_policy
from alerting.excursion.rules import load_pack
from alerting.excursion.stretch import Place, Stay, stretches_of
from alerting.excursion.verdicts import judge
from bench.county_year.causes import Cause, What
from bench.county_year.fridges import BEGINS
from bench.county_year.journal import Arrival, Journal
from bench.county_year.simulate import Year
from bench.county_year.truth import PATIENCE_MIN, Danger, arrival_times, events, possible_at, runs_out, truth_of
from bench.detectors.band import Band, Side, band_of
from coldchain.excursion import Severity
from coldchain.reading import Trace
from tests.bench.small_year import FRIDGE

MINUTE = 60_000
BAND = Band(2.0, 8.0)


def minutes(values, start=0):
    return [(start + n * MINUTE, value) for n, value in enumerate(values)]


def spans(runs):
    return [(run.side.value, run.first // MINUTE, run.last // MINUTE, run.readings) for run in runs]


def year_of(air_c, contents_c=5.0, causes=()):
    year = Year(FRIDGE, list(causes), minutes=len(air_c))
    year.air_mc = [round(c * 1000) for c in air_c]
    year.contents_mc = [round(contents_c * 1000)] * len(air_c)
    year.t = [BEGINS + n * MINUTE for n in range(len(air_c))]
    year.v = list(air_c)
    year.q = [0] * len(air_c)
    return year


def live(year):
    return Journal([Arrival(time + 2_000, n, n + 1) for n, time in enumerate(year.t)], [])


def test_a_row_of_readings_out_is_one_excursion_and_the_limits_are_inside():
    assert spans(runs_out(minutes([8.0, 8.1, 9.0, 8.0, 2.0, 1.9]), BAND, 3 * MINUTE)) == [
        ("heat", 1, 2, 2),
        ("freeze", 5, 5, 1),
    ]


def test_a_fault_and_a_pause_interrupt_nothing_but_are_not_known():
    readings = [*minutes([9.0, None, 9.0]), *minutes([9.0, 5.0], 20 * MINUTE)]
    (run,) = runs_out(readings, BAND, 3 * MINUTE)
    assert (run.last // MINUTE, run.readings, run.known_ms // MINUTE) == (20, 3, 2)


def test_heat_that_turns_into_frost_is_two():
    assert spans(runs_out(minutes([9.0, 1.0]), BAND, 3 * MINUTE)) == [("heat", 0, 0, 1), ("freeze", 1, 1, 1)]


def test_air_that_is_out_for_longer_than_people_wait_is_a_danger_where_something_is_broken():
    air = [5.0] * 10 + [9.0] * 26 + [5.0] * 10
    cut = Cause(What.POWER_CUT, 0, 1_200)
    assert events(year_of(air, causes=[cut]), BAND, 5) == [(Side.HEAT, BEGINS + 10 * MINUTE, BEGINS + 35 * MINUTE)]
    assert events(year_of(air, causes=[cut]), BAND, 6) == []


def test_daily_work_is_a_danger_only_when_the_contents_are_out_too():
    air = [5.0] * 10 + [9.0] * 40 + [5.0] * 10
    work = Cause(What.STOCK_TAKE, 600, 900)
    assert events(year_of(air, causes=[work]), BAND, 0) == []
    assert len(events(year_of(air, contents_c=8.5, causes=[work]), BAND, 0)) == 1


def test_out_again_at_the_next_turn_of_the_thermostat_is_the_same_trouble():
    air = ([9.0] * 30 + [5.0] * 30) * 3 + [5.0] * 200 + [9.0] * 30
    leak = Cause(What.LEAK, 0, 86_400)
    assert len(events(year_of(air, causes=[leak]), BAND, 0)) == 2


def test_an_alarm_was_possible_once_enough_had_arrived():
    year = year_of([5.0] * 10 + [9.0] * 40, causes=[Cause(What.COMPRESSOR, 0, 3_600)])
    (danger,) = truth_of(year, live(year)).dangers
    assert danger.possible_at == BEGINS + 30 * MINUTE + 2_000


def test_what_arrives_late_makes_an_alarm_possible_late():
    year = year_of([5.0] * 10 + [9.0] * 40, causes=[Cause(What.COMPRESSOR, 0, 3_600)])
    late = Journal([Arrival(BEGINS + 90 * MINUTE, 0, 25), Arrival(BEGINS + 91 * MINUTE, 25, 50)], [])
    (danger,) = truth_of(year, late).dangers
    assert danger.possible_at == BEGINS + 91 * MINUTE


def test_what_no_reading_shows_nobody_could_have_told():
    year = year_of([5.0] * 10 + [9.0] * 40)
    year.v = [5.0] * 50
    arrived = arrival_times(live(year), 50)
    danger = Danger(Side.HEAT, year.t[10], year.t[49], None)
    assert possible_at(year, arrived, danger, 20 * MINUTE, 3 * MINUTE) is None


def loudness_after(minutes_out, celsius, profile):
    trace = Trace(
        "g/d/temperature",
        [n * MINUTE for n in range(minutes_out + 1)],
        [celsius] * (minutes_out + 1),
        [0] * (minutes_out + 1),
    )
    place = Place(MINUTE, profile, "F1", 1)
    (verdict,) = judge(stretches_of([Stay(place, 0, None)], {"cn-2017": load_pack("cn-2017")}, ["cn-2017"]), trace)
    return load_policy("default").loudness(verdict).severity


@pytest.mark.parametrize(("where", "patience"), PATIENCE_MIN.items())
def test_people_wait_as_long_here_as_in_the_shipped_policy(where, patience):
    profile, side = where
    limit_c = band_of(profile).high_c if side is Side.HEAT else band_of(profile).low_c
    assert limit_c is not None
    celsius = limit_c + (0.5 if side is Side.HEAT else -0.5)
    assert loudness_after(patience - 1, celsius, profile) is Severity.NOTE
    assert loudness_after(patience, celsius, profile) is not Severity.NOTE
