"""A dossier through the API: frozen from both stores, an opinion, two people with their passwords; and who may not."""

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from coldchain import clock
from coldchain.archive import documents, people
from coldchain.archive.audit import By
from coldchain.archive.db import open_archive
from coldchain.archive.people import NewToken, Role
from coldchain.settings import ArchiveSettings
from dashboards.app import create_app
from dashboards.settings import DashboardsSettings
from tests.dashboards.conftest import client, made_world, running
from tests.dashboards.site import COUNTY, PASSWORD
from tests.parts.mosquitto import Mosquitto

WORDS = {"password": PASSWORD}


@dataclass
class Desk:
    """Callers by name, and the paper that was sent."""

    callers: dict[str, httpx2.AsyncClient]
    paper: str
    foreign: str  # the paper of another facility
    tag: str = "*"

    async def ask(self, who: str, path: str, body: Any = None, status: int = 200, tag: str | None = None) -> Any:
        """As a program does: each answer's tag is sent with the next change."""
        caller = self.callers[who]
        if body is None:
            answer = await caller.get(f"/api/v1/{path}")
        else:
            answer = await caller.post(f"/api/v1/{path}", json=body, headers={"If-Match": tag or self.tag})
        assert answer.status_code == status, answer.text
        self.tag = answer.headers.get("etag", self.tag)
        return answer.json()


@dataclass(frozen=True, slots=True)
class Office:
    """A county's stores, closed, with the tokens and the paper of a desk in it."""

    folder: Path
    settings: DashboardsSettings
    tokens: dict[str, str]
    paper: str
    foreign: str

    def copy_to(self, folder: Path) -> DashboardsSettings:
        for store in self.folder.glob("*.sqlite*"):
            shutil.copyfile(store, folder / store.name)
        series = self.settings.series.model_copy(update={"path": folder / "series.sqlite"})
        archive = ArchiveSettings(url=SecretStr(f"sqlite:///{folder}/archive.sqlite"))
        return self.settings.model_copy(update={"series": series, "archive": archive})


@pytest.fixture(scope="module")
async def office(parts_folder: Path, mosquitto: Mosquitto) -> Office:
    folder = parts_folder / "dossiers"
    folder.mkdir()
    async with made_world(folder, mosquitto) as world:
        by = By("test", clock.now())
        holders = {
            "nurse": NewToken(label="n", role=Role.CLINIC, facility="F03", user="nurse"),
            "manager": NewToken(label="m", role=Role.MANAGER, region=COUNTY, user="manager"),
        }
        async with open_archive(world.settings.archive) as archive, archive.writing() as tx:
            secrets = {name: (await people.create_token(tx, new, by)).secret for name, new in holders.items()}
            paper = await documents.add(tx, "opinion.txt", "可以使用".encode(), "F03", by)
            foreign = await documents.add(tx, "opinion.txt", "不可使用".encode(), "F04", by)
        tokens = secrets | {"program": world.site.tokens["clinic"], "elsewhere": world.site.tokens["elsewhere"]}
        return Office(folder, world.settings, tokens, paper.sha256, foreign.sha256)


@pytest.fixture
async def desk(office: Office, tmp_path: Path) -> AsyncIterator[Desk]:
    async with running(create_app(office.copy_to(tmp_path))) as app:
        yield Desk({name: client(app, secret) for name, secret in office.tokens.items()}, office.paper, office.foreign)


async def opined(desk: Desk) -> dict[str, Any]:
    """Frozen, and with an opinion on one of its lots."""
    await desk.ask("nurse", "dossiers/1/freeze", {"version": 1})
    body = {
        "lot": "L2", "verdict": "usable", "author": "陈", "organisation": "成都生物", "document": desk.paper,
        "dated": clock.iso(clock.now())[:10],
    }  # fmt: skip
    said: dict[str, Any] = await desk.ask("nurse", "dossiers/1/opinions", body)
    return said


