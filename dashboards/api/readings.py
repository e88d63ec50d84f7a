"""GET /api/v1/readings: one channel's readings, each or as an envelope that hides no peak."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request

from coldchain import clock
from coldchain.archive import views
from coldchain.errors import BadInput
from coldchain.reading import ChannelName, Trace, is_believed
from coldchain.series import Series
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Window, Windowed
from dashboards.api.models import EnvelopeReadings, RawReadings
from dashboards.parts import Parts, parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["readings"])

DAY = 86_400_000
FOR_EVER = 2**53
MOST = 100_000  # ten weeks of a reading a minute

Span = tuple[int, int]


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
    stays, (since, until) = await seen_of(parts, viewer, name, asked)
    if points is None:
        trace = await read_seen(parts.series, name, stays, (since, until))
        return RawReadings(channel=name, t=trace.t, v=trace.v, q=trace.q)
    if since >= until:  # all of it lies where the probe was somebody else's
        return _shown(name, [])
    return _shown(name, await _envelope(parts.series, name, (since, until), stays, points))


async def seen_of(parts: Parts, viewer: Viewer, name: str, asked: Window) -> tuple[list[Span], Span]:
    """When a channel measured what this viewer may see, and the part of the asked time that lies between its ends.

    Raises:
        NotFound: it is no channel, or never measured anything of theirs.
        BadInput: the time ends before it starts.
    """
    first, last = asked.ms()
    until = last if last is not None else clock.now() + 1
    since = first if first is not None else until - DAY
    if since >= until:
        raise BadInput("start", "is not before end", "give an earlier start")
    stays = await _stays(parts, viewer, name)
    return stays, (max(since, stays[0][0]), min(until, max(end for _, end in stays)))


async def read_seen(series: Series, name: str, stays: Sequence[Span], window: Span) -> Trace:
    """The readings of a part of time that lie in any of the stays.

    Raises:
        BadInput: there are too many.
    """
    if window[0] >= window[1]:
        return Trace(name, [], [], [])
    trace = await series.read(name, *window, limit=MOST + 1)
    if len(trace) > MOST:
        raise BadInput("end", f"more than {MOST} readings lie in this range", "ask for a shorter one, or for points=N")
    rows = [row for row in zip(trace.t, trace.v, trace.q, strict=True) if any(a <= row[0] < b for a, b in stays)]
    return Trace(name, [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])


async def _envelope(
    series: Series, name: str, window: Span, stays: Sequence[Span], points: int
) -> list[tuple[int, float, float, float]]:
    """Buckets (start, least, greatest, mean); one that reaches beyond a stay is made again of the readings inside it."""
    found = await series.envelope(name, *window, points)
    rows = []
    for t, low, high, mean in zip(found.t, found.low, found.high, found.mean, strict=True):
        end = t + found.step
        inside = [(max(t, a), min(end, b)) for a, b in stays if a < end and t < b]
        if inside == [(t, end)]:
            rows.append((t, low, high, mean))
            continue
        values = [v for a, b in inside for v in await _believed(series, name, a, min(b, window[1]))]
        if values:
            rows.append((inside[0][0], min(values), max(values), sum(values) / len(values)))
    return rows


async def _believed(series: Series, name: str, start: int, end: int) -> list[float]:
    trace = await series.read(name, start, end)
    return [v for v, q in zip(trace.v, trace.q, strict=True) if v is not None and is_believed(q)]


def _shown(name: str, rows: Sequence[tuple[int, float, float, float]]) -> EnvelopeReadings:
    return EnvelopeReadings(
        channel=name,
        t=[r[0] for r in rows],
        min=[r[1] for r in rows],
        max=[r[2] for r in rows],
        mean=[r[3] for r in rows],
    )


async def _stays(parts: Parts, viewer: Viewer, channel: str) -> list[tuple[int, int]]:
    """When the channel measured what this viewer may see: a probe that moved on takes its readings along."""
    async with parts.archive.reading() as tx:
        facilities = await views.facilities_of_channel(tx, channel)
        mine = await views.stays_of_channel(tx, channel, viewer.scope) if viewer.scope is not None else []
    if viewer.scope is None:
        if facilities is None and channel not in await parts.series.newest([channel]):
            raise NotFound("channel", channel)
        return [(0, FOR_EVER)]
    if not mine:
        raise NotFound("channel", channel)
    return [(start, FOR_EVER if end is None else end) for start, end in mine]
