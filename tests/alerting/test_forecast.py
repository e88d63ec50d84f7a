"""When a limit will be passed: exact curves first, then real-looking cabinets."""

import math
import random

import pytest

from alerting.excursion.departures import Usual, departure, usual_of
from alerting.excursion.forecast import (
    FIGURES,
    Basis,
    Forecast,
    Points,
    Way,
    earlier_rate,
    forecast,
    measured_rate,
    points_of,
)
from coldchain.profile import PROFILES
from firmware_sim.device.probe import PROBE_TYPES, Probe
from firmware_sim.physics.cabinet import STEP_S, Cabinet, Conditions
from firmware_sim.physics.presets import PRESETS
from tests.alerting.cast import HOUR, MINUTE, T0, trace_of

UP = Way.up(8.0)
DOMESTIC = FIGURES["domestic_fridge"]


def curve(
    minutes: int, *, start_c: float = 4.0, room_c: float = 25.0, tau_min: float = 120.0
) -> list[tuple[int, float]]:
    """A first-order warm-up, one point a minute."""
    return [(T0 + m * MINUTE, room_c + (start_c - room_c) * math.exp(-m / tau_min)) for m in range(minutes + 1)]


def left_min(minutes: int, limit_c: float = 8.0, *, start_c: float = 4.0, tau_min: float = 120.0) -> float:
    return tau_min * math.log((25.0 - start_c) / (25.0 - limit_c)) - minutes


def told(points: Points, **more: object) -> Forecast:
    found = forecast(UP, points, points[-1][0], **more)  # type: ignore[arg-type] # a table of tests
    assert found is not None
    return found


@pytest.mark.parametrize("kind", sorted(FIGURES))
def test_a_forecast_passes_through_the_published_figure(kind: str):
    figure = FIGURES[kind]
    found = forecast(Way.up(figure.limit_c), [(T0, figure.start_c)], T0, figure=figure)
    assert found is not None
    assert math.isclose(found.minutes, 60 * figure.hours, abs_tol=1)
    assert (found.basis, found.source) == ("type figure", figure.source)


def test_a_warmer_start_leaves_less_time_and_a_passed_limit_none():
    minutes = [told([(T0, at)], figure=DOMESTIC).minutes for at in (4.0, 6.0, 8.0, 9.0)]
    assert minutes == sorted(minutes, reverse=True)
    assert minutes[2:] == [0, 0]


def test_no_readings_no_figure_no_forecast():
    assert forecast(UP, [], T0, figure=DOMESTIC) is None
    assert forecast(UP, [(T0, 5.0)], T0) is None
    assert forecast(Way.up(30.0), [(T0, -20.0)], T0, figure=DOMESTIC) is None


@pytest.mark.parametrize("minutes", [10, 15, 20])
def test_readings_tell_the_time_of_a_true_curve(minutes: int):
    found = told(curve(minutes))
    assert found.basis == Basis.READINGS
    assert found.minutes == pytest.approx(left_min(minutes), abs=1)
    assert found.late is not None
    assert found.early < found.minutes < found.late


def test_the_room_hardly_counts_where_the_slope_is_measured():
    points = curve(15)
    [cool, warm] = [forecast(Way.up(8.0, room), points, points[-1][0]) for room in (20.0, 35.0)]
    assert cool is not None
    assert warm is not None
    assert abs(cool.minutes - warm.minutes) <= 1


def test_before_ten_minutes_of_readings_the_figure_of_the_type_stands():
    assert told(curve(9), figure=DOMESTIC).basis == Basis.TYPE
    assert forecast(UP, curve(9), T0 + 9 * MINUTE) is None


def test_its_own_earlier_outages_count_from_the_first_reading_on():
    found = told([(T0, 4.5)], outages=[curve(60), curve(60, tau_min=100.0)], figure=DOMESTIC)
    assert (found.basis, found.source) == (Basis.HISTORY, "2 earlier outages of this equipment")
    assert found.minutes == pytest.approx(left_min(0, start_c=4.5, tau_min=110.0), abs=3)


def test_an_earlier_outage_is_asked_how_it_went_on_from_the_same_temperature():
    fast_then_slow = [*curve(30, tau_min=60.0), *((T0 + (30 + m) * MINUTE, 7.5 + m / 100) for m in range(1, 60))]
    slow = earlier_rate(UP, [fast_then_slow], 7.6)
    fast = earlier_rate(UP, [fast_then_slow], 4.0)
    assert slow is not None
    assert fast is not None
    assert slow.per_min < fast.per_min / 3


def test_an_earlier_outage_that_moved_nothing_says_nothing():
    assert earlier_rate(UP, [[(T0 + m * MINUTE, 4.0) for m in range(60)], curve(5), []], 4.0) is None


def test_what_stands_still_is_not_on_its_way():
    still = [(T0 + m * MINUTE, 5.0 + 0.05 * (m % 2)) for m in range(40)]
    assert forecast(UP, still, still[-1][0]) is None
    assert told(still, figure=FIGURES["ilr"]).basis == Basis.TYPE


