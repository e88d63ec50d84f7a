import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from coldchain.archive import chains, equipment, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.archive.facilities import collection, days, frozen, standing
from coldchain.archive.facilities.collection import Confirmed, How, NewCollection, UnitState
from coldchain.archive.facilities.posts import PostKind
from coldchain.archive.facilities.standing import NewStatus, Standing
from coldchain.archive.tables import CollectionSnapshot, EquipmentPlace
from coldchain.errors import BadInput, Stale
from tests.archive.facilities.cast import CLINIC, COUNTY_DESK, LI, NOW, POST, add_zhou, hold
from tests.archive.facilities.test_card import FIELDS, say
from tests.archive.small import COUNTY, HOUR, T0, fill

FRIDGE = "511900012-BX1"
UNIT = By("nurse 李", NOW, "confirmed")
# Every act that changes something in a collection.
ACTS: list[Callable[[Tx, int], Awaitable[Any]]] = [
    lambda tx, year: collection.confirm(tx, year, CLINIC, UNIT),
    lambda tx, year: collection.give_back(tx, year, CLINIC, "x", COUNTY_DESK),
    lambda tx, year: collection.consolidate(tx, year, COUNTY_DESK),
    lambda tx, year: collection.excuse(tx, year, CLINIC, "x", COUNTY_DESK),
    lambda tx, year: collection.include(tx, year, CLINIC, COUNTY_DESK),
    lambda tx, year: frozen.freeze(tx, year, COUNTY_DESK),
]


@pytest.fixture
async def year(archive: Archive) -> int:
    """A collection of the county for 2026, open."""
    await fill(archive)
    async with archive.writing() as tx:
        new = NewCollection(year=2026, region=COUNTY, due_on="2027-01-08")
        return (await collection.open_collection(tx, new, COUNTY_DESK)).id


async def confirm(archive: Archive, year: int, facility: str = CLINIC, seen: str | None = None) -> Confirmed:
    async with archive.writing() as tx:
        return await collection.confirm(tx, year, facility, UNIT, seen=seen)


async def draft(archive: Archive, year: int, facility: str = CLINIC) -> dict[str, Any]:
    async with archive.reading() as tx:
        return dict(json.loads((await collection.draft(tx, year, facility)).content))


async def states(archive: Archive, year: int) -> list[str]:
    async with archive.reading() as tx:
        return [each.state.value for each in await collection.units(tx, year, None)]


async def consolidate_all(archive: Archive, year: int) -> None:
    for facility in (CLINIC, POST):
        await confirm(archive, year, facility)
    async with archive.writing() as tx:
        await collection.consolidate(tx, year, COUNTY_DESK)


async def test_every_unit_of_the_region_has_a_part(archive: Archive, year: int):
    assert await states(archive, year) == ["waiting", "waiting"]
    async with archive.reading() as tx:
        [kept] = await collection.collections(tx)
    assert (kept.day, kept.as_at) == ("2026-12-31", days.end_of("2026-12-31"))


async def test_what_a_unit_confirms_is_kept_to_the_byte(archive: Archive, year: int):
    done = await confirm(archive, year)
    await say(archive, head="赵院长")
    async with archive.reading() as tx:
        kept = await collection.confirmed(tx, year, CLINIC)
        assert await frozen.broken(tx, year) == []
    assert kept == done
    assert done.confirmed_by == "nurse 李"
    assert json.loads(done.content)["card"]["head"] == ""
    assert "13800138000" not in done.content


async def test_a_unit_confirms_the_draft_that_it_saw(archive: Archive, year: int):
    async with archive.reading() as tx:
        seen = (await collection.draft(tx, year, CLINIC)).sha256
    await say(archive, head="赵院长")
    with pytest.raises(Stale, match=r"is no longer its archive; look at it again"):
        await confirm(archive, year, seen=seen)
    async with archive.reading() as tx:
        seen = (await collection.draft(tx, year, CLINIC)).sha256
    assert (await confirm(archive, year, seen=seen)).sha256 == seen


