"""Somebody is told, and it can be shown: a night, a feeder, and a death at every named point, with real processes and real HTTP.

The providers' fakes check signatures and keep what they took; what the archive says of each alarm is held against that.
"""

import re
from collections import Counter
from pathlib import Path

import pytest

import alerting
from alerting.folding import GATHER_MS
from coldchain.archive import chains
from coldchain.archive.telling import replying, taking
from coldchain.archive.telling.notices import PENDING
from coldchain.archive.telling.taking import Closing
from coldchain.excursion import AlarmState, Kind
from coldchain.providers.aliyun import reports
from tests.alerting.numbers import cast as questions
from tests.journeys.county import MINUTE, STORE, Clinic, Person, at_hour, county, step, trace_of

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]

CLINIC = Clinic(1)
PROBE, MAINS = CLINIC.channel("temperature"), CLINIC.channel("power")
NURSE = Person("李护士", "keeper", "13800000001", CLINIC.code)
DEPUTY = Person("王大夫", "deputy", "13800000002", CLINIC.code)
HEAD = Person("陈院长", "head", "13800000003", CLINIC.code)
MANAGER = Person("赵科长", "county_manager", "13800000004", STORE)
RANG_OUT = "200003"
FAILED_FOR = 15  # minutes that the refrigerator has been warm when alerting hears of it


async def hot(running, clinic=CLINIC, minutes=FAILED_FOR):
    """A refrigerator that was good and has been at 16 °C for so long."""
    start = running.now - (minutes + 5) * MINUTE
    await running.say(
        trace_of(clinic.channel("temperature"), [5.0] * 5 + [16.0] * minutes, start),
        trace_of(clinic.channel("power"), [1.0] * (minutes + 5), start),
    )


async def the_alarm(running, kind=Kind.HEAT):
    """The one alarm of this kind."""
    await running.until(lambda: _of(running, kind), f"an alarm of {kind}")
    [alarm] = await _of(running, kind)
    return alarm


async def _of(running, kind):
    return [alarm for alarm in await running.alarms() if alarm.kind == kind]


async def was_reached(running, number, times=1, by="aliyun"):
    """Wait until a provider has taken so many messages to a number."""

    async def is_so():
        return sum(each.number.endswith(number) for each in getattr(running, by).taken) >= times

    await running.until(is_so, f"{number} by {by}, {times} times")


async def arrow(running, alarm, why):
    """Wait until the alarm has gone along this arrow."""

    async def is_so():
        return why in await running.whys(alarm)

    await running.until(is_so, why)


async def climbs_on(running, alarm):
    """Wait until one more level is called than now."""
    before = (await _row(running, alarm)).level

    async def is_so():
        return (await _row(running, alarm)).level > before

    await running.until(is_so, f"a level after {before}")


async def _row(running, number):
    return next(alarm for alarm in await running.alarms() if alarm.id == number)


async def is_complete(running):
    """Nothing waits; what providers took is what the archive says was told; nothing stands there without its link."""
    sent = {each.out_id for each in (*running.aliyun.taken, *running.tencent.taken)}
    told = set()
    for alarm in await running.alarms():
        for message in (await running.story(alarm.id)).messages:
            assert message.notice.state not in PENDING
            assert len(message.attempts) >= message.notice.tries
            assert message.notice.state != "told" or message.attempts or message.notice.fold
            told |= {f"n{message.notice.id}"} if message.attempts and message.notice.state == "told" else set()
    assert sent <= told
    async with running.archive.reading() as tx:
        assert await chains.unseen(tx) == []


# -- a night ---------------------------------------------------------------------------------------------------------------

NIGHT = [step(0, "keeper", "voice"), step(3, "deputy", "sms"), step(6, "head", "voice sms"), step(11, "desk", "sms")]


