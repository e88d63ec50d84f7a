"""Transmitters on a bus: a dead one, a refusing one, a garbled one, and a port that vanishes."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from pymodbus.client import AsyncModbusSerialClient

from coldchain import clock
from coldchain.errors import BadInput
from coldchain.reading import Fault
from coldchain.wire import OffsetHealth
from firmware_sim.cable import Cable, Cruelty
from firmware_sim.device.modbus_transmitter import Mood, Transmitter, rs_ws_n01, serve, xy_md02
from gateway.drivers.modbus import open_modbus
from gateway.settings import Device, ModbusBus
from tests.gateway.listening import listening
from tests.gateway.parts import until

FAST: dict[str, Any] = {"timeout_s": 0.15, "settle_ms": 5, "dead_retry_s": 0.3}


def slave(address, celsius=4.5, registers=xy_md02, **options):
    return Transmitter(address, registers(address), lambda: (celsius, 61.2), **options)


@asynccontextmanager
async def bus_of(tmp_path, slaves, *, interval_s=0.1, registers="xy-md02", absent=(), before=None, **options):
    """A cable with slaves on one end and our driver on the other."""
    devices = tuple(
        Device(bus="rs485", address=address, registers=registers) for address in (*(s.address for s in slaves), *absent)
    )
    async with Cable(tmp_path / "ttyS0", Cruelty()) as cable, serve(cable.device_path, slaves):
        if before is not None:
            await before(cable.host_path)
        bus = ModbusBus(kind="modbus-rtu", name="rs485", port=str(cable.host_path), **(FAST | options))
        ticks = lambda: round(clock.monotonic() * 1000)  # noqa: E731 - shorter than a function
        async with listening(open_modbus(bus, devices, interval_s, ticks)) as heard:
            yield cable, heard


@pytest.mark.parametrize(("registers", "name"), [(xy_md02, "xy-md02"), (rs_ws_n01, "rs-ws-n01")])
async def test_a_transmitter_is_read_by_its_map(tmp_path, registers, name):
    async with bus_of(tmp_path, [slave(3, -10.1, registers)], registers=name) as (_, heard):
        await until(lambda: len(heard.samples) >= 2)
    assert {(s.series, s.value) for s in heard.samples} == {("rs485-3/temperature", -10.1), ("rs485-3/humidity", 61.2)}


async def test_a_dead_slave_stalls_nobody_and_comes_back_by_itself(tmp_path):
    dead, alive = slave(1, 4.0, mood=Mood.SILENT), slave(2, 5.0)
    async with bus_of(tmp_path, [dead, alive]) as (_, heard):
        await until(lambda: heard.faults("rs485-1/temperature"))
        before = len(heard.values("rs485-2/temperature"))
        began = clock.monotonic()
        await until(lambda: len(heard.values("rs485-2/temperature")) >= before + 12)
        took_s = clock.monotonic() - began
        assert set(heard.faults("rs485-1/temperature")) == {Fault.NO_ANSWER}
        assert heard.device("rs485-1").state == "silent"
        asked = len(heard.faults("rs485-1/temperature"))
        assert asked <= 2 + took_s / 0.15, "a dead slave is asked less often than once a round"
        dead.mood = Mood.ANSWERS
        await until(lambda: heard.values("rs485-1/temperature"))
        assert heard.device("rs485-1").state == "ok"


async def test_an_address_that_nobody_has_is_silent(tmp_path):
    async with bus_of(tmp_path, [slave(1)], absent=[9]) as (_, heard):
        await until(lambda: heard.faults("rs485-9/temperature") and heard.values("rs485-1/temperature"))
    assert set(heard.faults("rs485-9/temperature")) == {Fault.NO_ANSWER}


@pytest.mark.parametrize(("mood", "words"), [(Mood.FAILS, "exception 04"), (Mood.BUSY, "exception 06")])
async def test_an_exception_is_the_devices_own_word(tmp_path, mood, words):
    failing, good = slave(1, mood=mood), slave(2)
    async with bus_of(tmp_path, [failing, good]) as (_, heard):
        await until(lambda: len(heard.faults("rs485-1/temperature")) >= 3 and heard.values("rs485-2/temperature"))
        assert set(heard.faults("rs485-1/temperature")) == {Fault.DEVICE_ERROR}
        assert words in heard.device("rs485-1").note
        failing.mood = Mood.ANSWERS
        await until(lambda: heard.values("rs485-1/temperature"))
        assert words not in heard.device("rs485-1").note


async def test_a_garbled_answer_is_asked_for_again(tmp_path):
    async with bus_of(tmp_path, [slave(1)], retries=5) as (cable, heard):
        await until(lambda: heard.samples)
        cable.cruelty.garble = 0.02
        before = len(heard.samples)
        await until(lambda: len(heard.samples) >= before + 20)
        cable.cruelty.garble = 0.0
    assert set(heard.values("rs485-1/temperature")) == {4.5}


async def test_answers_that_stay_garbled_are_told_as_such(tmp_path):
    async with bus_of(tmp_path, [slave(1)]) as (cable, heard):
        await until(lambda: heard.samples)
        cable.cruelty = _GarblesAnswers()
        await until(lambda: Fault.GARBLED in heard.faults("rs485-1/temperature"))
        assert heard.device("rs485-1").state == "failing"
        cable.cruelty = Cruelty()
        before = len(heard.values("rs485-1/temperature"))
        await until(lambda: len(heard.values("rs485-1/temperature")) > before)
    assert set(heard.values("rs485-1/temperature")) == {4.5}


class _GarblesAnswers(Cruelty):
    """Questions pass, answers do not."""

    def suffer(self, data, rng):
        return data if len(data) == 8 else bytes([*data[:-1], data[-1] ^ 1])


async def test_a_port_that_vanishes_and_returns_is_read_again(tmp_path):
    async with bus_of(tmp_path, [slave(1)]) as (cable, heard):
        await until(lambda: heard.values("rs485-1/temperature"))
        cable.cut()
        await until(lambda: heard.source.health().state == "gone")
        await until(lambda: heard.faults("rs485-1/temperature"))
        cable.mend()
        before = len(heard.values("rs485-1/temperature"))
        await until(lambda: len(heard.values("rs485-1/temperature")) > before)
        assert heard.source.health().state == "ok"


async def somebody_sets_an_offset(port, register, word):
    """What a configuration tool does."""
    tool = AsyncModbusSerialClient(str(port), timeout=1)
    assert await tool.connect()
    assert not (await tool.write_register(register, word, device_id=1)).isError()
    tool.close()


async def test_an_offset_in_the_device_is_told_and_never_changed(tmp_path):
    shifted = slave(1, 4.5)
    async with bus_of(
        tmp_path, [shifted, slave(2)], before=lambda port: somebody_sets_an_offset(port, 0x0103, 0xFFFB)
    ) as (
        _,
        heard,
    ):
        await until(lambda: "adds" in heard.device("rs485-1").note)
        assert heard.device("rs485-1").note == "the device adds -0.5 to its temperature (register 0x0103)"
        await until(lambda: heard.device("rs485-2").state == "ok")
        assert heard.device("rs485-2").note == ""
        assert heard.values("rs485-1/temperature")[0] == 4.0
    assert shifted.offsets == {0x0103: -5}


async def test_offsets_are_told_as_values_and_looked_at_again_every_day(tmp_path, monkeypatch):
    """The transmitter is exchanged for one whose registers are zero."""
    monkeypatch.setattr("gateway.drivers.modbus.OFFSETS_EVERY_S", 0.2)
    async with Cable(tmp_path / "ttyS0", Cruelty()) as cable, AsyncExitStack() as stack:
        bus = ModbusBus(kind="modbus-rtu", name="rs485", port=str(cable.host_path), **FAST)
        devices = (Device(bus="rs485", address=1, registers="xy-md02"),)
        ticks = lambda: round(clock.monotonic() * 1000)  # noqa: E731 - shorter than a function
        async with serve(cable.device_path, [slave(1)]):
            await somebody_sets_an_offset(cable.host_path, 0x0103, 12)
            heard = await stack.enter_async_context(listening(open_modbus(bus, devices, 0.1, ticks)))
            assert heard.device("rs485-1").offsets is None
            await until(lambda: heard.device("rs485-1").offsets == [OffsetHealth("temperature", 1.2, 0x0103)])
            assert "adds +1.2 to its temperature" in heard.device("rs485-1").note
        async with serve(cable.device_path, [slave(1)]):
            await until(lambda: heard.device("rs485-1").offsets == [])
        assert "adds" not in heard.device("rs485-1").note


async def test_a_transmitter_without_offset_registers_is_one_that_nobody_looked_at(tmp_path):
    async with bus_of(tmp_path, [slave(1)], registers=str(_without_offsets(tmp_path))) as (_, heard):
        await until(lambda: len(heard.samples) >= 6)
        assert heard.device("rs485-1").offsets is None


def _without_offsets(tmp_path):
    path = tmp_path / "plain.toml"
    path.write_text(
        'title = "plain"\nfunction = 4\n[[values]]\nquantity = "temperature"\naddress = 1\n', encoding="utf-8"
    )
    return path


async def test_an_unknown_map_is_refused_before_anything_starts(tmp_path):
    bus = ModbusBus(kind="modbus-rtu", name="rs485", port=str(tmp_path / "none"))
    with pytest.raises(BadInput, match="xy-md99"):
        async with open_modbus(bus, (Device(bus="rs485", address=1, registers="xy-md99"),), 1.0, lambda: 0):
            await asyncio.sleep(0)
