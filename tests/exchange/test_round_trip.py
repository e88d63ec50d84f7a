"""Tables out, edited and sent again; saved mappings; codes on boxes. On both databases."""

import json
from dataclasses import replace

import pytest

from coldchain import sheets
from coldchain.archive import tabular
from coldchain.archive.db import Archive
from coldchain.archive.extracts import Wanted
from coldchain.archive.sheet_mappings import Mapping, listed, withdraw
from coldchain.archive.tables import Base
from coldchain.errors import BadInput
from coldchain.exchange import exporting, finding, mapping
from coldchain.exchange.exporting import Asked
from coldchain.exchange.forms.kind import Sender
from coldchain.exchange.importing import Brought, bring_sheet
from coldchain.exchange.kinds import KINDS
from coldchain.exchange.taking import take
from coldchain.exchange.titles import TITLES
from tests.exchange.test_forms import CHINA, NOW, SENDER, STOCK, county, doses, sent

__all__ = ["county"]

LATER = Sender(replace(SENDER.by, at=NOW + 60_000), "again.xlsx")
ASKED = Asked(Wanted(None), CHINA, NOW)


async def exported(archive: Archive, name: str, form: str = "xlsx", asked: Asked = ASKED) -> bytes:
    async with archive.reading() as tx:
        return exporting.written(await exporting.table(tx, name, asked), form)


async def again(archive: Archive, name: str, content: bytes, titles: str | None = None) -> Brought:
    kind = KINDS[name]
    async with archive.reading() as tx:
        title_map = await mapping.title_map(tx, titles, name)
    taken = take(kind.form(CHINA), sheets.read(content), title_map)
    return await bring_sheet(archive, kind, taken, LATER, is_dry_run=False)


async def filled(archive: Archive) -> None:
    await sent(archive, "stock", STOCK)
    await sent(archive, "people", [
        ["单位编码", "姓名", "岗位", "任职日期", "手机"], ["F1", "王小梅", "冷链管理员", "2026/1/1", "13800138000"],
    ])  # fmt: skip
    await sent(archive, "given", [["接种单位编码", "批号", "接种日期", "剂次"], ["F2", "A1", "2026-07-02", 7]])


@pytest.mark.parametrize("form", ["xlsx", "csv"])
async def test_what_is_exported_can_be_sent_again_and_changes_nothing(county: Archive, form: str):
    await filled(county)
    for name, rows in (("facilities", 2), ("people", 1), ("equipment", 2), ("stock", 2), ("given", 1)):
        brought = await again(county, name, await exported(county, name, form))
        assert (name, brought.entered, brought.unchanged, list(brought.faults)) == (name, 0, rows, [])


async def test_an_edited_export_changes_what_was_edited(county: Archive):
    await filled(county)
    table = sheets.read(await exported(county, "stock"))[0].rows
    place = next(n for n, title in enumerate(table[0]) if str(title).startswith("数量"))
    table[1][place] = 33
    assert (await again(county, "stock", sheets.write_xlsx([("x", table)]))).entered == 1
    assert await doses(county) == {"E1/cold": 33, "E2/cold": 12}


async def test_every_dataset_keeps_to_its_scope(county: Archive):
    await filled(county)
    asked = replace(ASKED, wanted=Wanted(frozenset({"F2"})), facility="F2")
    for name in exporting.DATASETS:
        told = json.loads(await exported(county, name, "json", asked))["items"]
        assert {"F1", "E1", "E1/cold"}.isdisjoint(str(cell) for row in told for cell in row.values()), name


async def test_every_table_can_be_taken_along_or_says_why_not(county: Archive):
    await filled(county)
    closed = frozenset().union(*tabular.KEPT_HERE.values())
    given_out = {name.removeprefix(exporting.WHOLE).replace("-", "_") for name in exporting.DATASETS}
    assert set(Base.metadata.tables) - closed <= given_out
    assert closed <= set(Base.metadata.tables)
    whole = json.loads(await exported(county, "table-movement", "json"))["items"]
    assert [row["doses"] for row in whole] == [40, 12]


@pytest.mark.parametrize("name", sorted(exporting.DATASETS))
def test_every_title_is_said_in_both_languages(name: str):
    if name.startswith(exporting.WHOLE):
        lacking = set(tabular.columns(name.removeprefix(exporting.WHOLE))) - set(TITLES)
        assert not lacking


