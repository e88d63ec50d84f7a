"""The equipment archive over HTTP: one life of a refrigerator, decided by people, and documents that are safe to give back."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from coldchain import clock
from coldchain.archive import people
from coldchain.archive.audit import By
from coldchain.archive.db import open_archive
from coldchain.archive.people import NewToken, Role
from dashboards.app import create_app
from tests.dashboards.conftest import World, client, made_world, running
from tests.dashboards.site import COUNTY, clinic, fridge
from tests.parts.mosquitto import Mosquitto

CARD = {"name_zh": "一号冰箱", "name_en": "Refrigerator 1", "short_zh": "冰箱1", "type": "medical_fridge"}
NO_FILE = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--x--\r\n'
PDF = b"%PDF-1.7 manual"
ANY = {"If-Match": "*"}


@dataclass(frozen=True, slots=True)
class People:
    """A clinic of its own for each test, its nurse and its county's manager as persons, and the clinic of another county."""

    clinic: str
    fridge: str
    nurse: httpx2.AsyncClient
    manager: httpx2.AsyncClient
    elsewhere: httpx2.AsyncClient

    @property
    def piece(self) -> str:
        """Where the API has its refrigerator."""
        return f"/api/v1/equipment/{self.fridge}"


@pytest.fixture(scope="module")
async def house(
    tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto
) -> AsyncIterator[tuple[World, FastAPI, Iterator[int]]]:
    """A county that these tests may change, each its own clinic."""
    async with (
        made_world(tmp_path_factory.mktemp("upkeep"), mosquitto, hours=1) as world,
        running(create_app(world.settings)) as app,
    ):
        yield world, app, iter(range(1, 13))


@pytest.fixture
async def people_of(house: tuple[World, FastAPI, Iterator[int]]) -> People:
    world, app, numbers = house
    number = next(numbers)
    nurse = NewToken(label="n", role=Role.CLINIC, facility=clinic(number), user="nurse")
    chief = NewToken(label="m", role=Role.MANAGER, region=COUNTY, user="manager")
    async with open_archive(world.settings.archive) as archive, archive.writing() as tx:
        by = By("test", world.site.now)
        secrets = [(await people.create_token(tx, new, by)).secret for new in (nurse, chief)]
    callers = [client(app, secret) for secret in (*secrets, world.site.tokens["elsewhere"])]
    return People(clinic(number), fridge(number), *callers)


async def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_card_is_changed_by_whoever_saw_its_last_state(people_of: People):
    seen = await people_of.nurse.get(people_of.piece)
    assert (seen.json()["brand"], seen.json()["statuses"][0]["status"]) == ("海容", "normal")
    tag = {"If-Match": seen.headers["etag"]}
    body = CARD | {"manufacturer": "海尔", "volume_cold_m3": 0.29, "door": "glass"}
    assert (await people_of.manager.put(people_of.piece, json=body)).status_code == 428
    put = await people_of.manager.put(people_of.piece, json=body, headers=tag)
    changed = await ok(put)
    assert (changed["manufacturer"], changed["volume_cold_l"], changed["door"], changed["brand"]) == (
        "海尔",
        290.0,
        "glass",
        "",
    )
    assert "manufacturer" not in changed["missing"]
    assert (await people_of.manager.put(people_of.piece, json=body, headers=tag)).status_code == 412
    again = {"If-Match": put.headers["etag"]}
    assert (await ok(await people_of.manager.put(people_of.piece, json=CARD, headers=again)))["volume_cold_l"] is None


