"""Who is told, through the API: asked of any night, changed by who may, and addresses for whom they are meant."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from coldchain import clock
from coldchain.archive import people
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.facilities import persons, posts
from coldchain.archive.facilities.posts import NewPost, PostKind
from coldchain.archive.people import NewPerson, NewToken, Role
from dashboards.app import create_app
from tests.dashboards.conftest import World, client, made_world, running
from tests.dashboards.site import COUNTY, OTHER_COUNTY
from tests.parts.mosquitto import Mosquitto

HOUR = 3_600_000


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto) -> AsyncIterator[World]:
    """A keeper at F03, two people at the county's store F00, one in another county."""
    folder: Path = tmp_path_factory.mktemp("duty")
    async with made_world(folder, mosquitto) as made:
        async with open_archive(made.settings.archive) as archive:
            await settle(archive, made.site.tokens)
        yield made


async def settle(archive: Archive, tokens: dict[str, str]) -> None:
    by = By("test", clock.now() - HOUR)
    async with archive.writing() as tx:
        cast = (
            ("王芳", "F03", "keeper", 1),
            ("赵敏", "F00", "keeper", 2),
            ("钱远", "F00", "deputy", 3),
            ("孙立", "F30", "keeper", 4),
        )
        for name, facility, post, number in cast:
            new = NewPerson(name=name, facility=facility, post=post, phone=f"1540000000{number}")
            await people.put_persons(tx, [new], by)
            person = await persons.number_of(tx, facility, name)
            await posts.begin(tx, NewPost(person=person, facility=facility, post=PostKind(post), start=by.at), by)
        for user, role, where in (
            ("nurse", Role.CLINIC, {"facility": "F03"}), ("manager", Role.MANAGER, {"region": COUNTY}),
            ("neighbour", Role.MANAGER, {"region": OTHER_COUNTY}), ("inspector", Role.AUDITOR, {}),
            ("chief", Role.ADMINISTRATOR, {}),
        ):  # fmt: skip
            tokens[user] = (await people.create_token(tx, NewToken(label=user, role=role, **where), by)).secret


@pytest.fixture(scope="module")
async def served(own: World) -> AsyncIterator[FastAPI]:
    async with running(create_app(own.settings)) as app:
        yield app


@pytest.fixture
def ask(served: FastAPI, own: World) -> Any:
    async def call(
        name: str, method: str, path: str, expected: int = 200, tag: str | None = None, /, **said: Any
    ) -> Any:
        headers = {"If-Match": tag} if tag else {}
        headers |= {"If-None-Match": "*"} if tag == "" else {}
        body = None if method == "GET" else said
        caller = client(served, own.site.tokens[name])
        answer = await caller.request(method, f"/api/v1{path}", headers=headers, json=body)
        assert answer.status_code == expected, answer.text
        return answer.json()

    return call


def at(ms: int) -> str:
    return clock.iso(clock.now() + ms)


async def person(ask: Any, name: str, facility: str) -> int:
    found = (await ask("chief", "GET", f"/people?facility={facility}"))["items"]
    return next(int(each["id"]) for each in found if each["name"] == name)


async def test_who_would_be_told_at_ten_past_three_on_sunday(ask: Any):
    said = await ask("manager", "GET", "/alarms/who?equipment=E03&at=2027-11-21T03:10:00%2B08:00")
    assert [(each["after_min"], [one["name"] for one in each["people"]]) for each in said["levels"]] == [
        (0, ["王芳"]), (10, ["赵敏", "钱远"]),
    ]  # fmt: skip
    assert said["levels"][0]["people"][0]["channels"] == ["voice", "sms", "page"]
    assert "GSP annex 3" in said["policy"]["source"]
    assert said["policy"]["number"] is None


