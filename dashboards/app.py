"""The parts of the service in the order of construction: archive, series, live, then routes.

settings ─► open archive, series ─► fill live, follow the feed ─► serve
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import Any, TypeVar

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware

from coldchain import clock
from coldchain.archive.db import Archive, open_archive
from coldchain.backoff import delays
from coldchain.errors import Unavailable
from coldchain.providers import wechat
from coldchain.series import open_series
from dashboards import answering, live
from dashboards.access import gate
from dashboards.api import (
    alarm_stories,
    books,
    collection,
    compartments,
    counts,
    custody,
    dossier_signing,
    dossiers,
    drills,
    duty,
    equipment,
    excursions,
    facilities,
    health,
    judging,
    lots,
    metrology,
    movements,
    people,
    performance,
    readings,
    receiving,
    records,
    regions,
    retention,
    rotas,
    rounds,
    runs,
    sheets,
    stock,
    trainings,
    unusable,
    upkeep,
    upkeep_books,
    upkeep_checks,
    vaccinating,
    vaccines,
    vouching,
    ways,
    wechat_links,
)
from dashboards.api import alarms as api_alarms
from dashboards.api import documents as api_documents
from dashboards.api.models import ProblemDetails
from dashboards.callbacks import binding, routes
from dashboards.drawing import Picture
from dashboards.headers import SecurityHeaders
from dashboards.limits import Limits
from dashboards.live import Live
from dashboards.pages import alarms, board, described, events, link, login, number, refused, story
from dashboards.pages import chart as chart_pages
from dashboards.pages import drills as drill_pages
from dashboards.pages import duty as duty_pages
from dashboards.pages import equipment as equipment_pages
from dashboards.pages import figures as figure_pages
from dashboards.pages import rotas as rota_pages
from dashboards.pages.shown import STATIC
from dashboards.parts import Parts, keep
from dashboards.settings import DashboardsSettings

log = logging.getLogger(__name__)

API = (
    health,
    equipment,
    readings,
    excursions,
    lots,
    vouching,
    dossiers,
    dossier_signing,
    drills,  # before alarms: /alarms/figures is none of them
    duty,  # before alarms: /alarms/who is none of them
    rotas,
    ways,
    wechat_links,
    api_alarms,
    alarm_stories,
    books,
    api_documents,
    metrology,
    performance,
    upkeep,
    upkeep_books,
    upkeep_checks,
    compartments,
    judging,
    rounds,
    runs,
    records,
    retention,
    regions,
    facilities,
    vaccinating,
    people,
    trainings,
    collection,
    vaccines,
    stock,
    receiving,
    movements,
    custody,
    unusable,
    counts,
    sheets,
)
CALLED = (routes, binding)
PAGES = (
    board,
    events,
    equipment_pages,
    chart_pages,
    alarms,
    story,
    link,
    number,
    duty_pages,
    rota_pages,
    drill_pages,
    figure_pages,
    login,
    refused,
    described,
)
PROBLEMS: dict[int | str, dict[str, Any]] = {code: {"model": ProblemDetails} for code in (401, 403, 404, 422, 429, 503)}

T = TypeVar("T")


def create_app(settings: DashboardsSettings) -> FastAPI:
    """The application; what it needs is opened when it starts and closed when it ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _opened(settings) as parts:
            keep(app, parts)
            yield

    app = FastAPI(
        title="coldchain",
        version=version("coldchain"),
        description="Vaccine cold-chain monitoring: equipment, readings, excursions, lots, alarms.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(gate)],
        responses=PROBLEMS,
    )
    for module in (*API, *CALLED, *PAGES):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    answering.register(app)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(SecurityHeaders, https=settings.dashboards.cookie_secure)
    return app


@asynccontextmanager
async def _opened(settings: DashboardsSettings) -> AsyncIterator[Parts]:
    newest = Live()
    async with (
        _archive(settings) as archive,
        open_series(settings.series) as series,
        _wechat(settings) as account,
        asyncio.TaskGroup() as tasks,
    ):
        await live.begin(newest, series)
        picture = Picture(archive, newest, settings.dashboards.live_every_s / 2)
        running = {
            tasks.create_task(live.follow(newest, series, settings.broker), name="follow the feed"),
            tasks.create_task(live.keep_filled(newest, series), name="keep filled"),
        }
        yield Parts(
            settings.dashboards, archive, series, newest, picture, Limits(settings.dashboards), clock.monotonic(),
            settings.channels, account, settings.drills,
        )  # fmt: skip
        await _stop(running)


@asynccontextmanager
async def _wechat(settings: DashboardsSettings) -> AsyncIterator[wechat.Wechat | None]:
    """The account that people are bound to, where the site has one."""
    if settings.channels.wechat is None:
        yield None
        return
    async with wechat.opened(settings.channels.wechat) as account:
        yield account


async def _stop(tasks: set[asyncio.Task[None]]) -> None:
    """Cancel until all have ended: Python 3.11's `wait_for` may lose a cancellation that comes together with a result."""
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=0.5)


@asynccontextmanager
async def _archive(settings: DashboardsSettings) -> AsyncIterator[Archive]:
    """Open it, waiting for whoever brings its tables up to date."""
    async with contextlib.AsyncExitStack() as stack:
        yield await patiently(lambda: stack.enter_async_context(_open(settings)))


def _open(settings: DashboardsSettings) -> AbstractAsyncContextManager[Archive]:
    return open_archive(settings.archive)


async def patiently(attempt: Callable[[], Awaitable[T]], most_s: float = 60.0) -> T:
    """Try until it works; after `most_s` let the error end the process, for a supervisor to see.

    Raises:
        Unavailable: still not there.
    """
    deadline = clock.monotonic() + most_s
    for wait_s in delays(0.2, 2.0):
        try:
            return await attempt()
        except Unavailable as error:
            if clock.monotonic() + wait_s > deadline:
                raise
            log.info("waiting: %s", error)
        await asyncio.sleep(wait_s)
    raise AssertionError  # delays never end
