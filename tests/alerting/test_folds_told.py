"""What one message tells, each of its alarms was told: nobody hears it twice, and nobody is forgotten when it fails."""

from collections.abc import Sequence

import pytest

from alerting.alarms import follow
from alerting.ladder import climb
from coldchain.archive import alarms, cases, views
from coldchain.archive.cases import NewObservation
from coldchain.archive.tables import Notice
from coldchain.archive.telling import receipts
from coldchain.archive.telling.receipts import NewReceipt
from coldchain.excursion import Kind, Severity
from coldchain.providers.outcome import Answer, Verdict
from tests.alerting.cast import HOUR, MINUTE, T0, Clinic, trace_of
from tests.alerting.desks import Desks, is_told_true, notices, ring
from tests.alerting.ways import Ladder, level, person

TWO = Ladder(level(1, 0, person(1, "sms")), level(2, 10, person(2, "sms")))
both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
ONE = Ladder(level(1, 0, person(1, "sms", "voice")))


async def silent(clinic: Clinic, *devices: str, at: int = T0) -> None:
    """Devices of one gateway fall silent together: one cause."""
    clinic.now = at
    async with clinic.archive.writing() as tx:
        for device in devices:
            seen = NewObservation(
                kind=Kind.SILENCE, subject=f"gw-1/{device}", severity=Severity.WARNING, start=at, seen_at=at, detail={}
            )
            await cases.observe(tx, seen)
        await follow(tx, clinic.now)


async def told(clinic: Clinic, devices: Sequence[str] = ("a", "b", "c"), *, levels: Ladder = ONE) -> Desks:
    """Of three devices, by one message."""
    desk = Desks(clinic, levels)
    await silent(clinic, *devices)
    await desk.tell(1.5)
    assert desk.called == ["sms +861"]
    return desk


async def said(clinic: Clinic, desk: Desks, state: str) -> None:
    """The provider says so of the message."""
    receipt = NewReceipt(provider="sms", state=state, at=clinic.now, out_id=desk.sms.messages[0].out_id)
    async with clinic.archive.writing() as tx:
        await receipts.keep(tx, [receipt], clinic.now)


async def everything(clinic: Clinic, count: int) -> list[Notice]:
    return [each for number in range(1, count + 1) for each in await notices(clinic, number)]


async def test_who_got_the_message_is_called_for_none_of_its_alarms(clinic: Clinic):
    desk = await told(clinic)
    await said(clinic, desk, "delivered")
    await desk.tell(10)
    assert desk.called == ["sms +861"]
    assert {n.receipt_state for n in await everything(clinic, 3)} == {"delivered"}


@both
async def test_a_message_that_reached_nobody_is_told_by_the_next_way_at_once_of_all_its_alarms(clinic: Clinic):
    desk = await told(clinic)
    await said(clinic, desk, "failed")
    await desk.tell()
    assert desk.called == ["voice +861", "sms +861"]
    assert len([n for n in await everything(clinic, 3) if n.channel == "voice" and n.state == "told"]) == 3


async def test_a_message_of_many_that_failed_counts_once_against_its_number(clinic: Clinic):
    desk = await told(clinic)
    await said(clinic, desk, "failed")
    async with clinic.archive.reading() as tx:
        assert await receipts.never_answer(tx, 0, 1) == [("sms", "+861", 1)]


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.BROKEN])
async def test_a_message_that_is_refused_is_told_by_the_next_way_of_all_its_alarms(clinic: Clinic, verdict: Verdict):
    desk = Desks(clinic, ONE)
    desk.sms.answers = [Answer(verdict, "no")]
    await silent(clinic, "a", "b", "c")
    await desk.tell(1.5)
    await desk.tell()
    voice = [n for n in await everything(clinic, 3) if n.channel == "voice"]
    assert ([n.state for n in voice], len({n.fold for n in voice})) == (["told"] * 3, 1)
    assert await is_told_true(clinic.archive)


