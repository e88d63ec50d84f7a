"""GET /api/v1/audit and /api/v1/refused: what was changed by whom, and what was not stored and why."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request

from coldchain import clock
from coldchain.archive import views
from coldchain.archive.tables import AuditEntry, RefusedRow
from coldchain.clock import iso
from dashboards.access import Asking, Ground, ground_of
from dashboards.api.asked import Paged, Windowed, listed
from dashboards.api.models import AuditAnswer, Listed, RefusedAnswer
from dashboards.parts import parts_of

router = APIRouter(prefix="/api/v1", tags=["audit"])

SHOWN = 4096  # characters of a refused payload


@router.get("/audit")
async def audit(
    request: Request,
    viewer: Asking,
    asked: Windowed,
    page: Paged,
    entity: Annotated[str | None, Query(max_length=300, description="A kind, or kind/id.")] = None,
) -> Listed[AuditAnswer]:
    """Entries of the audit chains, the newest first; with a regional scope, those that concern it."""
    first, last = asked.ms()
    wish = views.AuditWish(entity, first, last)
    key = page.after(int, str, int)
    place = (key[0], key[1], key[2]) if key else None
    found: list[AuditEntry] = []
    async with parts_of(request).archive.reading() as tx:
        ground = await ground_of(tx, viewer, clock.now())
        while len(found) <= page.limit:
            rows = await views.audit(tx, wish, page.limit, place)
            found += [row for row in rows if _concerns(ground, row)]
            if len(rows) <= page.limit:
                break
            place = (rows[-1].at, rows[-1].stream, rows[-1].n)
    return listed(found, page, lambda row: (row.at, row.stream, row.n), _entry)


def _concerns(ground: Ground | None, row: AuditEntry) -> bool:
    return ground is None or ground.holds(row.entity, row.entity_id, json.loads(row.image))


def _entry(row: AuditEntry) -> AuditAnswer:
    return AuditAnswer(
        stream=row.stream,
        n=row.n,
        at=iso(row.at),
        actor=row.actor,
        action=row.action,
        entity=row.entity,
        entity_id=row.entity_id,
        image=json.loads(row.image),
        reason=row.reason,
        previous=row.previous,
        hash=row.hash,
    )


@router.get("/refused", tags=["refused"])
async def refused(request: Request, viewer: Asking, page: Paged) -> Listed[RefusedAnswer]:
    """Messages and readings that were not stored, the newest first; with a scope, of gateways that stood in it then."""
    key = page.after(int)
    async with parts_of(request).archive.reading() as tx:
        rows = await views.refused(tx, viewer.scope, page.limit, key[0] if key else None)
    return listed(rows, page, lambda row: (row.id,), _refused)


def _refused(row: RefusedRow) -> RefusedAnswer:
    return RefusedAnswer(
        id=row.id,
        gateway=row.gateway,
        topic=row.topic,
        received=iso(row.received_at),
        spool=row.spool,
        seq=row.seq,
        reason=row.reason,
        detail=row.detail,
        sha256=row.sha256,
        bytes=len(row.payload),
        payload=row.payload.decode("utf-8", "replace")[:SHOWN],
    )
