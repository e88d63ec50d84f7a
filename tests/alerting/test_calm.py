"""Calm: where judging may begin anew, what may be passed over, and how little a calm channel costs."""

import sys
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.excursion import verdicts
from alerting.excursion.calm import Search, calm_indices, last_hope
from alerting.excursion.rule import Rule
from alerting.excursion.streak import Streak
from alerting.excursion.stretch import Stretch
from alerting.excursion.verdicts import End, Judged, Verdict, advance, judge
from coldchain.reading import Trace
from tests.alerting.cast import MINUTE, T0, trace_of
from tests.alerting.rulebook import BY_ID, RULES, USUAL, WATCHED, Timeline, always, calm_traces, timelines, traces

MANY = settings(max_examples=150, deadline=None, derandomize=True)
ONE_OR_TWO = st.lists(st.sampled_from(RULES), min_size=1, max_size=2, unique=True) | st.sampled_from(
    [list(WATCHED), list(USUAL)]
)


def part(trace: Trace, start: int, stop: int | None = None) -> Trace:
    return Trace(trace.channel, trace.t[start:stop], trace.v[start:stop], trace.q[start:stop])


def begins_alike(stretches: Sequence[Stretch], trace: Trace, at: int, whole: Sequence[Verdict]) -> None:
    time = trace.t[at]
    assert judge(stretches, part(trace, at)) == [v for v in whole if v.first_bad >= time]
    assert all(v.last_bad < time and v.end is not End.OPEN for v in whole if v.first_bad < time)


@MANY
@given(traces(), ONE_OR_TWO)
def test_from_every_proof_of_calm_the_verdicts_go_on_alike(trace: Trace, rules: list[Rule]):
    stretches = always(*rules, buffer_ms=5 * MINUTE)
    whole = judge(stretches, trace)
    for at in calm_indices(stretches, trace):
        begins_alike(stretches, trace, at, whole)


@MANY
@given(traces(), timelines())
def test_a_proof_of_calm_holds_across_moves_and_changes_of_rules(trace: Trace, timeline: Timeline):
    stretches = timeline.stretches()
    whole = judge(stretches, trace)
    for at in calm_indices(stretches, trace):
        begins_alike(stretches, trace, at, whole)


@MANY
@given(traces(), timelines(), st.integers(0, 39))
def test_what_is_hopeless_no_earlier_reading_proves_calm(trace: Trace, timeline: Timeline, cut: int):
    stretches = timeline.stretches()
    cut = min(cut, len(trace) - 1)
    hope = last_hope(stretches, part(trace, cut))
    last = max(calm_indices(stretches, trace), default=-1)
    assert last < cut or (hope is not None and last <= cut + hope)


@MANY
@given(traces(), timelines(), st.integers(1, 9))
def test_a_search_in_pieces_finds_what_a_search_at_once_does(trace: Trace, timeline: Timeline, size: int):
    stretches = timeline.stretches()
    search = Search(stretches)
    found = [at + i for at in range(0, len(trace), size) for i in search.take(part(trace, at, at + size))]
    assert found == list(calm_indices(stretches, trace))


@MANY
@given(traces(), ONE_OR_TWO, st.tuples(st.integers(0, 39), st.integers(0, 39)), st.integers(0, 9), st.integers(0, 9))
def test_a_window_from_calm_to_calm_decides_what_lies_in_it(
    trace: Trace, rules: list[Rule], touched: tuple[int, int], back: int, on: int
):
    """As `windows` does it: proofs are looked for in readings before and after those touched, seen by themselves."""
    stretches = always(*rules)
    first, last = sorted(min(at, len(trace) - 1) for at in touched)
    head = part(trace, max(0, first - back), first)
    tail = part(trace, last + 1, last + 1 + on)
    before = max(calm_indices(stretches, head), default=None)
    after = next(calm_indices(stretches, tail), None)
    if before is None or after is None:
        return
    start, stop = bisect_left(trace.t, head.t[before]), last + 1 + after + 1
    inside = range(trace.t[start], trace.t[stop - 1])
    found = judge(stretches, part(trace, start, stop))
    assert found == [v for v in judge(stretches, trace) if v.first_bad in inside]
    assert all(v.end is not End.OPEN and v.last_bad in inside for v in found)


