"""The opened parts that routes work with; made once in `app`, found by each request."""

from dataclasses import dataclass

from fastapi import FastAPI, Request

from coldchain.archive.db import Archive
from coldchain.providers.settings import ChannelsSettings
from coldchain.providers.wechat import Wechat
from coldchain.series import Series
from coldchain.settings import DrillsSection
from dashboards.drawing import Picture
from dashboards.limits import Limits
from dashboards.live import Live
from dashboards.settings import WebSettings


@dataclass(frozen=True, slots=True)
class Parts:
    """All that is open while the service runs."""

    settings: WebSettings
    archive: Archive
    series: Series
    live: Live
    picture: Picture
    limits: Limits
    started: float  # clock.monotonic()
    channels: ChannelsSettings  # whose callbacks are believed
    wechat: Wechat | None  # for binding people to the account
    drills: DrillsSection  # what drills may come to, for who asks what is left


def keep(app: FastAPI, parts: Parts) -> None:
    """Let requests find the parts."""
    app.state.parts = parts


def parts_of(request: Request) -> Parts:
    """The parts of the application that this request came to."""
    parts = request.app.state.parts
    assert isinstance(parts, Parts)
    return parts


def end_streams(app: FastAPI) -> None:
    """Let answers without end come to theirs; nothing to do before the parts were opened."""
    parts = getattr(app.state, "parts", None)
    if isinstance(parts, Parts):
        parts.live.end()


def address_of(request: Request) -> str:
    """The network address that this came from; empty when the server does not know it."""
    return request.client.host if request.client else ""


def public_url(request: Request) -> str:
    """Where people reach these pages from outside, without a last slash."""
    return (parts_of(request).settings.public_url or str(request.base_url)).rstrip("/")
