"""A logger on a pty: half lines, noise, a port that vanishes."""

import asyncio

from coldchain.reading import Fault
from firmware_sim.cable import Cable, Cruelty
from firmware_sim.device.ascii_logger import AsciiLogger
from gateway.drivers.ascii_serial import open_ascii
from gateway.protocol.cclog import POLL
from gateway.settings import AsciiBus, Device
from tests.gateway.listening import listening
from tests.gateway.parts import line, until

T1 = "a1.1/temperature"


def logger_on(path, hand, interval_s=60.0, devices=()):
    bus = AsciiBus(kind="serial-ascii", name="logger", port=str(path), interval_s=interval_s)
    return open_ascii(bus, devices, 60.0, lambda: hand.ticks)


async def opened(heard):
    await until(lambda: heard.source.health().state == "ok")


async def test_lines_become_samples_stamped_when_they_came(pty, hand):
    async with listening(logger_on(pty.path, hand)) as heard:
        await opened(heard)
        pty.say(line("a1", 1, "T1=+4.50,D1=0"))
        await until(lambda: len(heard.samples) == 2)
        hand.ticks += 60_000
        pty.say(line("a1", 2, "T1=+4.60"))
        await until(lambda: len(heard.samples) == 3)
    assert [(s.series, s.value, s.ticks) for s in heard.samples] == [
        (T1, 4.5, 1000),
        ("a1/door", 0.0, 1000),
        (T1, 4.6, 61_000),
    ]


async def test_a_line_in_two_halves_is_one(pty, hand):
    async with listening(logger_on(pty.path, hand)) as heard:
        await opened(heard)
        text = line("a1", 1, "T1=+4.50")
        pty.say(text[:9])
        await asyncio.sleep(0.05)
        assert not heard.samples
        pty.say(text[9:])
        await until(lambda: heard.samples)


async def test_what_waited_in_the_port_before_us_is_not_taken_for_now(pty, hand):
    pty.say(line("a1", 1, "T1=+9.00"))
    async with listening(logger_on(pty.path, hand)) as heard:
        await opened(heard)
        pty.say(line("a1", 2, "T1=+4.60"))
        await until(lambda: heard.samples)
    assert heard.values(T1) == [4.6]


async def test_a_garbled_line_is_asked_for_and_lost_to_nobody(pty, hand):
    async with listening(logger_on(pty.path, hand)) as heard:
        await opened(heard)
        pty.say(line("a1", 1, "T1=+4.50"))
        pty.say(line("a1", 2, "T1=+4.60").replace(b"4.6", b"9.6"))
        await until(lambda: pty.heard() == POLL)
        pty.say(line("a1", 2, "T1=+4.60"))
        pty.say(line("a1", 3, "T1=+4.70"))
        await until(lambda: len(heard.samples) == 3)
    assert heard.values(T1) == [4.5, 4.6, 4.7]


async def test_silence_is_told_as_a_null_and_ends_by_itself(pty, hand, monkeypatch):
    monkeypatch.setattr("gateway.protocol.cclog_session.ANSWER_S", 0.05)
    async with listening(logger_on(pty.path, hand, 0.2)) as heard:
        await opened(heard)
        pty.say(line("a1", 1, "T1=+4.50"))
        await until(lambda: heard.faults(T1))
        assert heard.faults(T1) == [Fault.NO_ANSWER]
        assert heard.device("a1").state == "silent"
        pty.say(line("a1", 2, "T1=+4.60"))
        await until(lambda: heard.device("a1").state == "ok")
    assert heard.values(T1) == [4.5, 4.6]


async def test_endless_noise_is_told_as_garbled(pty, hand, monkeypatch):
    monkeypatch.setattr("gateway.protocol.cclog_session.ANSWER_S", 0.02)
    async with listening(logger_on(pty.path, hand)) as heard:
        await opened(heard)
        pty.say(line("a1", 1, "T1=+4.50"))
        while not heard.faults(T1):
            pty.say(b"\xf0\x0f noise\n")
            await asyncio.sleep(0.01)
    assert heard.faults(T1)[0] is Fault.GARBLED
    assert heard.values(T1) == [4.5]


async def test_a_port_that_vanishes_and_returns_is_read_again(pty, hand):
    async with listening(logger_on(pty.path, hand)) as heard:
        await opened(heard)
        pty.say(line("a1", 1, "T1=+4.50"))
        await until(lambda: heard.samples)
        pty.vanish()
        await until(lambda: heard.source.health().state == "gone")
        assert heard.faults(T1) == [Fault.NO_ANSWER]
        pty.come_back()
        await opened(heard)
        pty.say(line("a1", 9, "T1=+4.90"))
        await until(lambda: heard.values(T1) == [4.5, 4.9])


async def test_a_port_that_is_not_there_yet_is_waited_for(tmp_path, hand, pty):
    pty.vanish()
    async with listening(logger_on(pty.path, hand)) as heard:
        await asyncio.sleep(0.1)
        pty.come_back()
        await opened(heard)


async def test_an_expected_logger_is_silent_until_it_speaks(pty, hand):
    async with listening(logger_on(pty.path, hand, devices=(Device(bus="logger", id="a1"),))) as heard:
        await opened(heard)
        assert heard.device("a1").state == "silent"
        pty.say(line("a1", 1, "T1=+4.50"))
        await until(lambda: heard.device("a1").state == "ok")


async def test_a_cruel_cable_changes_no_value_and_loses_hardly_any(tmp_path, hand):
    """A simulated logger behind a cable that drops, doubles and garbles bytes: every value that arrives is true."""
    said: list[float] = []

    def sample():
        said.append(round(4 + len(said) / 100, 2))
        return {"T1": f"{said[-1]:+.2f}"}

    async def often():
        await asyncio.sleep(0.05)

    cruelty = Cruelty(drop=0.004, double=0.004, garble=0.004)
    async with (
        Cable(tmp_path / "ttyS0", cruelty) as cable,
        listening(logger_on(cable.host_path, hand, 0.05)) as heard,
    ):
        await opened(heard)
        device = asyncio.create_task(AsciiLogger("a1", sample).run(cable.device_path, often))
        await until(lambda: len(said) >= 60)
        device.cancel()
        await asyncio.gather(device, return_exceptions=True)
    came = heard.values(T1)
    assert len(came) >= 50
    assert came == sorted(set(came))
    assert set(came) <= set(said)
