"""Silence and lost mains, seen at an instant: each decision by its smallest example."""

import sys
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest

from alerting.excursion.observations import (
    EVERYTHING,
    Break,
    Cause,
    Heard,
    Mains,
    MainsEvent,
    Silence,
    loudest,
    mains_events,
    silences,
    subjects_of,
)
from alerting.excursion.policy import Loudness, load_policy
from alerting.sightings import is_louder
from coldchain.archive.cases import Observation
from coldchain.excursion import Kind, Severity
from coldchain.reading import ChannelName
from tests.alerting.cast import HOUR, MINUTE, T0, trace_of

POLICY = load_policy("default")
A, B, C = "gw-1/a/temperature", "gw-1/a/humidity", "gw-1/b/temperature"
PLUG = "gw-1/plug/power"
OTHER = "gw-2/x/temperature"


def heard(channel: str, minutes_ago: float, **more: object) -> Heard:
    base = Heard(ChannelName.parse(channel), MINUTE, T0 - round(minutes_ago * MINUTE), equipment="F1")
    return replace(base, **more)  # type: ignore[arg-type] # a table of tests


def silent(*channels: Heard) -> list[Silence]:
    return silences(channels, POLICY, T0)


def subjects(*channels: Heard) -> list[str]:
    return [silence.subject for silence in silent(*channels)]


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
    assert subjects(heard(OTHER, 0), *channels) == expected


def test_when_nothing_at_all_is_heard_each_gateway_is_silent_by_itself_and_all_have_one_root():
    found = silent(heard(A, 60), heard(OTHER, 50))
    assert [(each.subject, each.root, each.seen().detail["root"]) for each in found] == [
        ("gw-1", EVERYTHING, EVERYTHING),
        ("gw-2", EVERYTHING, EVERYTHING),
    ]
    assert [each.root for each in silent(heard(A, 60), heard(OTHER, 1))] == [""]


def test_parts_of_one_outage_ring_together_whenever_each_was_heard_last():
    assert [s.loudness.severity for s in silent(heard(A, 245), heard(OTHER, 239))] == [Severity.NOTE] * 2
    assert [s.loudness.severity for s in silent(heard(A, 246), heard(OTHER, 240))] == [Severity.WARNING] * 2


def test_what_was_silent_before_the_outage_has_a_cause_of_its_own_and_rings_for_it():
    [before, part] = silent(heard(A, 300), heard(OTHER, 60))
    assert (before.root, before.loudness.severity) == ("", Severity.WARNING)
    assert (part.root, part.loudness.severity) == (EVERYTHING, Severity.NOTE)


def test_a_probe_that_was_dead_before_the_outage_does_not_part_its_gateway_from_it():
    [mine, _] = silent(heard(A, 60), heard(C, 900), heard(OTHER, 60))
    assert (mine.root, mine.loudness.severity) == (EVERYTHING, Severity.WARNING)


def test_what_was_out_of_its_band_waits_for_no_other_part_of_the_outage():
    [out, calm] = silent(heard(A, 35, is_out=True), heard(OTHER, 31))
    assert (out.loudness.severity, calm.loudness.severity) == (Severity.CRITICAL, Severity.NOTE)


def test_a_broker_that_is_started_anew_within_minutes_silences_nobody():
    assert silent(heard(A, 2), heard(OTHER, 3), heard("gw-3/x/temperature", 29)) == []


def test_what_speaks_twice_a_day_is_not_silent_after_an_hour():
    assert subjects(heard(A, 60, interval_ms=12 * HOUR)) == []


def test_a_silence_begins_with_the_last_reading_of_all():
    [silence] = silent(heard(A, 60), heard(B, 40))
    assert silence.start == T0 - 40 * MINUTE


def test_a_wide_silence_is_as_loud_as_its_longest_silent_channel():
    assert [s.loudness.severity for s in silent(heard(A, 240), heard(C, 31))] == [Severity.WARNING]
    assert [s.loudness.severity for s in silent(heard(A, 239), heard(C, 31))] == [Severity.NOTE]


def test_a_wide_silence_is_critical_when_one_of_its_channels_was_out():
    [silence] = silent(heard(A, 40), heard(C, 31, is_out=True))
    assert (silence.loudness.severity, silence.is_out) == (Severity.CRITICAL, True)


def test_a_silence_of_several_pieces_of_equipment_is_about_none_of_them_alone():
    one, two = silent(heard(A, 60), heard(OTHER, 0)), silent(heard(A, 60), heard(C, 60, equipment="F2"))
    assert (one[0].seen().equipment, one[0].seen().detail["equipment"]) == ("F1", ["F1"])
    assert (two[0].seen().equipment, two[0].seen().detail["equipment"]) == (None, ["F1", "F2"])
    assert two[0].seen().kind is Kind.SILENCE


