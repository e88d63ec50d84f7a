"""What explains a deviation by itself: entered, withdrawn, and whose readings each concerns."""

from typing import Any

import pytest

from coldchain.archive import chains, lots, occasions, places
from coldchain.archive.db import Archive
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.occasions import Hours, NewOccasion, Occasion, OccasionKind
from coldchain.errors import BadInput
from tests.archive.journal import last, told
from tests.archive.small import HOUR, NURSE, PROBE, T0, compartment_of, drawer_of, fill

CLINIC, FRIDGE, LINE = "511900012", "511900012-BX1", "10kV 柳溪线"
MONDAY = Hours(weekday=0, from_min=480, to_min=690)
FRIDAY = Hours(weekday=4, from_min=480, to_min=690)


def occasion(start: int = T0 + 5 * HOUR, end: int = T0 + 6 * HOUR, **more: Any) -> NewOccasion:
    values: dict[str, Any] = {"kind": OccasionKind.STOCK_TAKE, "start": start, "end": end} | more
    return NewOccasion(**values)


async def enter(archive: Archive, new: NewOccasion) -> Occasion:
    async with archive.writing() as tx:
        return await occasions.enter(tx, new, NURSE)


async def hang_on(archive: Archive, feeder: str) -> None:
    async with archive.writing() as tx:
        clinic = await places.facility(tx, CLINIC)
        values = {name: getattr(clinic, name) for name in clinic.__struct_fields__} | {"feeder": feeder}
        await places.put_facilities(tx, [places.Facility(**values)], NURSE)


async def during(archive: Archive, start: int, end: int) -> list[str]:
    async with archive.reading() as tx:
        return [each.kind.value for each in await occasions.occasions_for(tx, FRIDGE, start, end)]


async def set_hours(archive: Archive, start: int, *hours: Hours) -> None:
    async with archive.writing() as tx:
        await occasions.set_session_hours(tx, CLINIC, hours, NURSE, start=start)


async def week(archive: Archive) -> list[tuple[int, int, int | None]]:
    async with archive.reading() as tx:
        return [(each.weekday, each.start, each.end) for each in await occasions.session_hours_of(tx, CLINIC)]


async def test_equipment_has_the_occasions_of_its_own_of_its_facility_and_of_its_feeder(archive: Archive):
    await fill(archive)
    await hang_on(archive, LINE)
    await enter(archive, occasion(equipment=FRIDGE, kind=OccasionKind.DEFROST))
    await enter(archive, occasion(facility=CLINIC))
    await enter(archive, occasion(facility="511900013"))
    await enter(archive, occasion(feeder=LINE, kind=OccasionKind.PLANNED_OUTAGE))
    assert await during(archive, T0 + 5 * HOUR, T0 + 6 * HOUR) == ["defrost", "stock_take", "planned_outage"]
    assert await during(archive, T0 + 6 * HOUR, T0 + 7 * HOUR) == await during(archive, T0, T0 + 5 * HOUR) == []


async def test_facilities_of_no_known_feeder_share_no_outage(archive: Archive):
    await fill(archive)
    with pytest.raises(BadInput, match="scope: nothing says where"):
        await enter(archive, occasion(feeder="", kind=OccasionKind.PLANNED_OUTAGE))


async def test_an_occasion_makes_temperatures_be_judged_again_from_two_hours_before_to_two_after(archive: Archive):
    await fill(archive)
    await hang_on(archive, LINE)
    wheres: list[dict[str, Any]] = [{"equipment": FRIDGE}, {"facility": CLINIC}]
    for where in [*wheres, {"feeder": LINE, "kind": OccasionKind.PLANNED_OUTAGE}]:
        before = await last(archive)
        entered = await enter(archive, occasion(**where))
        async with archive.writing() as tx:
            await occasions.withdraw(tx, entered.id, NURSE)
        assert await told(archive, before, "occasion") == [(PROBE, T0 + 3 * HOUR, T0 + 8 * HOUR)] * 2


async def test_what_was_withdrawn_explains_nothing_and_stays_in_the_book(archive: Archive):
    await fill(archive)
    entered = await enter(archive, occasion(equipment=FRIDGE, note="半年盘点"))
    async with archive.writing() as tx:
        await occasions.withdraw(tx, entered.id, NURSE)
    assert await during(archive, T0, T0 + 9 * HOUR) == []
    async with archive.reading() as tx:
        [kept] = await occasions.listed(tx, T0)
        assert (kept.by, kept.note, kept.withdrawn_at) == (NURSE.actor, "半年盘点", NURSE.at)
        assert await chains.unseen(tx) == []


async def test_a_facility_that_hangs_on_another_feeder_had_other_outages(archive: Archive):
    await fill(archive)
    await hang_on(archive, LINE)
    await enter(archive, occasion(feeder=LINE, kind=OccasionKind.PLANNED_OUTAGE))
    before = await last(archive)
    await hang_on(archive, "another")
    assert await told(archive, before, "facility") == [(PROBE, T0 + 3 * HOUR, T0 + 8 * HOUR)]
    assert await during(archive, T0, T0 + 9 * HOUR) == []