async def test_a_clinic_asks_and_the_county_decides(people_of: People):
    wish = {
        "kind": "scrap",
        "facility": people_of.clinic,
        "equipment": people_of.fridge,
        "wanted_on": "2026-06-01",
        "wanted": "门封老化",
    }
    asked = await ok(await people_of.nurse.post("/api/v1/requests", json=wish), 201)
    where = f"/api/v1/requests/{asked['id']}"
    assert asked["applicant"] == "nurse"
    assert (await people_of.elsewhere.get(where)).status_code == 404
    tag = {"If-Match": (await people_of.manager.get(where)).headers["etag"]}
    held = await people_of.manager.post(f"{where}/decide", json={"is_granted": True}, headers=tag)
    assert held.status_code == 422
    assert "holds" in held.json()["detail"]
    no = {"is_granted": False, "comment": "先移出疫苗"}
    refused = await ok(await people_of.manager.post(f"{where}/decide", json=no, headers=tag))
    assert (refused["state"], refused["decided_by"]) == ("done", "manager")
    listed = await ok(await people_of.nurse.get("/api/v1/requests?state=done"))
    assert [each["id"] for each in listed["items"]] == [asked["id"]]
    assert (await ok(await people_of.elsewhere.get("/api/v1/requests")))["items"] == []


async def test_a_manager_does_not_decide_their_own_request_and_tells_what_was_done_by_hand(people_of: People):
    wish = {"kind": "alarm_delay", "facility": people_of.clinic, "wanted_on": "2026-06-01", "wanted": "20 min"}
    own = await ok(await people_of.manager.post("/api/v1/requests", json=wish), 201)
    yes = {"is_granted": True}
    answer = await people_of.manager.post(f"/api/v1/requests/{own['id']}/decide", json=yes, headers=ANY)
    assert answer.json()["errors"][0]["field"] == "decided_by"
    theirs = await ok(await people_of.nurse.post("/api/v1/requests", json=wish), 201)
    where = f"/api/v1/requests/{theirs['id']}"
    granted = await ok(await people_of.manager.post(f"{where}/decide", json=yes, headers=ANY))
    assert (granted["state"], granted["is_applied"]) == ("in_progress", False)
    done = await people_of.manager.post(f"{where}/finish", json={"handled": "policy loaded"}, headers=ANY)
    assert (await ok(done))["handler"] == "manager"


async def test_what_broke_is_mended_and_is_in_use_again(people_of: People):
    broken = {"broken_on": "2026-06-01", "cause": "不制冷"}
    repair = await ok(await people_of.nurse.post(f"{people_of.piece}/repairs", json=broken), 201)
    assert (await people_of.nurse.get(people_of.piece)).json()["status"] == "repair"
    where, body = (
        f"/api/v1/repairs/{repair['id']}/mended",
        {"repaired_on": "2026-06-03", "done": "换压缩机", "cost_fen": 80000},
    )
    assert (await people_of.elsewhere.post(where, json=body, headers=ANY)).status_code == 404
    assert (await ok(await people_of.nurse.post(where, json=body, headers=ANY)))["cost_fen"] == 80000
    assert (await people_of.nurse.get(people_of.piece)).json()["status"] == "normal"
    assert (await ok(await people_of.nurse.get("/api/v1/repairs?only_open=true")))["items"] == []
    assert len((await ok(await people_of.manager.get(f"/api/v1/repairs?equipment={people_of.fridge}")))["items"]) == 1


async def test_status_place_and_mode_go_their_own_ways(people_of: People):
    turn = {"status": "repair", "on": "2026-06-01", "reason": "fan"}
    span = await ok(await people_of.manager.post(f"{people_of.piece}/status", json=turn, headers=ANY), 201)
    assert (span["status"], span["since"], span["until"]) == ("repair", "2026-06-01", None)
    for to, status in (("F30", 404), ("F04", 422)):  # not theirs; and doses are inside
        body = {"facility": to, "on": "2026-06-02", "reason": "allotted"}
        assert (await people_of.manager.post(f"{people_of.piece}/place", json=body, headers=ANY)).status_code == status
    mode = {"kind": "defrost", "start": "2099-06-01T08:00:00+08:00", "until": "2099-06-01T09:00:00+08:00"}
    begun = await ok(await people_of.nurse.post(f"{people_of.piece}/modes", json=mode), 201)
    assert begun["until"] == "2099-06-01T01:00:00+00:00"
    assert (await people_of.nurse.get(people_of.piece)).json()["modes"] == []


