"""The figures people manage by: how soon somebody was told, went, and it was over; how often people were woken, and for nothing."""

from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from coldchain import clock
from coldchain.archive.telling import counted
from coldchain.archive.telling.figures import Band, Load, total
from dashboards.access import Asking
from dashboards.pages.shown import page
from dashboards.parts import parts_of

router = APIRouter(include_in_schema=False)

DAY_MS = 86_400_000
SPANS = (30, 91, 365)


class What(StrEnum):
    """Which minutes are shown."""

    TOLD = "told"
    TAKEN = "taken"
    RECOVERED = "recovered"


@router.get("/figures")
async def figures(
    request: Request,
    viewer: Asking,
    span: Annotated[int, Query(alias="days", ge=1, le=400)] = 30,
    what: What = What.TAKEN,
) -> HTMLResponse:
    """The page: of the last month unless a quarter or a year is asked for."""
    parts = parts_of(request)
    now = clock.now()
    county = (await parts.picture.now()).within(viewer.scope)
    zone = ZoneInfo(parts.settings.time_zone)
    async with parts.archive.reading() as tx:
        found = await counted.figures(tx, viewer.scope, now - span * DAY_MS, now, zone=zone, at=now)
    facts = {
        "found": found,
        "loads": sorted((each for each in found.loads if each.alarms or each.night_calls), key=_most),
        "quiet": sum(1 for each in found.loads if not (each.alarms or each.night_calls)),
        "total": total(found.loads),
        "places": {place.row.code: place.row for place in county.places},
        "bands": list(Band),
        "what": what,
        "whats": list(What),
        "span": span,
        "spans": SPANS,
    }
    return page(request, "figures.html", facts)


def _most(load: Load) -> tuple[int, int, str]:
    """Those whose people were woken most often first."""
    return -load.night_calls, -load.alarms, load.facility or ""