REFUSED = [
    (occasion(), "scope: nothing says where; give one of facility, equipment, feeder"),
    (occasion(facility=CLINIC, equipment=FRIDGE), "scope: facility and equipment says where"),
    (occasion(facility="F9"), "facility: 'F9' is not in the archive"),
    (occasion(equipment="E9"), "equipment: 'E9' is not in the archive"),
    (occasion(feeder=LINE), "feeder: a feeder has no stock_take; name a facility"),
    (occasion(feeder=LINE, kind=OccasionKind.PLANNED_OUTAGE), "feeder: no facility hangs on '10kV 柳溪线'"),
    (occasion(end=T0 + 5 * HOUR, facility=CLINIC), "end: .* is not after its start"),
    (occasion(end=T0 + 200 * HOUR, facility=CLINIC), "end: it lasts longer than a week"),
    (occasion(facility=CLINIC, note="a\0"), "occasion.note: .* control characters"),
]


async def test_an_occasion_that_cannot_be_is_refused(archive: Archive):
    await fill(archive)
    for new, words in REFUSED:
        with pytest.raises(BadInput, match=words):
            await enter(archive, new)
    assert await during(archive, T0, T0 + 9 * HOUR) == []


async def test_new_session_hours_end_those_of_before(archive: Archive):
    await fill(archive)
    await set_hours(archive, T0, MONDAY)
    before = await last(archive)
    await set_hours(archive, T0 + HOUR, MONDAY, FRIDAY)
    assert await week(archive) == [(0, T0, T0 + HOUR), (0, T0 + HOUR, None), (4, T0 + HOUR, None)]
    assert await told(archive, before, "session_hours") == [(PROBE, T0 + HOUR, None)]


async def test_hours_set_anew_from_an_earlier_time_take_back_those_that_began_later(archive: Archive):
    await fill(archive)
    await set_hours(archive, T0 + HOUR, MONDAY)
    await set_hours(archive, T0, FRIDAY)
    assert await week(archive) == [(4, T0, None)]


async def test_a_facility_without_sessions_has_no_hours(archive: Archive):
    await fill(archive)
    await set_hours(archive, T0, MONDAY)
    await set_hours(archive, T0 + HOUR)
    assert await week(archive) == [(0, T0, T0 + HOUR)]
    async with archive.reading() as tx:
        assert await chains.unseen(tx) == []


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (Hours(weekday=7, from_min=0, to_min=1), "weekday: 7 is no day of the week; use 0 Monday"),
        (Hours(weekday=0, from_min=600, to_min=600), "hours: minute 600 to 600 is no part of a day"),
        (Hours(weekday=0, from_min=600, to_min=1441), "hours: minute 600 to 1441"),
    ],
)
def test_hours_that_cannot_be_are_refused(hours: Hours, words: str):
    with pytest.raises(BadInput, match=words):
        occasions.check_hours(hours)


async def test_hours_of_an_unknown_facility_are_refused(archive: Archive):
    with pytest.raises(BadInput, match="facility: 'F9' is not in the archive"):
        async with archive.writing() as tx:
            await occasions.set_session_hours(tx, "F9", [MONDAY], NURSE, start=T0)


async def test_doses_that_are_carried_in_arrive_and_a_count_does_not(archive: Archive):
    await fill(archive)
    cold = await compartment_of(archive, "cold")
    async with archive.writing() as tx:
        for at, reason in ((T0 + 2 * HOUR, Reason.COUNTED), (T0 + 3 * HOUR, Reason.RETURNED)):
            await lots.move(tx, NewMovement(lot="HepB-A1", at=at, doses=5, reason=reason, target=cold), NURSE)
        mistake = NewMovement(lot="HepB-A1", at=T0 + 4 * HOUR, doses=5, reason=Reason.RECEIVED, target=cold)
        await lots.withdraw(tx, (await lots.move(tx, mistake, NURSE)).id, NURSE)
        assert await occasions.arrivals_at(tx, cold, T0, T0 + 9 * HOUR) == [T0, T0 + 3 * HOUR]
        assert await occasions.arrivals_at(tx, cold, T0 + 1, T0 + 3 * HOUR) == []


async def test_a_delivery_makes_the_compartments_temperatures_be_judged_again(archive: Archive):
    await fill(archive)
    cold, drawer = await compartment_of(archive, "cold"), await drawer_of(archive)
    before = await last(archive)
    async with archive.writing() as tx:
        at = T0 + 5 * HOUR
        for new in (
            NewMovement(lot="HepB-A1", at=at, doses=5, reason=Reason.RECEIVED, target=cold),
            NewMovement(lot="HepB-A1", at=at, doses=5, reason=Reason.ISSUED, source=cold),
            NewMovement(lot="HepB-A1", at=at, doses=5, reason=Reason.MOVED, source=cold, target=drawer),
        ):
            await lots.move(tx, new, NURSE)
    assert await told(archive, before, "movement") == [(PROBE, T0 + 3 * HOUR, T0 + 7 * HOUR)]
