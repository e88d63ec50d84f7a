"""A probe and its gateway move to another county: each place sees what was measured there, and nothing of the other's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from coldchain.archive import cases, equipment
from coldchain.archive.audit import By
from coldchain.archive.cases import NewObservation
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.equipment import NewAssignment
from coldchain.archive.refused import RefusedMessage, keep
from coldchain.excursion import Kind, Severity
from coldchain.wire import Refusal
from dashboards.app import create_app
from tests.dashboards.conftest import client, made_world, running
from tests.dashboards.site import HOUR, MINUTE, channel
from tests.parts.mosquitto import Mosquitto


@dataclass(frozen=True, slots=True)
class Moved:
    """The county after gateway 3 moved from F03 to F30 at `cut`; the callers of both, and one who sees all."""

    cut: int
    before: httpx2.AsyncClient
    after: httpx2.AsyncClient
    everywhere: httpx2.AsyncClient


async def move(archive: Archive, cut: int, now: int) -> None:
    """The probe, a message refused on either side, and a clock that was wrong before."""
    at = NewAssignment(channel=channel(3), equipment="E30", compartment="cold", start=cut)
    wrong = NewObservation(
        kind=Kind.CLOCK_WRONG, subject="gw-3", severity=Severity.NOTE, start=cut - 20 * MINUTE, seen_at=cut - 15 * MINUTE,
        end=cut - 10 * MINUTE, detail={"off_s": 600},
    )  # fmt: skip
    async with archive.writing() as tx:
        for quantity in ("door", "power"):
            await equipment.unassign(tx, channel(3, quantity), cut, By("test", now))
        await equipment.assign(tx, at, By("test", now))
        await cases.observe(tx, wrong)
    messages = [
        RefusedMessage("c", "gw-3", "topic", when, None, seq, Refusal.SHAPE, "", b"%d" % seq)
        for seq, when in ((101, cut - 1), (102, cut), (103, now))
    ]
    await keep(archive, messages)


@pytest.fixture(scope="module")
async def moved(parts_folder: Path, mosquitto: Mosquitto) -> AsyncIterator[Moved]:
    folder = parts_folder / "moved"
    folder.mkdir()
    async with made_world(folder, mosquitto) as world, open_archive(world.settings.archive) as archive:
        cut = world.site.now // MINUTE * MINUTE - 61 * MINUTE
        await move(archive, cut, world.site.now)
        async with running(create_app(world.settings)) as app:

            def caller(name: str) -> httpx2.AsyncClient:
                return client(app, world.site.tokens[name])

            yield Moved(cut, caller("manager"), caller("auditor elsewhere"), caller("administrator"))


async def get(caller: httpx2.AsyncClient, path: str, **query: object) -> Any:
    answer = await caller.get(f"/api/v1{path}", params={k: str(v) for k, v in query.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_each_place_reads_what_the_probe_measured_there(moved: Moved) -> None:
    asked = {"channel": channel(3), "start": moved.cut - 2 * HOUR}
    before, after = await get(moved.before, "/readings", **asked), await get(moved.after, "/readings", **asked)
    whole = await get(moved.everywhere, "/readings", **asked)
    assert before["t"][-1] == moved.cut - MINUTE
    assert after["t"][0] == moved.cut
    assert before["t"] + after["t"] == whole["t"]
    assert before["v"] + after["v"] == whole["v"]


async def test_a_bucket_across_the_move_is_made_of_each_place_s_own_readings(moved: Moved) -> None:
    asked = {"channel": channel(3), "start": moved.cut - HOUR, "end": moved.cut + HOUR}
    for caller in (moved.before, moved.after):
        raw = (await get(caller, "/readings", **asked))["v"]
        for points in (1, 2, 3, 7):
            envelope = await get(caller, "/readings", points=points, **asked)
            assert 1 <= len(envelope["t"]) <= points
            assert (min(envelope["min"]), max(envelope["max"])) == (min(raw), max(raw))


async def test_a_time_when_the_probe_was_another_s_is_empty_and_no_error(moved: Moved) -> None:
    asked = {"channel": channel(3), "start": moved.cut + MINUTE, "end": moved.cut + HOUR}
    assert (await get(moved.before, "/readings", **asked))["t"] == []
    assert (await get(moved.before, "/readings", points=5, **asked))["t"] == []


async def test_a_refused_message_is_seen_where_its_gateway_stood_when_it_came(moved: Moved) -> None:
    seen = {
        name: {row["seq"] for row in (await get(caller, "/refused"))["items"] if (row["seq"] or 0) > 100}
        for name, caller in (("before", moved.before), ("after", moved.after), ("everywhere", moved.everywhere))
    }
    page = (await moved.after.get("/refused")).text
    assert seen == {"before": {101}, "after": {102, 103}, "everywhere": {101, 102, 103}}
    assert "#102" in page
    assert "#101" not in page


async def test_what_was_seen_of_a_gateway_stays_with_the_place_where_it_was_seen(moved: Moved) -> None:
    before = (await moved.before.get("/equipment/E03", headers={"Accept-Language": "zh"})).text
    after = (await moved.after.get("/equipment/E30", headers={"Accept-Language": "zh"})).text
    assert "网关时钟不准" in before
    assert "网关时钟不准" not in after