async def test_counts_care_and_checks_are_told_in_pages(people_of: People):
    for quantity in (30, 28):
        body = {"facility": people_of.clinic, "kind": "ice_pack", "quantity": quantity, "counted_on": "2026-06-01"}
        await ok(await people_of.nurse.post("/api/v1/items", json=body), 201)
    first = await ok(await people_of.manager.get("/api/v1/items?limit=1"))
    second = await ok(await people_of.manager.get("/api/v1/items", params={"limit": 1, "cursor": first["next"]}))
    assert [each["items"][0]["quantity"] for each in (first, second)] == [28, 30]
    await ok(await people_of.nurse.post(f"{people_of.piece}/care", json={"kind": "checked", "frost_mm": 5.5}), 201)
    late = await ok(await people_of.nurse.get("/api/v1/checks/care"))
    assert [(each["equipment"], each["what"], each["frost_mm"]) for each in late["items"]] == [
        (people_of.fridge, "defrosting", 5.5)
    ]
    lacking = await ok(await people_of.nurse.get("/api/v1/checks/levels"))
    assert [each["wanted"] for each in lacking["items"]] == ["cold boxes or carriers"]
    assert lacking["items"][0]["certainty"] == "read"
    table = await ok(await people_of.nurse.get("/api/v1/statistics/equipment?day=2026-06-01"))
    assert table["items"] == {"ice_pack": 28}
    assert [line["total"]["count"] for line in table["lines"]] == [1]
    pages: list[dict[str, Any]] = []
    cursor = None
    while cursor is not None or not pages:
        got = await ok(
            await people_of.manager.get(
                "/api/v1/checks/cards", params={"limit": 5} | ({"cursor": cursor} if cursor else {})
            )
        )
        pages += got["items"]
        cursor = got["next"]
    assert [each["equipment"] for each in pages] == sorted(each["equipment"] for each in pages)
    assert len({each["equipment"] for each in pages}) == len(pages) == 14


async def test_a_document_is_sent_raw_or_as_a_form_and_given_back_as_a_download(people_of: People):
    sha = hashlib.sha256(PDF).hexdigest()
    raw = await ok(
        await people_of.nurse.post(f"/api/v1/documents?facility={people_of.clinic}&name=说明书.pdf", content=PDF), 201
    )
    assert (raw["sha256"], raw["media_type"], raw["name"], raw["added_by"]) == (
        sha,
        "application/pdf",
        "说明书.pdf",
        "nurse",
    )
    form = {"file": ("照片.png", b"\x89PNG\r\n\x1a\n...", "text/html")}
    photo = await ok(await people_of.nurse.post(f"/api/v1/documents?facility={people_of.clinic}", files=form), 201)
    assert (photo["media_type"], photo["name"]) == ("image/png", "照片.png")
    given = await people_of.nurse.get(f"/api/v1/documents/{sha}/content")
    assert given.content == PDF
    assert given.headers["content-disposition"] == "attachment; filename*=UTF-8''%E8%AF%B4%E6%98%8E%E4%B9%A6.pdf"
    assert given.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'" in given.headers["content-security-policy"]
    attached = {"document": photo["sha256"], "kind": "photo"}
    await ok(await people_of.nurse.post(f"{people_of.piece}/papers", json=attached), 201)
    assert [each["kind"] for each in (await people_of.nurse.get(people_of.piece)).json()["papers"]] == ["photo"]


