"""Quiet hours have one source: the policy in force where something rings, dated, by the calendar of the place."""

import pytest

from coldchain.archive import tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.duty import policies
from coldchain.archive.duty.holdovers import LATELY_MS, holdovers
from coldchain.archive.duty.nights import Spot, nights
from coldchain.archive.duty.policies import NewPolicy
from coldchain.archive.duty.policy import shipped, written
from coldchain.archive.facilities import calendar
from coldchain.archive.facilities.calendar import DayKind, NewCalendarDay
from coldchain.archive.performance.days import Loss, put_losses
from coldchain.excursion import Severity
from tests.archive.duty.books import ms
from tests.archive.small import COUNTY, TOWN, fill

NOW = ms("2026-11-20 09:00")
BY = By("manager 吴", NOW, "test")
CLINIC, POST, FRIDGE = "511900012", "511900013", "511900012-BX1"
HOUR, DAY = 3_600_000, 86_400_000
OURS = written(shipped()) | {"title": "ours", "silence_h": 9.0, "source": "county order 3"}


@pytest.fixture
async def county(archive: Archive) -> Archive:
    await fill(archive)
    return archive


async def sleeps(archive: Archive, at: str, *spots: Spot) -> list[bool]:
    async with archive.reading() as tx:
        found = await nights(tx, spots, ms(at))
    return [found[spot].is_now for spot in spots]


def spot(equipment: str | None = FRIDGE, facility: str | None = None) -> Spot:
    return Spot(equipment, facility, Severity.WARNING)


async def test_the_night_is_that_of_the_policy_in_force_at_each_place_and_time(county: Archive):
    content = OURS | {"quiet": {"from": "20:00", "until": "06:00"}}
    async with county.writing() as tx:
        await policies.enter(tx, NewPolicy(content=content, facility=POST, start=NOW), BY)
    spots = [spot(), spot(None, CLINIC), spot(None, POST), spot(None)]
    assert await sleeps(county, "2026-11-20 20:30", *spots) == [False, False, True, False]
    assert await sleeps(county, "2026-11-20 06:30", *spots) == [True, True, True, True]  # it was not in force yet
    assert await sleeps(county, "2026-11-23 06:30", *spots) == [True, True, False, True]


async def test_holidays_and_make_up_days_of_the_place_are_respected(county: Archive):
    holiday = NewCalendarDay(day="2026-11-25", kind=DayKind.HOLIDAY, region=TOWN, name="节日", source="notice 7")
    make_up = NewCalendarDay(day="2026-11-28", kind=DayKind.WORKDAY, region=COUNTY, name="调休", source="notice 7")
    async with county.writing() as tx:
        for new in (holiday, make_up):
            await calendar.enter(tx, new, BY)
    for day, sleeping in (("24", False), ("25", True), ("28", False), ("29", True)):
        assert await sleeps(county, f"2026-11-{day} 07:30", spot()) == [sleeping], day


async def claims(archive: Archive, hours: float | None, source: str) -> None:
    async with archive.writing() as tx:
        row = await tx.get_one(tables.Equipment, FRIDGE)
        row.holdover_h_catalogue, row.holdover_source = hours, source


async def known(archive: Archive, at: int = NOW) -> tuple[str, float, str]:
    async with archive.reading() as tx:
        found = (await holdovers(tx, [FRIDGE, "X"], at))[FRIDGE]
    return found.basis, found.hours, found.source


async def test_what_was_measured_counts_before_what_is_claimed_and_that_before_the_policy_s_hours(county: Archive):
    assert await known(county) == ("policy", shipped().silence_h, shipped().source)
    await claims(county, 20, "WHO PQS E003/012")
    assert await known(county) == ("catalogue", 20, "WHO PQS E003/012")
    async with county.writing() as tx:
        for days, hours in ((30, 16), (60, 12.5)):
            start = NOW - days * DAY
            loss = Loss(equipment=FRIDGE, start=start, end=start + DAY, holdover_ms=round(hours * HOUR))
            await put_losses(tx, FRIDGE, (start, start + DAY), [loss], NOW)
    assert await known(county) == ("measured", 12.5, "its own losses of mains")
    assert (await known(county, NOW + LATELY_MS))[0] == "catalogue"


async def test_the_hours_of_the_county_s_own_policy_count_with_their_source(county: Archive):
    async with county.writing() as tx:
        await policies.enter(tx, NewPolicy(content=OURS, region=COUNTY, start=NOW), BY)
    assert await known(county, NOW + HOUR) == ("policy", 9.0, "county order 3")


async def test_a_loss_that_found_it_warm_tells_nothing_of_its_holdover(county: Archive):
    async with county.writing() as tx:
        first, second = NOW - 3 * DAY, NOW - 2 * DAY + HOUR
        losses = [
            Loss(equipment=FRIDGE, start=first, end=first + DAY, holdover_ms=15 * HOUR),
            Loss(equipment=FRIDGE, start=second, end=second + HOUR, holdover_ms=60_000),
        ]
        await put_losses(tx, FRIDGE, (first, NOW), losses, NOW)
    assert await known(county) == ("measured", 15, "its own losses of mains")
