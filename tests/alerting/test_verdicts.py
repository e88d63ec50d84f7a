"""The same set of readings gives the same verdicts: against a slow reference, under any cutting, at any bound value."""

import tomllib
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.excursion.calm import calm_indices
from alerting.excursion.machine import TABLE, Sign, State
from alerting.excursion.rules import Operator, Pack, Rule, Version, load_pack
from alerting.excursion.stretch import NEVER, Place, Stay, Stretch, stretches_of
from alerting.excursion.verdicts import End, Judged, Verdict, advance, judge
from coldchain.excursion import Kind
from coldchain.kinetics import mean_kinetic_temperature
from coldchain.reading import RECONSTRUCTED, Fault, Trace
from tests.alerting.cast import MINUTE, T0, sparse, trace_of
from tests.alerting.reference import Expected, expected

VECTORS = sorted((Path(__file__).parents[1] / "vectors" / "excursions").glob("*.toml"))
PLACE = Place(MINUTE, "2-8")
SEED = settings(max_examples=150, deadline=None, derandomize=True)


def rule(**changes: object) -> Rule:
    base = Rule("test/heat", "1", Kind.HEAT, "2-8", Operator.ABOVE, 8000)
    return replace(base, **changes)  # type: ignore[arg-type] # a table of tests


COLD = Rule("test/cold", "1", Kind.FREEZE, "2-8", Operator.AT_OR_BELOW, -500, patience_ms=3 * MINUTE)


def always(*rules: Rule) -> tuple[Stretch, ...]:
    return (Stretch(0, NEVER, PLACE, rules),)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """Readings around both limits, on them, with faults, pauses at and beyond the gap limit."""
    pauses = draw(st.lists(st.sampled_from([0.5, 1, 1, 1, 1, 2, 3, 3.001, 10, 60]), min_size=1, max_size=40))
    values = st.sampled_from([None, 4.0, 5.0, 7.5, 8.0, 8.001, 8.4, 9.0, 30.0, -0.5, -0.499, -1.0])
    minute, pairs = 0.0, []
    for pause in pauses:
        minute += pause
        pairs.append((minute, draw(values)))
    return sparse(pairs)


def told(verdict: Verdict) -> Expected:
    return Expected(
        verdict.first_bad,
        verdict.last_bad,
        verdict.known_good_before,
        verdict.known_good_after,
        verdict.extreme_mc,
        verdict.run_ms,
        verdict.out_ms,
        verdict.unknown_ms,
        verdict.certainty.value,
    )


@SEED
@given(traces(), st.sampled_from([0, 1, 2, 5, 30]), st.booleans())
def test_verdicts_are_those_of_the_reference(trace: Trace, patience_min: int, inclusive: bool):
    operator = Operator.AT_OR_ABOVE if inclusive else Operator.ABOVE
    heat = rule(operator=operator, patience_ms=patience_min * MINUTE)
    readings = [(t, None if v is None else round(v * 1000)) for t, v in zip(trace.t, trace.v, strict=True)]
    found = judge(always(heat, COLD), trace)
    for each, limit, is_heat, is_inclusive in ((heat, 8000, True, inclusive), (COLD, -500, False, True)):
        want = expected(
            readings, limit=limit, is_heat=is_heat, inclusive=is_inclusive, patience=each.patience_ms, gap=3 * MINUTE
        )
        assert [told(v) for v in found if v.rule == each.id] == want


@SEED
@given(traces(), st.lists(st.integers(0, 40), max_size=6), st.sampled_from([0, 500]), st.sampled_from([0, 2, 5]))
def test_any_cutting_gives_the_same_verdicts(trace: Trace, cuts: list[int], hysteresis: int, hold_min: int):
    rules = always(rule(hysteresis_mc=hysteresis, hold_ms=hold_min * MINUTE, patience_ms=MINUTE), COLD)
    judged = Judged()
    seen: dict[tuple[str, int], Verdict] = {}
    edges = sorted({0, len(trace), *(min(cut, len(trace)) for cut in cuts)})
    for start, stop in pairwise(edges):
        part = Trace(trace.channel, trace.t[start:stop], trace.v[start:stop], trace.q[start:stop])
        judged, verdicts = advance(judged, rules, part)
        seen |= {(v.rule, v.first_bad): v for v in verdicts}
    assert sorted(seen.values(), key=lambda v: (v.first_bad, v.rule)) == judge(rules, trace)


@SEED
@given(traces(), st.sampled_from([0, 500]), st.sampled_from([0, 2, 5]))
def test_from_every_proof_of_calm_the_verdicts_go_on_alike(trace: Trace, hysteresis: int, hold_min: int):
    rules = always(rule(hysteresis_mc=hysteresis, hold_ms=hold_min * MINUTE), COLD)
    whole = judge(rules, trace)
    for at in calm_indices(rules, trace):
        rest = Trace(trace.channel, trace.t[at:], trace.v[at:], trace.q[at:])
        assert judge(rules, rest) == [v for v in whole if v.first_bad > trace.t[at]]
        assert all(v.last_bad < trace.t[at] and v.end is End.RECOVERED for v in whole if v.first_bad <= trace.t[at])