@pytest.mark.parametrize(
    ("plug", "mains", "cause"),
    [
        (heard(PLUG, 60, value=0.0), Mains.LOST, Cause.POWER),
        (heard(PLUG, 60, value=1.0), Mains.UNKNOWN, Cause.UNKNOWN),
        (heard(PLUG, 60, value=None), Mains.UNKNOWN, Cause.UNKNOWN),
        (heard(PLUG, 1, value=1.0), Mains.ON, Cause.UNKNOWN),
        (heard(PLUG, 1, value=0.0), Mains.LOST, Cause.POWER),
        (heard(PLUG, 1, value=1.0, equipment="F9"), Mains.UNKNOWN, Cause.UNKNOWN),
    ],
)
def test_what_is_known_of_the_mains_stands_beside_a_silence(plug: Heard, mains: Mains, cause: Cause):
    [silence] = silent(heard(A, 60), heard(B, 60), plug)
    assert (silence.mains, silence.cause, silence.seen().detail["mains"]) == (mains, cause, mains.value)


def test_when_nothing_at_all_is_heard_each_gateway_still_says_what_it_knew_of_its_mains():
    found = silent(heard(A, 60), heard(PLUG, 60, value=0.0), heard(OTHER, 60, equipment="F9"))
    assert [each.mains for each in found] == [Mains.LOST, Mains.UNKNOWN]


def steps_for(gateways: int) -> int:
    """How many lines are walked through to find that half of so many gateways are silent."""
    channels = [
        heard(f"g{number}/{what}", 60 * (number % 2), equipment=f"E{number}", value=1.0)
        for number in range(gateways)
        for what in ("a/temperature", "plug/power")
    ]
    steps = 0

    def count(_: FrameType, event: str, __: Any) -> Any:
        nonlocal steps
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        found = silent(*channels)
    finally:
        sys.settrace(before)
    assert len(found) == gateways // 2
    return steps


def test_twice_as_many_gateways_are_twice_the_work():
    assert steps_for(80) < 2.2 * steps_for(40)


def back(minutes_dark: float, minutes_ago: float) -> tuple[Break, ...]:
    """A wider silence that was broken."""
    return (Break(T0 - round((minutes_dark + minutes_ago) * MINUTE), T0 - round(minutes_ago * MINUTE)),)


def test_when_a_gateway_is_back_each_of_its_channels_has_its_usual_pause():
    slow = heard(C, 130, interval_ms=5 * MINUTE)
    assert subjects(replace(slow, breaks=back(110, 15)), heard(A, 0)) == []
    assert subjects(replace(slow, breaks=back(110, 15.1)), heard(A, 0)) == ["gw-1/b"]


def test_what_was_silent_before_its_gateway_or_never_spoke_has_none():
    assert subjects(heard(C, 300, breaks=back(110, 1)), heard(A, 0)) == ["gw-1/b"]
    assert subjects(heard(C, 120, breaks=back(110, 1), has_spoken=False), heard(A, 0)) == ["gw-1/b"]


def test_a_reading_breaks_the_silence_of_all_that_it_is_part_of():
    assert subjects_of(ChannelName.parse(A)) == ("*", "gw-1", "gw-1/a", A)


def test_mains_events_are_the_changes_only():
    trace = trace_of([1.0, 0.0, None, 0.0, 1.0], channel=PLUG)
    assert mains_events(trace, is_lost=False) == [
        MainsEvent(T0 + MINUTE, is_lost=True),
        MainsEvent(T0 + 4 * MINUTE, is_lost=False),
    ]


NOTE, WARNING = Loudness(Severity.NOTE), Loudness(Severity.WARNING)
SLEEPS = Loudness(Severity.WARNING, waits_at_night=True)


@pytest.mark.parametrize(
    ("some", "found"),
    [([], NOTE), ([None], NOTE), ([NOTE, SLEEPS], SLEEPS), ([SLEEPS, WARNING], WARNING), ([SLEEPS, SLEEPS], SLEEPS)],
)
def test_the_loudest_of_some_lets_people_sleep_only_if_all_that_are_so_loud_do(
    some: list[Loudness | None], found: Loudness
):
    assert loudest(some) == found


def observed(severity: Severity, *, waits: bool) -> Observation:
    return Observation(
        id=1, kind=Kind.POWER_LOSS, subject="F1", severity=severity, start=T0, seen_at=T0,
        waits_at_night=waits, detail={},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (WARNING, observed(Severity.NOTE, waits=False), True),
        (WARNING, observed(Severity.WARNING, waits=False), False),
        (WARNING, observed(Severity.WARNING, waits=True), True),
        (SLEEPS, observed(Severity.WARNING, waits=False), False),
        (WARNING, observed(Severity.CRITICAL, waits=True), False),
    ],
)
def test_what_no_longer_waits_for_the_morning_is_louder(now: Loudness, before: Observation, *, expected: bool):
    assert is_louder(now, before) is expected
