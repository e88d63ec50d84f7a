"""The spool drained through a real broker: nothing settled but by its own acknowledgement."""

import asyncio
import contextlib
from contextlib import asynccontextmanager

import pytest

from coldchain import clock, wire
from coldchain.broker import connect
from coldchain.errors import Unavailable
from coldchain.reading import RECONSTRUCTED
from gateway.clockwatch import Clockwatch, Learned, Source
from gateway.spool import open_spool
from gateway.spoolfile import Stamped
from gateway.uplink import Uplink
from tests.gateway.parts import HandClock, settings_in, until
from tests.gateway.peer import peer_of, silent, stored
from tests.gateway.spools import SERIES, points, points_of, rows
from tests.parts.mosquitto import mosquitto_broker


class Box:
    """A spool and its uplink, without buses."""

    def __init__(self, settings, spool, hand, watch):
        self.settings, self.spool, self.hand, self.watch = settings, spool, hand, watch
        self.uplink = Uplink(settings, spool, watch, hand.boot())

    async def health(self):
        return wire.Health(state="online", spool=await self.spool.health())

    async def left(self):
        return (await self.spool.health()).readings

    async def empty(self):
        while await self.left():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def box(folder, broker, name, *, hand=None, knows_time=True, running=True, **gateway):
    hand = hand or HandClock()
    settings = settings_in(
        folder,
        gateway={"name": name, "send_every_s": 0.2, "ack_timeout_s": 0.3} | gateway,
        broker=broker.settings(name).model_dump(),
    )
    async with open_spool(settings.gateway, hand.boot()) as spool:
        one = Box(settings, spool, hand, Clockwatch(Learned(clock.now(), Source.NTP) if knows_time else spool.learned))
        task = asyncio.create_task(one.uplink.run(one.health)) if running else None
        try:
            yield one
        finally:
            if task:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


def talk(mosquitto, name, answer=stored):
    return peer_of(name, mosquitto.settings("tester"), answer)


async def within(seconds, awaitable):
    async with asyncio.timeout(seconds):
        return await awaitable


