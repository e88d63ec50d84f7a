"""A clinic whose only way out is a modem: the real smsd sends, and what comes back stands in the alarm's story."""

import asyncio
from pathlib import Path

from alerting.ladder.book import by_duty
from alerting.notify.answers import Answers
from alerting.receipts import Receipts
from coldchain import clock
from coldchain.archive import people
from coldchain.archive.audit import By
from coldchain.archive.facilities import posts
from coldchain.archive.facilities.posts import NewPost, PostKind
from coldchain.archive.telling.receipts import out_id
from coldchain.archive.telling.story import Story, story
from coldchain.providers.outcome import Channel
from tests.alerting.cast import MINUTE, T0, Clinic, trace_of
from tests.alerting.desks import Desks, alarm, is_told_true, notices
from tests.parts.smsd import texting

BY = By("tests", T0 - MINUTE)
NURSE = "13800138000"


async def told(clinic: Clinic) -> Story:
    async with clinic.archive.reading() as tx:
        return await story(tx, 1)


async def test_a_text_its_receipt_and_the_reply_to_it_stand_in_the_alarm_s_story(clinic: Clinic, tmp_path: Path):
    async with clinic.archive.writing() as tx:
        ada = people.NewPerson(name="Ada", facility="511900012000", post="keeper", phone=f"+86{NURSE}")
        await people.put_persons(tx, [ada], BY)
        keeps = NewPost(person=1, facility=ada.facility, post=PostKind.KEEPER, start=BY.at)
        await posts.begin(tx, keeps, BY)
    async with texting(tmp_path) as sms:
        ways: dict[str, Channel] = {"modem": sms.channel}
        desk = Desks(clinic, by_duty)
        desk.ways, desk.wall_s = ways, clock.wall() / 1000
        clinic.now = T0
        await clinic.hear(trace_of([5.0, *[16.0] * 25]))
        await desk.tell()
        [(number, text)] = sms.air.network.texts()
        code = (await alarm(clinic)).code or ""
        assert (number, "温度过高" in text, code in text, len(text) <= 70) == (f"86{NURSE}", True, True, True)
        sms.air.hears(f"86{NURSE}", f"{code} 1 20")
        [notice] = await notices(clinic)
        assert await sms.receipts(out_id(notice.id), notice.sent_to)  # the network has said that it arrived
        heard = Receipts(clinic.archive, ways, asyncio.Event(), tmp_path)
        async with asyncio.timeout(60):
            while not (found := await told(clinic)).replies:
                await heard.look(clinic.now, desk.wall_s + 60)
                await asyncio.sleep(0.05)
        await Answers(clinic.archive, ways).send(clinic.now)
        assert sms.air.network.texts()[-1] == (
            f"86{NURSE}",
            f"【冷链】{code}已记录：Ada前往，20分钟内到达。未到将继续呼叫。",
        )
    [message] = [each for each in found.messages if each.notice.level]
    assert [(each.verdict, message.notice.state) for each in message.attempts] == [("accepted", "told")]
    assert [each.state for each in message.receipts] == ["delivered"]
    assert [(each.provider, each.person, each.outcome) for each in found.replies] == [("modem", "Ada", "going")]
    assert ((await alarm(clinic)).state, (await alarm(clinic)).taken_by) == ("taken", "Ada")
    assert await is_told_true(clinic.archive)
