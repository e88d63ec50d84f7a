"""Every error as a caller sees it: RFC 9457 problem details for the API, a page or the way to the login for a person."""

import logging
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from coldchain.errors import BadInput, Refused, Unavailable
from dashboards import problems
from dashboards.i18n import choose, language
from dashboards.pages.shown import error_page, language_of, refusal
from dashboards.parts import parts_of
from dashboards.problems import NotSignedIn, Problem

log = logging.getLogger(__name__)
API = "/api/"


async def answer(request: Request, error: Exception) -> Response:
    """The response to an error."""
    problem = problems.of(error)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s %s: %s", request.method, request.url.path, error)
    if request.url.path.startswith(API):
        return _details(problem, _told(request, error) or problem.detail)
    if isinstance(problem, NotSignedIn):
        return _to_login(request)
    detail = refusal(error, language_of(request)) if isinstance(error, BadInput) else problem.detail
    return error_page(request, problem.status, detail, problem.headers)


def _told(request: Request, error: Exception) -> str:
    """A refusal as a program may show it to its user, where it asks for Chinese; `errors` beside it are a program's own."""
    wish = choose(cookie=None, user=None, accepted=request.headers.get("accept-language"), default="en")
    if wish == "en" or not isinstance(error, BadInput):
        return ""
    return refusal(error, language(wish, parts_of(request).settings.time_zone))


def _details(problem: Problem, detail: str) -> Response:
    return JSONResponse(
        {
            "type": "about:blank",
            "title": problem.status.phrase,
            "status": int(problem.status),
            "detail": detail,
            **problem.members,
        },
        status_code=problem.status,
        headers={"Vary": "Accept-Language", **problem.headers},
        media_type="application/problem+json",
    )


def _to_login(request: Request) -> Response:
    if request.headers.get("hx-request"):
        return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": "/login"})
    back = request.url.path if request.method == "GET" and request.url.path != "/" else ""
    where = f"/login?next={quote(back)}" if back else "/login"
    return RedirectResponse(where, status_code=HTTPStatus.SEE_OTHER)


def register(app: FastAPI) -> None:
    """Answer every error of this application in these forms."""
    for kind in (Problem, BadInput, RequestValidationError, HTTPException, Refused, Unavailable, Exception):
        app.add_exception_handler(kind, answer)
