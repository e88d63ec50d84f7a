"""Rows into the archive, on both databases."""

from typing import Any

from coldchain.archive import places
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, Tx
from coldchain.archive.places import Region
from coldchain.exchange import cells
from coldchain.exchange.form import Column, Form
from coldchain.exchange.importing import Brought, bring
from coldchain.exchange.taking import take
from coldchain.sheets import Cell, Sheet

REGIONS = Form(
    "regions",
    "区划",
    "regions",
    (
        Column("code", "区划编码", "Code", cells.text(20), is_required=True),
        Column("name_zh", "名称", "Name", cells.text(300), is_required=True),
        Column("parent", "上级", "Parent", cells.text(20)),
    ),
)
ROWS: list[list[Cell]] = [
    ["511900000000", "巴中市", None],
    ["5119", "错", None],
    ["511902000000", "巴州区", "511900000000"],
]


async def put(tx: Tx, values: dict[str, Any]) -> bool:
    level = 2 if values["parent"] is None else 3
    region = Region(code=values["code"], level=level, name_zh=values["name_zh"], name_en="x", parent=values["parent"])
    return bool(await places.put_regions(tx, [region], By("test", 1)))


async def sent(archive: Archive, *, is_dry_run: bool = False, rows: list[list[Cell]] = ROWS) -> Brought:
    taken = take(REGIONS, [Sheet("", [["区划编码", "名称", "上级"], *rows])])
    return await bring(archive, REGIONS, taken, put, is_dry_run=is_dry_run)


async def kept(archive: Archive) -> list[str]:
    async with archive.reading() as tx:
        return [region.code for region in await places.regions(tx)]


async def test_a_refused_row_takes_no_neighbour_along(archive: Archive):
    brought = await sent(archive)
    assert (brought.entered, brought.unchanged, brought.is_whole) == (2, 0, False)
    assert [(fault.row, fault.column) for fault in brought.faults] == [(3, "区划编码")]
    assert "'5119' is not 12 digits" in brought.faults[0].en
    assert await kept(archive) == ["511900000000", "511902000000"]


async def test_a_dry_run_says_the_same_and_keeps_nothing(archive: Archive):
    brought = await sent(archive, is_dry_run=True)
    assert (brought.entered, len(brought.faults)) == (2, 1)
    assert await kept(archive) == []


async def test_the_same_file_again_changes_nothing(archive: Archive):
    await sent(archive)
    assert (await sent(archive)).unchanged == 2


async def test_what_the_database_refuses_is_a_fault_of_its_row(archive: Archive):
    brought = await sent(archive, rows=[["511902000000", "巴州区", "999999999999"], ["511900000000", "巴中市", None]])
    assert [fault.row for fault in brought.faults] == [2]
    assert await kept(archive) == ["511900000000"]
