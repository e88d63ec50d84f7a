"""The ladder on a real archive: rows moved and notices made once, whatever fails, whoever else is at it."""

import asyncio
from typing import Any

import pytest

from alerting.alarms import follow
from alerting.ladder.climb import Desk, climb
from alerting.notify import remember
from alerting.notify.channels import Console, Page
from alerting.notify.claiming import Money
from alerting.notify.outbox import CLAIM_S
from coldchain.archive import cases, views
from coldchain.archive.cases import NewObservation
from coldchain.archive.telling import receipts, taking
from coldchain.archive.telling.receipts import NewReceipt
from coldchain.archive.telling.taking import Closing
from coldchain.errors import Unavailable
from coldchain.excursion import AlarmState, Kind, Severity
from coldchain.providers.outcome import Answer, Limit, Receipt, State, Verdict
from tests.alerting.cast import MINUTE, T0, Clinic, trace_of
from tests.alerting.desks import LADDER, ZONE, Desks, act, alarm, is_told_true, notices, ring
from tests.alerting.ways import Ladder, level, person

both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


@both
async def test_an_alarm_goes_on_through_more_people_until_somebody_is_on_the_way(clinic: Clinic):
    desk = Desks(clinic)
    await ring(clinic)
    await desk.tell()
    assert desk.called == ["voice +861"]
    await act(clinic, "seen")
    await desk.tell(10)
    assert desk.called == ["voice +861", "voice +861", "sms +862"]
    await act(clinic, "going", eta_min=30)
    await desk.tell(25)
    assert len(desk.called) == 3
    assert (await alarm(clinic)).next_at == (await alarm(clinic)).eta_at
    await desk.tell(5)
    async with clinic.archive.reading() as tx:
        assert [t.why for t in await views.transitions(tx, [1])] == ["raised", "seen", "taken", "lapsed"]
    assert desk.called[3:] == ["sms +862", "sms +862", "sms +863"]
    assert len(desk.voice.messages) == 3
    assert await is_told_true(clinic.archive)


async def test_looking_again_calls_nobody_twice(clinic: Clinic):
    desk = Desks(clinic)
    await ring(clinic)
    for _ in range(3):
        await desk.tell(0.1)
    assert desk.called == ["voice +861"]


@both
async def test_several_at_it_call_everybody_once(clinic: Clinic):
    desk = Desks(clinic)
    await ring(clinic)
    await asyncio.gather(*(desk.tell(0, f"worker {n}") for n in range(4)))
    assert desk.called == ["voice +861"]


async def test_a_ladder_that_another_moved_meanwhile_is_left_as_it_is(clinic: Clinic):
    await ring(clinic)
    desk = Desk(LADDER, ["voice"], frozenset(), ZONE)
    moved = await asyncio.gather(*(climb(clinic.archive, desk, clinic.now) for _ in range(3)))
    assert sorted(moved) == [0, 0, 1]
    assert len(await notices(clinic)) == 1


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.BROKEN])
async def test_the_next_way_follows_at_once_when_one_is_refused(clinic: Clinic, verdict: Verdict):
    desk = Desks(clinic)
    desk.voice.answers = [Answer(verdict, "isv.X", "no such template")]
    await ring(clinic)
    await desk.tell()
    assert desk.called == ["voice +861", "sms +861"]
    first = (await notices(clinic))[0]
    assert (first.state, first.provider_code) == (verdict.value, "isv.X")


async def test_a_channel_that_is_out_is_an_alarm_by_the_ways_that_are_left_and_ends_when_it_is_mended(clinic: Clinic):
    desk = Desks(clinic)
    desk.voice.answers = [Answer(Verdict.BROKEN, "isv.AMOUNT_NOT_ENOUGH", "balance")]
    await ring(clinic)
    await desk.tell()
    async with clinic.archive.reading() as tx:
        [out] = await cases.open_observations(tx, Kind.CHANNEL_OUT)
    assert (out.subject, out.severity, out.detail["words"]) == ("voice", "critical", "balance")
    await clinic.sweep()
    await desk.tell()
    [told] = await notices(clinic, 2)
    assert told.channel == "sms"
    await desk.tell(11)
    async with clinic.archive.reading() as tx:
        assert await cases.open_observations(tx, Kind.CHANNEL_OUT) == []


async def test_what_a_provider_cannot_take_now_is_tried_later_and_meanwhile_the_next_way(clinic: Clinic):
    desk = Desks(clinic)
    desk.voice.answers = [Answer(Verdict.LATER, "429", retry_after_s=600)]
    await ring(clinic)
    await desk.tell()
    await desk.tell(2)
    assert desk.sms.messages[0].address == "+861"
    await desk.tell(2.5)
    assert len(desk.voice.said) == 0


