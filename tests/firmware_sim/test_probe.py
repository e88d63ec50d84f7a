"""Probes: how they lag, how they count, how they fail."""

import random

import pytest

from firmware_sim.device.ascii_logger import celsius_text, temperature_text
from firmware_sim.device.probe import PROBE_TYPES, Probe, ProbeFault


def hung(kind="steel", felt_c=5.0):
    return Probe(PROBE_TYPES[kind], random.Random(1), felt_c)


def tau_min(kind):
    """Minutes until a probe moved from 0 to 10 °C has felt 63 % of it."""
    probe = hung(kind, 0.0)
    for second in range(10, 100_000, 10):
        probe.feel(10.0, 10)
        if probe.felt_c >= 10 * 0.632:
            return second / 60
    raise AssertionError


@pytest.mark.parametrize(("kind", "least", "most"), [("bare", 7.5, 8.5), ("steel", 2, 5), ("glycol", 20, 45)])
def test_each_kind_has_its_time_constant(kind, least, most):
    assert least <= tau_min(kind) <= most


def test_the_bare_probe_warms_as_the_measured_one():
    probe = hung("bare", -2.9)
    felt = []
    for minute in range(1, 26):
        for _ in range(6):
            probe.feel(29.8, 10)
        felt += [probe.felt_c] if minute % 5 == 0 else []
    assert felt == pytest.approx([12.6, 20.5, 24.8, 27.1, 28.5], abs=1.0)


def test_a_reading_is_a_whole_number_of_steps():
    probe = hung("steel", 4.57)
    assert all((probe.reads() / 0.0625).is_integer() for _ in range(50))


def test_the_noise_is_small_and_there():
    probe = hung("steel", 4.53)
    assert 2 <= len({probe.reads() for _ in range(200)}) <= 4


def test_a_drifted_probe_shows_what_it_does_not_feel():
    probe = hung("steel", 5.0)
    probe.offset_c = 2.0
    assert probe.reads() == pytest.approx(7.0, abs=0.2)
    assert probe.felt_c == 5.0


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (ProbeFault.POWER_ON, "+85.00"),
        (ProbeFault.DISCONNECTED, "-127.00"),
        (ProbeFault.ZERO_SCRATCHPAD, "SP0"),
        (ProbeFault.ABSENT, "---"),
    ],
)
def test_a_failed_probe_prints_its_own_text(fault, text):
    probe = hung()
    probe.fault = fault
    assert temperature_text(probe) == text


@pytest.mark.parametrize(("value", "text"), [(0.0, "+0.00"), (-0.001, "+0.00"), (-18.2, "-18.20"), (4.5625, "+4.56")])
def test_a_temperature_is_printed_with_its_sign(value, text):
    assert celsius_text(value) == text