async def test_addresses_are_for_those_who_keep_that_person_s_books(ask: Any):
    def addresses(said: Any) -> list[Any]:
        return [one["ways"][0]["address"] for each in said["levels"] for one in each["people"]]

    path = "/alarms/who?equipment=E03"
    assert addresses(await ask("manager", "GET", path)) == ["+8615400000001", "+8615400000002", "+8615400000003"]
    assert addresses(await ask("nurse", "GET", path)) == ["+8615400000001", None, None]
    assert addresses(await ask("inspector", "GET", path)) == [None, None, None]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("equipment=E03&at=yesterday", 422), ("equipment=E03&severity=loud", 422), ("equipment=NONE", 404),
        ("facility=F30", 404), (f"region={OTHER_COUNTY}", 404), ("", 404), (f"region={COUNTY}", 200),
    ],
)  # fmt: skip
async def test_what_is_not_the_caller_s_or_cannot_be_is_refused(ask: Any, query: str, status: int):
    await ask("manager", "GET", f"/alarms/who?{query}", status)


async def test_a_gap_is_shown_to_whose_it_is(ask: Any):
    found = (await ask("nurse", "GET", "/duty/gaps"))["items"]
    assert {each["facility"] for each in found} == {"F03"}
    assert {"post_vacant", "no_desk"} <= {each["kind"] for each in found}
    assert len((await ask("inspector", "GET", "/duty/gaps"))["items"]) > len(found)


async def test_a_policy_is_entered_from_then_on_and_ended_by_who_saw_it(ask: Any):
    content = await ask("manager", "GET", "/duty/default")
    content |= {"title": "县级方案"}
    await ask("manager", "POST", "/duty/policies", 422, content=content, region=COUNTY, start=at(-HOUR))
    await ask("neighbour", "POST", "/duty/policies", 404, content=content, region=COUNTY)
    await ask("manager", "POST", "/duty/policies", 404, content=content)  # everywhere is not hers
    await ask("nurse", "POST", "/duty/policies", 403, content=content, facility="F03")
    made = await ask("manager", "POST", "/duty/policies", 201, content=content, region=COUNTY)
    assert (await ask("nurse", "GET", "/alarms/who?equipment=E03"))["policy"]["title"] == "县级方案"
    assert [each["id"] for each in (await ask("nurse", "GET", "/duty/policies"))["items"]] == [made["id"]]
    assert (await ask("neighbour", "GET", "/duty/policies"))["items"] == []
    end = f"/duty/policies/{made['id']}/end"
    await ask("manager", "POST", end, 428, at=at(HOUR))
    await ask("manager", "POST", end, 412, "0" * 16, at=at(HOUR))
    await ask("neighbour", "POST", end, 404, "*", at=at(HOUR))
    assert (await ask("manager", "POST", end, 200, made["tag"], at=at(HOUR)))["end"] is not None


async def test_a_policy_s_mistake_is_named_by_its_field(ask: Any):
    content = await ask("manager", "GET", "/duty/default") | {"people": 1}
    said = await ask("manager", "POST", "/duty/policies", 422, content=content, facility="F05")
    assert said["errors"][0]["field"] == "people"
    stranger = await person(ask, "孙立", "F30")
    content["people"], content["steps"][0]["members"] = 3, [f"person:{stranger}"]
    await ask("manager", "POST", "/duty/policies", 404, content=content, facility="F05")


async def test_a_policy_that_has_not_begun_is_taken_back(ask: Any):
    content = await ask("manager", "GET", "/duty/default")
    made = await ask("manager", "POST", "/duty/policies", 201, content=content, equipment="E05", start=at(HOUR))
    gone = await ask("manager", "POST", f"/duty/policies/{made['id']}/withdraw", 200, made["tag"])
    assert gone["withdrawn_at"] is not None