async def test_what_may_have_gone_out_is_asked_for_and_not_sent_again_when_it_did(clinic: Clinic):
    desk = Desks(clinic)
    desk.voice.answers = [Answer(Verdict.UNKNOWN, words="silence")]
    await ring(clinic)
    await desk.tell()
    [before] = await notices(clinic)
    assert (before.state, before.verdict, before.tries) == ("waiting", "unknown", 1)
    desk.voice.known = [Receipt("voice", State.DELIVERED, T0, "id-1", receipts.out_id(before.id))]
    await desk.tell(0.1)
    [after] = await notices(clinic)
    assert (after.state, after.receipt_state, len(desk.voice.messages)) == ("told", "delivered", 1)


async def test_that_a_provider_has_it_and_knows_no_more_reaches_nobody(clinic: Clinic):
    desk = Desks(clinic)
    desk.voice.answers = [Answer(Verdict.UNKNOWN, words="silence")]
    await ring(clinic)
    await desk.tell()
    out_id = receipts.out_id((await notices(clinic))[0].id)
    desk.voice.known = [Receipt("voice", State.PENDING, T0, "id-1", out_id)]
    await desk.tell(0.1)
    assert (await notices(clinic))[0].state == "told"
    await desk.tell(3)
    assert desk.called == ["voice +861", "sms +861"]


async def test_what_nobody_knows_of_is_sent_once_more_under_the_same_name_and_then_no_more(clinic: Clinic):
    desk = Desks(clinic)
    desk.voice.answers = [Answer(Verdict.UNKNOWN)] * 9
    await ring(clinic)
    for _ in range(4):
        await desk.tell(0.1)
    assert [m.out_id for m in desk.voice.messages] == [desk.voice.messages[0].out_id] * 2
    assert (await notices(clinic))[0].state == "unknown"
    assert desk.sms.messages[0].address == "+861"


async def test_a_sender_that_died_in_mid_send_is_asked_for_when_its_claim_has_run_out(clinic: Clinic):
    desk = Desks(clinic)
    desk.voice.answers = [asyncio.CancelledError()]
    await ring(clinic)
    with pytest.raises(asyncio.CancelledError):
        await desk.tell()
    await desk.tell(CLAIM_S / 60 - 0.1)
    assert desk.voice.asked == []
    await desk.tell(0.1)
    assert (len(desk.voice.asked), len(desk.voice.messages)) == (1, 1)
    assert await is_told_true(clinic.archive)


async def test_what_could_not_be_written_down_for_a_moment_is_told_no_second_time(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
):
    whole, failures = remember.write, [Unavailable("a deadlock")]

    async def written(*done: Any) -> None:
        if failures:
            raise failures.pop()
        await whole(*done)

    monkeypatch.setattr(remember, "write", written)
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "voice"))))
    await ring(clinic)
    await desk.tell()
    await desk.tell(CLAIM_S / 60 + 1)
    assert desk.called == ["voice +861"]
    assert {n.state for n in await notices(clinic)} == {"told"}


async def test_a_provider_that_hangs_holds_up_nobody_else(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "voice"), person(2, "sms"))))
    desk.voice.hangs = asyncio.Event()
    await ring(clinic)
    telling = asyncio.create_task(desk.tell())
    async with asyncio.timeout(60):
        while not any(n.state == "told" for n in await notices(clinic)):
            await asyncio.sleep(0.01)
    assert not telling.done()
    desk.voice.hangs.set()
    await telling
    assert {n.state for n in await notices(clinic)} == {"told"}


async def test_an_address_gets_no_more_than_its_provider_allows(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "voice"), repeat_min=1)))
    desk.voice.per_address = (Limit(1, 60.0), Limit(2, 3600.0))
    await ring(clinic)
    for _ in range(8):
        await desk.tell(0.5)
    assert len(desk.voice.messages) == 2
    await desk.tell(60)
    assert len(desk.voice.messages) == 3


@both
async def test_a_provider_that_says_odd_things_keeps_nobody_from_writing_down_that_it_took_the_message(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "voice"))))
    desk.voice.answers = [Answer(Verdict.ACCEPTED, code="c" * 300, words="\0\ud800 OK", message_id="m\0" * 300)]
    await ring(clinic)
    await desk.tell()
    [told] = [notice for notice in await notices(clinic) if notice.channel == "voice"]
    assert (told.state, told.answer, len(told.provider_code), len(told.provider_id)) == ("told", "   OK", 200, 200)


async def test_a_way_that_fails_in_our_own_code_silences_no_other(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "voice", "sms"), person(2, "sms"))))
    desk.voice.answers = [KeyError("Code"), KeyError("Code")]
    await ring(clinic)
    for _ in range(4):
        await desk.tell(1)
    assert {"sms +861", "sms +862"} <= set(desk.called)
    [tried] = [notice for notice in await notices(clinic) if notice.channel == "voice"]
    assert (tried.state, tried.tries) == ("unknown", 2)