async def test_a_refrigerator_fails_at_night_and_the_ladder_goes_on_until_somebody_is_there(tmp_path, mosquitto):
    people = [NURSE, DEPUTY, HEAD, MANAGER]
    async with county(tmp_path, mosquitto, [CLINIC], people, NIGHT, start=at_hour(3, 10)) as running:
        running.aliyun.blacklist.add(DEPUTY.number)
        running.start("dashboards")
        await running.until(running.hears, "dashboards")
        await hot(running)
        running.start("alerting")
        says = {PROBE: 16.0, MAINS: 1.0}
        async with running.saying(says):
            number, code = await _nobody_goes(running)
            await _somebody_goes_and_does_not_arrive(running, number, code)
            says[PROBE] = 5.0
            await arrow(running, number, "ended")
        await running.until(running.is_quiet, "nothing waits")
        async with running.archive.writing() as tx:
            await taking.close(tx, Closing(number, "压缩机故障", "转移至备用冰箱", HEAD.name, running.now))
        await _the_story_is_all_there(running, number)


async def _nobody_goes(running):
    """The call rings out; a text is refused, the next way takes it; who has seen it stops nothing."""
    alarm = await the_alarm(running)
    await was_reached(running, NURSE.number)
    call = running.aliyun.last(NURSE.number)
    await running.push(running.aliyun, "aliyun_voice", running.aliyun.voice_report(call, RANG_OUT))
    await was_reached(running, DEPUTY.number, by="tencent")
    assert "isv.BLACK_KEY_CONTROL_LIMIT" in running.aliyun.refused
    await running.push(running.tencent, "tencent_sms", running.tencent.writes(DEPUTY.number, f"{alarm.code} 2"))
    await arrow(running, alarm.id, "seen")
    await climbs_on(running, alarm.id)
    await was_reached(running, HEAD.number)
    return alarm.id, alarm.code


async def _somebody_goes_and_does_not_arrive(running, number, code):
    """While the head of the clinic is awaited nobody is called; then everybody is, and the county's desk."""
    going = running.aliyun.sms_up(HEAD.number, f"{code} 1 8")
    await running.push(running.aliyun, "aliyun_sms", going)
    await arrow(running, number, "taken")
    [alarm] = await _of(running, Kind.HEAT)
    assert (alarm.state, alarm.taken_by, alarm.eta_at - alarm.taken_at) == ("taken", HEAD.name, 8 * MINUTE)
    await arrow(running, number, "lapsed")
    await was_reached(running, MANAGER.number)
    awaited = [m.notice for m in (await running.story(number)).messages if m.notice.level]
    assert not [each.id for each in awaited if alarm.taken_at < each.created_at < alarm.eta_at]
    await was_reached(running, NURSE.number, times=2)


async def _the_story_is_all_there(running, number):
    assert await running.whys(number) == ["raised", "seen", "taken", "lapsed", "ended", "closed"]
    found = await running.story(number)
    first: dict[tuple[str, str], tuple[str, str, int]] = {}
    for message in found.messages:
        if message.notice.level:
            who = (found.names[message.notice.person], message.notice.channel)
            first.setdefault(who, (message.notice.state, message.notice.receipt_state, len(message.attempts)))
    assert first[NURSE.name, "aliyun_voice"] == ("told", "rang_out", 1)
    assert first[DEPUTY.name, "aliyun_sms"] == ("refused", "", 1)
    assert first[DEPUTY.name, "tencent_sms"] == ("told", "", 1)
    assert {HEAD.name, MANAGER.name} <= {name for name, _ in first}
    assert [(each.person, each.outcome) for each in found.replies] == [(DEPUTY.name, "seen"), (HEAD.name, "going")]
    [alarm] = await _of(running, Kind.HEAT)
    assert (alarm.state, alarm.cause, alarm.closed_by) == (AlarmState.CLOSED, "压缩机故障", HEAD.name)
    await is_complete(running)


# -- deaths ----------------------------------------------------------------------------------------------------------------