def test_what_falls_is_not_on_its_way_up():
    assert forecast(UP, [(T0 + m * MINUTE, 7.0 - m / 20) for m in range(40)], T0 + 39 * MINUTE) is None


def test_a_cool_down_is_foretold_to_the_lower_limit():
    falling = [(T0 + m * MINUTE, 5.0 - m / 30) for m in range(46)]
    found = forecast(Way.down(2.0), falling, falling[-1][0])
    assert found is not None
    assert (found.limit_c, found.basis) == (2.0, "readings")
    assert found.minutes == pytest.approx(45, rel=0.15)
    assert found.late is not None


def test_a_slope_that_is_hardly_sure_has_no_late_end():
    rng = random.Random("noise")
    noisy = [(T0 + m * MINUTE, 4.0 + 0.012 * m + rng.gauss(0, 0.12)) for m in range(30)]
    rate = measured_rate(UP, noisy, noisy[-1][0])
    assert rate is not None
    assert rate.error < rate.per_min < 1.7 * rate.error
    assert told(noisy).late is None


def test_a_fault_is_no_point():
    assert points_of(trace_of([4.0, None, 5.0])) == [(T0, 4.0), (T0 + 2 * MINUTE, 5.0)]


def without_mains(preset: str, ran_min: int) -> list[tuple[int, float]]:
    """What a probe in a simulated cabinet says from the power cut on, once a minute; it had run for so long."""
    cabinet, points = Cabinet(PRESETS[preset]), []
    probe = Probe(PROBE_TYPES["steel"], random.Random(preset), cabinet.heats[0].air_c)
    for now_s in range(-(24 * 60 + ran_min) * 60, 6 * 3600, STEP_S):
        cabinet.step(Conditions(25.0, mains=now_s < 0))
        probe.feel(cabinet.heats[0].air_c, STEP_S)
        if now_s >= 0 and now_s % 60 == 0:
            points.append((T0 + now_s * 1000, probe.reads()))
    return points


@pytest.mark.parametrize("ran_min", [0, 15, 30, 45])
@pytest.mark.parametrize(("preset", "limit_c"), [("domestic_fridge", 8.0), ("freezer", -15.0)])
def test_a_simulated_cabinet_is_foretold_wherever_in_its_cycle_it_loses_its_mains(
    preset: str, limit_c: float, ran_min: int
):
    points = without_mains(preset, ran_min)
    passed = next(t for t, v in points if v > limit_c)
    for before, within in ((15, 8), (30, 15)):
        now = passed - before * MINUTE
        found = forecast(Way.up(limit_c), [point for point in points if T0 <= point[0] <= now], now)
        assert found is not None
        assert found.minutes == pytest.approx(before, abs=within)
        assert found.early <= before
        assert found.late is None or before <= found.late


USUAL = Usual(3.0, 5.0)


def test_the_usual_band_leaves_its_rarest_hours_out():
    hours = [(3.0, 5.0)] * 70 + [(2.0, 12.0)] * 2
    assert usual_of(hours) == USUAL
    assert usual_of(hours[:23]) is None


def rising(minutes: int, per_min: float = 0.03) -> list[tuple[int, float]]:
    """An hour as usual, then away."""
    calm = [(T0 - m * MINUTE, 4.5) for m in range(60, 0, -1)]
    return calm + [(T0 + m * MINUTE, 4.9 + m * per_min) for m in range(minutes + 1)]


def test_a_temperature_that_left_its_usual_band_and_goes_on_is_foretold():
    found = departure(USUAL, UP, rising(40))
    assert found is not None
    assert (found.basis, found.limit_c) == ("readings", 8.0)
    assert found.minutes == pytest.approx((8.0 - 6.1) / 0.03, rel=0.2)


@pytest.mark.parametrize(
    "points",
    [
        rising(15),
        rising(40, 0.01),
        [*rising(30), *((T0 + m * MINUTE, 5.8 - (m - 30) * 0.02) for m in range(31, 50))],
        [(T0 + m * MINUTE, 5.6 + 0.05 * (m % 2)) for m in range(60)],
        [],
    ],
    ids=["not for long", "not far", "turns back", "stands still", "nothing"],
)
def test_a_door_or_a_defrost_is_no_departure(points: Points):
    assert departure(USUAL, UP, points) is None


def test_it_departs_to_the_limit_on_its_side():
    cold, bare = PROFILES["2-8"], PROFILES["frozen"]
    up, down = USUAL.way(5.6, cold, None), USUAL.way(2.4, cold, None)
    assert up is not None
    assert down is not None
    assert (up.limit_c, down.limit_c) == (8.0, 2.0)
    assert USUAL.way(2.4, bare, None) is None


def test_a_room_that_is_no_warmer_than_the_limit_is_not_believed():
    assert Way.up(8.0, 5.0).surroundings_c == 18.0
    assert Way.up(8.0, 31.0).surroundings_c == 31.0


def test_hours_of_readings_are_looked_at_no_longer_than_they_count():
    long = [(T0 - 10 * HOUR + m * MINUTE, 20.0 - m / 60) for m in range(600)]
    assert told([*long, *curve(60)]).minutes == told(curve(60)).minutes
