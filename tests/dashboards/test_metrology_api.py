"""Certificates, corrections, probes found wrong, and how machines run, over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from coldchain.archive import people, tables
from coldchain.archive.audit import By
from coldchain.archive.db import open_archive
from coldchain.archive.metrology import tolerance
from coldchain.archive.people import NewToken, Role, User
from coldchain.archive.performance import days
from coldchain.archive.performance.days import DAY_MS, Day, Loss
from coldchain.clock import iso
from dashboards.app import create_app
from tests.dashboards.conftest import World, client, made_world, running
from tests.dashboards.site import COUNTY, HOUR, channel, clinic, fridge
from tests.parts.mosquitto import Mosquitto

ANY = {"If-Match": "*"}

WARM = [[2.0, 2.7], [8.0, 8.7]]  # 0.7 K too much
CODES = [fridge(3), fridge(4)]
LOT = {"lot": "L2", "vaccine": "DTaP", "doses": 40, "minutes_out": 9.0}
FOUND = {
    "new": [{"id": code, "equipment": code, "lots": [LOT]} for code in CODES],
    "gone": [], "longer": [], "changed": [], "same": 0, "lots": [],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class House:
    """A county of its own, and who asks."""

    world: World
    manager: httpx2.AsyncClient
    second: httpx2.AsyncClient
    nurse: httpx2.AsyncClient
    program: httpx2.AsyncClient
    elsewhere: httpx2.AsyncClient

    async def write(self, work: Any) -> None:
        async with open_archive(self.world.settings.archive) as archive, archive.writing() as tx:
            await work(tx)


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto) -> AsyncIterator[House]:
    async with (
        made_world(tmp_path_factory.mktemp("metrology"), mosquitto, hours=1) as world,
        running(create_app(world.settings)) as app,
    ):
        by = By("test", world.site.now)
        async with open_archive(world.settings.archive) as archive, archive.writing() as tx:
            new = User(name="chief", display="王主任", role=Role.MANAGER, region=COUNTY)
            await people.create_user(tx, new, "no hash: nobody logs in", by)
            tokens = [
                NewToken(label="m", role=Role.MANAGER, region=COUNTY, user="manager"),
                NewToken(label="c", role=Role.MANAGER, region=COUNTY, user="chief"),
                NewToken(label="n", role=Role.CLINIC, facility=clinic(3), user="nurse"),
                NewToken(label="p", role=Role.MANAGER, region=COUNTY),
            ]
            secrets = [(await people.create_token(tx, each, by)).secret for each in tokens]
        callers = [client(app, secret) for secret in (*secrets, world.site.tokens["auditor elsewhere"])]
        yield House(world, *callers)


async def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def paper(number: int, certificate: str, **more: Any) -> dict[str, Any]:
    device = channel(number).rpartition("/")[0]
    return {
        "device": device,
        "certificate": certificate,
        "done_on": "2026-01-05",
        "due_on": "2027-01-04",
        "by": "lab",
    } | more


async def certify(house: House, number: int, certificate: str, **more: Any) -> Any:
    return await ok(await house.manager.post("/api/v1/calibrations", json=paper(number, certificate, **more)), 201)


async def test_a_certificate_is_entered_seen_in_scope_and_withdrawn(house: House):
    added = await certify(house, 1, "JL-1", left=[[5.0, 5.1]], uncertainty_c=0.15, k=2.0)
    assert (added["as_found"], added["as_left"], added["uncertainty_c"], added["limit"]) == (
        None,
        "pass",
        0.15,
        "cn-2017",
    )
    assert added["points"] == [{"state": "as_left", "reference_c": 5.0, "indicated_c": 5.1, "error_c": 0.1}]
    path = f"/api/v1/calibrations/{added['id']}"
    assert await ok(await house.manager.get(path)) == added
    assert (await house.nurse.get(path)).status_code == (await house.elsewhere.get(path)).status_code == 404
    listed = await ok(await house.manager.get("/api/v1/calibrations", params={"equipment": fridge(1)}))
    assert [each["certificate"] for each in listed["items"]] == ["JL-1"]
    gone = await ok(await house.manager.post(f"{path}/withdraw", json={"reason": "wrong probe"}, headers=ANY))
    assert gone["withdrawn_at"] is not None


async def test_what_cannot_be_is_refused_by_field_and_a_device_elsewhere_is_not_there(house: House):
    refused = await house.manager.post("/api/v1/calibrations", json=paper(1, "JL-X", found=[[5.0, 500.0]]))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "found")
    assert (await house.manager.post("/api/v1/calibrations", json=paper(30, "JL-X"))).status_code == 404
    assert (await house.nurse.post("/api/v1/calibrations", json=paper(3, "JL-X"))).status_code == 403


async def test_who_is_due_is_listed_in_scope(house: House):
    await certify(house, 2, "JL-2", done_on="2024-01-05", due_on="2025-01-04")
    due = (await ok(await house.manager.get("/api/v1/calibrations/due")))["items"]
    assert [each["equipment"] for each in due if each["why"] == "overdue"] == [fridge(2)]
    mine = (await ok(await house.nurse.get("/api/v1/calibrations/due", params={"within": 60})))["items"]
    assert {each["equipment"] for each in mine} == {fridge(3)}
    assert {each["why"] for each in mine} <= {"never", "wrong"}


async def test_offsets_that_gateways_found_are_listed(house: House):
    async def see(tx: Any) -> None:
        tx.add(
            tables.Observation(
                kind="offset_set", subject=channel(3).rpartition("/")[0], severity="warning", start=house.world.site.now,
                seen_at=house.world.site.now, equipment=fridge(3), detail={"offsets": [{"quantity": "temperature", "adds": 1.0}]},
            )
        )  # fmt: skip

    await house.write(see)
    [found] = (await ok(await house.nurse.get("/api/v1/calibrations/offsets")))["items"]
    assert (found["equipment"], found["values"]) == (fridge(3), [{"quantity": "temperature", "adds": 1.0}])
    assert (await ok(await house.elsewhere.get("/api/v1/calibrations/offsets")))["items"] == []


async def test_corrected_readings_stand_beside_the_raw_ones_once_a_second_person_agreed(house: House):
    certificate = await certify(house, 5, "JL-5", found=WARM)
    start = iso(house.world.site.now - 24 * HOUR)
    body = {"calibration": certificate["id"], "start": start}
    assert (await house.program.post("/api/v1/corrections", json=body)).status_code == 403
    proposed = await ok(await house.manager.post("/api/v1/corrections", json=body), 201)
    path = f"/api/v1/corrections/{proposed['id']}"
    raw = await ok(await house.manager.get("/api/v1/readings", params={"channel": channel(5)}))

    async def shown() -> Any:
        return await ok(await house.manager.get("/api/v1/readings/corrected", params={"channel": channel(5)}))

    assert (await shown())["corrections"] == []
    same = await house.manager.post(f"{path}/approve", headers=ANY)
    assert (same.status_code, same.json()["errors"][0]["field"]) == (422, "approved_by")
    assert (await ok(await house.second.post(f"{path}/approve", headers=ANY)))["approved_by"] == "chief"
    beside = await shown()
    assert [beside[name] for name in ("t", "v", "q")] == [raw[name] for name in ("t", "v", "q")]
    [applied] = beside["corrections"]
    assert (applied["certificate"], applied["measured_from_c"], applied["measured_to_c"]) == ("JL-5", 2.7, 8.7)
    assert beside["corrected"] == [None if v is None else pytest.approx(v - 0.7, abs=2e-3) for v in raw["v"]]
    again = await house.manager.post("/api/v1/corrections", json=body)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "start")
    end = {"end": iso(house.world.site.now - HOUR // 2), "reason": "a new probe"}
    assert (await ok(await house.manager.post(f"{path}/end", json=end, headers=ANY)))["end"] == end["end"]
    assert (await ok(await house.manager.post(f"{path}/withdraw", json={"reason": "mistake"}, headers=ANY)))[
        "withdrawn_at"
    ]
    listed = await ok(await house.manager.get("/api/v1/corrections", params={"channel": channel(5)}))
    assert len(listed["items"]) == 1
    assert (await ok(await house.nurse.get("/api/v1/corrections")))["items"] == []


async def test_a_case_shows_each_what_concerns_their_equipment(house: House):
    await certify(house, 3, "JL-3", found=WARM)
    [case] = (await ok(await house.nurse.get("/api/v1/tolerance-cases", params={"only_open": True})))["items"]
    assert (case["channel"], case["since"], case["until"], case["found"]) == (channel(3), None, "2026-01-05", None)
    await house.write(lambda tx: tolerance.judged(tx, case["id"], FOUND, By("manager", house.world.site.now)))
    path = f"/api/v1/tolerance-cases/{case['id']}"
    assert [each["equipment"] for each in (await ok(await house.manager.get(path)))["found"]["new"]] == CODES
    mine = (await ok(await house.nurse.get(path)))["found"]
    assert [each["equipment"] for each in mine["new"]] == [fridge(3)]
    assert mine["lots"] == [{"lot": "L2", "vaccine": "DTaP", "doses": 40}]
    assert (await house.elsewhere.get(path)).status_code == 404
    done = await ok(await house.manager.post(f"{path}/conclude", json={"conclusion": "maker asked"}, headers=ANY))
    assert (done["conclusion"], done["closed_by"]) == ("maker asked", "manager")


async def test_a_machine_tells_how_it_ran(house: House):
    day = house.world.site.now // DAY_MS * DAY_MS - DAY_MS
    ran = Day(
        equipment=fridge(3), day=day, basis="compressor", run_ms=6 * HOUR, run_known_ms=DAY_MS, cycles=48, periods=48,
        period_ms=DAY_MS,
    )  # fmt: skip
    lost = Loss(
        equipment=fridge(3), start=day + HOUR, end=day + 5 * HOUR, holdover_ms=2 * HOUR, held_ms=2 * HOUR,
        catalogue_ms=4 * HOUR, back_at=day + 6 * HOUR, limit_mc=8000,
    )  # fmt: skip

    async def put(tx: Any) -> None:
        await days.put(tx, [ran], [], day)
        await days.put_losses(tx, fridge(3), (day, day + DAY_MS), [lost], day)

    await house.write(put)
    piece = await ok(await house.nurse.get(f"/api/v1/performance/{fridge(3)}"))
    assert (piece["report"]["duty_pct"], piece["report"]["period_min"], piece["report"]["holdover_pct"]) == (
        25.0,
        30.0,
        50.0,
    )
    [loss] = piece["losses"]
    assert (loss["holdover_min"], loss["limit_c"], loss["catalogue_h"], loss["recovery_min"]) == (120.0, 8.0, 4.0, 60.0)
    window = {"start": iso(day), "end": iso(day + DAY_MS)}
    assert (
        piece["report"]["losses"],
        piece["report"]["is_estimate"],
        {each["basis"] for each in piece["failures"]},
    ) == (1, False, {"heat"})
    whole = (await ok(await house.manager.get("/api/v1/performance", params=window | {"limit": 1000})))["items"]
    assert {each["equipment"] for each in whole if each["days"]} == {fridge(3)}
    assert [each["equipment"] for each in (await ok(await house.nurse.get("/api/v1/performance")))["items"]] == [
        fridge(3)
    ]
    first = await ok(await house.manager.get("/api/v1/performance", params=window | {"limit": 1}))
    second = await ok(
        await house.manager.get("/api/v1/performance", params=window | {"limit": 1, "cursor": first["next"]})
    )
    assert first["items"][0]["equipment"] < second["items"][0]["equipment"]
    odd = await house.manager.get("/api/v1/performance", params={"start": iso(day + 1), "end": iso(day + DAY_MS)})
    assert (odd.status_code, odd.json()["errors"][0]["field"]) == (422, "start")


async def test_what_to_replace_first_and_how_models_last(house: House):
    ranks = (await ok(await house.nurse.get("/api/v1/performance/replace-first")))["items"]
    assert [rank["equipment"] for rank in ranks] == [fridge(3)]
    everything = (await ok(await house.manager.get("/api/v1/performance/replace-first", params={"limit": 2})))["items"]
    assert len(everything) == 2
    assert everything[0]["points"] >= everything[1]["points"]
    models = (await ok(await house.manager.get("/api/v1/performance/models")))["items"]
    assert {(each["brand"], each["model"]) for each in models} == {("海容", "HYC-290")}
