"""Who may ask what, checked in this one place: the right that a route wants by `rights`, who asks, and their scope.

    request ─► gate: route → right ─► who asks (token or session) ─► role has it? ─► CSRF, rate ─► Viewer with a scope

A role never widens a scope: what lies outside of it is answered as if it were not there.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request

from coldchain.archive import views
from coldchain.archive.db import Tx
from coldchain.archive.people import Role
from coldchain.archive.views import Scope
from dashboards import sessions
from dashboards.parts import parts_of
from dashboards.problems import NotSignedIn, Problem
from dashboards.rights import RIGHTS, ROUTES, SAFE, Right


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: a person with a session or the holder of a token."""

    name: str
    display: str
    role: Role
    scope: Scope  # facilities; None = all
    language: str | None = None
    csrf: str | None = None  # None for a token: nobody's browser sends one unasked
    user: str | None = None  # whose login it is; None: a program's token, which signs nothing
    region: str | None = None  # whose facilities these are: also of those that are still to be founded

    def may(self, right: Right) -> bool:
        """True when the role has this right."""
        return right is Right.OPEN or right in RIGHTS[self.role]

    def sees(self, facility: str | None) -> bool:
        """True when that facility is in scope; what belongs to no facility is seen by those who see everything."""
        return self.scope is None or (facility is not None and facility in self.scope)


async def scope_of(tx: Tx, region: str | None, facility: str | None) -> Scope:
    """The facilities that somebody of this region or at this facility sees."""
    if facility is not None:
        return frozenset({facility})
    return None if region is None else await views.facilities_below(tx, region)


async def gate(request: Request) -> None:
    """Stand before every route; what it finds out is `request.state.viewer`.

    Raises:
        Problem: 401 when nobody known asks for what is not open, 403 when they may not, 429 when too often.
    """
    request.state.viewer = viewer = await _viewer(request)
    right = ROUTES.get(f"{request.method} {request.scope['route'].path}")
    if right is Right.OPEN:
        return
    if viewer is None:
        raise NotSignedIn
    if right is None or not viewer.may(right):
        raise Problem(HTTPStatus.FORBIDDEN, f"a {viewer.role} may not do this")
    await parts_of(request).limits.caller(viewer.name)
    if request.method not in SAFE and viewer.csrf is not None:
        await sessions.check_csrf(request, viewer.csrf)


async def _viewer(request: Request) -> Viewer | None:
    """Who asks, by token or by session; an unknown token is nobody, whatever cookie came with it."""
    if "authorization" not in request.headers and sessions.COOKIE not in request.cookies:
        return None
    async with parts_of(request).archive.reading() as tx:
        if "authorization" in request.headers:
            token = await sessions.token_of(tx, request)
            if token is None:
                return None
            scope = await scope_of(tx, token.region, token.facility)
            region = token.region if token.facility is None else None
            return Viewer(f"token {token.id}", token.label, token.role, scope, user=token.user, region=region)
        visit = await sessions.visit_of(tx, request)
        if visit is None:
            return None
        user = visit.user
        scope = await scope_of(tx, user.region, user.facility)
        region = user.region if user.facility is None else None
        return Viewer(user.name, user.display, user.role, scope, user.language, visit.csrf, user.name, region)


async def still_in(request: Request) -> bool:
    """True while whoever began this long answer would still be let in."""
    return await _viewer(request) is not None


def viewer_of(request: Request) -> Viewer:
    """Who asks, behind the gate."""
    viewer = request.state.viewer
    if viewer is None:
        raise NotSignedIn
    assert isinstance(viewer, Viewer)
    return viewer


Asking = Annotated[Viewer, Depends(viewer_of)]
