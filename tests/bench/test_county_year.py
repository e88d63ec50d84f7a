"""Alerting over simulated days: nothing missed, invented or doubled, in whatever manner the readings arrive."""

import itertools

import pytest

from bench.county_year import ours as service
from bench.county_year.causes import RATES, What, causes_of
from bench.county_year.fridges import DAY_S, county
from bench.county_year.journal import journal_of
from bench.county_year.ours import Ours
from bench.county_year.run import NAIVE, OURS, Size, run_fridge, ways_of
from bench.county_year.score import Score, count_found, score_of
from bench.county_year.truth import truth_of
from tests.bench.small_year import EVERY_MIN, FRIDGE, MINUTE, Manner, arriving

MANNERS = [
    Manner(*each)
    for each in itertools.product((1, 7, 60), (False, True), (False, True), (0, 30), ("none", "calm", "killed"))
]


def played(year, journal):
    ours = Ours(FRIDGE.channel, ways_of(year, EVERY_MIN * MINUTE))
    service.play(ours, year, journal)
    truth = truth_of(year, journal, EVERY_MIN * MINUTE)
    score = score_of(year, truth, ours.calls())
    count_found(score, truth.excursions, ours.found())
    return score


@pytest.mark.parametrize("manner", MANNERS, ids=str)
def test_nothing_is_missed_invented_or_doubled(year, manner):
    score = played(year, arriving(year, manner))
    assert score.excursions > 3
    assert score.dangers >= 3
    assert (score.missed, score.invented, score.doubled) == (0, 0, 0)
    assert (score.dangers_missed, score.false_alarms) == (0, 0)


def test_live_a_danger_is_told_as_soon_as_it_can_be(year):
    score = played(year, arriving(year, Manner(1, False, False, 0, "none")))
    assert score.late_min
    assert score.most_late_min == 0.0


def test_a_record_that_says_less_than_the_readings_is_missed_and_invented(year):
    truth = truth_of(year, arriving(year, MANNERS[0]), EVERY_MIN * MINUTE)
    found = [(str(out.side), out.first, out.last) for out in truth.excursions]
    side, first, last = found[0]
    score = Score()
    count_found(score, truth.excursions, [(side, first, last - 1), *found[1:], found[1]])
    assert (score.missed, score.invented, score.doubled) == (1, 1, 1)


def test_everything_that_arrives_was_measured_and_everything_measured_arrives(year):
    journal = journal_of(year)
    arrived = {index for arrival in journal.arrivals for index in range(arrival.first, arrival.stop)}
    assert arrived == set(range(len(year.t)))
    assert all(arrival.at > year.t[arrival.stop - 1] for arrival in journal.arrivals)
    assert [a.at for a in journal.arrivals] == sorted(a.at for a in journal.arrivals)


def test_the_same_seed_is_the_same_county_and_another_is_another():
    one, again, other = (county(seed, 5) for seed in ("a", "a", "b"))
    assert one == again != other
    assert causes_of(one[0], 60) == causes_of(again[0], 60) != causes_of(other[0], 60)


def test_causes_come_as_often_as_their_table_says():
    fridges = county("often", 40)
    cuts = [c for fridge in fridges for c in causes_of(fridge, 360) if c.what is What.STOCK_TAKE]
    assert len(cuts) == pytest.approx(RATES[What.STOCK_TAKE].per_month * 40 * 12, rel=0.15)
    assert all(RATES[What.STOCK_TAKE].least_s <= c.end_s - c.start_s <= DAY_S for c in cuts)


def test_every_detector_is_scored_over_a_fridge():
    size = Size("short", 1, 3, every_min=5, trouble=20.0)
    report = run_fridge(county(size.seed, 1)[0], size)
    assert set(report.scores) == {OURS, *(naive.name for naive in NAIVE)}
    assert report.readings > 0
