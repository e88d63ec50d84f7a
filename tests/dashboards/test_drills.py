"""Drills and figures through the API: asked for by whose place it is, read until they are over, and none of anybody else's."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from coldchain import clock
from coldchain.archive import alarms, cases, drills, people
from coldchain.archive.alarms import Arrow, NewAlarm
from coldchain.archive.audit import By
from coldchain.archive.cases import NewObservation
from coldchain.archive.db import open_archive
from coldchain.archive.drills import DrillState
from coldchain.archive.people import NewToken, Role
from coldchain.excursion import AlarmState, Kind, Severity
from dashboards.app import create_app
from tests.dashboards.conftest import World, client, made_world, running
from tests.dashboards.site import COUNTY, OTHER_COUNTY
from tests.parts.mosquitto import Mosquitto

HOUR = 3_600_000


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto) -> AsyncIterator[World]:
    folder: Path = tmp_path_factory.mktemp("drills")
    async with made_world(folder, mosquitto) as made:
        async with open_archive(made.settings.archive) as archive, archive.writing() as tx:
            for user, role, where in (
                ("nurse", Role.CLINIC, {"facility": "F03"}), ("manager", Role.MANAGER, {"region": COUNTY}),
                ("neighbour", Role.MANAGER, {"region": OTHER_COUNTY}),
            ):  # fmt: skip
                new = NewToken(label=user, role=role, **where)
                made.site.tokens[user] = (await people.create_token(tx, new, By("test", clock.now()))).secret
        yield made


@pytest.fixture(scope="module")
async def served(own: World) -> AsyncIterator[FastAPI]:
    async with running(create_app(own.settings)) as app:
        yield app


@pytest.fixture
def ask(served: FastAPI, own: World) -> Any:
    async def call(name: str, method: str, path: str, expected: int = 200, /, **said: Any) -> Any:
        body = None if method == "GET" else said
        answer = await client(served, own.site.tokens[name]).request(method, f"/api/v1{path}", json=body)
        assert answer.status_code == expected, answer.text
        return answer.json()

    return call


async def rung(own: World, number: int) -> int:
    """Alerting's part: the drill runs, and its alarm rings."""
    at = clock.now()
    async with open_archive(own.settings.archive) as archive, archive.writing() as tx:
        drill = await drills.drill(tx, number)
        assert drill is not None
        await drills.move(tx, drill, DrillState.RUNNING, at, begun_at=at, answer_by=at + HOUR, people=[1])
        new = NewObservation(
            kind=Kind.DRILL, subject=f"F05/{number}", severity=Severity.CRITICAL, start=at, seen_at=at,
            detail={"facility": "F05", "drill": number},
        )  # fmt: skip
        seen = await cases.observe(tx, new)
        await drills.attach(tx, number, seen.id, at)
        ringing = NewAlarm(
            observation=seen.id, facility="F05", kind=Kind.DRILL, severity=Severity.CRITICAL,
            state=AlarmState.RINGING, raised_at=at, is_drill=True,
        )  # fmt: skip
        return (await alarms.raise_alarm(tx, ringing, Arrow(AlarmState.RINGING, "raised", at))).id


async def test_a_drill_is_asked_for_by_whose_place_it_is_and_one_at_a_time(ask: Any):
    await ask("neighbour", "POST", "/drills", 404, facility="F03")
    await ask("nurse", "POST", "/drills", 403, facility="F03")
    await ask("manager", "POST", "/drills", 422)
    await ask("manager", "POST", "/drills", 404, facility="NONE")
    made = await ask("manager", "POST", "/drills", 201, facility="F03")
    assert (made["state"], made["verified"], made["notices"]) == ("asked", False, [])
    assert made["by"].startswith("token ")
    again = await ask("manager", "POST", "/drills", 422, facility="F03")
    assert "a drill goes on at F03" in str(again)
    assert (await ask("nurse", "GET", "/drills"))["items"][0] == made
    assert await ask("nurse", "GET", f"/drills/{made['id']}") == made
    await ask("neighbour", "GET", f"/drills/{made['id']}", 404)
    assert (await ask("neighbour", "GET", "/drills"))["items"] == []
    assert (await ask("manager", "GET", "/drills?facility=F04"))["items"] == []


async def test_a_drill_is_an_alarm_to_be_taken_and_nothing_else(ask: Any, own: World):
    """No excursion, no hold, no figure, no machine's day knows of it; the hand-over does not either."""
    paths = (
        "/excursions",
        "/excursions?equipment=E03",
        "/alarms/figures",
        "/performance",
        "/performance/replace-first",
    )
    before = [stripped(await ask("manager", "GET", path)) for path in paths]
    drill = await ask("manager", "POST", "/drills", 201, facility="F05")
    alarm = await rung(own, drill["id"])
    assert [stripped(await ask("manager", "GET", path)) for path in paths] == before
    shown = (await ask("manager", "GET", f"/drills/{drill['id']}"))["alarm"]
    assert (shown, (await ask("manager", "GET", "/alarms"))["items"][0]["kind"]) == (alarm, "drill")


def stripped(answer: Any) -> Any:
    """Without the moment at which it was asked."""
    return (
        {name: value for name, value in answer.items() if name not in {"start", "end"}}
        if isinstance(answer, dict)
        else answer
    )


async def test_figures_are_of_thirty_days_by_default_and_of_ones_own_places(ask: Any):
    found = await ask("manager", "GET", "/alarms/figures")
    mine, theirs = [
        {each["facility"] for each in (await ask(who, "GET", "/alarms/figures"))["loads"]}
        for who in ("nurse", "neighbour")
    ]
    assert mine == {"F03"}
    assert not mine & theirs
    assert {each["shift"] for each in found["responses"]} <= {"day", "night"}
    assert set(found["responses"][0]["taken"]["bands"]) == {"<=30", "30-60", "60-120", ">120", "never"}
    await ask("manager", "GET", "/alarms/figures?start=0&end=1", 200)
    await ask("manager", "GET", "/alarms/figures?start=0", 422)


async def test_figures_of_a_month_are_by_the_sites_clocks(ask: Any):
    found = await ask("manager", "GET", "/alarms/figures?month=2026-02")
    assert [found["start"], found["end"]] == [clock.iso(1_769_875_200_000), clock.iso(1_772_294_400_000)]
    await ask("manager", "GET", "/alarms/figures?month=2026-02&start=0", 422)
    await ask("manager", "GET", "/alarms/figures?month=2026-13", 422)


@pytest.mark.parametrize("path", ["/alarms/figures?month=2026-13", "/records/rates?month=2026-13"])
async def test_a_wrong_month_is_refused_in_the_language_that_is_asked_for(served: FastAPI, own: World, path: str):
    async with client(served, own.site.tokens["manager"]) as caller:
        en, zh = [
            (await caller.get(f"/api/v1{path}", headers={"Accept-Language": wish})).json() for wish in ("en", "zh-CN")
        ]
    assert (en["detail"], zh["detail"]) == (
        "month: '2026-13' is no month; write it as 2026-07",
        "“2026-13”不是月份，请写如 2026-07",
    )
    assert en["errors"] == zh["errors"]
