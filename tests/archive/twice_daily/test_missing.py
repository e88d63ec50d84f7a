import pytest

from coldchain.archive import tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.facilities import calendar
from coldchain.archive.facilities.calendar import DayKind, NewCalendarDay
from coldchain.archive.places import FacilityKind
from coldchain.archive.twice_daily import hours
from coldchain.archive.twice_daily.duty import Days, State
from coldchain.archive.twice_daily.hours import Half, NewHours, shipped, terms
from coldchain.archive.twice_daily.missing import missing, rates
from coldchain.archive.twice_daily.sheet import sheet
from coldchain.errors import BadInput
from tests.archive.small import COUNTY, NURSE, TOWN, compartment_of
from tests.archive.twice_daily.cast import CLINIC, FRIDGE, ZONE, at, enter, furnish

ONE = Days("2026-07-01", "2026-07-01")


@pytest.fixture
async def cold(archive: Archive) -> int:
    return await furnish(archive)


def own(**values: object) -> NewHours:
    base = {
        "valid_from": "2026-07-02", "am_from_min": 420, "am_to_min": 600, "pm_from_min": 840, "pm_to_min": 1080,
        "apart_min": 360, "holiday_kinds": (FacilityKind.TOWNSHIP_CLINIC,), "source": "县疾控〔2026〕12号",
        "certainty": "read", "region": COUNTY,
    }  # fmt: skip
    return NewHours(**{**base, **values})  # type: ignore[arg-type]


async def put(archive: Archive, new: NewHours) -> None:
    async with archive.writing() as tx:
        await hours.put(tx, new, NURSE)


async def states(archive: Archive, days: Days, now: int, *, with_open: bool = False) -> list[tuple[str, str, str, str]]:
    async with archive.reading() as tx:
        found = await missing(tx, None, days, now, ZONE, with_open=with_open)
    return [(each.day, each.duty.name, each.half.value, each.state.value) for each in found]


async def test_a_half_is_missing_when_its_hours_are_over_and_open_while_they_go_on(archive: Archive, cold: int):
    await enter(archive, cold, "am", at("08:00"))
    assert await states(archive, ONE, at("10:00")) == []
    assert await states(archive, ONE, at("13:00"), with_open=True) == [
        ("2026-07-01", "cold", "pm", "open"),
        ("2026-07-01", "frozen", "am", "missing"),
        ("2026-07-01", "frozen", "pm", "open"),
    ]


async def test_the_county_sees_rates_in_which_late_ones_are_told_apart(archive: Archive, cold: int):
    frozen = await compartment_of(archive, "frozen")
    await enter(archive, cold, "am", at("08:00"))
    await enter(archive, frozen, "am", at("08:00"), -18.0, now=at("12:00"), late_reason="忙")
    async with archive.reading() as tx:
        [rate] = await rates(tx, frozenset({CLINIC, "511900013"}), ONE, at("19:00"), ZONE)
        assert await rates(tx, frozenset({"511900013"}), ONE, at("19:00"), ZONE) == []  # bags only: nothing to read
    assert (rate.facility, rate.due, rate.in_time, rate.late, rate.missing, rate.kept_pct) == (CLINIC, 4, 1, 1, 2, 50.0)


async def test_nothing_is_asked_of_equipment_before_its_first_day_or_out_of_use(archive: Archive, cold: int):
    async with archive.writing() as tx:
        unit = await tx.get(tables.Equipment, FRIDGE)
        assert unit is not None
        unit.started_on = "2026-07-02"
    assert await states(archive, ONE, at("19:00")) == []
    assert len(await states(archive, Days("2026-07-01", "2026-07-02"), at("19:00", day=2))) == 4
    async with archive.writing() as tx:
        unit = await tx.get(tables.Equipment, FRIDGE)
        assert unit is not None
        unit.status = "repair"
    assert await states(archive, Days("2026-07-01", "2026-07-02"), at("19:00", day=2)) == []


async def test_a_county_s_own_hours_hold_from_their_day_and_a_town_s_before_them(archive: Archive, cold: int):
    await put(archive, own())
    await put(archive, own(region=TOWN, valid_from="2026-07-03", am_from_min=360))
    async with archive.reading() as tx:
        book = await hours.book(tx)
    assert book.of(TOWN, "2026-07-01") == shipped()[0]
    found = [book.of(TOWN, day) for day in ("2026-07-02", "2026-07-03")]
    assert [each and each.am_from_min for each in found] == [420, 360]
    with pytest.raises(BadInput, match="half: 06:30 is not in the am's hours; the am is read 07:00 to 10:00"):
        await enter(archive, cold, "am", at("06:30", day=2))