async def test_parts_that_come_a_little_later_are_told_with_the_first_however_many_they_are(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(climb, "AT_ONCE", 3)
    desk = Desks(clinic, ONE)
    await silent(clinic, "a")
    await desk.tell(1)
    await silent(clinic, *"bcdefg", at=clinic.now)
    await desk.tell(0.5)
    assert desk.called == ["sms +861"]
    assert [n.state for n in await everything(clinic, 7)] == ["told"] * 7


async def test_the_end_of_what_one_message_told_is_one_message(clinic: Clinic):
    desk = await told(clinic)
    async with clinic.archive.writing() as tx:
        seen = await cases.open_observations(tx, Kind.SILENCE)
        await cases.end_observations(tx, {each.id: clinic.now for each in seen})
        await follow(tx, clinic.now)
    await desk.tell()
    assert [m.text[:13] for m in desk.sms.messages[1:]] == ["3处单位多台设备没有数据已结束"[:13]]
    async with clinic.archive.reading() as tx:
        over = [n for number in (1, 2, 3) for n in await views.notices(tx, number) if n.kind == "over"]
    assert [n.state for n in over if n.channel == "sms"] == ["told"] * 3


BACKLOG = ([5.0] * 150 + [16.0] * 40) * 8 + [5.0] * 100  # eight hours too warm, each of its own


async def notes(clinic: Clinic, count: int = 8) -> list[tuple[str, str]]:
    async with clinic.archive.reading() as tx:
        found = [n for number in range(1, count + 1) for n in await views.notices(tx, number)]
    return [(n.person, n.state) for n in found if n.channel == "sms"]


@both
async def test_what_a_backlog_brings_together_is_one_message_for_each_person(clinic: Clinic):
    desk = Desks(clinic, TWO)
    clinic.now = T0 + len(BACKLOG) * MINUTE + 4 * HOUR
    await clinic.hear(trace_of(BACKLOG))
    await desk.tell()
    assert [m.address for m in desk.sms.messages] == ["+861"]
    assert desk.sms.messages[0].text.startswith("严重 琥珀镇一号8次报警（已过去）16.0℃，06-29起。编码")
    assert await notes(clinic) == [("1", "told")] * 8
    assert await is_told_true(clinic.archive)


async def test_it_names_each_with_its_time_and_its_code(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "mail"))))
    desk.ways["mail"] = desk.sms
    desk.sms.name = "mail"
    clinic.now = T0 + len(BACKLOG) * MINUTE + 4 * HOUR
    await clinic.hear(trace_of(BACKLOG))
    await desk.tell()
    [message] = desk.sms.messages
    assert "补传数据共发现 8 起：一号冰箱 06-29 13:" in message.text
    async with clinic.archive.reading() as tx:
        codes = [each.code or "-" for each in (await alarms.alarms(tx, range(1, 9))).values()]
    assert [code for code in codes if code not in message.text] == []
    assert (message.short["thing"], message.short["what"]) == ("一号", "8次报警")


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_what_another_process_makes_messages_of_is_folded_by_nobody_else(clinic: Clinic):
    await ring(clinic)
    archive = clinic.archive
    async with archive.writing() as one:
        assert len(await alarms.unexpanded(one, mine=True)) == 1
        async with archive.writing() as other:
            assert await alarms.unexpanded(other, mine=True) == []


async def test_a_receipt_that_came_before_the_answer_shows_that_it_went_out(clinic: Clinic):
    desk = Desks(clinic)
    desk.voice.answers = [Answer(Verdict.UNKNOWN, words="silence")]
    await ring(clinic)
    await desk.tell()
    [before] = await notices(clinic)
    answered = NewReceipt(provider="voice", state="answered", at=clinic.now, out_id=receipts.out_id(before.id))
    async with clinic.archive.writing() as tx:
        await receipts.keep(tx, [answered], clinic.now)
    for _ in range(3):
        await desk.tell(0.1)
    [after] = await notices(clinic)
    assert (after.state, after.receipt_state, after.tries) == ("told", "answered", 1)
    assert (len(desk.voice.messages), desk.voice.asked) == (1, [])
    assert await is_told_true(clinic.archive)
