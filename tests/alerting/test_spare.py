"""A spare fridge rings for nobody: while its status says so its compartments are judged as empty ones, and no past is rewritten."""

import pytest

from coldchain.archive import equipment, lots
from coldchain.archive.equipment import Equipment, EquipmentType, NewCompartment, Purpose
from coldchain.archive.facilities import days
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.upkeep import life
from coldchain.archive.upkeep.words import Status
from coldchain.errors import BadInput
from coldchain.excursion import CaseState, Severity
from coldchain.exposure import DAY
from tests.alerting.cast import HOUR, MINUTE, T0, Clinic, sparse, trace_of
from tests.alerting.test_configuration import all_cases, both, now
from tests.alerting.test_dossiers import CLINIC, WARM, held, stocked

LATER = T0 + 90 * MINUTE  # WARM is over
TODAY = days.day_of(T0)


async def turn(clinic: Clinic, status: Status, on: str = TODAY) -> int:
    """Returns when it was entered."""
    by = now(clinic)
    async with clinic.archive.writing() as tx:
        await life.set_status(tx, "F1", life.Turn(status, on, "备用"), by)
    await clinic.sweep()
    return by.at


async def loud(clinic: Clinic) -> list[tuple[bool, Severity]]:
    """Of each case whether it is open, and how loud."""
    return [(case.state is CaseState.OPEN, case.facts.severity) for case in await all_cases(clinic)]


@both
async def test_what_is_spare_is_judged_as_what_is_empty(clinic: Clinic):
    clinic.now = T0
    await turn(clinic, Status.SPARE)
    clinic.now = T0 + 3 * HOUR
    await clinic.hear(trace_of([5.0] * 3 + [14.0] * 120 + [5.0] * 3, start=T0 + 5 * MINUTE))
    assert await loud(clinic) == [(False, Severity.NOTE)]


@pytest.mark.parametrize("status", [Status.NORMAL, Status.REPAIR])
async def test_what_is_to_be_repaired_rings_as_ever(clinic: Clinic, status: Status):
    clinic.now = T0
    if status is not Status.NORMAL:
        await turn(clinic, status)
    clinic.now = T0 + 3 * HOUR
    await clinic.hear(trace_of([5.0] * 3 + [14.0] * 120 + [5.0] * 3, start=T0 + 5 * MINUTE))
    assert await loud(clinic) == [(False, Severity.CRITICAL)]


@both
async def test_becoming_spare_ends_what_goes_on_and_begins_anew(clinic: Clinic):
    clinic.now = T0 + 40 * MINUTE
    await clinic.hear(trace_of([5.0] * 3 + [9.0] * 37))
    change = await turn(clinic, Status.SPARE)
    clinic.now = T0 + 3 * HOUR
    await clinic.hear(trace_of([9.0] * 60 + [5.0] * 3, start=T0 + 41 * MINUTE))
    first, second = await all_cases(clinic)
    assert (first.facts.last_bad < change < second.facts.first_bad, first.state) == (True, CaseState.CLOSED)
    assert first.facts.severity is not Severity.NOTE
    assert second.facts.severity is Severity.NOTE


async def carried_away(clinic: Clinic, *, held: int) -> None:
    """The doses go to another refrigerator; those that are under hold stay so there."""
    by = now(clinic)
    card = Equipment(code="F2", facility=CLINIC, name_zh="二号", name_en="F2", short_zh="二号", type=EquipmentType.ILR)
    room = NewCompartment(
        equipment="F2", name="cold", name_zh="冷藏室", name_en="cold", purpose=Purpose.VACCINE, profile="2-8"
    )
    async with clinic.archive.writing() as tx:
        await equipment.put_equipment(tx, [card], by)
        await equipment.put_compartments(tx, [room], by)
        there = (await equipment.compartment(tx, "F2", "cold")).id
        new = NewMovement(
            lot="L-1", at=by.at, doses=120, held=held, reason=Reason.MOVED, source=clinic.compartment, target=there
        )
        await lots.move(tx, new, by)


