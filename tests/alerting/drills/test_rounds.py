"""A drill through the real chain: asked for, rung, told, answered; or which link of it is broken."""

import pytest

from alerting.drills import rounds
from alerting.drills.plan import Budget
from coldchain.archive import alarms, chains, drills
from coldchain.archive.arrows import Arrow
from coldchain.archive.drills import Drill
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState, Kind, Severity
from coldchain.providers.outcome import Answer, Verdict
from tests.alerting.cast import MINUTE, Clinic
from tests.alerting.drills.cast import PLACE, Drilled, alarm, faults, notices
from tests.alerting.ways import Ladder, level, person

both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
REFUSED = Answer(Verdict.REFUSED, "isv.MOBILE_NUMBER_ILLEGAL", "no such number")


def states(drill: Drill) -> tuple[str, str]:
    return drill.state.value, drill.link


@both
async def test_a_drill_is_verified_when_all_of_the_first_level_were_told_and_one_answered(clinic: Clinic):
    own = Drilled(clinic)
    await own.ask()
    await own.go()
    assert states(await own.drill()) == ("running", "")
    assert {m.address for m in (*own.voice.messages, *own.sms.messages)} == {"+861", "+862"}
    await own.answer(1)
    await own.go(1)
    done = await own.drill()
    assert (states(done), done.ways, done.people) == (("verified", ""), ["sms", "voice"], [1, 2])
    rung = await alarm(own.archive, 1)
    assert (rung.state, rung.kind, rung.is_drill, rung.facility) == (AlarmState.ENDED, Kind.DRILL, True, PLACE)
    async with own.archive.reading() as tx:
        assert await chains.unseen(tx) == []


async def test_every_text_of_a_drill_begins_with_the_word(clinic: Clinic):
    own = Drilled(clinic)
    await own.ask()
    await own.go()
    await own.answer(1, "going")
    await own.go(1)
    its = await notices(own.archive, 1)
    assert {each.kind for each in its} == {"drill"}
    assert {(each.text_zh[:2], each.text_en[:5]) for each in its} == {("演练", "DRILL")}
    assert own.sms.messages[0].kind == "drill"


async def test_a_drill_that_nobody_answers_is_a_fault_by_itself_until_another_shows_the_path_whole(clinic: Clinic):
    own = Drilled(clinic)
    await own.ask()
    await own.go()
    await own.go(15)
    assert states(await own.drill()) == ("failed", "answer")
    [fault] = await faults(own.archive)
    assert (fault.severity, fault.detail["link"], fault.detail["facility"]) == (Severity.WARNING, "answer", PLACE)
    told = await alarm(own.archive, 2)
    assert (told.kind, told.is_drill, told.facility) == (Kind.DRILL_FAILED, False, PLACE)
    assert "无人应答" in (await notices(own.archive, 2))[0].text_zh
    await own.ask()
    await own.go(40)
    await own.answer(3)
    await own.go(1)
    assert states(await own.drill(2)) == ("verified", "")
    assert await faults(own.archive) == []


async def test_a_drill_names_whom_it_could_not_reach_and_what_the_provider_said(clinic: Clinic):
    own = Drilled(clinic, Ladder(level(1, 0, person(1, "voice"), person(2, "sms"))))
    own.sms.answers = [REFUSED]
    await own.ask()
    await own.go()
    await own.answer(1)
    await own.go(15)
    done = await own.drill()
    assert states(done) == ("failed", "way")
    assert done.words == "2: sms refused isv.MOBILE_NUMBER_ILLEGAL no such number"


async def test_whoever_has_none_of_the_ways_that_are_open_is_a_broken_link(clinic: Clinic):
    own = Drilled(clinic, Ladder(level(1, 0, person(1, "sms"), person(2, "page"))))
    await own.ask()
    await own.go()
    await own.answer(1)
    await own.go(15)
    assert (await own.drill()).words == "2: has none of the ways that are open here"


async def test_a_page_alone_verifies_only_where_there_is_no_other_way_and_says_so(clinic: Clinic):
    own = Drilled(clinic, is_without_ways=True)
    await own.ask()
    await own.go()
    assert states(await own.drill()) == ("running", "")
    await own.answer(1)
    await own.go(1)
    done = await own.drill()
    assert (states(done), done.ways) == (("verified", ""), ["console", "page"])