async def test_two_people_release_a_lot_and_the_other_stays_held(desk: Desk) -> None:
    said = await opined(desk)
    assert said["dossier"]["state"] == "opinion_in"
    assert [(line["lot"], line["place"], line["doses"]) for line in said["lines"]] == [
        ("L2", "E03/cold", 160), ("L3", "E03/cold", 180),
    ]  # fmt: skip
    line = {"lot": "L2", "compartment": said["lines"][0]["compartment"], "doses": 160, "outcome": "release"}
    await desk.ask("nurse", "dossiers/1/proposals", {"version": 1, "lines": [line]})
    await desk.ask("nurse", "dossiers/1/proposals/1/signatures", WORDS)
    refused = await desk.ask("nurse", "dossiers/1/proposals/1/signatures", WORDS, 422)
    assert "has signed it already" in refused["detail"]
    said = await desk.ask("manager", "dossiers/1/proposals/1/signatures", WORDS)
    assert [each["user"] for each in said["proposals"][0]["signatures"]] == ["nurse", "manager"]
    assert [line["lot"] for line in said["lines"]] == ["L3"]
    assert said["dossier"]["state"] == "frozen"  # nobody wrote about the other one yet
    page = (await desk.callers["nurse"].get("/")).text
    assert "202605C01" in page


async def test_evidence_comes_to_the_byte_and_lots_lead_to_their_dossiers(desk: Desk) -> None:
    said = await desk.ask("nurse", "dossiers/1/freeze", {"version": 1})
    content = (await desk.callers["manager"].get("/api/v1/dossiers/1/evidence/1")).content
    assert sha256(content).hexdigest() == said["versions"][0]["sha256"]
    assert json.loads(content)["readings"][0]["count"] > 0
    assert [each["id"] for each in (await desk.ask("nurse", "lots/L2/dossiers"))["items"]] == [1]
    assert (await desk.ask("elsewhere", "lots/L2/dossiers"))["items"] == []


async def test_who_was_told_is_shown_as_known_now_beside_what_was_frozen(desk: Desk) -> None:
    before = await desk.ask("nurse", "dossiers/1/told")
    assert (before["frozen_sha256"], before["new"][:1]) == (None, ["alarm/1"])
    await desk.ask("nurse", "dossiers/1/freeze", {"version": 1})
    frozen = await desk.ask("manager", "dossiers/1/told")
    assert (frozen["new"], frozen["changed"], frozen["frozen_sha256"]) == ([], [], frozen["sha256"])
    tag = (await desk.callers["nurse"].get("/api/v1/dossiers/1")).headers["ETag"]
    await desk.ask("nurse", f"alarms/{frozen['alarms'][0]['id']}/take", {"act": "note", "note": "看过"})
    now = await desk.ask("nurse", "dossiers/1/told")
    assert [name.partition("/")[0] for name in now["new"]] == ["transition"]
    assert now["sha256"] != now["frozen_sha256"]
    assert (await desk.callers["nurse"].get("/api/v1/dossiers/1")).headers["ETag"] == tag
    await desk.ask("elsewhere", "dossiers/1/told", None, 404)


async def test_a_document_of_another_facility_is_none_and_what_was_put_in_comes_out(desk: Desk) -> None:
    refused = await desk.ask("nurse", "dossiers/1/documents", {"document": desk.foreign}, 422)
    assert "there is no document" in refused["detail"]
    said = await desk.ask("nurse", "dossiers/1/documents", {"document": desk.paper, "kind": "photo"})
    said = await desk.ask("nurse", f"dossiers/1/documents/{said['papers'][0]['id']}/withdraw", {})
    assert said["papers"][0]["withdrawn_at"]


NOT_ALLOWED = [
    ("program", "dossiers/1/proposals/1/signatures", WORDS, 403),
    ("elsewhere", "dossiers/1/proposals/1/signatures", WORDS, 404),
    ("nurse", "dossiers/1/proposals/1/signatures", {"password": "a wrong one, surely"}, 403),
    ("nurse", "dossiers/1/proposals/1/signatures", WORDS, 422),  # nothing is proposed
    ("nurse", "dossiers/1/freeze", {"version": 2}, 412),
    ("elsewhere", "dossiers/1", None, 404),
    ("nurse", "dossiers/7", None, 404),
]


async def test_what_is_not_allowed_changes_nothing(desk: Desk) -> None:
    before = await desk.ask("nurse", "dossiers/1")
    for who, path, body, status in NOT_ALLOWED:
        await desk.ask(who, path, body, status)
    assert await desk.ask("nurse", "dossiers/1") == before


async def test_who_did_not_see_what_another_added_looks_again(desk: Desk) -> None:
    before = (await desk.callers["nurse"].get("/api/v1/dossiers/1")).headers["etag"]
    paper = {"document": desk.paper, "kind": "photo"}
    await desk.ask("manager", "dossiers/1/documents", paper)
    await desk.ask("nurse", "dossiers/1/freeze", {"version": 1}, 412, before)
    unsaid = await desk.callers["nurse"].post("/api/v1/dossiers/1/documents", json=paper)
    assert unsaid.status_code == 428