# Where alerting dies, at the how-manieth passage: the console and the pages pass the points too, after those who are called.
POINTS = {
    "alerting.before_commit": 1,
    "alerting.after_commit": 1,
    "ladder.before_commit": 1,
    "notify.before_expand_commit": 1,
    "notify.after_claim": 1,
    "notify.after_deliver": 6,
    "notify.before_settle_commit": 2,
}
AFTER_SENDING = {"notify.after_deliver", "notify.before_settle_commit"}
BESIDE_SENDING = {"notify.before_expand_commit"}  # what is told besides is made ready while the first calls leave
TRIED = {"notify.after_claim", *AFTER_SENDING}  # here a try was written down, and whoever knew its answer died
# How often one message may have gone out: a text's provider is asked what became of it, a call's cannot be.
MOST = {"SendSms": 1, "IvrCall": 2}
ALL_AT_ONCE = [step(0, "keeper deputy", "sms"), step(1, "head", "voice"), step(600, "desk", "sms")]


def test_no_named_point_is_left_out():
    sources = Path(alerting.__file__).parent.rglob("*.py")
    named = {name for path in sources for name in re.findall(r'crash\.point\("([^"]+)"\)', path.read_text("utf-8"))}
    assert named == {*POINTS, *questions.POINTS}  # those of questions are died at in their own room


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_every_point_of_telling_everybody_is_told_and_no_more_than_once_too_often(
    point, tmp_path, mosquitto
):
    people = [NURSE, DEPUTY, HEAD, MANAGER]
    async with county(tmp_path, mosquitto, [CLINIC], people, ALL_AT_ONCE, start=at_hour(3), speed=60) as running:
        await hot(running)
        async with running.saying({PROBE: 16.0, MAINS: 1.0}):
            running.start("alerting", crash_at=f"{point}:{POINTS[point]}")
            assert await running.died("alerting") == -9
            assert point in BESIDE_SENDING or bool(running.aliyun.taken) == (point in AFTER_SENDING)
            running.start("alerting")
            alarm = await the_alarm(running)
            for person in (NURSE, DEPUTY, HEAD):
                await was_reached(running, person.number)
            await running.until(running.is_quiet, "nothing waits")
        assert await running.whys(alarm.id) == ["raised"]
        sent = Counter((each.action, each.out_id) for each in running.aliyun.taken)
        assert {each: times for each, times in sent.items() if times > MOST[each[0]]} == {}
        messages = (await running.story(alarm.id)).messages
        assert point not in TRIED or any(a.verdict == "unknown" for m in messages for a in m.attempts)
        assert {NURSE.number, DEPUTY.number, HEAD.number} <= {m.notice.sent_to.removeprefix("+86") for m in messages}
        await is_complete(running)


# -- a feeder --------------------------------------------------------------------------------------------------------------

CLINICS = [Clinic(n, feeder="10kV柳溪线") for n in range(1, 13)]
KEEPERS = {each: Person(f"护士{each.n}", "keeper", f"139000000{each.n:02d}", each.code) for each in CLINICS}
ASKED, COUNTY_GOES, WARM = CLINICS[2], CLINICS[4], CLINICS[6]
FEEDER = [
    step(0, "keeper desk", "sms", severity="warning"),
    step(2, "keeper desk", "voice", severity="warning"),
    step(0, "keeper desk", "sms"),
    step(60, "keeper desk", "voice"),
]
LOST_FOR_S = 30  # seconds, and four minutes
SPREAD_S = 1  # seconds between one clinic's loss and the next one's: their gateways do not look at the same instant


async def test_a_feeder_with_twelve_clinics_is_one_message_for_each_person_and_one_taking_for_each_facility(
    tmp_path, mosquitto
):
    people = [*KEEPERS.values(), MANAGER]
    async with county(tmp_path, mosquitto, CLINICS, people, FEEDER, start=at_hour(14), speed=8) as running:
        await _lose_power(running)
        running.start("alerting")
        async with running.saying({each.channel("power"): 0.0 for each in CLINICS}):
            await _everybody_has_one_message(running)
            await _two_are_taken(running)
            await _one_is_too_warm(running)
            await _who_did_not_answer_is_called(running)
        await running.until(running.is_quiet, "nothing waits")
        await is_complete(running)


