"""What may wait is held while people sleep, told in the morning, once, and not at all if it is over by then."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from alerting.alarms import follow
from alerting.ladder import climb as ladder
from alerting.notify.expand import UNCALLED
from coldchain.archive import cases, places, views
from coldchain.archive.alarms import Alarm
from coldchain.archive.audit import By
from coldchain.archive.cases import NewObservation
from coldchain.archive.db import Tx
from coldchain.archive.duty import policies
from coldchain.archive.duty.policies import NewPolicy
from coldchain.archive.duty.policy import shipped, written
from coldchain.archive.duty.who import Level
from coldchain.excursion import Kind, Severity
from coldchain.providers.outcome import Answer, Verdict
from tests.alerting.cast import BY, MINUTE, T0, Clinic, trace_of
from tests.alerting.desks import ZONE, Desks, alarm, is_told_true, notices, ring
from tests.alerting.ways import Ladder, level, person

TWO = Ladder(level(1, 0, person(1, "sms", "voice")), level(2, 15, person(2, "sms")))


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZONE).timestamp() * 1000)


EVENING, NIGHT, MORNING = at("06-29T21:30"), at("06-29T23:10"), at("06-30T07:00")


async def see(clinic: Clinic, when: int, kind: Kind = Kind.BATTERY_LOW, **more: Any) -> int:
    clinic.now = when
    base = NewObservation(
        kind=kind, subject="gw-1/b", severity=Severity.WARNING, start=when, seen_at=when, equipment="F1",
        waits_at_night=True, detail={},
    )  # fmt: skip
    async with clinic.archive.writing() as tx:
        seen = await cases.observe(tx, msgspec.structs.replace(base, **more))
        await follow(tx, when)
    return seen.id


async def until(desk: Desks, when: int) -> None:
    await desk.tell((when - desk.clinic.now) / MINUTE)


async def test_a_note_of_the_night_is_told_in_the_morning_once_and_level_after_level(clinic: Clinic):
    desk = Desks(clinic, TWO)
    await see(clinic, NIGHT)
    await desk.tell()
    assert (await alarm(clinic)).next_at == NIGHT + ladder.LOOK_AGAIN_MS
    for hour in range(1, 8):
        await until(desk, NIGHT + hour * 60 * MINUTE)
    assert desk.called == []
    await until(desk, MORNING)
    assert desk.called == ["sms +861"]
    await desk.tell(1)
    assert desk.called == ["sms +861"]
    await desk.tell(2)
    assert desk.called == ["voice +861", "sms +861"]
    await desk.tell(11)
    assert "sms +862" not in desk.called
    await desk.tell(1)
    assert desk.called == ["voice +861", "sms +861", "sms +862"]
    assert await is_told_true(clinic.archive)


async def test_what_began_in_the_evening_goes_on_in_the_morning_where_it_was(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "sms"), repeat_min=60), level(2, 45, person(2, "sms"))))
    await see(clinic, EVENING)
    await desk.tell()
    await until(desk, NIGHT)
    assert desk.called == ["sms +861"]
    await until(desk, MORNING + 44 * MINUTE)
    assert desk.called == ["sms +861"]
    await until(desk, MORNING + 45 * MINUTE)
    assert desk.called == ["sms +861", "sms +862"]
    await until(desk, MORNING + 60 * MINUTE)
    assert desk.called == ["sms +861", "sms +862", "sms +861"]


async def test_what_the_night_overtook_is_told_by_one_way_in_the_morning(clinic: Clinic):
    desk = Desks(clinic, TWO)
    desk.sms.answers = [Answer(Verdict.LATER, retry_after_s=60)]
    await see(clinic, at("06-29T21:59:30"))
    await desk.tell()
    await desk.tell(1.5)
    await until(desk, MORNING)
    assert [m.address for m in desk.sms.messages[1:]] == ["+861"]
    assert desk.voice.messages == []
    await desk.tell(2)
    assert len(desk.voice.messages) == 1


async def test_what_is_over_by_the_morning_calls_nobody_and_the_story_says_why(clinic: Clinic):
    desk = Desks(clinic, TWO)
    number = await see(clinic, NIGHT)
    await desk.tell()
    await until(desk, NIGHT + 60 * MINUTE)
    async with clinic.archive.writing() as tx:
        await cases.end_observation(tx, number, clinic.now)
        await follow(tx, clinic.now)
    await desk.tell()
    await until(desk, MORNING)
    assert desk.called == []
    async with clinic.archive.reading() as tx:
        assert [n.answer for n in await views.notices(tx, 1) if n.state == "dropped"] == [UNCALLED]


@pytest.mark.parametrize(
    ("kind", "severity"), [(Kind.BATTERY_LOW, Severity.CRITICAL), (Kind.POWER_LOSS, Severity.WARNING)]
)
async def test_what_is_critical_or_may_not_wait_calls_at_night(clinic: Clinic, kind: Kind, severity: Severity):
    desk = Desks(clinic, TWO)
    await see(clinic, NIGHT, kind, severity=severity, waits_at_night=severity is Severity.CRITICAL)
    await desk.tell(2)
    assert desk.called == ["sms +861"]


async def test_what_can_wait_no_longer_calls_at_night_and_the_story_has_the_arrow(clinic: Clinic):
    desk = Desks(clinic, TWO)
    number = await see(clinic, NIGHT, Kind.SILENCE)
    await desk.tell(200)
    assert desk.called == []
    async with clinic.archive.writing() as tx:  # as the watch does when the holdover is used up
        await cases.make_louder(tx, number, Severity.WARNING, at=clinic.now)
        await follow(tx, clinic.now)
    await desk.tell(2)
    assert desk.called == ["sms +861"]
    await desk.tell(12)
    assert "sms +862" not in desk.called  # the night before counts for nobody's minutes
    async with clinic.archive.reading() as tx:
        assert [t.why for t in await views.transitions(tx, [1])] == ["raised", "worsened"]


async def test_what_is_held_rings_within_the_hour_where_another_policy_ends_the_night(clinic: Clinic):
    desk = Desks(clinic, TWO)
    await see(clinic, NIGHT)
    await desk.tell()
    content = {**written(shipped()), "quiet": {"from": "22:00", "until": "23:30"}}
    async with clinic.archive.writing() as tx:
        await policies.enter(tx, NewPolicy(content=content, start=clinic.now), By("a", clinic.now, "b"))
    await desk.tell(60)
    assert desk.called == ["sms +861", "sms +862"]


async def test_what_was_held_by_a_clock_that_was_days_ahead_is_told_once_that_went_back(clinic: Clinic):
    desk = Desks(clinic, TWO)
    await see(clinic, NIGHT + 3 * 24 * 60 * MINUTE)
    await desk.tell()
    assert desk.called == []
    clinic.now = MORNING + 60 * MINUTE
    await desk.tell()
    assert desk.called == ["sms +861"]
    await desk.tell(1)
    assert desk.called == ["sms +861"]


async def test_heat_calls_at_night_whatever_else_waits(clinic: Clinic):
    desk = Desks(clinic, TWO)
    await ring(clinic)
    clinic.now = NIGHT
    await desk.tell()
    assert desk.called == ["sms +861", "sms +862"]


# ── An outage of our own: each facility has its part, each person one message ──


class Everywhere:
    """The keeper of each facility, then the county's desk, who is one."""

    async def __call__(self, tx: Tx, alarms: Any, at: int) -> dict[int, list[Level]]:
        return {each.id: self.levels(each) for each in alarms}

    def levels(self, alarm: Alarm) -> list[Level]:
        assert alarm.facility is not None
        return [level(1, 0, person(int(alarm.facility[1:]), "sms")), level(2, 30, person(9999, "sms"))]


