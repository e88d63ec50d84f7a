"""How far a ladder is climbed and who is called by which way: pure, each by its smallest example."""

from dataclasses import replace

import msgspec
import pytest

from alerting.ladder.rungs import MINUTE, TOLD_LATELY_MS, climbed, next_change
from alerting.ladder.steps import LOOK_AGAIN_MS, Ways, due
from coldchain.archive.alarms import Alarm
from coldchain.archive.telling.climbing import Ringing, Rungs
from coldchain.archive.telling.notices import Notice
from coldchain.excursion import AlarmState, Kind, Severity
from tests.alerting.cast import T0
from tests.alerting.ways import level, person

ALARM = Alarm(id=1, kind=Kind.HEAT, severity=Severity.CRITICAL, state=AlarmState.RINGING, raised_at=T0)
RAISED = Ringing(ALARM, transition=1, why="raised", since=T0)
ADA, BEA, CAI = person(1, "voice", "sms"), person(2, "sms"), person(3, "voice")
LEVELS = [level(1, 0, ADA, repeat_min=5), level(2, 10, BEA), level(3, 20, CAI, repeat_min=15)]
WAYS = Ways(["voice", "sms"])


def on(rungs: Rungs, why: str = "raised", transition: int = 1, **changes: object) -> Ringing:
    """The alarm as the ladder left it, ringing by that transition."""
    alarm = msgspec.structs.replace(ALARM, rungs=list(rungs), rings=1, **changes)
    return Ringing(alarm, transition, why, T0)


def rungs(ringing: Ringing, at: int) -> Rungs:
    return climbed(ringing, LEVELS, at).rungs


@pytest.mark.parametrize(("minutes", "reached"), [(0, 1), (9, 1), (10, 2), (19, 2), (20, 3), (500, 3)])
def test_a_level_begins_when_its_minutes_are_over_and_none_is_left_out(minutes: int, reached: int):
    assert len(rungs(RAISED, T0 + minutes * MINUTE)) == reached


def test_a_first_level_that_waits_is_not_begun_before():
    later = [level(1, 5, ADA)]
    assert climbed(RAISED, later, T0 + 5 * MINUTE - 1).rungs == ()
    assert climbed(RAISED, later, T0 + 5 * MINUTE).rungs == ((0, T0 + 5 * MINUTE),)


def test_each_level_is_said_again_by_its_own_minutes():
    began = ((0, T0), (0, T0 + 10 * MINUTE), (0, T0 + 20 * MINUTE))
    at = T0 + 34 * MINUTE
    assert rungs(on(began), at) == ((1, at), began[1], began[2])
    at = T0 + 35 * MINUTE
    assert rungs(on(((6, at - MINUTE), *began[1:])), at)[2] == (1, at)


def test_however_long_nobody_looked_it_is_said_again_once():
    at = T0 + 300 * MINUTE
    assert rungs(on(((0, T0),)), at) == ((1, at), (0, at), (0, at))


def test_a_clock_that_goes_forth_and_back_tells_nobody_twice_and_lets_nobody_wait_for_the_future():
    forth = T0 + 180 * MINUTE
    ahead = rungs(RAISED, forth)
    assert [turn for turn, _ in ahead] == [0, 0, 0]
    back = T0 + MINUTE
    again = rungs(on(ahead), back)
    assert again == ((0, back), (0, back), (0, back))
    assert next_change(on(again), again, LEVELS, back) == back + 5 * MINUTE


def test_a_transition_of_the_future_is_rung_for_now():
    assert rungs(replace(RAISED, since=T0 + 60 * MINUTE), T0) == ((0, T0),)


def test_who_is_on_the_way_is_waited_for_until_they_said_they_would_be_there():
    gone = on(((0, T0),), state=AlarmState.TAKEN, taken_at=T0, eta_at=T0 + 30 * MINUTE)
    waiting = climbed(gone, LEVELS, T0 + 29 * MINUTE)
    assert (waiting.is_paused, waiting.rungs) == (True, ((0, T0),))
    assert not climbed(gone, LEVELS, T0 + 30 * MINUTE).is_paused


def test_after_the_clock_went_back_they_have_as_long_as_they_said_and_no_longer():
    gone = on(((0, T0),), state=AlarmState.TAKEN, taken_at=T0, eta_at=T0 + 30 * MINUTE)
    assert climbed(gone, LEVELS, T0 - 60 * MINUTE).eta_at == T0 - 30 * MINUTE


def test_who_has_seen_it_stops_nothing():
    assert len(rungs(on(((0, T0),), state=AlarmState.SEEN), T0 + 20 * MINUTE)) == 3


def test_when_it_worsens_all_who_were_called_are_called_again():
    at = T0 + 12 * MINUTE
    began = ((0, T0), (0, T0 + 10 * MINUTE))
    assert rungs(on(began, "worsened", 2), at) == ((1, at), (1, at))


def test_when_nobody_came_all_are_called_again_and_the_next_level_at_once():
    at = T0 + 40 * MINUTE
    assert rungs(on(((0, T0),), "lapsed", 2), at) == ((1, at), (0, at))