@MANY
@given(calm_traces(), ONE_OR_TWO, st.integers(1, 90))
def test_passing_over_calm_readings_changes_nothing(trace: Trace, rules: list[Rule], size: int):
    stretches = always(*rules)
    quick, slow = [], []
    judged = Judged()
    for start in range(0, len(trace), size):
        judged, found = advance(judged, stretches, part(trace, start, start + size))
        quick.append(found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verdicts, "_is_calm", lambda *_: False)
        patch.setattr(verdicts, "has_bad", lambda *_: True)
        patch.setattr(Streak, "pass_over", lambda *_: False)
        plain = Judged()
        for start in range(0, len(trace), size):
            plain, found = advance(plain, stretches, part(trace, start, start + size))
            slow.append(found)
    assert (quick, judged) == (slow, plain)


@MANY
@given(
    st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 9]), st.sampled_from([5.0, 5.0, 5.0625])), min_size=2, max_size=12)
)
def test_a_streak_passes_over_readings_as_if_it_had_looked_at_each(steps: list[tuple[int, float]]):
    [force] = always(BY_ID["watch/flatter"])[0].in_force
    times = [T0 + MINUTE * minutes for minutes in accumulate(pause for pause, _ in steps)]
    quick, slow = Streak(force), Streak(force)
    for streak in (quick, slow):
        streak.step(T0, 5000)
    is_passed = quick.pass_over(times, [value for _, value in steps])
    told = [slow.step(time, round(value * 1000)) for time, (_, value) in zip(times, steps, strict=True)]
    assert quick == (slow if is_passed else Streak(force, T0, T0, 5000))
    assert not is_passed or told == [None] * len(steps)


def test_a_sum_is_calm_only_while_nothing_was_out_since_its_period_began():
    stretches = always(BY_ID["ship/hot"])  # periods of twenty minutes, one of which begins with T0
    values = [5.0] * 30 + [9.0] + [5.0] * 20
    whole, later = trace_of(values), trace_of(values[5:], start=T0 + 5 * MINUTE)
    assert list(calm_indices(stretches, whole)) == [*range(30), *range(40, 51)]
    assert [at + 5 for at in calm_indices(stretches, later)] == [*range(20, 30), *range(40, 51)]


def test_a_mean_is_calm_at_the_first_reading_of_a_block():
    stretches = always(BY_ID["usp/warm"])  # blocks of nine minutes since 1970; T0 is seven into one
    later = trace_of([9.0] * 35, start=T0 + 5 * MINUTE)
    assert [at + 5 for at in calm_indices(stretches, later)] == [11, 20, 29, 38]


def test_a_first_reading_proves_no_standstill_and_no_jump():
    for rule in (BY_ID["watch/flat"], BY_ID["watch/spike"]):
        assert next(calm_indices(always(rule), trace_of([5.0, 5.5, 5.5]))) == 1


def test_faults_and_standstills_are_hopeless():
    assert last_hope(always(*USUAL), trace_of([5.0, None, None, None])) == 0  # by what came before it, even calm
    assert last_hope(always(*USUAL), trace_of([None] * 9)) is None
    assert last_hope(always(*USUAL), trace_of([5.0] * 9)) == 0


def test_under_the_usual_rules_a_few_readings_prove_calm():
    noisy = trace_of([5.0, 5.0, 5.0625, 5.0625, 5.0, 5.0, 4.9375])
    assert list(calm_indices(always(*USUAL), noisy)) == [2, 4, 6]


def size_of(thing: object, seen: set[int]) -> int:
    """Bytes of an object and all that only it holds; rules, places and stretches are shared by all channels."""
    if id(thing) in seen or isinstance(thing, Stretch) or thing is None:
        return 0
    seen.add(id(thing))
    names = [name for name in getattr(type(thing), "__slots__", ()) if name != "force"]
    inner = thing if isinstance(thing, tuple | list) else [getattr(thing, name) for name in names]
    return sys.getsizeof(thing) + sum(size_of(one, seen) for one in inner)


def test_a_calm_channel_costs_at_most_400_bytes():
    judged, found = advance(Judged(), always(*USUAL), trace_of([5.0, 5.0625, 5.0625, 5.125] * 30))
    assert found == []
    assert size_of(judged, set()) <= 400
