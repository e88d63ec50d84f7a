"""A part of an excursion is its own part of the line; the parts together are the whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.excursion.exposure import time_out
from alerting.excursion.verdicts import judge
from coldchain.reading import Trace
from tests.alerting.cast import HOUR, MINUTE, T0, sparse, trace_of
from tests.alerting.rulebook import BY_ID, HEAT, always, traces

LINES = ("cn/heat", "who/frost", "who/back", "own/held", "ship/hot")


@pytest.mark.parametrize(
    ("start", "end", "minutes"), [(0, 99, 3), (0, 2, 1.5), (2, 3, 1), (3.25, 99, 0.25), (4, 9, 0), (1, 1, 0)]
)
def test_a_share_is_its_own_part_of_the_line(start: float, end: float, minutes: float):
    trace = trace_of([7.0, 9.0, 9.0, 9.0, 7.0, 5.0])  # out from 0.5 to 3.5
    found = time_out(HEAT, 3 * MINUTE, trace).within(T0 + round(start * MINUTE), T0 + round(end * MINUTE))
    assert found == round(minutes * MINUTE)


def test_nothing_is_taken_across_a_gap():
    assert time_out(HEAT, 3 * MINUTE, sparse([(0, 9.0), (10, 9.0)])).within(T0, T0 + HOUR) == 0


def test_what_is_not_back_yet_is_out():
    trace = trace_of([9.0, 7.0, 6.0, 4.0])  # out until 5.0, half-way through the third minute
    assert time_out(BY_ID["who/back"], 3 * MINUTE, trace).within(T0, T0 + HOUR) == 2.5 * MINUTE


def test_of_a_mean_all_known_time_counts_and_of_a_fault_none():
    trace = trace_of([5.0, 5.0, 5.0])
    assert time_out(BY_ID["usp/warm"], 3 * MINUTE, trace).within(T0 + MINUTE, T0 + HOUR) == MINUTE
    assert time_out(BY_ID["watch/reset"], 3 * MINUTE, trace).within(T0, T0 + HOUR) == 0


@settings(max_examples=100, deadline=None, derandomize=True)
@given(traces(), st.sampled_from(LINES))
def test_the_whole_of_it_is_what_the_verdict_says(trace: Trace, name: str):
    rule = BY_ID[name]
    gap_ms = rule.gap_factor * MINUTE
    for verdict in judge(always(rule), trace):
        start = verdict.first_bad if verdict.known_good_before is None else verdict.known_good_before
        end = verdict.last_bad if verdict.known_good_after is None else verdict.known_good_after
        part = [(t, v) for t, v in zip(trace.t, trace.v, strict=True) if start <= t <= end]
        seen = Trace(
            trace.channel, [t for t, _ in part], [v for _, v in part], [0 if v is not None else 1 for _, v in part]
        )
        if verdict.known_good_after is not None:
            assert time_out(rule, gap_ms, seen).within(start, end) == verdict.out_ms
