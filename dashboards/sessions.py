"""How a caller shows who they are: a bearer token, or a browser's cookie with, for whatever changes something, CSRF.

The cookie holds a random secret of which the archive keeps the digest: ending a session there ends it everywhere.
"""

import hmac
import secrets
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request, Response

from coldchain import clock
from coldchain.archive import people
from coldchain.archive.db import Tx
from coldchain.archive.people import NewSession, Token, Visit
from dashboards.i18n import N_
from dashboards.problems import Problem
from dashboards.settings import WebSettings

COOKIE = "coldchain_session"
LOGIN_COOKIE = "coldchain_login"  # ties the login form to the browser that asked for it
LANGUAGE_COOKIE = "coldchain_language"
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"
YEAR_S = 365 * 24 * 3600
FORM_S = 3600


async def token_of(tx: Tx, request: Request) -> Token | None:
    """The token in the Authorization header, if it is one of ours."""
    scheme, _, secret = request.headers["authorization"].partition(" ")
    return await people.find_token(tx, secret.strip()) if scheme.lower() == "bearer" else None


async def visit_of(tx: Tx, request: Request) -> Visit | None:
    """The session in the cookie, if it still holds."""
    secret = request.cookies.get(COOKIE)
    return await people.find_session(tx, secret, wall=clock.wall()) if secret else None


async def check_csrf(request: Request, expected: str) -> None:
    """A page of another site can make a browser send our cookie, but not know what our own forms repeat.

    Raises:
        Problem: 403.
    """
    check_origin(request)
    given = request.headers.get(CSRF_HEADER) or await _field(request)
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Problem(HTTPStatus.FORBIDDEN, N_("this form is too old or not ours; load the page again and repeat"))


async def _field(request: Request) -> str:
    kind = request.headers.get("content-type", "")
    if not kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return ""
    value = (await request.form()).get(CSRF_FIELD)
    return value if isinstance(value, str) else ""


def check_origin(request: Request) -> None:
    """A form of ours is sent from a page of ours.

    Raises:
        Problem: 403.
    """
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem(HTTPStatus.FORBIDDEN, N_("this came from another site"))


async def check_login_form(request: Request) -> None:
    """The login form has no session to lean on; a cookie set with the form does instead.

    Raises:
        Problem: 403.
    """
    expected = request.cookies.get(LOGIN_COOKIE, "")
    if len(expected) < 20:
        raise Problem(HTTPStatus.FORBIDDEN, N_("cookies are needed to log in; allow them and load the page again"))
    await check_csrf(request, expected)


def begin_form(request: Request) -> str:
    """What a login form must repeat: what the browser has already, or something new."""
    return request.cookies.get(LOGIN_COOKIE) or secrets.token_urlsafe(24)


def set_form_cookie(response: Response, value: str, settings: WebSettings) -> None:
    """Remember in the browser what its login form repeats."""
    response.set_cookie(
        LOGIN_COOKIE,
        value,
        max_age=FORM_S,
        path="/login",
        secure=settings.cookie_secure,
        httponly=True,
        samesite="strict",
    )


def set_session_cookie(response: Response, session: NewSession, settings: WebSettings) -> None:
    """Give the browser its session; scripts cannot read it, other sites' forms do not send it."""
    response.set_cookie(
        COOKIE,
        session.secret,
        max_age=int(settings.session_hours * 3600),
        path="/",
        secure=settings.cookie_secure,
        httponly=True,
        samesite="lax",
    )


def set_language_cookie(response: Response, code: str, settings: WebSettings) -> None:
    """Remember the language that somebody switched to."""
    response.set_cookie(
        LANGUAGE_COOKIE, code, max_age=YEAR_S, path="/", secure=settings.cookie_secure, httponly=True, samesite="lax"
    )


def forget(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(COOKIE, path="/")