def test_the_table_has_an_arrow_for_every_state_and_sign_that_can_meet():
    missing = {(s, sign) for s in State for sign in Sign} - TABLE.keys()
    assert missing == {(State.OPEN, Sign.BAD), (State.RECOVERING, Sign.BAD)}  # a confirmed run stays confirmed


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_hand_computed_cases(path: Path):
    for case in tomllib.loads(path.read_text(), parse_float=Decimal)["case"]:
        pack = load_pack(case.get("rules", "cn-2017"))
        interval = int(case.get("interval_s", 60)) * 1000
        stretches = stretches_of([Stay(Place(interval, case.get("profile", "2-8")), 0, None)], [pack])
        trace = sparse(
            [(float(minute), None if value == "fault" else float(value)) for minute, value in case["readings"]]
        )
        found = [_plain(verdict) for verdict in judge(stretches, trace)]
        assert found == case["verdicts"], f"{path.stem}: {case['name']}"


def _plain(verdict: Verdict) -> dict[str, object]:
    """The words of the vectors: minutes since the first, °C."""
    shown: dict[str, object] = {
        "rule": verdict.rule,
        "certainty": verdict.certainty.value,
        "end": verdict.end.value,
        "first_bad": _minutes(verdict.first_bad - T0),
        "last_bad": _minutes(verdict.last_bad - T0),
        "extreme_c": Decimal(verdict.extreme_mc) / 1000,
        "run": _minutes(verdict.run_ms),
        "out": _minutes(verdict.out_ms),
        "unknown": _minutes(verdict.unknown_ms),
        "degree_minutes": _minutes(verdict.degree_ms),
    }
    if verdict.known_good_before is not None:
        shown["good_before"] = _minutes(verdict.known_good_before - T0)
    if verdict.known_good_after is not None:
        shown["good_after"] = _minutes(verdict.known_good_after - T0)
    return shown


def _minutes(ms: int) -> Decimal:
    return Decimal(ms) / MINUTE


def test_hysteresis_holds_an_excursion_open_until_it_is_well_inside():
    [one] = judge(always(rule(hysteresis_mc=500)), trace_of([5.0, 9.0, 7.8, 9.0, 7.4]))
    assert (one.first_bad, one.last_bad, one.known_good_after) == (T0 + MINUTE, T0 + 3 * MINUTE, T0 + 4 * MINUTE)


def test_hold_joins_what_a_short_recovery_would_part():
    flapping = trace_of([5.0, 9.0, 7.0, 9.0, 7.0, 7.0, 7.0, 9.0])
    assert len(judge(always(rule()), flapping)) == 3
    assert len(judge(always(rule(hold_ms=2 * MINUTE)), flapping)) == 2


def test_a_reconstructed_time_is_as_good_as_any():
    trace = trace_of([5.0, 9.0, 5.0])
    marked = Trace(trace.channel, trace.t, trace.v, [RECONSTRUCTED] * 3)
    assert judge(always(rule()), marked) == judge(always(rule()), trace)


def test_a_sentinel_is_time_unknown_not_heat():
    trace = Trace("c", [T0, T0 + MINUTE, T0 + 2 * MINUTE], [5.0, 85.0, 5.0], [0, int(Fault.POWER_ON), 0])
    assert judge(always(rule()), trace) == []


def test_a_new_version_ends_the_verdict_and_begins_another():
    warmer = rule(version="2", limit_mc=8500)
    pack = Pack("p", "", "", (Version("1", 0, "", (rule(),)), Version("2", T0 + 3 * MINUTE, "", (warmer,))))
    old, new = judge(stretches_of([Stay(PLACE, 0, None)], [pack]), trace_of([5.0, 9.0, 9.0, 9.0, 9.0]))
    assert (old.version, old.end, old.last_bad) == ("1", End.CHANGED, T0 + 2 * MINUTE)
    assert (new.version, new.end, new.first_bad, new.known_good_before) == ("2", End.OPEN, T0 + 3 * MINUTE, None)


def test_a_probe_that_left_leaves_nothing_open():
    stretches = stretches_of([Stay(PLACE, 0, T0 + 5 * MINUTE)], [load_pack("cn-2017")])
    [left] = judge(stretches, trace_of([5.0, 9.0]))
    assert left.end is End.CHANGED


def test_time_without_a_place_is_not_judged():
    stretches = stretches_of([Stay(PLACE, T0 + 2 * MINUTE, None)], [load_pack("cn-2017")])
    [only] = judge(stretches, trace_of([9.0, 9.0, 9.0, 5.0]))
    assert only.first_bad == T0 + 2 * MINUTE


def test_mean_kinetic_temperature_agrees_with_the_slow_formula_and_is_for_heat_only():
    [one] = judge(always(rule()), trace_of([5.0, 9.0, 12.0, 10.0, 5.0]))
    slow = mean_kinetic_temperature([(9.0, 0.5), (12.0, 1.0), (10.0, 0.5)])
    assert slow is not None
    assert one.mkt_mc == pytest.approx(slow * 1000, abs=2)
    [cold] = judge(always(COLD), trace_of([5.0, -1.0, -1.0, -1.0, -1.0, 5.0]))
    assert cold.mkt_mc is None