async def outage(clinic: Clinic, facilities: int) -> None:
    clinic.now = max(clinic.now, at("06-29T15:00"))
    async with clinic.archive.writing() as tx:
        for n in range(facilities):
            code = f"C{n}"
            one = places.Facility(
                code=code, region="510000000000", name_zh=f"{n}号卫生院", name_en=f"clinic {n}", short_zh=f"{n}号",
                kind=places.FacilityKind.TOWNSHIP_CLINIC,
            )  # fmt: skip
            await places.put_facilities(tx, [one], BY)
            seen = NewObservation(
                kind=Kind.SILENCE, subject=f"g{n}", severity=Severity.WARNING, start=T0, seen_at=clinic.now,
                detail={"root": "*", "mains": "unknown", "facility": code},
            )  # fmt: skip
            await cases.observe(tx, seen)
        await follow(tx, clinic.now)


@pytest.mark.parametrize("at_once", [200, 5])  # however few ladders are looked at together
async def test_an_outage_of_the_broker_is_one_message_to_each_person_and_a_part_of_each_facility(
    clinic: Clinic, at_once: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ladder, "AT_ONCE", at_once)
    facilities = 12
    desk = Desks(clinic, Everywhere())
    await outage(clinic, facilities)
    await desk.tell()
    assert desk.called == []
    await desk.tell(1.5)
    assert sorted(desk.called) == sorted(f"sms +86{n}" for n in range(facilities))
    assert [each.text for each in desk.sms.messages if "没有数据请人工测温" not in each.text] == []
    await desk.tell(30)
    assert [each.text[:9] for each in desk.sms.messages if each.address == "+869999"] == [
        f"警告 {facilities}处单位多台设备"[:9]
    ]
    async with clinic.archive.reading() as tx:
        parts = {(await views.transitions(tx, [n]))[0].alarm for n in range(1, facilities + 1)}
    assert len(parts) == facilities
    assert {n.state for n in await notices(clinic, facilities)} == {"told"}


async def test_a_refrigerator_past_its_limit_is_told_at_once_in_the_midst_of_an_outage(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "sms"))))
    clinic.now = at("06-29T15:00")
    await clinic.hear(trace_of([5.0, *[9.5] * 25], start=clinic.now - 25 * MINUTE))
    await outage(clinic, 3)
    await desk.tell()
    texts = [each.text for each in desk.sms.messages]
    assert any(each.startswith("警告 琥珀镇一号温度过高") for each in texts)
    assert not any("请人工测温" in each for each in texts)  # those wait for each other still
