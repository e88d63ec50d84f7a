import pytest

from coldchain.archive.db import Archive
from coldchain.archive.facilities import calendar, card
from coldchain.archive.facilities.calendar import CalendarDay, DayKind, NewCalendarDay
from coldchain.archive.facilities.card import Form
from tests.archive.facilities.cast import CLINIC
from tests.archive.small import COUNTY, NURSE, TOWN, fill, small_county

NATIONAL = {
    "2026-10-01": DayKind.HOLIDAY,
    "2026-10-02": DayKind.HOLIDAY,
    "2026-10-10": DayKind.WORKDAY,
}  # 10th: Saturday


async def enter(
    archive: Archive, day: str, kind: DayKind, *, region: str | None = None, facility: str | None = None
) -> CalendarDay:
    async with archive.writing() as tx:
        new = NewCalendarDay(
            day=day, kind=kind, name="国庆", source="国办发明电〔2025〕", region=region, facility=facility
        )
        return await calendar.enter(tx, new, NURSE)


@pytest.fixture
async def weekdays(archive: Archive) -> Archive:
    """The clinic works Monday to Friday, and its county has a week of holidays with a make-up Saturday."""
    await fill(archive)
    clinic = small_county().facilities[0]
    form = Form(**{name: getattr(clinic, name) for name in Form.__struct_fields__} | {"working_week": "12345"})
    async with archive.writing() as tx:
        await card.put_cards(tx, [form], NURSE)
    for day, kind in NATIONAL.items():
        await enter(archive, day, kind, region=COUNTY)
    return archive


async def worked(archive: Archive, first: str, last: str, facility: str = CLINIC) -> list[str]:
    async with archive.reading() as tx:
        return sorted(day[-2:] for day in await calendar.working_days(tx, facility, first, last))


async def test_a_facility_without_a_week_works_every_day_and_its_county_s_holidays_do_not_change_that(archive: Archive):
    await fill(archive)
    await enter(archive, "2026-10-01", DayKind.HOLIDAY, region=COUNTY)
    assert await worked(archive, "2026-10-01", "2026-10-05") == ["01", "02", "03", "04", "05"]


async def test_a_holiday_of_its_own_exempts_even_that_one(archive: Archive):
    await fill(archive)
    await enter(archive, "2026-10-01", DayKind.HOLIDAY, facility=CLINIC)
    assert await worked(archive, "2026-09-30", "2026-10-02") == ["02", "30"]


async def test_a_week_has_its_weekends_its_holidays_and_its_make_up_days(weekdays: Archive):
    assert await worked(weekdays, "2026-09-28", "2026-10-11") == ["05", "06", "07", "08", "09", "10", "28", "29", "30"]


async def test_the_nearest_region_and_then_the_facility_itself_say_otherwise(weekdays: Archive):
    await enter(weekdays, "2026-10-01", DayKind.WORKDAY, region=TOWN)
    await enter(weekdays, "2026-10-02", DayKind.WORKDAY, facility=CLINIC)
    assert await worked(weekdays, "2026-10-01", "2026-10-02") == ["01", "02"]


async def test_a_day_taken_back_is_what_its_weekday_says(weekdays: Archive):
    async with weekdays.writing() as tx:
        entered = await calendar.listed(tx, "2026-10-01", "2026-10-01")
        await calendar.withdraw(tx, entered[0].id, NURSE)
    assert await worked(weekdays, "2026-10-01", "2026-10-01") == ["01"]


async def test_it_is_asked_for_a_day_as_for_many(weekdays: Archive):
    assert await worked(weekdays, "2026-10-01", "2026-10-01") == []
    assert await worked(weekdays, "2026-10-10", "2026-10-10") == ["10"]
