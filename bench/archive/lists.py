"""How long a page of each list of the API takes: whichever lists the API describes, as four callers ask for them.

    the service, in this process ─► its own description ─► GET routes whose answer has `items`
                                                              │
    administrator, county, town, clinic ─► plain, the next page, each filter alone, on the clinic's and on the store's things

A list that is new is measured without a word here; one that wants a parameter of a new name says so.
"""

import gc
import logging
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import httpx2
from fastapi import FastAPI
from pydantic import SecretStr

from bench.archive.county import END, HOUR, County
from bench.archive.cpu import Cpu, Took, took_of
from coldchain import clock
from coldchain.archive import people
from coldchain.archive.audit import By
from coldchain.archive.db import open_archive
from coldchain.archive.people import NewToken, Role
from coldchain.settings import ArchiveSettings, SeriesSettings
from dashboards.app import create_app
from dashboards.settings import DashboardsSettings, WebSettings

NOON = END + 4 * HOUR  # of the site: the morning's records are due, and nobody wrote one
REPEATS = 3
SLOW_S = 1.0  # what takes longer is far enough from its aim to be asked only once more
WORDS = 4  # of an enumeration, so many are asked for
# What a parameter is asked for with, by name; a path's own word before it makes `code` and `number` plain.
WANTED: Mapping[str, str] = {
    "equipment/{code}": "E1", "facilities/{code}": "F1", "compartments/{name}": "cold", "lots/{lot}": "L19000",
    "alarms/{alarm}": "101", "people/{number}": "1", "collections/{number}": "5", "facility": "F1", "region": "R1",
    "equipment": "E12", "vaccine": "V3", "lot": "L19000", "doses": "60", "month": "2026-06", "first": "2026-06-01", "last": "2026-06-30",
}  # fmt: skip
FILTERS: Mapping[str, str] = {
    "channel": County.channel(12), "device": "gw-12/28ff01", "entity": "movement", "excursion": "c55", "form": "sheet",
    "model": "M3", "number": "2026000042", "round": "12", "year": "2025", "day": "2026-06-30", "within": "60",
    "expires_before": "2031-01-01", "funding": "programme", "first": "2026-06-30", "start": str(END - 30 * 24 * HOUR),
    "end": str(END - 400 * 24 * HOUR), "dossier": "1", "at": str(END),
    "since": str(END - 30 * 24 * HOUR),
}  # fmt: skip
PAGING = {"limit", "cursor"}


@dataclass(frozen=True, slots=True)
class Way:
    """One way of asking for a list."""

    path: str
    caller: str
    asked: tuple[tuple[str, str], ...]

    @property
    def words(self) -> str:
        """For the table."""
        return f"{self.caller}{''.join(f', {name}={value}' for name, value in self.asked)}"


async def ask(url: str, series: Path, cpu: Cpu) -> dict[str, Took]:
    """Every list, by its path: all ways of asking for it together, and the way that costs most."""
    os.environ[clock.VARIABLE] = clock.Scale(clock.wall(), NOON, 1.0).text()
    settings = ArchiveSettings(url=SecretStr(url))
    async with open_archive(settings) as archive, archive.writing() as tx:
        secrets = {
            "administrator": (
                await people.create_token(tx, NewToken(label="all", role=Role.ADMINISTRATOR), By("bench", NOON))
            ).secret,
            "county": (
                await people.create_token(tx, NewToken(label="R", role=Role.MANAGER, region="R"), By("bench", NOON))
            ).secret,
            "town": (
                await people.create_token(tx, NewToken(label="R1", role=Role.MANAGER, region="R1"), By("bench", NOON))
            ).secret,
            "clinic": (
                await people.create_token(tx, NewToken(label="F1", role=Role.CLINIC, facility="F1"), By("bench", NOON))
            ).secret,
        }
    found: dict[str, list[tuple[Way, list[float], float]]] = {}
    async with _service(settings, series) as app, AsyncExitStack() as stack:
        callers = {name: await stack.enter_async_context(_caller(app, secret)) for name, secret in secrets.items()}
        for way in ways(app.openapi()):
            measured = await _measure(callers[way.caller], way, cpu)
            if measured is not None:
                found.setdefault(way.path, []).append((way, *measured))
    return {path: _together(each) for path, each in sorted(found.items())}


