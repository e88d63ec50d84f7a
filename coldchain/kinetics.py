"""Arithmetic of heat over time: mean kinetic temperature. Pure; decision support, never a verdict on a vaccine."""

import math
from collections.abc import Iterable

KELVIN = 273.15
GAS_CONSTANT = 8.314462618e-3  # kJ/mol/K
ACTIVATION_ENERGY = 83.144  # kJ/mol; the WHO refrigerator test and USP <1079.2> use it


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
