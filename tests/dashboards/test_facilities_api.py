"""Facilities, people, hand-overs and the yearly collection through the API, in a county of their own."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from coldchain import clock
from coldchain.archive import people
from coldchain.archive.audit import By
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.facilities import days
from coldchain.archive.people import NewPerson, NewToken, Role
from dashboards.app import create_app
from tests.dashboards.conftest import World, client, made_world, running
from tests.dashboards.site import COUNTY, OTHER_COUNTY
from tests.parts.mosquitto import Mosquitto

MOBILE, SHOWN = "13900139000", "139 0013 9000"


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto) -> AsyncIterator[World]:
    """This module changes its county as it goes: two people at F03, one at F30, tokens that are persons'."""
    folder: Path = tmp_path_factory.mktemp("facilities")
    async with made_world(folder, mosquitto) as made:
        async with open_archive(made.settings.archive) as archive:
            await settle(archive, made.site.tokens)
        yield made


async def settle(archive: Archive, tokens: dict[str, str]) -> None:
    by = By("test", clock.now())
    async with archive.writing() as tx:
        for name, facility in (("王芳", "F03"), ("赵敏", "F03"), ("钱远", "F30")):
            await people.put_persons(tx, [NewPerson(name=name, facility=facility, post="nurse", phone=MOBILE)], by)
        for user, role, where in (
            ("nurse", Role.CLINIC, {"facility": "F03"}), ("manager", Role.MANAGER, {"region": COUNTY})
        ):  # fmt: skip
            new = NewToken(label=user, role=role, user=user, **where)
            tokens[user] = (await people.create_token(tx, new, by)).secret
        everywhere = NewToken(label="inspector", role=Role.AUDITOR)
        tokens["inspector"] = (await people.create_token(tx, everywhere, by)).secret


@pytest.fixture(scope="module")
async def served(own: World) -> AsyncIterator[FastAPI]:
    async with running(create_app(own.settings)) as app:
        yield app


class Desk:
    """Somebody who calls the API: `await desk("nurse").get("/facilities/F03")`."""

    def __init__(self, app: FastAPI, token: str) -> None:
        self.client = client(app, token)

    async def get(self, path: str) -> Any:
        return await self.client.get(f"/api/v1{path}")

    async def send(self, method: str, path: str, tag: str | None = None, **said: Any) -> Any:
        headers = {"If-Match": tag} if tag else {}
        return await self.client.request(method, f"/api/v1{path}", json=said.get("items", said), headers=headers)


@pytest.fixture
def desk(served: FastAPI, own: World) -> Any:
    return lambda name: Desk(served, own.site.tokens[name])


async def person(desk: Any, name: str, facility: str = "F03") -> int:
    found = (await desk("manager").get(f"/people?facility={facility}")).json()["items"]
    return next(int(each["id"]) for each in found if each["name"] == name)


def at(ms_ago: int) -> str:
    return clock.iso(clock.now() - ms_ago)


async def test_a_card_is_changed_by_who_saw_it_as_it_is(desk: Any):
    seen = await desk("nurse").get("/facilities/F03")
    tag = seen.headers["etag"]
    assert (await desk("nurse").send("PUT", "/facilities/F03", staff=6)).status_code == 428
    done = await desk("nurse").send("PUT", "/facilities/F03", tag, staff=6, telephone="0827-5551234")
    assert (done.status_code, done.json()["telephone"]) == (200, "+868275551234")
    assert done.headers["etag"] != tag
    late = await desk("nurse").send("PUT", "/facilities/F03", tag, staff=7)
    assert (late.status_code, (await desk("nurse").get("/facilities/F03")).json()["staff"]) == (412, 6)


