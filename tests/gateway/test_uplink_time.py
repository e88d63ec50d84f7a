"""A box without a clock learns the time from whatever the collector answers, and never a wrong one."""

import asyncio

from coldchain import clock, wire
from coldchain.reading import RECONSTRUCTED
from gateway.clockwatch import Source
from gateway.spoolfile import Stamped
from tests.gateway.box import SecondBoot, box, talk, within
from tests.gateway.parts import HandClock, until
from tests.gateway.peer import silent, stored
from tests.gateway.spools import SERIES, rows


async def test_a_box_without_a_clock_asks_the_time_and_dates_what_waited(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-9") as peer, box(tmp_path, mosquitto, "gw-9", knows_time=False) as one:
        one.hand.ticks = 200_000
        await one.spool.append(rows(1, 3, dated=False))
        await until(lambda: peer.values)
        await within(60, one.empty())
    assert peer.batches[0].series == {}
    offset = one.watch.learned.offset_ms
    assert one.watch.source is Source.ACK
    assert abs(clock.now() - offset - 200_000) < 5_000
    assert {t: q for (_, t), (_, q) in peer.values.items()} == {offset + n * 60_000: RECONSTRUCTED for n in (1, 2, 3)}


async def test_a_box_without_a_clock_sends_nothing_before_it_knows(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-10", silent) as peer, box(tmp_path, mosquitto, "gw-10", knows_time=False) as one:
        await one.spool.append(rows(1, 3, dated=False))
        await until(lambda: len(peer.batches) >= 3)
        assert not peer.values
        assert await one.left() == 3


async def left_behind(folder, mosquitto, name):
    """A batch that a run before has formed, and perhaps sent."""
    async with box(folder, mosquitto, name, running=False) as one:
        await one.spool.append(rows(1, 3))
        return await one.spool.form("oldest", await one.spool.newest(), 10, 1)


async def test_a_batch_that_is_never_answered_keeps_nobody_from_asking_the_time(mosquitto, tmp_path):
    waiting = await left_behind(tmp_path, mosquitto, "gw-18")

    def but_that_one(batch):
        return None if batch.seq == waiting else stored(batch)

    hand = SecondBoot()
    async with (
        talk(mosquitto, "gw-18", but_that_one) as peer,
        box(tmp_path, mosquitto, "gw-18", hand=hand, knows_time=False) as one,
    ):
        await until(lambda: one.watch.learned)
        await one.spool.append([Stamped(SERIES, hand.ticks, one.watch.time_of(hand.ticks), 4.5, 0)])
        await until(lambda: 4.5 in peer.numbers(SERIES))
        while (left := await one.spool.unanswered()) != [waiting]:  # the answer to the newest one is on its way
            assert waiting in left
            await asyncio.sleep(0.01)


async def test_an_answer_to_an_earlier_transmission_sets_no_wrong_time(mosquitto, tmp_path):
    waiting = await left_behind(tmp_path, mosquitto, "gw-19")
    hand = SecondBoot()
    async with (
        talk(mosquitto, "gw-19", silent) as peer,
        box(tmp_path, mosquitto, "gw-19", hand=hand, knows_time=False) as one,
    ):
        await until(lambda: [batch.seq for batch in peer.batches].count(waiting) >= 2)
        await peer.say(wire.Stored(one.spool.id, [waiting], now=clock.now() - 120_000))
        await until(lambda: not one.uplink._window.flights)
        assert one.watch.learned is None
        peer.answer = stored
        await until(lambda: one.watch.learned)
    assert abs(one.watch.time_of(hand.ticks) - clock.now()) < 5_000


async def test_an_answer_that_waited_for_minutes_on_its_way_sets_no_wrong_time(mosquitto, tmp_path):
    hand = HandClock()
    async with (
        talk(mosquitto, "gw-38", silent) as peer,
        box(tmp_path, mosquitto, "gw-38", hand=hand, knows_time=False) as one,
    ):
        await until(lambda: peer.batches)
        held_up = stored(peer.batches[0])
        hand.ticks += 120_000
        await peer.say(held_up)
        await until(lambda: len(peer.batches) >= 2)
        assert one.watch.learned is None


async def test_a_question_is_never_asked_twice_and_leaves_nothing_on_the_disk(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-39", silent) as peer, box(tmp_path, mosquitto, "gw-39", knows_time=False) as one:
        await until(lambda: len(peer.batches) >= 3)
        assert await one.spool.unanswered() == []
    seqs = [batch.seq for batch in peer.batches]
    assert seqs == sorted(set(seqs))


async def test_answers_slower_than_the_patience_still_tell_the_time(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-40", silent) as peer, box(tmp_path, mosquitto, "gw-40", knows_time=False) as one:
        await until(lambda: len(peer.batches) >= 2)
        await peer.say(stored(peer.batches[0]))
        await until(lambda: one.watch.source is Source.ACK)
        assert abs(one.watch.time_of(one.hand.ticks) - clock.now()) < 5_000


async def test_a_collector_that_does_not_know_the_time_is_not_asked_without_end(mosquitto, tmp_path):
    def timeless(batch):
        return wire.Stored(batch.spool, [batch.seq], now=1_000_000)

    async with talk(mosquitto, "gw-41", timeless) as peer, box(tmp_path, mosquitto, "gw-41", knows_time=False) as one:
        await until(lambda: len(peer.batches) >= 2)
        await asyncio.sleep(1)
        assert one.watch.learned is None
        assert len(peer.batches) <= 8


async def test_the_time_is_learned_from_an_answer_even_while_the_disk_refuses_to_note_it(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-42", silent) as peer, box(tmp_path, mosquitto, "gw-42", knows_time=False) as one:
        await until(lambda: peer.batches)
        await one.spool._do(lambda file: file._db.execute("PRAGMA query_only = ON"))
        await peer.say(stored(peer.batches[-1]))
        await until(lambda: one.watch.learned)
        assert one.spool.learned is None
        await one.spool._do(lambda file: file._db.execute("PRAGMA query_only = OFF"))
        await one.uplink.remember_the_time()
        assert one.spool.learned == one.watch.learned


async def test_an_earlier_boot_that_never_knew_the_time_is_sent_as_undated(mosquitto, tmp_path):
    lost = HandClock()
    async with box(tmp_path, mosquitto, "gw-11", hand=lost, knows_time=False, running=False) as one:
        await one.spool.append(rows(1, 3, dated=False))

    async with (
        talk(mosquitto, "gw-11") as peer,
        box(tmp_path, mosquitto, "gw-11", hand=SecondBoot(), knows_time=False) as one,
    ):
        await within(60, one.empty())
        await until(lambda: any(batch.undated for batch in peer.batches))
        undated = next(batch for batch in peer.batches if batch.undated)
    assert undated.undated == wire.Undated("boot-1", None, one.watch.learned.offset_ms)
    assert [t for trace in wire.traces_of(undated.series) for t in trace.t] == [60_000, 120_000, 180_000]
    assert not peer.values
