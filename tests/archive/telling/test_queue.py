"""The queue of notices and what providers say of them: claimed by one, settled by who holds the claim, receipts once."""

import asyncio

import pytest

from coldchain.archive import alarms, chains, tables, views
from coldchain.archive.db import Archive
from coldchain.archive.telling import attempts, notices, receipts
from coldchain.archive.telling.notices import Outcome
from coldchain.archive.telling.receipts import NewReceipt, NewReply
from tests.archive.small import T0
from tests.archive.telling.cast import queued, rung, sent

DELIVERED = NewReceipt(provider="sms", state="delivered", at=T0 + 5, message_id="m1")


async def states(archive: Archive) -> list[str]:
    async with archive.reading() as tx:
        return [notice.state for notice in await views.notices(tx, 1)]


async def keep(archive: Archive, *said: NewReceipt) -> int:
    async with archive.writing() as tx:
        return len(await receipts.keep(tx, said, T0 + 9))


async def test_several_workers_never_claim_the_same_notice(archive: Archive):
    alarm = await rung(archive)
    for n in range(12):
        await queued(archive, alarm, step=n)

    async def claim(worker: int) -> list[int]:
        async with archive.writing() as tx:
            return [each.id for each in await notices.claim(tx, f"w{worker}", 0.0, 60.0, 4)]

    claimed = [number for each in await asyncio.gather(*map(claim, range(4))) for number in each]
    assert len(claimed) == len(set(claimed)) == 12


async def test_who_lost_the_claim_settles_nothing(archive: Archive):
    await queued(archive, await rung(archive))
    async with archive.writing() as tx:
        [slow] = await notices.claim(tx, "slow", 0.0, 60.0)
    async with archive.writing() as tx:
        assert await notices.claim(tx, "quick", 59.9, 60.0) == []
        [quick] = await notices.claim(tx, "quick", 60.0, 60.0)
        assert await notices.settle(tx, [(slow, Outcome("told", T0))]) == []
        assert await notices.settle(tx, [(quick, Outcome("refused", T0))]) == [quick.id]
    assert await states(archive) == ["refused"]


async def test_what_is_to_be_tried_later_is_left_alone_until_then(archive: Archive):
    await queued(archive, await rung(archive))
    await sent(archive, state="waiting", verdict="later", try_after=90.0, is_unsent=True)
    async with archive.writing() as tx:
        assert await notices.claim(tx, "w", 89.9, 60.0) == []
        [again] = await notices.claim(tx, "w", 90.0, 60.0)
    assert again.tries == 0


async def test_what_is_folded_ends_with_its_message_and_goes_for_itself_when_that_is_dropped(archive: Archive):
    alarm = await rung(archive)
    for n, state in enumerate(["waiting", "folded"]):
        await queued(archive, alarm, step=n, fold="f", state=state)
    await sent(archive, state="dropped", verdict="")
    assert await states(archive) == ["dropped", "waiting"]
    await sent(archive)
    assert await states(archive) == ["dropped", "told"]


async def test_a_message_tells_all_its_parts_and_the_trail_knows_each(archive: Archive):
    alarm = await rung(archive)
    for n, state in enumerate(["waiting", "folded", "folded"]):
        await queued(archive, alarm, step=n, fold="f", state=state)
    told = await sent(archive)
    async with archive.reading() as tx:
        found = await views.notices(tx, 1)
        assert await chains.unseen(tx) == []
    assert [n.answer for n in found[1:]] == [f"with notice {told.id}"] * 2
    assert {n.state for n in found} == {"told"}


async def test_an_address_stands_in_the_trail_by_its_fingerprint_alone(archive: Archive):
    await queued(archive, await rung(archive))
    await sent(archive)
    async with archive.reading() as tx:
        images = [
            entry.image async for name in _each(await chains.streams(tx)) async for entry in chains.links(tx, name)
        ]
    assert images
    assert not any("13800138000" in image for image in images)


async def _each(names: list[str]):
    for name in names:
        yield name


