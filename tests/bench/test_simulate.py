"""What happens to a fridge shows in its air, and what happens to its probe only in what it says."""

import pytest

from bench.county_year.causes import Cause, What
from bench.county_year.fridges import BEGINS, DAY_S, county
from bench.county_year.simulate import simulate
from coldchain.reading import Fault
from tests.bench.small_year import CAUSES, FRIDGE, HOUR_S, small_year

FRIDGES = {fridge.type: fridge for fridge in county("kinds", 60)}


def air_between(year, start_s, end_s):
    return [mc / 1000 for mc in year.air_mc[start_s // 60 : end_s // 60]]


@pytest.mark.parametrize("kind", ["domestic_fridge", "medical_fridge", "ilr"])
def test_a_fridge_to_which_nothing_happens_keeps_its_band_at_night(kind):
    year = simulate(FRIDGES[kind], [], 1)
    night = air_between(year, 0, 6 * HOUR_S)
    assert 2.0 <= min(night) <= max(night) <= 8.0


def test_a_freezer_to_which_nothing_happens_stays_frozen():
    year = simulate(FRIDGES["freezer"], [], 1)
    assert max(air_between(year, 0, 6 * HOUR_S)) <= -15.0


def test_causes_show_in_the_true_air(year):
    cut, stuck = CAUSES[1], CAUSES[4]
    assert max(air_between(year, cut.start_s, cut.end_s)) > 8.0
    assert min(air_between(year, stuck.start_s, stuck.end_s)) < 2.0


def test_a_fault_is_no_value_for_us_and_a_number_for_a_script():
    year = simulate(
        FRIDGE, [Cause(What.POWER_ON_VALUE, 0, HOUR_S), Cause(What.ZERO_SCRATCHPAD, 2 * HOUR_S, 3 * HOUR_S)], 1
    )
    faults = {
        (value, Fault(code), shown) for value, code, shown in zip(year.v, year.q, year.shown, strict=True) if code
    }
    assert faults == {(None, Fault.POWER_ON, 85.0), (None, Fault.ZERO_SCRATCHPAD, 0.0)}


def test_what_is_not_measured_leaves_a_gap_and_no_reading():
    year = simulate(FRIDGE, [Cause(What.GATEWAY_OFF, HOUR_S, 2 * HOUR_S)], 1)
    assert len(year.air_mc) == DAY_S // 60
    assert len(year.t) == DAY_S // 60 - 60
    assert not any(BEGINS + HOUR_S * 1000 <= time < BEGINS + 2 * HOUR_S * 1000 for time in year.t)


def test_the_same_seed_lives_the_same_days(year):
    again = small_year()
    assert (year.air_mc, year.t, year.v, year.q) == (again.air_mc, again.t, again.v, again.q)
