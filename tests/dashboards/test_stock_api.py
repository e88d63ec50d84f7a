"""Stock through the API: a delivery from the door to the register, and who may write what."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from coldchain.archive import documents, people
from coldchain.archive.audit import By
from coldchain.archive.people import NewToken, Role
from dashboards.app import create_app
from tests.dashboards.conftest import World, client, made_world, running
from tests.dashboards.site import COUNTY, MINUTE
from tests.parts.mosquitto import Mosquitto

ANY = {"If-Match": "*"}
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
            for user, role, facility, region in (
                ("nurse", Role.CLINIC, "F03", None), ("manager", Role.MANAGER, None, COUNTY),
                ("admin", Role.ADMINISTRATOR, None, None),
            ):  # fmt: skip
                token = NewToken(label=user, role=role, facility=facility, region=region, user=user)
                world.site.tokens["manager of her own" if user == "manager" else user] = (
                    await people.create_token(tx, token, By("test", 0))
                ).secret
        yield app, world


@pytest.fixture
def clinic(own: tuple[FastAPI, World]) -> httpx2.AsyncClient:
    """Clinic F03, which has L2 and L3."""
    return client(own[0], own[1].site.tokens["clinic"])


@pytest.fixture
def nurse(own: tuple[FastAPI, World]) -> httpx2.AsyncClient:
    """The clinic's nurse, by a token that is hers."""
    return client(own[0], own[1].site.tokens["nurse"])


@pytest.fixture
def admin(own: tuple[FastAPI, World]) -> httpx2.AsyncClient:
    """Who holds everything, by a token of their own."""
    return client(own[0], own[1].site.tokens["admin"])


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
    complete = f"/api/v1/receipts/{number}/complete"
    assert (await clinic.post(complete, json={})).status_code == 428
    assert (await clinic.post(complete, json={}, headers={"If-Match": '"old"'})).status_code == 412
    tag = (await clinic.get(f"/api/v1/receipts/{number}")).headers["etag"]
    assert (await clinic.post(complete, json={}, headers={"If-Match": tag})).json()["state"] == "accepted"
    assert (await clinic.post("/api/v1/movements", json=issue)).status_code == 201
    lines = (await clinic.get("/api/v1/register?facility=F03&lot=L1")).json()["items"]
    assert [(line["into"], line["out"], line["balance"]) for line in lines] == [(50, 0, 50), (0, 5, 45)]
    first = (await manager.get("/api/v1/register?facility=F03&lot=L1&limit=1")).json()
    rest = await manager.get("/api/v1/register", params={"facility": "F03", "lot": "L1", "cursor": first["next"]})
    assert rest.json()["items"] == lines[1:]
    sheet = await clinic.get("/api/v1/register?facility=F03&form=csv")
    assert sheet.headers["content-type"].startswith("text/csv")
    assert sheet.text.startswith("日期,")


async def test_a_refused_delivery_is_on_the_list_until_both_authorities_know_by_a_paper(
    own: Any, clinic: Any, nurse: Any
):
    made = (await clinic.post("/api/v1/receipts", json=delivery(own, document="CK-2", arrival_c=12))).json()
    number = made["receipt"]["id"]
    assert (made["receipt"]["state"], made["lines"][0]["movement"]) == ("refused", None)
    path = f"/api/v1/receipts/{number}/reports"
    for authority in ("drug", "health"):
        assert authority in (await clinic.get("/api/v1/receipts/due")).json()["items"][0]["authorities"]
        told = {"authority": authority, "told": "县局", "told_at": made["receipt"]["at"]}
        assert (await clinic.post(path, json=told)).status_code == 403  # a program signs nothing
        report = (await nurse.post(path, json=told)).json()["id"]
        [due] = (await clinic.get("/api/v1/receipts/due")).json()["items"]
        assert [each["id"] for each in due["papers_missing"]] == [report]
        tag = (await nurse.get(f"{path}/{report}")).headers["etag"]
        paper = {"document": RECORD}
        assert (await nurse.post(f"{path}/{report}/paper", json=paper, headers={"If-Match": tag})).status_code == 200
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


