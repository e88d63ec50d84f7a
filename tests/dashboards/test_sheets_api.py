"""Sheets over HTTP: sent by those who may, for their own facilities; tables given out."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from coldchain import sheets
from coldchain.archive import people
from coldchain.archive.audit import By
from coldchain.archive.db import open_archive
from coldchain.archive.people import NewToken, Role
from dashboards.app import create_app
from tests.dashboards.conftest import client, made_world, running
from tests.parts.mosquitto import Mosquitto

STOCK = (
    "单位编码,疫苗,生产企业,批号,有效期至,人份数\nF03,HepB,甲公司,N1,2027-06-30,40\nF04,HepB,甲公司,N1,2027-06-30,5\n"
)
STRIP = b"Time,Temp\n2026-01-03 12:00,4.5\n2026-01-03 12:05,5.0\n"
MAPPING = {"kind": "stock", "titles": {"PH": "number"}, "fixed": {"facility": "F03"}}
Callers = dict[str, httpx2.AsyncClient]


@pytest.fixture(scope="module")
async def callers(tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto) -> AsyncIterator[Callers]:
    folder = tmp_path_factory.mktemp("sheets")
    async with made_world(folder, mosquitto, hours=1) as world, running(create_app(world.settings)) as app:
        async with open_archive(world.settings.archive) as archive, archive.writing() as tx:
            nurse = NewToken(label="n", role=Role.CLINIC, facility="F03", user="nurse")
            secret = (await people.create_token(tx, nurse, By("test", world.site.now))).secret
        yield {name: client(app, token) for name, token in (world.site.tokens | {"nurse": secret}).items()}


async def test_a_clinic_sends_its_stock_and_nobody_elses(callers: Callers):
    path = "/api/v1/imports/stock"
    tried = (await callers["clinic"].post(path, params={"dry_run": True}, content=STOCK.encode())).json()
    assert (tried["entered"], tried["dry_run"]) == (1, True)
    sent = (await callers["clinic"].post(path, files={"file": ("日报.csv", STOCK.encode("gbk"))})).json()
    assert (sent["entered"], [fault["row"] for fault in sent["faults"]]) == (1, [3])
    assert sent["faults"][0]["zh"] == "档案中没有“F04”，请先录入或更正编码"
    found = (await callers["clinic"].get("/api/v1/exports/stock", params={"format": "json"})).json()["items"]
    assert {row["facility"] for row in found} == {"F03"}
    assert [row["doses"] for row in found if row["number"] == "N1"] == [40]


async def test_the_countys_archives_are_the_countys_to_send(callers: Callers):
    assert (await callers["clinic"].post("/api/v1/imports/equipment", content=b"x")).status_code == 403
    assert (await callers["manager"].post("/api/v1/imports/equipment", content=b"x")).status_code == 422


async def test_what_is_wrong_with_a_whole_file_is_said_in_both_languages(callers: Callers):
    answer = await callers["clinic"].post("/api/v1/imports/stock", content="单位编码,批号\nF03,N1\n".encode())
    assert answer.status_code == 422
    assert "missing Vaccine" in answer.json()["detail"]
    assert "没有标题行，缺少列：疫苗名称" in answer.json()["detail"]


async def test_a_stock_file_may_be_told_of_which_moment_it_is(callers: Callers):
    asked = {"dry_run": "true", "as_of": "2099-07-03 16:00"}
    [fault, _] = (await callers["clinic"].post("/api/v1/imports/stock", params=asked, content=STOCK.encode())).json()[
        "faults"
    ]
    assert (fault["column"], fault["zh"]) == ("库存时间", "时间尚未到来，请更正")
    wrong = await callers["manager"].post("/api/v1/imports/people", params=asked, content=b"a,b\n1,2\n")
    assert "a sheet of people tells of no moment" in wrong.json()["detail"]


async def test_a_table_as_it_stands_keeps_to_ones_own(callers: Callers):
    rows = (await callers["clinic"].get("/api/v1/exports/table-equipment", params={"format": "json"})).json()["items"]
    assert {row["facility"] for row in rows} == {"F03"}


async def test_a_strip_is_signed_by_a_person(callers: Callers):
    asked = {"compartment": "E03/cold", "serial": "S1", "name": "strip.csv"}
    assert (await callers["clinic"].post("/api/v1/imports/strips", params=asked, content=STRIP)).status_code == 403
    sent = await callers["nurse"].post("/api/v1/imports/strips", params=asked, content=STRIP)
    assert (sent.json()["entered"], sent.json()["faults"]) == (1, [])
    path = "/api/v1/equipment/E03/compartments/cold/evidence?start=0"
    [kept] = (await callers["nurse"].get(path)).json()["items"]
    assert kept["signed_by"] == "nurse"
    other = asked | {"compartment": "E04/cold"}
    refused = (await callers["nurse"].post("/api/v1/imports/strips", params=other, content=STRIP)).json()
    assert refused["faults"][0]["en"].startswith("compartment: 'E04' is not in the archive")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_a_table_comes_as_a_sheet(callers: Callers, form: str):
    answer = await callers["manager"].get("/api/v1/exports/equipment", params={"format": form})
    rows = sheets.read(answer.content)[0].rows
    assert (rows[0][0], len(rows)) == ("设备编码 (Code)", 15)
    assert answer.headers["content-disposition"].endswith(f"equipment.{form}")


async def test_a_template_is_an_empty_sheet(callers: Callers):
    answer = await callers["clinic"].get("/api/v1/imports/stock/template")
    assert [len(sheet.rows) for sheet in sheets.read(answer.content)] == [1, 18]
    assert (await callers["clinic"].get("/api/v1/imports/cars/template")).status_code == 404


async def test_a_mapping_is_changed_by_whoever_saw_it(callers: Callers):
    path = "/api/v1/sheet-mappings/platform"
    manager = callers["manager"]
    saved = await manager.put(path, json=MAPPING, headers={"If-Match": "*"})
    assert saved.status_code == 200, saved.text
    stale = await manager.put(path, json=MAPPING, headers={"If-Match": '"0123456789abcdef"'})
    assert stale.status_code == 412
    content = "疫苗,生产企业,PH,有效期至,人份数\nHepB,甲公司,N2,2027-06-30,3\n".encode()
    sent = await callers["clinic"].post("/api/v1/imports/stock", params={"mapping": "platform"}, content=content)
    assert sent.json()["entered"] == 1
    assert (await manager.post(f"{path}/withdraw", headers={"If-Match": "*"})).status_code == 200
    assert (await manager.get(path)).status_code == 404


async def test_a_box_is_looked_up(callers: Callers):
    answer = await callers["manager"].post("/api/v1/scan", json={"code": "(01)06901234567892(17)270601(10)202604B07"})
    [other] = answer.json()["candidates"]
    assert [each["field"] for each in other["contradictions"]] == ["expires_on"]
    answer = await callers["manager"].post("/api/v1/scan", json={"code": "(01)06901234567892(10)202604B07(17)270630"})
    [found] = answer.json()["candidates"]
    here = next(each for each in found["lying"] if each["facility"] == "F03")
    assert (found["lot"], here["held"] + here["free"], here["held"] > 0) == ("L2", here["doses"], True)
    assert (await callers["manager"].post("/api/v1/scan", json={"code": "hm"})).status_code == 422
