"""Buzzer and light: files with either level, and a relay of a real Modbus server on a pty."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.server import ModbusSerialServer

from coldchain.errors import Unavailable
from firmware_sim.cable import Cable
from gateway.guard.settings import GpioSiren, RelaySiren
from gateway.guard.siren import Relay, open_siren


@asynccontextmanager
async def relay(path: Path) -> AsyncIterator[None]:
    """Two coils at address 5."""
    async with Cable(path) as cable:
        coils = ModbusDeviceContext(co=ModbusSequentialDataBlock(1, [False] * 2))
        server = ModbusSerialServer(
            ModbusServerContext({5: coils}, single=False), port=cable.device_path, baudrate=9600
        )
        await server.serve_forever(background=True)
        try:
            yield
        finally:
            await server.shutdown()


@pytest.mark.parametrize(("active_low", "on"), [(False, "1"), (True, "0")])
async def test_files_take_the_level_that_is_on(tmp_path: Path, active_low: bool, on: str):
    off = "10"[int(on)]
    for name in ("buzzer", "light", "button"):
        (tmp_path / name).write_text(off)
    files = {name: tmp_path / name for name in ("buzzer", "light", "button")}
    async with open_siren(GpioSiren(kind="gpio", active_low=active_low, **files)) as siren:
        await siren.set(buzzer=True, light=False)
        assert [(tmp_path / name).read_text() for name in ("buzzer", "light")] == [on, off]
        assert not await siren.is_pressed()
        (tmp_path / "button").write_text(f"{on}\n")
        assert await siren.is_pressed()


async def test_a_file_that_is_not_there_is_told_and_never_made(tmp_path: Path):
    async with open_siren(GpioSiren(kind="gpio", buzzer=tmp_path / "value", button=tmp_path / "no")) as siren:
        with pytest.raises(Unavailable, match="value: No such file"):
            await siren.set(buzzer=True, light=True)
        assert not await siren.is_pressed()
    assert not (tmp_path / "value").exists()


async def test_a_relay_switches_its_coils(tmp_path: Path):
    settings = RelaySiren(kind="relay", port=str(tmp_path / "ttyS1"), address=5)
    async with relay(tmp_path / "ttyS1"), open_siren(settings) as siren:
        assert isinstance(siren, Relay)

        async def coils() -> list[bool]:
            return list((await siren._client.read_coils(0, count=2, device_id=5)).bits[:2])

        await siren.set(buzzer=True, light=True)
        assert await coils() == [True, True]
        await siren.set(buzzer=False, light=True)
        assert await coils() == [False, True]


async def test_a_relay_that_is_not_there_is_told(tmp_path: Path):
    settings = RelaySiren(kind="relay", port=str(tmp_path / "none"), timeout_s=0.1)
    async with open_siren(settings) as siren:
        with pytest.raises(Unavailable, match="cannot be opened"):
            await siren.set(buzzer=True, light=True)


async def test_without_a_siren_nothing_is_switched():
    async with open_siren(None) as siren:
        await siren.set(buzzer=True, light=True)
        assert not await siren.is_pressed()
