"""The cabinets against figures measured on real ones."""

import copy
import itertools
from statistics import median

import pytest

from firmware_sim.physics.cabinet import Cabinet, Conditions
from firmware_sim.physics.presets import PRESETS
from tests.firmware_sim.watch import MINUTE, Watched, mean, minutes_until, period_min, settled


def test_the_domestic_fridge_cycles_as_the_measured_one():
    curve = settled("domestic_fridge").run(12)
    assert 55 <= period_min(curve) <= 60
    assert 1.0 <= max(curve) - min(curve) <= 1.2


def test_the_domestic_fridge_runs_about_half_of_the_time():
    fridge = settled("domestic_fridge")
    before_s = fridge.cabinet.compressors[0].run_s
    fridge.run(12)
    assert (fridge.cabinet.compressors[0].run_s - before_s) / (12 * 3600) == pytest.approx(0.47, abs=0.04)


def test_the_domestic_fridge_pulls_down_as_the_measured_one():
    curve = Watched("domestic_fridge", start_c=16.8).run(4)
    assert minutes_until(curve, lambda c: c <= 10.0) == pytest.approx(65, rel=0.10)
    assert minutes_until(curve, lambda c: c <= 6.5) == pytest.approx(125, rel=0.10)


def spike_of_a_minute(fridge):
    """How far the probe stands above what it would have shown, had the door stayed shut for this minute."""
    left_alone = copy.deepcopy(fridge)
    opened = fridge.run(1 / 60, open_doors=(True,)) + fridge.run(0.75)
    return [a - b for a, b in zip(opened, left_alone.run(1 / 60) + left_alone.run(0.75), strict=True)]


def test_a_door_opened_for_a_minute_shows_as_a_spike_that_decays():
    fridge, peaks, decays = settled("domestic_fridge"), [], []
    for _ in range(12):  # all over the compressor's cycle
        fridge.run(1 / 12)
        above = spike_of_a_minute(copy.deepcopy(fridge))
        peaks.append(max(above))
        decays.append(minutes_until(above[above.index(peaks[-1]) :], lambda k: k < 0.25 * 1.3))
    assert median(peaks) == pytest.approx(1.3, abs=0.1)
    assert 15 <= median(decays) <= 20


@pytest.mark.parametrize(("preset", "least_h", "most_h"), [("domestic_fridge", 2.0, 4.0), ("medical_fridge", 1.0, 3.0)])
def test_without_mains_a_fridge_passes_8_degrees_in_its_time(preset, least_h, most_h):
    curve = settled(preset).run(6, mains=False)
    assert least_h <= minutes_until(curve, lambda c: c > 8.0) / 60 <= most_h


def test_an_ice_lined_refrigerator_holds_out_for_twenty_hours_at_43_degrees():
    curve = settled("ilr", room_c=43.0).run(20, room_c=43.0, mains=False)
    assert max(curve) <= 8.0


def test_an_ice_lined_refrigerator_is_lost_when_its_ice_is_gone():
    fridge = settled("ilr", room_c=43.0)
    curve = fridge.run(300, room_c=43.0, mains=False)
    assert fridge.cabinet.heats[0].melted == 1.0
    assert max(curve) > 10.0


def test_an_ice_bank_keeps_all_heat_when_it_crosses_zero():
    fridge = settled("ilr")
    chamber, heat = fridge.cabinet.design.chambers[0], fridge.cabinet.heats[0]

    def enthalpy_j():
        return heat.plate_c * chamber.plate_j_per_k + heat.melted * chamber.latent_j

    before_j, taken_j = enthalpy_j(), 0.0
    for _ in range(100_000):
        taken_j += 10 * chamber.plate_w_per_k * (heat.air_c - heat.plate_c)
        fridge.cabinet.step(Conditions(43.0, mains=False))
    assert heat.plate_c > 0
    assert enthalpy_j() - before_j == pytest.approx(taken_j, rel=1e-9)


@pytest.mark.parametrize(
    ("preset", "low_c", "high_c"),
    [
        ("domestic_fridge", 2, 8),
        ("frost_free_fridge", 2, 8),
        ("medical_fridge", 2, 8),
        ("ilr", 2, 8),
        ("cold_room", 2, 8),
        ("freezer", -25, -18),
    ],
)
def test_every_type_keeps_its_band_in_a_warm_room(preset, low_c, high_c):
    curve = settled(preset, room_c=27.0).run(24, room_c=27.0)
    assert low_c < min(curve)
    assert max(curve) < high_c


def test_the_second_compartment_of_the_domestic_fridge_is_a_freezer():
    fridge = settled("domestic_fridge")
    assert fridge.cabinet.heats[1].air_c < -15


def test_a_frost_free_fridge_warms_by_some_degrees_when_it_defrosts():
    fridge = settled("frost_free_fridge")
    air = []
    for _ in range(24 * 360):
        fridge.cabinet.step(Conditions(25.0))
        air.append(fridge.cabinet.heats[0].air_c)
    assert 3 <= max(air) - mean(air) <= 6
    starts = [i for i in range(1, len(air)) if air[i - 1] <= 6.5 < air[i]]
    assert len(starts) == 2


def test_a_compressor_keeps_its_shortest_times():
    cabinet = Cabinet(PRESETS["medical_fridge"])
    ran = []
    for _ in range(5000):
        cabinet.step(Conditions(30.0))
        ran.append(cabinet.compressors[0].runs)
    stretches_s = [10 * len(list(group)) for _, group in itertools.groupby(ran)][1:-1]
    assert min(stretches_s) >= 180


def test_a_cold_room_takes_its_second_compressor_when_the_door_stands_open():
    room = settled("cold_room")
    assert not room.cabinet.compressors[1].runs
    room.run(0.3, open_doors=(True,))
    assert room.cabinet.compressors[1].runs


def test_a_broken_compressor_lets_the_freezer_thaw():
    assert max(settled("freezer").run(24, compressor_works=False)) > -10


def test_half_the_refrigerant_makes_the_compressor_run_longer():
    full, leaky = settled("domestic_fridge"), settled("domestic_fridge", charge=0.5)
    before = (full.cabinet.compressors[0].run_s, leaky.cabinet.compressors[0].run_s)
    full.run(12)
    leaky.run(12, charge=0.5)
    assert leaky.cabinet.compressors[0].run_s - before[1] > 1.3 * (full.cabinet.compressors[0].run_s - before[0])


def test_the_dial_moves_the_band():
    warm = Cabinet(PRESETS["domestic_fridge"], dial_k=2.0)
    for _ in range(24 * 60 * MINUTE):
        warm.step(Conditions(25.0))
    assert warm.heats[0].contents_c > settled("domestic_fridge").cabinet.heats[0].contents_c + 1.0


def test_the_same_conditions_give_the_same_bytes():
    assert settled("cold_room").run(6) == settled("cold_room").run(6)
