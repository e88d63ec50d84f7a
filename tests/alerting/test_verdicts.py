"""Verdicts one by one: each rule of the engine by its smallest example. What is worked out by hand stands in the vectors."""

from dataclasses import replace

import pytest

from alerting.excursion.machine import TABLE, Meaning, State
from alerting.excursion.rule import Counts, Operator, Rule
from alerting.excursion.rules import Pack, Version
from alerting.excursion.stretch import BEGINNING, Place, Stay, Stretch, stretches_of
from alerting.excursion.verdicts import End, Judged, Verdict, advance, judge
from coldchain.excursion import Certainty, Kind
from coldchain.kinetics import mean_kinetic_temperature
from coldchain.reading import RECONSTRUCTED, Fault, Quantity, Trace
from tests.alerting.cast import HOUR, MINUTE, T0, trace_of
from tests.alerting.rulebook import BY_ID, COLD, HEAT, USUAL, always

PLACE = Place(MINUTE, "2-8")


def rule(**changes: object) -> Rule:
    return replace(HEAT, **changes)  # type: ignore[arg-type] # a table of tests


def pack(*rules: Rule, name: str = "p") -> Pack:
    return Pack(name, "", "", (Version("1", 0, "", rules),))


def after(*traces: Trace, rules: tuple[Stretch, ...]) -> tuple[Judged, list[Verdict]]:
    """How far it is judged after these, and what the last of them told."""
    judged = Judged()
    found: list[Verdict] = []
    for trace in traces:
        judged, found = advance(judged, rules, trace)
    return judged, found


def test_the_table_has_an_arrow_for_every_state_and_meaning_that_can_meet():
    missing = {(s.name, m.name) for s in State for m in Meaning} - {(s.name, m.name) for s, m in TABLE}
    confirmed = {("OPEN", "BAD"), ("RECOVERING", "BAD")}  # a confirmed run stays confirmed
    inside = {("CALM", "INSIDE"), ("CALM", "WELL"), ("CALM", "REST")}  # no track before the first bad reading
    sums = {("RESTING", "INSIDE"), ("RESTING", "WELL"), ("RECOVERING", "REST")}  # a sum has no hold, others no rest
    assert missing == confirmed | inside | sums


def test_hysteresis_holds_an_excursion_open_until_it_is_well_inside():
    [one] = judge(always(rule(hysteresis=500)), trace_of([5.0, 9.0, 7.8, 9.0, 7.4]))
    assert (one.first_bad, one.last_bad, one.known_good_after) == (T0 + MINUTE, T0 + 3 * MINUTE, T0 + 4 * MINUTE)


def test_hold_joins_what_a_short_recovery_would_part():
    flapping = trace_of([5.0, 9.0, 7.0, 9.0, 7.0, 7.0, 7.0, 9.0])
    assert len(judge(always(rule()), flapping)) == 3
    assert len(judge(always(rule(hold_ms=2 * MINUTE)), flapping)) == 2


def test_a_reconstructed_time_is_as_good_as_any():
    trace = trace_of([5.0, 9.0, 5.0])
    marked = Trace(trace.channel, trace.t, trace.v, [RECONSTRUCTED] * 3)
    assert judge(always(*USUAL), marked) == judge(always(*USUAL), trace) != []


def test_a_sentinel_is_time_unknown_not_heat():
    trace = Trace("c", [T0, T0 + MINUTE, T0 + 2 * MINUTE], [5.0, 85.0, 5.0], [0, int(Fault.POWER_ON), 0])
    assert judge(always(rule()), trace) == []


def test_a_new_version_ends_the_verdict_and_begins_another():
    warmer = rule(version="2", limit=8500)
    both = Pack("p", "", "", (Version("1", 0, "", (HEAT,)), Version("2", T0 + 3 * MINUTE, "", (warmer,))))
    old, new = judge(stretches_of([Stay(PLACE, 0, None)], [both]), trace_of([5.0, 9.0, 9.0, 9.0, 9.0]))
    assert (old.version, old.end, old.last_bad) == ("1", End.CHANGED, T0 + 2 * MINUTE)
    assert (new.version, new.end, new.first_bad, new.known_good_before) == ("2", End.OPEN, T0 + 3 * MINUTE, None)


def test_a_probe_that_left_leaves_nothing_open():
    stretches = stretches_of([Stay(PLACE, 0, T0 + 5 * MINUTE)], [pack(HEAT)])
    [left] = judge(stretches, trace_of([5.0, 9.0]))
    assert left.end is End.CHANGED


def test_a_stay_that_goes_on_under_other_packs_leaves_it_open():
    stays = [Stay(PLACE, 0, T0 + 5 * MINUTE), Stay(PLACE, T0 + 5 * MINUTE, None, ("p", "lot"))]
    frost = pack(COLD, name="lot")
    stretches = stretches_of(stays, {"p": pack(HEAT), "lot": frost}, ["p"])
    assert [len(s.rules) for s in stretches] == [1, 2]
    assert judge(stretches, trace_of([5.0, 9.0]))[0].end is End.OPEN


