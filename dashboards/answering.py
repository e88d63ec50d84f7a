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
from dashboards.pages.shown import error_page, language_of, refusal
from dashboards.problems import NotSignedIn, Problem

log = logging.getLogger(__name__)
API = "/api/"


async def answer(request: Request, error: Exception) -> Response:
    """The response to an error."""
    problem = problems.of(error)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s %s: %s", request.method, request.url.path, error)
    if request.url.path.startswith(API):
        return _details(problem)
    if isinstance(problem, NotSignedIn):
        return _to_login(request)
    detail = refusal(error, language_of(request)) if isinstance(error, BadInput) else problem.detail
    return error_page(request, problem.status, detail, problem.headers)


def _details(problem: Problem) -> Response:
    return JSONResponse(
        {
            "type": "about:blank",
            "title": problem.status.phrase,
            "status": int(problem.status),
            "detail": problem.detail,
            **problem.members,
        },
        status_code=problem.status,
        headers=problem.headers,
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
