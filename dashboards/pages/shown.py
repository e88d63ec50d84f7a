"""From facts to HTML: which language a caller reads, and a template filled in it."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from zlib import crc32

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from coldchain import clock
from dashboards import telling, terms, watched, words
from dashboards.i18n import LANGUAGES, Language, choose, language
from dashboards.masks import masked
from dashboards.parts import parts_of
from dashboards.sessions import LANGUAGE_COOKIE

HERE = Path(__file__).parents[1]
STATIC = HERE / "static"


def language_of(request: Request) -> Language:
    """The language and time zone for this caller."""
    settings = parts_of(request).settings
    viewer = getattr(request.state, "viewer", None)
    code = choose(
        cookie=request.cookies.get(LANGUAGE_COOKIE),
        user=viewer.language if viewer else None,
        accepted=request.headers.get("accept-language"),
        default=settings.language,
    )
    return language(code, settings.time_zone)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "terms": terms,
        "telling": telling,
        "watched": watched,
        "words": words,
        "static": static_url,
        "slug": slug,
        "masked": masked,
        "LANGUAGES": LANGUAGES,
    }
    return made


@cache
def static_url(name: str) -> str:
    """The address of a file of ours; it changes with the content, so that browsers may keep it for ever."""
    return f"/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:10]}"


def slug(code: str) -> str:
    """A code as a name that may stand in an attribute list and an event's name."""
    return f"{crc32(code.encode()):08x}"


def fill(template: str, lang: Language, **facts: object) -> str:
    """A template in a language."""
    return _environment().get_template(template).render(t=lang, _=lang.text, ngettext=lang.count, **facts)


def page(
    request: Request,
    template: str,
    facts: Mapping[str, object],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A whole page, or a piece of one."""
    common = {
        "viewer": getattr(request.state, "viewer", None),
        "path": request.url.path,
        "zone": parts_of(request).settings.time_zone,
        "speed": clock.speed(),
        "now": clock.now(),
    }
    body = fill(template, language_of(request), **{**common, **facts})
    return HTMLResponse(body, status, {"Vary": "Cookie, Accept-Language", **(headers or {})})


def error_page(request: Request, status: HTTPStatus, detail: str, headers: Mapping[str, str]) -> HTMLResponse:
    """What a person sees instead of what they asked for."""
    facts = {"number": int(status), "detail": detail}
    return page(request, "error.html", facts, status=status, headers=headers)
