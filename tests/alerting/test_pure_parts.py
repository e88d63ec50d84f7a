"""Cases, alarms, silence, forecast and a lot's share: pure decisions, each shown by its smallest example."""

import math
from dataclasses import replace

import pytest

from alerting.alarms import Matter, next_steps
from alerting.excursion.cases import Concerned, Finding, Scope, Why, case_id, finding_of, reconcile
from alerting.excursion.exposure import out_within
from alerting.excursion.forecast import FIGURES, forecast
from alerting.excursion.observations import Cause, Heard, MainsEvent, mains_events, silences
from alerting.excursion.policy import load_policy
from alerting.excursion.rules import load_pack
from alerting.excursion.stretch import Place, Stay, stretches_of
from alerting.excursion.verdicts import judge
from coldchain.archive.alarms import Alarm
from coldchain.excursion import AlarmState, Case, CaseState, Kind, Severity, excursion_shape
from coldchain.reading import ChannelName, Trace
from tests.alerting.cast import HOUR, MINUTE, PROBE, T0, sparse, trace_of

POLICY = load_policy("default")
STRETCHES = stretches_of([Stay(Place(MINUTE, "2-8"), 0, None)], [load_pack("cn-2017")])
HEAT = load_pack("cn-2017").versions[0].rules[0]
ALL = Scope(PROBE, 0, 2**60)


def findings(trace: Trace) -> list[Finding]:
    return [finding_of(verdict, POLICY, Concerned()) for verdict in judge(STRETCHES, trace)]


def opened(trace: Trace, at: int = T0) -> list[Case]:
    return [revision.after for revision in reconcile(ALL, [], findings(trace), at)]


TWO = sparse([(0, 5.0), (1, 9.0), (2, 5.0), (10, 5.0), (11, 9.0), (12, 5.0)])


def test_ids_are_the_same_wherever_they_are_made():
    [one] = opened(trace_of([5.0, 9.0]))
    assert one.id == case_id(PROBE, "cn-2017/heat", T0 + MINUTE)
    assert len(one.id) == 24


def test_what_says_the_same_is_not_revised():
    trace = trace_of([5.0, 9.0, 5.0])
    assert reconcile(ALL, opened(trace), findings(trace), T0 + 1) == []


def test_the_first_opened_survives_whatever_its_anchor():
    early, late = opened(TWO)
    early, late = replace(early, opened_at=T0 + 2), replace(late, opened_at=T0 + 1)
    wide = findings(sparse([(0, 5.0), *((m, 9.0) for m in range(1, 12)), (12, 5.0)]))
    revisions = reconcile(ALL, [early, late], wide, T0 + 3)
    assert [(r.after.id, r.after.state, r.after.merged_into, r.why) for r in revisions] == [
        (late.id, CaseState.CLOSED, None, Why.LATE_DATA),
        (early.id, CaseState.MERGED, late.id, Why.MERGED),
    ]


def test_a_merged_case_comes_back_when_it_is_parted_again():
    early, late = opened(TWO)
    merged = replace(late, state=CaseState.MERGED, merged_into=early.id, revision=2)
    revisions = reconcile(ALL, [early, merged], findings(TWO), T0 + 5)
    assert [(r.after.id, r.after.state, r.after.merged_into, r.why) for r in revisions] == [
        (late.id, CaseState.CLOSED, None, Why.REOPENED)
    ]


def test_a_case_outside_of_the_scope_is_left_alone():
    early, late = opened(TWO)
    scope = Scope(PROBE, late.anchor, late.anchor)
    assert [r.after.id for r in reconcile(scope, [early, late], [], T0 + 5)] == [late.id]
    other = Scope(PROBE, 0, 2**60, rule="cn-2017/cold")
    assert reconcile(other, [early, late], [], T0 + 5) == []


def test_a_withdrawn_case_is_withdrawn_once():
    [one] = opened(trace_of([5.0, 9.0]))
    [gone] = reconcile(ALL, [one], [], T0 + 5)
    assert (gone.after.state, gone.after.facts.is_open, gone.why) == (CaseState.WITHDRAWN, False, Why.WITHDRAWN)
    assert reconcile(ALL, [gone.after], [], T0 + 6) == []


def test_the_shape_of_an_excursion_is_the_api_s():
    [one] = opened(trace_of([5.0, 9.0, 5.0]))
    shape = excursion_shape(one, "cold")
    assert shape["end"] == {"last_bad": "2026-06-29T02:41:00+00:00", "known_good": "2026-06-29T02:42:00+00:00"}
    assert (shape["extreme_c"], shape["minutes_out"], shape["compartment"]) == (9.0, 0.5, "cold")
    assert excursion_shape(opened(trace_of([5.0, 9.0]))[0], None)["end"] is None


def alarm(state: AlarmState = AlarmState.RINGING, severity: Severity = Severity.WARNING) -> Alarm:
    return Alarm(id=1, kind=Kind.HEAT, severity=severity, state=state, raised_at=T0)


