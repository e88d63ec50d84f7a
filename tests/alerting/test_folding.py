"""One cause gives each person one message, and each facility its own alarm; what is past its limit is in no fold."""

from typing import Any

import msgspec
import pytest

from alerting.folding import FLAPPING, GATHER_MS, Part, as_one, cause_of, folds, hold_ms, loudness, may_wait
from alerting.ladder.steps import Step
from alerting.notify.texts import Text
from coldchain.archive.alarms import Alarm
from coldchain.archive.cases import Observation
from coldchain.archive.telling.notices import FOLDED, WAITING, NewNotice
from coldchain.excursion import AlarmState, Kind, Severity
from tests.alerting.cast import T0

BASE = Alarm(id=1, kind=Kind.POWER_LOSS, severity=Severity.WARNING, state=AlarmState.RINGING, raised_at=T0)


def alarm(number: int, kind: Kind = Kind.POWER_LOSS, **changes: Any) -> Alarm:
    return msgspec.structs.replace(
        BASE, id=number, kind=kind, equipment=f"F{number}", facility=f"C{number}", **changes
    )  # fmt: skip


def part(each: Alarm, person: int, channel: str = "sms", feeder: str = "north") -> Part:
    step = Step(1, 0, person, f"P{person}", "zh", channel, f"+86{person}", 1)
    return Part(each, each.id * 10, cause_of(each, None, feeder), step)


def test_twelve_clinics_on_one_feeder_are_one_message_for_each_person():
    manager = [part(alarm(n), 99) for n in range(1, 13)]
    nurses = [part(alarm(n), n) for n in range(1, 13)]
    found = folds([*manager, *nurses])
    assert sorted(len(fold) for fold in found) == [1] * 12 + [12]
    assert len({each.alarm.facility for fold in found if len(fold) == 12 for each in fold}) == 12


def test_a_refrigerator_past_its_limit_leaves_the_fold_and_waits_for_nobody():
    cold, hot = alarm(1), alarm(1, Kind.HEAT)
    assert [len(fold) for fold in folds([part(cold, 99), part(alarm(2), 99), part(hot, 99)])] == [2, 1]
    assert hold_ms(hot, cause_of(hot, None, "north")) == 0
    assert hold_ms(cold, cause_of(cold, None, "north")) == GATHER_MS


@pytest.mark.parametrize("changes", [{"severity": Severity.CRITICAL}, {"is_drill": True}])
def test_what_is_critical_and_what_is_a_drill_waits_for_nobody(changes: dict[str, Any]):
    loud = alarm(1, **changes)
    assert hold_ms(loud, cause_of(loud, None, "north")) == 0


def test_other_feeders_ways_and_drills_are_told_apart():
    apart = [
        part(alarm(1), 9),
        part(alarm(2), 9, feeder="south"),
        part(alarm(3), 9, "voice"),
        part(alarm(4, is_drill=True), 9),
    ]
    assert len(folds(apart)) == 4


def test_without_a_feeder_the_mains_of_a_facility_are_the_cause():
    assert cause_of(alarm(1), None, "").key == "mains:C1"


def silence(subject: str, **detail: Any) -> Observation:
    return Observation(
        id=1, kind=Kind.SILENCE, subject=subject, severity=Severity.WARNING, start=T0, seen_at=T0, detail=detail
    )  # fmt: skip


@pytest.mark.parametrize(("subject", "key"), [("*", "silence:*"), ("gw-1", "silence:gw-1"), ("gw-1/d", "silence:gw-1")])
def test_what_is_silent_behind_one_gateway_has_one_cause(subject: str, key: str):
    assert cause_of(alarm(1, Kind.SILENCE), silence(subject), "").key == key


def test_an_outage_of_our_own_is_one_cause_of_each_facility_s_silence():
    causes = {cause_of(alarm(n, Kind.SILENCE), silence(f"gw-{n}", root="*"), "") for n in range(1, 300)}
    assert {(cause.key, cause.is_shared) for cause in causes} == {("silence:*", True)}


def test_a_gateway_that_said_that_its_mains_were_lost_is_silent_for_that_reason():
    dark = silence("gw-1", root="*", mains="lost")
    assert cause_of(alarm(1, Kind.SILENCE), dark, "north").key == "feeder:north"
    assert cause_of(alarm(1, Kind.SILENCE), dark, "").key == "mains:C1"


def test_what_was_out_of_its_band_when_it_was_last_heard_leaves_the_fold_of_the_outage():
    out = alarm(1, Kind.SILENCE, severity=Severity.CRITICAL)
    cause = cause_of(out, silence("gw-1", root="*"), "north")
    assert (cause.key, hold_ms(out, cause)) == ("silence:gw-1", 0)


def test_nothing_of_temperature_nothing_critical_and_nothing_that_flaps_may_wait():
    assert may_wait(alarm(1, waits_at_night=True))
    assert not may_wait(alarm(1))
    assert not may_wait(alarm(1, Kind.HEAT, waits_at_night=True))
    assert not may_wait(alarm(1, waits_at_night=True, severity=Severity.CRITICAL))
    assert not may_wait(alarm(1, waits_at_night=True, score=FLAPPING))


def test_the_loudest_part_leads():
    loud = part(alarm(7, severity=Severity.CRITICAL), 9)
    [fold] = folds([part(alarm(1), 9), loud])
    assert fold[0] is loud


def row(transition: int) -> NewNotice:
    return NewNotice(
        transition=transition, alarm=transition, person="9", channel="sms", step=1, text_zh="停电", text_en="mains", created_at=T0
    )  # fmt: skip


def test_of_rows_that_are_one_message_the_first_is_told_with_words_for_all():
    lead, along = as_one([row(1), row(2)], Text("两处停电", "two"), {"place": "2处单位"})
    assert (lead.state, lead.text_zh, lead.text_en, lead.short) == (WAITING, "两处停电", "two", {"place": "2处单位"})
    assert (along.state, along.text_zh) == (FOLDED, "停电")
    assert len(lead.fold) == 32
    assert lead.fold == along.fold


def test_the_same_rows_made_again_are_the_same_message_and_others_are_another():
    folds_ = [as_one(rows, Text("", ""), {})[0].fold for rows in ([row(1), row(2)], [row(1), row(2)], [row(1), row(3)])]
    assert folds_[0] == folds_[1] != folds_[2]


def test_what_may_wait_for_the_morning_leads_nothing_that_may_not():
    [fold] = folds([part(alarm(1, waits_at_night=True), 9), part(alarm(2), 9)])
    assert [each.alarm.id for each in fold] == [2, 1]


def test_what_keeps_coming_back_is_called_as_critical():
    assert loudness(alarm(1, score=FLAPPING - 1)) is Severity.WARNING
    assert loudness(alarm(1, score=FLAPPING)) is Severity.CRITICAL
