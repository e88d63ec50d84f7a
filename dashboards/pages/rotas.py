"""The week's duty of a facility and of the rotas above it; there a duty is handed over, and an absence entered with its stand-in.

form ─► entered in one transaction ─► does it leave an alarm without people? ─► refused, unless somebody says: all the same
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from coldchain import clock
from coldchain.archive import locking, tables
from coldchain.archive.db import Tx
from coldchain.archive.duty import absences, asking, gaps, rotas
from coldchain.archive.duty.absences import NewAbsence
from coldchain.archive.duty.book import Contact
from coldchain.archive.duty.gaps import LeavesGap
from coldchain.archive.duty.rotas import NewShift
from coldchain.archive.duty.week import week
from coldchain.archive.views import Scope
from coldchain.errors import BadInput
from dashboards.access import Asking, Viewer
from dashboards.api import within
from dashboards.api.writing import by_of
from dashboards.pages.duty import chosen, names_of, places_of, theirs
from dashboards.pages.shown import form_page, language_of, local_ms
from dashboards.parts import parts_of

router = APIRouter(include_in_schema=False)

LONGEST_WHY = 500
Number = Annotated[int, Form(ge=1, lt=2**31)]
Chosen = Annotated[str, Form(max_length=10, pattern=r"^[0-9]*$")]  # a list's number, or its empty first line
Local = Annotated[str, Form(max_length=40)]
Why = Annotated[str, Form(max_length=LONGEST_WHY)]
Place = Annotated[str, Form(max_length=64)]


@dataclass(frozen=True, slots=True)
class Absent:
    """The form of an absence."""

    person: Number
    start: Local = ""
    end: Local = ""
    stand_in: Chosen = ""
    why: Why = ""
    facility: Place = ""
    anyway: Annotated[bool, Form()] = False


@dataclass(frozen=True, slots=True)
class HandOver:
    """The form of a swap."""

    rota: Number
    person: Number
    start: Local = ""
    end: Local = ""
    instead_of: Chosen = ""
    why: Why = ""
    facility: Place = ""
    anyway: Annotated[bool, Form()] = False


@router.get("/duty/rotas")
async def shown(request: Request, viewer: Asking, facility: Annotated[str, Query(max_length=64)] = "") -> HTMLResponse:
    """The page."""
    return await _page(request, viewer, facility)


@router.post("/duty/absences")
async def absent(request: Request, viewer: Asking, form: Annotated[Absent, Depends()]) -> Response:
    """Somebody is away, and somebody stands in; without anybody, only when that is said."""
    try:
        start, end = _span(request, form)
        stand_in = int(form.stand_in) if form.stand_in else None
        async with parts_of(request).archive.writing() as tx:
            people = [form.person] if stand_in is None else [form.person, stand_in]
            places = {(await within.person_in(tx, viewer, each))[0].facility for each in people}
            new = NewAbsence(person=form.person, start=start, end=end, stand_in=stand_in, why=form.why)
            async with _opening_no_gap(tx, form, {*places, form.facility}, (start, end), "stand_in"):
                await absences.enter(tx, new, by_of(viewer, form.why))
    except BadInput as error:
        return await _page(request, viewer, form.facility, error, form)
    return _back(form.facility, "absences")


@router.post("/duty/absences/{number}/back")
async def back(
    request: Request,
    viewer: Asking,
    number: Annotated[int, Path(ge=1, lt=2**31)],
    seen: Annotated[str, Form(max_length=40)],
    facility: Place = "",
) -> Response:
    """Somebody is back earlier than they said; what has not begun is taken back."""
    try:
        async with parts_of(request).archive.writing() as tx:
            await within.absence_in(tx, viewer, number)
            row, by = await tx.get_one(tables.Absence, number), by_of(viewer)
            if row.start < by.at:
                await absences.end(tx, number, by.at, by, seen=seen)
            else:
                await absences.withdraw(tx, number, by, seen=seen)
    except BadInput as error:
        return await _page(request, viewer, facility, error)
    return _back(facility, "absences")


@router.post("/duty/shifts")
async def handed_over(request: Request, viewer: Asking, form: Annotated[HandOver, Depends()]) -> Response:
    """A duty of a rota is handed to somebody else for a while."""
    try:
        start, end = _span(request, form)
        instead_of = int(form.instead_of) if form.instead_of else None
        async with parts_of(request).archive.writing() as tx:
            rota = await within.rota_in(tx, viewer, form.rota)
            for each in filter(None, [form.person, instead_of]):
                await within.person_in(tx, viewer, each)
            new = NewShift(
                rota=form.rota, person=form.person, instead_of=instead_of, start=start, end=end, why=form.why
            )
            async with _opening_no_gap(tx, form, {rota.facility or form.facility}, (start, end), "person"):
                await rotas.add_shift(tx, new, by_of(viewer, form.why))
    except BadInput as error:
        return await _page(request, viewer, form.facility, error, form)
    return _back(form.facility, f"rota-{form.rota}")


@asynccontextmanager
async def _opening_no_gap(
    tx: Tx, form: Absent | HandOver, places: set[str], span: tuple[int, int], field: str
) -> AsyncIterator[None]:
    """Refuse what is entered within, when it leaves an alarm of these places without people, and nobody said: all the same."""
    scope: Scope = frozenset(place for place in places if place)
    start, end = max(span[0], clock.now()), span[1]
    before = {} if form.anyway else await gaps.missing(tx, start, end, scope)
    yield
    if not form.anyway:
        gaps.check_opened(before, await gaps.missing(tx, start, end, scope), field)


def _span(request: Request, form: Absent | HandOver) -> tuple[int, int]:
    zone = parts_of(request).settings.time_zone
    start, end = local_ms(form.start, "start", zone), local_ms(form.end, "end", zone)
    for field, at in (("start", start), ("end", end)):
        if at is None:
            raise BadInput(field, "it is empty", "write when")
    assert start is not None
    assert end is not None
    return start, end


def _back(facility: str, to: str) -> Response:
    """To the part of the page that shows what was entered."""
    asked = f"?facility={quote(facility)}" if facility else ""
    return RedirectResponse(f"/duty/rotas{asked}#{to}", HTTPStatus.SEE_OTHER)


async def _page(
    request: Request,
    viewer: Viewer,
    facility: str,
    wrong: BadInput | None = None,
    form: Absent | HandOver | None = None,
) -> HTMLResponse:
    """The page, with what was wrong in what somebody just sent, and what they had written."""
    parts = parts_of(request)
    county = (await parts.picture.now()).within(viewer.scope)
    code, now = chosen(county, facility), clock.now()
    lang = language_of(request)
    async with parts.archive.reading() as tx:
        own = await theirs(tx, viewer)
        away = await absences.listed(tx, since=now, scope=viewer.scope, limit=100)
        facts = {
            "county": county,
            "code": code,
            "places": places_of(county, lang),
            "days": await week(tx, now, [each.id for each in own], code, lang.zone),
            "rotas": own,
            "writable": [each for each in own if await within.place_in(tx, viewer, each.region, each.facility)],
            "people": await _people(tx, viewer, code, now),
            "away": [each for each in away if each.withdrawn_at is None],
            "tags": await locking.tags_of(tx, tables.Absence, [each.id for each in away]),
            "names": await names_of(tx, away),
            "form": form,
            "is_absence": isinstance(form, Absent),
            "is_gap": isinstance(wrong, LeavesGap),
        }
    return form_page(request, "rotas.html", facts, wrong)


async def _people(tx: Tx, viewer: Viewer, code: str | None, now: int) -> list[Contact]:
    """Who may be chosen: the people of the facility, of the stores and of the rotas, as far as they are the viewer's."""
    book = await asking.read(tx, now, [] if code is None else [code])
    there = [each for each in book.contacts.values() if each.is_there(now) and viewer.sees(each.facility)]
    return sorted(there, key=lambda each: (each.facility != code, each.facility, each.id))
