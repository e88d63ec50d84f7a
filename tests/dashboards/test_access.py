"""Every route × role × region, as a table: a route that the table does not know fails."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from dashboards.access import ROUTES, Right
from tests.dashboards.conftest import Caller
from tests.dashboards.site import COUNTY, Site, channel

ROLES = ("clinic", "elsewhere", "manager", "auditor", "auditor elsewhere", "administrator")
SEEN_BY_ALL = dict.fromkeys(ROLES, 200)
# What lies in clinic F03's county: the same answer for "is not there" and "is not yours".
ONLY_THERE = {**SEEN_BY_ALL, "elsewhere": 404, "auditor elsewhere": 404}
TAKES = {**ONLY_THERE, "auditor": 403, "auditor elsewhere": 403}
PERMITTED = ("clinic", "manager", "administrator")
# What is written about clinic F03's things and refused for what it says, once it is known that the caller may say it.
KEEPS_THERE = {**TAKES, **dict.fromkeys(PERMITTED, 422)}
MANAGES = {**dict.fromkeys(ROLES, 403), "manager": 422, "administrator": 422}
# There is none of that number, for whoever may ask for it.
KEEPS_NONE = {**dict.fromkeys(ROLES, 404), "auditor": 403, "auditor elsewhere": 403}
MANAGES_NONE = {**MANAGES, "manager": 404, "administrator": 404}
# Refused for what it says before anybody knows whose it is.
KEEPS_FORM = {**dict.fromkeys(ROLES, 422), "auditor": 403, "auditor elsewhere": 403}
NO_DOCUMENT = "0" * 64
NOT_CLINIC = {**SEEN_BY_ALL, "clinic": 403, "elsewhere": 403}
NONE = dict.fromkeys(ROLES, 404)

TOWN = "511902103000"  # of clinic F03
EVIDENCE = "/api/v1/equipment/E03/compartments/cold/evidence"

# route → (path to ask, status by caller); open routes answer anybody and are asked by nobody as well
TABLE: dict[str, tuple[str, dict[str, int]]] = {
    "GET /api/v1/health": ("/api/v1/health", SEEN_BY_ALL),
    "GET /api/v1/openapi.json": ("/api/v1/openapi.json", SEEN_BY_ALL),
    "GET /api/v1/docs": ("/api/v1/docs", SEEN_BY_ALL),
    "GET /api/v1/equipment": ("/api/v1/equipment", SEEN_BY_ALL),
    "GET /api/v1/readings": (f"/api/v1/readings?channel={channel(3)}&points=2", ONLY_THERE),
    "GET /api/v1/excursions": ("/api/v1/excursions", SEEN_BY_ALL),
    "GET /api/v1/lots/{lot}/exposure": ("/api/v1/lots/L2/exposure", ONLY_THERE),
    "GET /api/v1/excursions/{excursion}/affected": ("/api/v1/excursions/c3/affected", ONLY_THERE),
    "GET /api/v1/equipment/{code}/compartments/{name}/evidence": (f"{EVIDENCE}?start=0", ONLY_THERE),
    "POST /api/v1/equipment/{code}/compartments/{name}/evidence": (
        EVIDENCE,
        dict.fromkeys(ROLES, 403),  # no program's token vouches for anything
    ),
    "POST /api/v1/equipment/{code}/compartments/{name}/evidence/{number}/withdraw": (
        f"{EVIDENCE}/999/withdraw",
        {**TAKES, "clinic": 404, "manager": 404, "administrator": 404},
    ),
    "GET /api/v1/lots/{lot}/given": ("/api/v1/lots/L2/given", SEEN_BY_ALL),
    "POST /api/v1/lots/{lot}/given": ("/api/v1/lots/L2/given", TAKES),
    "POST /api/v1/lots/{lot}/given/{number}/withdraw": (
        "/api/v1/lots/L2/given/999/withdraw",
        {**TAKES, "clinic": 404, "manager": 404, "administrator": 404},
    ),
    "GET /api/v1/alarms": ("/api/v1/alarms", SEEN_BY_ALL),
    "POST /api/v1/alarms/{alarm}/take": ("/api/v1/alarms/ALARM/take", TAKES),
    "GET /api/v1/alarms/{alarm}/notices": ("/api/v1/alarms/ALARM/notices", ONLY_THERE),
    "GET /api/v1/alarms/{alarm}": ("/api/v1/alarms/ALARM", ONLY_THERE),
    "POST /api/v1/alarms/{alarm}/close": ("/api/v1/alarms/ALARM/close", KEEPS_THERE),
    "POST /api/v1/alarms/{alarm}/moves": ("/api/v1/alarms/ALARM/moves", KEEPS_THERE),
    # who is told
    "GET /api/v1/alarms/who": ("/api/v1/alarms/who?equipment=E03", ONLY_THERE),
    "GET /api/v1/drills": ("/api/v1/drills", SEEN_BY_ALL),
    "GET /api/v1/drills/{number}": ("/api/v1/drills/99", NONE),
    "POST /api/v1/drills": ("/api/v1/drills", MANAGES),
    "GET /api/v1/alarms/figures": ("/api/v1/alarms/figures", SEEN_BY_ALL),
    "GET /api/v1/duty/gaps": ("/api/v1/duty/gaps", SEEN_BY_ALL),
    "GET /api/v1/duty/default": ("/api/v1/duty/default", SEEN_BY_ALL),
    "GET /api/v1/duty/policies": ("/api/v1/duty/policies", SEEN_BY_ALL),
    "POST /api/v1/duty/policies": ("/api/v1/duty/policies", MANAGES),
    "POST /api/v1/duty/policies/{number}/end": ("/api/v1/duty/policies/99/end", MANAGES),
    "POST /api/v1/duty/policies/{number}/withdraw": ("/api/v1/duty/policies/99/withdraw", MANAGES_NONE),
    "GET /api/v1/duty/rotas": ("/api/v1/duty/rotas", SEEN_BY_ALL),
    "GET /api/v1/duty/rotas/{number}": ("/api/v1/duty/rotas/99", NONE),
    "POST /api/v1/duty/rotas": ("/api/v1/duty/rotas", MANAGES),
    "PUT /api/v1/duty/rotas/{number}": ("/api/v1/duty/rotas/99", MANAGES),
    "POST /api/v1/duty/rotas/{number}/withdraw": ("/api/v1/duty/rotas/99/withdraw", MANAGES_NONE),
    "POST /api/v1/duty/rotas/{number}/turns": ("/api/v1/duty/rotas/99/turns", MANAGES),
    "POST /api/v1/duty/turns/{number}/end": ("/api/v1/duty/turns/99/end", MANAGES),
    "POST /api/v1/duty/rotas/{number}/shifts": ("/api/v1/duty/rotas/99/shifts", MANAGES),
    "POST /api/v1/duty/shifts/{number}/withdraw": ("/api/v1/duty/shifts/99/withdraw", MANAGES_NONE),
    "GET /api/v1/absences": ("/api/v1/absences", SEEN_BY_ALL),
    "POST /api/v1/absences": ("/api/v1/absences", KEEPS_FORM),
    "POST /api/v1/absences/{number}/end": ("/api/v1/absences/99/end", KEEPS_FORM),
    "POST /api/v1/absences/{number}/withdraw": ("/api/v1/absences/99/withdraw", KEEPS_NONE),
    "GET /api/v1/people/{number}/ways": ("/api/v1/people/99/ways", NONE),
    "POST /api/v1/people/{number}/ways/words": ("/api/v1/people/99/ways/words", KEEPS_FORM),
    "POST /api/v1/people/{number}/wechat-link": ("/api/v1/people/99/wechat-link", KEEPS_NONE),
    "GET /api/v1/people/{number}/wish": ("/api/v1/people/99/wish", NONE),
    "PUT /api/v1/people/{number}/wish": ("/api/v1/people/99/wish", KEEPS_FORM),
    "GET /api/v1/duty/ways": ("/api/v1/duty/ways", SEEN_BY_ALL),
    "GET /api/v1/duty/ways/due": ("/api/v1/duty/ways/due", SEEN_BY_ALL),
    "GET /api/v1/audit": ("/api/v1/audit", NOT_CLINIC),
    "GET /api/v1/audit/streams": ("/api/v1/audit/streams", NOT_CLINIC),
    "GET /api/v1/audit/root": ("/api/v1/audit/root", {**dict.fromkeys(ROLES, 404), "clinic": 403, "elsewhere": 403}),
    "GET /api/v1/audit/roots": ("/api/v1/audit/roots", NOT_CLINIC),
    "GET /api/v1/refused": ("/api/v1/refused", NOT_CLINIC),
    "GET /api/v1/retention": ("/api/v1/retention", NOT_CLINIC),
    "GET /api/v1/retention/standing": (
        f"/api/v1/retention/standing?channel={channel(3)}&start=0&end=86400000",
        {**NOT_CLINIC, "auditor elsewhere": 404},
    ),
    "POST /api/v1/retention/acts": ("/api/v1/retention/acts", dict.fromkeys(ROLES, 403)),  # no program's token signs
    "POST /api/v1/retention/acts/{number}/carry-out": (
        "/api/v1/retention/acts/999/carry-out",
        {**dict.fromkeys(ROLES, 403), "administrator": 404},
    ),
    "POST /api/v1/documents": ("/api/v1/documents?facility=F03", {**KEEPS_THERE, **dict.fromkeys(PERMITTED, 201)}),
    "GET /api/v1/documents/{sha256}": (f"/api/v1/documents/{NO_DOCUMENT}", dict.fromkeys(ROLES, 404)),
    "GET /api/v1/documents/{sha256}/content": (f"/api/v1/documents/{NO_DOCUMENT}/content", dict.fromkeys(ROLES, 404)),
    "GET /api/v1/equipment/{code}": ("/api/v1/equipment/E03", ONLY_THERE),
    "PUT /api/v1/equipment/{code}": ("/api/v1/equipment/E03", MANAGES),
    "POST /api/v1/equipment/{code}/status": ("/api/v1/equipment/E03/status", MANAGES),
    "POST /api/v1/equipment/{code}/place": ("/api/v1/equipment/E03/place", MANAGES),
    "POST /api/v1/equipment/{code}/modes": ("/api/v1/equipment/E03/modes", KEEPS_THERE),
    "POST /api/v1/equipment/{code}/papers": ("/api/v1/equipment/E03/papers", KEEPS_THERE),
    "POST /api/v1/equipment/{code}/repairs": ("/api/v1/equipment/E03/repairs", KEEPS_THERE),
    "POST /api/v1/equipment/{code}/care": ("/api/v1/equipment/E03/care", KEEPS_THERE),
    "GET /api/v1/repairs": ("/api/v1/repairs", SEEN_BY_ALL),
    "POST /api/v1/repairs/{number}/mended": (
        "/api/v1/repairs/99/mended",
        {**KEEPS_THERE, **dict.fromkeys(PERMITTED, 404)},
    ),
    "GET /api/v1/requests": ("/api/v1/requests", SEEN_BY_ALL),
    "POST /api/v1/requests": ("/api/v1/requests", KEEPS_THERE),
    "GET /api/v1/requests/{number}": ("/api/v1/requests/99", dict.fromkeys(ROLES, 404)),
    # these tokens are programs': they sign nothing
    "POST /api/v1/requests/{number}/decide": ("/api/v1/requests/99/decide", dict.fromkeys(ROLES, 403)),
    "POST /api/v1/requests/{number}/finish": (
        "/api/v1/requests/99/finish",
        {**MANAGES, "manager": 404, "administrator": 404},
    ),
    "GET /api/v1/care": ("/api/v1/care", SEEN_BY_ALL),
    "POST /api/v1/equipment/{code}/modes/{number}/withdraw": ("/api/v1/equipment/E03/modes/99/withdraw", KEEPS_NONE),
    "POST /api/v1/equipment/{code}/papers/{number}/withdraw": ("/api/v1/equipment/E03/papers/99/withdraw", KEEPS_NONE),
    "POST /api/v1/repairs/{number}/withdraw": ("/api/v1/repairs/99/withdraw", KEEPS_NONE),
    "POST /api/v1/requests/{number}/withdraw": ("/api/v1/requests/99/withdraw", KEEPS_NONE),
    "POST /api/v1/care/{number}/withdraw": ("/api/v1/care/99/withdraw", KEEPS_NONE),
    "POST /api/v1/items/{number}/withdraw": ("/api/v1/items/99/withdraw", KEEPS_NONE),
    "GET /api/v1/items": ("/api/v1/items", SEEN_BY_ALL),
    "POST /api/v1/items": ("/api/v1/items", KEEPS_THERE),
    "GET /api/v1/checks/probes": ("/api/v1/checks/probes", SEEN_BY_ALL),
    "GET /api/v1/checks/levels": ("/api/v1/checks/levels", SEEN_BY_ALL),
    "GET /api/v1/checks/cards": ("/api/v1/checks/cards", SEEN_BY_ALL),
    "GET /api/v1/checks/care": ("/api/v1/checks/care", SEEN_BY_ALL),
    "GET /api/v1/checks/equipment": ("/api/v1/checks/equipment", SEEN_BY_ALL),
    # compartments, probes, and by what a reading is judged or explained
    "GET /api/v1/equipment/{code}/compartments": ("/api/v1/equipment/E03/compartments", ONLY_THERE),
    "PUT /api/v1/equipment/{code}/compartments/{name}": ("/api/v1/equipment/E03/compartments/cold", MANAGES),
    "POST /api/v1/equipment/{code}/compartments/{name}/use": ("/api/v1/equipment/E03/compartments/cold/use", MANAGES),
    "GET /api/v1/equipment/{code}/probes": ("/api/v1/equipment/E03/probes", ONLY_THERE),
    "POST /api/v1/equipment/{code}/probes": ("/api/v1/equipment/E03/probes", MANAGES),
    "POST /api/v1/equipment/{code}/probes/{number}/take-off": (
        "/api/v1/equipment/E03/probes/999/take-off",
        MANAGES_NONE,
    ),
    "GET /api/v1/rule-choices": ("/api/v1/rule-choices", SEEN_BY_ALL),
    "POST /api/v1/rule-choices": ("/api/v1/rule-choices", MANAGES),
    "POST /api/v1/rule-choices/{number}/end": ("/api/v1/rule-choices/999/end", MANAGES_NONE),
    "POST /api/v1/rule-choices/{number}/withdraw": ("/api/v1/rule-choices/999/withdraw", MANAGES_NONE),
    "GET /api/v1/buffers": ("/api/v1/buffers", SEEN_BY_ALL),
    "POST /api/v1/buffers": ("/api/v1/buffers", dict.fromkeys(ROLES, 403)),  # no program's token approves
    "POST /api/v1/buffers/{number}/end": ("/api/v1/buffers/999/end", MANAGES_NONE),
    "POST /api/v1/buffers/{number}/withdraw": ("/api/v1/buffers/999/withdraw", MANAGES_NONE),
    "GET /api/v1/occasions": ("/api/v1/occasions", SEEN_BY_ALL),
    "POST /api/v1/occasions": ("/api/v1/occasions", MANAGES),
    "POST /api/v1/occasions/{number}/withdraw": ("/api/v1/occasions/999/withdraw", MANAGES_NONE),
    # regions
    "GET /api/v1/regions": ("/api/v1/regions", SEEN_BY_ALL),
    "GET /api/v1/regions/{code}": (f"/api/v1/regions/{TOWN}", ONLY_THERE),
    "PUT /api/v1/regions/{code}": (f"/api/v1/regions/{TOWN}", MANAGES),
    "GET /api/v1/checks/regions": ("/api/v1/checks/regions", SEEN_BY_ALL),
    "GET /api/v1/statistics/equipment": ("/api/v1/statistics/equipment", SEEN_BY_ALL),
    "GET /api/v1/rounds": ("/api/v1/rounds", SEEN_BY_ALL),
    "POST /api/v1/rounds": ("/api/v1/rounds", MANAGES),
    "GET /api/v1/rounds/{number}": ("/api/v1/rounds/99", dict.fromkeys(ROLES, 404)),
    "PUT /api/v1/rounds/{number}": ("/api/v1/rounds/99", MANAGES_NONE),
    "POST /api/v1/rounds/{number}/close": ("/api/v1/rounds/99/close", MANAGES_NONE),
    "POST /api/v1/rounds/{number}/withdraw": ("/api/v1/rounds/99/withdraw", MANAGES_NONE),
    "PUT /api/v1/rounds/{number}/lines/{facility}": ("/api/v1/rounds/99/lines/F03", MANAGES_NONE),
    "PUT /api/v1/rounds/{number}/lines/{facility}/sessions": ("/api/v1/rounds/99/lines/F03/sessions", KEEPS_NONE),
    "POST /api/v1/rounds/{number}/lines/{facility}/close": ("/api/v1/rounds/99/lines/F03/close", KEEPS_NONE),
    "GET /api/v1/runs": ("/api/v1/runs", SEEN_BY_ALL),
    "POST /api/v1/runs": ("/api/v1/runs", KEEPS_THERE),
    "GET /api/v1/runs/orders-due": ("/api/v1/runs/orders-due", SEEN_BY_ALL),
    "PUT /api/v1/runs/{number}/order": ("/api/v1/runs/99/order", KEEPS_NONE),
    "GET /api/v1/runs/{number}": ("/api/v1/runs/99", dict.fromkeys(ROLES, 404)),
    "POST /api/v1/runs/{number}/load": ("/api/v1/runs/99/load", KEEPS_NONE),
    "POST /api/v1/runs/{number}/unload": ("/api/v1/runs/99/unload", KEEPS_NONE),
    "POST /api/v1/runs/{number}/readings": ("/api/v1/runs/99/readings", KEEPS_NONE),
    "POST /api/v1/runs/{number}/readings/{reading}/withdraw": ("/api/v1/runs/99/readings/1/withdraw", KEEPS_NONE),
    "POST /api/v1/runs/{number}/arrive": ("/api/v1/runs/99/arrive", KEEPS_NONE),
    "PUT /api/v1/runs/{number}/stops/{facility}": ("/api/v1/runs/99/stops/F03", KEEPS_NONE),
    "POST /api/v1/runs/{number}/receive": ("/api/v1/runs/99/receive", KEEPS_NONE),
    "POST /api/v1/runs/{number}/complete": ("/api/v1/runs/99/complete", KEEPS_NONE),
    "POST /api/v1/runs/{number}/cancel": ("/api/v1/runs/99/cancel", KEEPS_NONE),
    "POST /api/v1/records": ("/api/v1/records", dict.fromkeys(ROLES, 403)),  # programs' tokens: nobody signs by them
    "GET /api/v1/records": ("/api/v1/records?equipment=E03", ONLY_THERE),
    "GET /api/v1/records/missing": ("/api/v1/records/missing", SEEN_BY_ALL),
    "GET /api/v1/records/rates": ("/api/v1/records/rates?month=2026-07", SEEN_BY_ALL),
    "GET /api/v1/records/month": ("/api/v1/records/month?equipment=E03&month=2026-07", ONLY_THERE),
    "GET /api/v1/records/differences": ("/api/v1/records/differences?equipment=E03", ONLY_THERE),
    "GET /api/v1/records/hours": ("/api/v1/records/hours", SEEN_BY_ALL),
    "POST /api/v1/records/hours": ("/api/v1/records/hours", MANAGES),
    "GET /api/v1/records/{record}": ("/api/v1/records/99", dict.fromkeys(ROLES, 404)),
    "POST /api/v1/records/{record}/withdraw": ("/api/v1/records/99/withdraw", KEEPS_NONE),
    "GET /api/v1/facilities": ("/api/v1/facilities", SEEN_BY_ALL),
    "GET /api/v1/facilities/{code}": ("/api/v1/facilities/F03", ONLY_THERE),
    "PUT /api/v1/facilities/{code}": ("/api/v1/facilities/F03", KEEPS_THERE),
    "POST /api/v1/facilities/{code}/status": ("/api/v1/facilities/F03/status", MANAGES),
    "GET /api/v1/facilities/{code}/statuses": ("/api/v1/facilities/F03/statuses", ONLY_THERE),
    "GET /api/v1/facilities/{code}/working-days": (
        "/api/v1/facilities/F03/working-days?first=2026-01-01&last=2026-01-02",
        ONLY_THERE,
    ),
    "GET /api/v1/facilities/{code}/session-hours": ("/api/v1/facilities/F03/session-hours", ONLY_THERE),
    "PUT /api/v1/facilities/{code}/session-hours": ("/api/v1/facilities/none/session-hours", MANAGES_NONE),
    "POST /api/v1/facilities/{code}/session-hours/{number}/withdraw": (
        "/api/v1/facilities/F03/session-hours/99/withdraw",
        MANAGES_NONE,
    ),
    "GET /api/v1/facilities/{code}/sessions": (
        "/api/v1/facilities/F03/sessions?first=2026-01-01&last=2026-01-02",
        ONLY_THERE,
    ),
    "GET /api/v1/facilities/{code}/hand-overs": ("/api/v1/facilities/F03/hand-overs", ONLY_THERE),
    "POST /api/v1/facilities/{code}/hand-overs": ("/api/v1/facilities/F03/hand-overs", KEEPS_NONE),
    "POST /api/v1/facilities/{code}/hand-overs/{number}/countersign": (
        "/api/v1/facilities/F03/hand-overs/1/countersign",
        KEEPS_NONE,
    ),
    "GET /api/v1/checks/facilities": ("/api/v1/checks/facilities", SEEN_BY_ALL),
    "GET /api/v1/calendar-days": ("/api/v1/calendar-days?first=2026-01-01&last=2026-01-02", SEEN_BY_ALL),
    "POST /api/v1/calendar-days": ("/api/v1/calendar-days", MANAGES),
    "POST /api/v1/calendar-days/{number}/withdraw": ("/api/v1/calendar-days/1/withdraw", MANAGES_NONE),
    "GET /api/v1/people": ("/api/v1/people", SEEN_BY_ALL),
    "POST /api/v1/people": ("/api/v1/people", KEEPS_THERE),
    "GET /api/v1/people/{number}": ("/api/v1/people/1", NONE),
    "PUT /api/v1/people/{number}": ("/api/v1/people/1", KEEPS_NONE),
    "PUT /api/v1/people/{number}/phones": ("/api/v1/people/1/phones", KEEPS_NONE),
    "GET /api/v1/posts": ("/api/v1/posts", SEEN_BY_ALL),
    "POST /api/v1/posts": ("/api/v1/posts", MANAGES_NONE),
    "POST /api/v1/posts/{number}/end": ("/api/v1/posts/1/end", MANAGES_NONE),
    "POST /api/v1/posts/{number}/withdraw": ("/api/v1/posts/1/withdraw", MANAGES_NONE),
    "GET /api/v1/courses": ("/api/v1/courses", SEEN_BY_ALL),
    "POST /api/v1/courses": ("/api/v1/courses", MANAGES),
    "POST /api/v1/courses/{number}/withdraw": ("/api/v1/courses/1/withdraw", MANAGES_NONE),
    "POST /api/v1/courses/{number}/attendances": ("/api/v1/courses/1/attendances", MANAGES_NONE),
    "POST /api/v1/attendances/{number}/withdraw": ("/api/v1/attendances/1/withdraw", MANAGES_NONE),
    "GET /api/v1/trainings": ("/api/v1/trainings", SEEN_BY_ALL),
    "GET /api/v1/trainings/lacking": ("/api/v1/trainings/lacking", SEEN_BY_ALL),
    "GET /api/v1/collections": ("/api/v1/collections", SEEN_BY_ALL),
    "POST /api/v1/collections": ("/api/v1/collections", MANAGES),
    "GET /api/v1/collections/{number}": ("/api/v1/collections/1", NONE),
    "GET /api/v1/collections/{number}/units": ("/api/v1/collections/1/units", NONE),
    "POST /api/v1/collections/{number}/units": ("/api/v1/collections/1/units", MANAGES_NONE),
    "GET /api/v1/collections/{number}/late": ("/api/v1/collections/1/late", NONE),
    "GET /api/v1/collections/{number}/roll-up": ("/api/v1/collections/1/roll-up", NONE),
    "GET /api/v1/collections/{number}/units/{facility}": ("/api/v1/collections/1/units/F03", NONE),
    "POST /api/v1/collections/{number}/units/{facility}/confirm": (
        "/api/v1/collections/1/units/F03/confirm",
        KEEPS_NONE,
    ),
    "POST /api/v1/collections/{number}/units/{facility}/return": (
        "/api/v1/collections/1/units/F03/return",
        MANAGES_NONE,
    ),
    "POST /api/v1/collections/{number}/units/{facility}/consolidate": (
        "/api/v1/collections/1/units/F03/consolidate",
        MANAGES_NONE,
    ),
    "POST /api/v1/collections/{number}/units/{facility}/excuse": (
        "/api/v1/collections/1/units/F03/excuse",
        MANAGES_NONE,
    ),
    "POST /api/v1/collections/{number}/units/{facility}/remind": (
        "/api/v1/collections/1/units/F03/remind",
        MANAGES_NONE,
    ),
    "POST /api/v1/collections/{number}/consolidate": ("/api/v1/collections/1/consolidate", MANAGES_NONE),
    "POST /api/v1/collections/{number}/freeze": ("/api/v1/collections/1/freeze", MANAGES_NONE),
    "GET /api/v1/dossiers": ("/api/v1/dossiers", SEEN_BY_ALL),
    "POST /api/v1/dossiers": ("/api/v1/dossiers", TAKES),
    "GET /api/v1/dossiers/{dossier}": ("/api/v1/dossiers/1", ONLY_THERE),
    "GET /api/v1/dossiers/{dossier}/evidence/{version}": ("/api/v1/dossiers/1/evidence/9", dict.fromkeys(ROLES, 404)),
    "GET /api/v1/dossiers/{dossier}/told": ("/api/v1/dossiers/1/told", ONLY_THERE),
    "GET /api/v1/lots/{lot}/dossiers": ("/api/v1/lots/L2/dossiers", SEEN_BY_ALL),
    "POST /api/v1/dossiers/{dossier}/freeze": (
        "/api/v1/dossiers/1/freeze",
        {**KEEPS_THERE, **dict.fromkeys(PERMITTED, 412)},
    ),
    "POST /api/v1/dossiers/{dossier}/documents": ("/api/v1/dossiers/1/documents", KEEPS_THERE),
    "POST /api/v1/dossiers/{dossier}/opinions": ("/api/v1/dossiers/1/opinions", KEEPS_THERE),
    "POST /api/v1/dossiers/{dossier}/opinions/{opinion}/withdraw": (
        "/api/v1/dossiers/1/opinions/7/withdraw",
        KEEPS_THERE,
    ),
    "POST /api/v1/dossiers/{dossier}/documents/{document}/withdraw": (
        "/api/v1/dossiers/1/documents/7/withdraw",
        KEEPS_THERE,
    ),
    "POST /api/v1/dossiers/{dossier}/reports": ("/api/v1/dossiers/1/reports", KEEPS_THERE),
    "POST /api/v1/dossiers/{dossier}/reports/{report}/withdraw": (
        "/api/v1/dossiers/1/reports/7/withdraw",
        KEEPS_THERE,
    ),
    "POST /api/v1/dossiers/{dossier}/proposals": ("/api/v1/dossiers/1/proposals", KEEPS_THERE),
    # these tokens are programs': they sign nothing
    "POST /api/v1/dossiers/{dossier}/proposals/{proposal}/signatures": (
        "/api/v1/dossiers/1/proposals/1/signatures",
        {**dict.fromkeys(ROLES, 403), "elsewhere": 404},
    ),
    "POST /api/v1/dossiers/{dossier}/witnesses": ("/api/v1/dossiers/1/witnesses", KEEPS_THERE),
    # stock: every write here is refused for what it says, or there is none of that number
    "GET /api/v1/vaccines": ("/api/v1/vaccines", SEEN_BY_ALL),
    "GET /api/v1/vaccines/{code}": ("/api/v1/vaccines/HepB", SEEN_BY_ALL),
    # what is so everywhere is said by who holds everything
    "PUT /api/v1/vaccines/{code}": ("/api/v1/vaccines/HepB", {**MANAGES, "manager": 403}),
    "POST /api/v1/vaccines/{code}/prices": ("/api/v1/vaccines/HepB/prices", {**MANAGES, "manager": 403}),
    "GET /api/v1/prices/{number}": ("/api/v1/prices/999", NONE),
    "POST /api/v1/prices/{number}/withdraw": ("/api/v1/prices/999/withdraw", MANAGES_NONE),
    "POST /api/v1/vaccines/{code}/stability": ("/api/v1/vaccines/HepB/stability", {**MANAGES, "manager": 403}),
    "GET /api/v1/stability/{number}": ("/api/v1/stability/999", NONE),
    "POST /api/v1/stability/{number}/approve": ("/api/v1/stability/999/approve", MANAGES_NONE),
    "POST /api/v1/stability/{number}/end": ("/api/v1/stability/999/end", MANAGES_NONE),
    "POST /api/v1/stability/{number}/withdraw": ("/api/v1/stability/999/withdraw", MANAGES_NONE),
    "GET /api/v1/lots": ("/api/v1/lots", SEEN_BY_ALL),
    "GET /api/v1/lots/{lot}": ("/api/v1/lots/L2", ONLY_THERE),
    "PUT /api/v1/lots/{lot}": ("/api/v1/lots/L2", {**KEEPS_THERE, "clinic": 403}),
    "GET /api/v1/stock/fefo": ("/api/v1/stock/fefo?facility=F03&vaccine=HepB&doses=5", ONLY_THERE),
    "GET /api/v1/stock/labels": ("/api/v1/stock/labels?facility=F03", ONLY_THERE),
    "GET /api/v1/stock/passed-over": ("/api/v1/stock/passed-over", SEEN_BY_ALL),
    "GET /api/v1/receipts": ("/api/v1/receipts", SEEN_BY_ALL),
    "GET /api/v1/receipts/due": ("/api/v1/receipts/due", SEEN_BY_ALL),
    "GET /api/v1/receipts/undecided": ("/api/v1/receipts/undecided", SEEN_BY_ALL),
    "GET /api/v1/receipts/{number}/reports/{report}": ("/api/v1/receipts/999/reports/1", NONE),
    "POST /api/v1/receipts/{number}/reports/{report}/paper": ("/api/v1/receipts/999/reports/1/paper", KEEPS_NONE),
    "POST /api/v1/receipts": ("/api/v1/receipts", KEEPS_THERE),
    "GET /api/v1/receipts/{number}": ("/api/v1/receipts/999", NONE),
    "POST /api/v1/receipts/{number}/complete": ("/api/v1/receipts/999/complete", KEEPS_NONE),
    "POST /api/v1/receipts/{number}/refuse": ("/api/v1/receipts/999/refuse", KEEPS_NONE),
    "POST /api/v1/receipts/{number}/withdraw": ("/api/v1/receipts/999/withdraw", KEEPS_NONE),
    "POST /api/v1/receipts/{number}/reports": ("/api/v1/receipts/999/reports", KEEPS_NONE),
    "POST /api/v1/receipts/{number}/reports/{report}/withdraw": ("/api/v1/receipts/999/reports/1/withdraw", KEEPS_NONE),
    "POST /api/v1/movements": ("/api/v1/movements", KEEPS_NONE),
    "GET /api/v1/movements": ("/api/v1/movements?lot=L2", ONLY_THERE),
    "GET /api/v1/movements/unconfirmed": ("/api/v1/movements/unconfirmed", SEEN_BY_ALL),
    "GET /api/v1/movements/{number}": ("/api/v1/movements/999", NONE),
    "POST /api/v1/movements/{number}/confirm": ("/api/v1/movements/999/confirm", KEEPS_NONE),
    "POST /api/v1/movements/{number}/withdraw": ("/api/v1/movements/999/withdraw", KEEPS_NONE),
    "GET /api/v1/register": ("/api/v1/register?facility=F03", ONLY_THERE),
    "GET /api/v1/counts": ("/api/v1/counts", SEEN_BY_ALL),
    "POST /api/v1/counts": ("/api/v1/counts", KEEPS_NONE),
    "GET /api/v1/counts/{number}": ("/api/v1/counts/999", NONE),
    "POST /api/v1/counts/{number}/post": ("/api/v1/counts/999/post", KEEPS_NONE),
    "POST /api/v1/counts/{number}/withdraw": ("/api/v1/counts/999/withdraw", KEEPS_NONE),
    "GET /api/v1/custody": ("/api/v1/custody", SEEN_BY_ALL),
    "GET /api/v1/custody/papers-due": ("/api/v1/custody/papers-due", SEEN_BY_ALL),
    "GET /api/v1/custody/unconfirmed": ("/api/v1/custody/unconfirmed", SEEN_BY_ALL),
    "POST /api/v1/custody": ("/api/v1/custody", KEEPS_NONE),
    "GET /api/v1/custody/{number}": ("/api/v1/custody/999", NONE),
    "POST /api/v1/custody/{number}/consent": ("/api/v1/custody/999/consent", MANAGES_NONE),
    "POST /api/v1/disposals": ("/api/v1/disposals", KEEPS_NONE),
    "GET /api/v1/stock/misplaced": ("/api/v1/stock/misplaced?facility=F03", ONLY_THERE),
    "GET /api/v1/unusable/due": ("/api/v1/unusable/due", SEEN_BY_ALL),
    # these tokens are programs': they sign nothing
    "POST /api/v1/unusable/reports": ("/api/v1/unusable/reports", {**KEEPS_THERE, **dict.fromkeys(PERMITTED, 403)}),
    "GET /api/v1/unusable/reports/{number}": ("/api/v1/unusable/reports/999", NONE),
    "POST /api/v1/unusable/reports/{number}/paper": ("/api/v1/unusable/reports/999/paper", KEEPS_NONE),
    "POST /api/v1/unusable/reports/{number}/withdraw": ("/api/v1/unusable/reports/999/withdraw", KEEPS_NONE),
    "POST /api/v1/custody/{number}/return": ("/api/v1/custody/999/return", KEEPS_NONE),
    "POST /api/v1/custody/{number}/paper": ("/api/v1/custody/999/paper", KEEPS_NONE),
    "POST /api/v1/custody/{number}/withdraw": ("/api/v1/custody/999/withdraw", KEEPS_NONE),
    "GET /api/v1/calibrations": ("/api/v1/calibrations", SEEN_BY_ALL),
    "POST /api/v1/calibrations": ("/api/v1/calibrations", MANAGES),
    "GET /api/v1/calibrations/due": ("/api/v1/calibrations/due", SEEN_BY_ALL),
    "GET /api/v1/calibrations/offsets": ("/api/v1/calibrations/offsets", SEEN_BY_ALL),
    "GET /api/v1/calibrations/{number}": ("/api/v1/calibrations/99", dict.fromkeys(ROLES, 404)),
    "POST /api/v1/calibrations/{number}/withdraw": (
        "/api/v1/calibrations/99/withdraw",
        {**MANAGES, "manager": 404, "administrator": 404},
    ),
    "GET /api/v1/corrections": ("/api/v1/corrections", SEEN_BY_ALL),
    # these tokens are programs': they propose, approve and conclude nothing
    "POST /api/v1/corrections": ("/api/v1/corrections", dict.fromkeys(ROLES, 403)),
    "POST /api/v1/corrections/{number}/approve": ("/api/v1/corrections/99/approve", dict.fromkeys(ROLES, 403)),
    "POST /api/v1/corrections/{number}/end": (
        "/api/v1/corrections/99/end",
        {**MANAGES, "manager": 404, "administrator": 404},
    ),
    "POST /api/v1/corrections/{number}/withdraw": (
        "/api/v1/corrections/99/withdraw",
        {**MANAGES, "manager": 404, "administrator": 404},
    ),
    "GET /api/v1/readings/corrected": (f"/api/v1/readings/corrected?channel={channel(3)}", ONLY_THERE),
    "GET /api/v1/tolerance-cases": ("/api/v1/tolerance-cases", SEEN_BY_ALL),
    "GET /api/v1/tolerance-cases/{number}": ("/api/v1/tolerance-cases/99", dict.fromkeys(ROLES, 404)),
    "POST /api/v1/tolerance-cases/{number}/conclude": (
        "/api/v1/tolerance-cases/99/conclude",
        dict.fromkeys(ROLES, 403),
    ),
    "GET /api/v1/performance": ("/api/v1/performance", SEEN_BY_ALL),
    "GET /api/v1/performance/models": ("/api/v1/performance/models", SEEN_BY_ALL),
    "GET /api/v1/performance/replace-first": ("/api/v1/performance/replace-first", SEEN_BY_ALL),
    "GET /api/v1/performance/{code}": ("/api/v1/performance/E03", ONLY_THERE),
    # sheets: this body is none; the other kinds than stock, given and strips want the county
    "POST /api/v1/imports/{kind}": (
        "/api/v1/imports/stock",
        {**KEEPS_NONE, **dict.fromkeys((*PERMITTED, "elsewhere"), 422)},
    ),
    "GET /api/v1/imports/{kind}/template": ("/api/v1/imports/stock/template", SEEN_BY_ALL),
    "GET /api/v1/exports/{name}": ("/api/v1/exports/stock?facility=F03", ONLY_THERE),
    "GET /api/v1/sheet-mappings": ("/api/v1/sheet-mappings", SEEN_BY_ALL),
    "GET /api/v1/sheet-mappings/{name}": ("/api/v1/sheet-mappings/none", NONE),
    "PUT /api/v1/sheet-mappings/{name}": ("/api/v1/sheet-mappings/none", MANAGES),
    "POST /api/v1/sheet-mappings/{name}/withdraw": ("/api/v1/sheet-mappings/none/withdraw", MANAGES_NONE),
    "POST /api/v1/scan": ("/api/v1/scan", ONLY_THERE),
    "GET /": ("/", SEEN_BY_ALL),
    "GET /board": ("/board", SEEN_BY_ALL),
    "GET /events": ("/events", SEEN_BY_ALL),
    "GET /equipment/{code}": ("/equipment/E03?range=6h", ONLY_THERE),
    "GET /equipment/{code}/chart": ("/equipment/E03/chart?range=6h", ONLY_THERE),
    "POST /alarms/{alarm}/take": ("/alarms/ALARM/take", {**TAKES, "clinic": 303, "manager": 303, "administrator": 303}),
    "GET /alarms/{alarm}": ("/alarms/ALARM", ONLY_THERE),
    "POST /alarms/{alarm}/close": ("/alarms/ALARM/close", KEEPS_THERE),
    "POST /alarms/{alarm}/move": ("/alarms/ALARM/move", KEEPS_FORM),
    "GET /duty": ("/duty", SEEN_BY_ALL),
    "GET /duty/rotas": ("/duty/rotas", SEEN_BY_ALL),
    "POST /duty/absences": ("/duty/absences", KEEPS_FORM),
    "POST /duty/absences/{number}/back": ("/duty/absences/999/back", KEEPS_FORM),
    "POST /duty/shifts": ("/duty/shifts", MANAGES),
    "GET /drills": ("/drills", SEEN_BY_ALL),
    "POST /drills": ("/drills", MANAGES),
    "GET /figures": ("/figures", SEEN_BY_ALL),
    # whoever has the link or the token; these have neither
    "GET /a/{code}": ("/a/ZZZZZZ", NONE),
    "GET /n/{secret}": ("/n/guessed", NONE),
    "POST /n/{secret}": ("/n/guessed", dict.fromkeys(ROLES, 422)),
    "POST /a/{code}": ("/a/ZZZZZZ", dict.fromkeys(ROLES, 422)),
    "GET /wechat/bind/{ticket}": ("/wechat/bind/1.2.3", NONE),
    "GET /wechat/bound": ("/wechat/bound", NONE),
    "GET /wechat/account": ("/wechat/account", NONE),
    "POST /wechat/bound": ("/wechat/bound", dict.fromkeys(ROLES, 422)),
    "GET /callbacks/{channel}/{token}": ("/callbacks/aliyun_sms/guessed", NONE),
    "POST /callbacks/{channel}/{token}": ("/callbacks/aliyun_sms/guessed", NONE),
    "GET /refused": ("/refused", NOT_CLINIC),
    "GET /language/{code}": ("/language/en", dict.fromkeys(ROLES, 303)),
    "GET /login": ("/login", SEEN_BY_ALL),
    "POST /login": ("/login", dict.fromkeys(ROLES, 422)),  # without a name and a password
    "POST /logout": ("/logout", dict.fromkeys(ROLES, 303)),
}
A_ROUND = {
    "region": COUNTY, "year": 1999, "number": 1, "name": "一", "first_day": "1999-01-01", "last_day": "1999-01-02",
}  # fmt: skip
ENDLESS = {"GET /events"}  # an answer without end: test_live hears it
# route → the JSON that is sent there; every caller sends the same, so what one may write must not stop the next
BODIES: dict[str, Any] = {
    # of sheets
    "POST /api/v1/imports/{kind}": "no sheet",
    "PUT /api/v1/sheet-mappings/{name}": {"kind": "stock"},
    "POST /api/v1/scan": {"code": "(01)06901234567892(10)A", "facility": "F03"},
    "POST /api/v1/calibrations": {
        "device": channel(3).rpartition("/")[0], "certificate": " ", "done_on": "2026-01-01", "due_on": "2027-01-01",
        "by": "lab",
    },
    "POST /api/v1/calibrations/{number}/withdraw": {"reason": "mistake"},
    "POST /api/v1/corrections": {"calibration": 99, "start": "2026-01-01T00:00:00Z"},
    "POST /api/v1/corrections/{number}/approve": None,
    "POST /api/v1/corrections/{number}/end": {"end": "2026-01-01T00:00:00Z", "reason": "mistake"},
    "POST /api/v1/corrections/{number}/withdraw": {"reason": "mistake"},
    "POST /api/v1/tolerance-cases/{number}/conclude": {"conclusion": "maker asked"},
    # of stock
    "PUT /api/v1/vaccines/{code}": {"name_zh": "x", "name_en": "x", "freeze_sensitive": True, "heat_group": "Z"},
    "POST /api/v1/vaccines/{code}/prices": {"fen": 1, "valid_from": "x", "source": "x"},
    "POST /api/v1/vaccines/{code}/stability": {
        "maker": "x", "max_cumulative_hours": 1, "document_no": "x", "source": "x", "certainty": "sure", "valid_from": "0",
    },
    "POST /api/v1/prices/{number}/withdraw": {"why": "x"},
    "POST /api/v1/stability/{number}/approve": {},
    "POST /api/v1/stability/{number}/end": {"at": "0"},
    "POST /api/v1/stability/{number}/withdraw": {"why": "x"},
    "POST /api/v1/custody/{number}/consent": {},
    "POST /api/v1/disposals": {
        "lot": "L2", "doses": 1, "source": 999, "why": "x", "witness": "x", "organisation": "x", "document": NO_DOCUMENT,
    },
    "POST /api/v1/unusable/reports": {
        "facility": "F03", "lot": "L2", "why": "expired", "doses": 1, "told": "x", "told_at": "0",
    },
    "POST /api/v1/unusable/reports/{number}/paper": {"document": NO_DOCUMENT},
    "POST /api/v1/unusable/reports/{number}/withdraw": {"why": "x"},
    "POST /api/v1/receipts/{number}/reports/{report}/paper": {"document": NO_DOCUMENT},
    "PUT /api/v1/lots/{lot}": {"number": "x", "vaccine": "HepB", "maker": "x", "expires_on": "x"},
    "POST /api/v1/receipts": {
        "facility": "F03", "document": "x", "supplier": "x", "transport": "other", "arrival_c": 5, "papers_complete": True,
        "lines": [],
    },
    "POST /api/v1/receipts/{number}/complete": {},
    "POST /api/v1/receipts/{number}/refuse": {"why": "x"},
    "POST /api/v1/receipts/{number}/withdraw": {"why": "x"},
    "POST /api/v1/receipts/{number}/reports": {"authority": "drug", "told": "x", "told_at": "0"},
    "POST /api/v1/receipts/{number}/reports/{report}/withdraw": {"why": "x"},
    "POST /api/v1/movements": {"lot": "L2", "doses": 1, "reason": "received", "target": 999},
    "POST /api/v1/movements/{number}/confirm": {"taken_by": "x"},
    "POST /api/v1/movements/{number}/withdraw": {"why": "x"},
    "POST /api/v1/counts": {"compartment": 999, "counted_by": "x", "lines": []},
    "POST /api/v1/counts/{number}/post": {"reasons": {}},
    "POST /api/v1/counts/{number}/withdraw": {"why": "x"},
    "POST /api/v1/custody": {
        "lot": "L2", "doses": 1, "source": 999, "target": 1, "why": "x", "consented_by": "x", "consented_at": "0",
    },
    "POST /api/v1/custody/{number}/return": {},
    "POST /api/v1/custody/{number}/paper": {"consent": NO_DOCUMENT},
    "POST /api/v1/custody/{number}/withdraw": {"why": "x"},
    "POST /api/v1/dossiers": {"excursion": "c3", "facility": "F03"},
    "POST /api/v1/dossiers/{dossier}/freeze": {"version": 99},
    "POST /api/v1/dossiers/{dossier}/documents": {"document": NO_DOCUMENT, "kind": "photo"},
    "POST /api/v1/dossiers/{dossier}/opinions": {
        "lot": "L2", "verdict": "usable", "author": "陈", "organisation": "成都生物", "dated": "2026-07-01",
        "document": NO_DOCUMENT,
    },
    "POST /api/v1/dossiers/{dossier}/opinions/{opinion}/withdraw": {},
    "POST /api/v1/dossiers/{dossier}/documents/{document}/withdraw": {},
    "POST /api/v1/dossiers/{dossier}/reports/{report}/withdraw": {},
    "POST /api/v1/dossiers/{dossier}/reports": {
        "article": "40", "authority": "drug", "told": "药监局", "told_at": "0", "document": NO_DOCUMENT,
    },
    "POST /api/v1/dossiers/{dossier}/proposals": {"version": 1, "lines": []},
    "POST /api/v1/dossiers/{dossier}/proposals/{proposal}/signatures": {"password": "a long enough password"},
    "POST /api/v1/dossiers/{dossier}/witnesses": {
        "outcome": "destroy", "name": "周", "organisation": "药监局", "document": NO_DOCUMENT, "seen_at": "0",
    },
    "POST /api/v1/retention/acts": {
        "channels": [channel(3)], "start": "0", "end": "1", "reason": "x", "password": "x", "second": "y",
        "second_password": "x",
    },
    "POST /api/v1/equipment/{code}/compartments/{name}/evidence": {"start": "2", "end": "1", "return_c": 5.0},
    "POST /api/v1/equipment/{code}/compartments/{name}/evidence/{number}/withdraw": {},
    "POST /api/v1/lots/{lot}/given": {
        "items": [{"facility": "F03", "given_on": "2026-01-05", "doses": 1, "source": "platform"}]
    },
    "POST /api/v1/lots/{lot}/given/{number}/withdraw": {},
    "PUT /api/v1/facilities/{code}": {"telephone": "1"},
    "POST /api/v1/facilities/{code}/status": {"status": "active", "at": "2026-01-01T00:00:00Z", "reason": "x"},
    "POST /api/v1/facilities/{code}/hand-overs": {"leaver": 1, "taker": 1, "at": "2026-01-01T00:00:00Z"},
    "POST /api/v1/calendar-days": {"day": "x", "kind": "holiday", "name": "", "source": "x", "facility": "F03"},
    "POST /api/v1/people": {"name": "王芳", "facility": "F03", "post": "nurse", "phone": "1"},
    "PUT /api/v1/people/{number}": {"name": "王芳", "facility": "F03", "post": "nurse", "phone": "1"},
    "PUT /api/v1/people/{number}/phones": [],
    "PUT /api/v1/facilities/{code}/session-hours": {"since": "2026-01-01T00:00:00Z", "hours": []},
    "POST /api/v1/posts": {"person": 1, "facility": "F03", "post": "keeper", "start": "2026-01-01T00:00:00Z"},
    "POST /api/v1/posts/{number}/end": {"at": "2026-01-01T00:00:00Z"},
    "POST /api/v1/courses": {"topic": "x", "title": "", "level": "county", "hours": 1, "held_on": "x", "held_by": "", "region": COUNTY},
    "POST /api/v1/courses/{number}/attendances": {"person": 1, "has_passed": True},
    "POST /api/v1/collections": {"year": 1, "region": COUNTY, "due_on": "x"},
    "POST /api/v1/collections/{number}/units": {"facility": "F03"},
    "POST /api/v1/collections/{number}/units/{facility}/confirm": {},
    "POST /api/v1/collections/{number}/units/{facility}/return": {"words": "x"},
    "POST /api/v1/collections/{number}/units/{facility}/excuse": {"words": "x"},
    "POST /api/v1/collections/{number}/units/{facility}/consolidate": {},
    "POST /api/v1/collections/{number}/consolidate": {},
    "POST /api/v1/collections/{number}/freeze": {},
    "POST /api/v1/collections/{number}/units/{facility}/remind": {"how": "phone", "told": "x"},
    "POST /api/v1/alarms/{alarm}/take": {"act": "seen"},
    "POST /api/v1/alarms/{alarm}/close": {"cause": "door", "measure": "closed"},
    "POST /api/v1/alarms/{alarm}/moves": {"target": 1, "lots": ["L9"]},
    # of the equipment archive: each refused for what it says, to those who may say it
    "POST /api/v1/documents": "a document",
    "PUT /api/v1/equipment/{code}": {
        "name_zh": "冰箱", "name_en": "Refrigerator", "short_zh": "冰箱", "type": "medical_fridge", "power_w": -1,
    },
    "POST /api/v1/equipment/{code}/status": {"status": "scrapped", "on": "2026-06-01", "reason": "old"},
    "POST /api/v1/equipment/{code}/place": {"facility": "F03", "on": "2026-06-01", "reason": "it is there"},
    "POST /api/v1/equipment/{code}/modes": {"kind": "session", "until": "2026-06-01T08:00:00+08:00"},
    "POST /api/v1/equipment/{code}/papers": {"document": NO_DOCUMENT, "kind": "photo"},
    "POST /api/v1/equipment/{code}/repairs": {"broken_on": "yesterday", "cause": "warm"},
    "POST /api/v1/equipment/{code}/care": {"kind": "checked", "frost_mm": -4},
    "POST /api/v1/equipment/{code}/modes/{number}/withdraw": {"reason": "a slip"},
    "POST /api/v1/equipment/{code}/papers/{number}/withdraw": {"reason": "a slip"},
    "POST /api/v1/repairs/{number}/withdraw": {"reason": "a slip"},
    "POST /api/v1/requests/{number}/withdraw": {"reason": "a slip"},
    "POST /api/v1/care/{number}/withdraw": {"reason": "a slip"},
    "POST /api/v1/items/{number}/withdraw": {"reason": "a slip"},
    "POST /api/v1/repairs/{number}/mended": {"repaired_on": "2026-06-01", "done": "fan"},
    "POST /api/v1/requests": {"kind": "closure", "facility": "F03", "wanted_on": "soon", "wanted": "closed"},
    "POST /api/v1/requests/{number}/decide": {"is_granted": True},
    "POST /api/v1/requests/{number}/finish": {"handled": "done"},
    "POST /api/v1/items": {"facility": "F03", "kind": "ice_pack", "quantity": -1, "counted_on": "2026-06-01"},
    # of compartments, probes, rules and regions
    "PUT /api/v1/equipment/{code}/compartments/{name}": {
        "name_zh": "冷藏室", "name_en": "cold", "purpose": "vaccine", "profile": "3-9",
    },
    "POST /api/v1/equipment/{code}/compartments/{name}/use": {"purpose": "vaccine", "profile": "3-9"},
    "POST /api/v1/equipment/{code}/probes": {"channel": "a/b", "compartment": "cold", "reason": "new"},
    "POST /api/v1/equipment/{code}/probes/{number}/take-off": {"reason": "broken"},
    "POST /api/v1/rule-choices": {"pack": "no pack", "start": "0", "facility": "F03"},
    "POST /api/v1/rule-choices/{number}/end": {"end": "1", "reason": "a slip"},
    "POST /api/v1/rule-choices/{number}/withdraw": {"reason": "a slip"},
    "POST /api/v1/buffers": {"channel": channel(3), "tau_s": 300, "source": "a paper", "start": "0"},
    "POST /api/v1/buffers/{number}/end": {"end": "1", "reason": "a slip"},
    "POST /api/v1/buffers/{number}/withdraw": {"reason": "a slip"},
    "POST /api/v1/occasions": {"kind": "defrost", "start": "2", "end": "1", "facility": "F03"},
    "POST /api/v1/occasions/{number}/withdraw": {"reason": "a slip"},
    "PUT /api/v1/regions/{code}": {"level": 9, "name_zh": "镇", "name_en": "town", "parent": COUNTY},
    # of rounds and runs, and of the record by hand
    "POST /api/v1/rounds": A_ROUND,
    "PUT /api/v1/rounds/{number}": A_ROUND,
    "POST /api/v1/rounds/{number}/close": {},
    "POST /api/v1/rounds/{number}/withdraw": {},
    "PUT /api/v1/rounds/{number}/lines/{facility}": {"planned_doses": 10},
    "PUT /api/v1/rounds/{number}/lines/{facility}/sessions": {"sessions_held": 2},
    "POST /api/v1/rounds/{number}/lines/{facility}/close": {},
    "POST /api/v1/runs": {
        "kind": "emergency", "origin": "F03", "stops": ["F04"], "carriers": ["E03/cold"], "tool": "other",
        "cooling": "other", "way": "delivered",
    },
    "PUT /api/v1/runs/{number}/order": {"document": "0" * 64},
    "POST /api/v1/runs/{number}/load": {"lot": "L2", "doses": 1, "source": "E03/cold", "carrier": "E03/cold"},
    "POST /api/v1/runs/{number}/unload": {"to": "origin", "lot": "L2", "doses": 1, "carrier": "E03/cold"},
    "POST /api/v1/runs/{number}/readings": {"point": "departure", "carrier": "E03/cold", "vaccine_c": 4.5},
    "POST /api/v1/runs/{number}/readings/{reading}/withdraw": {},
    "POST /api/v1/runs/{number}/arrive": {"facility": "F03", "readings": [{"carrier": "E03/cold", "vaccine_c": 4.5}]},
    "PUT /api/v1/runs/{number}/stops/{facility}": {"distance_km": 3},
    "POST /api/v1/runs/{number}/receive": {
        "facility": "F03", "document": "1", "papers_complete": True,
        "lines": [{"lot": "L2", "doses": 1, "carrier": "E03/cold", "target": "E03/cold"}],
    },
    "POST /api/v1/runs/{number}/complete": {},
    "POST /api/v1/runs/{number}/cancel": {},
    "POST /api/v1/records": {"equipment": "E03", "compartment": "cold", "half": "am", "value_c": 4.5},
    "POST /api/v1/records/hours": {
        "region": COUNTY, "valid_from": "2026-01-01", "am": ["08:00", "12:00"], "pm": ["09:00", "17:00"],
        "apart_min": 60, "source": "x",
    },
    "POST /api/v1/records/{record}/withdraw": {"reason": "a slip"},
}  # fmt: skip


def test_every_route_has_a_right_and_a_row_in_this_table(app: FastAPI) -> None:
    routes = {
        f"{method} {context.path}"
        for context in iter_route_contexts(app.routes)
        for method in (context.methods or ())
        if context.path != "/static"
    }
    assert routes == set(ROUTES) == set(TABLE)


@pytest.mark.parametrize("caller", ROLES)
@pytest.mark.parametrize("route", [route for route in TABLE if route not in ENDLESS])
async def test_a_role_in_a_region_gets_what_the_table_says(route: str, caller: str, call: Caller, site: Site) -> None:
    path, statuses = TABLE[route]
    answer = await ask(call(caller), route, path, site)
    assert answer.status_code == statuses[caller], answer.text


@pytest.mark.parametrize("route", TABLE)
async def test_nobody_gets_only_what_is_open(route: str, call: Caller, site: Site) -> None:
    path, statuses = TABLE[route]
    answer = await ask(call(), route, path, site)
    if ROUTES[route] is Right.OPEN:
        assert answer.status_code == statuses["administrator"]
    elif path.startswith("/api/"):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")


async def ask(caller: Any, route: str, path: str, site: Site) -> Any:
    method = route.split(maxsplit=1)[0]
    path = path.replace("ALARM", str(site.alarm))
    headers = {} if method == "GET" else {"If-Match": "*"}
    if route in BODIES:
        return await caller.request(method, path, json=BODIES[route], headers=headers)
    data = {"act": "seen"} if method == "POST" and "take" in path else None
    return await caller.request(method, path, data=data, headers=headers)


@pytest.mark.parametrize(
    ("caller", "equipment", "excursions", "alarms"),
    [
        ("clinic", {"E03"}, {"c3"}, 1),
        ("elsewhere", {"E30"}, set(), 0),
        ("auditor elsewhere", {"E30"}, set(), 0),
    ],
)
async def test_lists_hold_only_what_is_in_scope(
    caller: str, equipment: set[str], excursions: set[str], alarms: int, call: Caller
) -> None:
    got = {
        name: (await call(caller).get(f"/api/v1/{name}")).json()["items"]
        for name in ("equipment", "excursions", "alarms")
    }
    assert {item["code"] for item in got["equipment"]} == equipment
    assert {item["id"] for item in got["excursions"]} == excursions
    assert len(got["alarms"]) == alarms


async def test_asking_for_a_region_does_not_widen_a_scope(call: Caller) -> None:
    answer = await call("elsewhere").get("/api/v1/equipment", params={"region": "511902000000"})
    assert answer.json()["items"] == []


async def test_refused_messages_of_other_regions_are_not_seen(call: Caller) -> None:
    here = (await call("manager").get("/api/v1/refused")).json()["items"]
    there = (await call("auditor elsewhere").get("/api/v1/refused")).json()["items"]
    assert {row["gateway"] for row in here} == {"gw-3"}
    assert {row["gateway"] for row in there} == {"gw-30"}


async def test_a_page_shows_only_the_caller_s_facilities(call: Caller) -> None:
    page = (await call("clinic").get("/")).text
    assert "龙潭镇卫生院" in page
    assert "白鹤镇卫生院" not in page


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer", "Basic YTpi", "bearer "])
async def test_a_wrong_token_is_nobody(header: str, call: Caller) -> None:
    answer = await call(Authorization=header).get("/api/v1/equipment")
    assert answer.status_code == 401