async def test_a_unit_does_not_say_what_the_county_says_of_it(desk: Any):
    refused = await desk("nurse").send(
        "PUT", "/facilities/F03", "*", kind="hospital", unit_code="511902103001", staff=6
    )
    assert (refused.status_code, refused.json()["detail"]) == (
        403,
        "the county says kind, unit_code: ask it to change that",
    )
    done = await desk("manager").send("PUT", "/facilities/F03", "*", unit_code="511902103001")
    assert done.json()["unit_code"] == "511902103001"
    away = await desk("manager").send("PUT", "/facilities/F03", "*", region=OTHER_COUNTY)
    assert away.status_code == 404


async def test_a_page_of_facilities_ends_where_the_next_begins(desk: Any):
    first = (await desk("manager").get("/facilities?limit=2")).json()
    rest = (await desk("manager").get(f"/facilities?cursor={first['next']}")).json()
    assert [each["code"] for each in first["items"]] == ["F00", "F01"]
    assert rest["items"][0]["code"] == "F02"
    assert "F30" not in {each["code"] for each in rest["items"]}


async def test_a_facility_that_holds_lots_is_not_closed(desk: Any):
    said = {"status": "closed", "at": at(0), "reason": "撤并"}
    refused = await desk("manager").send("POST", "/facilities/F03/status", "*", **said)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "status")
    done = await desk("manager").send("POST", "/facilities/F03/status", "*", **said | {"status": "suspended"})
    assert done.json()["before"] == "active"
    assert len((await desk("nurse").get("/facilities/F03/statuses")).json()["items"]) == 1


async def test_a_holiday_of_a_facility_is_no_working_day(desk: Any):
    entered = await desk("manager").send(
        "POST", "/calendar-days", day="2026-10-01", kind="holiday", name="国庆", source="通知", facility="F03"
    )
    assert entered.status_code == 201
    asked = "/facilities/F03/working-days?first=2026-10-01&last=2026-10-02"
    assert (await desk("nurse").get(asked)).json()["days"] == ["2026-10-02"]
    above = await desk("manager").send(
        "POST", "/calendar-days", day="2026-10-02", kind="holiday", name="x", source="x", region="511900000000"
    )
    assert above.status_code == 404
    days_of = "/calendar-days?first=2026-10-01&last=2026-10-01"
    [listed] = [each for each in (await desk("nurse").get(days_of)).json()["items"] if each["facility"] == "F03"]
    assert listed == entered.json()
    withdraw = f"/calendar-days/{entered.json()['id']}/withdraw"
    statuses = [(await desk("manager").send("POST", withdraw, *seen)).status_code for seen in ((), ('"0123"',))]
    assert statuses == [428, 412]
    await desk("manager").send("POST", withdraw, listed["tag"])
    assert len((await desk("nurse").get(asked)).json()["days"]) == 2


async def test_a_week_is_set_beside_the_hours_that_were_seen(desk: Any):
    path = "/facilities/F03/session-hours"
    first = (await desk("manager").get(path)).headers["etag"]
    week = {"since": at(7_200_000), "hours": [{"weekday": 1, "start": "08:00", "end": "11:00"}]}
    assert (await desk("manager").send("PUT", path, **week)).status_code == 428
    done = await desk("manager").send("PUT", path, first, **week)
    assert (await desk("manager").send("PUT", path, first, **week)).status_code == 412
    [hours] = done.json()["items"]
    shown = await desk("nurse").get(path)
    assert (hours in shown.json()["items"], shown.headers["etag"]) == (True, done.headers["etag"])
    withdraw = f"{path}/{hours['id']}/withdraw"
    assert (await desk("manager").send("POST", withdraw, '"0123"')).status_code == 412
    assert (await desk("manager").send("POST", withdraw, hours["tag"])).status_code == 200


async def test_numbers_are_told_to_who_keeps_the_books_and_not_to_an_auditor(desk: Any):
    here, audited = [(await desk(name).get("/people")).json()["items"][0] for name in ("nurse", "auditor")]
    assert here["phones"] == [{"kind": "mobile", "number": SHOWN}]
    assert audited["name"] == "王芳"
    assert [audited[field] for field in ("phones", "email", "wechat", "wecom", "user")] == [None] * 5
    elsewhere = (await desk("elsewhere").get("/people")).json()["items"]
    assert [each["name"] for each in elsewhere] == ["钱远"]


