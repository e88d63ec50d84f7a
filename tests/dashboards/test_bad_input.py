"""Whatever is wrong is refused by name with a cure, as problem details, and good questions beside it are answered."""

import pytest

from coldchain import clock
from tests.dashboards.conftest import Caller
from tests.dashboards.site import Site, channel

READINGS = f"/api/v1/readings?channel={channel(1)}"

WRONG = [
    ("/api/v1/readings", "channel", "send it"),
    ("/api/v1/readings?channel=gw-1", "channel", "gateway/device/quantity"),
    ("/api/v1/readings?channel=gw-1/28ff01/heat", "quantity", "temperature"),
    (f"{READINGS}&start=yesterday", "start", "2026"),
    (f"{READINGS}&start=2026-07-03T16:00:00", "start", "+08:00"),
    (f"{READINGS}&start=-5", "start", "this era"),
    (f"{READINGS}&end=99999999999999999", "end", "this era"),
    (f"{READINGS}&start=2026-07-03T16:00:00Z&end=2026-07-03T15:00:00Z", "end", "later"),
    (f"{READINGS}&start=4102444800000", "start", "earlier"),
    (f"{READINGS}&points=0", "points", None),
    (f"{READINGS}&points=many", "points", "int"),
    ("/api/v1/equipment?limit=100000", "limit", "1000"),
    ("/api/v1/equipment?cursor=rubbish", "cursor", "next"),
    ("/api/v1/equipment?cursor=WzEyM10", "cursor", "next"),
    ("/api/v1/equipment?region=999", "region", "12-digit"),
    ("/api/v1/excursions?state=bad", "state", "open"),
    ("/api/v1/excursions?cursor=WzFlNDAwLCAiYSJd", "cursor", "next"),
    ("/api/v1/alarms?state=loud", "state", "ringing"),
    ("/api/v1/alarms/one/notices", "alarm", "int"),
    ("/api/v1/alarms/99999999999/notices", "alarm", None),
    ("/api/v1/audit?cursor=WyJhIl0", "cursor", "next"),
    ("/equipment/E03?range=1y", None, None),
]


@pytest.mark.parametrize(("path", "field", "cure"), WRONG)
async def test_a_wrong_field_is_named_with_its_cure(
    path: str, field: str | None, cure: str | None, call: Caller
) -> None:
    answer = await call("administrator").get(path)
    assert answer.status_code == 422, answer.text
    if field is None:  # a page
        assert answer.headers["content-type"].startswith("text/html")
        return
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail", "errors"} == set(problem)
    assert problem["status"] == 422
    assert problem["errors"][0]["field"] == field
    assert cure is None or cure in problem["errors"][0]["cure"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "act"),
        ({"act": "ignore"}, "act"),
        ({"act": "going", "eta_min": -1}, "eta_min"),
        ({"act": "going", "eta_min": "soon"}, "eta_min"),
        ({"act": "seen", "note": "x" * 501}, "note"),
        ({"act": "seen", "who": "me"}, "who"),
    ],
)
async def test_a_wrong_answer_to_an_alarm_is_refused(
    body: dict[str, object], field: str, call: Caller, site: Site
) -> None:
    answer = await call("manager").post(f"/api/v1/alarms/{site.alarm}/take", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_a_body_that_is_no_json_is_refused(call: Caller, site: Site) -> None:
    answer = await call("manager").post(
        f"/api/v1/alarms/{site.alarm}/take", content=b'{"act": ', headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["title"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nothing",
        "/api/v1/readings?channel=gw-99/x/temperature",
        "/api/v1/lots/unknown/exposure",
        "/api/v1/alarms/4711/notices",
    ],
)
async def test_what_is_not_there_is_a_problem_too(path: str, call: Caller) -> None:
    answer = await call("administrator").get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404


async def test_a_method_that_a_route_does_not_know_is_a_problem(call: Caller) -> None:
    answer = await call("administrator").delete("/api/v1/equipment")
    assert answer.status_code == 405
    assert answer.json()["title"] == "Method Not Allowed"


async def test_an_alarm_that_is_over_cannot_be_taken(call: Caller, site: Site) -> None:
    answer = await call("manager").post("/api/v1/alarms/4711/take", json={"act": "seen"})
    assert answer.status_code == 404


@pytest.mark.parametrize("number", ["0", "-1", str(2**31), str(2**80)])
async def test_a_number_that_no_alarm_can_have_is_refused_by_the_page_too(number: str, call: Caller) -> None:
    answer = await call("manager").post(f"/alarms/{number}/take", data={"act": "seen"})
    assert answer.status_code == 422


async def test_good_questions_are_answered_beside_bad_ones(call: Caller) -> None:
    caller = call("administrator")
    assert (await caller.get(READINGS + "&points=no")).status_code == 422
    assert (await caller.get(READINGS + f"&end={clock.now()}")).status_code == 200


async def test_an_error_page_is_a_page_in_the_reader_s_language(call: Caller) -> None:
    answer = await call("manager").get("/equipment/E30", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert '<html lang="en"' in answer.text
