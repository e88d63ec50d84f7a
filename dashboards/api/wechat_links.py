"""/api/v1/people/{number}/wechat-link: a one-time link by which somebody binds their own WeChat."""

from http import HTTPStatus

from fastapi import APIRouter, Request

from coldchain import clock
from dashboards.access import Asking
from dashboards.api import within
from dashboards.api.asked import Number
from dashboards.api.models_alarms import BindingLink
from dashboards.callbacks.tickets import LASTS_MS, tickets_of
from dashboards.parts import parts_of, public_url
from dashboards.problems import Problem

router = APIRouter(prefix="/api/v1", tags=["people"])


@router.post("/people/{number}/wechat-link")
async def make_link(request: Request, viewer: Asking, number: Number) -> BindingLink:
    """A link to be given to that person alone, good once and for a day; nothing is written until they use it."""
    parts = parts_of(request)
    now = clock.now()
    async with parts.archive.reading() as tx:
        await within.person_in(tx, viewer, number)
        tickets = tickets_of(parts)
        if tickets is None:
            raise Problem(HTTPStatus.CONFLICT, "this site has no WeChat account: [channels.wechat] is not set")
        ticket = await tickets.make(tx, number, now)
    return BindingLink(url=f"{public_url(request)}/wechat/bind/{ticket}", until=clock.iso(now + LASTS_MS))