async def test_an_auditor_finds_no_number_in_the_trail_either(desk: Any):
    for entity in ("person", "phone"):
        entries = await desk("auditor").get(f"/audit?entity={entity}")
        assert entries.status_code == 200
        assert MOBILE not in entries.text
    images = [each["image"] for each in (await desk("inspector").get("/audit?entity=phone")).json()["items"]]
    assert {image["phone_number"] for image in images} == {"…"}  # no fingerprint either: all numbers can be tried
    kept = (await desk("manager").get("/audit?entity=person")).json()["items"][0]["image"]
    assert kept["phone"]


async def test_somebody_of_another_county_is_not_there(desk: Any):
    number = await own_number(desk)
    for method, path in (
        ("GET", f"/people/{number}"), ("PUT", f"/people/{number}"), ("PUT", f"/people/{number}/phones"),
    ):  # fmt: skip
        form = {"name": "x", "facility": "F30", "post": "x"}
        said: dict[str, Any] = {"items": []} if path.endswith("phones") else form
        answer = await desk("manager").send(method, path, "*", **said)
        assert answer.status_code == 404, path
    posted = await desk("manager").send("POST", "/posts", person=number, facility="F03", post="duty", start=at(0))
    assert posted.status_code == 404


async def own_number(desk: Any) -> int:
    found = (await desk("elsewhere").get("/people")).json()["items"]
    return int(found[0]["id"])


async def test_a_nurse_writes_numbers_and_the_county_says_whose_a_login_is(desk: Any):
    number = await person(desk, "赵敏")
    form = {"name": "赵敏", "facility": "F03", "post": "nurse"}
    done = await desk("nurse").send(
        "PUT", f"/people/{number}/phones", "*", items=[{"kind": "ward_night", "number": "0827-5551234"}]
    )
    assert done.json()["phones"] == [{"kind": "ward_night", "number": "0827-5551234"}]
    assert done.headers["etag"] == (await desk("nurse").get(f"/people/{number}")).headers["etag"]
    refused = await desk("nurse").send("PUT", f"/people/{number}", "*", **form, user="nurse")
    assert refused.status_code == 403
    named = await desk("manager").send("PUT", f"/people/{number}", "*", **form, user="nurse", email="zhao@example.org")
    assert (named.json()["user"], named.json()["email"]) == ("nurse", "zhao@example.org")


async def test_posts_are_begun_ended_and_taken_back_by_the_county(desk: Any):
    number = await person(desk, "王芳")
    said = {"person": number, "facility": "F03", "post": "vaccinator", "start": at(7_200_000)}
    begun = await desk("manager").send("POST", "/posts", **said)
    twice = await desk("manager").send("POST", "/posts", **said)
    assert (begun.status_code, twice.status_code) == (201, 422)
    path, tag = f"/posts/{begun.json()['id']}", begun.json()["tag"]
    ended = await desk("manager").send("POST", f"{path}/end", tag, at=at(3_600_000))
    assert ended.json()["end"] is not None
    assert (await desk("manager").send("POST", f"{path}/withdraw", tag)).status_code == 412
    held = (await desk("nurse").get("/posts?facility=F03")).json()["items"]
    assert ended.json() in held
    assert (await desk("manager").send("POST", f"{path}/withdraw", ended.json()["tag"])).status_code == 200
    held = (await desk("nurse").get("/posts?facility=F03")).json()["items"]
    assert begun.json()["id"] not in {each["id"] for each in held}