@both
async def test_what_was_judged_before_anybody_called_it_spare_stays_judged_and_held(clinic: Clinic):
    """Warm and held in the morning, emptied, and called spare "since today": the morning is as it was, whatever comes late."""
    await stocked(clinic)
    clinic.now = LATER
    await clinic.hear(WARM)
    await carried_away(clinic, held=120)
    await clinic.sweep()
    [before], kept = await all_cases(clinic), await held(clinic)
    await turn(clinic, Status.SPARE)
    assert await all_cases(clinic) == [before]
    again = await clinic.restarted()
    await again.hear(sparse([(30.5, 14.0)]))
    [after] = await all_cases(again)
    assert (after.id, after.state, after.facts.extreme_mc) == (before.id, CaseState.CLOSED, 14_000)
    assert (after.facts.severity, after.facts.is_held) == (Severity.CRITICAL, True)
    assert await held(again) == kept
    assert [doses for doses, why in kept if why is None] == [120]


async def test_a_day_on_which_doses_were_inside_cannot_be_called_spare(clinic: Clinic):
    await stocked(clinic)
    clinic.now = LATER + 10 * DAY
    await carried_away(clinic, held=0)
    with pytest.raises(BadInput, match="F1 holds 120 doses"):
        await turn(clinic, Status.SPARE, on=days.day_of(LATER))


async def test_in_use_again_it_rings_again_and_not_for_the_time_between(clinic: Clinic):
    clinic.now = T0
    await turn(clinic, Status.SPARE)
    clinic.now = T0 + HOUR
    await clinic.hear(trace_of([14.0] * 55, start=T0 + 5 * MINUTE))
    clinic.now = T0 + 2 * HOUR
    await turn(clinic, Status.NORMAL)
    assert {severity for _, severity in await loud(clinic)} == {Severity.NOTE}
    clinic.now = T0 + 5 * HOUR
    await clinic.hear(trace_of([5.0] * 3 + [14.0] * 120 + [5.0] * 3, start=T0 + 2 * HOUR + 5 * MINUTE))
    first, second = await loud(clinic)
    assert (first[1], second[1]) == (Severity.NOTE, Severity.CRITICAL)


@both
async def test_tomorrow_s_status_judges_from_tomorrow_on(clinic: Clinic):
    """In the evening somebody may write the day that has begun further east."""
    evening = days.begins(days.after(TODAY, 1)) - 2 * HOUR
    clinic.now = evening
    await turn(clinic, Status.SPARE, on=days.after(TODAY, 1))
    clinic.now = evening + 6 * HOUR
    warm = [5.0] * 3 + [14.0] * 60 + [5.0] * 3
    await clinic.hear(trace_of(warm, start=evening + 5 * MINUTE))
    await clinic.hear(trace_of(warm, start=evening + 3 * HOUR))
    assert [severity for _, severity in await loud(clinic)] == [Severity.WARNING, Severity.NOTE]


async def test_a_piece_that_came_as_spare_was_never_anything_else(clinic: Clinic):
    by = now(clinic)
    card = Equipment(
        code="F3", facility=CLINIC, name_zh="三号", name_en="F3", short_zh="三号", type=EquipmentType.ILR,
        status=Status.SPARE,
    )  # fmt: skip
    async with clinic.archive.writing() as tx:
        await equipment.put_equipment(tx, [card], by)
        assert [(each.status, each.end) for each in (await life.in_force(tx, ["F3"]))["F3"]] == [(Status.SPARE, None)]
        await life.set_status(tx, "F3", life.Turn(Status.NORMAL, days.day_of(by.at), "启用"), by)
        spare, normal = (await life.in_force(tx, ["F3"]))["F3"]
    assert (spare.status, spare.end, normal.start) == (Status.SPARE, by.at, by.at)
