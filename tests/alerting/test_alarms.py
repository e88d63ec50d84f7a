"""What must become of an alarm: pure decisions, each shown by its smallest example."""

from dataclasses import replace

import pytest

from alerting.alarms import Matter, next_steps
from coldchain.archive.alarms import Alarm
from coldchain.excursion import AlarmState, Kind, Severity
from tests.alerting.cast import MINUTE, T0


def alarm(
    state: AlarmState = AlarmState.RINGING, severity: Severity = Severity.WARNING, *, waits: bool = False
) -> Alarm:
    return Alarm(id=1, kind=Kind.HEAT, severity=severity, state=state, raised_at=T0, waits_at_night=waits)


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
    (
        replace(OVER, severity=Severity.CRITICAL),
        alarm(),
        [("worsened", AlarmState.RINGING), ("ended", AlarmState.ENDED)],
    ),
    (replace(OVER, severity=Severity.CRITICAL, closing="merged"), alarm(), [("merged", AlarmState.ENDED)]),
    (replace(ON, severity=Severity.NOTE), alarm(AlarmState.ENDED), []),
    (replace(ON, waits_at_night=True), alarm(waits=True), []),
    (replace(ON, waits_at_night=True), alarm(), []),
    (ON, alarm(waits=True), [("worsened", AlarmState.RINGING)]),
    (ON, alarm(AlarmState.SEEN, waits=True), [("worsened", AlarmState.RINGING)]),
    (ON, alarm(AlarmState.TAKEN, waits=True), [("worsened", AlarmState.TAKEN)]),
    (OVER, alarm(waits=True), [("ended", AlarmState.ENDED)]),
    (OVER, alarm(AlarmState.ENDED, waits=True), []),
    (ON, alarm(severity=Severity.CRITICAL, waits=True), [("eased", AlarmState.RINGING)]),
]


@pytest.mark.parametrize(("matter", "current", "steps"), STEPS)
def test_an_alarm_follows_its_case(matter: Matter, current: Alarm | None, steps: list[tuple[str, AlarmState]]):
    assert [(s.why, s.after) for s in next_steps(matter, current, T0 + MINUTE)] == steps


@pytest.mark.parametrize(("minutes", "whys"), [(15, ["raised", "ended"]), (15.001, ["past"])])
def test_more_than_a_quarter_of_an_hour_ago_is_past(minutes: float, whys: list[str]):
    assert [step.why for step in next_steps(OVER, None, T0 + round(minutes * MINUTE))] == whys


def test_what_is_past_and_only_possible_waits_for_what_may_fill_the_gap():
    unsure = replace(OVER, ended=T0 - 60 * MINUTE, unsure_until=T0 + 10 * MINUTE)
    assert next_steps(unsure, None, T0 + 10 * MINUTE - 1) == []
    assert [step.why for step in next_steps(unsure, None, T0 + 10 * MINUTE)] == ["past"]
    assert [step.why for step in next_steps(replace(unsure, is_going_on=True), None, T0)] == ["raised"]


LONG_AGO = replace(OVER, ended=T0 - 60 * MINUTE)
AGAIN = [
    (LONG_AGO, "ended", Severity.WARNING, []),
    (LONG_AGO, "past", Severity.WARNING, []),
    (LONG_AGO, "ended", Severity.CRITICAL, []),
    (replace(LONG_AGO, severity=Severity.CRITICAL), "past", Severity.WARNING, ["past"]),
    (replace(LONG_AGO, severity=Severity.CRITICAL), "ended", Severity.WARNING, ["past"]),
    (replace(OVER, severity=Severity.CRITICAL), "ended", Severity.WARNING, ["reopened", "ended"]),
    (LONG_AGO, "withdrawn", Severity.WARNING, ["past"]),
    (LONG_AGO, "merged", Severity.WARNING, ["past"]),
    (LONG_AGO, "eased", Severity.NOTE, ["past"]),
    (replace(LONG_AGO, closing="withdrawn"), "past", Severity.WARNING, ["withdrawn"]),
    (replace(LONG_AGO, closing="withdrawn"), "withdrawn", Severity.WARNING, []),
    (replace(LONG_AGO, closing="merged"), "past", Severity.WARNING, []),
    (replace(LONG_AGO, severity=Severity.NOTE), "eased", Severity.NOTE, []),
]


@pytest.mark.parametrize(("matter", "last_why", "severity", "whys"), AGAIN)
def test_an_alarm_that_is_over_is_told_again_only_when_it_is_worse_or_true_after_all(
    matter: Matter, last_why: str, severity: Severity, whys: list[str]
):
    over = alarm(AlarmState.ENDED, severity=severity)
    assert [step.why for step in next_steps(matter, over, T0 + MINUTE, last_why)] == whys
