"""Who was told of an excursion, in a dossier's evidence and in its appendix: whole, without numbers, and no ground to decide again."""

from typing import Any

import pytest

from coldchain.archive import alarms, cases, edge, images
from coldchain.archive.alarms import Alarm, Arrow, NewAlarm
from coldchain.archive.disposition import dossiers, gathering, told
from coldchain.archive.disposition.told import Appendix
from coldchain.archive.disposition.words import State
from coldchain.archive.edge import EdgeNotice
from coldchain.archive.telling import receipts, taking
from coldchain.archive.telling.receipts import NewReceipt, NewReply
from coldchain.archive.telling.taking import Act, Closing
from coldchain.excursion import AlarmState, CaseState, Kind, Severity
from tests.archive.disposition.cast import CLINIC, KNOWN, Ward, warm
from tests.archive.small import HOUR, PROBE, T0
from tests.archive.telling.cast import queued, sent

NUMBER = "13800138000"


async def rung(ward: Ward, case: str = "c1") -> Alarm:
    """It rings, and a text goes to the keeper."""
    async with ward.archive.writing() as tx:
        new = NewAlarm(
            excursion=case, kind=Kind.HEAT, severity=Severity.CRITICAL, state=AlarmState.RINGING, raised_at=KNOWN,
            facility=CLINIC, equipment="511900012-BX1",
        )  # fmt: skip
        alarm = await alarms.raise_alarm(tx, new, Arrow(AlarmState.RINGING, "raised", KNOWN))
    await queued(ward.archive, alarm, created_at=KNOWN)
    await sent(ward.archive, at=KNOWN, cost_fen=5, provider_code="OK")
    return alarm


async def delivered(ward: Ward) -> None:
    async with ward.archive.writing() as tx:
        said = NewReceipt(provider="sms", state="delivered", at=KNOWN + 9, message_id="m1", words="已送达")
        await receipts.keep(tx, [said], KNOWN + 9)


async def closed(ward: Ward, alarm: Alarm) -> None:
    async with ward.archive.writing() as tx:
        await alarms.change(tx, await alarms.alarm(tx, alarm.id), Arrow(AlarmState.ENDED, "ended", KNOWN + HOUR))
        await taking.close(tx, Closing(alarm.id, "停电", "转至备用冰箱", "李小琴", KNOWN + 2 * HOUR))


async def gathered(ward: Ward, number: int = 1) -> dict[str, Any]:
    async with ward.archive.reading() as tx:
        return (await gathering.gather(tx, number, ward.now)).content


async def appended(ward: Ward) -> Appendix:
    async with ward.archive.reading() as tx:
        return await told.appendix(tx, 1)


async def test_the_evidence_says_who_was_told_when_by_which_path_and_what_was_answered(ward: Ward):
    alarm = await rung(ward)
    await delivered(ward)
    async with ward.archive.writing() as tx:
        reply = NewReply(
            provider="sms", reply_id="r1", phone_number=f"+86{NUMBER}", text="1 20", at=KNOWN + 10, received_at=KNOWN + 11,
            alarm=alarm.id, person="李小琴", outcome="going",
        )  # fmt: skip
        await receipts.keep_reply(tx, reply)
        await taking.take(tx, Act(alarm.id, "going", "李小琴", KNOWN + 11, 20, way="sms"))
    await closed(ward, alarm)
    [its] = (await gathered(ward))["alarms"]
    assert (its["cause"], its["measure"], its["closed_by"], its["cost_fen"]) == ("停电", "转至备用冰箱", "李小琴", 5)
    assert [(each["why"], each["by"]) for each in its["transitions"]] == [
        ("raised", ""), ("taken", "李小琴"), ("ended", ""), ("closed", "李小琴"),
    ]  # fmt: skip
    [notice] = its["notices"]
    assert (notice["name"], notice["channel"], notice["to"], notice["told_at"]) == ("李小琴", "sms", "138••••", KNOWN)
    assert [(each["verdict"], each["provider_id"], each["provider_code"]) for each in notice["attempts"]] == [
        ("accepted", "m1", "OK")
    ]
    assert [(each["state"], each["answer"], each["at"]) for each in notice["receipts"]] == [
        ("delivered", "已送达", KNOWN + 9)
    ]
    assert [(each["text"], each["outcome"], each["from"]) for each in its["replies"]] == [("1 20", "going", "138••••")]


