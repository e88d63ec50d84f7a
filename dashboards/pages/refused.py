"""What was not stored, and why: a page for whoever can set it right."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from coldchain.archive import views
from dashboards.access import Asking
from dashboards.pages.shown import page
from dashboards.parts import parts_of

router = APIRouter(include_in_schema=False)

ROWS = 50


@router.get("/refused")
async def refused(
    request: Request, viewer: Asking, before: Annotated[int | None, Query(ge=1, lt=2**31)] = None
) -> HTMLResponse:
    """The newest first, a page at a time."""
    async with parts_of(request).archive.reading() as tx:
        rows = await views.refused(tx, viewer.scope, ROWS, before)
    older = rows[ROWS - 1].id if len(rows) > ROWS else None
    return page(request, "refused.html", {"rows": rows[:ROWS], "older": older})
