"""What the machines' book may not say: what nobody saw, what hung elsewhere, and doors that hide behind each other."""

from dataclasses import replace

import pytest

from alerting.ledger import machines
from alerting.ledger.cuts import Cut, cuts_of, held_through, merged
from alerting.ledger.days import DAY_MS, ChannelDay
from coldchain.archive import equipment
from coldchain.archive.equipment import EquipmentType, NewAssignment, NewCompartment, Purpose
from coldchain.archive.performance import days as kept
from coldchain.reading import Trace
from tests.alerting.cast import BY, HOUR, MAINS, MINUTE, PROBE, T0, Clinic
from tests.alerting.test_machines import BACK, DOOR, OUT, D, books, furnished, room, sawtooth, trace

LOWER, PLUG = "gw-1/lower/door", "gw-1/plug2/power"
WHOLE = Cut(OUT, BACK, is_sharp=True, heard_to=BACK)
AFTER = replace(BY, at=D + 30 * DAY_MS)  # when all of this has been


def without(told: Trace, first: int, last: int) -> Trace:
    """A trace of which nothing came between two minutes of the day D."""
    kept_ = [(t, v) for t, v in zip(told.t, told.v, strict=True) if not D + first * MINUTE < t < D + last * MINUTE]
    return Trace(told.channel, [t for t, _ in kept_], [v for _, v in kept_], [0] * len(kept_))


def mains(t: int) -> float:
    return float(not OUT <= t < BACK)


# losses whose ends nobody saw


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([(0, 1.0), (2, 0.0), (3, 0.0), (4, 1.0)], [Cut(2, 4, is_sharp=True, heard_to=4)]),
        ([(0, 1.0), (9, 0.0), (10, 1.0)], [Cut(9, 10, is_sharp=False, heard_to=10)]),  # lost at any time since 0
        ([(2, 0.0), (3, 1.0)], [Cut(2, 3, is_sharp=False, heard_to=3)]),
        ([(0, 1.0), (1, 0.0), (2, 0.0), (9, 1.0)], [Cut(1, 9, is_sharp=True, heard_to=2)]),  # back at any time since 2
        ([(0, 1.0), (1, 0.0), (9, 0.0), (10, 1.0)], [Cut(1, 10, is_sharp=True, heard_to=1)]),
        ([(0, 1.0), (1, 0.0), (2, 0.0)], [Cut(1, None, is_sharp=True, heard_to=2)]),
    ],
)
def test_a_loss_says_how_surely_its_ends_are_known(told, expected: list[Cut]):
    assert list(cuts_of(told, 3)) == expected


def test_no_holdover_is_measured_from_a_beginning_that_nobody_saw():
    held = held_through(replace(WHOLE, is_sharp=False), room())
    assert held is not None
    assert (held.holdover_ms, held.held_ms, held.held_until) == (None, 150 * MINUTE, OUT + 151 * MINUTE)


def test_no_holdover_is_measured_to_a_time_at_which_the_mains_may_have_been_back():
    held = held_through(replace(WHOLE, heard_to=OUT + 60 * MINUTE), room())
    assert held is not None
    assert (held.holdover_ms, held.held_ms) == (None, 60 * MINUTE)
    assert held.warming_mk_h == 1200


def test_what_passed_its_limit_with_the_mains_just_back_has_yet_to_recover():
    """7.9 °C when they came back, 8.3 ten minutes later: the compressor waits."""

    def lagging(t: int) -> float:
        if t <= BACK:
            return 5.0 + 2.9 * max(0, t - OUT) / (BACK - OUT)
        return 8.3 if t < BACK + 25 * MINUTE else 6.0

    held = held_through(WHOLE, room(lagging))
    assert held is not None
    assert (held.held_until, held.held_ms) == (None, BACK - OUT)
    assert (held.back_at, held.peak_mc) == (BACK + 25 * MINUTE, 8300)


def test_a_plug_that_nobody_hears_of_does_not_keep_a_loss_going():
    dead, heard = Cut(OUT, None, is_sharp=True, heard_to=OUT + HOUR), replace(WHOLE, start=OUT + MINUTE)
    later = replace(WHOLE, start=BACK + 1, end=BACK + 2, heard_to=BACK + 2)
    assert merged([later, heard, dead]) == [WHOLE, later]


async def test_a_plug_that_fell_silent_while_it_was_out_is_heard_to_no_further(clinic: Clinic):
    await clinic.series.write([trace(MAINS, mains, last=660)])
    _, [loss] = await books(clinic, MAINS)
    assert (loss.start, loss.end, loss.heard_to) == (OUT, None, OUT + 59 * MINUTE)


# several channels of a kind


