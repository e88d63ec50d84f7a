"""Who may ask what, in this one place: the right that each route wants, the rights that each role has, the scope.

    request ─► gate: route → right ─► who asks (token or session) ─► role has it? ─► CSRF, rate ─► Viewer with a scope

A route without an entry in `ROUTES` answers nobody: forgetting one closes it. A role never widens a scope: what lies
outside of it is answered as if it were not there.
"""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Request

from coldchain.archive import views
from coldchain.archive.db import Tx
from coldchain.archive.people import Role
from coldchain.archive.views import Scope
from dashboards import sessions
from dashboards.parts import parts_of
from dashboards.problems import NotSignedIn, Problem


class Right(StrEnum):
    """What a route wants of its caller."""

    OPEN = "open"  # nothing
    LOOK = "look"  # see what is in scope
    TAKE = "take"  # take an alarm
    INSPECT = "inspect"  # see what was refused
    AUDIT = "audit"  # read the audit chains
    KEEP = "keep"  # keep the books of one's facilities: stock, records, care, requests
    MANAGE = "manage"  # decide for facilities: approve, change the archives, plan rounds
    SIGN = "sign"  # put one's name under a decision about vaccine
    RETAIN = "retain"  # delete what need not be kept


_KEEPS = {Right.LOOK, Right.TAKE, Right.KEEP, Right.SIGN}
_MANAGES = _KEEPS | {Right.INSPECT, Right.AUDIT, Right.MANAGE}

RIGHTS = {
    Role.CLINIC: _KEEPS,
    Role.MANAGER: _MANAGES,
    Role.AUDITOR: {Right.LOOK, Right.INSPECT, Right.AUDIT},
    Role.ADMINISTRATOR: _MANAGES | {Right.RETAIN},
}

ROUTES = {
    # the API
    "GET /api/v1/health": Right.OPEN,
    "GET /api/v1/openapi.json": Right.OPEN,
    "GET /api/v1/docs": Right.OPEN,
    "GET /api/v1/equipment": Right.LOOK,
    "GET /api/v1/readings": Right.LOOK,
    "GET /api/v1/excursions": Right.LOOK,
    "GET /api/v1/lots/{lot}/exposure": Right.LOOK,
    "GET /api/v1/alarms": Right.LOOK,
    "POST /api/v1/alarms/{alarm}/take": Right.TAKE,
    "GET /api/v1/alarms/{alarm}/notices": Right.LOOK,
    "GET /api/v1/audit": Right.AUDIT,
    "GET /api/v1/refused": Right.INSPECT,
    # pages
    "GET /": Right.LOOK,
    "GET /board": Right.LOOK,
    "GET /events": Right.LOOK,
    "GET /equipment/{code}": Right.LOOK,
    "GET /equipment/{code}/chart": Right.LOOK,
    "POST /alarms/{alarm}/take": Right.TAKE,
    "GET /refused": Right.INSPECT,
    "GET /language/{code}": Right.OPEN,
    "GET /login": Right.OPEN,
    "POST /login": Right.OPEN,
    "POST /logout": Right.OPEN,
}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


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
    async with parts_of(request).archive.reading() as tx:
        if "authorization" in request.headers:
            token = await sessions.token_of(tx, request)
            if token is None:
                return None
            scope = await scope_of(tx, token.region, token.facility)
            return Viewer(f"token {token.id}", token.label, token.role, scope, user=token.user)
        visit = await sessions.visit_of(tx, request)
        if visit is None:
            return None
        user = visit.user
        scope = await scope_of(tx, user.region, user.facility)
        return Viewer(user.name, user.display, user.role, scope, user.language, visit.csrf, user.name)


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


@dataclass(frozen=True, slots=True)
class Ground:
    """All that a scope covers, to tell whether an entry of the audit concerns it."""

    codes: dict[str, frozenset[str]]  # column of an image → values in scope

    def holds(self, entity: str, entity_id: str, image: dict[str, Any]) -> bool:
        """True when the entry is of the catalogue, or names a place, equipment or compartment in scope."""
        if entity in {"vaccine", "lot"}:
            return True
        if entity_id in self.codes.get(entity, ()):
            return True
        return any(str(image.get(column)) in values for column, values in self.codes.items())


async def ground_of(tx: Tx, viewer: Viewer, now: int) -> Ground | None:
    """What the viewer's scope covers; None when it is everything."""
    if viewer.scope is None:
        return None
    site = await views.site(tx, now)
    facilities = viewer.scope
    equipment = frozenset(row.code for row in site.equipment if row.facility in facilities)
    rooms = frozenset(str(row.id) for row in site.compartments if row.equipment in equipment)
    regions = frozenset(row.region for row in site.facilities if row.code in facilities)
    return Ground(
        {
            "facility": facilities,
            "equipment": equipment,
            "compartment": rooms,
            "source": rooms,
            "target": rooms,
            "region": regions,
        }
    )
