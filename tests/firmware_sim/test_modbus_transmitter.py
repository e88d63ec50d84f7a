"""Transmitters on a bus: literal frames, makers' register maps, and slaves that do not answer."""

import asyncio
import contextlib

import pytest

from firmware_sim.cable import Cable
from firmware_sim.device.modbus_transmitter import Mood, Transmitter, rs_ws_n01, serve, xy_md02
from firmware_sim.device.serial_line import SerialLine
from tests.firmware_sim.vectors import frame


@contextlib.asynccontextmanager
async def bus(tmp_path, *slaves):
    async with (
        Cable(tmp_path / "bus") as cable,
        serve(cable.device_path, slaves),
        SerialLine(str(cable.host_path)) as host,
    ):
        yield host


async def ask(host, request, size, patience_s=3.0):
    """The reply, or b"" when nothing comes."""
    host.write(request)
    got = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience_s):
            while len(got) < size:
                got += await host.read()
    return got


def crc(body):
    value = 0xFFFF
    for byte in body:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return body + value.to_bytes(2, "little")


def xy(address=1, measured=(30.5, 54.6)):
    return Transmitter(address, xy_md02(address), lambda: measured)


def rs(address=1, measured=(-10.1, 65.8)):
    return Transmitter(address, rs_ws_n01(address), lambda: measured)


@pytest.mark.parametrize(
    ("measured", "reply"), [((30.5, 54.6), "xymd02_reply_warm"), ((-20.5, 54.6), "xymd02_reply_below_zero")]
)
async def test_an_xy_md02_replies_with_these_very_bytes(tmp_path, measured, reply):
    async with bus(tmp_path, xy(measured=measured)) as host:
        assert await ask(host, frame("xymd02_request"), 9) == frame(reply)


async def test_an_rs_ws_n01_replies_with_these_very_bytes(tmp_path):
    async with bus(tmp_path, rs()) as host:
        assert await ask(host, frame("rswsn01_request"), 9) == frame("rswsn01_reply_below_zero")


async def test_a_register_that_is_not_there_is_refused_by_name(tmp_path):
    async with bus(tmp_path, xy()) as host:
        assert await ask(host, crc(bytes([1, 4, 0, 9, 0, 2])), 5) == frame("exception_illegal_address")


async def test_a_failed_sensor_chip_is_an_exception(tmp_path):
    slave = rs()
    slave.mood = Mood.FAILS
    async with bus(tmp_path, slave) as host:
        assert await ask(host, frame("rswsn01_request"), 5) == frame("exception_device_failure")


async def test_an_offset_that_a_host_writes_is_added(tmp_path):
    async with bus(tmp_path, xy()) as host:
        write = frame("xymd02_offset_write")
        assert await ask(host, write, len(write)) == write
        reply = await ask(host, frame("xymd02_request"), 9)
        assert int.from_bytes(reply[3:5], "big", signed=True) == 300


async def test_an_offset_can_be_read_back(tmp_path):
    async with bus(tmp_path, xy()) as host:
        await ask(host, frame("xymd02_offset_write"), 8)
        assert await ask(host, crc(bytes([1, 3, 1, 3, 0, 1])), 7) == crc(bytes([1, 3, 2, 0xFF, 0xFB]))


async def test_the_address_register_tells_the_address(tmp_path):
    async with bus(tmp_path, xy(7)) as host:
        assert await ask(host, crc(bytes([7, 3, 1, 1, 0, 1])), 7) == crc(bytes([7, 3, 2, 0, 7]))


@pytest.mark.parametrize("silence", ["never there", "dead", "dark"])
async def test_a_silent_slave_is_silent_and_its_neighbours_answer(tmp_path, silence):
    mute = xy(2, None if silence == "dark" else (4.0, 50.0))
    mute.mood = Mood.SILENT if silence == "dead" else Mood.ANSWERS
    slaves = [xy(1), xy(3)] + ([] if silence == "never there" else [mute])
    async with bus(tmp_path, *slaves) as host:
        assert await ask(host, crc(bytes([2, 4, 0, 1, 0, 2])), 5, patience_s=0.4) == b""
        assert await ask(host, frame("xymd02_request"), 9) == frame("xymd02_reply_warm")
        assert (await ask(host, crc(bytes([3, 4, 0, 1, 0, 2])), 9))[0] == 3


async def test_a_request_with_a_wrong_crc_is_not_answered(tmp_path):
    async with bus(tmp_path, xy()) as host:
        assert await ask(host, frame("xymd02_request")[:-1] + b"\x00", 9, patience_s=0.3) == b""


@pytest.mark.parametrize("slaves", [(xy(1), xy(1)), (xy(1), rs(2))])
async def test_a_bus_needs_one_baud_rate_and_an_address_each(tmp_path, slaves):
    with pytest.raises(ValueError, match="one baud rate and an address each"):
        async with serve(str(tmp_path), slaves):
            pass
