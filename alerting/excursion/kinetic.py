"""Mean kinetic temperature in whole numbers: harm per time is summed in units of a million-millionth of that at 5 °C.

After: believed readings. Before: `run` (of the time out) and `block` (of all known time in a block).
"""

import math
from functools import lru_cache

from coldchain.kinetics import ACTIVATION_ENERGY, GAS_CONSTANT, KELVIN

_RATIO = ACTIVATION_ENERGY / GAS_CONSTANT
_REFERENCE = 5.0 + KELVIN
_UNIT = 10**12  # fine enough for -80 °C, where a vaccine ages ten million times more slowly


@lru_cache(maxsize=4096)
def harm_of(value_mc: int) -> int:
    """How much faster a vaccine ages at this temperature than at 5 °C."""
    return round(_UNIT * math.exp(_RATIO * (1 / _REFERENCE - 1 / (value_mc / 1000 + KELVIN))))


def harm_between(before_mc: int, after_mc: int, pause: int) -> int:
    """Twice the harm of a line from one reading to the next."""
    return (harm_of(before_mc) + harm_of(after_mc)) * pause


def mean_kinetic_mc(harm: int, known_ms: int) -> int | None:
    """The constant temperature (m°C) that does twice-counted `harm` in `known_ms`; None without any time or harm."""
    if known_ms <= 0 or harm <= 0:
        return None
    mean = harm / (2 * known_ms * _UNIT)
    return round((1 / (1 / _REFERENCE - math.log(mean) / _RATIO) - KELVIN) * 1000)
