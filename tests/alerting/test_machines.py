"""How machines ran, by curves whose truth is known."""

import math
from dataclasses import replace

import pytest

from alerting.ledger import machines
from alerting.ledger.cuts import Cut, Room, cuts_of, held_through, worst
from alerting.ledger.days import DAY_MS, ChannelDay, day_of
from alerting.ledger.spread import Spread, spread_of
from alerting.ledger.states import Points, Runs, joined, known_ms, runs_of
from alerting.ledger.swings import runs_from, turning_points
from coldchain.archive import equipment, tables
from coldchain.archive.equipment import NewAssignment, NewCompartment, Purpose
from coldchain.archive.performance import days as kept
from coldchain.archive.performance.days import Day, Loss
from coldchain.reading import Trace
from firmware_sim.physics.cabinet import Cabinet, Conditions
from firmware_sim.physics.presets import PRESETS
from tests.alerting.cast import BY, HOUR, MAINS, MINUTE, PROBE, T0, Clinic

D = day_of(T0) + 2 * DAY_MS  # a whole day after the probes were hung
GAP = 3 * MINUTE
COMPRESSOR, DOOR, ROOM = "gw-1/plug/compressor", "gw-1/door/door", "gw-1/room/temperature"


def minutes(first: int, last: int) -> range:
    """Minutes of the day D."""
    return range(D + first * MINUTE, D + last * MINUTE, MINUTE)


def thermostat(t: int, period: int = 30, on: int = 12) -> float:
    """1 in the first `on` minutes of each period."""
    return float((t - D) // MINUTE % period < on)


def sawtooth(t: int, period: int = 30, on: int = 12, low: float = 4.0, high: float = 6.0) -> float:
    """From `high` down to `low` while the compressor runs, and up again."""
    at = (t - D) / MINUTE % period
    return high - (high - low) * at / on if at < on else low + (high - low) * (at - on) / (period - on)


def points(f, first: int = -360, last: int = 1443) -> Points:
    return [(t, f(t)) for t in minutes(first, last)]


# on and off


def test_a_thermostat_of_30_minutes_at_40_per_cent_gives_just_that():
    runs = runs_of(points(thermostat), GAP, D, D + DAY_MS)
    assert runs == Runs(576 * MINUTE, 1440 * MINUTE, 48, 48, 48 * 30 * MINUTE)


def test_a_gap_is_unknown_and_no_period_goes_across_it():
    told = [(t, v) for t, v in points(thermostat) if not D + 600 * MINUTE < t < D + 660 * MINUTE]
    runs = runs_of(told, GAP, D, D + DAY_MS)
    assert (runs.known_ms, runs.starts, runs.periods) == (1380 * MINUTE, 46, 45)
    assert runs.period_ms == 45 * 30 * MINUTE


def test_the_start_at_midnight_is_known_from_the_evening_before():
    told = [(t, v) for t, v in points(thermostat) if t >= D]
    assert runs_of(told, GAP, D, D + DAY_MS).starts == 47
    assert runs_of(points(thermostat), GAP, D, D + DAY_MS).starts == 48


def test_days_add_up_to_the_same_as_the_whole():
    told = points(lambda t: thermostat(t, 47, 13), -360, 2883)
    whole = runs_of(told, GAP, D, D + 2 * DAY_MS)
    assert joined([runs_of(told, GAP, D, D + DAY_MS), runs_of(told, GAP, D + DAY_MS, D + 2 * DAY_MS)]) == whole


def test_nothing_told_is_nothing_known():
    assert runs_of([], GAP, D, D + DAY_MS) == Runs()
    assert runs_of([(D, 1.0)], GAP, D, D + DAY_MS) == Runs()


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 10), (5, 15)], 15),
        ([(20, 30), (0, 10)], 20),
        ([(-5, 3), (98, 200)], 5),
        ([(0, 100), (10, 20)], 100),
        ([], 0),
    ],
)
def test_what_several_probes_know_counts_once(spans: list[tuple[int, int]], expected: int):
    assert known_ms(spans, 0, 100) == expected


# a compressor read from the temperature


