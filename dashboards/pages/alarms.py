"""Somebody takes an alarm: has seen it, or is on the way. The pages' form and the API's POST end in the same place."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from dashboards.access import Asking
from dashboards.api.alarms import take
from dashboards.api.models import Take
from dashboards.pages.board import facts
from dashboards.pages.shown import language_of, page
from dashboards.parts import parts_of

router = APIRouter(include_in_schema=False)


@router.post("/alarms/{alarm}/take")
async def taken(
    request: Request,
    viewer: Asking,
    alarm: int,
    act: Annotated[Literal["seen", "going"], Form()],
    eta_min: Annotated[int | None, Form(ge=0, le=24 * 60)] = None,
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Take it; without a script the browser goes back to the page."""
    await take(request, viewer, alarm, Take(act=act, eta_min=eta_min, note=note))
    if not request.headers.get("hx-request"):
        return RedirectResponse("/", 303)
    county = (await parts_of(request).picture.now()).within(viewer.scope)
    return page(request, "_alarms.html", facts(county, language_of(request)))
