"""A scenario's devices on serial lines, live: each logger on a cable of its own, the transmitters of a facility on one bus.

Time runs from the scenario's live start at `speed`; the gateway is whoever opens the ports.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from coldchain import clock
from firmware_sim import faults
from firmware_sim.cable import Cable
from firmware_sim.device import modbus_transmitter, tasmota
from firmware_sim.device.ascii_logger import AsciiLogger, Fields, temperature_text
from firmware_sim.device.modbus_transmitter import MAPS, Transmitter
from firmware_sim.device.probe import Probe
from firmware_sim.faults import FaultKind
from firmware_sim.installation import Installation
from firmware_sim.scenario import Device, Scenario
from firmware_sim.tending import tended


@dataclass(frozen=True, slots=True)
class Port:
    """Where a gateway finds devices."""

    path: Path
    kind: str
    baud: int
    devices: tuple[str, ...]  # hardware ids; on a bus with `@address`
    cable: Cable


@dataclass(slots=True)
class Running:
    """One device that runs: what it hangs on, and what has gone wrong with it."""

    device: Device
    place: Installation
    struck: faults.Faults
    pace: "Pace"

    def catch_up(self) -> bool:
        """Bring the equipment to the present; False when the device says nothing now."""
        self.place.advance(self.pace.now_s())
        silent = faults.is_struck(self.struck, FaultKind.SILENCE, self.pace.now_s())
        return not silent and not self.place.is_dark()

    async def wait(self) -> None:
        """Until its next sample is due."""
        await asyncio.sleep(self.device.interval_s / self.pace.speed)

    def fields(self) -> Fields | None:
        """What an ASCII logger prints."""
        if not self.catch_up():
            return None
        probes = {probe.input: self.place.probe(self.device, probe.input) for probe in self.device.probes}
        contacts = {
            "D1": f"{self.place.door_open:d}",
            "P1": f"{self.place.mains:d}",
            "B1": str(self.place.battery_pct()),
        }
        return {name: temperature_text(probe) for name, probe in probes.items()} | contacts

    def climate(self) -> tuple[float, float] | None:
        """What a transmitter measures: °C and %RH."""
        probe = self.place.probe(self.device, "T1")
        return (probe.reads(), self.place.humidity_pct()) if self.catch_up() else None

    def board(self) -> tuple[int, dict[str, Probe]] | None:
        """What a Tasmota board publishes: its clock, and its probes by ROM id."""
        if not self.catch_up():
            return None
        offset_s = faults.clock_offset_s(self.struck, self.pace.now_s())
        probes = {self._rom(p.input): self.place.probe(self.device, p.input) for p in self.device.probes}
        return clock.now() + round(offset_s * 1000), probes

    def _rom(self, input_name: str) -> str:
        rom = self.device.id if input_name == "T1" else f"{int(self.device.id, 16) + 1:x}"
        return rom.zfill(12)[-12:].upper()


@dataclass(frozen=True, slots=True)
class Pace:
    """Scenario seconds by the real clock."""

    began: float
    speed: float

    def now_s(self) -> int:
        """The scenario's present second."""
        return int((clock.monotonic() - self.began) * self.speed)


@asynccontextmanager
async def serve(
    scenario: Scenario, folder: Path, *, speed: float = 1.0, broker: tasmota.Broker | None = None
) -> AsyncIterator[list[Port]]:
    """Serve all devices until the context ends; ports are links in `folder`. Boards need a broker and are left out without."""
    running = _installed(scenario, speed)
    async with AsyncExitStack() as stack:
        ports: list[Port] = []
        work: list[Coroutine[None, None, None]] = []
        for facility in scenario.facilities:
            here = [running[device.id] for equipment in facility.equipment for device in equipment.devices]
            for one in _of_kind(here, "cclog"):
                ports.append(await _lay(stack, folder / f"cclog-{one.device.id}", "cclog", 9600, [one.device.id]))
                work.append(AsciiLogger(one.device.id, one.fields).run(ports[-1].cable.device_path, one.wait))
            for kind in (kind for kind in MAPS if _of_kind(here, kind)):
                path = folder / f"{kind}-{facility.code}"
                ports.append(await _bus(stack, path, kind, _of_kind(here, kind)))
            work += [_board(broker, one) for one in _of_kind(here, "tasmota") if broker is not None]
        await stack.enter_async_context(tended(work))
        yield ports


def _of_kind(here: list[Running], kind: str) -> list[Running]:
    return [one for one in here if one.device.kind == kind]


def _installed(scenario: Scenario, speed: float) -> dict[str, Running]:
    running = {}
    for facility, equipment in scenario.equipment():
        place = Installation(scenario, facility, equipment)
        place.advance(0)
        for device in equipment.devices:
            running[device.id] = Running(device, place, faults.of(scenario.faults, device.id), Pace(0.0, speed))
    pace = Pace(clock.monotonic(), speed)
    for one in running.values():
        one.pace = pace
    return running


async def _lay(stack: AsyncExitStack, path: Path, kind: str, baud: int, devices: list[str]) -> Port:
    return Port(path, kind, baud, tuple(devices), await stack.enter_async_context(Cable(path)))


async def _bus(stack: AsyncExitStack, path: Path, kind: str, here: list[Running]) -> Port:
    slaves = [Transmitter(one.device.address, MAPS[kind](one.device.address), one.climate) for one in here]
    names = [f"{one.device.id}@{one.device.address}" for one in here]
    port = await _lay(stack, path, kind, slaves[0].map.baud, names)
    await stack.enter_async_context(modbus_transmitter.serve(port.cable.device_path, slaves))
    return port


async def _board(broker: tasmota.Broker, one: Running) -> None:
    await tasmota.run(broker, tasmota.Board(f"coldchain-{one.device.id}"), one.board, one.wait)
