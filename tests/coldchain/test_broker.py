"""The broker door and the deployed access list, on a real mosquitto."""

import asyncio
import sys

import pytest

from coldchain import wire
from coldchain.broker import connect
from coldchain.errors import Unavailable
from coldchain.settings import BrokerSettings
from tests.parts.mosquitto import mosquitto_broker
from tests.parts.process import free_port

QUIET_S = 0.4
DIES = """
import asyncio, os, signal, sys
from coldchain.broker import Will, connect
from coldchain.settings import BrokerSettings

async def main():
    settings = BrokerSettings(port=int(sys.argv[1]), user="gw-51", password="15-wg")
    async with connect(settings, "dies", will=Will(sys.argv[2], b"gone")):
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def hears(link, seconds=60.0, *, retained=False):
    """The next message; by default not one that another test left on the shared broker."""
    async with asyncio.timeout(seconds):
        async for message in link.messages():
            if message.retained == retained:
                return message
    return None


async def is_heard(mosquitto, speaker, topic):
    """Whether what `speaker` publishes on `topic` reaches somebody who may hear everything."""
    async with (
        connect(mosquitto.settings("tester"), "ear") as ear,
        connect(mosquitto.settings(speaker), "mouth") as mouth,
    ):
        await ear.subscribe(topic)
        await mouth.publish(topic, b"x")
        try:
            return await hears(ear, QUIET_S) is not None
        except TimeoutError:
            return False


async def reaches(mosquitto, listener, topic, subscription=None):
    """Whether what is published on `topic` reaches `listener` by `subscription`."""
    async with (
        connect(mosquitto.settings("tester"), "mouth") as mouth,
        connect(mosquitto.settings(listener), "ear") as ear,
    ):
        try:
            await ear.subscribe(subscription or topic)
        except Unavailable:
            return False
        await mouth.publish(topic, b"x")
        try:
            return await hears(ear, QUIET_S) is not None
        except TimeoutError:
            return False


MAY_SAY = [
    ("gw-51", wire.topic_of("gw-51", "readings")),
    ("gw-51", wire.topic_of("gw-51", "health")),
    ("collector", wire.topic_of("gw-51", "stored")),
    ("collector", wire.feed_topic(7)),
]
MAY_NOT_SAY = [
    ("gw-51", wire.topic_of("gw-52", "readings")),
    ("gw-51", wire.topic_of("gw-52", "health")),
    ("gw-51", wire.topic_of("gw-51", "stored")),
    ("gw-51", wire.topic_of("gw-52", "stored")),
    ("gw-51", wire.feed_topic(1)),
    ("gw-51", "coldchain/v2/gw/gw-51/readings"),
    ("gw-51", "anything"),
    ("collector", wire.topic_of("gw-51", "readings")),
    ("collector", wire.topic_of("gw-51", "health")),
    ("alerting", wire.feed_topic(1)),
    ("alerting", wire.topic_of("gw-51", "stored")),
    ("alerting", wire.topic_of("gw-51", "readings")),
    ("dashboards", wire.feed_topic(1)),
    ("dashboards", wire.topic_of("gw-51", "health")),
]
MAY_HEAR = [
    ("gw-51", wire.topic_of("gw-51", "stored"), None),
    ("collector", wire.topic_of("gw-51", "readings"), wire.READINGS_OF_ALL),
    ("alerting", wire.feed_topic(3), wire.FEED_OF_ALL),
    ("alerting", wire.topic_of("gw-51", "health"), wire.HEALTH_OF_ALL),
    ("dashboards", wire.feed_topic(3), wire.FEED_OF_ALL),
    ("dashboards", wire.topic_of("gw-51", "health"), wire.HEALTH_OF_ALL),
]
MAY_NOT_HEAR = [
    ("gw-51", wire.topic_of("gw-52", "stored"), None),
    ("gw-51", wire.topic_of("gw-52", "stored"), wire.STORED_OF_ALL),
    ("gw-51", wire.topic_of("gw-52", "readings"), wire.READINGS_OF_ALL),
    ("gw-51", wire.topic_of("gw-52", "health"), wire.HEALTH_OF_ALL),
    ("gw-51", wire.feed_topic(1), "#"),
    ("collector", wire.topic_of("gw-51", "health"), None),
    ("collector", wire.feed_topic(1), None),
    ("alerting", wire.topic_of("gw-51", "readings"), wire.READINGS_OF_ALL),
    ("dashboards", wire.topic_of("gw-51", "readings"), "#"),
    ("dashboards", wire.topic_of("gw-51", "stored"), wire.STORED_OF_ALL),
]


@pytest.mark.parametrize(("speaker", "topic"), MAY_SAY)
async def test_the_access_list_lets_each_say_its_own(mosquitto, speaker, topic):
    assert await is_heard(mosquitto, speaker, topic)


@pytest.mark.parametrize(("speaker", "topic"), MAY_NOT_SAY)
async def test_the_access_list_keeps_each_from_anothers_words(mosquitto, speaker, topic):
    assert not await is_heard(mosquitto, speaker, topic)


@pytest.mark.parametrize(("listener", "topic", "subscription"), MAY_HEAR)
async def test_the_access_list_lets_each_hear_what_concerns_it(mosquitto, listener, topic, subscription):
    assert await reaches(mosquitto, listener, topic, subscription)


@pytest.mark.parametrize(("listener", "topic", "subscription"), MAY_NOT_HEAR)
async def test_the_access_list_keeps_each_from_hearing_others(mosquitto, listener, topic, subscription):
    assert not await reaches(mosquitto, listener, topic, subscription)


@pytest.mark.parametrize(("user", "password"), [("gw-51", "wrong"), ("nobody", "x"), ("", "")])
async def test_nobody_gets_in_without_the_right_password(mosquitto, user, password):
    settings = BrokerSettings(host=mosquitto.host, port=mosquitto.port, user=user, password=password)
    with pytest.raises(Unavailable):
        async with connect(settings, "stranger"):
            pass


async def test_no_broker_is_an_error_to_retry():
    with pytest.raises(Unavailable) as caught:
        async with connect(BrokerSettings(port=free_port(), timeout_s=2), "early"):
            pass
    assert caught.value.retry


async def test_a_retained_message_says_that_it_is_old(mosquitto):
    topic = wire.topic_of("gw-52", "health")
    async with connect(mosquitto.settings("gw-52"), "a") as speaker:
        await speaker.publish(topic, b"old", retain=True)
        async with connect(mosquitto.settings("alerting"), "b") as listener:
            await listener.subscribe(topic)
            message = await hears(listener, retained=True)
        await speaker.publish(topic, b"", retain=True)
    assert (message.payload, message.retained) == (b"old", True)


async def test_a_lost_broker_ends_the_messages(tmp_path):
    with mosquitto_broker(tmp_path) as broker:
        async with connect(broker.settings("dashboards"), "d") as listener:
            await listener.subscribe(wire.FEED_OF_ALL)
            broker.kill()
            with pytest.raises(Unavailable):
                await hears(listener)


async def test_the_will_is_said_for_a_process_that_was_killed(mosquitto):
    topic = wire.topic_of("gw-51", "health")
    async with connect(mosquitto.settings("tester"), "ear") as ear:
        await ear.subscribe(topic)
        speaker = await asyncio.create_subprocess_exec(sys.executable, "-c", DIES, str(mosquitto.port), topic)
        assert await speaker.wait() == -9
        assert (await hears(ear)).payload == b"gone"
    async with connect(mosquitto.settings("tester"), "broom") as broom:
        await broom.publish(topic, b"", retain=True)


async def test_a_cancellation_is_never_forgotten_at_whatever_instant_it_comes(mosquitto):
    async def for_ever(number):
        while True:
            async with connect(mosquitto.settings("gw-53"), f"c{number}") as link:
                await link.subscribe(wire.topic_of("gw-53", "stored"))
                await link.publish(wire.topic_of("gw-53", "readings"), b"x")

    for number in range(60):
        task = asyncio.create_task(for_ever(number))
        await asyncio.sleep(number * 0.0005)
        task.cancel()
        await asyncio.wait([task], timeout=60)
        assert task.cancelled()