async def test_a_receipt_that_nobody_was_reached_brings_the_next_way_and_one_that_somebody_was_slows_nothing(
    clinic: Clinic,
):
    desk = Desks(clinic)
    desk.voice.answers = [Answer(Verdict.ACCEPTED, message_id="call-1")]
    await ring(clinic)
    await desk.tell()
    rang_out = NewReceipt(provider="voice", state="rang_out", at=clinic.now, message_id="call-1")
    async with clinic.archive.writing() as tx:
        assert len(await receipts.keep(tx, [rang_out], clinic.now)) == 1
    await desk.tell()
    assert desk.called == ["voice +861", "sms +861"]
    delivered = NewReceipt(provider="sms", state="delivered", at=clinic.now, out_id=desk.sms.messages[0].out_id)
    async with clinic.archive.writing() as tx:
        await receipts.keep(tx, [delivered], clinic.now)
    await desk.tell(10)
    assert "sms +862" in desk.called


async def test_who_was_told_by_a_way_that_wakes_nobody_hears_that_it_is_over(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "voice"), person(2, "sms"))))
    await ring(clinic)
    await desk.tell()
    await clinic.hear(trace_of([5.0], start=T0 + 26 * MINUTE))
    await desk.tell()
    assert [(m.address, m.kind) for m in desk.sms.messages] == [("+862", "alarm"), ("+862", "over")]
    assert len(desk.voice.messages) == 1


async def test_parts_of_one_cause_that_come_a_little_later_are_told_with_the_first(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "sms"))))
    clinic.now = T0
    for device in ("a", "b"):
        seen = NewObservation(
            kind=Kind.SILENCE, subject=f"gw-1/{device}", severity=Severity.WARNING, start=clinic.now,
            seen_at=clinic.now, detail={},
        )  # fmt: skip
        async with clinic.archive.writing() as tx:
            await cases.observe(tx, seen)
            await follow(tx, clinic.now)
        await desk.tell(0.7)
        assert desk.called == []
    await desk.tell(0.2)
    assert desk.called == ["sms +861"]
    assert {n.state for number in (1, 2) for n in await notices(clinic, number)} == {"told"}


async def test_without_money_news_are_dropped_and_alarms_are_not(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(2, "sms"))), money=Money(a_month=8))
    desk.sms.answers = [Answer(Verdict.ACCEPTED, cost_fen=8)]
    await ring(clinic)
    await desk.tell()
    await clinic.hear(trace_of([5.0], start=T0 + 26 * MINUTE))
    await desk.tell()
    assert len(desk.sms.messages) == 1
    async with clinic.archive.reading() as tx:
        [dropped] = [n for n in await views.notices(tx, 1) if n.state == "dropped"]
    assert (dropped.kind, dropped.answer) == ("over", "the money for news is spent")


async def test_what_comes_again_within_the_window_is_the_same_alarm_with_a_score(clinic: Clinic):
    desk = Desks(clinic)
    await ring(clinic)
    await desk.tell()
    await clinic.hear(trace_of([5.0] * 5, start=T0 + 26 * MINUTE))
    clinic.now = T0 + 20 * MINUTE
    await clinic.hear(trace_of([9.5] * 25, start=T0 + 31 * MINUTE))
    again = await alarm(clinic)
    assert (again.state, again.score) == (AlarmState.RINGING, 1)
    async with clinic.archive.reading() as tx:
        assert len(await views.alarms(tx, None, 10)) == 1
        first, second = await views.open_excursions(tx), again.excursion
        assert [case.id for case in first] == [second]


async def test_a_site_without_providers_goes_on_by_page_alone(clinic: Clinic):
    desk = Desks(clinic, Ladder(level(1, 0, person(1, "voice", "page"))))
    desk.ways = {"console": Console(), "page": Page()}
    await ring(clinic)
    await desk.tell()
    [shown] = await notices(clinic)
    assert (shown.channel, shown.state) == ("page", "told")


async def test_what_people_write_of_an_alarm_that_is_over_tells_nobody_anything(clinic: Clinic):
    desks = Desks(clinic)
    await ring(clinic)
    await desks.tell()
    await clinic.hear(trace_of([5.0], start=T0 + 26 * MINUTE))
    await desks.tell()
    before = len(desks.called)
    await act(clinic, "note", note="压缩机已修")
    async with clinic.archive.writing() as tx:
        await taking.close(tx, Closing(1, "压缩机故障", "转移至备用冰箱", "Ada", clinic.now))
    await desks.tell()
    assert (await alarm(clinic)).state == AlarmState.CLOSED
    assert len(desks.called) == before
