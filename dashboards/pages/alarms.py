"""Somebody takes an alarm: has seen it, is on the way, says what it is. The pages' form and the API's POST end in the same place."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from coldchain import clock
from coldchain.archive.telling.taking import LONGEST_ETA_MIN, LONGEST_NOTE, Act
from coldchain.errors import BadInput
from dashboards import stories
from dashboards.access import Asking
from dashboards.api.asked import Number
from dashboards.pages.board import facts
from dashboards.pages.shown import language_of, page
from dashboards.pages.story import story_page
from dashboards.parts import parts_of

router = APIRouter(include_in_schema=False)

BOARD = "board"


@router.post("/alarms/{alarm}/take")
async def taken(
    request: Request,
    viewer: Asking,
    alarm: Number,
    act: Annotated[Literal["seen", "going", "moved", "door", "sensor", "false", "note"], Form()],
    eta_min: Annotated[int | None, Form(ge=1, le=LONGEST_ETA_MIN)] = None,
    note: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
    back: Annotated[str, Form(max_length=10)] = BOARD,
) -> Response:
    """Take it; without a script the browser goes back to the page that it came from."""
    said = Act(alarm, act, viewer.display, clock.now(), eta_min if act == "going" else None, note)
    try:
        await stories.take(request, viewer, said)
    except BadInput as error:
        if back == BOARD:
            raise
        return await story_page(request, viewer, alarm, wrong=error, note=note)
    if not request.headers.get("hx-request"):
        return RedirectResponse("/" if back == BOARD else f"/alarms/{alarm}", HTTPStatus.SEE_OTHER)
    county = (await parts_of(request).picture.now()).within(viewer.scope)
    return page(request, "_alarms.html", facts(county, language_of(request)))