async def test_a_hand_over_is_signed_by_a_person_in_scope(desk: Any):
    leaver, taker = await person(desk, "王芳"), await person(desk, "赵敏")
    keeper = {"person": leaver, "facility": "F03", "post": "keeper", "start": at(7_200_000)}
    assert (await desk("manager").send("POST", "/posts", **keeper)).status_code == 201
    act = {"leaver": leaver, "taker": taker, "at": at(3_600_000), "note": "钥匙"}
    assert (await desk("clinic").send("POST", "/facilities/F03/hand-overs", **act)).status_code == 403
    assert (await desk("elsewhere").send("POST", "/facilities/F03/hand-overs", **act)).status_code == 404
    form = {"name": "赵敏", "facility": "F03", "post": "nurse"}
    assert (await desk("manager").send("PUT", f"/people/{taker}", "*", **form, user=None)).status_code == 200
    third = await desk("nurse").send("POST", "/facilities/F03/hand-overs", **act)
    assert (third.status_code, third.json()["detail"][:41]) == (422, "user: nurse is neither 王芳 nor 赵敏; let one")
    assert (await desk("manager").send("PUT", f"/people/{taker}", "*", **form, user="nurse")).status_code == 200
    closing = await desk("nurse").send("POST", "/facilities/F03/hand-overs", **act, has_left=True)
    assert (closing.status_code, "has_left: " in closing.json()["detail"]) == (422, True)
    done = await desk("nurse").send("POST", "/facilities/F03/hand-overs", **act)
    assert (done.status_code, done.json()["signed_by"], done.json()["posts"]) == (201, "nurse", ["keeper"])
    path = f"/facilities/F03/hand-overs/{done.json()['id']}/countersign"
    tag = done.json()["tag"]
    assert (await desk("nurse").send("POST", path, tag)).status_code == 422
    assert (await desk("manager").send("POST", path)).status_code == 428
    kinds = {each["kind"] for each in (await desk("nurse").get("/checks/facilities")).json()["items"]}
    done = await desk("manager").send("POST", path, tag)
    assert (await desk("manager").send("POST", path, tag)).status_code == 412
    assert (done.json()["countersigned_by"], "signed_by_one" in kinds) == ("manager", True)
    assert {"lot", "doses"} <= done.json()["matters"]["holds"][0].keys()
    [kept] = (await desk("auditor").get("/facilities/F03/hand-overs")).json()["items"]
    assert kept == done.json()


async def test_training_is_entered_by_the_county_and_lacking_told_to_the_unit(desk: Any):
    taker = await person(desk, "赵敏")
    said = {"topic": "temperature", "title": "温度监测", "level": "county", "hours": 3.5, "held_by": "县疾控"}
    held = await desk("manager").send("POST", "/courses", **said, held_on=days.day_of(clock.now()), region=COUNTY)
    assert held.status_code == 201
    course = f"/courses/{held.json()['id']}"
    assert (
        await desk("manager").send("POST", f"{course}/attendances", person=taker, has_passed=True)
    ).status_code == 201
    [learned] = (await desk("nurse").get("/trainings")).json()["items"]
    assert (learned["person"], learned["topic"]) == (taker, "temperature")
    lacking = (await desk("nurse").get("/trainings/lacking")).json()["items"]
    assert {each["topic"] for each in lacking if each["person"] == taker} == {"cold_chain"}
    paged = (await desk("nurse").get("/trainings/lacking?limit=1")).json()
    assert paged["items"] == lacking[:1]
    rest = await desk("nurse").get(f"/trainings/lacking?cursor={paged['next']}") if paged["next"] else None
    assert (rest.json()["items"] if rest else []) == lacking[1:]
    assert (await desk("elsewhere").get("/trainings")).json()["items"] == []


async def test_what_a_unit_s_archive_lacks_is_told_in_pages(desk: Any):
    first = (await desk("manager").get("/checks/facilities?limit=3")).json()
    rest = (await desk("manager").get(f"/checks/facilities?cursor={first['next']}")).json()
    assert len(first["items"]) == 3
    assert first["items"][-1] not in rest["items"]
    here = (await desk("nurse").get("/checks/facilities")).json()["items"]
    assert {each["facility"] for each in here} == {"F03"}


