"""GET /api/v1/health: does the whole chain work, seen from here. Open to all; it tells no names and no readings."""

from collections.abc import Awaitable

from fastapi import APIRouter, Request

from coldchain import clock
from coldchain.archive import journal, views
from coldchain.errors import ColdchainError
from dashboards.api.models import HealthAnswer, Part
from dashboards.live import Live
from dashboards.parts import Parts, parts_of

router = APIRouter(prefix="/api/v1", tags=["health"])

SILENT_S = 180.0  # a gateway sends once a minute: so long without any feed while one is online is no chance
YEAR_2020 = 1_577_836_800_000


@router.get("/health")
async def health(request: Request) -> HealthAnswer:
    """The state of each part: archive, series, broker, collector, alerting, clock."""
    parts = parts_of(request)
    found = {
        "archive": await _answers(_archive(parts)),
        "series": await _answers(parts.series.ping()),
        "broker": _broker(parts.live),
        "collector": _collector(parts.live, clock.monotonic() - parts.started),
        "alerting": await _alerting(parts),
        "clock": _clock(),
    }
    is_well = all(part.status != "degraded" for part in found.values())
    return HealthAnswer(status="ok" if is_well else "degraded", parts=found)


async def _archive(parts: Parts) -> None:
    async with parts.archive.reading() as tx:
        await views.newest_lease(tx)


async def _answers(asked: Awaitable[None]) -> Part:
    try:
        await asked
    except ColdchainError as error:
        return Part(status="degraded", note=type(error).__name__)
    return Part(status="ok")


def _broker(live: Live) -> Part:
    return Part(status="ok") if live.linked else Part(status="degraded", note="not connected")


def _collector(live: Live, up_s: float) -> Part:
    """Its feed is the sign of life; while no gateway is online it has nothing to say."""
    since = min(up_s, clock.monotonic() - live.last_feed) if live.last_feed is not None else up_s
    if live.last_feed is not None and since < SILENT_S:
        return Part(status="ok", note=f"last feed {since:.0f} s ago")
    if any(gateway.state == "online" for gateway in live.gateways.values()) and since >= SILENT_S:
        return Part(status="degraded", note=f"gateways are online, but no feed for {since:.0f} s")
    return Part(status="unknown", note="no feed heard yet")


async def _alerting(parts: Parts) -> Part:
    """It holds leases and renews them."""
    try:
        async with parts.archive.reading() as tx:
            until = await views.newest_lease(tx, journal.ALERTING)
    except ColdchainError as error:
        return Part(status="degraded", note=type(error).__name__)
    if until is None:
        return Part(status="unknown", note="no lease was ever taken")
    left_s = (until - clock.wall()) / 1000
    if left_s > 0:
        return Part(status="ok")
    return Part(status="degraded", note=f"its lease ran out {-left_s:.0f} s ago")


def _clock() -> Part:
    if clock.wall() < YEAR_2020:
        return Part(status="degraded", note="this machine does not know the date")
    speed = clock.speed()
    return Part(status="ok", note=f"demonstration, {speed:g} times faster than time" if speed > 1 else "")
