"""The cable: what it does to bytes, and how it is pulled."""

import asyncio
import errno
import random

import pytest

from firmware_sim.cable import Cable, Cruelty
from firmware_sim.device.serial_line import SerialLine

TEXT = bytes(range(33, 127)) * 10


async def received(line, size):
    got = b""
    async with asyncio.timeout(60):
        while len(got) < size:
            got += await line.read()
    return got


async def test_a_kind_cable_passes_bytes_both_ways(tmp_path):
    async with (
        Cable(tmp_path / "p") as cable,
        SerialLine(cable.device_path) as device,
        SerialLine(str(cable.host_path)) as host,
    ):
        device.write(bytes(range(256)))
        assert await received(host, 256) == bytes(range(256))
        host.write(b"?\r\n")
        assert await received(device, 3) == b"?\r\n"


@pytest.mark.parametrize(
    ("cruelty", "is_so"),
    [
        (Cruelty(drop=0.1), lambda out: 0.8 * len(TEXT) < len(out) < len(TEXT)),
        (Cruelty(double=0.1), lambda out: len(TEXT) < len(out) < 1.2 * len(TEXT)),
        (Cruelty(garble=0.1), lambda out: len(out) == len(TEXT) and out != TEXT),
        (Cruelty(), lambda out: out == TEXT),
    ],
)
def test_a_cruel_cable_does_what_it_is_told(cruelty, is_so):
    assert is_so(cruelty.suffer(TEXT, random.Random(3)))


def test_a_garbled_byte_differs_in_one_bit():
    out = Cruelty(garble=1.0).suffer(TEXT, random.Random(3))
    assert {(a ^ b).bit_count() for a, b in zip(TEXT, out, strict=True)} == {1}


def test_the_same_seed_is_cruel_in_the_same_way():
    cruelty = Cruelty(drop=0.1, double=0.1, garble=0.1)
    assert cruelty.suffer(TEXT, random.Random(3)) == cruelty.suffer(TEXT, random.Random(3))


async def test_a_slow_cable_keeps_the_order(tmp_path):
    async with (
        Cable(tmp_path / "p", Cruelty(delay_s=0.1)) as cable,
        SerialLine(cable.device_path) as device,
        SerialLine(str(cable.host_path)) as host,
    ):
        began = asyncio.get_running_loop().time()
        device.write(b"one ")
        await asyncio.sleep(0.02)
        device.write(b"two")
        assert await received(host, 7) == b"one two"
        assert asyncio.get_running_loop().time() - began >= 0.1


async def test_a_cut_cable_takes_the_path_away(tmp_path):
    async with Cable(tmp_path / "p") as cable:
        cable.cut()
        assert not cable.host_path.exists()
        assert not cable.host_path.is_symlink()


async def test_who_has_a_cut_cable_open_sees_the_line_hang_up(tmp_path):
    async with Cable(tmp_path / "p") as cable:
        with cable.host_path.open("rb", buffering=0) as opened:
            cable.cut()
            assert await asyncio.to_thread(is_hung_up, opened)


def is_hung_up(tty):
    """A hung-up tty says end of file or an input/output error; a whole one would wait."""
    try:
        return tty.read(1) == b""
    except OSError as error:
        return error.errno == errno.EIO


async def test_what_is_sent_into_a_cut_cable_is_lost_and_what_follows_is_not(tmp_path):
    async with Cable(tmp_path / "p") as cable, SerialLine(cable.device_path) as device:
        cable.cut()
        device.write(b"lost")
        await asyncio.sleep(0.05)
        cable.mend()
        async with SerialLine(str(cable.host_path)) as host:
            device.write(b"kept")
            assert await received(host, 4) == b"kept"


async def test_a_cable_that_leaves_takes_its_path_with_it(tmp_path):
    async with Cable(tmp_path / "p") as cable:
        pass
    assert not cable.host_path.is_symlink()
