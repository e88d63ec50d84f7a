"""Coming and going: the login form, the end of a session, and the switch of language."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from coldchain import clock
from coldchain.archive import people
from dashboards import sessions
from dashboards.i18n import LANGUAGES, N_
from dashboards.pages.shown import page
from dashboards.parts import address_of, parts_of
from dashboards.problems import NotFound

router = APIRouter(include_in_schema=False)

MOST_HASHES = asyncio.Semaphore(2)  # argon2 takes 64 MB and a quarter of a second each


@router.get("/login")
async def form(request: Request, back: Annotated[str, Query(alias="next", max_length=500)] = "") -> Response:
    """The form."""
    return _form(request, back)


@router.post("/login")
async def login(
    request: Request,
    name: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=people.LONGEST_PASSWORD)],
    back: Annotated[str, Form(alias="next", max_length=500)] = "",
) -> Response:
    """Check name and password; a wrong one is told without saying which."""
    parts = parts_of(request)
    await sessions.check_login_form(request)
    await parts.limits.login(address_of(request), name)
    async with MOST_HASHES:
        user = await people.check_password(parts.archive, name, password)
    if user is None:
        return _form(request, back, wrong=N_("Name or password is wrong."), name=name, status=HTTPStatus.FORBIDDEN)
    lasts_ms = round(parts.settings.session_hours * 3_600_000)
    async with parts.archive.writing() as tx:
        session = await people.create_session(tx, user.name, wall=clock.wall(), lasts_ms=lasts_ms)
    response = RedirectResponse(local(back), HTTPStatus.SEE_OTHER)
    sessions.set_session_cookie(response, session, parts.settings)
    return response


@router.post("/logout")
async def logout(request: Request) -> Response:
    """End the session on the server, then in the browser."""
    viewer = request.state.viewer
    if viewer is not None and viewer.csrf is not None:
        await sessions.check_csrf(request, viewer.csrf)
        async with parts_of(request).archive.writing() as tx:
            await people.revoke_session(tx, request.cookies[sessions.COOKIE], wall=clock.wall())
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    sessions.forget(response)
    return response


@router.get("/language/{code}")
async def language(
    request: Request, code: str, back: Annotated[str, Query(alias="next", max_length=500)] = ""
) -> Response:
    """Remember a language in this browser."""
    if code not in LANGUAGES:
        raise NotFound("language", code)
    response = RedirectResponse(local(back), HTTPStatus.SEE_OTHER)
    sessions.set_language_cookie(response, code, parts_of(request).settings)
    return response


def local(path: str) -> str:
    """A path of ours to go back to; anything that could lead elsewhere is the first page."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if is_local else "/"


def _form(
    request: Request, back: str, *, wrong: str = "", name: str = "", status: HTTPStatus = HTTPStatus.OK
) -> Response:
    csrf = sessions.begin_form(request)
    facts = {"csrf": csrf, "back": local(back), "wrong": wrong, "name": name}
    response = page(request, "login.html", facts, status=status)
    sessions.set_form_cookie(response, csrf, parts_of(request).settings)
    return response