async def test_a_desk_with_turns_a_swap_and_an_end(ask: Any):
    keeper, deputy = await person(ask, "赵敏", "F00"), await person(ask, "钱远", "F00")
    desk = await ask("manager", "POST", "/duty/rotas", 201, name="县值班", region=COUNTY, is_desk=True)
    path = f"/duty/rotas/{desk['id']}"
    turns = [
        await ask(
            "manager", "POST", f"{path}/turns", 201, person=deputy, weekday=day, from_min=0, to_min=1440, start=at(0)
        )
        for day in range(7)
    ]
    first = f"/alarms/who?region={COUNTY}&at={at(HOUR).replace('+', '%2B')}"
    assert (await ask("manager", "GET", first))["levels"][0]["people"][0]["name"] == "钱远"
    swap = await ask(
        "manager", "POST", f"{path}/shifts", 201, person=keeper, instead_of=deputy, start=at(0), end=at(3 * HOUR)
    )
    assert (await ask("manager", "GET", first))["levels"][0]["people"][0]["name"] == "赵敏"
    await ask("manager", "POST", f"/duty/shifts/{swap['id']}/withdraw", 200, swap["tag"])
    await ask("manager", "POST", f"/duty/turns/{turns[0]['id']}/end", 200, turns[0]["tag"], at=at(HOUR))
    whole = await ask("manager", "GET", path)
    assert (len(whole["turns"]), len(whole["shifts"])) == (7, 1)
    await ask("neighbour", "GET", path, 404)
    await ask("manager", "PUT", path, 412, "0" * 16, name="县值班室", region=COUNTY)
    renamed = await ask("manager", "PUT", path, 200, desk["tag"], name="县值班室", region=COUNTY, is_desk=True)
    await ask("manager", "POST", f"{path}/withdraw", 200, renamed["tag"])
    await ask("manager", "POST", "/duty/turns/999/end", 404, "*", at=at(HOUR))
    await ask("manager", "POST", "/duty/shifts/999/withdraw", 404, "*")


async def test_an_absence_is_entered_by_the_clinic_itself(ask: Any):
    keeper = await person(ask, "王芳", "F03")
    away = await ask("nurse", "POST", "/absences", 201, person=keeper, start=at(0), end=at(48 * HOUR), why="病假")
    said = await ask("nurse", "GET", f"/alarms/who?equipment=E03&at={at(HOUR).replace('+', '%2B')}")
    assert "王芳 is away and nobody stands in" in said["levels"][0]["gaps"]
    assert [each["id"] for each in (await ask("nurse", "GET", "/absences"))["items"]] == [away["id"]]
    assert (await ask("neighbour", "GET", "/absences"))["items"] == []
    await ask("neighbour", "POST", f"/absences/{away['id']}/end", 404, "*", at=at(HOUR))
    await ask("nurse", "POST", f"/absences/{away['id']}/end", 200, away["tag"], at=at(HOUR))
    later = await ask("nurse", "POST", "/absences", 201, person=keeper, start=at(72 * HOUR), end=at(80 * HOUR))
    await ask("nurse", "POST", f"/absences/{later['id']}/withdraw", 200, later["tag"])


async def test_is_this_still_your_number(ask: Any):
    keeper = await person(ask, "王芳", "F03")
    assert keeper in [each["person"] for each in (await ask("nurse", "GET", "/duty/ways/due"))["items"]]
    word = {"kind": "mobile", "address": "154 0000 0001", "said": "confirmed"}
    await ask("neighbour", "POST", f"/people/{keeper}/ways/words", 404, **word)
    known = await ask("nurse", "POST", f"/people/{keeper}/ways/words", 201, **word)
    assert known["items"][0]["verified_at"] is not None
    assert keeper not in [each["person"] for each in (await ask("nurse", "GET", "/duty/ways/due"))["items"]]
    assert (await ask("inspector", "GET", f"/people/{keeper}/ways"))["items"][0]["address"] is None
    wrong = word | {"address": "13800138000"}
    assert (await ask("nurse", "POST", f"/people/{keeper}/ways/words", 422, **wrong))["errors"][0]["field"] == "address"


async def test_a_wish_is_made_once_and_changed_by_who_saw_it(ask: Any):
    path = f"/people/{await person(ask, '赵敏', 'F00')}/wish"
    await ask("manager", "GET", path, 404)
    await ask("manager", "PUT", path, 428, language="en")
    await ask("manager", "PUT", path, 200, "", language="en", channels=["sms"])
    await ask("manager", "PUT", path, 412, "", language="en")
    await ask("manager", "PUT", path, 412, "0" * 16, language="zh")
    await ask("manager", "PUT", path, 422, "*", language="de")
    assert (await ask("manager", "GET", path))["channels"] == ["sms"]