async def test_what_has_dates_is_as_it_was_on_the_day(archive: Archive, year: int):
    """Moved, left, closed and begun in January: none of it is of last year."""
    zhou = await add_zhou(archive)
    january = days.end_of("2027-01-05")
    await hold(archive, LI, start=T0, end=january)
    await hold(archive, zhou, PostKind.DEPUTY, start=january)
    async with archive.writing() as tx:
        tx.add(
            EquipmentPlace(equipment=FRIDGE, facility=CLINIC, since="2021-03-01", until="2027-01-05", reason="", by="x")
        )
        tx.add(EquipmentPlace(equipment=FRIDGE, facility=POST, since="2027-01-05", until=None, reason="", by="x"))
        (await tx.get_one(tables.Equipment, FRIDGE)).facility = POST
        (await tx.get_one(tables.Person, LI)).left_at = january
        suspended = NewStatus(facility=CLINIC, status=Standing.SUSPENDED, at=january, reason="装修")
        await standing.change(tx, suspended, UNIT)
    said, there = await draft(archive, year), await draft(archive, year, POST)
    assert said["status"] == "active"
    assert [(each["name"], each["posts"]) for each in said["people"]] == [("周敏", []), ("李小琴", ["keeper"])]
    assert [(each["code"], each["status"]) for each in said["equipment"]] == [(FRIDGE, "normal")]
    assert there["equipment"] == []


async def test_a_piece_that_came_after_the_day_is_not_of_that_year(archive: Archive, year: int):
    async with archive.writing() as tx:
        (await tx.get_one(tables.Equipment, FRIDGE)).started_on = "2027-01-02"
    assert (await draft(archive, year))["equipment"] == []
    async with archive.reading() as tx:
        assert len(await equipment.compartments(tx, equipment=FRIDGE)) == 2


async def test_what_is_given_back_is_confirmed_again_and_the_newest_counts(archive: Archive, year: int):
    await confirm(archive, year)
    async with archive.writing() as tx:
        given = await collection.give_back(tx, year, CLINIC, "缺服务人口", COUNTY_DESK)
    assert (given.state, given.comment) == (UnitState.RETURNED, "缺服务人口")
    await say(archive, **FIELDS)
    await confirm(archive, year)
    async with archive.writing() as tx:
        await collection.consolidate(tx, year, COUNTY_DESK, facility=CLINIC)
        assert (await frozen.roll_up(tx, year))["totals"]["population"] == 12000
    assert await states(archive, year) == ["consolidated", "waiting"]


async def test_the_county_s_list_to_chase_says_how_late_they_are(archive: Archive, year: int):
    await confirm(archive, year)
    async with archive.reading() as tx:
        [late] = await collection.chase(tx, year, None, NOW)
        assert await collection.chase(tx, year, frozenset({CLINIC}), NOW) == []
    assert (late.facility, late.state, late.days_late) == (POST, UnitState.WAITING, 3)


async def test_the_roll_up_adds_equipment_by_type_and_status(archive: Archive, year: int):
    await say(archive, **FIELDS)
    await consolidate_all(archive, year)
    async with archive.reading() as tx:
        summed = await frozen.roll_up(tx, year)
    fridges = {"count": 1, "cold_l": 150.5, "frozen_l": 0}
    assert summed["equipment"] == {"domestic_fridge": {"all": fridges, "normal": fridges}}
    assert summed["facilities"] == {"township_clinic": 1, "village_post": 1}
    assert set(summed["units"]) == {CLINIC, POST}


async def test_it_is_not_frozen_while_a_unit_is_missing_without_a_reason(archive: Archive, year: int):
    await confirm(archive, year)
    with pytest.raises(BadInput, match=r"units: 511900012, 511900013 are not consolidated; chase and consolidate them"):
        async with archive.writing() as tx:
            await frozen.freeze(tx, year, COUNTY_DESK)
    async with archive.writing() as tx:
        await collection.consolidate(tx, year, COUNTY_DESK)
        await collection.excuse(tx, year, POST, "村医空缺", COUNTY_DESK)
        done = await frozen.freeze(tx, year, COUNTY_DESK)
        assert (await frozen.roll_up(tx, year))["missing"] == {POST: "村医空缺"}
    assert (done.frozen_at, len(done.sha256 or "")) == (NOW, 64)


