"""A scenario's devices on serial lines, as a gateway would find them."""

import asyncio
import contextlib

import msgspec
import pytest

from firmware_sim.device.serial_line import SerialLine
from firmware_sim.faults import Fault, FaultKind
from firmware_sim.scenario_file import load
from firmware_sim.serving import serve

FAST = 600  # a ten-second sample every 17 ms
LOGGER = "28ff641e8d3c0a51"


async def lines(path, count):
    """The first whole lines on a port."""
    received = b""
    async with SerialLine(str(path)) as host, asyncio.timeout(60):
        while received.count(b"\r\n") <= count:
            received += await host.read()
    return received.split(b"\r\n")[1 : count + 1]


async def test_a_logger_is_a_port_that_speaks(tmp_path):
    async with serve(load("single_fridge"), tmp_path, speed=FAST) as ports:
        (port,) = ports
        told = await lines(port.path, 3)
    assert (port.kind, port.baud, port.devices) == ("cclog", 9600, (LOGGER,))
    assert all(line.startswith(f"$CCLOG,{LOGGER},".encode()) for line in told)
    assert all(b",T1=+" in line and b",T2=-1" in line and b",D1=0,P1=1,B1=100*" in line for line in told)


async def test_a_fault_shows_on_the_line(tmp_path):
    fault = Fault(FaultKind.DISCONNECTED, f"{LOGGER}/T1", at_min=0)
    scenario = msgspec.structs.replace(load("single_fridge"), faults=(fault,))
    async with serve(scenario, tmp_path, speed=FAST) as ports:
        told = await lines(ports[0].path, 2)
    assert b"T1=-127.00,T2=-1" in told[-1]


async def test_a_silent_logger_says_nothing(tmp_path):
    fault = Fault(FaultKind.SILENCE, LOGGER, at_min=-1)
    scenario = msgspec.structs.replace(load("single_fridge"), faults=(fault,))
    async with serve(scenario, tmp_path, speed=FAST) as ports, SerialLine(str(ports[0].path)) as host:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await host.read()


async def test_the_transmitters_of_a_facility_share_a_bus(tmp_path):
    async with serve(load("bad_week"), tmp_path) as ports:
        bus = next(port for port in ports if port.kind == "xy-md02")
        assert bus.devices == ("b1@1", "b2@2")
        async with SerialLine(str(bus.path)) as host:
            replies = [await ask(host, bytes.fromhex(request)) for request in ("010400010002200B", "0204000100022038")]
    cold, frozen = (int.from_bytes(reply[3:5], "big", signed=True) / 10 for reply in replies)
    assert 2 < cold < 8
    assert -25 < frozen < -18


async def ask(host, request):
    host.write(request)
    reply = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(60):
            while len(reply) < 9:
                reply += await host.read()
    return reply


async def test_the_ports_are_gone_afterwards(tmp_path):
    async with serve(load("single_fridge"), tmp_path) as ports:
        assert ports[0].path.exists()
    assert list(tmp_path.iterdir()) == []
