"""The live page: the county in one sentence, the alarms, then every facility with its equipment."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dashboards import words
from dashboards.access import Asking
from dashboards.county import County
from dashboards.i18n import Language
from dashboards.pages.shown import language_of, page
from dashboards.parts import parts_of

router = APIRouter(include_in_schema=False)


@router.get("/")
async def board(request: Request, viewer: Asking) -> HTMLResponse:
    """The whole page."""
    county = await _county(request, viewer)
    return page(request, "board.html", facts(county, language_of(request)))


@router.get("/board")
async def piece(request: Request, viewer: Asking) -> HTMLResponse:
    """What changes of it, for a browser whose event stream does not come through."""
    county = await _county(request, viewer)
    return page(request, "_board.html", facts(county, language_of(request)))


async def _county(request: Request, viewer: Asking) -> County:
    return (await parts_of(request).picture.now()).within(viewer.scope)


def facts(county: County, lang: Language) -> dict[str, object]:
    """What the page's templates show."""
    return {"county": county, "now": county.now, "sentence": words.sentence(county, lang)}
