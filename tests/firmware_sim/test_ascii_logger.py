"""The line logger: its encoder against literal bytes, and the firmware on a pty."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from firmware_sim.cable import Cable
from firmware_sim.device.ascii_logger import AsciiLogger, encode
from firmware_sim.device.serial_line import SerialLine
from tests.firmware_sim.vectors import line

FRIDGE = "28ff641e8d3c0a51"


@pytest.mark.parametrize(
    ("name", "hardware_id", "counter", "fields"),
    [
        ("cclog_fridge", FRIDGE, 8123, "T1=+4.56 T2=-18.20 H1=61.2 D1=0 P1=1 B1=97"),
        ("cclog_one_decimal_padded", "a1", 0, "T1=+04.5"),
        ("cclog_below_zero", "a1", 2, "T1=-0.06"),
        ("cclog_counter_before_wrap", "a1", 65535, "T1=+5.00"),
        ("cclog_mains_lost", FRIDGE, 8124, "T1=+4.62 P1=0 B1=96"),
        ("cclog_power_on_value", FRIDGE, 8125, "T1=+85.00"),
        ("cclog_disconnected", FRIDGE, 8126, "T1=-127.00 T2=-18.25"),
        ("cclog_zero_scratchpad", FRIDGE, 8127, "T1=SP0"),
        ("cclog_probe_absent", FRIDGE, 8128, "T1=--- D1=1"),
        ("cclog_true_zero", FRIDGE, 8129, "T1=+0.00"),
    ],
)
def test_a_line_is_these_very_bytes(name, hardware_id, counter, fields):
    told = dict(field.split("=") for field in fields.split())
    assert encode(hardware_id, counter, told) == line(name)


def test_the_line_in_the_protocols_page_is_a_true_one():
    page = (Path(__file__).parents[2] / "docs" / "protocols" / "cclog.md").read_text(encoding="utf-8")
    assert line("cclog_fridge").decode().strip() in page


def test_the_counter_wraps_after_65535():
    logger = AsciiLogger("a1", lambda: {"T1": "+5.00"})
    numbers = [int(logger.take().split(b",")[2]) for _ in range(65_538)]
    assert numbers[65_534:] == [65_534, 65_535, 0, 1]


def test_a_hung_logger_says_nothing_and_does_not_count():
    says = iter([{"T1": "+5.00"}, None, {"T1": "+5.06"}])
    logger = AsciiLogger("a1", lambda: next(says))
    assert [logger.take()[:10] for _ in range(3)] == [b"$CCLOG,a1,", b"", b"$CCLOG,a1,"]


@contextlib.asynccontextmanager
async def on_a_line(tmp_path, logger, due):
    """The logger at one end of a cable, a host at the other; it samples whenever `due` is released."""
    async with Cable(tmp_path / "port") as cable, SerialLine(str(cable.host_path)) as host:
        task = asyncio.create_task(logger.run(cable.device_path, due.acquire))
        try:
            yield host
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def read_line(host):
    received = b""
    async with asyncio.timeout(60):
        while not received.endswith(b"\r\n"):
            received += await host.read()
    return received


async def test_it_sends_a_line_per_sample_unasked(tmp_path):
    temperatures = iter(["+4.56", "+4.62", "+4.69"])
    due = asyncio.Semaphore(0)
    async with on_a_line(tmp_path, AsciiLogger("a1", lambda: {"T1": next(temperatures)}), due) as host:
        first = await read_line(host)
        due.release()
        second = await read_line(host)
    assert [first, second] == [encode("a1", 0, {"T1": "+4.56"}), encode("a1", 1, {"T1": "+4.62"})]


async def test_it_answers_a_poll_with_its_newest_line(tmp_path):
    async with on_a_line(tmp_path, AsciiLogger("a1", lambda: {"T1": "+4.56"}), asyncio.Semaphore(0)) as host:
        sent = await read_line(host)
        host.write(line("cclog_poll"))
        assert await read_line(host) == sent


async def test_it_understands_a_poll_that_comes_in_pieces_after_noise(tmp_path):
    async with on_a_line(tmp_path, AsciiLogger("a1", lambda: {"T1": "+4.56"}), asyncio.Semaphore(0)) as host:
        sent = await read_line(host)
        for piece in (b"\x00\xffgarbage?", b"\r", b"\n"):
            host.write(piece)
        assert await read_line(host) == sent


async def test_it_ignores_what_is_no_poll(tmp_path):
    async with on_a_line(tmp_path, AsciiLogger("a1", lambda: {"T1": "+4.56"}), asyncio.Semaphore(0)) as host:
        await read_line(host)
        host.write(b"RESET\r\n?\n")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await host.read()
