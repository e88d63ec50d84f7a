"""Devices that publish to the gateway's own broker."""

import json

import pytest
from pydantic import SecretStr

from coldchain.broker import connect
from coldchain.errors import BadInput
from coldchain.reading import Fault
from gateway.drivers.mqtt import _Topic, open_mqtt
from gateway.settings import Device, MqttBus
from tests.gateway.listening import listening
from tests.gateway.parts import until


@pytest.fixture
def name(request):
    """A topic of its own for each test."""
    return request.node.name.replace("test_", "")[:40]


def bus_on(mosquitto, hand, *devices):
    bus = MqttBus(
        kind="mqtt", name="local", port=mosquitto.port, user="device", password=SecretStr(mosquitto.password("device"))
    )
    return open_mqtt(bus, devices, lambda: hand.ticks, f"sources-{devices[0].topic.replace('/', '-')}")


def tasmota_on(name):
    return Device(bus="local", shape="tasmota", topic=f"tele/{name}/SENSOR")


async def opened(heard):
    await until(lambda: heard.source.health().state == "ok")


def probes(**temperatures):
    sensors = {f"DS18B20-{n}": {"Id": rom, "Temperature": t} for n, (rom, t) in enumerate(temperatures.items(), 1)}
    return json.dumps({"Time": "1970-01-01T00:00:00", **sensors, "TempUnit": "C"}).encode()


async def test_a_tasmota_probe_is_stamped_by_its_arrival(mosquitto, hand, name):
    async with (
        listening(bus_on(mosquitto, hand, tasmota_on(name))) as heard,
        connect(mosquitto.settings("device"), name) as device,
    ):
        await opened(heard)
        await device.publish(f"tele/{name}/SENSOR", probes(AA01=4.6))
        await until(lambda: heard.samples)
    assert [(s.series, s.value, s.ticks) for s in heard.samples] == [("aa01/temperature", 4.6, 1000)]


async def test_a_probe_that_is_no_longer_reported_is_silent_and_its_neighbour_is_not(mosquitto, hand, name):
    async with (
        listening(bus_on(mosquitto, hand, tasmota_on(name))) as heard,
        connect(mosquitto.settings("device"), name) as device,
    ):
        await opened(heard)
        await device.publish(f"tele/{name}/SENSOR", probes(AA01=4.6, BB02=-18.2))
        await device.publish(f"tele/{name}/SENSOR", probes(BB02=-18.1))
        await until(lambda: len(heard.samples) == 4)
        assert heard.device(name).note == "no longer reports aa01"
        await device.publish(f"tele/{name}/SENSOR", probes(AA01=4.7, BB02=-18.0))
        await until(lambda: heard.values("aa01/temperature") == [4.6, 4.7])
    assert heard.faults("aa01/temperature") == [Fault.NO_ANSWER]
    assert heard.values("bb02/temperature") == [-18.2, -18.1, -18.0]


async def test_the_last_will_of_a_device_is_silence(mosquitto, hand, name):
    async with (
        listening(bus_on(mosquitto, hand, tasmota_on(name))) as heard,
        connect(mosquitto.settings("device"), name) as device,
    ):
        await opened(heard)
        await device.publish(f"tele/{name}/SENSOR", probes(AA01=4.6))
        await device.publish(f"tele/{name}/LWT", b"Offline")
        await until(lambda: heard.faults("aa01/temperature") == [Fault.NO_ANSWER])
        assert heard.device(name).state == "silent"


async def test_a_message_that_cannot_be_read_spoils_no_other(mosquitto, hand, name):
    async with (
        listening(bus_on(mosquitto, hand, tasmota_on(name))) as heard,
        connect(mosquitto.settings("device"), name) as device,
    ):
        await opened(heard)
        for payload in (b"{", b"\xff", b"[]", b"x" * 100_000):
            await device.publish(f"tele/{name}/SENSOR", payload)
        await until(lambda: heard.device(name).failures == 4)
        await device.publish(f"tele/{name}/SENSOR", probes(AA01=4.6))
        await until(lambda: heard.values("aa01/temperature") == [4.6])


async def test_a_retained_value_is_of_unknown_age_and_no_reading(mosquitto, hand, name):
    async with connect(mosquitto.settings("device"), name) as device:
        await device.publish(f"tele/{name}/SENSOR", probes(AA01=9.9), retain=True)
        async with listening(bus_on(mosquitto, hand, tasmota_on(name))) as heard:
            await opened(heard)
            await device.publish(f"tele/{name}/SENSOR", probes(AA01=4.6))
            await until(lambda: heard.samples)
        await device.publish(f"tele/{name}/SENSOR", b"", retain=True)
    assert heard.values("aa01/temperature") == [4.6]


async def test_a_cached_zigbee_state_is_said_once(mosquitto, hand, name):
    device = Device(bus="local", shape="zigbee2mqtt", topic=f"zigbee2mqtt/{name}")
    async with (
        listening(bus_on(mosquitto, hand, device)) as heard,
        connect(mosquitto.settings("device"), name) as link,
    ):
        await opened(heard)
        for seen, celsius in ((1000, 4.6), (1000, 4.6), (2000, 4.7), (1000, 4.6)):
            payload = json.dumps({"temperature": celsius, "last_seen": seen}).encode()
            await link.publish(f"zigbee2mqtt/{name}", payload)
        await until(lambda: len(heard.samples) == 2)
        await link.publish(f"zigbee2mqtt/{name}", b'{"temperature": 9.9}')
        await until(lambda: "last_seen: is missing" in heard.device(name).note)
    assert heard.values(f"{name}/temperature") == [4.6, 4.7]


def test_a_bridge_whose_clock_was_set_back_costs_one_report_and_no_hours(name):
    topic = _Topic(Device(bus="local", shape="zigbee2mqtt", topic=f"zigbee2mqtt/{name}"), name)
    heard = []
    for mark in (5000, 1000, 1000, 1060, 1060, 1120, 900, 900, 1180):
        if not topic.has_seen(mark):
            topic.seen = mark
            heard.append(mark)
    assert heard == [5000, 1060, 1120, 1180]


async def test_a_broker_that_is_gone_is_told(mosquitto, hand, name):
    bus = MqttBus(kind="mqtt", name="local", port=mosquitto.port, user="nobody", password=SecretStr("x"))
    async with listening(open_mqtt(bus, (tasmota_on(name),), lambda: 0, name)) as heard:
        await until(lambda: heard.source.health().state == "gone")


def test_a_password_file_that_is_not_there_is_refused(tmp_path):
    bus = MqttBus(kind="mqtt", name="local", password_file=tmp_path / "none")
    with pytest.raises(BadInput, match=r"bus\.password_file"):
        bus.broker()
