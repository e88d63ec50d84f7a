"""What callers send with a change: the state they saw, why, and who they are.

GET → ETag: "tag", or `tag` of each in a list  ─►  If-Match: "tag"  ─►  412 when somebody changed it meanwhile, 428 without it
PUT of what may be new: If-None-Match: *  ─►  412 when it is there already
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Response
from pydantic import BaseModel

from coldchain import clock
from coldchain.archive import audit, locking, views
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.tables import Base
from dashboards.access import Viewer
from dashboards.problems import Problem

T = TypeVar("T", bound=BaseModel)
Numbered = Any  # a table whose rows have a number, `id`

_HEADER = Header(alias="If-Match", max_length=100, description="The ETag of what you saw, or * for whatever it is now.")


def _seen(if_match: Annotated[str | None, _HEADER] = None) -> str:
    """The state that the caller saw.

    Raises:
        Problem: 428 when they do not say.
    """
    if if_match is None:
        raise Problem(HTTPStatus.PRECONDITION_REQUIRED, "send If-Match with the ETag of what you saw, or * for any")
    return if_match.strip().removeprefix("W/").strip('"')


Seen = Annotated[str, Depends(_seen)]

_NEW = Header(alias="If-None-Match", max_length=100, description="* where there is none yet, and one is to be made.")


def _seen_or_new(
    if_match: Annotated[str | None, _HEADER] = None, if_none_match: Annotated[str | None, _NEW] = None
) -> str | None:
    """The state that the caller saw; None: they say that there is none.

    Raises:
        Problem: 428 when they say neither, 400 when both, or something else than that there is none.
    """
    if if_none_match is None:
        return _seen(if_match)
    if if_match is not None or if_none_match.strip() != locking.ANY:
        raise Problem(HTTPStatus.BAD_REQUEST, "send If-None-Match: * to make a new one, or If-Match to change one")
    return None


SeenOrNew = Annotated[str | None, Depends(_seen_or_new)]


def already(code: str) -> Problem:
    """What somebody is told who was to make a new one."""
    return Problem(HTTPStatus.PRECONDITION_FAILED, f"{code[:100]!r} is there already: look at it, and send its ETag")


async def check_seen(tx: Tx, row: Base, seen: str) -> None:
    """Refuse to act on another state of a row than the caller saw.

    Raises:
        Stale: it was changed since.
    """
    await audit.begin(tx)
    locking.check(row, seen)


async def with_tags(tx: Tx, kind: Numbered, answers: Sequence[T], number: str = "id") -> list[T]:
    """These answers with the states of their rows, for whoever is to act on one; `number` is where they say which row."""
    numbers = [getattr(each, number) for each in answers]
    tags = await locking.tags_of(tx, kind, numbers)
    return [each.model_copy(update={"tag": tags[n]}) for n, each in zip(numbers, answers, strict=True)]


async def with_tag(tx: Tx, kind: Numbered, answer: T) -> T:
    """One answer with the state of its row."""
    [tagged_] = await with_tags(tx, kind, [answer])
    return tagged_


def tagged(response: Response, tag: str) -> None:
    """Tell the state of what is answered."""
    response.headers["ETag"] = f'"{tag}"'


def by_of(viewer: Viewer, reason: str = "") -> By:
    """Who changes something, now, for the audit trail."""
    return By(viewer.user or viewer.name, clock.now(), reason)


def signer_of(viewer: Viewer) -> str:
    """The user who puts their name under something.

    Raises:
        Problem: 403 when it is a program's token.
    """
    if viewer.user is None:
        raise Problem(HTTPStatus.FORBIDDEN, "a person signs: log in, or use a token that belongs to a user")
    return viewer.user


async def holds_region(tx: Tx, viewer: Viewer, region: str) -> bool:
    """True when all of a region is the viewer's: who sees a part of it decides nothing for the whole."""
    if viewer.scope is None:
        return True
    below = await views.facilities_below(tx, region)
    return bool(below) and below <= viewer.scope
