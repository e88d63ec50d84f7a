"""Stock through the API: a delivery from the door to the register, and who may write what."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from coldchain.archive import documents
from coldchain.archive.audit import By
from dashboards.app import create_app
from tests.dashboards.conftest import World, client, made_world, running
from tests.dashboards.site import MINUTE
from tests.parts.mosquitto import Mosquitto

RECORD = sha256(b"record").hexdigest()  # of the transport, on paper


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto) -> AsyncIterator[tuple[FastAPI, World]]:
    """A county of this module's own: its tests write."""
    async with (
        made_world(tmp_path_factory.mktemp("stock"), mosquitto) as world,
        running(create_app(world.settings)) as app,
    ):
        async with app.state.parts.archive.writing() as tx:
            await documents.add(tx, "record.txt", b"record", "F03", By("nurse", 0, ""))
        yield app, world


@pytest.fixture
def clinic(own: tuple[FastAPI, World]) -> httpx2.AsyncClient:
    """Clinic F03, which has L2 and L3."""
    return client(own[0], own[1].site.tokens["clinic"])


@pytest.fixture
def manager(own: tuple[FastAPI, World]) -> httpx2.AsyncClient:
    return client(own[0], own[1].site.tokens["manager"])


def room(own: tuple[FastAPI, World], name: str) -> int:
    return own[1].site.rooms[name]


def delivery(own: tuple[FastAPI, World], **values: Any) -> dict[str, Any]:
    lines = [{"lot": "L1", "doses": 50, "compartment": room(own, "E03/cold")}]
    return {
        "facility": "F03", "document": "CK-1", "supplier": "县疾控中心", "transport": "refrigerated_vehicle",
        "arrival_c": 4.5, "record": RECORD, "record_low_c": 3, "record_high_c": 6, "papers_complete": True, "lines": lines, **values,
    }  # fmt: skip


async def test_a_delivery_goes_from_the_door_into_the_register(own: Any, clinic: Any, manager: Any):
    waits = await clinic.post("/api/v1/receipts", json=delivery(own, papers_complete=False, missing="批签发证明"))
    assert (waits.status_code, waits.json()["receipt"]["state"]) == (201, "waiting")
    number = waits.json()["receipt"]["id"]
    issue = {"lot": "L1", "doses": 5, "reason": "issued", "source": room(own, "E03/cold")}
    refused = await clinic.post("/api/v1/movements", json=issue)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "doses")
    labels = (await clinic.get("/api/v1/stock/labels")).json()["items"]
    assert {label["why"] for label in labels if label["lot"] == "L1"} == {"waiting"}
    assert (await clinic.post(f"/api/v1/receipts/{number}/complete", json={})).json()["state"] == "accepted"
    assert (await clinic.post("/api/v1/movements", json=issue)).status_code == 201
    lines = (await clinic.get("/api/v1/register?facility=F03&lot=L1")).json()["items"]
    assert [(line["into"], line["out"], line["balance"]) for line in lines] == [(50, 0, 50), (0, 5, 45)]
    first = (await manager.get("/api/v1/register?facility=F03&lot=L1&limit=1")).json()
    rest = await manager.get("/api/v1/register", params={"facility": "F03", "lot": "L1", "cursor": first["next"]})
    assert rest.json()["items"] == lines[1:]
    sheet = await clinic.get("/api/v1/register?facility=F03&form=csv")
    assert sheet.headers["content-type"].startswith("text/csv")
    assert sheet.text.startswith("日期,")


async def test_a_refused_delivery_is_on_the_list_until_both_authorities_know(own: Any, clinic: Any):
    made = (await clinic.post("/api/v1/receipts", json=delivery(own, document="CK-2", arrival_c=12))).json()
    number = made["receipt"]["id"]
    assert (made["receipt"]["state"], made["lines"][0]["movement"]) == ("refused", None)
    for authority in ("drug", "health"):
        assert (await clinic.get("/api/v1/receipts/due")).json()["items"][0]["receipt"]["id"] == number
        told = {"authority": authority, "told": "县局", "told_at": made["receipt"]["at"]}
        assert (await clinic.post(f"/api/v1/receipts/{number}/reports", json=told)).status_code == 201
    assert (await clinic.get("/api/v1/receipts/due")).json()["items"] == []
    reports = (await clinic.get(f"/api/v1/receipts/{number}")).json()["reports"]
    assert [each["authority"] for each in reports] == ["drug", "health"]


async def test_a_stock_take_is_posted_by_who_saw_its_state(own: Any, manager: Any):
    body = {"compartment": room(own, "E04/cold"), "counted_by": "王"}
    missing = await manager.post("/api/v1/counts", json={**body, "lines": []})
    assert missing.status_code == 422
    have = (await manager.get("/api/v1/lots?facility=F04&here=true")).json()["items"]
    lines = [{"lot": lot["id"], "counted": lot["doses"] - (n == 0)} for n, lot in enumerate(have)]
    made = await manager.post("/api/v1/counts", json={**body, "lines": lines})
    number = made.json()["count"]["id"]
    path, reasons = f"/api/v1/counts/{number}/post", {"reasons": {have[0]["id"]: "破损"}}
    assert (await manager.post(path, json=reasons)).status_code == 428
    assert (await manager.post(path, json=reasons, headers={"If-Match": '"old"'})).status_code == 412
    done = await manager.post(path, json=reasons, headers={"If-Match": made.headers["etag"]})
    assert (done.status_code, done.json()["lines"][0]["difference"]) == (200, -1)
    after = (await manager.get(f"/api/v1/lots/{have[0]['id']}")).json()
    assert sum(each["doses"] for each in after["there"] if each["facility"] == "F04") == have[0]["doses"] - 1


