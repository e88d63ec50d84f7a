"""Who would be told today: a facility's levels, what is wrong with them in red, rotas and absences to be read."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from coldchain import clock
from coldchain.archive.db import Tx
from coldchain.archive.duty import absences, asking, gaps, rotas
from coldchain.archive.duty.who import told
from coldchain.archive.facilities import persons
from coldchain.excursion import Severity
from dashboards.access import Asking, Viewer
from dashboards.county import County
from dashboards.pages.shown import page
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(include_in_schema=False)


@router.get("/duty")
async def duty(
    request: Request, viewer: Asking, facility: Annotated[str | None, Query(max_length=64)] = None
) -> HTMLResponse:
    """The page; of the first facility in scope where none is named."""
    parts = parts_of(request)
    county = (await parts.picture.now()).within(viewer.scope)
    code = _chosen(county, facility)
    now = clock.now()
    async with parts.archive.reading() as tx:
        wrong = await gaps.gaps_at(tx, now, viewer.scope)
        answer = None
        if code is not None:
            asked = await asking.asked_for(
                tx, equipment=None, facility=code, region=None, severity=Severity.CRITICAL, at=now
            )
            answer = told(asked)
        away = await absences.listed(tx, since=now, scope=viewer.scope, limit=100)
        facts = {
            "county": county,
            "code": code,
            "answer": answer,
            "gaps": [each for each in wrong if each.facility == code],
            "wrong": {each.facility for each in wrong},
            "rotas": [each for each in await rotas.listed(tx) if _is_theirs(viewer, each)],
            "away": away,
            "names": await _names(tx, away),
        }
    return page(request, "duty.html", facts)


def _chosen(county: County, facility: str | None) -> str | None:
    codes = [place.row.code for place in county.places]
    if facility is None:
        watched = [place.row.code for place in county.places if place.units]
        return next(iter(watched or codes), None)
    if facility not in codes:
        raise NotFound("facility", facility)
    return facility


def _is_theirs(viewer: Viewer, rota: rotas.Rota) -> bool:
    """A region's rota is everybody's who is there; a facility's is for who sees that facility."""
    return rota.withdrawn_at is None and (rota.facility is None or viewer.sees(rota.facility))


async def _names(tx: Tx, away: list[absences.Absence]) -> dict[int, str]:
    wanted = {each.person for each in away} | {each.stand_in for each in away if each.stand_in is not None}
    return {number: (await persons.person(tx, number))[0].name for number in sorted(wanted)}
