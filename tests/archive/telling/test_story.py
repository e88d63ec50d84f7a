"""The one reader of an alarm's story: everything that was said of it, of all its cases, in the order in which it happened."""

import json

from coldchain.admin.alarm_stories import story_lines, whole
from coldchain.archive import alarms, cases, edge
from coldchain.archive.alarms import Alarm, Arrow, NewAlarm
from coldchain.archive.db import Archive
from coldchain.archive.edge import EdgeNotice
from coldchain.archive.telling import receipts, taking
from coldchain.archive.telling.plain import masked, plain
from coldchain.archive.telling.receipts import NewReceipt, NewReply
from coldchain.archive.telling.story import Heard, Message, Sent, in_order, story
from coldchain.archive.telling.taking import Act
from coldchain.excursion import AlarmState, Kind, Severity
from tests.archive.cast import a_case, keep
from tests.archive.small import HOUR, PROBE, T0, fill
from tests.archive.telling.cast import queued, sent

MINUTE = 60_000
RANG = T0 + 2 * HOUR


async def told_at_edge(archive: Archive, anchor: int, person: str) -> None:
    event = EdgeNotice(
        gateway="511900012-1", channel=PROBE, anchor=anchor, at=anchor + MINUTE, way="modem", act="begin", person=person,
        phone_number="+8613900139000", answer="delivered", received_at=RANG,
    )  # fmt: skip
    await edge.keep(archive, [event])


async def night(archive: Archive) -> Alarm:
    """It rings, somebody is texted and answers; it comes again as another case; of both the gateway told somebody itself."""
    await fill(archive)
    later = a_case("c2", first_bad=T0 + 9 * HOUR, last_bad=T0 + 10 * HOUR, known_good_before=T0 + 9 * HOUR)
    await keep(archive, a_case(), later)
    await told_at_edge(archive, T0 + HOUR, "张医生")
    await told_at_edge(archive, T0 + 9 * HOUR, "李小琴")
    async with archive.writing() as tx:
        new = NewAlarm(
            excursion="c1", kind=Kind.HEAT, severity=Severity.CRITICAL, state=AlarmState.RINGING, raised_at=RANG
        )
        alarm = await alarms.raise_alarm(tx, new, Arrow(AlarmState.RINGING, "raised", RANG))
    await queued(archive, alarm, created_at=RANG)
    await sent(archive, at=RANG + MINUTE, cost_fen=5)
    await queued(archive, alarm, created_at=RANG, step=2, state="dropped")
    async with archive.writing() as tx:
        heard = NewReceipt(provider="sms", state="delivered", at=RANG + 3 * MINUTE, message_id="m1")
        await receipts.keep(tx, [heard], RANG + 9 * MINUTE)
        reply = NewReply(
            provider="sms", reply_id="r1", phone_number="+8613800138000", text="1", at=RANG + 2 * MINUTE,
            received_at=RANG + 2 * MINUTE, alarm=alarm.id, person="李小琴", outcome="going", text_back="已记录",
        )  # fmt: skip
        await receipts.keep_reply(tx, reply)
        await taking.take(tx, Act(alarm.id, "going", "李小琴", RANG + 2 * MINUTE))
    async with archive.writing() as tx:
        await alarms.change(tx, await alarms.alarm(tx, alarm.id), Arrow(AlarmState.ENDED, "ended", RANG + HOUR))
        again = Arrow(AlarmState.RINGING, "reopened", T0 + 10 * HOUR)
        it = await alarms.alarm(tx, alarm.id)
        await alarms.again(tx, it, await cases.case(tx, "c2"), again, Severity.CRITICAL)
    return alarm


async def test_a_story_is_in_order_whole_and_of_all_its_cases(archive: Archive):
    alarm = await night(archive)
    async with archive.reading() as tx:
        told = await story(tx, alarm.id)
    events = in_order(told)
    assert [each.at for each in events] == sorted(each.at for each in events)
    assert [type(each.what).__name__ for each in events] == [
        "EdgeNotice", "Transition", "Message", "Sent", "Transition", "NoticeReply", "Heard", "Transition", "EdgeNotice",
        "Transition",
    ]  # fmt: skip
    assert (told.cases, told.cost_fen) == (["c1", "c2"], 5)
    assert [each.person for each in told.at_edge] == ["张医生", "李小琴"]
    assert {Sent, Heard, Message} <= {type(each.what) for each in events}


async def test_the_command_line_tells_what_the_api_tells(archive: Archive):
    alarm = await night(archive)
    async with archive.reading() as tx:
        found, told = await whole(tx, str(alarm.id))
        said = plain(await story(tx, alarm.id))
    assert {name: found[name] for name in said} == said
    assert "138000" not in json.dumps(found, ensure_ascii=False)
    assert [each["text_back"] for each in said["replies"]] == ["已记录"]
    lines = story_lines(found, told)
    assert len(lines) == 1 + len(in_order(told)) + 1
    assert any("gateway 511900012-1 modem → 张医生\tbegin: delivered" in line for line in lines)
    assert lines[-1] == "cost\t0.05"


def test_an_address_shows_what_tells_two_apart_and_nothing_to_call_by():
    assert [masked(each) for each in ("+8613800138000", "oX12345", "")] == ["138••••", "oX1••••", ""]
