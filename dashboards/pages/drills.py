"""Drills: of each clinic, when its alarm path was tried last, what was broken, and what of the month's is left; one is begun here.

What the county spends on them is shown to whoever manages or audits it.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from coldchain import clock
from coldchain.archive import drills
from coldchain.archive.drills import Drill
from coldchain.archive.facilities import days
from coldchain.errors import BadInput
from dashboards.access import Asking, Viewer
from dashboards.api import within
from dashboards.api.writing import by_of
from dashboards.county import Place
from dashboards.pages.shown import form_page
from dashboards.parts import parts_of
from dashboards.rights import Right

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Tried:
    """A clinic and its drills."""

    place: Place
    last: Drill | None
    alarm: int | None  # of the last one
    verified_at: int | None
    times: int  # begun this month


@router.get("/drills")
async def shown(request: Request, viewer: Asking) -> HTMLResponse:
    """The page."""
    return await _page(request, viewer)


@router.post("/drills")
async def asked(request: Request, viewer: Asking, facility: Annotated[str, Form(max_length=64)]) -> Response:
    """Try a clinic's alarm path now: alerting begins it, or says why it may not be."""
    try:
        async with parts_of(request).archive.writing() as tx:
            await within.check_facility(tx, viewer, facility)
            await drills.ask(tx, facility, by_of(viewer))
    except BadInput as error:
        return await _page(request, viewer, error)
    return RedirectResponse("/drills", HTTPStatus.SEE_OTHER)


async def _page(request: Request, viewer: Viewer, wrong: BadInput | None = None) -> HTMLResponse:
    parts = parts_of(request)
    county = (await parts.picture.now()).within(viewer.scope)
    zone = ZoneInfo(parts.settings.time_zone)
    month = days.begins(days.day_of(clock.now(), zone)[:8] + "01", zone)
    async with parts.archive.reading() as tx:
        newest, verified = await drills.newest(tx, viewer.scope), await drills.verified(tx, viewer.scope)
        times, clinics = await drills.begun(tx, viewer.scope, month), set(await drills.clinics(tx))
        alarms = await drills.alarms_of(tx, [each.id for each in newest.values()])
        fen = (await drills.used(tx, "", month)).fen if viewer.may(Right.AUDIT) else None
    tried = [
        Tried(place, last, alarms.get(last.id) if last else None, verified.get(code), times.get(code, 0))
        for place in county.places
        if (code := place.row.code) in clinics or code in newest
        for last in [newest.get(code)]
    ]
    facts = {"tried": tried, "budget": parts.drills, "fen": fen, "clinics": clinics}
    return form_page(request, "drills.html", facts, wrong)