async def test_nobodys_number_is_in_the_evidence(ward: Ward):
    await rung(ward)
    said = EdgeNotice(
        gateway="511900012-1", channel=PROBE, anchor=T0 + HOUR, at=T0 + HOUR, way="modem", act="begin", person="李小琴",
        phone_number=f"+86{NUMBER}", answer="delivered", received_at=KNOWN,
    )  # fmt: skip
    await edge.keep(ward.archive, [said])
    content = await gathered(ward)
    [event] = content["alarms"][0]["at_edge"]
    assert (event["person"], event["to"], event["answer"]) == ("李小琴", "138••••", "delivered")
    assert NUMBER[-8:] not in images.canonical(content)


async def test_an_alarm_that_is_about_a_later_excursion_since_is_evidence_of_both(ward: Ward):
    alarm = await rung(ward)
    await ward.become(warm(name="c2", first_bad=T0 + 5 * HOUR, last_bad=T0 + 6 * HOUR))
    async with ward.archive.writing() as tx:
        ended = Arrow(AlarmState.ENDED, "ended", KNOWN + HOUR)
        await alarms.change(tx, await alarms.alarm(tx, alarm.id), ended)
        again = Arrow(AlarmState.RINGING, "reopened", KNOWN + 2 * HOUR)
        await alarms.again(tx, await alarms.alarm(tx, alarm.id), await cases.case(tx, "c2"), again, Severity.CRITICAL)
    first, second = await gathered(ward), await gathered(ward, 2)
    assert first["case"]["id"] != second["case"]["id"]
    assert first["alarms"] == second["alarms"]
    assert [each["cases"] for each in first["alarms"]] == [["c1", "c2"]]


async def test_the_alarm_of_what_was_merged_is_evidence_of_what_it_was_merged_into(ward: Ward):
    await rung(ward)
    await ward.become(warm(name="c0"), at=KNOWN + 1)
    await ward.become(warm(state=CaseState.MERGED, revision=2), at=KNOWN + 2)
    async with ward.archive.reading() as tx:
        [number] = [each.id for each in await dossiers.of_lot(tx, "HepB-A1") if each.excursion == "c0"]
    content = await gathered(ward, number)
    assert [each["excursion"] for each in content["alarms"]] == ["c1"]
    assert [each["revision"] for each in content["merged"]["c1"]] == [1, 2]


async def test_what_is_said_after_the_freeze_is_listed_and_makes_no_decision_due_again(ward: Ward):
    alarm = await rung(ward)
    content = await gathered(ward)
    await ward.freeze(alarms=content["alarms"], alarms_sha256=content["alarms_sha256"])
    before, quiet = await ward.show(), await appended(ward)
    assert (quiet.new, quiet.changed, quiet.sha256) == ([], [], quiet.frozen_sha256)
    await delivered(ward)
    await closed(ward, alarm)
    now = await appended(ward)
    assert (await ward.show()).tag == before.tag
    assert before.dossier.state is State.FROZEN
    assert sorted(now.new) == ["notice_receipt/1", "transition/2", "transition/3"]
    assert sorted(now.changed) == ["alarm/1", "notice/1"]
    assert now.sha256 != now.frozen_sha256 == content["alarms_sha256"]


@pytest.mark.parametrize("frozen", [True, False])
async def test_evidence_of_before_there_were_appendices_is_compared_as_far_as_it_goes(ward: Ward, frozen: bool):
    await rung(ward)
    if frozen:
        [its] = (await gathered(ward))["alarms"]
        old = {key: value for key, value in its.items() if key not in {"cases", "cost_fen", "replies", "at_edge"}}
        for notice in old["notices"]:
            del notice["name"], notice["to"], notice["attempts"], notice["receipts"]
        await ward.freeze(alarms=[old])
    now = await appended(ward)
    assert now.frozen_sha256 is None
    assert now.changed == []
    assert now.new == (["notice_attempt/1"] if frozen else ["alarm/1", "transition/1", "notice/1", "notice_attempt/1"])