async def test_a_document_is_seen_by_its_facilities_and_those_above_them_only(people_of: People):
    sent = await ok(await people_of.nurse.post(f"/api/v1/documents?facility={people_of.clinic}", content=PDF), 201)
    where = f"/api/v1/documents/{sent['sha256']}"
    assert (await people_of.manager.get(where)).status_code == 200
    for path in (where, f"{where}/content"):
        assert (await people_of.elsewhere.get(path)).status_code == 404
    used = {"status": "repair", "on": "2026-06-01", "reason": "w", "document": "f" * 64}
    refused = await people_of.manager.post(f"{people_of.piece}/status", json=used, headers=ANY)
    assert refused.json()["errors"][0]["field"] == "document"
    theirs = await ok(await people_of.elsewhere.post("/api/v1/documents?facility=F30&name=their", content=PDF), 201)
    assert (theirs["name"], theirs["facility"]) == ("their", "F30")
    assert (await people_of.nurse.post("/api/v1/documents", content=PDF)).status_code == 404  # the county's own


@pytest.mark.parametrize(
    ("send", "status"),
    [
        ({"content": b"x" * (10 * 1024 * 1024 + 1)}, 413),
        ({"files": {"file": ("a.txt", b"x" * (11 * 1024 * 1024))}}, 413),
        ({"content": b""}, 422),
        ({"content": b"MZ\x90\x00\xff"}, 422),
        ({"data": {"file": "no file"}}, 422),
        ({"content": NO_FILE, "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 422),
        ({"content": b"--x", "headers": {"Content-Type": "multipart/form-data"}}, 422),
        ({"content": b"no form", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 422),
        ({"files": [("a", ("a", b"1")), ("b", ("b", b"2"))]}, 422),
    ],
)
async def test_what_is_no_document_is_refused_before_it_fills_the_memory(
    call: Callable[..., httpx2.AsyncClient], send: dict[str, Any], status: int
):
    answer = await call("clinic").post("/api/v1/documents?facility=F03", **send)
    assert answer.status_code == status, answer.text


async def test_whoever_wrote_by_mistake_takes_it_back(people_of: People):
    """Each entry of the books has a way back, and nobody elsewhere may go it."""
    nurse, why = people_of.nurse, {"reason": "a slip"}
    broken = await ok(
        await nurse.post(f"{people_of.piece}/repairs", json={"broken_on": "2026-06-01", "cause": "warm"}), 201
    )
    clean = await ok(await nurse.post(f"{people_of.piece}/care", json={"kind": "cleaned"}), 201)
    count = {"facility": people_of.clinic, "kind": "ice_pack", "quantity": 4, "counted_on": "2026-06-01"}
    counted = await ok(await nurse.post("/api/v1/items", json=count), 201)
    until = clock.iso(clock.now() + 3_600_000)
    mode = await ok(await nurse.post(f"{people_of.piece}/modes", json={"kind": "defrost", "until": until}), 201)
    sent = await ok(await nurse.post(f"/api/v1/documents?facility={people_of.clinic}", content=b"%PDF-1.7 slip"), 201)
    paper = {"document": sent["sha256"], "kind": "manual"}
    attached = await ok(await nurse.post(f"{people_of.piece}/papers", json=paper), 201)
    entries = [
        f"/api/v1/repairs/{broken['id']}", f"/api/v1/care/{clean['id']}", f"/api/v1/items/{counted['id']}",
        f"{people_of.piece}/modes/{mode['id']}", f"{people_of.piece}/papers/{attached['id']}",
    ]  # fmt: skip
    for entry in entries:
        assert (await people_of.elsewhere.post(f"{entry}/withdraw", json=why, headers=ANY)).status_code == 404
        assert (await nurse.post(f"{entry}/withdraw", json=why)).status_code == 428
        assert (await nurse.post(f"{entry}/withdraw", json=why, headers={"If-Match": "old"})).status_code == 412
        assert (await nurse.post(f"{entry}/withdraw", json={"reason": ""}, headers=ANY)).status_code == 422
        await ok(await nurse.post(f"{entry}/withdraw", json=why, headers=ANY))
        assert (await nurse.post(f"{entry}/withdraw", json=why, headers=ANY)).status_code == 422
    left = await ok(await nurse.get(people_of.piece))
    assert (left["modes"], left["papers"]) == ([], [])
