"""The record by hand over the API: the display first, ours after it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest
from fastapi import FastAPI

from coldchain import clock
from coldchain.archive import people
from coldchain.archive.audit import By
from coldchain.archive.db import open_archive
from coldchain.archive.people import NewToken, Role
from coldchain.reading import Trace
from dashboards.app import create_app
from tests.dashboards.conftest import World, client, made_world, running
from tests.dashboards.site import channel
from tests.parts.mosquitto import Mosquitto

ZONE = ZoneInfo("Asia/Shanghai")


def yesterday(hour: int, days: int = 1) -> int:
    """An hour of yesterday, ms UTC: whatever the hour is now, its halves are over."""
    day = datetime.fromtimestamp(clock.now() / 1000, ZONE) - timedelta(days=days)
    return int(day.replace(hour=hour, minute=0, second=0, microsecond=0).timestamp() * 1000)


Opened = tuple[World, FastAPI]


@pytest.fixture(scope="module")
async def opened(parts_folder: Path, mosquitto: Mosquitto) -> AsyncIterator[Opened]:
    """One county for this file; each test writes another half of another day."""
    folder = parts_folder / "records"
    folder.mkdir()
    async with made_world(folder, mosquitto) as world, running(create_app(world.settings)) as app:
        yield world, app


async def token_of(world: World, user: str, role: Role, facility: str | None) -> str:
    async with open_archive(world.settings.archive) as archive, archive.writing() as tx:
        new = NewToken(label=user, role=role, facility=facility, user=user)
        return (await people.create_token(tx, new, By("test", clock.now()))).secret


def said(**values: object) -> dict[str, object]:
    body = {
        "equipment": "E03", "compartment": "cold", "half": "am", "time": str(yesterday(8)), "value_c": 4.9,
        "late_reason": "网络中断", "ambient_c": 21.5,
    }  # fmt: skip
    return body | values


async def entered(nurse: httpx2.AsyncClient, **values: object) -> httpx2.Response:
    return await nurse.post("/api/v1/records", json=said(**values))


async def test_ours_is_shown_beside_the_display_only_when_that_stands(opened: Opened):
    world, app = opened
    await world.series.write([Trace(channel(3), [yesterday(8) - 60_000], [4.3], [0])])
    nurse = client(app, await token_of(world, "nurse", Role.CLINIC, "F03"))
    due = (await nurse.get("/api/v1/records/missing", params={"first": day_of(8), "facility": "F03"})).json()["items"]
    assert [4.3 in row.values() for row in due] == [False, False]
    made = await entered(nurse)
    assert made.status_code == 201, made.text
    answer = made.json()
    assert answer["record"]["value_c"] == 4.9
    assert [(each["value_c"], each["difference_c"]) for each in answer["ours"]] == [(4.3, 0.6)]
    listed = await nurse.get("/api/v1/records", params={"equipment": "E03"})
    [row] = [each for each in listed.json()["items"] if each["withdrawn"] is None]
    assert 4.3 not in row.values()
    assert (row["signed_by"], row["late_reason"], row["half"]) == ("nurse", "网络中断", "am")
    again = await nurse.get(f"/api/v1/records/{answer['record']['id']}")
    assert again.json() == answer
    month = await nurse.get("/api/v1/records/month", params={"equipment": "E03", "month": day_of(8)[:7]})
    cells = [cell for line in month.json()["lines"] for cell in line["cells"] if cell["record"]]
    assert [(cell["state"], cell["time"]) for cell in cells] == [("late", "08:00")]
    differences = (await nurse.get("/api/v1/records/differences", params={"equipment": "E03"})).json()["items"]
    assert [(each["median_c"], each["is_lasting"]) for each in differences[0]["probes"]] == [(0.6, False)]


async def test_an_entry_of_elsewhere_or_without_a_value_is_refused_and_a_wrong_one_withdrawn(opened: Opened):
    world, app = opened
    nurse = client(app, await token_of(world, "nurse", Role.CLINIC, "F03"))
    earlier = {"time": str(yesterday(8, 2))}
    for values, status, words in (
        ({"equipment": "E04"}, 404, "there is no equipment 'E04'"),
        ({"value_c": "4.5"}, 422, "value_c"),
        ({"value_c": None}, 422, "value_c"),
        ({"value_c": 85.0}, 422, "85 °C is no temperature"),
        ({"half": "pm"}, 422, "08:00 is not in the pm's hours"),
        ({"late_reason": None}, 422, "write why it is entered afterwards"),
    ):
        refused = await entered(nurse, **earlier | values)
        assert (refused.status_code, words in refused.text) == (status, True), refused.text
    missing_value = said()
    del missing_value["value_c"]
    assert (await nurse.post("/api/v1/records", json=missing_value)).status_code == 422
    number = (await entered(nurse, **earlier)).json()["record"]["id"]
    path, why = f"/api/v1/records/{number}/withdraw", {"reason": "看错了"}
    seen = {"If-Match": (await nurse.get(f"/api/v1/records/{number}")).headers["etag"]}
    assert (await nurse.post(path, json=why)).status_code == 428
    withdrawn = await nurse.post(path, json=why, headers=seen)
    assert withdrawn.json()["withdrawn_reason"] == "看错了"
    assert (await nurse.post(path, json=why, headers=seen)).status_code == 412
    [listed] = [each for each in (await nurse.get("/api/v1/records")).json()["items"] if each["id"] == number]
    assert listed == withdrawn.json()
    elsewhere = client(app, world.site.tokens["elsewhere"])
    assert (await elsewhere.get(f"/api/v1/records/{number}")).status_code == 404
    assert (await elsewhere.post(path, json=why, headers={"If-Match": "*"})).status_code == 404
    assert (await elsewhere.get("/api/v1/records")).json()["items"] == []


async def test_the_county_lists_what_is_missing_in_pages_and_sets_hours_of_its_own(opened: Opened):
    world, app = opened
    manager = client(app, world.site.tokens["manager"])
    query: dict[str, str | int] = {"first": day_of(8, 3), "limit": 20}
    first = (await manager.get("/api/v1/records/missing", params=query)).json()
    rest = (await manager.get("/api/v1/records/missing", params=query | {"cursor": first["next"]})).json()
    rows = [(row["facility"], row["compartment"], row["half"]) for row in first["items"] + rest["items"]]
    assert (len(first["items"]), len(rows), len(set(rows[:20]))) == (20, 36, 20)
    groups = (await manager.get("/api/v1/records/missing", params=query | {"group": "township"})).json()
    assert groups["next"] is None
    assert all(each["missing"] <= each["due"] and each["lacking"] <= each["facilities"] for each in groups["items"])
    assert sum(each["missing"] for each in groups["items"]) > 0
    only = (await manager.get("/api/v1/records/missing", params=query | {"facility": "F03"})).json()["items"]
    assert {row["facility"] for row in only} == {"F03"}
    rates = (await manager.get("/api/v1/records/rates", params={"month": day_of(8)[:7]})).json()["items"]
    assert {rate["kept_pct"] for rate in rates if rate["facility"] != "F03"} == {0.0}
    hours = {
        "region": "511902000000", "valid_from": "2026-01-01", "am": ["08:00", "10:00"], "pm": ["14:00", "17:00"],
        "apart_min": 360, "source": "县疾控通知",
    }  # fmt: skip
    assert (await manager.post("/api/v1/records/hours", json=hours)).status_code == 201
    elsewhere = await manager.post("/api/v1/records/hours", json=hours | {"region": "511903000000"})
    assert elsewhere.status_code == 404
    book = (await manager.get("/api/v1/records/hours")).json()["items"]
    assert [(each["id"], each["am"]) for each in book] == [(None, ["06:00", "11:00"]), (1, ["08:00", "10:00"])]


def day_of(hour: int, days: int = 1) -> str:
    return datetime.fromtimestamp(yesterday(hour, days) / 1000, ZONE).date().isoformat()