async def test_a_year_is_collected_from_opening_to_freezing(desk: Any):
    year = int(days.day_of(clock.now())[:4]) - 1
    opened = await desk("manager").send("POST", "/collections", year=year, region=COUNTY, due_on=f"{year + 1}-01-20")
    path = f"/collections/{opened.json()['id']}"
    parts = [each["facility"] for each in (await desk("manager").get(f"{path}/units")).json()["items"]]
    assert "F30" not in parts
    assert [each["facility"] for each in (await desk("nurse").get(f"{path}/units")).json()["items"]] == ["F03"]
    assert (await desk("elsewhere").get(path)).status_code == 404

    shown = await desk("nurse").get(f"{path}/units/F03")
    assert SHOWN not in shown.text
    assert MOBILE not in shown.text
    confirm = f"{path}/units/F03/confirm"
    assert (await desk("nurse").send("POST", f"{path}/units/F01/confirm", "*")).status_code == 404  # another's
    assert (await desk("clinic").send("POST", confirm, "*")).status_code == 403  # a program signs nothing
    assert (await desk("nurse").send("POST", confirm, '"0123"')).status_code == 412
    done = await desk("nurse").send("POST", confirm, shown.headers["etag"])
    assert done.json()["state"] == "confirmed"
    assert (await desk("nurse").send("POST", confirm, "*")).status_code == 422  # twice

    late = (await desk("manager").get(f"{path}/late")).json()["items"]
    assert len(late) == len(parts) - 1
    remind = f"{path}/units/{late[0]['facility']}/remind"
    assert (await desk("manager").send("POST", remind, how="phone", told="院长")).status_code == 201
    assert (await desk("manager").send("POST", f"{path}/units/F03/remind", how="phone", told="x")).status_code == 422
    again = (await desk("manager").get(f"{path}/late")).json()["items"]
    [reminder] = again[0]["reminders"]
    assert (reminder["how"], reminder["told"], reminder["by"], again[1]["reminders"]) == (
        "phone",
        "院长",
        "manager",
        [],
    )
    assert (await desk("manager").send("POST", f"{path}/consolidate")).status_code == 428
    stale = (await desk("manager").get(f"{path}/units")).headers["etag"]
    unit = (await desk("manager").get(f"{path}/units/F03")).headers["etag"]
    assert (await desk("manager").send("POST", f"{path}/units/F03/return", '"0123"', words="x")).status_code == 412
    assert (await desk("manager").send("POST", f"{path}/units/F03/return", unit, words="x")).status_code == 200
    await desk("nurse").send("POST", confirm, "*")  # confirmed again meanwhile
    assert (await desk("manager").send("POST", f"{path}/units/F03/consolidate", '"0123"')).status_code == 412
    assert (await desk("manager").send("POST", f"{path}/freeze", stale)).status_code in {412, 422}
    seen = (await desk("manager").get(f"{path}/units")).headers["etag"]
    assert (await desk("manager").send("POST", f"{path}/consolidate", seen)).json()["items"][0]["facility"] == "F03"
    assert (await desk("manager").send("POST", f"{path}/freeze", "*")).status_code == 422  # the others are missing
    tags = {each["facility"]: each["tag"] for each in (await desk("manager").get(f"{path}/units")).json()["items"]}
    for each in late:
        excuse = f"{path}/units/{each['facility']}/excuse"
        assert (await desk("manager").send("POST", excuse, tags[each["facility"]], words="首年")).status_code == 200
        assert (await desk("manager").send("POST", excuse, tags[each["facility"]], words="次年")).status_code == 412
    assert (await desk("manager").send("POST", f"{path}/freeze", seen)).status_code == 412
    now = (await desk("manager").get(f"{path}/units")).headers["etag"]
    frozen = await desk("manager").send("POST", f"{path}/freeze", now)
    assert len(frozen.json()["sha256"]) == 64
    assert list((await desk("manager").get(f"{path}/roll-up")).json()["units"]) == ["F03"]
    assert (await desk("manager").send("POST", f"{path}/units/F03/return", "*", words="x")).status_code == 422
