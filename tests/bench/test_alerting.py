"""The bench of telling runs on real parts: for whatever froze somebody was called, within the provider's limits."""

import pytest

from bench.alerting import run
from bench.alerting.county import SMALL, freezing
from bench.alerting.figures import Story, Took, steps, stories, took


def test_the_99_percent_is_one_that_was_seen():
    assert took(float(n) for n in range(1, 201)) == Took(100.0, 198.0, 200.0)
    assert took([7.0]) == Took(7.0, 7.0, 7.0)
    assert took([]) is None


def test_who_was_not_called_has_no_time():
    streamed = {"froze": {"1": 1000, "2": 1000}, "kept": {"1": 1020}}
    called, silent = stories({1: "a", 2: "b", 3: "c"}, streamed, {"a": 1300}, {1: {"decided": 1100.0}})
    assert called == Story(1000, {"decided": 1100.0, "stored": 1020, "accepted": 1300})
    assert called.told == 300
    assert silent.told is None
    assert steps([called, silent])["stored"] == Took(20, 20, 20)


def test_every_keeper_has_a_number_of_their_own():
    assert len({fridge.number for fridge in freezing(SMALL)}) == SMALL.single + SMALL.burst


@pytest.fixture(scope="module")
def found() -> dict[str, object]:
    return run.run(small=True)


def test_it_runs(found: dict[str, dict[str, float]]):
    assert (found["single"]["told"], found["burst"]["told"]) == (SMALL.single, SMALL.burst)
    assert found["provider"]["refused"] == 0
    assert found["provider"]["most_in_a_second"] <= 1.5 * SMALL.per_s  # a busy machine hears late of some
