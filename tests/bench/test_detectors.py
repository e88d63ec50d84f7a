"""Each naive detector does what it says, no more and no less."""

import pytest

from bench.county_year.fridges import BEGINS
from bench.county_year.journal import Arrival, Journal, Restart
from bench.county_year.score import Score, count_rings
from bench.county_year.simulate import Year
from bench.county_year.truth import runs_out
from bench.detectors.band import Band, Side
from bench.detectors.consecutive import Consecutive
from bench.detectors.lasting import Lasting
from bench.detectors.play import play
from bench.detectors.threshold import Threshold
from tests.bench.small_year import FRIDGE

MINUTE = 60_000
BAND = Band(2.0, 8.0)


def year_of(values):
    year = Year(FRIDGE, [], minutes=len(values))
    year.t = [BEGINS + n * MINUTE for n in range(len(values))]
    year.v = [None if v in (85.0, None) else v for v in values]
    year.shown = list(values)
    year.q = [0] * len(values)
    return year


def minutes_rung(detector, values, arrivals=None, restarts=(), *, is_raw=False):
    """(minute of the call, minute of the reading it is about) of each."""
    year = year_of(values)
    arrivals = arrivals or [(n, n, n + 1) for n in range(len(values))]
    journal = Journal([Arrival(BEGINS + at * MINUTE + 2_000, first, stop) for at, first, stop in arrivals], restarts)
    play(detector, year, journal, is_raw=is_raw)
    return [((ring.at - BEGINS) // MINUTE, (ring.first - BEGINS) // MINUTE) for ring in detector.rings]


def down(minute):
    return Restart(BEGINS + minute * MINUTE, BEGINS + minute * MINUTE + 1_000, is_kill=False)


def test_the_threshold_rings_at_every_crossing():
    assert minutes_rung(Threshold(BAND), [5.0, 9.0, 9.5, 7.0, 8.1, 1.0]) == [(1, 1), (4, 4), (5, 5)]


def test_the_threshold_forgets_at_a_restart_that_it_has_rung():
    assert minutes_rung(Threshold(BAND), [9.0, 9.0, 9.0, 9.0], restarts=[down(2)]) == [(0, 0), (2, 2)]


def test_the_threshold_believes_an_old_reading_to_be_news():
    arrivals = [(0, 0, 1), (5, 5, 6), (6, 1, 5)]
    assert minutes_rung(Threshold(BAND), [5.0, 9.0, 9.0, 9.0, 9.0, 5.0], arrivals) == [(6, 1)]


def test_faults_are_kept_from_a_detector_unless_it_takes_raw_values():
    assert minutes_rung(Threshold(BAND), [5.0, 85.0, None, 5.0]) == []
    assert minutes_rung(Threshold(BAND), [5.0, 85.0, None, 5.0], is_raw=True) == [(1, 1)]


def test_consecutive_rings_at_the_third_and_only_there():
    assert minutes_rung(Consecutive(BAND), [9.0, 9.0, 5.0, 9.0, 9.0, 9.0, 9.0]) == [(5, 5)]


def test_consecutive_counts_anew_after_a_restart():
    assert minutes_rung(Consecutive(BAND), [9.0] * 4, restarts=[down(2)]) == []


def test_consecutive_counts_what_comes_together_and_never_was():
    arrivals = [(0, 0, 1), (3, 2, 3), (4, 4, 5), (5, 1, 2), (6, 3, 4)]
    assert minutes_rung(Consecutive(BAND), [9.0, 5.0, 9.0, 5.0, 9.0], arrivals) == [(4, 4)]


def test_lasting_rings_when_its_condition_has_held():
    assert minutes_rung(Lasting(BAND, for_ms=10 * MINUTE), [5.0, *[9.0] * 20]) == [(12, 11)]


def test_lasting_begins_anew_when_a_value_is_inside():
    assert minutes_rung(Lasting(BAND, for_ms=10 * MINUTE), [*[9.0] * 8, 5.0, *[9.0] * 8]) == []


def test_lasting_loses_what_is_pending_at_a_restart():
    assert minutes_rung(Lasting(BAND, for_ms=10 * MINUTE), [9.0] * 15, restarts=[down(8)]) == []


def test_late_data_bypass_lasting():
    arrivals = [(0, 0, 1), (61, 61, 62), (62, 1, 61), (63, 62, 63)]
    assert minutes_rung(Lasting(BAND, for_ms=10 * MINUTE), [5.0, *[9.0] * 60, 5.0, 5.0], arrivals) == []


def test_lasting_forgets_what_is_pending_when_nothing_is_fresh():
    arrivals = [*[(n, n, n + 1) for n in range(5)], (14, 14, 15)]
    assert minutes_rung(Lasting(BAND, for_ms=10 * MINUTE), [9.0] * 15, arrivals) == []


@pytest.mark.parametrize(
    ("values", "arrivals", "counts"),
    [
        ([5.0, 9.0, 9.0, 5.0], None, (1, 0, 0, 0)),
        ([9.0, 9.0, 9.0], [(0, 0, 1), (1, 2, 3)], (1, 0, 0, 0)),
        ([9.0, 5.0, 9.0], [(0, 0, 1), (2, 2, 3), (3, 1, 2)], (2, 1, 0, 0)),
        ([9.0, 9.0, 5.0, 9.0, 9.0], [(4, 3, 4), (5, 2, 3), (6, 0, 1), (7, 2, 3), (8, 1, 2)], (2, 0, 0, 1)),
    ],
)
def test_calls_are_counted_against_the_excursions_of_all_readings(values, arrivals, counts):
    detector = Threshold(BAND)
    minutes_rung(detector, values, arrivals)
    due = runs_out([(BEGINS + n * MINUTE, v) for n, v in enumerate(values)], BAND, 3 * MINUTE)
    score = Score()
    count_rings(score, due, due, detector.rings)
    assert (score.excursions, score.missed, score.invented, score.doubled) == counts


def test_a_call_outside_of_every_excursion_is_invented():
    detector = Threshold(BAND)
    detector.ring(BEGINS, BEGINS, Side.FREEZE)
    score = Score()
    count_rings(score, [], [], detector.rings)
    assert score.invented == 1
