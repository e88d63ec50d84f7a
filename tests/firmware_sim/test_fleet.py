"""The fleet on a real broker: load, acknowledgements that are lost, and a cable that is pulled."""

import asyncio
import contextlib
import random

import pytest

from coldchain.broker import connect
from coldchain.wire import Block, decode_health
from firmware_sim.fleet import load
from firmware_sim.fleet.load import Load, broker_of
from firmware_sim.fleet.spool import MemorySpool
from firmware_sim.fleet.uplink import Uplink
from tests.firmware_sim.answering import answering, until


@contextlib.asynccontextmanager
async def uplinked(mosquitto, gateway):
    """A gateway's uplink that runs on the broker as itself."""
    uplink = Uplink(gateway, mosquitto.settings(gateway), MemorySpool(random.Random(gateway)), random.Random(gateway))
    task = asyncio.create_task(uplink.run())
    yield uplink
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def put(uplink, first, count):
    for n in range(first, first + count):
        uplink.spool.put({"a.1/temperature": Block(v=[float(n)], t0=n * 60_000, step=60_000)}, sent_ms=n)
    uplink.nudge()


async def test_everything_sent_is_stored_and_the_spool_is_empty(mosquitto):
    async with answering(mosquitto.settings("tester"), "gw-41") as collector, uplinked(mosquitto, "gw-41") as uplink:
        put(uplink, 0, 100)
        await asyncio.wait_for(uplink.emptied(), 10)
    assert collector.readings["gw-41/a.1/temperature"] == {n * 60_000: float(n) for n in range(100)}


async def test_what_was_measured_while_the_cable_was_pulled_comes_afterwards_newest_first(mosquitto):
    async with answering(mosquitto.settings("tester"), "gw-42") as collector, uplinked(mosquitto, "gw-42") as uplink:
        put(uplink, 0, 1)
        await asyncio.wait_for(uplink.emptied(), 10)
        uplink.pull()
        put(uplink, 1, 30)
        await asyncio.sleep(0.2)
        assert len(collector.heard) == 1
        uplink.plug()
        await asyncio.wait_for(uplink.emptied(), 10)
    assert [seq for _, seq in collector.heard[1:4]] == [31, 30, 2]
    assert len(collector.readings["gw-42/a.1/temperature"]) == 31


async def test_a_lost_acknowledgement_costs_a_second_sending_and_no_reading(mosquitto):
    async with (
        answering(mosquitto.settings("tester"), "gw-43", deaf={2}) as collector,
        uplinked(mosquitto, "gw-43") as uplink,
    ):
        put(uplink, 0, 3)
        await until(lambda: len(uplink.spool) == 1)
        uplink.pull()  # a new connection sends at once what the old one left in the air
        await asyncio.sleep(0.1)
        uplink.plug()
        await asyncio.wait_for(uplink.emptied(), 10)
    assert sorted(collector.readings["gw-43/a.1/temperature"].values()) == [0.0, 1.0, 2.0]
    assert collector.changed == []


async def test_its_health_says_online_and_the_pulled_cable_offline(mosquitto):
    async with connect(mosquitto.settings("alerting"), "health-ear") as ear:
        await ear.subscribe("coldchain/v1/gw/gw-46/health")
        async with uplinked(mosquitto, "gw-46") as uplink, asyncio.timeout(60):
            states = [decode_health((await anext(ear.messages())).payload).state]
            uplink.pull()
            states.append(decode_health((await anext(ear.messages())).payload).state)
    assert states == ["online", "offline"]


async def test_a_broker_that_lets_nobody_in_is_tried_again_and_nothing_is_lost(mosquitto):
    stranger = mosquitto.settings("nobody")
    uplink = Uplink("gw-45", stranger, MemorySpool(random.Random(1)), random.Random(1))
    put(uplink, 0, 5)
    task = asyncio.create_task(uplink.run())
    await asyncio.sleep(0.5)
    assert not task.done()
    assert uplink.spool.readings == 5
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("batch", [60, 1])
async def test_a_load_is_sent_at_its_rate_and_counted(mosquitto, batch):
    wanted = Load(gateways=5, readings_per_s=20.0 * batch, batch=batch, seconds=1.5, prefix="gw")
    passwords = {name: mosquitto.password(name) for name in wanted.names()}
    async with answering(mosquitto.settings("tester"), "gw-") as collector:
        outcome = await load.run(wanted, mosquitto.settings("tester"), passwords)
    assert outcome.sent == pytest.approx(30 * batch, rel=0.4)
    assert outcome.stored + outcome.waiting == outcome.sent
    assert outcome.stored >= 0.8 * outcome.sent
    assert outcome.stored <= sum(len(values) for values in collector.readings.values())


async def test_the_readings_of_a_load_never_share_a_time(mosquitto):
    wanted = Load(gateways=3, readings_per_s=6000.0, batch=60, seconds=1.0, prefix="gw", seed="times")
    async with answering(mosquitto.settings("tester"), "gw-") as collector:
        outcome = await load.run(wanted, mosquitto.settings("tester"), {})
    assert outcome.stored > 1000
    assert collector.twice == 0


def test_a_gateway_connects_as_itself_where_its_password_is_known(mosquitto):
    known = broker_of(mosquitto.settings("tester"), "gw-1", {"gw-1": "secret"})
    assert (known.user, known.password.get_secret_value()) == ("gw-1", "secret")
    assert broker_of(mosquitto.settings("tester"), "gw-2", {"gw-1": "secret"}).user == "tester"