async def test_minutes_of_two_doors_count_in_full_and_those_of_both_at_once_but_once(clinic: Clinic):
    await furnished(clinic)
    async with clinic.archive.writing() as tx:
        await equipment.assign(tx, NewAssignment(channel=LOWER, equipment="F1", start=T0), BY)
    upper = lambda t: float(D + 60 * MINUTE <= t < D + 90 * MINUTE)  # noqa: E731 - shorter than a function
    lower = lambda t: float(D + 80 * MINUTE <= t < D + 100 * MINUTE)  # noqa: E731 - shorter than a function
    await clinic.series.write([trace(DOOR, upper), trace(LOWER, lower)])
    [day], _ = await books(clinic, DOOR)
    assert (day.open_ms, day.open_known_ms, day.openings) == (40 * MINUTE, DAY_MS, 2)


async def test_a_door_of_which_nothing_is_heard_is_not_shut(clinic: Clinic):
    await furnished(clinic)
    async with clinic.archive.writing() as tx:
        await equipment.assign(tx, NewAssignment(channel=LOWER, equipment="F1", start=T0), BY)
    upper = lambda t: float(D + 60 * MINUTE <= t < D + 90 * MINUTE)  # noqa: E731 - shorter than a function
    await clinic.series.write([trace(DOOR, upper), without(trace(LOWER, lambda _: 0.0), 0, 720)])
    [day], _ = await books(clinic, DOOR)
    assert (day.open_ms, day.open_known_ms) == (30 * MINUTE, 750 * MINUTE)


async def test_a_sensor_that_took_another_s_place_goes_on_where_that_ended(clinic: Clinic):
    await furnished(clinic)
    async with clinic.archive.writing() as tx:
        await equipment.unassign(tx, DOOR, D + 12 * HOUR, AFTER)
        await equipment.assign(tx, NewAssignment(channel=LOWER, equipment="F1", start=D + 12 * HOUR), AFTER)
    shut = lambda _: 0.0  # noqa: E731 - shorter than a function
    await clinic.series.write([trace(DOOR, shut), trace(LOWER, shut)])
    [day], _ = await books(clinic, LOWER)
    assert day.open_known_ms == DAY_MS - MINUTE


async def test_two_plugs_that_go_out_together_are_out_once(clinic: Clinic):
    async with clinic.archive.writing() as tx:
        await equipment.assign(tx, NewAssignment(channel=PLUG, equipment="F1", start=T0), BY)
    late = trace(PLUG, mains)  # it speaks half a minute after the other
    await clinic.series.write([trace(MAINS, mains), Trace(PLUG, [t + MINUTE // 2 for t in late.t], late.v, late.q)])
    [day], [loss] = await books(clinic, MAINS)
    assert (day.out_ms, day.mains_known_ms) == (240 * MINUTE + MINUTE // 2, DAY_MS)
    assert (loss.start, loss.end) == (OUT, BACK + MINUTE // 2)


# corrected by a later date


async def second_fridge(clinic: Clinic) -> None:
    async with clinic.archive.writing() as tx:
        fridge = equipment.Equipment(
            code="F2", facility="511900012000", name_zh="二号", name_en="F2", short_zh="二号", type=EquipmentType.ILR
        )
        await equipment.put_equipment(tx, [fridge], BY)
        cold = NewCompartment(
            equipment="F2", name="cold", name_zh="冷藏室", name_en="cold", purpose=Purpose.VACCINE, profile="2-8"
        )
        await equipment.put_compartments(tx, [cold], BY)


async def test_what_a_probe_told_of_the_wrong_piece_is_taken_from_it_when_that_is_corrected(clinic: Clinic):
    await second_fridge(clinic)
    told = trace(PROBE, sawtooth, 0, 3 * 1440)
    await clinic.series.write([told])
    await books(clinic, PROBE, days=3)
    async with clinic.archive.writing() as tx:
        await equipment.assign(
            tx, NewAssignment(channel=PROBE, equipment="F2", compartment="cold", start=D + DAY_MS), AFTER
        )
    clinic.now += 1
    await machines.build(
        clinic.archive, clinic.series, [ChannelDay(PROBE, D + n * DAY_MS) for n in range(3)], clinic.now
    )
    async with clinic.archive.reading() as tx:
        known = {
            (day.equipment, (day.day - D) // DAY_MS): day.known_ms
            for day in await kept.days_of(tx, ["F1", "F2"], 0, 2**53)
        }
        spreads = await kept.spreads_of(tx, [clinic.compartment], 0, 2**53)
    assert (known["F1", 1], known["F1", 2], known["F2", 1] > 0) == (0, 0, True)
    assert [spread.day for spread in spreads if spread.known_ms] == [D]
