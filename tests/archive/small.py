"""A small county for this room's tests: one clinic with a two-compartment refrigerator, one village post with bags only."""

from typing import Any

from sqlalchemy import Integer, Table, insert, select, text

from coldchain.archive import equipment, imports
from coldchain.archive.audit import By
from coldchain.archive.county import County, county_of
from coldchain.archive.db import Archive
from coldchain.archive.tables import Base

T0 = 1_782_864_000_000  # 2026-07-01T08:00:00+08:00
HOUR = 3_600_000
NURSE = By("nurse 李", T0, "test")
PROBE = "511900012-1/28ff641e/temperature"
COUNTY = "511900000000"
TOWN = "511900101000"

TOML = """
[[regions]]
code = "511900000000"
level = 3
name_zh = "清江县"
name_en = "Qingjiang County"

[[regions]]
code = "511900101000"
level = 4
name_zh = "柳溪镇"
name_en = "Liuxi Town"
parent = "511900000000"

[[facilities]]
code = "511900012"
region = "511900101000"
name_zh = "柳溪镇卫生院"
name_en = "Liuxi Clinic"
short_zh = "柳溪"
kind = "township_clinic"
gateway = "511900012-1"

[[facilities]]
code = "511900013"
region = "511900101000"
name_zh = "上坝村卫生室"
name_en = "Shangba Post"
short_zh = "上坝"
kind = "village_post"

[[persons]]
name = "李小琴"
facility = "511900012"
post = "keeper"
phone = "13800138000"

[[equipment]]
code = "511900012-BX1"
facility = "511900012"
name_zh = "一号冰箱"
name_en = "Refrigerator 1"
short_zh = "冰箱1"
type = "domestic_fridge"
volume_cold_l = 150.5
started_on = 2021-03-01

[[compartments]]
equipment = "511900012-BX1"
name = "cold"
name_zh = "冷藏室"
name_en = "refrigerator"
purpose = "vaccine"
profile = "2-8"

[[compartments]]
equipment = "511900012-BX1"
name = "frozen"
name_zh = "冷冻室"
name_en = "freezer"
purpose = "ice_packs"
profile = "ice-packs"

[[channels]]
name = "511900012-1/28ff641e/temperature"
equipment = "511900012-BX1"
compartment = "cold"
position = "中层"
start = 2026-07-01T08:00:00+08:00

[[channels]]
name = "511900012-1/mains/power"
equipment = "511900012-BX1"
interval_s = 300
start = 2026-07-01T08:00:00+08:00

[[vaccines]]
code = "HepB"
name_zh = "乙型肝炎疫苗"
name_en = "Hepatitis B vaccine"
freeze_sensitive = true

[[lots]]
id = "HepB-A1"
number = "A1(01)"
vaccine = "HepB"
maker = "蜀原"
expires_on = 2028-11-28

[[receipts]]
lot = "HepB-A1"
at = 2026-07-01T08:00:00+08:00
equipment = "511900012-BX1"
compartment = "cold"
doses = 100
document = "CK-1"

[[movements]]
lot = "HepB-A1"
at = 2026-07-01T09:00:00+08:00
source = "511900012-BX1/cold"
doses = 30
reason = "issued"
"""

Rows = list[tuple[Table, list[dict[str, Any]]]]
_ROWS: Rows = []


def small_county() -> County:
    return county_of(TOML, where="small.toml")


async def fill(archive: Archive) -> None:
    """Imported once; after that its rows are put in as they were, for it is wanted hundreds of times."""
    if _ROWS:
        await put(archive, _ROWS)
        return
    await imports.import_county(archive, small_county(), NURSE)
    _ROWS.extend(await all_rows(archive))


async def all_rows(archive: Archive) -> Rows:
    """Everything that is in an archive, to be put into another."""
    async with archive.reading() as tx:
        kept = [(table, await tx.execute(select(table))) for table in Base.metadata.sorted_tables]
    return [(table, [dict(row._mapping) for row in rows]) for table, rows in kept]


async def put(archive: Archive, all_its: Rows) -> None:
    """Put rows into an empty archive; what is numbered goes on behind them."""
    async with archive.writing() as tx:
        for table, rows in all_its:
            if rows:
                await tx.execute(insert(table), rows)
            if rows and _is_numbered(table) and tx.get_bind().dialect.name == "postgresql":
                await tx.execute(text(f"select setval(pg_get_serial_sequence('{table.name}', 'id'), {len(rows)})"))


def _is_numbered(table: Table) -> bool:
    return "id" in table.columns and isinstance(table.columns["id"].type, Integer)


async def compartment_of(archive: Archive, name: str) -> int:
    async with archive.reading() as tx:
        return (await equipment.compartment(tx, "511900012-BX1", name)).id


async def drawer_of(archive: Archive) -> int:
    """A second compartment for vaccine in the same refrigerator."""
    new = equipment.NewCompartment(
        equipment="511900012-BX1", name="drawer", name_zh="抽屉", name_en="drawer",
        purpose=equipment.Purpose.VACCINE, profile="2-8",
    )  # fmt: skip
    async with archive.writing() as tx:
        await equipment.put_compartments(tx, [new], NURSE)
    return await compartment_of(archive, "drawer")
