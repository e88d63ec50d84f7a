"""One piece of equipment where it stands: its cabinet in its room, the hands at its door, its probes, its faults.

Scenario and faults come in, what devices can read comes out. It runs in the scenario's seconds, as fast as it is asked.
"""

import random
from dataclasses import dataclass, replace

from firmware_sim import faults
from firmware_sim.device.probe import PROBE_TYPES, Probe
from firmware_sim.faults import FaultKind
from firmware_sim.physics.ambient import room_c
from firmware_sim.physics.cabinet import STEP_S, Cabinet, Conditions, Design
from firmware_sim.physics.door import HABITS, is_open
from firmware_sim.physics.presets import PRESETS
from firmware_sim.scenario import Device, Equipment, Facility, ProbeOf, Scenario

_SETTLE_S = 8 * 3600  # stepped before the scenario begins, so that it begins in its rhythm
_ROOM_EVERY_S = 60
_BATTERY_HOURS = 30.0  # a device's own, from full to empty


@dataclass(frozen=True, slots=True)
class _Hung:
    """A probe, where it hangs, and what will happen to it."""

    probe: Probe
    chamber: int
    position: str
    faults: faults.Faults


class Installation:
    """Equipment that runs. `advance` moves it on; the other methods read it."""

    def __init__(self, scenario: Scenario, facility: Facility, equipment: Equipment) -> None:
        self.equipment = equipment
        self.cabinet = Cabinet(loaded(PRESETS[equipment.type], equipment.load), equipment.dial_k)
        self._scenario = scenario
        self._climate = facility.room.climate()
        self._habit = HABITS[equipment.door]
        self._seed = f"{scenario.seed}/{equipment.code}"
        self._faults = faults.of(scenario.faults, facility.code, equipment.code)
        self._chambers = {compartment.name: i for i, compartment in enumerate(equipment.compartments)}
        self._drained_s = 0.0  # what the device's battery gave, in seconds of its use
        self.now_s = scenario.begins_s - _SETTLE_S
        self.room_c = self._room_c()
        self.mains = True
        self.door_open = False
        self._probes = {
            f"{device.id}/{probe.input}": self._hang(device, probe)
            for device in equipment.devices
            for probe in device.probes
        }
        self.advance(scenario.begins_s)

    def advance(self, to_s: int) -> None:
        """Step until `to_s`, seconds of the scenario."""
        while self.now_s < to_s:
            self._step()

    def probe(self, device: Device, input_name: str) -> Probe:
        """The probe on a device's input, with the faults that it has now."""
        return self._probes[f"{device.id}/{input_name}"].probe

    def humidity_pct(self) -> float:
        """Of the cabinet's air: damp where people open it, dry while its plate is cold."""
        heat = self.cabinet.heats[0]
        damp = 12.0 if self.door_open else 0.0
        return round(min(99.0, max(5.0, 58.0 + damp + 1.5 * (heat.plate_c - heat.air_c))), 1)

    def compressor_runs(self) -> bool:
        """True while a compressor draws current."""
        return any(compressor.runs for compressor in self.cabinet.compressors)

    def battery_pct(self) -> int:
        """Of a device's own battery."""
        return max(0, 100 - round(100 * self._drained_s / (_BATTERY_HOURS * 3600)))

    def is_dark(self) -> bool:
        """True when neither mains nor battery feeds a device here."""
        return not self.mains and self.battery_pct() == 0

    def _step(self) -> None:
        self.now_s += STEP_S
        if self.now_s % _ROOM_EVERY_S == 0:
            self.room_c = self._room_c()
        self.mains = not faults.is_struck(self._faults, FaultKind.POWER_CUT, self.now_s)
        self._drained_s = max(0.0, self._drained_s + (-4 * STEP_S if self.mains else STEP_S))
        self.door_open = self._is_door_open()
        self.cabinet.step(self._conditions())
        for hung in self._probes.values():
            hung.probe.feel(around_c(self.cabinet, hung.chamber, hung.position, self.room_c), STEP_S)
            if hung.faults:
                faults.strike_probe(hung.probe, hung.faults, self.now_s)

    def _is_door_open(self) -> bool:
        if faults.is_struck(self._faults, FaultKind.DOOR_AJAR, self.now_s):
            return True
        return is_open(self._habit, self._seed, self._scenario.local_s(self.now_s))

    def _conditions(self) -> Conditions:
        broken = faults.is_struck(self._faults, FaultKind.COMPRESSOR_FAILURE, self.now_s)
        charge = faults.charge_left(self._faults, self.now_s)
        return Conditions(self.room_c, self.mains, (self.door_open,), not broken, charge)

    def _room_c(self) -> float:
        return room_c(self._climate, self._seed, self._scenario.local_s(self.now_s))

    def _hang(self, device: Device, probe: ProbeOf) -> _Hung:
        name = f"{device.id}/{probe.input}"
        chamber = self._chambers[probe.compartment]
        start_c = self.cabinet.heats[chamber].air_c
        hung = Probe(PROBE_TYPES[probe.type], random.Random(f"{self._scenario.seed}/{name}"), start_c)
        return _Hung(hung, chamber, probe.position, faults.of(self._scenario.faults, name))


def loaded(design: Design, load: float) -> Design:
    """The design with its first compartment holding `load` times its contents."""
    if load == 1.0:
        return design
    first = design.chambers[0]
    fuller = replace(first, contents_j_per_k=first.contents_j_per_k * load)
    return replace(design, chambers=(fuller, *design.chambers[1:]))


def around_c(cabinet: Cabinet, chamber: int, position: str, room_c: float) -> float:
    """What a probe feels at a place: the door's shelf is warmer, the back wall colder than the middle."""
    heat = cabinet.heats[chamber]
    if position == "contents":
        return heat.contents_c
    if position == "door":
        return heat.air_c + 0.05 * (room_c - heat.air_c)
    if position == "back":
        return heat.air_c + 0.12 * (heat.plate_c - heat.air_c)
    return heat.air_c