async def test_what_is_so_everywhere_is_said_by_who_holds_everything(manager: Any, admin: Any):
    said = {
        "name_zh": "狂犬病疫苗",
        "name_en": "Rabies",
        "freeze_sensitive": True,
        "funding": "paid",
        "heat_group": "F",
    }
    assert (await manager.put("/api/v1/vaccines/RabX", json=said, headers=ANY)).status_code == 403
    made = await admin.put("/api/v1/vaccines/RabX", json=said, headers=ANY)
    assert (made.status_code, made.json()["vaccine"]["funding"]) == (200, "paid")
    price = {"fen": 8800, "valid_from": "2026-01-01", "source": "文件"}
    path = "/api/v1/vaccines/RabX/prices"
    assert (await manager.post(path, json=price)).status_code == 403
    assert (await manager.post(path, json={**price, "region": "511903000000"})).status_code == 404
    own_price = await manager.post(path, json={**price, "region": COUNTY})
    assert own_price.status_code == 201
    assert (await admin.post(path, json={**price, "fen": 9000})).status_code == 201
    seen = (await manager.get("/api/v1/vaccines/RabX")).json()["prices"]
    assert sorted(each["fen"] for each in seen) == [8800, 9000]
    number = own_price.json()["id"]
    tag = (await manager.get(f"/api/v1/prices/{number}")).headers["etag"]
    gone = await manager.post(f"/api/v1/prices/{number}/withdraw", json={"why": "错"}, headers={"If-Match": tag})
    assert gone.json()["withdrawn_at"] is not None
    paid = (await manager.get("/api/v1/vaccines?funding=paid")).json()["items"]
    assert [each["code"] for each in paid] == ["RabX"]


async def test_a_makers_line_is_read_in_its_paper_and_approved_by_another(own: Any, manager: Any, admin: Any):
    line = {
        "maker": "M", "low_c": 8, "high_c": 25, "max_cumulative_hours": 24, "document_no": "EX-1", "source": "insert",
        "certainty": "read", "valid_from": "2026-01-01T00:00:00+08:00",
    }  # fmt: skip
    path = "/api/v1/vaccines/MMR/stability"
    assert (await manager.post(path, json=line)).status_code == 403
    without = await admin.post(path, json=line)
    assert (without.status_code, without.json()["errors"][0]["field"]) == (422, "document")
    made = await admin.post(path, json={**line, "document": RECORD})
    one = f"/api/v1/stability/{made.json()['id']}"
    assert made.json()["approved_by"] is None
    assert (await admin.post(f"{one}/approve", headers=ANY)).status_code == 422  # who entered it
    assert (await manager.post(f"{one}/approve", headers=ANY)).status_code == 403  # a program
    person = client(own[0], own[1].site.tokens["manager of her own"])
    done = await person.post(f"{one}/approve", headers={"If-Match": (await person.get(one)).headers["etag"]})
    assert (done.status_code, done.json()["approved_by"]) == (200, "manager")
    assert (await admin.post(f"{one}/end", json={"at": "2027-01-01T00:00:00Z"}, headers=ANY)).status_code == 200
    assert (await admin.post(f"{one}/withdraw", json={"why": "旧"}, headers=ANY)).json()["withdrawn_at"] is not None


async def test_a_bare_movement_makes_no_doses_and_loses_none(own: Any, clinic: Any):
    room_of = room(own, "E03/cold")
    for body in (
        {"reason": "counted", "target": room_of}, {"reason": "counted", "source": room_of},
        {"reason": "returned", "target": room_of}, {"reason": "disposed", "source": room_of},
    ):  # fmt: skip
        answer = await clinic.post("/api/v1/movements", json={"lot": "L2", "doses": 5, **body})
        assert answer.status_code == 422, body
        assert answer.json()["errors"][0]["field"] in {"reason", "source"}


async def test_a_request_that_comes_twice_is_carried_out_once(own: Any, manager: Any):
    clinic, body = manager, {"lot": "L1", "doses": 1, "reason": "issued", "source": room(own, "E00/cold")}
    first = await clinic.post("/api/v1/movements", json=body, headers={"Idempotency-Key": "k-1"})
    assert first.status_code == 201, first.text
    again = await clinic.post("/api/v1/movements", json=body, headers={"Idempotency-Key": "k-1"})
    assert (again.status_code, again.json()) == (201, first.json())
    other = await clinic.post("/api/v1/movements", json={**body, "doses": 2}, headers={"Idempotency-Key": "k-1"})
    assert other.status_code == 409
    one = await clinic.get(f"/api/v1/movements/{first.json()['id']}")
    assert one.json() == first.json()
    path = f"/api/v1/movements/{first.json()['id']}/withdraw"
    assert (await clinic.post(path, json={"why": "错"}, headers={"If-Match": '"old"'})).status_code == 412
    assert (await clinic.post(path, json={"why": "错"}, headers={"If-Match": one.headers["etag"]})).status_code == 200


