"""One run of bad readings under one rule, and its arithmetic: integers only, so that no order of work changes a digit.

Distances are m°C beyond the limit, times ms. Between two readings within the gap limit the temperature is taken as a
straight line; across a longer pause nothing is known, and nothing is drawn. After: a reading. Before: `verdicts`.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from coldchain.kinetics import ACTIVATION_ENERGY, GAS_CONSTANT, KELVIN

_RATIO = ACTIVATION_ENERGY / GAS_CONSTANT
_REFERENCE = 5.0 + KELVIN  # harm per time is counted in millionths of the harm at 5 °C
_UNIT = 1_000_000


@dataclass(slots=True)
class Run:
    """What is known of a run so far. Mutable and small: one exists only while a channel is out of its band."""

    known_good_before: int | None
    first_bad: int
    last_bad: int
    good_after: int | None = None  # the first good reading since the last bad one, while recovery is not confirmed
    extreme: int = 0  # the greatest distance
    run_ms: int = 0  # between consecutive bad readings: what patience counts
    out_ms: int = 0  # the same, with interpolated crossings
    unknown_ms: int = 0  # pauses between the last known good reading before and the first known good one after …
    before_ms: int = 0  # … of which this was before the first bad reading
    area: int = 0  # 2 · m°C · ms beyond the limit
    harm: int = 0  # 2 · harm · ms, for the mean kinetic temperature
    well_ms: int = 0  # how long readings have been well inside since the last bad one

    def start(self, time: int, distance: int, good: tuple[int, int] | None, gap_ms: int) -> None:
        """Take the first bad reading; `good` is (time, distance) of the last good one, if there is one."""
        self.extreme = distance
        if good is None:
            return
        pause = time - good[0]
        if pause > gap_ms:
            self.unknown_ms = self.before_ms = pause
        else:
            self._cross(pause, good[1], distance)

    def stay_out(self, pause: int, before: int, distance: int, harms: tuple[int, int]) -> None:
        """From one bad reading to the next, within the gap limit."""
        self.run_ms += pause
        self.out_ms += pause
        self.area += (before + distance) * pause
        self.harm += (harms[0] + harms[1]) * pause

    def come_back_out(self, pause: int, before: int, distance: int) -> None:
        """From a good reading, before recovery was confirmed, to a bad one."""
        self._cross(pause, before, distance)

    def go_in(self, pause: int, before: int, distance: int) -> None:
        """From a bad reading to a good one."""
        self._cross(pause, distance, before)

    def not_know(self, pause: int) -> None:
        """A pause beyond the gap limit."""
        self.unknown_ms += pause

    def mkt_mc(self) -> int | None:
        """Mean kinetic temperature (m°C) of the time known to be out; None without any."""
        if self.run_ms == 0:
            return None
        mean = self.harm / (2 * self.run_ms * _UNIT)
        return round((1 / (1 / _REFERENCE - math.log(mean) / _RATIO) - KELVIN) * 1000)

    def _cross(self, pause: int, inside: int, outside: int) -> None:
        """One reading in, one out: only the part beyond the limit counts."""
        part = pause * outside // (outside - inside)
        self.out_ms += part
        self.area += outside * part


@lru_cache(maxsize=4096)
def harm_of(value_mc: int) -> int:
    """How much faster a vaccine ages at this temperature than at 5 °C, in millionths."""
    return round(_UNIT * math.exp(_RATIO * (1 / _REFERENCE - 1 / (value_mc / 1000 + KELVIN))))