async def test_readings_arrive_and_leave_the_disk_only_then(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-1", silent) as peer, box(tmp_path, mosquitto, "gw-1") as one:
        await one.spool.append(rows(1, 3))
        await until(lambda: peer.batches)
        assert await one.left() == 3
        peer.answer = stored
        await within(10, one.empty())
    assert peer.values.keys() == points_of(rows(1, 3)).keys()


async def test_an_unanswered_batch_comes_again_with_the_same_bytes(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-2", silent) as peer, box(tmp_path, mosquitto, "gw-2") as one:
        await one.spool.append(rows(1, 3))
        await until(lambda: len(peer.payloads) >= 3)
        assert len(set(peer.payloads[:3])) == 1
        peer.answer = stored
        await within(10, one.empty())


async def test_haste_does_not_wait_for_the_minute(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-3") as peer, box(tmp_path, mosquitto, "gw-3", send_every_s=3600) as one:
        await until(lambda: peer.health)
        await one.spool.append(rows(1, 1))
        await asyncio.sleep(0.3)
        assert not peer.batches
        one.uplink.hurry()
        await until(lambda: peer.batches, 2)


async def test_after_an_outage_the_newest_come_first_and_the_window_holds(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-4", silent) as peer:
        options = {"batch_readings": 10, "ack_timeout_s": 60}
        async with box(tmp_path, mosquitto, "gw-4", running=False) as one:
            await one.spool.append(rows(1, 500))
        async with box(tmp_path, mosquitto, "gw-4", **options) as one:
            await until(lambda: len(peer.batches) >= wire.WINDOW)
            await asyncio.sleep(0.3)
            assert len(peer.batches) == wire.WINDOW
            assert points(peer.batches[0]).keys() == points_of(rows(491, 500)).keys()
            assert points(peer.batches[1]).keys() == points_of(rows(1, 10)).keys()
            peer.answer = stored
            await peer.say(wire.Stored(one.spool.id, [batch.seq for batch in peer.batches]))
            await within(20, one.empty())
    assert peer.values.keys() == points_of(rows(1, 500)).keys()


async def test_a_batch_that_nobody_takes_does_not_hold_up_the_rest(mosquitto, tmp_path):
    def but_the_first(batch):
        return None if batch.seq == 1 else stored(batch)

    options = {"batch_readings": 10, "ack_timeout_s": 0.05}
    async with talk(mosquitto, "gw-5", but_the_first) as peer, box(tmp_path, mosquitto, "gw-5", **options) as one:
        await one.spool.append(rows(1, 10))
        await until(lambda: peer.batches)
        await one.spool.append(rows(11, 100))
        await until(lambda: {batch.seq for batch in peer.batches} >= set(range(1, 11)))
        while await one.left() > 10:
            await asyncio.sleep(0.02)
        assert await one.spool.unanswered() == [1]


async def test_a_refused_batch_is_deleted_as_told_and_no_other(mosquitto, tmp_path):
    def refuse_the_first(batch):
        return wire.Stored(batch.spool, [], {"1": "shape"}) if batch.seq == 1 else None

    async with talk(mosquitto, "gw-6", refuse_the_first) as peer, box(tmp_path, mosquitto, "gw-6") as one:
        await one.spool.append(rows(1, 3))
        await until(lambda: peer.batches)
        await one.spool.append(rows(4, 6))
        await until(lambda: any(batch.seq == 2 for batch in peer.batches))
        assert await one.spool.unanswered() == [2]
        assert "; 3 readings in batches that the collector keeps as refused" in (await one.spool.health()).rule


async def test_acknowledgements_of_a_swapped_card_are_ignored(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-7", silent) as peer, box(tmp_path, mosquitto, "gw-7") as one:
        await one.spool.append(rows(1, 3))
        await until(lambda: peer.batches)
        await peer.say(wire.Stored("0" * 32, [1, 2, 3], now=5))
        await peer.link.publish(wire.topic_of("gw-7", "stored"), b"{not json")
        await peer.link.publish(wire.topic_of("gw-7", "stored"), b'{"spool": 7}')
        await asyncio.sleep(0.2)
        assert await one.left() == 3
        await peer.say(wire.Stored(one.spool.id, [1]))
        await within(5, one.empty())


async def test_a_retained_acknowledgement_is_ignored(mosquitto, tmp_path):
    async with box(tmp_path, mosquitto, "gw-8", running=False) as one:
        await one.spool.append(rows(1, 3))
        old = wire.encode(wire.Stored(one.spool.id, [1], now=5))
    topic = wire.topic_of("gw-8", "stored")
    async with talk(mosquitto, "gw-8", silent) as peer:
        await peer.link.publish(topic, old, retain=True)
        async with box(tmp_path, mosquitto, "gw-8") as one:
            await until(lambda: len(peer.batches) >= 2)
            assert await one.left() == 3
        await peer.link.publish(topic, b"", retain=True)


async def test_a_box_without_a_clock_asks_the_time_and_dates_what_waited(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-9") as peer, box(tmp_path, mosquitto, "gw-9", knows_time=False) as one:
        one.hand.ticks = 200_000
        await one.spool.append(rows(1, 3, dated=False))
        await until(lambda: peer.values)
        await within(5, one.empty())
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


async def test_an_earlier_boot_that_never_knew_the_time_is_sent_as_undated(mosquitto, tmp_path):
    lost = HandClock()
    async with box(tmp_path, mosquitto, "gw-11", hand=lost, knows_time=False, running=False) as one:
        await one.spool.append(rows(1, 3, dated=False))

    class SecondBoot(HandClock):
        def boot(self, name="boot-2"):
            return super().boot(name)

    async with (
        talk(mosquitto, "gw-11") as peer,
        box(tmp_path, mosquitto, "gw-11", hand=SecondBoot(), knows_time=False) as one,
    ):
        await within(10, one.empty())
        await until(lambda: any(batch.undated for batch in peer.batches))
        undated = next(batch for batch in peer.batches if batch.undated)
    assert undated.undated == wire.Undated("boot-1", None, one.watch.learned.offset_ms)
    assert [t for trace in wire.traces_of(undated.series) for t in trace.t] == [60_000, 120_000, 180_000]
    assert not peer.values


async def test_the_last_will_says_offline_and_health_says_online(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-12") as peer:
        async with box(tmp_path, mosquitto, "gw-12") as one:
            await until(lambda: peer.health)
            assert peer.health[-1].state == "online"
            assert peer.health[-1].spool.id == one.spool.id
        await until(lambda: peer.health[-1].state == "offline")


async def test_two_boxes_under_one_name_do_not_throw_each_other_off(mosquitto, tmp_path):
    async with (
        talk(mosquitto, "gw-13") as peer,
        box(tmp_path / "a", mosquitto, "gw-13") as first,
        box(tmp_path / "b", mosquitto, "gw-13") as second,
    ):
        await first.spool.append(rows(1, 3))
        await second.spool.append(rows(1, 3, "twin/temperature"))
        await within(10, first.empty())
        await within(10, second.empty())
    assert len({batch.spool for batch in peer.batches}) == 2


async def test_a_broker_that_is_killed_and_comes_back_costs_nothing(parts_folder, tmp_path):
    with mosquitto_broker(parts_folder / "killed", ["gw-1"]) as broker:
        async with box(tmp_path, broker, "gw-1") as one:
            async with talk(broker, "gw-1") as peer:
                await one.spool.append(rows(1, 3))
                await until(lambda: len(peer.values) == 3)
                first = peer.values
            broker.kill()
            await one.spool.append(rows(4, 6))
            await asyncio.to_thread(broker.start)
            async with talk(broker, "gw-1") as peer:
                await within(30, one.empty())
            assert (first | peer.values).keys() == points_of(rows(1, 6)).keys()


async def test_a_wrong_password_is_waited_out_not_crashed_on(mosquitto, tmp_path):
    settings = settings_in(
        tmp_path, gateway={"name": "gw-14"}, broker={"port": mosquitto.port, "user": "gw-14", "password": "wrong"}
    )
    hand = HandClock()
    async with open_spool(settings.gateway, hand.boot()) as spool:
        uplink = Uplink(settings, spool, Clockwatch(), hand.boot())

        async def health():
            return wire.Health(state="online")

        task = asyncio.create_task(uplink.run(health))
        await asyncio.sleep(0.5)
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    "topic",
    [*(wire.topic_of("gw-16", what) for what in ("readings", "health", "stored")), wire.topic_of("gw-15", "stored")],
)
async def test_a_gateway_speaks_under_no_other_name_and_acknowledges_nothing(mosquitto, topic):
    """What the broker itself forbids: it runs the deployed access list."""
    heard = []
    async with connect(mosquitto.settings("tester"), "listener") as listener:
        await listener.subscribe(topic)
        with contextlib.suppress(Unavailable):  # mosquitto may hang up on whoever tries
            async with connect(mosquitto.settings("gw-15"), "spy") as spy:
                await spy.publish(topic, b"forged")
        await listener.publish(topic, b"true")
        async for message in listener.messages():
            heard.append(message.payload)
            if message.payload == b"true":
                break
    assert heard == [b"true"]


async def test_a_value_changed_in_the_same_channel_and_time_is_never_sent_twice(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-17") as peer, box(tmp_path, mosquitto, "gw-17") as one:
        await one.spool.append(rows(1, 1))
        await one.spool.append([Stamped(SERIES, *rows(1, 1)[0][1:3], 99.9, 0)])
        await within(10, one.empty())
        await until(lambda: peer.values)
    assert list(peer.values.values()) == [(rows(1, 1)[0].value, 0)]


async def test_a_batch_that_was_formed_while_the_connection_dropped_is_sent_by_the_next_one(parts_folder, tmp_path):
    with mosquitto_broker(parts_folder / "orphan", ["gw-1"]) as broker:
        async with box(tmp_path, broker, "gw-1", send_every_s=3600) as one:
            async with talk(broker, "gw-1") as peer:
                await until(lambda: peer.health)
            broker.kill()
            await one.spool.append(rows(1, 2))
            # The spool's thread finished what the cancelled sender no longer awaited.
            assert await one.spool.form("oldest", await one.spool.newest(), 10, 0)
            await asyncio.to_thread(broker.start)
            async with talk(broker, "gw-1") as peer:
                await within(40, one.empty())
