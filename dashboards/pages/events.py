"""What keeps a page live: pieces of it as server-sent events, each only when it reads differently than before.

One stream per open page; all of them share one picture of the county. A stream ends when its session does.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from coldchain import clock
from coldchain.errors import Unavailable
from dashboards.access import Asking, Viewer, still_in
from dashboards.county import County
from dashboards.i18n import Language
from dashboards.pages.board import facts
from dashboards.pages.shown import fill, language_of, slug
from dashboards.parts import parts_of

router = APIRouter(include_in_schema=False)

BEAT_S = 10.0  # a page that hears nothing for three beats says that it is old
PING_S = 15  # keeps proxies from closing a quiet stream
CLOCK = "clock"  # the event that beats
CHECK_S = 30.0  # a session that was ended elsewhere ends its streams too


@router.get("/events")
async def events(
    request: Request, viewer: Asking, equipment: Annotated[str | None, Query(max_length=64)] = None
) -> EventSourceResponse:
    """The events of the live page, or those of one piece of equipment's."""
    stream = _stream(request, viewer, language_of(request), equipment)
    return EventSourceResponse(stream, ping=PING_S, headers={"X-Accel-Buffering": "no"})


async def _stream(
    request: Request, viewer: Viewer, lang: Language, equipment: str | None
) -> AsyncIterator[ServerSentEvent]:
    parts = parts_of(request)
    sent: dict[str, str] = {}
    checked_at = spoke_at = clock.monotonic()
    while not parts.live.ending:
        if clock.monotonic() - checked_at > CHECK_S:
            checked_at = clock.monotonic()
            if not await still_in(request):
                return
        try:
            county = (await parts.picture.now()).within(viewer.scope)
        except Unavailable:
            county = None  # say nothing: the page shows by itself that it grows old
        is_due = clock.monotonic() - spoke_at >= BEAT_S
        for name, html in pieces(county, lang, viewer, equipment) if county else ():
            if sent.get(name) != html or (is_due and name == CLOCK):
                sent[name] = html
                spoke_at = clock.monotonic()
                yield ServerSentEvent(html, event=name)
        await parts.live.heard(BEAT_S)
        await asyncio.sleep(parts.settings.live_every_s)


def pieces(county: County, lang: Language, viewer: Viewer, equipment: str | None) -> list[tuple[str, str]]:
    """(event, HTML) of all that may change on the page."""
    said = {**facts(county, lang), "viewer": viewer}
    clock_piece = (CLOCK, fill("_clock.html", lang, **said))
    if equipment is not None:
        found = county.unit(equipment)
        if found is None:
            return [clock_piece]
        here = {**said, "place": found[0], "unit": found[1]}
        return [
            clock_piece,
            ("held", fill("_held_unit.html", lang, **here)),
            ("unit", fill("_now.html", lang, **here)),
        ]
    places = [
        (f"place-{slug(place.row.code)}", fill("_place.html", lang, place=place, **said)) for place in county.places
    ]
    return [
        clock_piece,
        ("summary", fill("_summary.html", lang, **said)),
        ("held", fill("_held.html", lang, **said)),
        ("alarms", fill("_alarms.html", lang, **said)),
        *places,
        ("news", fill("_news.html", lang, **said)),
    ]