def test_no_secret_leaves_with_a_table():
    spelled = {column for name in tabular.names() for column in tabular.columns(name)}
    assert not {column for column in spelled if "password" in column or "secret" in column or "digest" in column}
    assert tabular.PHONES.isdisjoint(tabular.columns("person", with_phones=False))


async def test_the_plain_tables_have_titles_in_both_languages(county: Archive):
    await filled(county)
    for name in ("vaccines", "lots", "movements"):
        async with county.reading() as tx:
            titles = (await exporting.table(tx, name, ASKED)).titles
        assert [title for title in titles if not (title[0] > "一" or "(" in title)] == []


async def test_numbers_are_left_out_for_those_who_may_not_call(county: Archive):
    await filled(county)
    assert b"13800138000" in await exported(county, "people", "json")
    assert b"13800138000" not in await exported(county, "people", "json", replace(ASKED, with_phones=False))


async def test_times_are_those_of_the_sites_clocks_and_say_their_offset(county: Archive):
    await filled(county)
    text = (await exported(county, "movements", "csv")).decode()
    assert "at, ISO 8601" in text
    assert "2026-07-03T16:00:00+08:00" in text


def test_a_template_has_a_header_that_is_read():
    for name, kind in KINDS.items():
        filled_in = sheets.read(exporting.template(name, CHINA))
        assert not take(kind.form(CHINA), filled_in[:1]).unread


async def test_a_platforms_titles_are_said_once(county: Archive):
    new = Mapping(name="省平台", kind="stock", titles={"PH": "number", "XQ": "expires_on"}, fixed={"facility": "F1"})
    content = "疫苗,生产企业,PH,XQ,人份数\nHepB,甲公司,B2,2027-01-31,5\n".encode()
    async with county.writing() as tx:
        await mapping.save(tx, new, SENDER.by)
    assert (await again(county, "stock", content, "省平台")).entered == 1
    async with county.writing() as tx:
        await withdraw(tx, "省平台", SENDER.by)
        assert await listed(tx) == []
    with pytest.raises(BadInput, match="'省平台' is not in the archive"):
        await again(county, "stock", content, "省平台")


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"kind": "cars"}, "no kind of sheet"),
        ({"titles": {}, "fixed": {}}, "nothing is mapped"),
        ({"titles": {"PH": "colour"}}, "'colour' is no field"),
        ({"titles": {"PH": "number", "P H": "maker"}}, "two titles say the same"),
        ({"fixed": {"expires_on": "soon"}}, "is no day"),
        ({"name": "a/b"}, "no name of a mapping"),
    ],
)
async def test_a_mapping_that_cannot_be_is_refused(archive: Archive, said: dict[str, str], wrong: str):
    base = {"name": "m", "kind": "stock", "titles": {"PH": "number"}, "fixed": {}}
    async with archive.writing() as tx:
        with pytest.raises(BadInput, match=wrong):
            await mapping.save(tx, Mapping(**(base | said)), SENDER.by)  # type: ignore[arg-type]  # said by the table


async def test_a_scanned_box_tells_where_its_lot_lies_and_what_it_says_otherwise(county: Archive):
    rows = [[*STOCK[0], "GTIN", "追溯码"], [*STOCK[1], "6901234567892", "81234567890123456789"]]
    await sent(county, "stock", rows)
    async with county.reading() as tx:
        [right] = (await finding.find(tx, "(01)06901234567892(17)270630(10)A1", None, NOW)).candidates
        [other] = (await finding.find(tx, "(01)06901234567892(17)270731(10)A1", None, NOW)).candidates
        [traced] = (await finding.find(tx, "81234567890123450000", None, NOW)).candidates
        nobody = (await finding.find(tx, "(01)06901234567892(10)A1", frozenset({"F2"}), NOW)).candidates
        late = (await finding.find(tx, "(01)06901234567892(10)A1", None, NOW + 400 * 86_400_000)).candidates[0]
    [lying] = right.state.lying
    assert (lying.equipment, lying.doses, lying.free, list(right.contradictions)) == ("E1", 40, 40, [])
    assert [each.field for each in other.contradictions] == ["expires_on"]
    assert traced.state.lot == right.state.lot
    assert list(nobody) == []
    assert (late.state.is_expired, late.state.lying[0].free) == (True, 0)