async def test_after_freezing_nothing_in_it_changes(archive: Archive, year: int):
    await consolidate_all(archive, year)
    async with archive.writing() as tx:
        await frozen.freeze(tx, year, COUNTY_DESK)
    for act in ACTS:
        with pytest.raises(BadInput, match=r"collection: 2026 of 511900000000 was frozen at .* the next collection"):
            async with archive.writing() as tx:
                await act(tx, year)
    await say(archive, head="赵院长")
    async with archive.reading() as tx:
        assert await frozen.broken(tx, year) == []


async def test_a_snapshot_changed_behind_its_back_is_found_and_not_frozen(archive: Archive, year: int):
    await consolidate_all(archive, year)
    async with archive.writing() as tx:
        row = await tx.get_one(CollectionSnapshot, 1)
        row.content = row.content.replace("冰箱", "冷库")
    with pytest.raises(BadInput, match=r"units: what 511900012 confirmed was changed since; return it to them"):
        async with archive.writing() as tx:
            await frozen.freeze(tx, year, COUNTY_DESK)
    async with archive.reading() as tx:
        assert await frozen.broken(tx, year) == [CLINIC]


async def test_a_facility_that_closed_before_has_no_part_and_one_that_came_later_may(archive: Archive):
    await fill(archive)
    async with archive.writing() as tx:
        closed = NewStatus(facility=POST, status=Standing.CLOSED, at=days.end_of("2026-12-31") - HOUR, reason="撤并")
        await standing.change(tx, closed, COUNTY_DESK)
        new = NewCollection(year=2026, region=COUNTY, due_on="2027-01-08")
        year = (await collection.open_collection(tx, new, COUNTY_DESK)).id
        assert [each.facility for each in await collection.units(tx, year, None)] == [CLINIC]
        assert (await collection.include(tx, year, POST, COUNTY_DESK)).state is UnitState.WAITING


async def test_what_is_confirmed_again_is_not_taken_over_as_what_was_looked_at(archive: Archive, year: int):
    first = await confirm(archive, year)
    async with archive.writing() as tx:
        looked_at = await collection.state_of(tx, year)
        await collection.give_back(tx, year, CLINIC, "缺服务人口", COUNTY_DESK, seen=first.sha256)
    await say(archive, **FIELDS | {"population": 4321})
    second = await confirm(archive, year)
    assert second.sha256 != first.sha256
    acts: list[Callable[[Tx], Awaitable[Any]]] = [
        lambda tx: collection.give_back(tx, year, CLINIC, "x", COUNTY_DESK, seen=first.sha256),
        lambda tx: collection.consolidate(tx, year, COUNTY_DESK, facility=CLINIC, seen=first.sha256),
        lambda tx: collection.consolidate(tx, year, COUNTY_DESK, seen=looked_at),
        lambda tx: frozen.freeze(tx, year, COUNTY_DESK, seen=looked_at),
    ]
    for act in acts:
        with pytest.raises(Stale, match="is no longer"):
            async with archive.writing() as tx:
                await act(tx)
    async with archive.writing() as tx:
        [done] = await collection.consolidate(tx, year, COUNTY_DESK, facility=CLINIC, seen=second.sha256)
    assert done.state is UnitState.CONSOLIDATED


async def test_who_was_reminded_when_how_and_by_whom_stands_in_the_list_for_the_telephone(archive: Archive, year: int):
    async with archive.writing() as tx:
        await collection.remind(tx, year, CLINIC, How.PHONE, "李小琴", COUNTY_DESK, note="周五前")
        await collection.remind(tx, year, CLINIC, How.VISIT, "院长", COUNTY_DESK)
        with pytest.raises(BadInput, match="told: nobody"):
            await collection.remind(tx, year, CLINIC, How.PHONE, " ", COUNTY_DESK)
    async with archive.reading() as tx:
        clinic, post = await collection.chase(tx, year, None, NOW)
        assert await chains.unseen(tx) == []
    assert [(each.how, each.told, each.note) for each in clinic.reminders] == [
        (How.PHONE, "李小琴", "周五前"),
        (How.VISIT, "院长", ""),
    ]
    assert (clinic.reminders[0].by, clinic.reminders[0].reminded_at, post.reminders) == (COUNTY_DESK.actor, NOW, ())
    await confirm(archive, year)
    with pytest.raises(BadInput, match=r"state: .* is confirmed; remind who has not"):
        async with archive.writing() as tx:
            await collection.remind(tx, year, CLINIC, How.PHONE, "x", COUNTY_DESK)
