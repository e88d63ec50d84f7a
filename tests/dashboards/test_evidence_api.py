"""What an auditor asks the API about chains and roots."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from coldchain.archive.db import open_archive
from coldchain.archive.evidence import roots
from dashboards.app import create_app
from tests.dashboards.conftest import Caller, World, client, running


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
