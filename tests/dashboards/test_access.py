"""Every route × role × region, as a table: a route that the table does not know fails."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from dashboards.rights import ROUTES, Right
from tests.dashboards.bodies import BODIES
from tests.dashboards.conftest import Caller
from tests.dashboards.routes import ROLES, TABLE
from tests.dashboards.site import Site

ENDLESS = {"GET /events"}  # an answer without end: test_live hears it


def test_every_route_has_a_right_and_a_row_in_this_table(app: FastAPI) -> None:
    routes = {
        f"{method} {context.path}"
        for context in iter_route_contexts(app.routes)
        for method in (context.methods or ())
        if context.path != "/static"
    }
    assert routes == set(ROUTES) == set(TABLE)


@pytest.mark.parametrize("caller", ROLES)
@pytest.mark.parametrize("route", [route for route in TABLE if route not in ENDLESS])
async def test_a_role_in_a_region_gets_what_the_table_says(route: str, caller: str, call: Caller, site: Site) -> None:
    path, statuses = TABLE[route]
    answer = await ask(call(caller), route, path, site)
    assert answer.status_code == statuses[caller], answer.text


@pytest.mark.parametrize("route", TABLE)
async def test_nobody_gets_only_what_is_open(route: str, call: Caller, site: Site) -> None:
    path, statuses = TABLE[route]
    answer = await ask(call(), route, path, site)
    if ROUTES[route] is Right.OPEN:
        assert answer.status_code == statuses["administrator"]
    elif path.startswith("/api/"):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")


async def ask(caller: Any, route: str, path: str, site: Site) -> Any:
    method = route.split(maxsplit=1)[0]
    path = path.replace("ALARM", str(site.alarm))
    headers = {} if method == "GET" else {"If-Match": "*"}
    if route in BODIES:
        return await caller.request(method, path, json=BODIES[route], headers=headers)
    data = {"act": "seen"} if method == "POST" and "take" in path else None
    return await caller.request(method, path, data=data, headers=headers)


@pytest.mark.parametrize(
    ("caller", "equipment", "excursions", "alarms"),
    [
        ("clinic", {"E03"}, {"c3"}, 1),
        ("elsewhere", {"E30"}, set(), 0),
        ("auditor elsewhere", {"E30"}, set(), 0),
    ],
)
async def test_lists_hold_only_what_is_in_scope(
    caller: str, equipment: set[str], excursions: set[str], alarms: int, call: Caller
) -> None:
    got = {
        name: (await call(caller).get(f"/api/v1/{name}")).json()["items"]
        for name in ("equipment", "excursions", "alarms")
    }
    assert {item["code"] for item in got["equipment"]} == equipment
    assert {item["id"] for item in got["excursions"]} == excursions
    assert len(got["alarms"]) == alarms


async def test_asking_for_a_region_does_not_widen_a_scope(call: Caller) -> None:
    answer = await call("elsewhere").get("/api/v1/equipment", params={"region": "511902000000"})
    assert answer.json()["items"] == []


async def test_refused_messages_of_other_regions_are_not_seen(call: Caller) -> None:
    here = (await call("manager").get("/api/v1/refused")).json()["items"]
    there = (await call("auditor elsewhere").get("/api/v1/refused")).json()["items"]
    assert {row["gateway"] for row in here} == {"gw-3"}
    assert {row["gateway"] for row in there} == {"gw-30"}


async def test_a_page_shows_only_the_caller_s_facilities(call: Caller) -> None:
    page = (await call("clinic").get("/")).text
    assert "龙潭镇卫生院" in page
    assert "白鹤镇卫生院" not in page


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer", "Basic YTpi", "bearer "])
async def test_a_wrong_token_is_nobody(header: str, call: Caller) -> None:
    answer = await call(Authorization=header).get("/api/v1/equipment")
    assert answer.status_code == 401
