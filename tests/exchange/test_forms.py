"""Whole sheets into an archive of two facilities, on both databases."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from coldchain.archive import equipment, lots, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Archive
from coldchain.archive.exposure import given
from coldchain.archive.facilities import persons, posts
from coldchain.archive.lots import Vaccine
from coldchain.archive.places import Region, put_regions
from coldchain.archive.stock import matching
from coldchain.archive.upkeep import cards
from coldchain.clock import parse_iso
from coldchain.exchange.forms.kind import Sender
from coldchain.exchange.importing import Brought, bring
from coldchain.exchange.kinds import KINDS
from coldchain.exchange.taking import take
from coldchain.sheets import Cell, Sheet

CHINA = ZoneInfo("Asia/Shanghai")
NOW = parse_iso("2026-07-03T17:00:00+08:00", "t")
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
    form = kind.form(CHINA)
    taken = take(form, [Sheet("", rows)])
    return await bring(archive, form, taken, lambda tx, values: kind.put(tx, values, sender), is_dry_run=False)


async def doses(archive: Archive) -> dict[str, int]:
    """What lies where now, by equipment/compartment."""
    async with archive.reading() as tx:
        places = {each.id: f"{each.equipment}/{each.name}" for each in await equipment.compartments(tx)}
        stays = [s for lot in await lots.vaccines(tx) for s in await _stays(archive, lot.code)]
    return {places[stay.compartment]: stay.levels[-1][1] for stay in stays if stay.end is None}


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