async def _lose_power(running):
    """The mains of all went some minutes ago; what the warm one's probe says is still on its way."""
    start = running.now - 20 * MINUTE - LOST_FOR_S * 1000
    for each in CLINICS:
        power = trace_of(each.channel("power"), [1.0] * 16 + [0.0] * 4, start + each.n * SPREAD_S * 1000)
        heard = 8 if each == WARM else 20
        await running.say(power, trace_of(each.channel("temperature"), [5.0] * heard, start))


async def _everybody_has_one_message(running):
    for keeper in KEEPERS.values():
        await was_reached(running, keeper.number)
    await was_reached(running, MANAGER.number)
    lost = await _of(running, Kind.POWER_LOSS)
    assert {alarm.facility for alarm in lost} == {each.code for each in CLINICS}
    assert len(lost) == len(CLINICS)
    assert Counter(each.number for each in running.aliyun.taken) == {
        person.number: 1 for person in (*KEEPERS.values(), MANAGER)
    }
    await running.until(running.is_quiet, "the fold is settled")
    stories = [await running.story(alarm.id) for alarm in lost]
    theirs = [m.notice for each in stories for m in each.messages if each.names.get(m.notice.person) == MANAGER.name]
    assert len({notice.fold for notice in theirs if notice.level}) == 1


async def _two_are_taken(running):
    """A keeper answers for her clinic, the county's manager for the one that he names: each is that facility's alone."""
    lost = {alarm.facility: alarm for alarm in await _of(running, Kind.POWER_LOSS)}
    await _writes(running, KEEPERS[ASKED].number, "1 60", 1)
    await _writes(running, MANAGER.number, f"{lost[COUNTY_GOES.code].code} 1 60", 2)
    going = {alarm.facility: alarm.taken_by for alarm in await _of(running, Kind.POWER_LOSS) if alarm.state == "taken"}
    assert going == {ASKED.code: KEEPERS[ASKED].name, COUNTY_GOES.code: MANAGER.name}


async def _writes(running, number, text, sequence):
    [reply] = reports.sms_replies_of(running.aliyun.sms_up(number, text, sequence), running.now)
    async with running.archive.writing() as tx:
        assert (await replying.answer(tx, reply, running.now)).is_taken


async def _one_is_too_warm(running):
    """It leaves the fold: an alarm and a message of its own, at once, whatever else is being told."""
    await running.say(trace_of(WARM.channel("temperature"), [16.0] * 12, running.now - 12 * MINUTE))
    warm = await the_alarm(running)
    for person in (KEEPERS[WARM], MANAGER):
        await was_reached(running, person.number, times=2)
    called = [m.notice for m in (await running.story(warm.id)).messages if m.notice.level]
    assert [each.fold for each in called] == ["", ""]
    assert all(each.created_at - warm.raised_at < GATHER_MS for each in called)
    assert (warm.equipment, warm.facility) == (WARM.fridge, WARM.code)


async def _who_did_not_answer_is_called(running):
    """The ladder of each facility goes on by itself: those where somebody is on the way are left out of it."""
    silent = [each for each in CLINICS if each not in {ASKED, COUNTY_GOES}]
    for each in silent:
        await _rings(running, KEEPERS[each].number)
    await _rings(running, MANAGER.number)
    calls = Counter(each.number for each in running.aliyun.taken if each.action == "IvrCall")
    assert calls == {person.number: 1 for person in (*(KEEPERS[each] for each in silent), MANAGER)}


async def _rings(running, number):
    async def is_so():
        return any(each.number == number and each.action == "IvrCall" for each in running.aliyun.taken)

    await running.until(is_so, f"a call to {number}")
