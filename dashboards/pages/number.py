"""The page behind a question's link, `/n/{secret}`: is this still the mailbox, or the account, of somebody?

    GET   whose it is thought to be; changes nothing, for messengers and scanners of mail open links by themselves
    POST  yes or no; once

The secret is as long as a password and stands in that one message alone; the archive has its digest. A question that is over
says how it ended, and shows no name any more.
"""

from http import HTTPStatus
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from coldchain import clock
from coldchain.archive.duty import questions
from coldchain.archive.duty.questions import Question
from dashboards import sessions
from dashboards.headers import UNLISTED
from dashboards.pages.shown import page
from dashboards.parts import address_of, parts_of
from dashboards.problems import NotFound

router = APIRouter(include_in_schema=False)

LONGEST: Final = 100


@router.get("/n/{secret}")
async def shown(request: Request, secret: str) -> HTMLResponse:
    """The question, to be read."""
    question, name = await _opened(request, secret)
    facts = {"question": question, "name": name if question.state.is_open else "", "secret": secret, "viewer": None}
    return page(request, "number.html", facts, headers=UNLISTED)


@router.post("/n/{secret}")
async def answered(request: Request, secret: str, said: Annotated[Literal["yes", "no"], Form()]) -> Response:
    """Yes or no; what was answered before stands."""
    sessions.check_origin(request)
    question, _ = await _opened(request, secret)
    async with parts_of(request).archive.writing() as tx:
        await questions.answered(tx, question.id, is_theirs=said == "yes", at=clock.now(), how="its link")
    return RedirectResponse(f"/n/{secret}", HTTPStatus.SEE_OTHER, UNLISTED)


async def _opened(request: Request, secret: str) -> tuple[Question, str]:
    """The question, and whom it names.

    Raises:
        NotFound: there is none.
        Problem: 429, this address opens too many.
    """
    parts = parts_of(request)
    await parts.limits.link(address_of(request))
    async with parts.archive.reading() as tx:
        found = await questions.by_link(tx, questions.digest_of(secret[:LONGEST]))
    if found is None:
        raise NotFound("question", "")
    return found