async def test_where_nobody_is_named_the_drill_fails_at_once_and_the_next_does_not_tell_it_twice(clinic: Clinic):
    own = Drilled(clinic, Ladder())
    own.exercise.levels.levels = [level(1, 0)]  # type: ignore[attr-defined] # as `who` says that there is a gap
    for number in (1, 2):
        await own.ask()
        await own.go()
        assert states(await own.drill(number)) == ("failed", "people")
    assert len(await faults(own.archive)) == 1


@both
async def test_a_real_alarm_of_the_facility_withdraws_the_drill(clinic: Clinic):
    own = Drilled(clinic)
    await own.ask()
    await own.go()
    told = len(own.sms.messages)
    await own.warm()
    await own.go()
    assert states(await own.drill()) == ("withdrawn", "real_alarm")
    assert (await alarm(own.archive, 1)).state is AlarmState.ENDED
    assert {m.kind for m in own.sms.messages[told:]} <= {"alarm", "drill"}
    assert "alarm" in {m.kind for m in own.sms.messages}
    assert await faults(own.archive) == []


async def test_no_drill_begins_while_a_real_alarm_needs_the_same_people(clinic: Clinic):
    own = Drilled(clinic)
    await own.go()
    await own.warm()
    await own.ask()
    await own.go()
    assert states(await own.drill()) == ("refused", "real_alarm")


@pytest.mark.parametrize(("budget", "link"), [(Budget(1, 10**6), "times"), (Budget(9, 8), "money")])
async def test_what_a_month_has_is_spent_once(clinic: Clinic, budget: Budget, link: str):
    own = Drilled(clinic, budget=budget)
    own.sms.answers = [Answer(Verdict.ACCEPTED, cost_fen=8)]
    await own.ask()
    await own.go()
    await own.answer(1)
    await own.go(1)
    await own.ask()
    await own.go(31)
    second = await own.drill(2)
    assert states(second) == ("refused", link)
    assert second.words.endswith("are allowed" if link == "times" else "fen this month, 8 are allowed")
    clinic.now = own.heard_until = clinic.now + 31 * 24 * 60 * MINUTE
    await own.go()
    await own.ask()
    await own.go()
    assert states(await own.drill(3)) == ("running", "")


async def test_two_at_once_at_one_facility_and_one_at_a_place_that_is_none_are_refused(clinic: Clinic):
    own = Drilled(clinic)
    await own.ask()
    with pytest.raises(BadInput, match="a drill goes on"):
        await own.ask()
    with pytest.raises(BadInput, match="X is unknown"):
        await own.ask("X")


async def test_two_processes_begin_a_drill_once(clinic: Clinic):
    own, other = Drilled(clinic), Drilled(clinic)
    await own.ask()
    seen = await own.drill()
    await own.go()
    async with clinic.archive.writing() as tx:
        assert not await drills.move(tx, seen, seen.state.FAILED, clinic.now)
    await other.go()
    assert len(own.sms.messages) + len(other.sms.messages) == 1


async def test_a_drill_of_which_no_alarm_came_says_that_nobody_judges(clinic: Clinic):
    own = Drilled(clinic)
    await own.ask()
    await rounds.look(own.archive, own.exercise, clinic.now)
    await rounds.look(own.archive, own.exercise, clinic.now + 15 * MINUTE)
    assert states(await own.drill()) == ("failed", "alarm")
    await own.go(16)
    assert {m.kind for m in (*own.sms.messages, *own.voice.messages)} == {"alarm"}  # of the fault, none of the drill


async def test_a_warning_that_stood_before_holds_no_drill_up_and_one_that_comes_does(clinic: Clinic):
    own = Drilled(clinic)
    await own.notice_door()
    await own.ask()
    await own.go(1)
    assert states(await own.drill()) == ("running", "")
    async with own.archive.writing() as tx:
        await alarms.change(tx, await alarms.alarm(tx, 1), Arrow(AlarmState.RINGING, "worsened", clinic.now))
    await own.go()
    assert states(await own.drill()) == ("withdrawn", "real_alarm")
