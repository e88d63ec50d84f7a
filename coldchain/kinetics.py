"""Arithmetic of heat over time: mean kinetic temperature, vial monitors. Pure; decision support, never a verdict."""

import math
from collections.abc import Iterable

KELVIN = 273.15
GAS_CONSTANT = 8.314462618e-3  # kJ/mol/K
ACTIVATION_ENERGY = 83.144  # kJ/mol; the WHO refrigerator test and USP <1079.2> use it

# Vaccine vial monitors: share of life lost per day = A·exp(-B/T), T in K (Goldwood & Diesburg 2018). About 13 % faster
# than the nominal end points of the WHO table: it errs towards caution. A vial monitor does not feel frost.
VVM_RATES = {
    "VVM2": (1.4422e17, 12429.0),
    "VVM7": (2.1532e18, 13652.0),
    "VVM14": (1.0766e18, 13652.0),
    "VVM30": (5.1131e17, 13657.0),
}


def mean_kinetic_temperature(
    weighted: Iterable[tuple[float, float]], activation_energy: float = ACTIVATION_ENERGY
) -> float | None:
    """The constant temperature (°C) that would do the same harm as `(temperature °C, weight)` pairs did.

    Weights are the time each value stands for, in any unit. None when nothing weighs anything.
    """
    ratio = activation_energy / GAS_CONSTANT
    total = weight_sum = 0.0
    for celsius, weight in weighted:
        total += weight * math.exp(-ratio / (celsius + KELVIN))
        weight_sum += weight
    if weight_sum <= 0:
        return None
    return ratio / -math.log(total / weight_sum) - KELVIN


def vial_life_lost(vvm_type: str, weighted: Iterable[tuple[float, float]]) -> float | None:
    """The share (1 = end point) of a vial monitor's life that `(temperature °C, days)` pairs used up.

    None for a type that has no published rate.
    """
    if vvm_type not in VVM_RATES:
        return None
    factor, slope = VVM_RATES[vvm_type]
    return sum(days * factor * math.exp(-slope / (celsius + KELVIN)) for celsius, days in weighted)
