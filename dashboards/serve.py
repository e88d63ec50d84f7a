"""The web server around the application; signals are `coldchain.service`'s business, not the server's."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from dashboards.app import create_app
from dashboards.parts import end_streams
from dashboards.settings import DashboardsSettings

log = logging.getLogger(__name__)

LAST_ANSWERS_S = 5


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: DashboardsSettings) -> None:
    """Serve until cancelled, then let answers on their way arrive."""
    web = settings.dashboards
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=web.host,
        port=web.port,
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=web.trusted_proxies,
        timeout_graceful_shutdown=LAST_ANSWERS_S,
    )
    server = _Server(config)
    log.info("serving http://%s:%s", web.host, web.port)
    serving = asyncio.create_task(server.serve(), name="serve")
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        end_streams(app)
        server.should_exit = True
        await serving
        raise
