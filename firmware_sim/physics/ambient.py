"""The room around a cabinet: a day's sine with its peak in the afternoon, and slow noise.

The noise is a function of the seed and the time, not of how often one asks, so that a run can be resumed or repeated.
"""

import math
import random
from dataclasses import dataclass
from functools import lru_cache

DAY_S = 86_400
_PEAK_S = 14 * 3600
_KNOT_S = 1200  # the noise is drawn every twenty minutes and runs straight in between


@dataclass(frozen=True, slots=True)
class Climate:
    """A room's temperature over a day; the defaults are a ward in a warm season without air conditioning."""

    mean_c: float = 26.0
    swing_k: float = 3.0  # above and below the mean
    noise_k: float = 0.5  # standard deviation


@lru_cache(maxsize=4096)
def _knot(seed: str, number: int) -> float:
    return random.Random(f"{seed}/{number}").gauss(0.0, 1.0)


def room_c(climate: Climate, seed: str, local_s: int) -> float:
    """The room's temperature at `local_s`, seconds since some local midnight."""
    day_k = climate.swing_k * math.cos(2 * math.pi * (local_s - _PEAK_S) / DAY_S)
    number, into_s = divmod(local_s, _KNOT_S)
    here, there = _knot(seed, number), _knot(seed, number + 1)
    noise_k = climate.noise_k * (here + (there - here) * into_s / _KNOT_S)
    return climate.mean_c + day_k + noise_k
