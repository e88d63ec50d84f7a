"""The same readings give the same verdicts: equal to the slow reference, under any cutting, for every kind of rule."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.excursion.stretch import Stretch
from alerting.excursion.verdicts import Judged, Verdict, advance, judge
from coldchain.reading import Trace
from tests.alerting.reference import Expected
from tests.alerting.rulebook import RULES, Timeline, always, timelines, told, traces

MANY = settings(max_examples=200, deadline=None, derandomize=True)


def without_mean(one: Expected) -> Expected:
    return replace(one, mean=None)


@MANY
@given(traces(), timelines())
def test_verdicts_are_those_of_the_reference(trace: Trace, timeline: Timeline):
    found = {(v.first_bad, v.rule): told(v) for v in judge(timeline.stretches(), trace)}
    want = timeline.expected(trace)
    assert {key: without_mean(one) for key, one in found.items()} == {k: without_mean(one) for k, one in want.items()}
    for key, one in found.items():
        assert one.mean == pytest.approx(want[key].mean, abs=0.002)


def in_pieces(stretches: tuple[Stretch, ...], trace: Trace, cuts: list[int]) -> list[Verdict]:
    """What is known in the end when readings come a few at a time."""
    judged = Judged()
    seen: dict[tuple[int, str], Verdict] = {}
    edges = sorted({0, len(trace), *(min(cut, len(trace)) for cut in cuts)})
    for start, stop in pairwise(edges):
        part = Trace(trace.channel, trace.t[start:stop], trace.v[start:stop], trace.q[start:stop])
        judged, verdicts = advance(judged, stretches, part)
        seen |= {(v.first_bad, v.rule): v for v in verdicts}
    return [seen[key] for key in sorted(seen)]


@MANY
@given(traces(), timelines(), st.lists(st.integers(0, 40), max_size=6))
def test_any_cutting_gives_the_same_verdicts(trace: Trace, timeline: Timeline, cuts: list[int]):
    stretches = timeline.stretches()
    assert in_pieces(stretches, trace, cuts) == judge(stretches, trace)


@settings(MANY, max_examples=40)
@given(traces())
def test_one_by_one_gives_the_same_verdicts(trace: Trace):
    stretches = always(*RULES, buffer_ms=300_000)
    assert in_pieces(stretches, trace, list(range(len(trace)))) == judge(stretches, trace)