def test_a_sawtooth_of_30_minutes_at_40_per_cent_gives_just_that():
    runs = runs_from(points(sawtooth), GAP, D, D + DAY_MS)
    assert runs is not None
    assert (runs.starts, runs.period_ms / runs.periods) == (48, 30 * MINUTE)
    assert runs.on_ms / runs.known_ms == 0.4


def test_a_swing_that_is_rounded_to_a_tenth_and_jumps_at_a_door_is_still_read():
    def told(t: int) -> float:
        door = 1.3 if D + 500 * MINUTE <= t < D + 505 * MINUTE else 0.0
        return round(sawtooth(t, 57, 27) + door, 1)

    runs = runs_from(points(told), GAP, D, D + DAY_MS)
    assert runs is not None
    assert runs.period_ms / runs.periods == pytest.approx(57 * MINUTE, rel=0.03)
    assert runs.on_ms / runs.known_ms == pytest.approx(27 / 57, abs=0.03)


@pytest.mark.parametrize(
    "curve",
    [
        lambda _: 5.0,  # an ice-lined refrigerator at night
        lambda t: round(5 + 0.1 * math.sin(t / MINUTE), 1),  # noise
        lambda t: sawtooth(t, 400, 200),  # three swings in a day
        lambda t: sawtooth(t, 30 if (t - D) // (2 * HOUR) % 2 else 180, 12),  # irregular
    ],
)
def test_nothing_is_said_where_no_clear_swing_is(curve):
    assert runs_from(points(curve), GAP, D, D + DAY_MS) is None
    assert runs_from([], GAP, D, D + DAY_MS) is None


def test_a_point_turns_only_when_it_turned_back_far_enough():
    values = [5, 6, 5.9, 6.2, 5.0, 5.1, 4.8, 6.0]
    assert [v for _, v in turning_points(list(enumerate(values)), 0.5)] == [5, 6.2, 4.8]


@pytest.mark.parametrize(
    ("design", "room_c"), [("domestic_fridge", 25.0), ("domestic_fridge", 32.0), ("cold_room", 25.0)]
)
def test_a_simulated_cabinet_s_period_is_read_and_its_duty_only_roughly(design: str, room_c: float):
    """What `swings` says of itself: the period is right, the share of falling time is pulled towards a half."""
    cabinet, air, compressor = Cabinet(PRESETS[design]), [], []
    probe_c = cabinet.heats[0].air_c
    for t in minutes(-1080, 1443):
        for _ in range(6):
            cabinet.step(Conditions(room_c), 10)
            probe_c += (cabinet.heats[0].air_c - probe_c) * 10 / 180
        air.append((t, round(probe_c, 1)))
        compressor.append((t, float(cabinet.compressors[0].runs)))
    truth, read = runs_of(compressor, GAP, D, D + DAY_MS), runs_from(air, GAP, D, D + DAY_MS)
    assert read is not None
    assert read.period_ms / read.periods == pytest.approx(truth.period_ms / truth.periods, rel=0.04)
    duty, falling = truth.on_ms / truth.known_ms, read.on_ms / read.known_ms
    assert abs(falling - duty) <= 0.15
    assert abs(falling - 0.5) <= abs(duty - 0.5)


# spread


def test_a_straight_line_has_the_spread_of_one():
    told = [(t, 4.0 + 2.0 * (t - D) / DAY_MS) for t in minutes(0, 1441)]
    assert spread_of([(told, GAP)], D, D + DAY_MS) == Spread(DAY_MS, 4000, 6000, 5000, round(2000 / math.sqrt(12)))


def test_two_probes_lie_apart_together_and_a_gap_weighs_nothing():
    cold = [(t, 4.0) for t in minutes(0, 1441)]
    warm = [(t, 6.0) for t in minutes(0, 721)]
    assert spread_of([(cold, GAP), (warm, GAP)], D, D + DAY_MS) == Spread(DAY_MS * 3 // 2, 4000, 6000, 4667, 943)
    assert spread_of([([(D, 4.0), (D + HOUR, 9.0)], GAP)], D, D + DAY_MS) is None


# losses of mains

OUT, BACK = D + 600 * MINUTE, D + 840 * MINUTE  # four hours


def warming(t: int) -> float:
    """5.0 until the mains are out, 1 K in 50 minutes while they are, 2 K in 50 minutes back down to 5.0."""
    if t <= OUT:
        return 5.0
    if t <= BACK:
        return round(5.0 + (t - OUT) / (50 * MINUTE), 6)
    return round(max(5.0, 5.0 + 240 / 50 - (t - BACK) / (25 * MINUTE)), 6)


def room(f=warming, *, limit_mc: int = 8000, first: int = 590, last: int = 1200, number: int = 1) -> Room:
    return Room(number, 2000, limit_mc, GAP, points(f, first, last))


def test_a_holdover_is_the_time_to_the_first_reading_beyond_the_limit():
    held = held_through(Cut(OUT, BACK, is_sharp=True, heard_to=BACK), room())
    assert held is not None
    crossed = OUT + 151 * MINUTE  # 8.0 itself, 150 minutes later, is still inside
    assert (held.held_until, held.holdover_ms, held.held_ms) == (crossed, 151 * MINUTE, 150 * MINUTE)
    assert (held.start_mc, held.peak_mc, held.warming_mk_h) == (5000, 9800, 1200)
    assert held.back_at == BACK + 45 * MINUTE


def test_what_held_to_the_end_was_never_out_of_its_band():
    held = held_through(
        Cut(OUT, OUT + 60 * MINUTE, is_sharp=True, heard_to=OUT + 60 * MINUTE), room(lambda t: min(warming(t), 6.0))
    )
    assert held is not None
    assert (held.held_until, held.holdover_ms, held.held_ms) == (None, None, 60 * MINUTE)
    assert held.back_at == OUT + 60 * MINUTE


def test_a_gateway_that_went_dark_saw_no_end_of_the_holdover():
    seen = room()
    dark = [point for point in seen.points if not OUT + 30 * MINUTE < point[0] < BACK]
    held = held_through(Cut(OUT, BACK, is_sharp=True, heard_to=BACK), replace(seen, points=dark))
    assert held is not None
    assert (held.holdover_ms, held.held_ms, held.held_until) == (None, 30 * MINUTE, BACK)


def test_what_nobody_saw_for_a_while_may_have_been_out_before():
    seen = room()
    dark = [point for point in seen.points if not OUT + 30 * MINUTE < point[0] < OUT + 100 * MINUTE]
    held = held_through(Cut(OUT, BACK, is_sharp=True, heard_to=BACK), replace(seen, points=dark))
    assert held is not None
    assert (held.holdover_ms, held.held_ms) == (None, 30 * MINUTE)


def test_what_was_beyond_its_limit_before_held_nothing():
    held = held_through(Cut(OUT, BACK, is_sharp=True, heard_to=BACK), room(lambda t: warming(t) + 4))
    assert held is not None
    assert (held.held_until, held.holdover_ms, held.held_ms) == (OUT, None, 0)


def test_a_loss_of_which_no_temperature_is_known_says_nothing():
    assert held_through(Cut(OUT, BACK, is_sharp=True, heard_to=BACK), replace(room(), points=[])) is None
    assert held_through(Cut(OUT, BACK, is_sharp=True, heard_to=BACK), room(first=900)) is None


def test_the_compartment_that_went_first_is_the_worst():
    first, later = room(number=2), room(lambda t: 5 + (warming(t) - 5) * 0.8, number=1)
    found = [
        held for each in (later, first) if (held := held_through(Cut(OUT, BACK, is_sharp=True, heard_to=BACK), each))
    ]
    its = worst(found)
    assert its is not None
    assert its.compartment == 2
    assert worst([]) is None


def test_losses_are_told_from_the_first_reading_without_mains_to_the_next_with_them():
    told = [(1, 1.0), (2, 0.0), (3, 0.0), (9, 1.0), (12, 0.0)]
    assert [(cut.start, cut.end) for cut in cuts_of(told, 10)] == [(2, 9), (12, None)]


# the books


async def furnished(clinic: Clinic) -> None:
    """A compressor, a door and a room probe besides what the clinic has, and what the fridge's card claims."""
    async with clinic.archive.writing() as tx:
        new = NewCompartment(
            equipment="F1", name="room", name_zh="室温", name_en="room", purpose=Purpose.EMPTY, profile="ambient"
        )
        await equipment.put_compartments(tx, [new], BY)
        for channel in (COMPRESSOR, DOOR):
            await equipment.assign(tx, NewAssignment(channel=channel, equipment="F1", start=T0), BY)
        await equipment.assign(tx, NewAssignment(channel=ROOM, equipment="F1", compartment="room", start=T0), BY)


def trace(channel: str, f, first: int = -360, last: int = 2880) -> Trace:
    told = points(f, first, last)
    return Trace(channel, [t for t, _ in told], [v for _, v in told], [0] * len(told))


async def books(clinic: Clinic, *channels: str, days: int = 1) -> tuple[list[Day], list[Loss]]:
    due = [ChannelDay(channel, D + n * DAY_MS) for channel in channels for n in range(days)]
    await machines.build(clinic.archive, clinic.series, due, clinic.now)
    async with clinic.archive.reading() as tx:
        return await kept.days_of(tx, ["F1"], 0, 2**53), await kept.losses_of(tx, ["F1"], 0, 2**53)


async def test_a_machine_s_day_stands_in_the_book(clinic: Clinic):
    await furnished(clinic)
    door = lambda t: float((t - D) // MINUTE % 120 in range(10, 13))  # noqa: E731 - shorter than a function
    await clinic.series.write([
        trace(PROBE, sawtooth), trace(COMPRESSOR, lambda t: thermostat(t, 60, 15)), trace(DOOR, door),
        trace(MAINS, lambda t: float(not OUT <= t < BACK)),
    ])  # fmt: skip
    [day], losses = await books(clinic, DOOR)
    assert day == Day(
        equipment="F1", day=D, known_ms=DAY_MS, basis="compressor", run_ms=360 * MINUTE, run_known_ms=DAY_MS, cycles=24,
        periods=24, period_ms=DAY_MS, open_ms=36 * MINUTE, open_known_ms=DAY_MS, openings=12,
        out_ms=240 * MINUTE, mains_known_ms=DAY_MS,
    )  # fmt: skip
    assert [(loss.start, loss.end) for loss in losses] == [(OUT, BACK)]
    async with clinic.archive.reading() as tx:
        [spread] = await kept.spreads_of(tx, [clinic.compartment], 0, 2**53)
    assert (spread.low_mc, spread.high_mc, spread.mean_mc) == (4000, 6000, 5000)


async def test_without_a_compressor_s_channel_the_temperature_tells_and_that_is_said(clinic: Clinic):
    await clinic.series.write([trace(PROBE, sawtooth)])
    [day], _ = await books(clinic, PROBE)
    assert (day.basis, day.cycles, day.run_ms / day.run_known_ms) == ("temperature", 48, 0.4)
    assert (day.open_known_ms, day.mains_known_ms) == (0, 0)


async def test_a_power_cut_s_holdover_is_measured_beside_what_its_card_claims(clinic: Clinic):
    await furnished(clinic)
    async with clinic.archive.writing() as tx:
        row = await tx.get_one(tables.Equipment, "F1")
        row.holdover_h_catalogue = 5.0
    mains = trace(MAINS, lambda t: float(not OUT <= t < BACK))
    await clinic.series.write([trace(PROBE, warming), trace(ROOM, lambda _: 31.5), mains])
    _, [loss] = await books(clinic, MAINS)
    assert (loss.held_until, loss.holdover_ms) == (OUT + 151 * MINUTE, 151 * MINUTE)
    assert (loss.compartment, loss.limit_mc, loss.ambient_mc) == (clinic.compartment, 8000, 31_500)
    assert (loss.recovery_ms, loss.lasted_ms) == (45 * MINUTE, 240 * MINUTE)
    assert loss.share_of_catalogue == pytest.approx(151 / 300)


async def test_a_loss_over_midnight_is_one_whichever_day_is_built_first(clinic: Clinic):
    out, back = D + 1400 * MINUTE, D + 2000 * MINUTE
    mains = trace(MAINS, lambda t: float(not out <= t < back))
    await clinic.series.write([trace(PROBE, lambda _: 5.0), mains])
    for day in (D + DAY_MS, D):
        await machines.build(clinic.archive, clinic.series, [ChannelDay(MAINS, day)], clinic.now)
    days, [loss] = await books(clinic, MAINS)
    assert (loss.start, loss.end, loss.held_ms) == (out, back, 600 * MINUTE)
    assert [day.out_ms for day in days] == [40 * MINUTE, 560 * MINUTE]


async def test_a_loss_of_weeks_is_followed_to_its_ends(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machines, "PAGE", 7)
    hourly = [D - 3 * HOUR + n * HOUR for n in range(24 * 20)]
    values = [float(not D - HOUR < t < D + 18 * DAY_MS) for t in hourly]
    await clinic.series.write([Trace(MAINS, hourly, list(values), [0] * len(hourly))])
    middle = D + 9 * DAY_MS
    await machines.build(clinic.archive, clinic.series, [ChannelDay(MAINS, middle)], clinic.now)
    async with clinic.archive.reading() as tx:
        [loss] = await kept.losses_of(tx, ["F1"], 0, 2**53)
    assert (loss.start, loss.end) == (D, D + 18 * DAY_MS)


async def test_late_data_replaces_what_was_found_and_an_older_look_does_not(clinic: Clinic):
    mains = trace(MAINS, lambda t: float(not OUT <= t < BACK))
    split = [t for t in mains.t if not OUT + HOUR <= t < OUT + 2 * HOUR]
    told = Trace(MAINS, split, [float(not OUT <= t < BACK) for t in split], [0] * len(split))
    await clinic.series.write([told])
    _, before = await books(clinic, MAINS)
    assert [(loss.start, loss.end) for loss in before] == [(OUT, BACK)]
    late = [t for t in mains.t if OUT + HOUR <= t < OUT + 2 * HOUR]
    await clinic.series.write([Trace(MAINS, late, [1.0] * len(late), [0] * len(late))])
    clinic.now += 1
    _, after = await books(clinic, MAINS)
    assert [(loss.start, loss.end) for loss in after] == [(OUT, OUT + HOUR), (OUT + 2 * HOUR, BACK)]
    async with clinic.archive.writing() as tx:
        old = replace_day(D)
        await kept.put(tx, [old], [], clinic.now - 1)
        [day] = await kept.days_of(tx, ["F1"], D, D + 1)
    assert day.out_ms == 180 * MINUTE


def replace_day(day: int) -> Day:
    return Day(equipment="F1", day=day, out_ms=1, mains_known_ms=1)


async def test_a_day_of_which_nothing_is_known_has_no_row(clinic: Clinic):
    assert await books(clinic, PROBE) == ([], [])


async def test_a_probe_that_moved_tells_of_each_piece_while_it_hung_there(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        fridge = equipment.Equipment(
            code="F2", facility="511900012000", name_zh="二号", name_en="F2", short_zh="二号",
            type=equipment.EquipmentType.ILR,
        )  # fmt: skip
        await equipment.put_equipment(tx, [fridge], BY)
        cold = NewCompartment(
            equipment="F2", name="cold", name_zh="冷藏室", name_en="cold", purpose=Purpose.VACCINE, profile="2-8"
        )
        await equipment.put_compartments(tx, [cold], BY)
        new = NewAssignment(channel=PROBE, equipment="F2", compartment="cold", start=D + 12 * HOUR)
        await equipment.assign(tx, new, replace(BY, at=D + DAY_MS))
    await clinic.series.write([trace(PROBE, sawtooth)])
    await machines.build(clinic.archive, clinic.series, [ChannelDay(PROBE, D)], clinic.now)
    async with clinic.archive.reading() as tx:
        found = await kept.days_of(tx, ["F1", "F2"], D, D + 1)
    assert [(day.equipment, day.known_ms) for day in found] == [("F1", 719 * MINUTE), ("F2", 12 * HOUR)]
