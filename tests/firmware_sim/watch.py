"""What the physics tests look through: a probe in a cabinet, and the curve it draws."""

import random

from firmware_sim.device.probe import PROBE_TYPES, Probe, ProbeType
from firmware_sim.physics.cabinet import STEP_S, Cabinet, Conditions
from firmware_sim.physics.presets import PRESETS

QUIET = ProbeType(lag_s=PROBE_TYPES["bare"].lag_s, quantum_c=0.001, noise_c=0.0)
HOUR = 3600 // STEP_S
MINUTE = 60 // STEP_S


class Watched:
    """A cabinet with a noiseless logger's probe in its first compartment."""

    def __init__(self, preset, *, start_c=None):
        self.cabinet = Cabinet(PRESETS[preset])
        if start_c is not None:
            for heat in self.cabinet.heats:
                heat.air_c = heat.contents_c = heat.plate_c = start_c
        self.probe = Probe(QUIET, random.Random(0), self.cabinet.heats[0].air_c)

    def run(self, hours, *, room_c=25.0, **conditions):
        """The probe's temperatures, one per step."""
        curve = []
        now = Conditions(room_c, **conditions)
        for _ in range(round(hours * HOUR)):
            self.cabinet.step(now)
            self.probe.feel(self.cabinet.heats[0].air_c, STEP_S)
            curve.append(self.probe.felt_c)
        return curve


def settled(preset, **conditions):
    """A cabinet that has found its rhythm."""
    watched = Watched(preset)
    watched.run(24, **conditions)
    return watched


def mean(curve):
    return sum(curve) / len(curve)


def period_min(curve):
    """The mean time between upward passages of the curve's mean."""
    middle = mean(curve)
    ups = [i for i in range(1, len(curve)) if curve[i - 1] < middle <= curve[i]]
    return (ups[-1] - ups[0]) / (len(ups) - 1) / MINUTE


def minutes_until(curve, passes):
    return next(i for i, value in enumerate(curve) if passes(value)) / MINUTE
