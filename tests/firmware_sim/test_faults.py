"""Faults: when they hold, and how they bear on an installation."""

import dataclasses

import msgspec
import pytest

from firmware_sim import faults
from firmware_sim.device.probe import ProbeFault
from firmware_sim.faults import Fault, FaultKind
from firmware_sim.installation import Installation
from firmware_sim.scenario_file import load

LOGGER = "28ff641e8d3c0a51"


def running(*struck):
    """The single fridge's installation with these faults, and its first probe's input."""
    scenario = msgspec.structs.replace(load("single_fridge"), faults=struck)
    facility, equipment = scenario.equipment()[0]
    return Installation(scenario, facility, equipment), equipment.devices[0]


def test_a_fault_holds_from_its_start_until_its_end():
    cut = Fault(FaultKind.POWER_CUT, "demo", at_min=5, until_min=10)
    assert [cut.holds(s) for s in (299, 300, 599, 600)] == [False, True, True, False]


def test_a_fault_without_end_lasts():
    assert Fault(FaultKind.POWER_CUT, "demo", at_min=5).holds(10**9)


def test_a_power_cut_warms_the_fridge_and_drains_the_battery():
    here, device = running(Fault(FaultKind.POWER_CUT, "demo", at_min=0, until_min=600))
    cold_c = here.probe(device, "T1").reads()
    here.advance(5 * 3600)
    assert not here.mains
    assert here.probe(device, "T1").reads() > cold_c + 4
    assert 75 < here.battery_pct() < 90


def test_after_the_power_cut_the_fridge_cools_and_the_battery_fills():
    here, device = running(Fault(FaultKind.POWER_CUT, "demo", at_min=0, until_min=300))
    here.advance(5 * 3600)
    warm_c, low_pct = here.probe(device, "T1").reads(), here.battery_pct()
    here.advance(9 * 3600)
    assert here.mains
    assert here.probe(device, "T1").reads() < warm_c - 3
    assert here.battery_pct() > low_pct


def test_with_mains_and_battery_gone_a_device_is_dark():
    here, _ = running(Fault(FaultKind.POWER_CUT, "demo", at_min=0))
    here.advance(31 * 3600)
    assert here.is_dark()


def test_an_open_door_is_told_and_felt():
    here, device = running(Fault(FaultKind.DOOR_AJAR, "demo-fridge", at_min=0, until_min=60))
    here.advance(1800)
    assert here.door_open
    assert here.probe(device, "T1").reads() > 8.0


def test_a_broken_compressor_warms_the_fridge_while_the_mains_are_there():
    here, device = running(Fault(FaultKind.COMPRESSOR_FAILURE, "demo-fridge", at_min=0))
    here.advance(6 * 3600)
    assert here.mains
    assert here.probe(device, "T1").reads() > 8.0


def test_a_leak_loses_its_charge_by_e_in_its_hours():
    leak = (Fault(FaultKind.REFRIGERANT_LEAK, "x", at_min=0, amount=24),)
    assert faults.charge_left(leak, 24 * 3600) == pytest.approx(0.368, abs=0.001)


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (FaultKind.POWER_ON_VALUE, ProbeFault.POWER_ON),
        (FaultKind.DISCONNECTED, ProbeFault.DISCONNECTED),
        (FaultKind.ZERO_SCRATCHPAD, ProbeFault.ZERO_SCRATCHPAD),
        (FaultKind.PROBE_ABSENT, ProbeFault.ABSENT),
    ],
)
def test_a_probe_fails_for_a_while_and_its_neighbour_stays_well(kind, shown):
    here, device = running(Fault(kind, f"{LOGGER}/T1", at_min=1, until_min=2))
    here.advance(60)
    assert here.probe(device, "T1").fault is shown
    assert here.probe(device, "T2").fault is None
    here.advance(120)
    assert here.probe(device, "T1").fault is None


def test_a_probe_drifts_by_its_amount_per_day():
    here, device = running(Fault(FaultKind.PROBE_DRIFT, f"{LOGGER}/T1", at_min=0, amount=0.5))
    here.advance(2 * 86_400)
    assert here.probe(device, "T1").offset_c == pytest.approx(1.0, abs=0.001)


def test_a_clock_jumps_and_comes_back():
    jump = (Fault(FaultKind.CLOCK_JUMP, "x", at_min=1, until_min=2, amount=-3600),)
    assert [faults.clock_offset_s(jump, s) for s in (59, 60, 120)] == [0, -3600, 0]


def test_more_contents_warm_more_slowly():
    cut = Fault(FaultKind.POWER_CUT, "demo", at_min=0)
    scenario = msgspec.structs.replace(load("single_fridge"), faults=(cut,))
    facility, equipment = scenario.equipment()[0]
    half, full = (Installation(scenario, facility, msgspec.structs.replace(equipment, load=x)) for x in (0.6, 3.0))
    for here in (half, full):
        here.advance(3 * 3600)
    assert full.cabinet.heats[0].air_c < half.cabinet.heats[0].air_c - 1.0


def test_an_installation_is_the_same_each_time():
    first, second = running()[0], running()[0]
    first.advance(86_400)
    for minute in range(1, 1441):
        second.advance(minute * 60)
    assert [dataclasses.asdict(h) for h in first.cabinet.heats] == [dataclasses.asdict(h) for h in second.cabinet.heats]
