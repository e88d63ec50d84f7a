"""What callers send with a change: the state they saw, why, and who they are.

GET → ETag: "tag"  ─►  PUT with If-Match: "tag"  ─►  412 when somebody changed it meanwhile, 428 without If-Match
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, Response

from coldchain import clock
from coldchain.archive import views
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from dashboards.access import Viewer
from dashboards.problems import Problem

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