def test_time_without_a_place_is_not_judged():
    stretches = stretches_of([Stay(PLACE, T0 + 2 * MINUTE, None)], [pack(HEAT)])
    [only] = judge(stretches, trace_of([9.0, 9.0, 9.0, 5.0]))
    assert only.first_bad == T0 + 2 * MINUTE


def test_a_rule_judges_its_own_quantity_only():
    door = Rule("p/door", "1", Kind.DOOR_OPEN, operator=Operator.AT_OR_ABOVE, limit=1000, quantity=Quantity.DOOR)
    stays, packs = [Stay(PLACE, 0, None)], [pack(HEAT, door)]
    assert stretches_of(stays, packs)[0].rules == (HEAT,)
    assert stretches_of(stays, packs, quantity=Quantity.DOOR)[0].rules == (door,)


def test_a_sum_at_rest_is_told_again_only_when_it_changed():
    stretches = always(replace(BY_ID["ship/hot"], period_ms=HOUR))
    out, inside = trace_of([9.0] * 4 + [5.0]), trace_of([5.0] * 5, start=T0 + 5 * MINUTE)
    again = trace_of([9.0, 9.0], start=T0 + 10 * MINUTE)
    [first] = after(out, rules=stretches)[1]
    assert (first.end, first.run_ms) == (End.RECOVERED, 3 * MINUTE)
    assert after(out, inside, rules=stretches)[1] == []
    [grown] = after(out, inside, again, rules=stretches)[1]
    assert (grown.first_bad, grown.end, grown.run_ms) == (first.first_bad, End.OPEN, 4 * MINUTE)


def test_a_sum_counts_from_1970_where_its_beginning_is_unknown():
    stays = [Stay(PLACE, BEGINNING, None)]
    stretches = stretches_of(stays, [pack(replace(BY_ID["ship/hot"], patience_ms=0, period_ms=20 * MINUTE))])
    found = judge(stretches, trace_of([9.0] * 25))  # T0 is a multiple of twenty minutes
    assert [v.first_bad for v in found] == [T0, T0 + 20 * MINUTE]


def test_only_a_temperature_is_out():
    judged, _ = after(trace_of([5.0, 20.0]), rules=always(HEAT, BY_ID["watch/spike"]))
    assert (len(judged.tracks), judged.is_out) == (2, True)
    judged, _ = after(trace_of([0.0, 7.0]), rules=always(HEAT, BY_ID["watch/spike"]))
    assert (len(judged.tracks), judged.is_out) == (1, False)


def test_advance_leaves_what_was_judged_so_far_as_it_was():
    stretches = always(*USUAL, BY_ID["ship/hot"], BY_ID["usp/warm"], buffer_ms=MINUTE)
    before, _ = after(trace_of([5.0, 9.0, 9.0]), rules=stretches)
    on = trace_of([9.5, 9.5, 5.0], start=T0 + 3 * MINUTE)
    once, again = advance(before, stretches, on), advance(before, stretches, on)
    assert once == again


def test_readings_that_no_rule_looks_at_are_remembered_as_heard():
    judged, found = after(trace_of([5.0, 9.0]), rules=stretches_of([Stay(Place(MINUTE, "ambient"), 0, None)], [pack()]))
    assert (judged.newest, found) == (T0 + MINUTE, [])


@pytest.mark.parametrize("kind", [Kind.MEAN_KINETIC_HEAT, Kind.MEAN_KINETIC_COLD])
def test_a_mean_of_a_deep_freezer_is_as_exact_as_any(kind: Kind):
    operator = Operator.ABOVE if kind is Kind.MEAN_KINETIC_HEAT else Operator.BELOW
    limit = -80_500 if kind is Kind.MEAN_KINETIC_HEAT else -79_000
    deep = Rule("p/deep", "1", kind, operator=operator, limit=limit, counts=Counts.MEAN_KINETIC, period_ms=HOUR)
    values = [-80.0, -79.5] * 60
    [whole] = [v for v in judge(always(deep), trace_of(values)) if v.certainty is Certainty.CERTAIN]
    slow = mean_kinetic_temperature([(-80.0, 1), (-79.5, 1)])
    assert slow is not None
    assert whole.mkt_mc == pytest.approx(slow * 1000, abs=5)


def test_mean_kinetic_temperature_agrees_with_the_slow_formula_and_is_for_heat_only():
    [one] = judge(always(HEAT), trace_of([5.0, 9.0, 12.0, 10.0, 5.0]))
    slow = mean_kinetic_temperature([(9.0, 0.5), (12.0, 1.0), (10.0, 0.5)])
    assert slow is not None
    assert one.mkt_mc == pytest.approx(slow * 1000, abs=2)
    [cold] = judge(always(COLD), trace_of([5.0, -1.0, -1.0, -1.0, -1.0, 5.0]))
    assert cold.mkt_mc is None