def test_what_comes_again_soon_goes_on_where_it_was():
    at = T0 + TOLD_LATELY_MS - 1
    assert rungs(on(((0, at - MINUTE),), "reopened", 2), at) == ((0, at - MINUTE),)
    at = T0 + TOLD_LATELY_MS
    assert rungs(on(((0, T0),), "reopened", 2), at)[0] == (1, at)


def test_what_is_over_climbs_no_further():
    assert rungs(on(((0, T0),), state=AlarmState.ENDED), T0 + 60 * MINUTE) == ((0, T0),)


def test_a_shared_cause_gathers_its_parts_before_anybody_is_called():
    assert climbed(RAISED, LEVELS, T0 + 19_999, 20_000).rungs == ()
    assert len(climbed(RAISED, LEVELS, T0 + 20_000, 20_000).rungs) == 1


def told(channel: str, address: str, state: str = "told", **changes: object) -> Notice:
    base = Notice(
        id=1, transition=1, alarm=1, person="1", channel=channel, step=1, text_zh="", text_en="", created_at=T0, state=state,
        claim=None, claimed_until=None, told_at=T0 if state == "told" else None, answer="", level=1, sent_to=address,
    )  # fmt: skip
    return msgspec.structs.replace(base, **changes)


def calls(*so_far: Notice, at: int = T0, ways: Ways = WAYS, loud: bool = True) -> list[tuple[str, str]]:
    found = due(((0, T0),), LEVELS, so_far, ways, at, is_loud=loud)
    return [(step.channel, step.address) for step in found.steps]


VOICE, SMS = ("voice", "+861"), ("sms", "+861")


def test_a_person_is_called_by_the_first_of_their_ways():
    assert calls() == [VOICE]


@pytest.mark.parametrize("state", ["refused", "broken", "unknown", "dropped"])
def test_when_a_way_fails_the_next_follows_at_once(state: str):
    assert calls(told(*VOICE, state)) == [SMS]


@pytest.mark.parametrize("receipt", ["failed", "rang_out"])
def test_when_nobody_answered_the_next_way_follows_at_once(receipt: str):
    assert calls(told(*VOICE, receipt_state=receipt)) == [SMS]


@pytest.mark.parametrize("state", ["told", "waiting", "claimed", "folded"])
def test_without_a_receipt_the_next_way_follows_after_the_policys_minutes(state: str):
    assert calls(told(*VOICE, state), at=T0 + 2 * MINUTE - 1) == []
    assert calls(told(*VOICE, state), at=T0 + 2 * MINUTE) == [SMS]
    found = due(((0, T0),), LEVELS, [told(*VOICE, state)], WAYS, T0, is_loud=True)
    assert found.next_at == T0 + 2 * MINUTE


def test_who_was_reached_is_not_looked_for_elsewhere_but_the_next_level_begins_all_the_same():
    assert calls(told(*VOICE, receipt_state="answered"), at=T0 + 60 * MINUTE) == []
    reached = told(*VOICE, receipt_state="answered")
    both = due(((0, T0), (0, T0)), LEVELS, [reached], WAYS, T0, is_loud=True)
    assert [step.person for step in both.steps] == [2]


def test_when_all_ways_failed_nothing_is_left_until_it_is_said_again():
    failed = [told(*VOICE, "refused"), told(*SMS, "refused", step=2)]
    assert calls(*failed) == []
    again = due(((1, T0),), LEVELS, failed, WAYS, T0, is_loud=True)
    assert [(step.channel, step.turn, step.step) for step in again.steps] == [("voice", 1, 3)]


def test_a_group_is_told_but_counts_for_nobody():
    grouped = replace(WAYS, of_groups=frozenset({"voice"}))
    assert calls(told(*VOICE), ways=grouped) == [SMS]


def test_what_is_broken_for_everybody_is_tried_last():
    assert calls(ways=replace(WAYS, out=frozenset({"voice"}))) == [SMS]


def test_a_means_is_carried_by_each_of_its_channels_in_turn():
    carried = Ways(["aliyun_voice", "tencent_voice", "aliyun_sms"])
    assert calls(ways=carried) == [("aliyun_voice", "+861")]
    assert calls(told("aliyun_voice", "+861", "broken"), ways=carried) == [("tencent_voice", "+861")]


def test_quiet_hours_hold_what_may_wait_and_nothing_else():
    sleepy = [level(1, 0, person(1, "voice", quiet=True))]
    quiet = due(((0, T0),), sleepy, (), WAYS, T0, is_loud=False)
    assert (quiet.steps, quiet.next_at) == ([], T0 + LOOK_AGAIN_MS)
    assert len(due(((0, T0),), sleepy, (), WAYS, T0, is_loud=True).steps) == 1


def test_a_person_without_a_way_that_is_open_is_passed_over_without_holding_up_others():
    found = due(((0, T0),), [level(1, 0, person(9, "wecom"), BEA)], (), WAYS, T0, is_loud=True)
    assert [step.person for step in found.steps] == [2]
