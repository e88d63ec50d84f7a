"""A round over the API: planned by the county, driven, received by a clinic that sees only its own part."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from coldchain import clock
from coldchain.archive import equipment
from coldchain.archive.audit import By
from coldchain.archive.db import open_archive
from coldchain.archive.equipment import Equipment, EquipmentType, NewCompartment, Purpose
from coldchain.reading import Trace
from dashboards.app import create_app
from tests.dashboards.conftest import World, client, made_world, running
from tests.dashboards.site import COUNTY
from tests.parts.mosquitto import Mosquitto

MINUTE = 60_000
ANY = {"If-Match": "*"}
LOGGER, OTHER = "gw-v/log1/temperature", "gw-v/log2/temperature"


Opened = tuple[World, FastAPI]


@pytest.fixture(scope="module")
async def opened(parts_folder: Path, mosquitto: Mosquitto) -> AsyncIterator[Opened]:
    """One county with two vans for this file; each test drives one of them."""
    folder = parts_folder / "rounds"
    folder.mkdir()
    async with made_world(folder, mosquitto) as world, running(create_app(world.settings)) as app:
        await add_van(world, "V1")
        await add_van(world, "V2")
        yield world, app


async def add_van(world: World, code: str) -> None:
    by = By("test", clock.now())
    unit = Equipment(
        code=code, facility="F00", name_zh="冷藏车", name_en="van", short_zh="车", type=EquipmentType.VEHICLE
    )
    room = NewCompartment(
        equipment=code, name="cold", name_zh="车厢", name_en="hold", purpose=Purpose.VACCINE, profile="2-8"
    )
    async with open_archive(world.settings.archive) as archive, archive.writing() as tx:
        await equipment.put_equipment(tx, [unit], by)
        await equipment.put_compartments(tx, [room], by)


def a_round() -> dict[str, Any]:
    year = datetime.fromtimestamp(clock.now() / 1000, UTC).year
    return {
        "region": COUNTY, "year": year, "number": 1, "name": "第一轮", "first_day": f"{year}-01-01",
        "last_day": f"{year}-12-31", "lines": [{"facility": "F03", "planned_doses": 40}, {"facility": "F04", "planned_doses": 5}],
    }  # fmt: skip


async def sent(
    caller: httpx2.AsyncClient, path: str, body: dict[str, Any], status: int = 200, *, seen: str | None = None
) -> Any:
    answer = await caller.post(path, json=body, headers=None if seen is None else {"If-Match": seen})
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_supply_goes_from_the_plan_to_the_clinic_s_shelf(opened: Opened):
    world, app = opened
    manager, clinic = (client(app, world.site.tokens[name]) for name in ("manager", "clinic"))
    now = clock.now()

    def at(minutes: int) -> str:
        return str(now - minutes * MINUTE)

    planned = (await sent(manager, "/api/v1/rounds", a_round(), 201))["round"]["id"]
    run = {
        "kind": "supply", "origin": "F00", "stops": ["F03"], "carriers": ["V1/cold"], "started": at(60), "round": planned,
        "tool": "vaccine_vehicle", "cooling": "refrigerated_vehicle", "way": "delivered", "plate": "川Z1",
        "loggers": [{"channel": LOGGER, "carrier": "V1/cold"}],
    }  # fmt: skip
    assert (await clinic.post("/api/v1/runs", json=run)).status_code == 404  # it does not begin at the clinic
    number = (await sent(manager, "/api/v1/runs", run, 201))["run"]["id"]
    load = {"lot": "L1", "doses": 40, "source": "E00/cold", "carrier": "V1/cold", "time": at(58)}
    assert (await clinic.post(f"/api/v1/runs/{number}/load", json=load)).status_code == 404  # nor is that shelf its own
    await sent(manager, f"/api/v1/runs/{number}/load", load)
    read = {"carrier": "V1/cold", "vaccine_c": 4.4}
    run = await sent(manager, f"/api/v1/runs/{number}/readings", read | {"point": "departure", "time": at(50)})
    [before] = run["stops"]
    arrival = {"facility": "F03", "readings": [read], "distance_km": 31, "receiver": "王护士", "time": at(20)}
    there = await sent(clinic, f"/api/v1/runs/{number}/arrive", arrival, seen=before["tag"])
    [stop] = there["stops"]
    assert there["on_board"][0]["doses"] == 40
    times = [now - 50 * MINUTE + n * MINUTE for n in range(30)]
    await world.series.write([Trace(LOGGER, times, [*[5.0] * 29, 6.5], [0] * 30)])
    line = {"lot": "L1", "doses": 40, "carrier": "V1/cold", "target": "E03/cold"}
    reception = {"facility": "F03", "document": "CK-1", "papers_complete": True, "lines": [line], "time": at(15)}
    foreign = reception | {"lines": [line | {"target": "E04/cold"}]}
    assert (await clinic.post(f"/api/v1/runs/{number}/receive", json=foreign, headers=ANY)).status_code == 404
    await sent(clinic, f"/api/v1/runs/{number}/receive", reception, 428)
    await sent(clinic, f"/api/v1/runs/{number}/receive", reception, 412, seen=before["tag"])  # before it came
    decided = await sent(clinic, f"/api/v1/runs/{number}/receive", reception, seen=stop["tag"])
    assert (decided["state"], decided["run"]["on_board"], decided["run"]["stops"][0]["put_off"]) == (
        "accepted",
        [],
        40,
    )
    end = f"/api/v1/runs/{number}/complete"
    await sent(manager, end, {"time": at(5)}, 412, seen=there["tag"])  # before it was received
    ended = await sent(manager, end, {"time": at(5)}, seen=decided["run"]["tag"])
    assert (ended["findings"], ended["carriers"]) == ([], [{"place": "V1/cold", "is_measured": True}])
    seen = (await clinic.get(f"/api/v1/rounds/{planned}")).json()
    [mine] = seen["lines"]
    assert (mine["facility"], mine["drawn"], mine["delivered"]) == ("F03", 40, 40)
    held = await clinic.put(
        f"/api/v1/rounds/{planned}/lines/F03/sessions", json={"sessions_held": 2}, headers={"If-Match": mine["tag"]}
    )
    assert held.status_code == 200
    path = f"/api/v1/rounds/{planned}/lines/F03/close"
    assert (await clinic.post(path, headers={"If-Match": mine["tag"]})).status_code == 412
    closed = await clinic.post(path, headers={"If-Match": held.json()["tag"]})
    assert (closed.json()["missing"], bool(closed.json()["closed"])) == ([], True)
    whole = (await manager.get(f"/api/v1/rounds/{planned}")).json()
    assert (whole["complete"], whole["complete_pct"], whole["delivered"]) == (1, 50.0, 40)


async def test_what_a_logger_showed_on_the_way_refuses_at_the_door(opened: Opened):
    world, app = opened
    manager = client(app, world.site.tokens["manager"])
    now = clock.now()
    emergency = {
        "kind": "emergency", "origin": "F00", "stops": ["F03"], "carriers": ["V2/cold"], "tool": "vaccine_vehicle",
        "cooling": "refrigerated_vehicle", "way": "delivered", "plate": "川Z2", "order_no": "急〔2026〕1号",
        "started": str(now - 60 * MINUTE), "loggers": [{"channel": OTHER, "carrier": "V2/cold"}],
    }  # fmt: skip
    number = (await sent(manager, "/api/v1/runs", emergency, 201))["run"]["id"]
    load = {"lot": "L1", "doses": 40, "source": "E00/cold", "carrier": "V2/cold", "time": str(now - 58 * MINUTE)}
    await sent(manager, f"/api/v1/runs/{number}/load", load)
    read = {"carrier": "V2/cold", "vaccine_c": 4.4}
    await sent(
        manager, f"/api/v1/runs/{number}/readings", read | {"point": "departure", "time": str(now - 50 * MINUTE)}
    )
    arrival = {"facility": "F03", "readings": [read], "time": str(now - 20 * MINUTE)}
    await sent(manager, f"/api/v1/runs/{number}/arrive", arrival, seen="*")
    await world.series.write([Trace(OTHER, [now - 30 * MINUTE, now - 29 * MINUTE], [-1.2, 4.0], [0, 0])])
    line = {"lot": "L1", "doses": 40, "carrier": "V2/cold", "target": "E03/cold"}
    reception = {"facility": "F03", "document": "CK-2", "papers_complete": True, "lines": [line]}
    decided = await sent(manager, f"/api/v1/runs/{number}/receive", reception, seen="*")
    assert (decided["state"], decided["why"]) == ("refused", "-1.2 °C is outside of 2-8 for L1")
    assert decided["run"]["on_board"][0]["doses"] == 40
    listed = (await manager.get("/api/v1/runs", params={"going": True})).json()["items"]
    assert number in [each["id"] for each in listed]


async def test_a_stop_writes_for_itself_alone_and_nobody_takes_another_s_van(opened: Opened):
    world, app = opened
    manager, clinic = (client(app, world.site.tokens[name]) for name in ("manager", "clinic"))
    await add_van(world, "V3")
    begun = str(clock.now() - 60 * MINUTE)
    run = {
        "kind": "emergency", "origin": "F00", "stops": ["F03", "F04"], "carriers": ["V3/cold"], "order_no": "急〔2026〕2号",
        "tool": "vaccine_vehicle", "cooling": "refrigerated_vehicle", "way": "delivered", "plate": "川Z3", "started": begun,
    }  # fmt: skip
    taken = run | {"origin": "F03", "stops": ["F04"]}
    assert (await clinic.post("/api/v1/runs", json=taken)).status_code == 404  # the van is the county's
    unknown = await manager.post("/api/v1/runs", json=run | {"order_document": "0" * 64})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "document")
    number = (await sent(manager, "/api/v1/runs", run, 201))["run"]["id"]
    read = {"carrier": "V3/cold", "vaccine_c": 4.4}
    await sent(manager, f"/api/v1/runs/{number}/readings", read | {"point": "departure", "time": begun})
    arrival = {"facility": "F04", "readings": [read]}
    assert (await clinic.post(f"/api/v1/runs/{number}/arrive", json=arrival, headers=ANY)).status_code == 404
    there = await sent(manager, f"/api/v1/runs/{number}/arrive", arrival, seen="*")
    signed = await clinic.put(f"/api/v1/runs/{number}/stops/F04", json={"receiver": "王护士"}, headers=ANY)
    reading = f"/api/v1/runs/{number}/readings/{there['readings'][-1]['id']}"
    taken_back = await clinic.post(f"{reading}/withdraw", json={}, headers=ANY)
    assert (signed.status_code, taken_back.status_code) == (404, 404)


async def test_what_is_written_of_a_run_is_written_of_what_was_seen(opened: Opened):
    world, app = opened
    manager = client(app, world.site.tokens["manager"])
    await add_van(world, "V4")
    begun = clock.now() - 60 * MINUTE
    run = {
        "kind": "emergency", "origin": "F00", "stops": ["F04"], "carriers": ["V4/cold"], "order_no": "急〔2026〕3号",
        "tool": "vaccine_vehicle", "cooling": "refrigerated_vehicle", "way": "delivered", "plate": "川Z4", "started": str(begun),
    }  # fmt: skip
    first = await sent(manager, "/api/v1/runs", run, 201)
    path = f"/api/v1/runs/{first['run']['id']}"
    read = {"carrier": "V4/cold", "vaccine_c": 4.4}
    departed = await sent(manager, f"{path}/readings", read | {"point": "departure", "time": str(begun)})
    await sent(manager, f"{path}/cancel", {}, 412, seen=first["tag"])  # it was read since
    arrived = await sent(
        manager, f"{path}/arrive", {"facility": "F04", "readings": [read]}, seen=first["stops"][0]["tag"]
    )
    late = await manager.put(
        f"{path}/stops/F04", json={"distance_km": 3}, headers={"If-Match": first["stops"][0]["tag"]}
    )
    assert late.status_code == 412
    [stop] = arrived["stops"]
    signed = await manager.put(f"{path}/stops/F04", json={"distance_km": 3}, headers={"If-Match": stop["tag"]})
    assert signed.json()["stops"][0]["distance_km"] == 3
    there = arrived["readings"][-1]
    withdraw = f"{path}/readings/{there['id']}/withdraw"
    await sent(manager, withdraw, {}, 412, seen=departed["readings"][0]["tag"])
    await sent(manager, withdraw, {}, seen=there["tag"])
    await sent(manager, withdraw, {}, 412, seen=there["tag"])
    shown = await manager.get(path)
    assert shown.headers["etag"] == f'"{shown.json()["tag"]}"'
    going = (await manager.get("/api/v1/runs", params={"going": True})).json()["items"]
    assert shown.json()["run"] in going


async def test_an_order_is_filed_once_by_who_saw_that_it_was_missing(opened: Opened):
    world, app = opened
    manager = client(app, world.site.tokens["manager"])
    await add_van(world, "V5")
    run = {
        "kind": "emergency", "origin": "F00", "stops": ["F04"], "carriers": ["V5/cold"], "order_no": "急〔2026〕4号",
        "tool": "vaccine_vehicle", "cooling": "refrigerated_vehicle", "way": "delivered", "plate": "川Z5",
    }  # fmt: skip
    begun = await sent(manager, "/api/v1/runs", run, 201)
    pdf = {"Content-Type": "application/pdf"}
    paper = await manager.post("/api/v1/documents?facility=F00", content=b"%PDF-1.4 order", headers=pdf)
    path, order = f"/api/v1/runs/{begun['run']['id']}/order", {"document": paper.json()["sha256"]}
    assert (await manager.put(path, json=order)).status_code == 428
    seen = {"If-Match": begun["run"]["tag"]}
    filed = await manager.put(path, json=order, headers=seen)
    assert (filed.status_code, filed.json()["order_document"]) == (200, order["document"])
    assert (await manager.put(path, json=order, headers=seen)).status_code == 412


async def test_a_facility_has_one_line_in_a_round(opened: Opened):
    world, app = opened
    twice = a_round() | {"number": 9, "lines": [{"facility": "F03", "planned_doses": n} for n in (1, 7)]}
    refused = await client(app, world.site.tokens["manager"]).post("/api/v1/rounds", json=twice)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "lines")
