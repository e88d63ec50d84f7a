"""A person binds their own WeChat: a link made for them, opened on their telephone, and one press.

    ticket ─► GET /wechat/bind/{ticket} ─► WeChat (whose telephone?) ─► GET /wechat/bound?code ─► POST: bound

No GET changes anything; between the two pages the openid travels with a proof that it came from WeChat.
"""

import hmac
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import FileResponse, HTMLResponse

from coldchain import clock
from coldchain.errors import BadInput
from coldchain.providers.chat_sections import PICTURES
from coldchain.providers.outcome import Answer
from coldchain.providers.wechat import authorize_url
from dashboards import sessions
from dashboards.callbacks.tickets import Tickets, tickets_of
from dashboards.i18n import N_
from dashboards.pages.shown import page
from dashboards.parts import Parts, parts_of, public_url
from dashboards.problems import NotFound

router = APIRouter(include_in_schema=False)

HEADERS: Final = {"X-Robots-Tag": "noindex, nofollow, noarchive"}  # no-store and same-origin: `headers`
VOID = N_("This link was used already, or is too old. Ask for a new one.")
UNKNOWN = N_("WeChat did not say whose telephone this is. Open the link again, inside WeChat.")


@router.get("/wechat/bind/{ticket}")
async def begin(request: Request, ticket: str) -> HTMLResponse:
    """For whom it is, and the way to WeChat."""
    parts, tickets = _account(request)
    name = await _whose(parts, tickets, ticket)
    if name is None:
        return _page(request, "void", status=HTTPStatus.GONE, wrong=VOID)
    assert parts.channels.wechat is not None
    way = authorize_url(parts.channels.wechat, f"{public_url(request)}/wechat/bound", ticket)
    return _page(request, "begin", name=name, way=way)


@router.get("/wechat/bound")
async def back(
    request: Request,
    code: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """Back from WeChat, which says whose telephone it is: one press is left."""
    parts, tickets = _account(request)
    name = await _whose(parts, tickets, state)
    if name is None:
        return _page(request, "void", status=HTTPStatus.GONE, wrong=VOID)
    assert parts.wechat is not None
    openid = await parts.wechat.openid_of(code) if code else ""
    if isinstance(openid, Answer) or not openid:
        return _page(request, "void", status=HTTPStatus.BAD_REQUEST, wrong=UNKNOWN)
    proof = tickets.sealed(state, openid)
    return _page(request, "confirm", name=name, ticket=state, openid=openid, proof=proof)


@router.post("/wechat/bound")
async def bound(
    request: Request,
    ticket: Annotated[str, Form(max_length=100)],
    openid: Annotated[str, Form(max_length=64)],
    proof: Annotated[str, Form(max_length=64)],
) -> HTMLResponse:
    """Bind it."""
    sessions.check_origin(request)
    parts, tickets = _account(request)
    if not hmac.compare_digest(tickets.sealed(ticket, openid).encode(), proof.encode()):
        return _page(request, "void", status=HTTPStatus.FORBIDDEN, wrong=VOID)
    try:
        async with parts.archive.writing() as tx:
            name = await tickets.use(tx, ticket, openid, clock.now())
    except BadInput:
        return _page(request, "void", status=HTTPStatus.GONE, wrong=VOID)
    assert parts.wechat is not None
    follows = await parts.wechat.follows(openid)
    return _page(request, "done", name=name, follows=follows is not False)


@router.get("/wechat/account")
async def account(request: Request) -> FileResponse:
    """The account's QR code: from here, for a page of ours shows nothing from elsewhere."""
    picture = _picture(_account(request)[0])
    if picture is None:
        raise NotFound("picture", "wechat")
    return FileResponse(picture, media_type=PICTURES[picture.suffix.lower()], headers=HEADERS)


def _picture(parts: Parts) -> Path | None:
    path = parts.channels.wechat.qr_image if parts.channels.wechat else None
    return path if path is not None and path.is_file() else None


def _account(request: Request) -> tuple[Parts, Tickets]:
    parts = parts_of(request)
    tickets = tickets_of(parts)
    if tickets is None or parts.wechat is None:
        raise NotFound("account", "wechat")
    return parts, tickets


async def _whose(parts: Parts, tickets: Tickets, ticket: str) -> str | None:
    try:
        async with parts.archive.reading() as tx:
            return (await tickets.whose(tx, ticket, clock.now()))[1]
    except BadInput:
        return None


def _page(request: Request, stage: str, *, status: HTTPStatus = HTTPStatus.OK, **said: object) -> HTMLResponse:
    nothing = dict.fromkeys(("name", "way", "ticket", "openid", "proof", "wrong"), "")
    frame = {"stage": stage, "has_picture": _picture(parts_of(request)) is not None, "follows": True, "viewer": None}
    return page(request, "bind.html", {**nothing, **frame, **said}, status=status, headers=HEADERS)