async def test_a_receipt_is_kept_once_however_often_it_comes(archive: Archive):
    await queued(archive, await rung(archive))
    told = await sent(archive)
    assert [await keep(archive, DELIVERED, DELIVERED), await keep(archive, DELIVERED)] == [1, 0]
    async with archive.reading() as tx:
        [notice] = await views.notices(tx, 1)
    assert (notice.id, notice.receipt_state, notice.receipt_at) == (told.id, "delivered", T0 + 5)


@pytest.mark.parametrize(
    ("message_id", "out_id", "provider"),
    [("m9", "", "sms"), ("", "n99", "sms"), ("m1", "n1", "voice"), ("", "", "sms"), ("", "n1; drop", "sms")],
)
async def test_a_receipt_of_no_message_of_ours_is_kept_and_changes_nothing(
    archive: Archive, message_id: str, out_id: str, provider: str
):
    await queued(archive, await rung(archive))
    await sent(archive)
    forged = NewReceipt(provider=provider, state="failed", at=T0, message_id=message_id, out_id=out_id)
    assert await keep(archive, forged) == 1
    async with archive.reading() as tx:
        [notice] = await views.notices(tx, 1)
    assert notice.receipt_state == ""


async def test_receipts_in_the_wrong_order_leave_the_one_furthest_on(archive: Archive):
    await queued(archive, await rung(archive))
    told = await sent(archive)
    keyed = NewReceipt(provider="sms", state="keyed", at=T0 + 7, out_id=receipts.out_id(told.id), key="1")
    await keep(archive, keyed, DELIVERED)
    async with archive.reading() as tx:
        [notice] = await views.notices(tx, 1)
    assert notice.receipt_state == "keyed"


async def test_that_nobody_was_reached_lets_the_ladder_be_looked_at_now(archive: Archive):
    alarm = await rung(archive)
    await queued(archive, alarm)
    await sent(archive)
    async with archive.writing() as tx:
        row = await tx.get_one(tables.Alarm, alarm.id)
        row.next_at = T0 + 999_999
    await keep(archive, DELIVERED)
    async with archive.reading() as tx:
        assert (await alarms.alarm(tx, alarm.id)).next_at == T0 + 999_999
    await keep(archive, NewReceipt(provider="sms", state="failed", at=T0, message_id="m1"))
    async with archive.reading() as tx:
        assert (await alarms.alarm(tx, alarm.id)).next_at == T0 + 9


async def test_a_reply_is_kept_once_with_what_came_of_it(archive: Archive):
    reply = NewReply(
        provider="sms", reply_id="r1", phone_number="+8613800138000", text="1 30", at=T0, received_at=T0, outcome="unknown"
    )  # fmt: skip
    async with archive.writing() as tx:
        kept = await receipts.keep_reply(tx, reply)
        assert kept is not None
        assert await receipts.keep_reply(tx, reply) is None
    async with archive.reading() as tx:
        assert await chains.unseen(tx) == []


async def test_a_number_that_never_answers_is_found(archive: Archive):
    alarm = await rung(archive)
    for n in range(3):
        await queued(archive, alarm, step=n)
        told = await sent(archive, provider_id=f"m{n}")
        await keep(archive, NewReceipt(provider="sms", state="failed", at=T0, out_id=receipts.out_id(told.id)))
    async with archive.reading() as tx:
        assert await receipts.never_answer(tx, T0, 3) == [("sms", "+8613800138000", 3)]
        assert await receipts.never_answer(tx, T0, 4) == []


async def test_what_went_to_an_address_and_what_it_cost_is_added_up(archive: Archive):
    await queued(archive, await rung(archive))
    await sent(archive, cost_fen=8)
    way = ("sms", "+8613800138000")
    async with archive.reading() as tx:
        assert await attempts.sent_since(tx, [way], 0.0, 1.0) == {way: [1.0]}
        assert (await attempts.cost_since(tx, 0.0), await attempts.cost_of(tx, [1])) == (8, {1: 8})
        assert await attempts.cost_since(tx, 2.0) == 0
