"""The simple limit rule by its smallest examples, and against the excursion engine on random readings."""

from hypothesis import given
from hypothesis import strategies as st

from alerting.excursion.rule import Operator, Rule
from alerting.excursion.stretch import Place, Stretch
from alerting.excursion.verdicts import judge
from coldchain.excursion import Certainty, Kind
from coldchain.limits import Band, Run, Side, advance
from coldchain.reading import Trace

MINUTE = 60_000
T0 = 1_782_700_800_000
BAND = Band(2000, 8000, 3 * MINUTE, 3 * MINUTE)
HEAT = Rule("own/heat", "1", Kind.HEAT, operator=Operator.ABOVE, limit=8000, patience_ms=3 * MINUTE)


def after(*readings: tuple[int, int]) -> Run | None:
    """The run after (minute, m°C) pairs."""
    run = None
    for minute, value in readings:
        run = advance(run, BAND, minute * MINUTE, value)
    return run


def running(*readings: tuple[int, int]) -> Run:
    """The same, where there is one."""
    run = after(*readings)
    assert run is not None
    return run


def confirmed(readings: list[tuple[int, int]]) -> set[int]:
    """The anchors of all runs that lasted beyond patience."""
    run, anchors = None, set()
    for time, value in readings:
        run = advance(run, BAND, time, value)
        if run and run.side is Side.HEAT and run.is_over_patience(BAND):
            anchors.add(run.anchor)
    return anchors


def test_both_limits_are_good():
    assert after((0, 8000), (1, 2000)) is None


def test_patience_is_met_at_its_last_minute_and_not_before():
    assert not running((0, 8001), (1, 9000), (2, 9000)).is_over_patience(BAND)
    assert running((0, 8001), (1, 9000), (3, 9000)).is_over_patience(BAND)


def test_a_good_reading_begins_the_count_anew():
    run = running((0, 9000), (1, 9000), (2, 9000), (3, 5000), (4, 9000), (5, 9000))
    assert (run.anchor, run.run_ms) == (4 * MINUTE, MINUTE)


def test_a_pause_beyond_the_gap_adds_nothing_and_breaks_nothing():
    run = running((0, 9000), (1, 9000), (10, 9000))
    assert (run.anchor, run.run_ms) == (0, MINUTE)


def test_from_heat_to_frost_is_another_run():
    run = running((0, 9000), (2, 9000), (3, 1000))
    assert (run.side, run.anchor, run.run_ms) == (Side.FREEZE, 3 * MINUTE, 0)


def test_a_reading_that_comes_again_changes_nothing():
    assert running((0, 9000), (2, 9000), (1, 5000)) == running((0, 9000), (2, 9000))


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(6900, 9100)), min_size=1, max_size=60))
def test_its_anchors_are_the_engines(steps: list[tuple[int, int]]):
    times, at = [], T0
    for pause, _ in steps:
        at += pause * MINUTE
        times.append(at)
    values = [value // 100 * 100 for _, value in steps]
    trace = Trace("g/d/temperature", times, [value / 1000 for value in values], [0] * len(times))
    stretch = Stretch(T0, 2**62, Place(MINUTE, "2-8"), (HEAT,))
    verdicts = judge([stretch], trace)
    certain = {verdict.first_bad for verdict in verdicts if verdict.certainty is Certainty.CERTAIN}
    assert confirmed(list(zip(times, values, strict=True))) == certain
