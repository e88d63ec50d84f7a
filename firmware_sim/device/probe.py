"""A temperature probe: it lags behind the air, is a little noisy, counts in steps, may drift, and has its own ways to fail."""

import math
import random
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True)
class ProbeType:
    """How a kind of probe answers."""

    lag_s: float  # time constant
    quantum_c: float
    noise_c: float


PROBE_TYPES = {
    # The external probe of a logger, hanging free in still air.
    "bare": ProbeType(lag_s=480, quantum_c=0.1, noise_c=0.02),
    # A DS18B20 in its steel sleeve.
    "steel": ProbeType(lag_s=210, quantum_c=0.0625, noise_c=0.03),
    # The same in a bottle of glycol, which feels what a vial feels.
    "glycol": ProbeType(lag_s=1800, quantum_c=0.0625, noise_c=0.02),
    # The chip of a humidity transmitter behind its filter cap.
    "sht": ProbeType(lag_s=240, quantum_c=0.1, noise_c=0.03),
}


class ProbeFault(Enum):
    """What a DS18B20 shows instead of a temperature."""

    POWER_ON = 85.0  # no conversion done since power came
    DISCONNECTED = -127.0
    ZERO_SCRATCHPAD = 0.0  # nine zero bytes have a valid CRC
    ABSENT = None


@dataclass(slots=True)
class Probe:
    """One probe that lives: `feel` moves it on, `reads` is what it says now."""

    type: ProbeType
    rng: random.Random
    felt_c: float
    offset_c: float = 0.0  # what drift and a wrong calibration add
    fault: ProbeFault | None = None
    _lag_of: tuple[int, float] = field(init=False, default=(0, 0.0))

    def feel(self, around_c: float, dt_s: int) -> None:
        """Follow what is around it for `dt_s` seconds."""
        if self._lag_of[0] != dt_s:
            self._lag_of = (dt_s, -math.expm1(-dt_s / self.type.lag_s))
        self.felt_c += (around_c - self.felt_c) * self._lag_of[1]

    def reads(self) -> float:
        """The temperature it shows, noise and steps included; whether to believe it is told by `fault`."""
        shown_c = self.felt_c + self.offset_c + self.rng.gauss(0.0, self.type.noise_c)
        return round(shown_c / self.type.quantum_c) * self.type.quantum_c