async def test_what_a_file_brings_in_is_decided_at_the_door_afterwards(own: Any, clinic: Any):
    head = "单位编码,疫苗名称,生产企业,批号,有效期,数量(人份),存放位置"
    rows = [
        "F03,百白破疫苗,成都生物,202609N01,2028-06-30,900,E03/cold",
        "F03,百白破疫苗,成都生物,202009N02,2021-06-30,9,E03/cold",
    ]
    text = "\n".join([head, *rows]).encode()
    sent = await clinic.post("/api/v1/imports/stock", content=text, headers={"content-type": "text/csv"})
    assert (sent.status_code, sent.json()["entered"]) == (200, 1), sent.text
    assert [fault["row"] for fault in sent.json()["faults"]] == [3]
    [came] = (await clinic.get("/api/v1/receipts/undecided")).json()["items"]
    moved = came["movement"]
    line = {"lot": moved["lot"], "doses": 900, "compartment": moved["target"], "undecided": came["id"]}
    made = await clinic.post("/api/v1/receipts", json=delivery(own, document="CK-F", lines=[line]))
    assert (made.status_code, made.json()["lines"][0]["movement"]) == (201, moved["id"]), made.text
    assert (await clinic.get("/api/v1/receipts/undecided")).json()["items"] == []


async def test_what_is_damaged_is_set_apart_reported_and_disposed_of_before_a_witness(own: Any, nurse: Any):
    place = room(own, "E03/cold")
    assert (await nurse.post("/api/v1/receipts", json=delivery(own, document="CK-U"))).status_code == 201
    here = (await nurse.get("/api/v1/lots?facility=F03&here=true")).json()["items"]
    lines = [{"lot": lot["id"], "counted": lot["doses"]} for lot in here]
    ruined = next(line for line in lines if line["lot"] == "L1")
    ruined |= {"unusable": 4, "why_unusable": "标签无法识别"}
    made = await nurse.post("/api/v1/counts", json={"compartment": place, "counted_by": "王", "lines": lines})
    assert made.status_code == 201, made.text
    path = f"/api/v1/counts/{made.json()['count']['id']}/post"
    assert (await nurse.post(path, json={"reasons": {}}, headers=ANY)).status_code == 200
    labels = (await nurse.get("/api/v1/stock/labels?facility=F03")).json()["items"]
    assert [(each["doses"], each["because"]) for each in labels if each["why"] == "unusable"] == [(4, "标签无法识别")]
    [due] = (await nurse.get("/api/v1/unusable/due")).json()["items"]
    report = {"facility": "F03", "lot": "L1", "why": "unusable", "doses": 4, "told": "县疾控", "told_at": due["since"]}
    told = await nurse.post("/api/v1/unusable/reports", json=report)
    assert told.status_code == 201, told.text
    assert (await nurse.get("/api/v1/unusable/due")).json()["items"][0]["papers_missing"][0]["id"] == told.json()["id"]
    one = f"/api/v1/unusable/reports/{told.json()['id']}"
    tag = {"If-Match": (await nurse.get(one)).headers["etag"]}
    assert (await nurse.post(f"{one}/paper", json={"document": RECORD}, headers=tag)).status_code == 200
    assert (await nurse.get("/api/v1/unusable/due")).json()["items"] == []
    body = {
        "lot": "L1",
        "doses": 4,
        "source": place,
        "why": "破损",
        "witness": "周",
        "organisation": "药监局",
        "document": RECORD,
    }
    gone = await nurse.post("/api/v1/disposals", json=body)
    assert (gone.status_code, gone.json()["movement"]["reason"]) == (201, "disposed"), gone.text
    assert (await nurse.get("/api/v1/stock/misplaced?facility=F03")).json()["items"] == []


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
    person = client(own[0], own[1].site.tokens["manager of her own"])
    assert given.json()["confirmed_by"] is None
    assert (await manager.post(f"/api/v1/custody/{number}/consent", headers=ANY)).status_code == 403  # a program
    tag = (await person.get(f"/api/v1/custody/{number}")).headers["etag"]
    sure = await person.post(f"/api/v1/custody/{number}/consent", headers={"If-Match": tag})
    assert (sure.status_code, sure.json()["confirmed_by"]) == (200, "manager")
    assert (await clinic.get("/api/v1/custody/unconfirmed")).json()["items"] == []
    coming = (await manager.get("/api/v1/movements/unconfirmed")).json()["items"]
    moved = next(each for each in coming if each["custody"] == number)
    done = await manager.post(f"/api/v1/movements/{moved['id']}/confirm", json={"taken_by": "赵"}, headers=ANY)
    assert done.json()["taken_by"] == "赵"
    back = await clinic.post(f"/api/v1/custody/{number}/return", json={"held": 10}, headers=ANY)
    assert back.status_code == 200, back.text
    assert (await clinic.get("/api/v1/custody?only_open=true")).json()["items"] == []
