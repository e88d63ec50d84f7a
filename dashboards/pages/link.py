"""The page behind a message's link, `/a/{code}`: to be read by whoever has the link, to be acted on by who was told.

    GET   looks, and changes nothing: a preview of the messenger, a second visit, a forwarded link do no harm
    POST  act, minutes and the last four digits of the number of somebody who was told of this alarm; five in vain an hour

It shows no number and no name but of whoever is on the way, and is gone a day after the alarm is over.
"""

from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from coldchain import clock
from coldchain.archive import views
from coldchain.archive.db import Tx
from coldchain.archive.telling import codes, linking, story
from coldchain.archive.telling.linking import Tapped
from coldchain.archive.telling.taking import LONGEST_ETA_MIN
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState
from dashboards import sessions, stories
from dashboards.county import Card
from dashboards.headers import UNLISTED
from dashboards.i18n import N_
from dashboards.pages.shown import page
from dashboards.parts import address_of, parts_of
from dashboards.problems import NotFound

router = APIRouter(include_in_schema=False)

NOBODY = N_("Nobody who was told of this alarm has a number with these last four digits.")
SEVERAL = N_("More than one person who was told has these digits: answer by text message, or log in.")
TOO_OFTEN = N_("Too many tries for this alarm. Answer by text message or by the call, or log in; or come back later.")
OVER = N_("This alarm is over; nobody need go.")
WRONG: Final = {
    "not_yours": (NOBODY, HTTPStatus.FORBIDDEN),
    "several": (SEVERAL, HTTPStatus.FORBIDDEN),
    "often": (TOO_OFTEN, HTTPStatus.TOO_MANY_REQUESTS),
}


@router.get("/a/{code}")
async def shown(request: Request, code: str) -> HTMLResponse:
    """The alarm, to be read."""
    async with parts_of(request).archive.reading() as tx:
        card = await _opened(request, tx, code)
    return _page(request, card)


@router.post("/a/{code}")
async def taken(
    request: Request,
    code: str,
    act: Annotated[Literal["seen", "going"], Form()],
    digits: Annotated[str, Form(max_length=10)],
    eta_min: Annotated[int | None, Form(ge=1, le=LONGEST_ETA_MIN)] = None,
) -> Response:
    """Take it, as the one person who was told and whose number ends so."""
    sessions.check_origin(request)
    parts = parts_of(request)
    async with parts.archive.reading() as tx:
        card = await _opened(request, tx, code)
        alarm = card.case.alarm
        if AlarmState(alarm.state).is_over:
            return _page(request, card, OVER, HTTPStatus.CONFLICT)
    async with parts.archive.writing() as tx:
        done = await linking.tap(tx, alarm.id, Tapped(act, digits, eta_min), clock.now())
    if done != act:
        return _page(request, card, *WRONG[done])
    await stories.shown_anew(parts)
    return RedirectResponse(f"/a/{alarm.code}", HTTPStatus.SEE_OTHER, UNLISTED)


async def _opened(request: Request, tx: Tx, written: str) -> Card:
    """The alarm of a code.

    Raises:
        NotFound: there is none, or it is over for a day.
        Problem: 429, this address opens too many.
    """
    await parts_of(request).limits.link(address_of(request))
    try:
        code = codes.read(written)
    except BadInput:
        raise NotFound("alarm", written) from None
    number = await story.by_link(tx, code, clock.now())
    case = None if number is None else await views.alarm(tx, None, number)
    if case is None:
        raise NotFound("alarm", code)
    return await stories.card_of(tx, case)


def _page(request: Request, card: Card, wrong: str = "", status: HTTPStatus = HTTPStatus.OK) -> HTMLResponse:
    facts = {"card": card, "wrong": wrong, "viewer": None}
    return page(request, "link.html", facts, status=status, headers=UNLISTED)