async def test_a_clinic_writes_no_other_clinics_books(own: Any, clinic: Any):
    other, mine = room(own, "E04/cold"), room(own, "E03/cold")
    for body in (
        {"lot": "L2", "doses": 1, "reason": "issued", "source": other},
        {"lot": "L2", "doses": 1, "reason": "moved", "source": mine, "target": other},
        {"lot": "L2", "doses": 1, "reason": "received", "target": other},
    ):
        assert (await clinic.post("/api/v1/movements", json=body)).status_code == 404
    assert (await clinic.post("/api/v1/receipts", json=delivery(own, facility="F04"))).status_code == 404
    count = {"compartment": other, "counted_by": "王", "lines": []}
    assert (await clinic.post("/api/v1/counts", json=count)).status_code == 404
    assert (await clinic.get("/api/v1/register?facility=F04")).status_code == 404


async def test_no_delivery_comes_in_around_the_door(own: Any, clinic: Any):
    body = {"lot": "L1", "doses": 1, "reason": "received", "target": room(own, "E03/cold")}
    around = await clinic.post("/api/v1/movements", json=body)
    assert (around.status_code, around.json()["errors"][0]["field"]) == (422, "reason")
    by_a_run = await clinic.post("/api/v1/receipts", json=delivery(own, document="CK-9", run=1))
    assert by_a_run.status_code == 422


async def test_a_lot_that_others_have_is_changed_by_the_county_alone(own: Any, clinic: Any, manager: Any):
    said = {"number": "202604B07", "vaccine": "DTaP", "maker": "成都生物", "expires_on": "2027-06-30", "spec": "0.5 ml"}
    refused = await clinic.put("/api/v1/lots/L2", json=said, headers={"If-Match": "*"})
    assert refused.status_code == 403
    seen = (await manager.get("/api/v1/lots/L2")).headers["etag"]
    done = await manager.put("/api/v1/lots/L2", json=said, headers={"If-Match": seen})
    assert (done.status_code, done.json()["lot"]["spec"]) == (200, "0.5 ml")
    again = await manager.put("/api/v1/lots/L2", json=said, headers={"If-Match": seen})
    assert again.status_code == 412
    new = {**said, "number": "N1"}
    assert (await clinic.put("/api/v1/lots/NEW-1", json=new, headers={"If-Match": "*"})).status_code == 200
    assert (await clinic.get("/api/v1/lots/NEW-1")).json()["funding_now"] == "programme"


async def test_a_county_keeps_its_catalogue_prices_and_makers_tables(manager: Any):
    said = {
        "name_zh": "狂犬病疫苗",
        "name_en": "Rabies",
        "freeze_sensitive": True,
        "funding": "paid",
        "heat_group": "F",
    }
    made = await manager.put("/api/v1/vaccines/RabX", json=said, headers={"If-Match": "*"})
    assert (made.status_code, made.json()["vaccine"]["funding"]) == (200, "paid")
    price = {"fen": 8800, "valid_from": "2026-01-01", "source": "文件"}
    assert (await manager.post("/api/v1/vaccines/RabX/prices", json=price)).status_code == 201
    line = {
        "maker": "M", "low_c": 8, "high_c": 25, "max_cumulative_hours": 24, "document_no": "EX-1", "source": "an example",
        "certainty": "example", "valid_from": "2026-01-01T00:00:00+08:00",
    }  # fmt: skip
    assert (await manager.post("/api/v1/vaccines/RabX/stability", json=line)).status_code == 201
    card = (await manager.get("/api/v1/vaccines/RabX")).json()
    assert (card["prices"][0]["fen"], card["stability"][0]["max_cumulative_hours"]) == (8800, 24.0)
    paid = (await manager.get("/api/v1/vaccines?funding=paid")).json()["items"]
    assert [each["code"] for each in paid] == ["RabX"]


async def test_custody_wants_consent_and_is_confirmed_and_returned(own: Any, manager: Any, clinic: Any):
    now = own[1].site.now
    body = {
        "lot": "L3", "doses": 10, "source": room(own, "E03/cold"), "target": room(own, "E04/cold"), "why": "停电",
        "consented_by": "nurse", "consented_at": str(now - 2 * MINUTE), "start": str(now - MINUTE),
        "held": 10,  # all of L3 there is under hold: it stays so where it is kept
    }  # fmt: skip
    assert (await clinic.post("/api/v1/custody", json=body)).status_code == 422
    given = await clinic.post("/api/v1/custody", json={**body, "consented_by": "manager"})
    assert given.status_code == 201, given.text
    number = given.json()["id"]
    assert [each["id"] for each in (await clinic.get("/api/v1/custody/papers-due")).json()["items"]] == [number]
    coming = (await manager.get("/api/v1/movements/unconfirmed")).json()["items"]
    moved = next(each for each in coming if each["custody"] == number)
    done = await manager.post(f"/api/v1/movements/{moved['id']}/confirm", json={"taken_by": "赵"})
    assert done.json()["taken_by"] == "赵"
    back = await clinic.post(f"/api/v1/custody/{number}/return", json={"held": 10})
    assert back.status_code == 200, back.text
    assert (await clinic.get("/api/v1/custody?only_open=true")).json()["items"] == []
