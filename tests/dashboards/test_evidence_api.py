"""What an auditor asks the API about chains and roots."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from httpx2 import AsyncClient, Response

from coldchain.archive import people
from coldchain.archive.audit import By
from coldchain.archive.db import open_archive
from coldchain.archive.evidence import retention, roots
from coldchain.archive.people import NewToken, Role, User
from dashboards.app import create_app
from tests.dashboards.conftest import Caller, World, client, running
from tests.dashboards.site import channel


async def test_the_chains_are_listed_with_their_heads(call: Caller) -> None:
    items = (await call("auditor").get("/api/v1/audit/streams")).json()["items"]
    assert items[0]["stream"] == "county"
    assert all(len(item["head"]) == 64 and item["links"] > 0 for item in items)
    assert any(item["stream"].startswith("shard-") for item in items)


async def test_a_revision_is_seen_by_whoever_sees_its_equipment(call: Caller) -> None:
    path = "/api/v1/audit?entity=excursion_revision"
    here = (await call("auditor").get(path)).json()["items"]
    there = (await call("auditor elsewhere").get(path)).json()["items"]
    assert {item["image"]["excursion"] for item in here} >= {"c2", "c3"}
    assert not {item["image"]["excursion"] for item in there} & {"c2", "c3"}


async def test_roots_are_listed_the_newest_first_in_pages(
    own_world: Callable[[], AbstractAsyncContextManager[World]],
) -> None:
    async with own_world() as world, open_archive(world.settings.archive) as archive:
        async with archive.writing() as tx:
            taken = [await roots.take(tx, world.site.now + n) for n in range(3)]
        async with running(create_app(world.settings)) as app, client(app, world.site.tokens["auditor"]) as auditor:
            newest = (await auditor.get("/api/v1/audit/root")).json()
            assert (newest["n"], newest["hash"], newest["previous"]) == (3, taken[2].hash, taken[1].hash)
            assert roots.hash_of({**newest, "at": newest["at_ms"]}) == taken[2].hash
            first = (await auditor.get("/api/v1/audit/roots?limit=2")).json()
            second = (await auditor.get(f"/api/v1/audit/roots?limit=2&cursor={first['next']}")).json()
            assert [item["n"] for item in first["items"] + second["items"]] == [3, 2, 1]


PASSWORD = "a refrigerator stands in a clinic"


async def _sign(call: AsyncClient, days: tuple[int, int], **said: str) -> Response:
    body = {
        "channels": [channel(3)], "start": str(days[0]), "end": str(days[1]), "reason": "the term is over",
        "password": PASSWORD, "second": "second", "second_password": PASSWORD,
    }  # fmt: skip
    return await call.post("/api/v1/retention/acts", json=body | said)


async def test_the_terms_are_told_with_their_sources(call: Caller) -> None:
    said = (await call("auditor").get("/api/v1/retention")).json()
    assert (said["deletes_by_itself"], said["term"], said["acts"]) == (False, "china-vaccine-law", [])
    assert all(term["source"] and term["certainty"] for term in said["terms"])


async def test_a_program_signs_no_deletion(call: Caller) -> None:
    answer = await _sign(call("administrator"), (0, 86_400_000))
    assert (answer.status_code, "a person signs" in answer.json()["detail"]) == (403, True)


async def test_two_people_sign_an_act_that_the_collectors_machine_carries_out(
    own_world: Callable[[], AbstractAsyncContextManager[World]],
) -> None:
    async with own_world() as world, open_archive(world.settings.archive) as archive:
        by, hashed = By("a", 1), await people.hash_password(PASSWORD)
        async with archive.writing() as tx:
            for name in ("first", "second"):
                await people.create_user(tx, User(name=name, display=name, role=Role.ADMINISTRATOR), hashed, by)
            token = await people.create_token(tx, NewToken(label="t", role=Role.ADMINISTRATOR, user="first"), by)
        async with running(create_app(world.settings)) as app, client(app, token.secret) as first:
            days = (0, 86_400_000)  # long before anything
            assert (await _sign(first, days, second_password="wrong")).status_code == 422
            act = (await _sign(first, days)).json()
            assert (act["signed_by"], act["second"], act["carried_out"]) == ("first", "second", None)
            assert f"coldchain retention carry-out --act {act['id']}" in act["still"]
            assert (await first.get("/api/v1/retention")).json()["acts"][0]["id"] == act["id"]
            again = await first.post(f"/api/v1/retention/acts/{act['id']}/carry-out")
            assert "was opened for reading" in again.json()["detail"]
        done = await retention.carry_out(archive, world.series, act["id"], By("a", world.site.now))
        assert done.done_at == world.site.now
