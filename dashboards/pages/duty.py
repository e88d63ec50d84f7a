"""Who would be told at a time if something failed: a facility's levels, or a piece of equipment's, and what is wrong with them in red."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from coldchain import clock
from coldchain.archive.db import Tx
from coldchain.archive.duty import absences, asking, gaps, rotas, standing
from coldchain.archive.duty.standing import Standing, Stood
from coldchain.archive.duty.who import told
from coldchain.archive.facilities import persons
from coldchain.errors import BadInput
from coldchain.excursion import Severity
from dashboards.access import Asking, Viewer
from dashboards.county import County, Unit
from dashboards.i18n import Language
from dashboards.pages.shown import form_page, language_of, local_ms
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(include_in_schema=False)

Code = Annotated[str, Query(max_length=64)]
LOUD = (Severity.CRITICAL, Severity.WARNING)


@dataclass(frozen=True, slots=True)
class Question:
    """What the form asks: about which place or piece, when, how loud."""

    facility: Code = ""
    equipment: Code = ""
    at: Annotated[str, Query(max_length=40)] = ""
    severity: Severity = Severity.CRITICAL


@router.get("/duty")
async def duty(request: Request, viewer: Asking, question: Annotated[Question, Depends()]) -> HTMLResponse:
    """The page; of the first facility in scope where none is named, and of now where no time is."""
    parts = parts_of(request)
    county = (await parts.picture.now()).within(viewer.scope)
    code, wrong = chosen(county, question.facility), None
    unit = _unit(county, code, question.equipment)
    at = now = clock.now()
    try:
        at = local_ms(question.at, "at", parts.settings.time_zone) or now
    except BadInput as error:
        wrong = error
    async with parts.archive.reading() as tx:
        found = await gaps.gaps_at(tx, at, viewer.scope)
        answer = None
        if code is not None:
            asked = await asking.asked_for(
                tx,
                equipment=unit.row.code if unit else None,
                facility=code,
                region=None,
                severity=question.severity,
                at=at,
            )
            answer = told(asked)
        away = await absences.listed(tx, since=now, scope=viewer.scope, limit=100)
        facts = {
            "county": county,
            "code": code,
            "unit": unit,
            "units": _units(county, code),
            "at": at,
            "is_now": at == now,
            "severity": question.severity,
            "severities": LOUD,
            "answer": answer,
            "gaps": [each for each in found if each.facility == code],
            "wrong": {each.facility for each in found},
            "rotas": await theirs(tx, viewer),
            "numbers": await _unconfirmed(tx, code, now),
            "away": [each for each in away if each.withdrawn_at is None],
            "names": await names_of(tx, away),
            "names_of": places_of(county, language_of(request)),
        }
    return form_page(request, "duty.html", facts, wrong)


async def _unconfirmed(tx: Tx, code: str | None, at: int) -> list[Stood]:
    """The ways to a facility's people that are not known to be theirs."""
    found = await standing.standings(tx, at, frozenset({code})) if code is not None else []
    return [each for each in found if each.standing is not Standing.CONFIRMED]


def chosen(county: County, facility: str) -> str | None:
    """The facility that was asked for, else the first with equipment.

    Raises:
        NotFound: it is not in this part of the picture.
    """
    codes = [place.row.code for place in county.places]
    if not facility:
        watched = [place.row.code for place in county.places if place.units]
        return next(iter(watched or codes), None)
    if facility not in codes:
        raise NotFound("facility", facility)
    return facility


def places_of(county: County, lang: Language) -> dict[str, str]:
    """By code, the names of facilities and of their regions."""
    facilities = {place.row.code: lang.name(place.row) for place in county.places}
    return facilities | {place.region.code: lang.name(place.region) for place in county.places}


def _units(county: County, code: str | None) -> list[Unit]:
    return [unit for place in county.places if place.row.code == code for unit in place.units]


def _unit(county: County, code: str | None, equipment: str) -> Unit | None:
    """The chosen piece; what stands at another facility was chosen before that one was."""
    return next((unit for unit in _units(county, code) if unit.row.code == equipment), None)


async def theirs(tx: Tx, viewer: Viewer) -> list[rotas.Rota]:
    """The rotas of facilities in scope, and of the regions in which these lie; another county's people are nobody's business."""
    standing = [each for each in await rotas.listed(tx) if each.withdrawn_at is None]
    if viewer.scope is None:
        return standing
    above = {region for place in (await asking.places_of(tx, viewer.scope)).values() for region in place.lineage}
    return [
        each
        for each in standing
        if viewer.sees(each.facility) or (each.facility is None and each.region in {None, *above})
    ]


async def names_of(tx: Tx, away: list[absences.Absence]) -> dict[int, str]:
    """The names of who is away, and of who stands in."""
    return await persons.names(
        tx, {number for each in away for number in (each.person, each.stand_in) if number is not None}
    )
