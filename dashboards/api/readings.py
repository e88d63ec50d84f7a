"""GET /api/v1/readings: one channel's readings, each or as an envelope that hides no peak."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from coldchain import clock
from coldchain.archive import views
from coldchain.errors import BadInput
from coldchain.reading import ChannelName
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Windowed
from dashboards.api.models import EnvelopeReadings, RawReadings
from dashboards.parts import Parts, parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["readings"])

DAY = 86_400_000
MOST = 100_000  # ten weeks of a reading a minute


@router.get("/readings")
async def readings(
    request: Request,
    viewer: Asking,
    asked: Windowed,
    channel: Annotated[str, Query(max_length=200, description="gateway/device/quantity")],
    points: Annotated[int | None, Query(ge=1, le=5000, description="At most so many buckets.")] = None,
) -> RawReadings | EnvelopeReadings:
    """Readings in [start, end); the last day unless told otherwise."""
    parts = parts_of(request)
    name = str(ChannelName.parse(channel))
    first, last = asked.ms()
    until = last if last is not None else clock.now() + 1
    since = first if first is not None else until - DAY
    if since >= until:
        raise BadInput("start", "is not before end", "give an earlier start")
    await _must_see(parts, viewer, name)
    if points is not None:
        found = await parts.series.envelope(name, since, until, points)
        return EnvelopeReadings(channel=name, t=found.t, min=found.low, max=found.high, mean=found.mean)
    trace = await parts.series.read(name, since, until, limit=MOST + 1)
    if len(trace) > MOST:
        raise BadInput("end", f"more than {MOST} readings lie in this range", "ask for a shorter one, or for points=N")
    return RawReadings(channel=name, t=trace.t, v=trace.v, q=trace.q)


async def _must_see(parts: Parts, viewer: Viewer, channel: str) -> None:
    async with parts.archive.reading() as tx:
        facilities = await views.facilities_of_channel(tx, channel)
    if viewer.scope is None:
        is_known = facilities is not None or channel in await parts.series.newest([channel])
    else:
        is_known = bool(facilities and facilities & viewer.scope)
    if not is_known:
        raise NotFound("channel", channel)
