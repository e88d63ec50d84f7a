"""An alarm's page: what happened, who was told by which path and answered what, and what people do about it there."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from coldchain.errors import BadInput
from dashboards import stories
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number
from dashboards.pages.shown import form_page
from dashboards.parts import parts_of

router = APIRouter(include_in_schema=False)

Words = Annotated[str, Form(max_length=2000)]


@router.get("/alarms/{alarm}")
async def shown(request: Request, viewer: Asking, alarm: Number) -> HTMLResponse:
    """The page."""
    return await story_page(request, viewer, alarm)


@router.post("/alarms/{alarm}/close")
async def closed(request: Request, viewer: Asking, alarm: Number, cause: Words = "", measure: Words = "") -> Response:
    """Write cause and measure of an alarm that is over; what was written stays in the form when it is refused."""
    try:
        await stories.close(request, viewer, alarm, cause, measure)
    except BadInput as error:
        return await story_page(request, viewer, alarm, wrong=error, cause=cause, measure=measure)
    return RedirectResponse(f"/alarms/{alarm}", HTTPStatus.SEE_OTHER)


@router.post("/alarms/{alarm}/move")
async def moved(
    request: Request,
    viewer: Asking,
    alarm: Number,
    target: Annotated[int, Form(ge=1, lt=2**31)],
    lot: Annotated[list[str] | None, Form(max_length=200)] = None,
) -> Response:
    """Move the chosen lots to another compartment: the archive's own movements."""
    try:
        await stories.move_lots(request, viewer, alarm, target, lot or [])
    except BadInput as error:
        return await story_page(request, viewer, alarm, wrong=error)
    return RedirectResponse(f"/alarms/{alarm}", HTTPStatus.SEE_OTHER)


async def story_page(
    request: Request, viewer: Viewer, alarm: int, *, wrong: BadInput | None = None, **said: str
) -> HTMLResponse:
    """The page, with what was wrong in what somebody just sent, and what they had written."""
    told = await stories.told(parts_of(request), viewer, alarm)
    facts = {"told": told, "card": told.card, "cause": "", "measure": "", "note": "", **said}
    return form_page(request, "story.html", facts, wrong)
