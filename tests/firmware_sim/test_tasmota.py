"""The board with Tasmota: its message with all its quirks, and on a real broker."""

import asyncio
import contextlib
import json
import random

import pytest

from coldchain.broker import connect
from firmware_sim.device.probe import Probe, ProbeFault, ProbeType
from firmware_sim.device.tasmota import Board, Broker, encode, run

EXACT = ProbeType(lag_s=60, quantum_c=0.0625, noise_c=0.0)
AT_MS = 1_783_065_600_000  # 2026-07-03 16:00:00 in China


def hung(felt_c, fault=None):
    return Probe(EXACT, random.Random(0), felt_c, fault=fault)


def test_two_probes_are_numbered_in_the_order_of_their_rom_ids():
    message = json.loads(encode({"0000FF": hung(-18.2), "000032": hung(4.6)}, AT_MS, 8))
    assert message == {
        "Time": "2026-07-03T16:00:00",
        "DS18B20-1": {"Id": "000032", "Temperature": 4.6},
        "DS18B20-2": {"Id": "0000FF", "Temperature": -18.2},
        "TempUnit": "C",
    }


def test_a_single_probe_has_no_number():
    message = json.loads(encode({"000003287CD8": hung(4.6)}, AT_MS, 8))
    assert message["DS18B20"] == {"Id": "000003287CD8", "Temperature": 4.6}


@pytest.mark.parametrize("fault", [ProbeFault.DISCONNECTED, ProbeFault.ABSENT])
def test_a_probe_that_is_gone_disappears_from_the_message(fault):
    message = json.loads(encode({"000032": hung(4.6, fault), "0000FF": hung(5.0)}, AT_MS, 8))
    assert [key for key in message if key.startswith("DS18B20")] == ["DS18B20-2"]


@pytest.mark.parametrize(("fault", "shown"), [(ProbeFault.POWER_ON, 85.0), (ProbeFault.ZERO_SCRATCHPAD, 0.0)])
def test_what_its_driver_does_not_filter_is_shown_as_a_temperature(fault, shown):
    assert json.loads(encode({"000032": hung(4.6, fault)}, AT_MS, 8))["DS18B20"]["Temperature"] == shown


async def test_it_publishes_and_says_that_it_is_online(mosquitto):
    broker = Broker(mosquitto.host, mosquitto.port, "device", mosquitto.password("device"))
    async with connect(mosquitto.settings("tester"), "tasmota-ear") as ear:
        await ear.subscribe("tele/fridge-7/#")
        board = run(broker, Board("fridge-7"), lambda: (AT_MS, {"000032": hung(4.6)}), asyncio.Event().wait)
        task = asyncio.create_task(board)
        async with asyncio.timeout(60):
            heard = [await anext(ear.messages()) for _ in range(2)]
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert [(m.topic, m.payload[:8]) for m in heard] == [
        ("tele/fridge-7/LWT", b"Online"),
        ("tele/fridge-7/SENSOR", b'{"Time":'),
    ]


async def test_a_board_that_hangs_says_nothing(mosquitto):
    broker = Broker(mosquitto.host, mosquitto.port, "device", mosquitto.password("device"))
    async with connect(mosquitto.settings("tester"), "tasmota-ear") as ear:
        await ear.subscribe("tele/fridge-8/SENSOR")
        task = asyncio.create_task(run(broker, Board("fridge-8"), lambda: None, asyncio.Event().wait))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.4):
                await anext(ear.messages())
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
