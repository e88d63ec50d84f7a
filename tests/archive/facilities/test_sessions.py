"""Which sessions are held: the hours of the week, but for holidays, and on make-up days."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from coldchain.archive import occasions, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.facilities import calendar, days, sessions
from coldchain.archive.facilities.calendar import CalendarDay, DayKind, NewCalendarDay
from coldchain.archive.occasions import Hours
from coldchain.errors import BadInput
from tests.archive.facilities.cast import CLINIC, NOW, POST
from tests.archive.small import COUNTY, NURSE, PROBE, T0, TOWN, fill

ZONE = ZoneInfo("Asia/Shanghai")
TUESDAY, MORNING = 1, (8 * 60, 11 * 60)


@pytest.fixture
async def clinic(archive: Archive) -> Archive:
    """It vaccinates on Tuesday and Saturday mornings from July on."""
    await fill(archive)
    hours = [Hours(weekday=day, from_min=MORNING[0], to_min=MORNING[1]) for day in (TUESDAY, 5)]
    async with archive.writing() as tx:
        await occasions.set_session_hours(tx, CLINIC, hours, NURSE, start=T0)
    return archive


async def enter(
    archive: Archive, day: str, kind: DayKind, *, by: By = NURSE, as_weekday: int | None = None, **where: str
) -> CalendarDay:
    async with archive.writing() as tx:
        new = NewCalendarDay(day=day, kind=kind, name="", source="国办发明电", as_weekday=as_weekday, **where)
        return await calendar.enter(tx, new, by)


async def held(archive: Archive, first: str, last: str, facility: str = CLINIC) -> list[str]:
    async with archive.reading() as tx:
        found = await sessions.held(tx, facility, first, last, ZONE)
    assert {(each.from_min, each.to_min) for each in found} <= {MORNING}
    return [each.day.isoformat()[5:] for each in found]


async def test_hours_are_held_by_the_week_since_their_day(clinic: Archive):
    assert await held(clinic, "2026-06-25", "2026-07-12") == ["07-04", "07-07", "07-11"]
    assert await held(clinic, "2026-07-01", "2026-07-12", POST) == []


async def test_no_session_is_held_on_a_holiday_even_where_no_working_week_is_named(clinic: Archive):
    await enter(clinic, "2026-10-06", DayKind.HOLIDAY, region=COUNTY)
    assert await held(clinic, "2026-10-01", "2026-10-10") == ["10-03", "10-10"]


async def test_a_facility_s_own_day_says_more_than_its_region_s_and_the_town_s_more_than_the_county_s(clinic: Archive):
    await enter(clinic, "2026-10-06", DayKind.HOLIDAY, region=COUNTY)
    await enter(clinic, "2026-10-06", DayKind.WORKDAY, region=TOWN)
    assert await held(clinic, "2026-10-06", "2026-10-06") == ["10-06"]
    mine = await enter(clinic, "2026-10-06", DayKind.HOLIDAY, facility=CLINIC)
    assert await held(clinic, "2026-10-06", "2026-10-06") == []
    async with clinic.writing() as tx:
        await calendar.withdraw(tx, mine.id, NURSE)
    assert await held(clinic, "2026-10-06", "2026-10-06") == ["10-06"]


async def test_a_make_up_day_is_held_as_the_weekday_that_it_names(clinic: Archive):
    await enter(clinic, "2026-10-11", DayKind.WORKDAY, region=COUNTY, as_weekday=TUESDAY)  # a Sunday
    await enter(clinic, "2026-10-10", DayKind.WORKDAY, region=COUNTY, as_weekday=3)  # a Saturday, as a Thursday
    assert await held(clinic, "2026-10-10", "2026-10-11") == ["10-11"]


async def test_hours_taken_back_are_held_on_no_day(clinic: Archive):
    async with clinic.writing() as tx:
        [first, _] = await occasions.session_hours_of(tx, CLINIC)
        await occasions.withdraw_hours(tx, first.id, NURSE)
        with pytest.raises(BadInput, match="hours: "):
            await occasions.withdraw_hours(tx, first.id, NURSE)
    assert await held(clinic, "2026-07-01", "2026-07-12") == ["07-04", "07-11"]


@pytest.mark.parametrize(("kind", "weekday"), [(DayKind.HOLIDAY, 1), (DayKind.WORKDAY, 7), (DayKind.WORKDAY, -1)])
async def test_only_a_make_up_day_stands_for_a_weekday(clinic: Archive, kind: DayKind, weekday: int):
    with pytest.raises(BadInput, match="as_weekday: "):
        await enter(clinic, "2026-10-11", kind, region=COUNTY, as_weekday=weekday)


async def doubtful(archive: Archive) -> list[tuple[str | None, int | None, int | None]]:
    async with archive.reading() as tx:
        rows = await tx.scalars(select(tables.Change).where(tables.Change.entity == "calendar_day"))
        return [(row.channel, row.start, row.end) for row in rows]


async def test_a_day_that_is_past_is_judged_again_and_one_to_come_is_not(clinic: Archive):
    later = By("county", NOW, "forgotten")
    await enter(clinic, "2027-02-17", DayKind.HOLIDAY, by=later, region=COUNTY)
    assert await doubtful(clinic) == []
    await enter(clinic, "2026-10-06", DayKind.HOLIDAY, by=later, region=COUNTY)
    [(channel, start, end)] = await doubtful(clinic)
    assert channel == PROBE
    assert start is not None
    assert end is not None
    assert start < days.end_of("2026-10-05") < days.end_of("2026-10-06") < end
    assert date(2026, 10, 6).weekday() == TUESDAY
