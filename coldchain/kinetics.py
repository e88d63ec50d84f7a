"""Arithmetic of heat over time: mean kinetic temperature, vial monitors. Pure; decision support, never a verdict."""

import math
from collections.abc import Iterable, Mapping

KELVIN = 273.15
GAS_CONSTANT = 8.314462618e-3  # kJ/mol/K
ACTIVATION_ENERGY = 83.144  # kJ/mol; the WHO refrigerator test and USP <1079.2> use it

Rates = Mapping[
    str, tuple[float, float]
]  # type of vial monitor → (A, B): share of life lost per day = A·exp(-B/T), T in K

# Vaccine vial monitors as measured (Goldwood & Diesburg 2018). About 13 % faster than the nominal end points below: it
# errs towards caution. A vial monitor does not feel frost.
VVM_RATES: Rates = {
    "VVM2": (1.4422e17, 12429.0),
    "VVM7": (2.1532e18, 13652.0),
    "VVM14": (1.0766e18, 13652.0),
    "VVM30": (5.1131e17, 13657.0),
}


def _through(days_at_37: float, activation_energy: float) -> tuple[float, float]:
    """The rate of a monitor that reaches its end point in so many days at 37 °C."""
    slope = activation_energy / GAS_CONSTANT
    return math.exp(slope / (37 + KELVIN)) / days_at_37, slope


# The nominal end points of the WHO table, PQS E006/IN05: days at 37 °C, and the activation energy (kJ/mol) that fits its
# other columns: 25 °C for VVM7, 14 and 30, 5 °C for VVM2. VVM11 and VVM250 are taken to behave as their neighbours.
VVM_NOMINAL: Rates = {
    "VVM2": _through(2, 105.9),
    "VVM7": _through(7, 119.2),
    "VVM11": _through(11, 119.2),
    "VVM14": _through(14, 119.2),
    "VVM30": _through(30, 119.2),
    "VVM250": _through(250, 119.2),
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


def vial_life_lost(vvm_type: str, weighted: Iterable[tuple[float, float]], rates: Rates = VVM_RATES) -> float | None:
    """The share (1 = end point) of a vial monitor's life that `(temperature °C, days)` pairs used up.

    None for a type that has no published rate.
    """
    if vvm_type not in rates:
        return None
    factor, slope = rates[vvm_type]
    return sum(days * factor * math.exp(-slope / (celsius + KELVIN)) for celsius, days in weighted)


def vial_days(vvm_type: str, celsius: float, rates: Rates = VVM_RATES) -> float | None:
    """The days that a vial monitor lasts at a constant temperature; None for a type that has no published rate."""
    a_day = vial_life_lost(vvm_type, [(celsius, 1.0)], rates)
    return None if a_day is None else 1 / a_day