ON = Matter(Severity.WARNING, is_going_on=True, ended=None)
OVER = Matter(Severity.WARNING, is_going_on=False, ended=T0)
STEPS = [
    (replace(ON, severity=Severity.NOTE), None, []),
    (ON, None, [("raised", AlarmState.RINGING)]),
    (ON, alarm(), []),
    (OVER, None, [("raised", AlarmState.RINGING), ("ended", AlarmState.ENDED)]),
    (OVER, alarm(), [("ended", AlarmState.ENDED)]),
    (OVER, alarm(AlarmState.ENDED), []),
    (ON, alarm(AlarmState.ENDED), [("reopened", AlarmState.RINGING)]),
    (replace(ON, severity=Severity.CRITICAL), alarm(), [("worsened", AlarmState.RINGING)]),
    (replace(ON, severity=Severity.CRITICAL), alarm(AlarmState.SEEN), [("worsened", AlarmState.RINGING)]),
    (replace(ON, severity=Severity.CRITICAL), alarm(AlarmState.TAKEN), [("worsened", AlarmState.TAKEN)]),
    (ON, alarm(severity=Severity.CRITICAL), [("eased", AlarmState.RINGING)]),
    (replace(ON, severity=Severity.NOTE), alarm(), [("eased", AlarmState.ENDED)]),
    (replace(OVER, closing="withdrawn"), alarm(), [("withdrawn", AlarmState.ENDED)]),
]


@pytest.mark.parametrize(("matter", "current", "steps"), STEPS)
def test_an_alarm_follows_its_case(matter: Matter, current: Alarm | None, steps: list[tuple[str, AlarmState]]):
    assert [(s.why, s.after) for s in next_steps(matter, current, T0 + MINUTE)] == steps


@pytest.mark.parametrize(("minutes", "whys"), [(15, ["raised", "ended"]), (15.001, ["past"])])
def test_more_than_a_quarter_of_an_hour_ago_is_past(minutes: float, whys: list[str]):
    assert [step.why for step in next_steps(OVER, None, T0 + round(minutes * MINUTE))] == whys


def heard(channel: str, minutes_ago: float, **more: object) -> Heard:
    base = Heard(ChannelName.parse(channel), MINUTE, T0 - round(minutes_ago * MINUTE), equipment="F1")
    return replace(base, **more)  # type: ignore[arg-type] # a table of tests


def subjects(*channels: Heard) -> list[str]:
    return [silence.subject for silence in silences(channels, POLICY, T0)]


A, B, C = "gw-1/a/temperature", "gw-1/a/humidity", "gw-1/b/temperature"


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ((1, 1, 1), []),
        ((29, 1, 1), []),
        ((30, 1, 1), [A]),
        ((30, 40, 1), ["gw-1/a"]),
        ((30, 40, 50), ["gw-1"]),
    ],
)
def test_a_silence_is_as_wide_as_its_cause(minutes: tuple[int, ...], expected: list[str]):
    channels = [heard(name, ago) for name, ago in zip((A, B, C), minutes, strict=True)]
    assert subjects(heard("gw-2/x/temperature", 0), *channels) == expected


def test_when_nothing_at_all_is_heard_it_is_one_event():
    assert subjects(heard(A, 60), heard("gw-2/x/temperature", 50)) == ["site"]


def test_what_speaks_twice_a_day_is_not_silent_after_an_hour():
    assert subjects(heard(A, 60, interval_ms=12 * HOUR)) == []


def test_a_silence_begins_with_the_last_reading_of_all():
    [silence] = silences([heard(A, 60), heard(B, 40)], POLICY, T0)
    assert silence.start == T0 - 40 * MINUTE


def test_a_gateway_that_said_so_fell_silent_for_want_of_power():
    mains = heard("gw-1/plug/power", 60, value=0.0)
    assert silences([heard(A, 60), mains], POLICY, T0)[0].cause is Cause.POWER
    assert silences([heard(A, 60), replace(mains, value=1.0)], POLICY, T0)[0].cause is Cause.UNKNOWN


def test_mains_events_are_the_changes_only():
    trace = trace_of([1.0, 0.0, None, 0.0, 1.0], channel="gw-1/plug/power")
    assert mains_events(trace, is_lost=False) == [
        MainsEvent(T0 + MINUTE, is_lost=True),
        MainsEvent(T0 + 4 * MINUTE, is_lost=False),
    ]


@pytest.mark.parametrize("kind", sorted(FIGURES))
def test_a_forecast_passes_through_the_published_figure(kind: str):
    figure = FIGURES[kind]
    found = forecast(kind, figure.start_c, figure.limit_c)
    assert found is not None
    assert math.isclose(found.minutes, 60 * figure.hours, abs_tol=1)
    assert (found.basis, found.source) == ("type figure", figure.source)


def test_a_warmer_start_leaves_less_time_and_a_passed_limit_none():
    minutes = [forecast("domestic_fridge", at, 8) for at in (4.0, 6.0, 8.0, 9.0)]
    assert [m.minutes for m in minutes if m] == sorted([m.minutes for m in minutes if m], reverse=True)
    assert minutes[-1] is not None
    assert minutes[-1].minutes == 0


def test_no_figure_no_forecast():
    assert forecast("cold_room", 5.0, 8.0) is None
    assert forecast("domestic_fridge", -20.0, 30.0) is None


@pytest.mark.parametrize(
    ("start", "end", "minutes"), [(0, 99, 3), (0, 2, 1.5), (2, 3, 1), (3.25, 99, 0.25), (4, 9, 0), (1, 1, 0)]
)
def test_a_share_of_an_excursion_is_its_own_part_of_the_line(start: float, end: float, minutes: float):
    trace = trace_of([7.0, 9.0, 9.0, 9.0, 7.0, 5.0])  # out from 0.5 to 3.5
    found = out_within(HEAT, 3 * MINUTE, trace, T0 + round(start * MINUTE), T0 + round(end * MINUTE))
    assert found == round(minutes * MINUTE)


def test_a_share_takes_nothing_across_a_gap():
    assert out_within(HEAT, 3 * MINUTE, sparse([(0, 9.0), (10, 9.0)]), T0, T0 + HOUR) == 0
