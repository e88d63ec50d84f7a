"""One county, one running application for this room; a test that changes something says so or makes its own."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from coldchain import clock
from coldchain.archive.db import open_archive
from coldchain.series import Series, open_series
from coldchain.settings import SeriesSettings
from dashboards.app import create_app
from dashboards.parts import end_streams
from dashboards.settings import DashboardsBroker, DashboardsSettings, WebSettings
from tests.dashboards.site import MINUTE, Site, bring_in, build
from tests.parts.archives import on_sqlite
from tests.parts.mosquitto import Mosquitto
from tests.parts.process import free_port

Caller = Callable[..., httpx2.AsyncClient]


@dataclass(frozen=True, slots=True)
class World:
    """The county and the settings of a service that shows it. `series` is the one writer."""

    site: Site
    settings: DashboardsSettings
    series: Series


@lru_cache(maxsize=1)
def county_sqlite(_minute: int) -> bytes:
    """The file of an archive into which the county was brought in this minute: where its lots were is told from then."""

    async def bring() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            async with open_archive(on_sqlite(Path(folder))) as archive:
                await bring_in(archive, clock.now())
            return Path(folder, "archive.sqlite").read_bytes()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, bring()).result()


@asynccontextmanager
async def made_world(folder: Path, mosquitto: Mosquitto, hours: int = 2) -> AsyncIterator[World]:
    """A county of its own."""
    settings = DashboardsSettings(
        broker=DashboardsBroker(**dict(mosquitto.settings("dashboards"))),
        series=SeriesSettings(path=folder / "series.sqlite"),
        archive=on_sqlite(folder, county_sqlite(clock.now() // MINUTE)),
        dashboards=WebSettings(
            port=free_port(), live_every_s=0.1, logins_per_address="1000/minute", logins_per_user="1000/minute"
        ),
    )
    async with (
        open_archive(settings.archive) as archive,
        open_series(settings.series, writer=True) as series,
    ):
        yield World(await build(archive, series, clock.now(), hours), settings, series)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[FastAPI]:
    """The application between start and end, as a server would have it; in a task of its own, as its task group wants."""
    ready, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.router.lifespan_context(app):
            ready.set()
            await stop.wait()

    task = asyncio.create_task(live())
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    try:
        if task.done():
            await task
        yield app
    finally:
        stop.set()
        await task


@asynccontextmanager
async def served(settings: DashboardsSettings) -> AsyncIterator[str]:
    """The application behind a real web server; gives its address."""
    web = settings.dashboards
    served_app = create_app(settings)
    config = uvicorn.Config(served_app, host=web.host, port=web.port, log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started and not task.done():
        await asyncio.sleep(0.02)
    try:
        yield f"http://{web.host}:{web.port}"
    finally:
        end_streams(served_app)
        server.should_exit = True
        await task


def client(app: FastAPI, token: str | None = None, **headers: str) -> httpx2.AsyncClient:
    """A caller with a token, or nobody."""
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers)


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, mosquitto: Mosquitto) -> AsyncIterator[World]:
    """A county that lives now: made anew for each module, or its readings would grow old while others run."""
    async with made_world(tmp_path_factory.mktemp("dashboards"), mosquitto, hours=48) as made:
        yield made


@pytest.fixture(scope="module")
async def app(world: World) -> AsyncIterator[FastAPI]:
    async with running(create_app(world.settings)) as started:
        yield started


@pytest.fixture
def site(world: World) -> Site:
    return world.site


@pytest.fixture
def call(app: FastAPI, site: Site) -> Caller:
    """`call("manager")` is a client with that token; `call()` is nobody."""

    def make(name: str | None = None, **headers: str) -> httpx2.AsyncClient:
        return client(app, site.tokens[name] if name else None, **headers)

    return make


@pytest.fixture
def own_world(tmp_path: Path, mosquitto: Mosquitto) -> Callable[[], AbstractAsyncContextManager[World]]:
    """A county that a test may change."""
    return lambda: made_world(tmp_path, mosquitto)
