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
    "GET /api/v1/alarms/{alarm}": Right.LOOK,
    "POST /api/v1/alarms/{alarm}/close": Right.TAKE,
    "POST /api/v1/alarms/{alarm}/moves": Right.KEEP,
    "GET /api/v1/audit": Right.AUDIT,
    "GET /api/v1/audit/streams": Right.AUDIT,
    "GET /api/v1/audit/root": Right.AUDIT,
    "GET /api/v1/audit/roots": Right.AUDIT,
    "GET /api/v1/refused": Right.INSPECT,
    # what must be kept, and the one act that deletes
    "GET /api/v1/retention": Right.AUDIT,
    "GET /api/v1/retention/standing": Right.AUDIT,
    "POST /api/v1/retention/acts": Right.RETAIN,
    "POST /api/v1/retention/acts/{number}/carry-out": Right.RETAIN,
    # documents and the equipment archive
    "POST /api/v1/documents": Right.KEEP,
    "GET /api/v1/documents/{sha256}": Right.LOOK,
    "GET /api/v1/documents/{sha256}/content": Right.LOOK,
    "GET /api/v1/equipment/{code}": Right.LOOK,
    "PUT /api/v1/equipment/{code}": Right.MANAGE,
    "POST /api/v1/equipment/{code}/status": Right.MANAGE,
    "POST /api/v1/equipment/{code}/place": Right.MANAGE,
    "POST /api/v1/equipment/{code}/modes": Right.KEEP,
    "POST /api/v1/equipment/{code}/modes/{number}/withdraw": Right.KEEP,
    "POST /api/v1/equipment/{code}/papers": Right.KEEP,
    "POST /api/v1/equipment/{code}/papers/{number}/withdraw": Right.KEEP,
    "POST /api/v1/equipment/{code}/repairs": Right.KEEP,
    "POST /api/v1/equipment/{code}/care": Right.KEEP,
    "GET /api/v1/repairs": Right.LOOK,
    "POST /api/v1/repairs/{number}/mended": Right.KEEP,
    "POST /api/v1/repairs/{number}/withdraw": Right.KEEP,
    "GET /api/v1/requests": Right.LOOK,
    "POST /api/v1/requests": Right.KEEP,
    "GET /api/v1/requests/{number}": Right.LOOK,
    "POST /api/v1/requests/{number}/decide": Right.MANAGE,
    "POST /api/v1/requests/{number}/finish": Right.MANAGE,
    "POST /api/v1/requests/{number}/withdraw": Right.KEEP,
    "GET /api/v1/care": Right.LOOK,
    "POST /api/v1/care/{number}/withdraw": Right.KEEP,
    "GET /api/v1/items": Right.LOOK,
    "POST /api/v1/items": Right.KEEP,
    "POST /api/v1/items/{number}/withdraw": Right.KEEP,
    "GET /api/v1/checks/probes": Right.LOOK,
    "GET /api/v1/checks/levels": Right.LOOK,
    "GET /api/v1/checks/cards": Right.LOOK,
    "GET /api/v1/checks/care": Right.LOOK,
    "GET /api/v1/checks/equipment": Right.LOOK,
    "GET /api/v1/statistics/equipment": Right.LOOK,
    # compartments, probes, and by what a reading is judged or explained
    "GET /api/v1/equipment/{code}/compartments": Right.LOOK,
    "PUT /api/v1/equipment/{code}/compartments/{name}": Right.MANAGE,
    "POST /api/v1/equipment/{code}/compartments/{name}/use": Right.MANAGE,
    "GET /api/v1/equipment/{code}/probes": Right.LOOK,
    "POST /api/v1/equipment/{code}/probes": Right.MANAGE,
    "POST /api/v1/equipment/{code}/probes/{number}/take-off": Right.MANAGE,
    "GET /api/v1/rule-choices": Right.LOOK,
    "POST /api/v1/rule-choices": Right.MANAGE,
    "POST /api/v1/rule-choices/{number}/end": Right.MANAGE,
    "POST /api/v1/rule-choices/{number}/withdraw": Right.MANAGE,
    "GET /api/v1/buffers": Right.LOOK,
    "POST /api/v1/buffers": Right.MANAGE,
    "POST /api/v1/buffers/{number}/end": Right.MANAGE,
    "POST /api/v1/buffers/{number}/withdraw": Right.MANAGE,
    "GET /api/v1/occasions": Right.LOOK,
    "POST /api/v1/occasions": Right.MANAGE,
    "POST /api/v1/occasions/{number}/withdraw": Right.MANAGE,
    # regions
    "GET /api/v1/regions": Right.LOOK,
    "GET /api/v1/regions/{code}": Right.LOOK,
    "PUT /api/v1/regions/{code}": Right.MANAGE,
    "GET /api/v1/checks/regions": Right.LOOK,
    # rounds, runs and the record by hand
    "GET /api/v1/rounds": Right.LOOK,
    "POST /api/v1/rounds": Right.MANAGE,
    "GET /api/v1/rounds/{number}": Right.LOOK,
    "PUT /api/v1/rounds/{number}": Right.MANAGE,
    "POST /api/v1/rounds/{number}/close": Right.MANAGE,
    "POST /api/v1/rounds/{number}/withdraw": Right.MANAGE,
    "PUT /api/v1/rounds/{number}/lines/{facility}": Right.MANAGE,
    "PUT /api/v1/rounds/{number}/lines/{facility}/sessions": Right.KEEP,
    "POST /api/v1/rounds/{number}/lines/{facility}/close": Right.KEEP,
    "GET /api/v1/runs": Right.LOOK,
    "POST /api/v1/runs": Right.KEEP,
    "GET /api/v1/runs/orders-due": Right.LOOK,
    "PUT /api/v1/runs/{number}/order": Right.KEEP,
    "GET /api/v1/runs/{number}": Right.LOOK,
    "POST /api/v1/runs/{number}/load": Right.KEEP,
    "POST /api/v1/runs/{number}/unload": Right.KEEP,
    "POST /api/v1/runs/{number}/readings": Right.KEEP,
    "POST /api/v1/runs/{number}/readings/{reading}/withdraw": Right.KEEP,
    "POST /api/v1/runs/{number}/arrive": Right.KEEP,
    "PUT /api/v1/runs/{number}/stops/{facility}": Right.KEEP,
    "POST /api/v1/runs/{number}/receive": Right.KEEP,
    "POST /api/v1/runs/{number}/complete": Right.KEEP,
    "POST /api/v1/runs/{number}/cancel": Right.KEEP,
    "POST /api/v1/records": Right.KEEP,
    "GET /api/v1/records": Right.LOOK,
    "GET /api/v1/records/missing": Right.LOOK,
    "GET /api/v1/records/rates": Right.LOOK,
    "GET /api/v1/records/month": Right.LOOK,
    "GET /api/v1/records/differences": Right.LOOK,
    "GET /api/v1/records/hours": Right.LOOK,
    "POST /api/v1/records/hours": Right.MANAGE,
    "GET /api/v1/records/{record}": Right.LOOK,
    "POST /api/v1/records/{record}/withdraw": Right.KEEP,
    # facilities, their people and the yearly collection
    "GET /api/v1/facilities": Right.LOOK,
    "GET /api/v1/facilities/{code}": Right.LOOK,
    "PUT /api/v1/facilities/{code}": Right.KEEP,
    "POST /api/v1/facilities/{code}/status": Right.MANAGE,
    "GET /api/v1/facilities/{code}/statuses": Right.LOOK,
    "GET /api/v1/facilities/{code}/working-days": Right.LOOK,
    "GET /api/v1/facilities/{code}/session-hours": Right.LOOK,
    "PUT /api/v1/facilities/{code}/session-hours": Right.MANAGE,
    "POST /api/v1/facilities/{code}/session-hours/{number}/withdraw": Right.MANAGE,
    "GET /api/v1/facilities/{code}/sessions": Right.LOOK,
    "GET /api/v1/facilities/{code}/hand-overs": Right.LOOK,
    "POST /api/v1/facilities/{code}/hand-overs": Right.SIGN,
    "POST /api/v1/facilities/{code}/hand-overs/{number}/countersign": Right.SIGN,
    "GET /api/v1/checks/facilities": Right.LOOK,
    "GET /api/v1/calendar-days": Right.LOOK,
    "POST /api/v1/calendar-days": Right.MANAGE,
    "POST /api/v1/calendar-days/{number}/withdraw": Right.MANAGE,
    "GET /api/v1/people": Right.LOOK,
    "POST /api/v1/people": Right.KEEP,
    "GET /api/v1/people/{number}": Right.LOOK,
    "PUT /api/v1/people/{number}": Right.KEEP,
    "PUT /api/v1/people/{number}/phones": Right.KEEP,
    "GET /api/v1/posts": Right.LOOK,
    "POST /api/v1/posts": Right.MANAGE,
    "POST /api/v1/posts/{number}/end": Right.MANAGE,
    "POST /api/v1/posts/{number}/withdraw": Right.MANAGE,
    "GET /api/v1/courses": Right.LOOK,
    "POST /api/v1/courses": Right.MANAGE,
    "POST /api/v1/courses/{number}/withdraw": Right.MANAGE,
    "POST /api/v1/courses/{number}/attendances": Right.MANAGE,
    "POST /api/v1/attendances/{number}/withdraw": Right.MANAGE,
    "GET /api/v1/trainings": Right.LOOK,
    "GET /api/v1/trainings/lacking": Right.LOOK,
    "GET /api/v1/collections": Right.LOOK,
    "POST /api/v1/collections": Right.MANAGE,
    "GET /api/v1/collections/{number}": Right.LOOK,
    "GET /api/v1/collections/{number}/units": Right.LOOK,
    "POST /api/v1/collections/{number}/units": Right.MANAGE,
    "GET /api/v1/collections/{number}/late": Right.LOOK,
    "GET /api/v1/collections/{number}/roll-up": Right.LOOK,
    "GET /api/v1/collections/{number}/units/{facility}": Right.LOOK,
    "POST /api/v1/collections/{number}/units/{facility}/confirm": Right.SIGN,
    "POST /api/v1/collections/{number}/units/{facility}/return": Right.MANAGE,
    "POST /api/v1/collections/{number}/units/{facility}/consolidate": Right.MANAGE,
    "POST /api/v1/collections/{number}/units/{facility}/excuse": Right.MANAGE,
    "POST /api/v1/collections/{number}/units/{facility}/remind": Right.MANAGE,
    "POST /api/v1/collections/{number}/consolidate": Right.MANAGE,
    "POST /api/v1/collections/{number}/freeze": Right.MANAGE,
    # who is told: policies, rotas, absences, ways to a person
    "GET /api/v1/drills": Right.LOOK,
    "GET /api/v1/drills/{number}": Right.LOOK,
    "POST /api/v1/drills": Right.MANAGE,
    "GET /api/v1/alarms/figures": Right.LOOK,
    "GET /api/v1/alarms/who": Right.LOOK,
    "GET /api/v1/duty/gaps": Right.LOOK,
    "GET /api/v1/duty/default": Right.LOOK,
    "GET /api/v1/duty/policies": Right.LOOK,
    "POST /api/v1/duty/policies": Right.MANAGE,
    "POST /api/v1/duty/policies/{number}/end": Right.MANAGE,
    "POST /api/v1/duty/policies/{number}/withdraw": Right.MANAGE,
    "GET /api/v1/duty/rotas": Right.LOOK,
    "GET /api/v1/duty/rotas/{number}": Right.LOOK,
    "POST /api/v1/duty/rotas": Right.MANAGE,
    "PUT /api/v1/duty/rotas/{number}": Right.MANAGE,
    "POST /api/v1/duty/rotas/{number}/withdraw": Right.MANAGE,
    "POST /api/v1/duty/rotas/{number}/turns": Right.MANAGE,
    "POST /api/v1/duty/turns/{number}/end": Right.MANAGE,
    "POST /api/v1/duty/rotas/{number}/shifts": Right.MANAGE,
    "POST /api/v1/duty/shifts/{number}/withdraw": Right.MANAGE,
    "GET /api/v1/absences": Right.LOOK,
    "POST /api/v1/absences": Right.KEEP,
    "POST /api/v1/absences/{number}/end": Right.KEEP,
    "POST /api/v1/absences/{number}/withdraw": Right.KEEP,
    "GET /api/v1/people/{number}/ways": Right.LOOK,
    "POST /api/v1/people/{number}/ways/words": Right.KEEP,
    "POST /api/v1/people/{number}/wechat-link": Right.KEEP,
    "GET /api/v1/people/{number}/wish": Right.LOOK,
    "PUT /api/v1/people/{number}/wish": Right.KEEP,
    "GET /api/v1/duty/ways": Right.LOOK,
    "GET /api/v1/duty/ways/due": Right.LOOK,
    # exposure
    "GET /api/v1/excursions/{excursion}/affected": Right.LOOK,
    "GET /api/v1/equipment/{code}/compartments/{name}/evidence": Right.LOOK,
    "POST /api/v1/equipment/{code}/compartments/{name}/evidence": Right.KEEP,
    "POST /api/v1/equipment/{code}/compartments/{name}/evidence/{number}/withdraw": Right.KEEP,
    "GET /api/v1/lots/{lot}/given": Right.LOOK,
    "POST /api/v1/lots/{lot}/given": Right.KEEP,
    "POST /api/v1/lots/{lot}/given/{number}/withdraw": Right.KEEP,
    # stock: vaccines, lots, receiving, movements, counts, custody
    "GET /api/v1/vaccines": Right.LOOK,
    "GET /api/v1/vaccines/{code}": Right.LOOK,
    "PUT /api/v1/vaccines/{code}": Right.MANAGE,
    "POST /api/v1/vaccines/{code}/prices": Right.MANAGE,
    "GET /api/v1/prices/{number}": Right.LOOK,
    "POST /api/v1/prices/{number}/withdraw": Right.MANAGE,
    "POST /api/v1/vaccines/{code}/stability": Right.MANAGE,
    "GET /api/v1/stability/{number}": Right.LOOK,
    "POST /api/v1/stability/{number}/approve": Right.MANAGE,
    "POST /api/v1/stability/{number}/end": Right.MANAGE,
    "POST /api/v1/stability/{number}/withdraw": Right.MANAGE,
    "GET /api/v1/lots": Right.LOOK,
    "GET /api/v1/lots/{lot}": Right.LOOK,
    "PUT /api/v1/lots/{lot}": Right.KEEP,
    "GET /api/v1/stock/fefo": Right.LOOK,
    "GET /api/v1/stock/labels": Right.LOOK,
    "GET /api/v1/stock/misplaced": Right.LOOK,
    "GET /api/v1/stock/passed-over": Right.LOOK,
    "GET /api/v1/receipts": Right.LOOK,
    "GET /api/v1/receipts/due": Right.LOOK,
    "GET /api/v1/receipts/undecided": Right.LOOK,
    "POST /api/v1/receipts": Right.KEEP,
    "GET /api/v1/receipts/{number}": Right.LOOK,
    "POST /api/v1/receipts/{number}/complete": Right.KEEP,
    "POST /api/v1/receipts/{number}/refuse": Right.KEEP,
    "POST /api/v1/receipts/{number}/withdraw": Right.KEEP,
    "POST /api/v1/receipts/{number}/reports": Right.KEEP,
    "GET /api/v1/receipts/{number}/reports/{report}": Right.LOOK,
    "POST /api/v1/receipts/{number}/reports/{report}/paper": Right.KEEP,
    "POST /api/v1/receipts/{number}/reports/{report}/withdraw": Right.KEEP,
    "POST /api/v1/movements": Right.KEEP,
    "GET /api/v1/movements": Right.LOOK,
    "GET /api/v1/movements/unconfirmed": Right.LOOK,
    "GET /api/v1/movements/{number}": Right.LOOK,
    "POST /api/v1/movements/{number}/confirm": Right.KEEP,
    "POST /api/v1/movements/{number}/withdraw": Right.KEEP,
    "GET /api/v1/register": Right.LOOK,
    "GET /api/v1/counts": Right.LOOK,
    "POST /api/v1/counts": Right.KEEP,
    "GET /api/v1/counts/{number}": Right.LOOK,
    "POST /api/v1/counts/{number}/post": Right.KEEP,
    "POST /api/v1/counts/{number}/withdraw": Right.KEEP,
    "GET /api/v1/custody": Right.LOOK,
    "GET /api/v1/custody/papers-due": Right.LOOK,
    "GET /api/v1/custody/unconfirmed": Right.LOOK,
    "POST /api/v1/custody": Right.KEEP,
    "GET /api/v1/custody/{number}": Right.LOOK,
    "POST /api/v1/custody/{number}/consent": Right.MANAGE,
    "POST /api/v1/custody/{number}/return": Right.KEEP,
    "POST /api/v1/custody/{number}/paper": Right.KEEP,
    "POST /api/v1/custody/{number}/withdraw": Right.KEEP,
    "POST /api/v1/disposals": Right.KEEP,
    "GET /api/v1/unusable/due": Right.LOOK,
    "POST /api/v1/unusable/reports": Right.KEEP,
    "GET /api/v1/unusable/reports/{number}": Right.LOOK,
    "POST /api/v1/unusable/reports/{number}/paper": Right.KEEP,
    "POST /api/v1/unusable/reports/{number}/withdraw": Right.KEEP,
    # what becomes of held doses
    "GET /api/v1/dossiers": Right.LOOK,
    "POST /api/v1/dossiers": Right.KEEP,
    "GET /api/v1/dossiers/{dossier}": Right.LOOK,
    "GET /api/v1/dossiers/{dossier}/evidence/{version}": Right.LOOK,
    "GET /api/v1/dossiers/{dossier}/told": Right.LOOK,
    "GET /api/v1/lots/{lot}/dossiers": Right.LOOK,
    "POST /api/v1/dossiers/{dossier}/freeze": Right.KEEP,
    "POST /api/v1/dossiers/{dossier}/documents": Right.KEEP,
    "POST /api/v1/dossiers/{dossier}/opinions": Right.KEEP,
    "POST /api/v1/dossiers/{dossier}/opinions/{opinion}/withdraw": Right.KEEP,
    "POST /api/v1/dossiers/{dossier}/documents/{document}/withdraw": Right.KEEP,
    "POST /api/v1/dossiers/{dossier}/reports": Right.KEEP,
    "POST /api/v1/dossiers/{dossier}/reports/{report}/withdraw": Right.KEEP,
    "POST /api/v1/dossiers/{dossier}/proposals": Right.KEEP,
    "POST /api/v1/dossiers/{dossier}/proposals/{proposal}/signatures": Right.SIGN,
    "POST /api/v1/dossiers/{dossier}/witnesses": Right.KEEP,
    # certificates, corrections, probes found wrong; how machines run
    "GET /api/v1/calibrations": Right.LOOK,
    "POST /api/v1/calibrations": Right.MANAGE,
    "GET /api/v1/calibrations/due": Right.LOOK,
    "GET /api/v1/calibrations/offsets": Right.LOOK,
    "GET /api/v1/calibrations/{number}": Right.LOOK,
    "POST /api/v1/calibrations/{number}/withdraw": Right.MANAGE,
    "GET /api/v1/corrections": Right.LOOK,
    "POST /api/v1/corrections": Right.MANAGE,
    "POST /api/v1/corrections/{number}/approve": Right.MANAGE,
    "POST /api/v1/corrections/{number}/end": Right.MANAGE,
    "POST /api/v1/corrections/{number}/withdraw": Right.MANAGE,
    "GET /api/v1/readings/corrected": Right.LOOK,
    "GET /api/v1/tolerance-cases": Right.LOOK,
    "GET /api/v1/tolerance-cases/{number}": Right.LOOK,
    "POST /api/v1/tolerance-cases/{number}/conclude": Right.MANAGE,
    "GET /api/v1/performance": Right.LOOK,
    "GET /api/v1/performance/models": Right.LOOK,
    "GET /api/v1/performance/replace-first": Right.LOOK,
    "GET /api/v1/performance/{code}": Right.LOOK,
    # sheets in and out, codes on boxes; which kinds of sheet want more is told in `api.sheets`
    "POST /api/v1/imports/{kind}": Right.KEEP,
    "GET /api/v1/imports/{kind}/template": Right.LOOK,
    "GET /api/v1/exports/{name}": Right.LOOK,
    "GET /api/v1/sheet-mappings": Right.LOOK,
    "GET /api/v1/sheet-mappings/{name}": Right.LOOK,
    "PUT /api/v1/sheet-mappings/{name}": Right.MANAGE,
    "POST /api/v1/sheet-mappings/{name}/withdraw": Right.MANAGE,
    "POST /api/v1/scan": Right.LOOK,
    # pages
    "GET /": Right.LOOK,
    "GET /board": Right.LOOK,
    "GET /events": Right.LOOK,
    "GET /equipment/{code}": Right.LOOK,
    "GET /equipment/{code}/chart": Right.LOOK,
    "GET /alarms/{alarm}": Right.LOOK,
    "POST /alarms/{alarm}/take": Right.TAKE,
    "POST /alarms/{alarm}/close": Right.TAKE,
    "POST /alarms/{alarm}/move": Right.KEEP,
    "GET /duty": Right.LOOK,
    "GET /duty/rotas": Right.LOOK,
    "POST /duty/absences": Right.KEEP,
    "POST /duty/absences/{number}/back": Right.KEEP,
    "POST /duty/shifts": Right.MANAGE,
    "GET /drills": Right.LOOK,
    "POST /drills": Right.MANAGE,
    "GET /figures": Right.LOOK,
    # out of a message: who may act is told by what they know, not by a login
    "GET /n/{secret}": Right.OPEN,
    "POST /n/{secret}": Right.OPEN,
    "GET /a/{code}": Right.OPEN,
    "POST /a/{code}": Right.OPEN,
    "GET /wechat/bind/{ticket}": Right.OPEN,
    "GET /wechat/bound": Right.OPEN,
    "GET /wechat/account": Right.OPEN,
    "POST /wechat/bound": Right.OPEN,
    # what providers call; each proves itself by its token or its seal
    "GET /callbacks/{channel}/{token}": Right.OPEN,
    "POST /callbacks/{channel}/{token}": Right.OPEN,
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


async def ground_of(tx: Tx, viewer: Viewer) -> Ground | None:
    """What the viewer's scope covers; None when it is everything."""
    if viewer.scope is None:
        return None
    its = await views.covered(tx, viewer.scope)
    rooms = frozenset(map(str, its.compartments))
    return Ground(
        {
            "facility": viewer.scope,
            "origin": viewer.scope,
            "equipment": its.equipment,
            "compartment": rooms,
            "carrier": rooms,
            "source": rooms,
            "target": rooms,
            "region": its.regions,
        }
    )
