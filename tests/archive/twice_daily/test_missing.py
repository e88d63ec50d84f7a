import itertools
import random
from collections import Counter, defaultdict
from typing import Any

import pytest

from coldchain.archive import lots, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.facilities import calendar
from coldchain.archive.facilities.calendar import DayKind, NewCalendarDay
from coldchain.archive.lots import NewMovement, Reason
from coldchain.archive.places import FacilityKind
from coldchain.archive.twice_daily import hours
from coldchain.archive.twice_daily.days import Days
from coldchain.archive.twice_daily.duties import duties
from coldchain.archive.twice_daily.duty import State, due
from coldchain.archive.twice_daily.hours import Half, NewHours, shipped, terms
from coldchain.archive.twice_daily.missing import by_township, missing, rates
from coldchain.archive.twice_daily.sheet import sheet
from coldchain.archive.upkeep import life
from coldchain.archive.upkeep.words import Status
from coldchain.errors import BadInput
from tests.archive.small import COUNTY, NURSE, TOWN, compartment_of
from tests.archive.twice_daily.cast import CLINIC, FRIDGE, HOUR, ZONE, at, enter, furnish

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


async def test_nothing_is_asked_of_equipment_before_its_first_day_or_empty_and_out_of_use(archive: Archive, cold: int):
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
    found = await states(archive, Days("2026-07-01", "2026-07-02"), at("19:00", day=2))
    assert {(day, room) for day, room, _, _ in found} == {("2026-07-02", "cold")}  # in which doses are


async def turned(archive: Archive, status: Status, day: int) -> None:
    async with archive.writing() as tx:
        turn = life.Turn(status, f"2026-07-{day:02}", "压缩机")
        await life.set_status(tx, FRIDGE, turn, By("li", at("12:00", day=day), "it failed"))


async def both(archive: Archive, days: Days, now: int) -> tuple[set[tuple[str, str]], int]:
    """What is missing of which compartment on which day, and the county's count of it."""
    async with archive.reading() as tx:
        rate = await rates(tx, frozenset({CLINIC}), days, now, ZONE)
    return {each[:2] for each in await states(archive, days, now)}, sum(each.missing for each in rate)


async def test_what_is_marked_for_repair_today_owes_no_less_for_the_days_before(archive: Archive, cold: int):
    days, now = Days("2026-07-03", "2026-07-08"), at("19:00", day=8)
    before = await both(archive, days, now)
    await turned(archive, Status.REPAIR, 8)
    after, count = await both(archive, days, now)
    assert before[0] - after == {("2026-07-08", "frozen")}  # the compartment with doses is read that day too
    assert (before[1], count) == (24, 22)


async def test_what_was_written_while_it_was_in_use_counts_when_it_is_not_any_more(archive: Archive, cold: int):
    frozen = await compartment_of(archive, "frozen")
    await enter(archive, frozen, "am", at("08:00", day=3), -18.0)
    await turned(archive, Status.REPAIR, 4)
    async with archive.reading() as tx:
        [rate] = await rates(tx, None, Days("2026-07-03", "2026-07-04"), at("19:00", day=4), ZONE)
    assert (rate.in_time, rate.missing) == (1, 5)


async def test_whoever_had_a_piece_on_a_day_owes_its_record_of_that_day(archive: Archive, cold: int):
    post, days, now = "511900013", Days("2026-07-05", "2026-07-06"), at("19:00", day=6)
    async with archive.writing() as tx:
        issued = NewMovement(lot="HepB-A1", at=at("09:30", day=1), doses=70, reason=Reason.ISSUED, source=cold)
        await lots.move(tx, issued, NURSE)
        await life.move(tx, FRIDGE, life.Relocation(post, "2026-07-06", "借用"), By("li", now, "lent"))
    async with archive.reading() as tx:
        found = await missing(tx, None, days, now, ZONE)
        its = [(each.facility, each.missing) for each in await rates(tx, None, days, now, ZONE)]
    assert {(each.day, each.duty.facility) for each in found} == {("2026-07-05", CLINIC), ("2026-07-06", post)}
    assert its == [(CLINIC, 4), (post, 4)]


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
        with pytest.raises(BadInput, match=f"month: '{month}' is no month; write it as 2026-07"):
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


async def test_the_county_sees_how_much_is_missing_by_township(archive: Archive, cold: int):
    await enter(archive, cold, "am", at("08:00"))
    async with archive.reading() as tx:
        [group] = await by_township(tx, None, ONE, at("19:00"), ZONE)
        assert await by_township(tx, frozenset(), ONE, at("19:00"), ZONE) == []
    assert (group.region, group.name_zh, group.facilities, group.lacking) == (TOWN, "柳溪镇", 1, 1)
    assert (group.due, group.in_time, group.late, group.missing) == (4, 1, 0, 3)


async def counted(archive: Archive, days: Days, now: int) -> dict[str, Counter[State]]:
    """By facility what became of each half, one by one."""
    found: dict[str, Counter[State]] = defaultdict(Counter)
    async with archive.reading() as tx:
        for each in await due(tx, await duties(tx, None, ZONE), days, now, ZONE):
            found[each.duty.facility][each.state] += 1
    return found


async def test_rates_are_what_halves_come_to_when_they_are_counted_one_by_one(archive: Archive, cold: int):
    rng = random.Random(5)
    rooms = [(cold, 4.5), (await compartment_of(archive, "frozen"), -18.0)]
    for day, half, (room, value_c) in itertools.product(range(1, 9), ("am", "pm"), rooms):
        taken = at("08:00" if half == "am" else "15:00", day=day)
        if (late := rng.choice([None, False, True])) is not None:
            more: dict[str, Any] = {"now": taken + 4 * HOUR, "late_reason": "忙"} if late else {}
            await enter(archive, room, half, taken, value_c, **more)
    await turned(archive, Status.REPAIR, 6)
    days, now = Days("2026-07-01", "2026-07-08"), at("13:00", day=8)
    async with archive.reading() as tx:
        found = await rates(tx, None, days, now, ZONE)
    whole = await counted(archive, days, now)
    assert {rate.facility for rate in found} == set(whole) == {CLINIC}
    for rate in found:
        its = whole[rate.facility]
        assert (rate.in_time, rate.late, rate.missing) == (its[State.ENTERED], its[State.LATE], its[State.MISSING])
        assert min(rate.in_time, rate.late, rate.missing) > 0
