"""Is this still yours? Behind a link that somebody was sent, and as those see it who keep the books."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from coldchain import clock
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.duty import askable, questions, ways
from coldchain.archive.duty.questions import NewQuestion
from coldchain.archive.duty.words import WayKind
from dashboards.app import create_app
from tests.dashboards.conftest import World, client, made_world, running
from tests.dashboards.test_duty import settle
from tests.parts.mosquitto import Mosquitto

HOUR = 3_600_000
SECRETS = {"王芳": "secret-of-wang", "赵敏": "secret-of-zhao", "孙立": "secret-of-sun"}


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto) -> AsyncIterator[World]:
    """Three of the people of the duty tests were asked for their mobiles, by a message with a link."""
    folder: Path = tmp_path_factory.mktemp("numbers")
    async with made_world(folder, mosquitto) as made:
        async with open_archive(made.settings.archive) as archive:
            await settle(archive, made.site.tokens)
            await asked(archive)
        yield made


async def asked(archive: Archive) -> None:
    at = clock.now() - HOUR // 2
    for name, secret in SECRETS.items():
        async with archive.writing() as tx:
            number = next(each.id for each in (await askable.people(tx, at)).values() if each.name == name)
            mobile = next(each for each in (await ways.known(tx, [number]))[number] if each.kind is WayKind.MOBILE)
            new = NewQuestion(person=number, kind=mobile.kind, sent_to=mobile.address, channel="sms")
            question = await questions.ask(tx, new, at)
            assert question is not None
            await questions.leave(tx, question.id, questions.digest_of(secret), at, at / 1000)


@pytest.fixture(scope="module")
async def served(own: World) -> AsyncIterator[FastAPI]:
    async with running(create_app(own.settings)) as app:
        yield app


@pytest.fixture
async def phone(served: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(served, **{"Accept-Language": "zh"}) as browser:
        yield browser


async def standings(own: World, served: FastAPI, user: str, **asked: str) -> list[dict[str, object]]:
    async with client(served, Authorization=f"Bearer {own.site.tokens[user]}") as caller:
        answer = await caller.get("/api/v1/duty/ways", params=asked)
    assert answer.status_code == 200
    found: list[dict[str, object]] = answer.json()["items"]
    return found


async def test_looking_at_the_question_changes_nothing(own: World, served: FastAPI, phone: httpx2.AsyncClient):
    for _ in range(3):
        answer = await phone.get("/n/secret-of-sun")
        assert (answer.status_code, "孙立" in answer.text, "手机号" in answer.text) == (200, True, True)
        assert "5400" not in answer.text
        assert "noindex" in answer.headers["x-robots-tag"]
    [his] = [each for each in await standings(own, served, "neighbour") if each["name"] == "孙立"]
    assert (his["standing"], his["channel"]) == ("asked", "sms")


async def test_yes_counts_once_and_no_is_listed_as_wrong(own: World, served: FastAPI, phone: httpx2.AsyncClient):
    assert (await phone.post("/n/secret-of-wang", data={"said": "yes"})).status_code == 303
    assert (await phone.post("/n/secret-of-wang", data={"said": "no"})).status_code == 303
    page = (await phone.get("/n/secret-of-wang")).text
    assert "仍是您的" in page
    assert "王芳" not in page
    await phone.post("/n/secret-of-zhao", data={"said": "no"})
    found = {each["name"]: each["standing"] for each in await standings(own, served, "chief")}
    assert (found["王芳"], found["赵敏"], found["钱远"]) == ("confirmed", "wrong", "due")
    assert [each["name"] for each in await standings(own, served, "chief", standing="wrong")] == ["赵敏"]


@pytest.mark.parametrize("secret", ["guessed", "x" * 500, "%00"])
async def test_a_secret_that_nobody_was_sent_opens_nothing(phone: httpx2.AsyncClient, secret: str):
    assert (await phone.get(f"/n/{secret}")).status_code == 404
    assert (await phone.post(f"/n/{secret}", data={"said": "yes"})).status_code == 404


async def test_numbers_are_shown_to_those_who_keep_the_books_and_people_to_those_in_scope(own: World, served: FastAPI):
    assert {each["facility"] for each in await standings(own, served, "neighbour")} == {"F30"}
    assert {each["address"] for each in await standings(own, served, "inspector")} == {None}
    assert None not in {each["address"] for each in await standings(own, served, "manager")}


async def test_the_duty_page_names_what_is_not_confirmed(own: World, served: FastAPI):
    async with client(
        served, Authorization=f"Bearer {own.site.tokens['chief']}", **{"Accept-Language": "zh"}
    ) as caller:
        page = (await caller.get("/duty", params={"facility": "F00"})).text
    assert "本季度尚未核对的号码" in page
    assert "钱远" in page


async def test_a_list_goes_on_where_the_page_before_ended(own: World, served: FastAPI):
    everybody = await standings(own, served, "chief")
    async with client(served, Authorization=f"Bearer {own.site.tokens['chief']}") as caller:
        first = (await caller.get("/api/v1/duty/ways", params={"limit": "1"})).json()
        rest = (await caller.get("/api/v1/duty/ways", params={"cursor": first["next"]})).json()
    assert [*first["items"], *rest["items"]] == everybody