async def test_hours_that_were_withdrawn_never_were(archive: Archive, cold: int):
    await put(archive, own())
    async with archive.writing() as tx:
        await hours.withdraw(tx, 1, By("county", at("09:00"), "wrong order"))
    async with archive.reading() as tx:
        assert (await hours.book(tx)).of(TOWN, "2026-07-02") == shipped()[0]
        assert [each.withdrawn_at for each in await hours.listed(tx)] == [at("09:00")]


async def test_a_holiday_exempts_only_the_kinds_that_the_hours_name(archive: Archive, cold: int):
    day = NewCalendarDay(day="2026-07-02", kind=DayKind.HOLIDAY, name="节", source="notice", facility=CLINIC)
    async with archive.writing() as tx:
        await calendar.enter(tx, day, NURSE)
    two = Days("2026-07-02", "2026-07-02")
    assert len(await states(archive, two, at("19:00", day=2))) == 4
    await put(archive, own())
    assert await states(archive, two, at("19:00", day=2)) == []
    await enter(archive, cold, "am", at("08:00", day=2))  # who comes nevertheless is counted
    async with archive.reading() as tx:
        [rate] = await rates(tx, None, two, at("19:00", day=2), ZONE)
    assert (rate.due, rate.kept_pct) == (1, 100.0)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"am_to_min": 400}, "am: 07:00 to 06:40 is no part of a day"),
        ({"pm_to_min": 1441}, "pm: 14:00 to 24:01 is no part of a day"),
        ({"pm_from_min": 500}, "pm: it begins at 08:20, in the morning's hours"),
        ({"apart_min": 700}, "apart_min: 700 min cannot be kept; write 1 to 660"),
        ({"apart_min": 0}, "apart_min: 0 min cannot be kept"),
        ({"source": " "}, "source: nothing says why these hours"),
        ({"valid_from": "2026-7-2"}, "valid_from: '2026-7-2' is no"),
        ({"region": "9"}, "region: '9' is not in the archive"),
    ],
)
async def test_hours_that_nobody_can_keep_are_refused(
    archive: Archive, cold: int, values: dict[str, object], words: str
):
    with pytest.raises(BadInput, match=words):
        await put(archive, own(**values))


async def test_a_day_has_hours_once(archive: Archive, cold: int):
    await put(archive, own())
    with pytest.raises(BadInput, match="valid_from: 2026-07-02 has hours already"):
        await put(archive, own(am_from_min=300))


async def test_the_month_s_form_has_a_row_for_each_half_and_a_cell_for_each_compartment(archive: Archive, cold: int):
    await enter(archive, cold, "am", at("08:05"), 4.2)
    async with archive.reading() as tx:
        form = await sheet(tx, FRIDGE, "2026-07", at("13:00"), ZONE)
    assert (form.equipment, form.facility, form.compartments, len(form.lines)) == (
        FRIDGE,
        CLINIC,
        ("cold", "frozen"),
        62,
    )
    first, second = form.lines[0], form.lines[1]
    assert [(cell.state, cell.time) for cell in first.cells] == [(State.ENTERED, "08:05"), (State.MISSING, None)]
    assert [cell.state for cell in second.cells] == [State.OPEN, State.OPEN]
    assert form.lines[2].cells[0].state is State.AHEAD
    assert (second.half, form.lines[-1].day) == (Half.PM, "2026-07-31")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("month", ["2026-13", "2026-7", "July", "2026-07-01"])
async def test_what_is_no_month_has_no_form(archive: Archive, cold: int, month: str):
    async with archive.reading() as tx:
        with pytest.raises(BadInput, match="month: "):
            await sheet(tx, FRIDGE, month, at("13:00"), ZONE)


def test_the_last_month_of_the_calendar_has_an_end():
    assert Days.of_month("9999-12") == Days("9999-12-01", "9999-12-31")


@pytest.mark.parametrize("kind", ["refrigerator", "small_fridge", "sdd"])
def test_every_kind_of_refrigerator_is_read_by_people(kind: str):
    assert kind in terms().types


def test_more_than_two_months_are_not_looked_through_at_once():
    with pytest.raises(BadInput, match="last: 2026-07-01 to 2026-09-01 cannot be asked for; ask for 1 to 62 days"):
        Days("2026-07-01", "2026-09-01")


def test_what_is_shipped_names_its_source():
    assert all(each.source and each.certainty for each in shipped())
    assert "domestic_fridge" in terms().types
