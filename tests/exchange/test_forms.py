"""Whole sheets into an archive of two facilities, on both databases."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec import UNSET
from sqlalchemy import select

from coldchain.archive import equipment, lots, places, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.exposure import given
from coldchain.archive.facilities import persons, posts
from coldchain.archive.lots import Vaccine
from coldchain.archive.places import Facility, FacilityKind, Region, put_facilities, put_regions
from coldchain.archive.stock import matching
from coldchain.archive.upkeep import cards
from coldchain.clock import parse_iso
from coldchain.exchange.forms.kind import Sender
from coldchain.exchange.importing import Brought, bring_sheet
from coldchain.exchange.kinds import KINDS
from coldchain.exchange.taking import take
from coldchain.sheets import Cell, Sheet

CHINA = ZoneInfo("Asia/Shanghai")
NOW = parse_iso("2026-07-03T17:00:00+08:00", "t")
NOON = datetime(2026, 7, 3, 12)  # noqa: DTZ001 - a sheet knows no zone
SENDER = Sender(By("test", NOW), "2026-07-03.xlsx")
REGION = Region(code="511902000000", level=3, name_zh="巴州区", name_en="Bazhou")
FACILITIES: list[list[Cell]] = [
    ["单位编码", "行政区划代码", "单位名称", "级别/性质", "服务人口", "经度", "纬度"],
    ["F1", "511902000000", "龙潭镇卫生院", "乡级", "12,000", 106.7, 31.1],
    ["F2", "511902000000", "白鹤镇卫生院", "乡镇卫生院", None, None, None],
]
EQUIPMENT: list[list[Cell]] = [
    ["设备编码", "所属单位编码", "设备类型", "品牌", "冷藏容积", "冷藏容积单位", "启用日期", "状态", "是否医用"],
    ["E1", "F1", "冰衬冰箱", "海尔", 0.1, "立方米", "2024年5月1日", "正常", "是"],
    ["E2", "F2", "普通冰箱", None, 90, None, None, None, None],
    ["E3", "F9", "普通冰箱", None, 90, None, None, None, None],
]
STOCK: list[list[Cell]] = [
    ["接种单位编码", "疫苗名称", "生产企业", "批号", "有效期至", "库存支数", "每支人份", "统计时间"],
    ["F1", "乙肝疫苗", "甲公司", "A1", "2027-06-30", 40, 1, "2026-07-03 16:00"],
    ["F2", "HepB", "甲公司", "A1", "2027-06-30", 12, None, "2026-07-03 16:00"],
]


@pytest.fixture
async def county(archive: Archive) -> Archive:
    async with archive.writing() as tx:
        await put_regions(tx, [REGION], SENDER.by)
        vaccine = Vaccine(code="HepB", name_zh="乙肝疫苗", name_en="Hepatitis B", freeze_sensitive=True)
        await lots.put_vaccines(tx, [vaccine], SENDER.by)
    assert (await sent(archive, "facilities", FACILITIES)).is_whole
    await sent(archive, "equipment", EQUIPMENT)
    return archive


async def sent(archive: Archive, name: str, rows: list[list[Cell]], sender: Sender = SENDER) -> Brought:
    kind = KINDS[name]
    taken = take(kind.form(CHINA), [Sheet("", rows)])
    return await bring_sheet(archive, kind, taken, sender, is_dry_run=False)


async def doses(archive: Archive) -> dict[str, int]:
    """What lies where now, by equipment/compartment."""
    async with archive.reading() as tx:
        rooms = {each.id: f"{each.equipment}/{each.name}" for each in await equipment.compartments(tx)}
        stays = [s for lot in await lots.vaccines(tx) for s in await _stays(archive, lot.code)]
    return {rooms[stay.compartment]: stay.levels[-1][1] for stay in stays if stay.end is None}


async def _stays(archive: Archive, vaccine: str) -> list[lots.Stay]:
    async with archive.reading() as tx:
        its = list(await tx.scalars(select(tables.Lot.id).where(tables.Lot.vaccine == vaccine)))
        return [stay for lot in its for stay in await lots.stays(tx, lot)]


async def test_equipment_comes_with_its_card_and_the_usual_compartments(county: Archive):
    async with county.reading() as tx:
        card = await cards.card(tx, "E1")
        inside = await equipment.compartments(tx, equipment="E2")
    assert (card.type, card.volume_cold_l, card.started_on, card.is_medical) == ("ilr", 100.0, "2024-05-01", True)
    assert [(each.name, each.purpose, each.profile) for each in inside] == [
        ("cold", "vaccine", "2-8"), ("frozen", "ice_packs", "ice-packs"),
    ]  # fmt: skip


async def test_a_row_of_an_unknown_facility_is_named_and_its_neighbours_stay(county: Archive):
    again = await sent(county, "equipment", EQUIPMENT)
    assert (again.entered, again.unchanged) == (0, 2)
    assert [(fault.row, fault.column, fault.zh) for fault in again.faults] == [
        (4, "单位编码", "档案中没有“F9”，请先录入或更正编码")
    ]


async def test_a_stock_file_enters_lots_and_doses(county: Archive):
    brought = await sent(county, "stock", STOCK)
    assert (brought.entered, list(brought.faults)) == (2, [])
    assert await doses(county) == {"E1/cold": 40, "E2/cold": 12}


async def test_the_same_stock_file_again_changes_nothing_and_tomorrows_moves_the_difference(county: Archive):
    await sent(county, "stock", STOCK)
    assert (await sent(county, "stock", STOCK)).unchanged == 2
    tomorrow = [STOCK[0], [*STOCK[1][:5], 33, 1, "2026-07-03 16:30"], [*STOCK[2][:5], 20, 1, "2026-07-03 16:30"]]
    assert (await sent(county, "stock", tomorrow)).entered == 2
    assert await doses(county) == {"E1/cold": 33, "E2/cold": 20}


@pytest.mark.parametrize(
    ("column", "value", "en"),
    [
        (1, "水痘", "'水痘' is not in the archive"),
        (4, "2027-07-31", "A1 expires on 2027-06-30 in the archive"),
        (7, "2026-07-04 16:00", "it has not been yet"),
        (5, None, "no number is given"),
        (0, "F9", "'F9' is not in the archive"),
    ],
)
async def test_a_stock_row_that_cannot_be_is_refused_and_says_why(county: Archive, column: int, value: Cell, en: str):
    await sent(county, "stock", STOCK)
    row = list(STOCK[1])
    row[column] = value
    brought = await sent(county, "stock", [STOCK[0], row])
    assert len(brought.faults) == 1
    assert en in brought.faults[0].en
    assert await doses(county) == {"E1/cold": 40, "E2/cold": 12}


async def test_a_clinic_sends_for_itself_only(county: Archive):
    brought = await sent(county, "stock", STOCK, Sender(SENDER.by, "x.csv", frozenset({"F2"})))
    assert (brought.entered, [fault.row for fault in brought.faults]) == (1, [2])


async def test_where_it_may_lie_in_two_places_somebody_must_say_where(county: Archive):
    second: list[Cell] = ["E4", "F1", "医用冰箱", None, None, None, None, None, None]
    await sent(county, "equipment", [EQUIPMENT[0], second])
    brought = await sent(county, "stock", STOCK)
    assert "it may lie in E1/cold, E4/cold" in brought.faults[0].en
    placed = [[*STOCK[0], "存放位置"], [*STOCK[1], "E4/cold"]]
    assert (await sent(county, "stock", placed)).entered == 1
    assert (await doses(county))["E4/cold"] == 40


async def test_people_come_with_the_post_they_hold_since(county: Archive):
    rows: list[list[Cell]] = [
        ["单位编码", "姓名", "岗位", "任职日期", "手机"],
        ["F1", "王小梅", "冷链管理员", "2026/1/1", 13800138000.0],
    ]
    assert (await sent(county, "people", rows)).entered == 1
    assert (await sent(county, "people", rows)).unchanged == 1
    async with county.reading() as tx:
        person = (await persons.persons(tx, facility="F1"))[0]
        held = await posts.posts_of(tx, person.id)
    assert (person.name, [(post.post, post.start) for post in held]) == (
        "王小梅", [("keeper", parse_iso("2026-01-01T00:00:00+08:00", "t"))],
    )  # fmt: skip


async def test_doses_given_of_a_lot_known_by_its_number_alone(county: Archive):
    await sent(county, "stock", STOCK)
    rows: list[list[Cell]] = [["接种单位编码", "批号", "接种日期", "剂次"], ["F2", "A1", "2026-07-02", 7]]
    assert (await sent(county, "given", rows)).entered == 1
    async with county.reading() as tx:
        lot = (await matching.lots_numbered(tx, "A1"))[0].id
        counted = await given.of_lots(tx, [lot])
    assert [(each.doses, each.source) for each in counted] == [(7, "2026-07-03.xlsx")]


async def test_a_number_that_a_spreadsheet_shortened_is_not_taken_for_another_lot(county: Archive):
    await sent(county, "stock", [STOCK[0], [*STOCK[1][:3], "0012", *STOCK[1][4:]]])
    brought = await sent(county, "stock", [STOCK[0], [*STOCK[1][:3], 12.0, *STOCK[1][4:]]])
    assert "'12' may be 0012" in brought.faults[0].en
    assert await doses(county) == {"E1/cold": 40}


@pytest.mark.parametrize("cell", ["2.02601E+11", 8.123456789012346e19, NOON])
def test_a_lot_number_that_a_spreadsheet_spoiled_is_refused(cell: Cell):
    taken = take(KINDS["stock"].form(CHINA), [Sheet("", [STOCK[0], [*STOCK[1][:3], cell, *STOCK[1][4:]]])])
    assert [(fault.row, fault.column) for fault in taken.faults] == [(2, "疫苗批号")]


def test_vials_are_not_read_as_doses():
    head = [*STOCK[0][:5], "数量(支)"]
    taken = take(KINDS["stock"].form(CHINA), [Sheet("", [head, [*STOCK[1][:5], "126支"]])])
    assert [(line.values["vials"], line.values["doses"]) for line in taken.lines] == [(126, UNSET)]


async def test_yesterdays_file_after_todays_changes_nothing(county: Archive):
    await sent(county, "stock", STOCK)
    yesterday = [STOCK[0], [*STOCK[1][:5], 55, 1, "2026-07-02 16:00"]]
    brought = await sent(county, "stock", yesterday)
    assert (brought.entered, [fault.column for fault in brought.faults]) == (0, ["库存时间"])
    assert "send the newest file" in brought.faults[0].en
    assert await doses(county) == {"E1/cold": 40, "E2/cold": 12}


async def test_what_the_file_leaves_out_is_told_and_stays_in_the_books(county: Archive):
    second = [*STOCK[1][:3], "B1", *STOCK[1][4:]]
    assert list((await sent(county, "stock", [*STOCK, second])).notes) == []
    [note] = (await sent(county, "stock", STOCK)).notes
    assert note.en.startswith("F1 E1/cold: 40 doses of HepB B1 are in the books")


async def test_two_names_of_one_vaccine_are_one_lot_of_which_the_second_row_is_refused(county: Archive):
    twice = [STOCK[0], STOCK[1], [STOCK[1][0], "HepB", *STOCK[1][2:5], 7, 1, STOCK[1][7]]]
    brought = await sent(county, "stock", twice)
    assert (brought.entered, [fault.row for fault in brought.faults]) == (1, [3])
    assert await doses(county) == {"E1/cold": 40}


@pytest.mark.parametrize(("vials", "doses_per_vial", "wrong"), [(9, 1, "40 doses are not 9 vials"), (None, 5, None)])
async def test_the_two_measures_of_a_row_must_agree(
    county: Archive, vials: Cell, doses_per_vial: Cell, wrong: str | None
):
    rows = [["人份数", *STOCK[0]], [40, *STOCK[1][:5], vials, doses_per_vial, STOCK[1][7]]]
    faults = (await sent(county, "stock", rows)).faults
    assert [wrong in fault.en for fault in faults if wrong] == [True] * (wrong is not None)
    assert len(faults) == (wrong is not None)


async def test_a_stock_file_adds_to_a_lot_and_corrects_nothing_of_it(county: Archive):
    head = [*STOCK[0], "规格", "生产日期"]
    await sent(county, "stock", [head, [*STOCK[1], None, "2026-01-05"]])
    assert (await sent(county, "stock", [head, [*STOCK[1], "0.5ml", None]])).entered == 1
    assert (await sent(county, "stock", [head, [*STOCK[1], "1.0ml", None]])).is_whole
    wrong = (await sent(county, "stock", [head, [*STOCK[1], None, "2026-02-05"]])).faults
    assert "A1 has 2026-01-05 in the archive, here 2026-02-05" in wrong[0].en
    async with county.reading() as tx:
        [lot] = await matching.lots_numbered(tx, "A1")
    assert (lot.spec, lot.produced_on) == ("0.5ml", "2026-01-05")


async def test_the_same_counts_under_another_name_of_the_file_do_not_count_twice(county: Archive):
    await sent(county, "stock", STOCK)
    rows: list[list[Cell]] = [["接种单位编码", "批号", "接种日期", "剂次"], ["F2", "A1", "2026-07-02", 7]]
    await sent(county, "given", rows)
    again = await sent(county, "given", rows, Sender(SENDER.by, "copy (1).xlsx"))
    assert "7 doses of that day are there from '2026-07-03.xlsx'" in again.faults[0].en
    named = [[*rows[0], "来源"], [*rows[1], "登记本"]]
    assert (await sent(county, "given", named)).entered == 1


async def test_a_sheet_wipes_nothing_that_it_does_not_speak_of(county: Archive):
    full = [[*FACILITIES[0], "网关编号", "简称"], [*FACILITIES[1], "gw-1", "龙潭"]]
    await sent(county, "facilities", full)
    await sent(county, "equipment", [[*EQUIPMENT[0], "设备名称"], [*EQUIPMENT[1], "一号冰箱"]])
    bare: list[list[Cell]] = [FACILITIES[0][:4], FACILITIES[1][:4]]
    assert (await sent(county, "facilities", bare)).unchanged == 1
    assert (await sent(county, "equipment", [EQUIPMENT[0][:3], EQUIPMENT[1][:3]])).unchanged == 1
    async with county.reading() as tx:
        facility = await places.facility(tx, "F1")
        name = (await cards.card(tx, "E1")).name_zh
    assert (facility.gateway, facility.latitude, facility.short_zh, name) == ("gw-1", 31.1, "龙潭", "一号冰箱")


async def test_who_has_all_of_a_region_enters_facilities_there_and_nowhere_else(county: Archive):
    other = Region(code="511903000000", level=3, name_zh="恩阳区", name_en="Enyang")
    async with county.writing() as tx:
        await put_regions(tx, [other], SENDER.by)
        await put_facilities(tx, [Facility(code="X1", region=other.code, name_zh="x", name_en="x", short_zh="x",
                                           kind=FacilityKind.OTHER)], SENDER.by)  # fmt: skip
    rows: list[list[Cell]] = [FACILITIES[0][:4], ["F3", "511902000000", "三河镇卫生院", "乡级"], ["F4", REGION.code, "四", "乡级"],
                              ["F5", other.code, "五", "乡级"], ["X1", REGION.code, "x", "乡级"], ["F1", other.code, "一", "乡级"]]  # fmt: skip
    whole = await sent(county, "facilities", rows, Sender(SENDER.by, "x.csv", frozenset({"F1", "F2"})))
    assert (whole.entered, [(fault.row, fault.column) for fault in whole.faults]) == (
        2, [(4, "区划编码"), (5, "单位编码"), (6, "区划编码")],
    )  # fmt: skip
    part = await sent(county, "facilities", rows[:2], Sender(SENDER.by, "x.csv", frozenset({"F1"})))
    assert [fault.column for fault in part.faults] == ["单位编码"]


async def test_nobody_draws_anothers_equipment_to_their_own(county: Archive):
    row: list[Cell] = ["E1", "F2", *EQUIPMENT[1][2:]]
    brought = await sent(county, "equipment", [EQUIPMENT[0], row], Sender(SENDER.by, "x.csv", frozenset({"F2"})))
    assert [(fault.column, fault.zh) for fault in brought.faults] == [("设备编码", "“E1”为空或已被使用")]
