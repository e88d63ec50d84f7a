"""What goes wrong and when: data, and how it bears on a cabinet, a probe, a device, a gateway.

Times are seconds of the scenario: 0 is its live start, history lies below. `on` names what is struck, by its code or
hardware id; a probe as `device/T1`.
"""

import math
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from firmware_sim.device.probe import Probe, ProbeFault


class FaultKind(StrEnum):
    """The ways to fail; `STRIKES` says what each can strike."""

    POWER_CUT = "power_cut"
    DOOR_AJAR = "door_ajar"
    COMPRESSOR_FAILURE = "compressor_failure"
    REFRIGERANT_LEAK = "refrigerant_leak"  # amount: hours until 1/e of the charge is left
    PROBE_DRIFT = "probe_drift"  # amount: K per day
    POWER_ON_VALUE = "power_on_value"  # 85.0
    DISCONNECTED = "disconnected"  # -127
    ZERO_SCRATCHPAD = "zero_scratchpad"
    PROBE_ABSENT = "probe_absent"
    SILENCE = "silence"
    CLOCK_JUMP = "clock_jump"  # amount: seconds, forward or back
    UPLINK_CUT = "uplink_cut"  # the gateway measures on and cannot reach its broker
    GATEWAY_OFF = "gateway_off"  # its own battery is flat: it neither measures nor sends


class Struck(StrEnum):
    """The kinds of things that a fault strikes."""

    FACILITY = "facility"
    EQUIPMENT = "equipment"
    PROBE = "probe"
    DEVICE = "device"
    GATEWAY = "gateway"


STRIKES = {
    FaultKind.POWER_CUT: Struck.FACILITY,
    FaultKind.DOOR_AJAR: Struck.EQUIPMENT,
    FaultKind.COMPRESSOR_FAILURE: Struck.EQUIPMENT,
    FaultKind.REFRIGERANT_LEAK: Struck.EQUIPMENT,
    FaultKind.PROBE_DRIFT: Struck.PROBE,
    FaultKind.POWER_ON_VALUE: Struck.PROBE,
    FaultKind.DISCONNECTED: Struck.PROBE,
    FaultKind.ZERO_SCRATCHPAD: Struck.PROBE,
    FaultKind.PROBE_ABSENT: Struck.PROBE,
    FaultKind.SILENCE: Struck.DEVICE,
    FaultKind.CLOCK_JUMP: Struck.DEVICE,
    FaultKind.UPLINK_CUT: Struck.GATEWAY,
    FaultKind.GATEWAY_OFF: Struck.GATEWAY,
}
NEEDS_AMOUNT = frozenset({FaultKind.REFRIGERANT_LEAK, FaultKind.PROBE_DRIFT, FaultKind.CLOCK_JUMP})
_SHOWN_INSTEAD = {
    FaultKind.POWER_ON_VALUE: ProbeFault.POWER_ON,
    FaultKind.DISCONNECTED: ProbeFault.DISCONNECTED,
    FaultKind.ZERO_SCRATCHPAD: ProbeFault.ZERO_SCRATCHPAD,
    FaultKind.PROBE_ABSENT: ProbeFault.ABSENT,
}


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fault of a scenario."""

    kind: FaultKind
    on: str
    at_min: float
    until_min: float | None = None  # None = to the end
    amount: float = 0.0

    def holds(self, at_s: int) -> bool:
        """True while it lasts."""
        return self.at_min * 60 <= at_s and (self.until_min is None or at_s < self.until_min * 60)

    def age_s(self, at_s: int) -> float:
        """For how long it has lasted."""
        return at_s - self.at_min * 60


Faults = tuple[Fault, ...]


def of(faults: Iterable[Fault], *names: str) -> Faults:
    """Those that strike one of `names`."""
    return tuple(fault for fault in faults if fault.on in names)


def is_struck(faults: Faults, kind: FaultKind, at_s: int) -> bool:
    """True while a fault of that kind holds."""
    # Asked at every step, nearly always of nothing: building a generator would cost more than the answer.
    return bool(faults) and any(fault.kind is kind and fault.holds(at_s) for fault in faults)


def charge_left(faults: Faults, at_s: int) -> float:
    """The share of the refrigerant that a leak has left."""
    left = 1.0
    for fault in faults:
        if fault.kind is FaultKind.REFRIGERANT_LEAK and fault.holds(at_s):
            left *= math.exp(-fault.age_s(at_s) / 3600 / fault.amount)
    return left


def clock_offset_s(faults: Faults, at_s: int) -> float:
    """How far a device's own clock is off."""
    return sum(fault.amount for fault in faults if fault.kind is FaultKind.CLOCK_JUMP and fault.holds(at_s))


def strike_probe(probe: Probe, faults: Faults, at_s: int) -> None:
    """Bend a probe as its faults demand at this moment, or let it be well."""
    shown = [_SHOWN_INSTEAD[f.kind] for f in faults if f.kind in _SHOWN_INSTEAD and f.holds(at_s)]
    probe.fault = shown[0] if shown else None
    probe.offset_c = sum(
        fault.amount * fault.age_s(at_s) / 86_400
        for fault in faults
        if fault.kind is FaultKind.PROBE_DRIFT and fault.holds(at_s)
    )
