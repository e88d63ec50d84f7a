"""The addresses that providers call, `/callbacks/{channel}/{token}`: bounded, limited, and mute to whoever is no provider.

Of ways that sign (WeCom, WeChat, webhook) the token may be any word: their letter is what is looked at.
"""

import logging
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from coldchain import clock
from coldchain.errors import BadInput, Unavailable
from coldchain.providers.sealed import Forged
from dashboards.callbacks import ways
from dashboards.callbacks.keeping import keep
from dashboards.callbacks.tickets import tickets_of
from dashboards.callbacks.ways import Call
from dashboards.parts import Parts, parts_of
from dashboards.problems import RETRY_S, Problem

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)

LARGEST_B = 256 * 1024


@router.get("/callbacks/{channel}/{token}")
async def check(request: Request, channel: str, token: str) -> Response:
    """WeCom and WeChat try our address before they use it."""
    try:
        return Response(ways.echoed(parts_of(request).channels, _call(request, channel, token, b"")))
    except BadInput:
        return Response(status_code=HTTPStatus.NOT_FOUND)


@router.post("/callbacks/{channel}/{token}")
async def called(request: Request, channel: str, token: str) -> Response:
    """Keep what a provider says, then answer as it wants to be answered."""
    parts = parts_of(request)
    if not ways.is_expected(parts.channels, channel, token):
        return Response(status_code=HTTPStatus.NOT_FOUND)
    body = await _body(request)
    if body is None:
        return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        return await _kept(parts, _call(request, channel, token, body))
    except (BadInput, Problem, Unavailable) as error:
        return _refusal(channel, error)


def _refusal(channel: str, error: BadInput | Problem | Unavailable) -> Response:
    """Without a word: those who may know read our log. What could not be kept is to be said again."""
    log.warning("a call as %s is not answered well: %s", channel, error)
    if isinstance(error, Problem):
        return Response(status_code=error.status, headers=error.headers)
    if isinstance(error, Unavailable):
        return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": str(RETRY_S)})
    return Response(status_code=HTTPStatus.NOT_FOUND if isinstance(error, Forged) else HTTPStatus.BAD_REQUEST)


async def _kept(parts: Parts, call: Call) -> Response:
    heard = ways.heard(parts.channels, call)
    await parts.limits.callback(call.channel)
    said = await keep(parts.archive, heard, tickets_of(parts), call.at)
    if any(each.is_taken for each in said):
        parts.live.changed()
    body, kind = ways.answer(parts.channels, call, heard, said)
    return Response(body, media_type=kind)


async def _body(request: Request) -> bytes | None:
    """The body, as long as it is not too large; it is not read further than that."""
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > LARGEST_B:
            return None
    return bytes(found)


def _call(request: Request, channel: str, token: str, body: bytes) -> Call:
    return Call(channel, token, dict(request.query_params), request.headers, body, clock.now(), clock.wall())
