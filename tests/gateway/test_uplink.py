"""The spool drained through a real broker: nothing settled but by its own acknowledgement."""

import asyncio
import contextlib

import pytest

from coldchain import wire
from coldchain.broker import connect
from coldchain.errors import Unavailable
from gateway.clockwatch import Clockwatch
from gateway.spool import open_spool
from gateway.spoolfile import Stamped
from gateway.uplink import Uplink
from tests.gateway.box import box, talk, within
from tests.gateway.parts import HandClock, settings_in, until
from tests.gateway.peer import silent, stored
from tests.gateway.spools import SERIES, points, points_of, rows
from tests.parts.mosquitto import mosquitto_broker


async def test_readings_arrive_and_leave_the_disk_only_then(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-1", silent) as peer, box(tmp_path, mosquitto, "gw-1") as one:
        await one.spool.append(rows(1, 3))
        await until(lambda: peer.batches)
        assert await one.left() == 3
        peer.answer = stored
        await within(60, one.empty())
    assert peer.values.keys() == points_of(rows(1, 3)).keys()


async def test_an_unanswered_batch_comes_again_with_the_same_bytes(mosquitto, tmp_path):
    async with talk(mosquitto, "gw-2", silent) as peer, box(tmp_path, mosquitto, "gw-2") as one:
        await one.spool.append(rows(1, 3))
        await until(lambda: len(peer.payloads) >= 3)
        assert len(set(peer.payloads[:3])) == 1
        peer.answer = stored
        await within(60, one.empty())


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
            await within(60, one.empty())
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
        await within(60, one.empty())


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
        await within(60, first.empty())
        await within(60, second.empty())
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
                await within(60, one.empty())
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
        await within(60, one.empty())
        await until(lambda: peer.values)
    assert list(peer.values.values()) == [(rows(1, 1)[0].value, 0)]


async def test_a_spool_begun_anew_is_sent_under_its_own_name_and_old_answers_settle_nothing_in_it(
    mosquitto, tmp_path, monkeypatch
):
    monkeypatch.setattr("gateway.spool.OPEN_EVERY_S", 0.0)
    async with talk(mosquitto, "gw-44", silent) as peer, box(tmp_path, mosquitto, "gw-44") as one:
        await one.spool.append(rows(1, 3))
        await until(lambda: peer.batches)
        old = peer.batches[0]
        await one.spool._do(lambda _: one.spool._let_go())
        (tmp_path / "spool.sqlite").rename(tmp_path / "pulled.sqlite")
        await one.spool.append(rows(4, 6))
        await until(lambda: peer.batches[-1].spool == one.spool.id != old.spool)
        assert peer.batches[-1].seq == old.seq
        await peer.say(stored(old))
        peer.answer = stored
        await within(60, one.empty())
    assert points(peer.batches[-1]) == points_of(rows(4, 6))


async def test_a_batch_that_was_formed_while_the_connection_dropped_is_sent_by_the_next_one(parts_folder, tmp_path):
    with mosquitto_broker(parts_folder / "orphan", ["gw-1"]) as broker:
        async with box(tmp_path, broker, "gw-1", send_every_s=3600, health_every_s=0.1) as one:
            async with talk(broker, "gw-1") as peer:
                await until(lambda: peer.health)
            broker.kill()
            await one.spool.append(rows(1, 2))
            # The spool's thread finished what the cancelled sender no longer awaited.
            assert await one.spool.form("oldest", await one.spool.newest(), 10, 0)
            await asyncio.to_thread(broker.start)
            async with talk(broker, "gw-1") as peer:
                await within(60, one.empty())
