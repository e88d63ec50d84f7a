"""From facts to HTML: which language a caller reads, and a template filled in it."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from coldchain import clock
from coldchain.archive.duty.gaps import LeavesGap
from coldchain.archive.telling.plain import masked
from coldchain.errors import BadInput
from coldchain.exchange.words import in_chinese
from dashboards import telling, terms, terms_telling, triage, watched, words
from dashboards.i18n import LANGUAGES, MINUTE, Language, choose, language
from dashboards.parts import parts_of
from dashboards.sessions import LANGUAGE_COOKIE

HERE = Path(__file__).parents[1]
STATIC = HERE / "static"
_INSTANT: Final = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


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
        "terms_telling": terms_telling,
        "telling": telling,
        "triage": triage,
        "watched": watched,
        "words": words,
        "static": static_url,
        "slug": slug,
        "masked": masked,
        "refusal": refusal,
        "local_text": local_text,
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


def refusal(error: BadInput, lang: Language) -> str:
    """What was wrong in what somebody sent, in their language, and with the site's time."""
    if isinstance(error, LeavesGap):
        gap = error.gap.told_zh if lang.code == "zh" else error.gap.told
        return lang.text(
            "%(gap)s. Name somebody who stands in, or tick that it is to be entered all the same.", gap=gap
        )
    said = in_chinese(error) if lang.code == "zh" else str(error)
    return _INSTANT.sub(lambda found: lang.when(clock.parse_iso(found[0])), said)


def local_ms(text: str, field: str, zone: str) -> int | None:
    """A form's time of the site in ms UTC; None where the field was left empty.

    Raises:
        BadInput: it is no time.
    """
    if not text:
        return None
    try:
        local = datetime.strptime(text[:16], "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - its zone is the site's
    except ValueError:
        raise BadInput(field, f"{text[:40]!r} is no time", "write 2026-11-24T03:10") from None
    return round(local.replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def local_text(ms: int, lang: Language) -> str:
    """As a form's field of a time has it."""
    return datetime.fromtimestamp(ms / 1000, lang.zone).strftime("%Y-%m-%dT%H:%M")


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


def form_page(request: Request, template: str, facts: Mapping[str, object], error: BadInput | None) -> HTMLResponse:
    """A whole page with forms, and what was wrong in what somebody just sent, if they did."""
    status = HTTPStatus.OK if error is None else HTTPStatus.UNPROCESSABLE_ENTITY
    return page(request, template, {**facts, "error": error}, status=status)


def error_page(request: Request, status: HTTPStatus, detail: str, headers: Mapping[str, str]) -> HTMLResponse:
    """What a person sees instead of what they asked for."""
    shown = language_of(request).text(detail)
    is_foreign = language_of(request).code == "zh" and shown.isascii()  # for programs; its heading says it to people
    often = status is HTTPStatus.TOO_MANY_REQUESTS
    wait_ms = -(-int(headers.get("Retry-After", 0)) // 60) * MINUTE if often else 0  # whole minutes, as people wait
    facts = {"number": int(status), "detail": "" if is_foreign else shown, "wait_ms": wait_ms}
    return page(request, "error.html", facts, status=status, headers=headers)
