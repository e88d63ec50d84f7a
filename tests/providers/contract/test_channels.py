"""What every way to people must do, whatever stands behind it: one suite over every rig."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from coldchain import clock
from coldchain.providers.outcome import Answer, Verdict
from tests.providers.contract.rig import IMPATIENT_S, RETRY_AFTER_S, As, Bad, Rig, Stand, rigs

RIGS = rigs()
SOON_S = IMPATIENT_S + 20.0  # a loaded machine


def over(*bad: Bad, stands: As = As.IT_IS, has: str = "message") -> pytest.MarkDecorator:
    """Every rig whose provider can be told that, can be put up so, and has such a message."""
    fit = [rig for rig in RIGS if rig.can.issuperset(bad) and stands in rig.stands and getattr(rig, has) is not None]
    return pytest.mark.parametrize("rig", fit, ids=[rig.name for rig in fit])


async def told(rig: Rig, *bads: Bad, how: As = As.IT_IS) -> dict[Bad, tuple[Answer, int]]:
    """What the way answers to each, and how many messages the provider then has; all at once, because each waits."""

    async def one(bad: Bad) -> tuple[Answer, int]:
        async with rig.stand(how) as stand:
            stand.bad(bad)
            async with asyncio.timeout(SOON_S):
                return await stand.channel.send(rig.message), stand.taken()

    can = [bad for bad in bads if bad in rig.can]
    return dict(zip(can, await asyncio.gather(*map(one, can)), strict=True))


async def held(stand: Stand) -> None:
    """Until the provider has what it was given, and hangs."""
    async with asyncio.timeout(SOON_S):
        while not stand.has_it():
            await asyncio.sleep(0.01)


@pytest.fixture
async def stand(rig: Rig) -> AsyncIterator[Stand]:
    async with rig.stand(As.IT_IS) as put_up:
        yield put_up


@over()
async def test_it_says_what_it_is(rig: Rig, stand: Stand):
    assert stand.channel.name == rig.name
    assert isinstance(stand.channel.wakes, bool)
    assert isinstance(stand.channel.names_person, bool)
    assert all(limit.times >= 1 and limit.within_s > 0 for limit in stand.channel.per_address)


@over()
async def test_a_good_message_is_taken_once_and_gets_an_id(rig: Rig, stand: Stand):
    answer = await stand.channel.send(rig.message)
    assert answer.verdict is Verdict.ACCEPTED, answer
    assert answer.message_id
    assert stand.taken() == 1


@over(Bad.REFUSE)
async def test_a_refusal_is_refused_in_the_providers_own_words(rig: Rig, stand: Stand):
    stand.bad(Bad.REFUSE)
    answer = await stand.channel.send(rig.message)
    assert (answer.verdict, answer.code, answer.words) == (Verdict.REFUSED, *rig.refusal)
    assert not answer.message_id
    assert stand.taken() == 0


@over(Bad.REFUSE)
async def test_after_a_refusal_the_next_message_passes(rig: Rig, stand: Stand):
    stand.bad(Bad.REFUSE)
    await stand.channel.send(rig.message)
    assert (await stand.channel.send(rig.message)).verdict is Verdict.ACCEPTED


@over(stands=As.NOBODY_THERE)
async def test_where_nobody_listens_nothing_went_out(rig: Rig):
    async with rig.stand(As.NOBODY_THERE) as stand:
        answer = await stand.channel.send(rig.message)
        assert answer.verdict is Verdict.LATER, answer
        assert answer.words
        assert stand.taken() == 0


@over()
async def test_silence_after_the_request_left_is_unknown_and_ends_in_time(rig: Rig):
    for bad, (answer, taken) in (
        await told(rig, Bad.HANG, Bad.HANG_AFTER, Bad.CUT_AFTER, Bad.DRIP, how=As.SILENT)
    ).items():
        assert (bad, answer.verdict) == (bad, Verdict.UNKNOWN), answer
        assert answer.code
        assert (bad, taken) == (bad, 1 if bad in (Bad.HANG_AFTER, Bad.CUT_AFTER) else 0)


@over(Bad.CUT_AFTER)
async def test_a_message_whose_answer_was_lost_is_found_where_it_can_be_asked_for(rig: Rig, stand: Stand):
    began = clock.now()
    before = await stand.channel.ask(rig.message.out_id, rig.message.address, began)
    stand.bad(Bad.CUT_AFTER)
    await stand.channel.send(rig.message)
    found = await stand.channel.ask(rig.message.out_id, rig.message.address, began)
    if rig.knows:
        assert before == []
        assert found is not None
        assert [receipt.out_id for receipt in found] == [rig.message.out_id]
    else:
        assert not found


@over(Bad.BUSY)
async def test_a_busy_provider_says_when_to_come_back(rig: Rig, stand: Stand):
    stand.bad(Bad.BUSY)
    answer = await stand.channel.send(rig.message)
    assert (answer.verdict, answer.retry_after_s) == (Verdict.LATER, RETRY_AFTER_S)
    assert stand.taken() == 0


@over()
async def test_an_answer_that_nobody_can_read_is_unknown(rig: Rig):
    for bad, (answer, _) in (await told(rig, Bad.BROKEN_INSIDE, Bad.UNREADABLE)).items():
        assert (bad, answer.verdict) == (bad, Verdict.UNKNOWN), answer


@over(stands=As.WRONG_KEY)
async def test_a_wrong_key_means_that_the_way_is_broken(rig: Rig):
    async with rig.stand(As.WRONG_KEY) as stand:
        answer = await stand.channel.send(rig.message)
        assert answer.verdict is Verdict.BROKEN, answer
        assert answer.code
        assert stand.taken() == 0


@over(has="bad_address")
async def test_a_bad_address_is_refused_before_it_is_sent(rig: Rig, stand: Stand):
    assert rig.bad_address is not None
    answer = await stand.channel.send(rig.bad_address)
    assert answer.verdict is Verdict.REFUSED, answer
    assert "address" in answer.words
    assert stand.taken() == 0


@over(has="too_long")
async def test_what_is_too_long_is_refused_before_it_is_cut(rig: Rig, stand: Stand):
    assert rig.too_long is not None
    answer = await stand.channel.send(rig.too_long)
    assert answer.verdict is Verdict.REFUSED, answer
    assert answer.code.startswith("our.")
    assert stand.taken() == 0


@over()
async def test_the_same_message_twice_is_taken_twice_only_where_nothing_can_prevent_it(rig: Rig, stand: Stand):
    first, second = [await stand.channel.send(rig.message) for _ in range(2)]
    assert first.verdict is Verdict.ACCEPTED
    assert second.verdict in (Verdict.ACCEPTED, Verdict.LATER, Verdict.REFUSED), second
    assert stand.taken() == (2 if rig.takes_again else 1)


@over(Bad.HANG)
async def test_closing_in_the_middle_of_a_message_ends_it_without_an_error(rig: Rig):
    async with AsyncExitStack() as stack:
        stand = await stack.enter_async_context(rig.stand(As.SILENT))
        stand.bad(Bad.HANG)
        sending = asyncio.create_task(stand.channel.send(rig.message))
        await held(stand)
    async with asyncio.timeout(SOON_S):
        answer = await sending
    assert answer.verdict is Verdict.UNKNOWN, answer
    assert (await stand.channel.send(rig.message)).verdict in (Verdict.LATER, Verdict.UNKNOWN)


@over(Bad.HANG)
async def test_a_send_that_is_cancelled_is_cancelled_and_the_way_goes_on(rig: Rig, stand: Stand):
    stand.bad(Bad.HANG)
    sending = asyncio.create_task(stand.channel.send(rig.message))
    await held(stand)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert (await stand.channel.send(rig.message)).verdict is Verdict.ACCEPTED