def ways(description: Mapping[str, Any]) -> Iterator[Way]:
    """Each list in each way.

    Raises:
        KeyError: naming the parameter that nobody said how to ask for.
    """
    for path, doing in description["paths"].items():
        if not _is_list(description, doing.get("get", {})):
            continue
        every = doing["get"].get("parameters", ())
        needed, free = [each for each in every if each["required"]], [each for each in every if not each["required"]]
        place = path
        for each in needed:
            if each["in"] == "path":
                before = path.split("{" + each["name"] + "}")[0].rstrip("/").rsplit("/", 1)[-1]
                place = place.replace("{" + each["name"] + "}", WANTED[f"{before}/{{{each['name']}}}"])
        given = tuple((each["name"], WANTED[each["name"]]) for each in needed if each["in"] == "query")
        pages = {each["name"] for each in free} & PAGING
        asked = [given, *([(*given, ("cursor", ""))] if "cursor" in pages else [])]
        asked += [(*given, (each["name"], word)) for each in free if each["name"] not in PAGING
                  for word in _values(description, each)]  # fmt: skip
        for caller in ("administrator", "county", "town", "clinic"):
            yield from (Way(place, caller, each) for each in asked)


def _is_list(description: Mapping[str, Any], got: Mapping[str, Any]) -> bool:
    answer = got.get("responses", {}).get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
    forms = answer.get("anyOf", [answer])  # it may answer with one list or with another
    return any("items" in _resolved(description, form).get("properties", {}) for form in forms)


def _resolved(description: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def _values(description: Mapping[str, Any], parameter: Mapping[str, Any]) -> list[str]:
    """What to ask a filter for: some words of an enumeration, yes, or what stands above for its name."""
    schemas = [_resolved(description, each) for each in parameter["schema"].get("anyOf", [parameter["schema"]])]
    words = [word for schema in schemas for word in schema.get("enum", [schema["const"]] if "const" in schema else ())]
    if words:
        return words[:WORDS]
    if any(schema.get("type") == "boolean" for schema in schemas):
        return ["true", "false"]
    return [FILTERS.get(parameter["name"]) or WANTED[parameter["name"]]]


@asynccontextmanager
async def _service(settings: ArchiveSettings, series: Path) -> AsyncIterator[FastAPI]:
    """As it runs in a county; without a broker it waits for one, which is no part of this."""
    logging.getLogger("dashboards").setLevel(logging.ERROR)
    app = create_app(
        DashboardsSettings(
            archive=settings,
            series=SeriesSettings(path=series),
            dashboards=WebSettings(requests_per_caller="1000000/minute"),
        )
    )
    async with app.router.lifespan_context(app):
        gc.freeze()  # as `coldchain dashboards` does
        gc.set_threshold(20_000)
        yield app


def _caller(app: FastAPI, secret: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://bench", headers={"Authorization": f"Bearer {secret}"}
    )


async def _measure(caller: httpx2.AsyncClient, way: Way, cpu: Cpu) -> tuple[list[float], float] | None:
    """Milliseconds of each time, and of processors on the average; None where there is no such page, or not for them."""
    asked = dict(way.asked)
    if "cursor" in asked:
        first = (await caller.get(way.path, params=asked | {"cursor": None})).json()
        if not first.get("next"):
            return None
        asked["cursor"] = first["next"]
    began = time.perf_counter()
    answer = await caller.get(way.path, params=asked)
    is_slow = time.perf_counter() - began > SLOW_S
    if answer.status_code in {403, 404}:
        return None
    if answer.status_code != 200:
        raise RuntimeError(f"{way.path} {way.words}: {answer.status_code} {answer.text[:300]}")
    repeats = 1 if is_slow else REPEATS
    took, before = [], cpu.ms()
    for _ in range(repeats):
        began = time.perf_counter()
        await caller.get(way.path, params=asked)
        took.append((time.perf_counter() - began) * 1000)
    return took, (cpu.ms() - before) / repeats


def _together(found: list[tuple[Way, list[float], float]]) -> Took:
    worst = max(found, key=lambda each: each[2])
    return took_of(
        [ms for _, took, _ in found for ms in took], fmean(each[2] for each in found), worst[2], worst[0].words
    )
