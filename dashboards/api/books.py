"""GET /api/v1/audit… and /api/v1/refused: what was changed by whom, the chains and roots that prove it, and what was not stored."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from coldchain.archive import chains, views
from coldchain.archive.db import Tx
from coldchain.archive.evidence import roots as evidence_roots
from coldchain.archive.evidence.roots import Root
from coldchain.archive.tables import AuditEntry, RefusedRow
from coldchain.clock import iso
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Paged, Windowed, encoded, listed
from dashboards.api.models import AuditAnswer, Listed, RefusedAnswer
from dashboards.api.models_evidence import RootAnswer, StreamAnswer
from dashboards.parts import parts_of
from dashboards.problems import Problem
from dashboards.rights import Right

router = APIRouter(prefix="/api/v1", tags=["audit"])

MOST_LOOKED_AT = 1000  # entries for one page
SHOWN = 4096  # characters of a refused payload
# Columns that are not for everybody who reads the trail. Most are fingerprints in it, but there are so few numbers that
# all of them can be tried.
PERSONAL = frozenset({"phone", "phone_number", "email", "wechat", "wecom"})
WITHHELD = "…"


@dataclass(frozen=True, slots=True)
class _Ground:
    """All that a scope covers, to tell whether an entry of the audit concerns it."""

    codes: dict[str, frozenset[str]]  # column of an image → values in scope

    def holds(self, entity: str, entity_id: str, image: dict[str, Any]) -> bool:
        """True when the entry is of the catalogue, or names a place, equipment or compartment in scope."""
        if entity in {"vaccine", "lot"}:
            return True
        if entity_id in self.codes.get(entity, ()):
            return True
        return any(str(image.get(column)) in values for column, values in self.codes.items())


@router.get("/audit")
async def audit(
    request: Request,
    viewer: Asking,
    asked: Windowed,
    page: Paged,
    entity: Annotated[str | None, Query(max_length=300, description="A kind, or kind/id.")] = None,
) -> Listed[AuditAnswer]:
    """Entries of the audit chains, the newest first; with a regional scope, those that concern it.

    Where few concern it, a page may be short, even empty, and name a next one all the same: no page looks at everything.
    """
    first, last = asked.ms()
    wish = views.AuditWish(entity, first, last)
    key = page.after(int, str, int)
    place = (key[0], key[1], key[2]) if key else None
    found: list[AuditEntry] = []
    looked_at = 0
    async with parts_of(request).archive.reading() as tx:
        ground = await _ground_of(tx, viewer)
        while len(found) <= page.limit:
            rows = await views.audit(tx, wish, page.limit, place)
            found += [row for row in rows if _concerns(ground, row)]
            if len(rows) <= page.limit:
                break
            place = _key(rows[-1])
            looked_at += len(rows)
            if looked_at >= MOST_LOOKED_AT and len(found) <= page.limit:
                return Listed(items=[_entry(row, viewer) for row in found], next=encoded(place))
    return listed(found, page, _key, lambda row: _entry(row, viewer))


def _key(row: AuditEntry) -> tuple[int, str, int]:
    return row.at, row.stream, row.n


async def _ground_of(tx: Tx, viewer: Viewer) -> _Ground | None:
    """What the viewer's scope covers; None when it is everything."""
    if viewer.scope is None:
        return None
    its = await views.covered(tx, viewer.scope)
    rooms = frozenset(map(str, its.compartments))
    return _Ground(
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


def _concerns(ground: _Ground | None, row: AuditEntry) -> bool:
    if ground is None:
        return True
    image = json.loads(row.image)
    of_case = image.get("case")  # a revision's image names its equipment there
    return ground.holds(row.entity, row.entity_id, image | of_case if isinstance(of_case, dict) else image)


def _entry(row: AuditEntry, viewer: Viewer) -> AuditAnswer:
    return AuditAnswer(
        stream=row.stream,
        n=row.n,
        at=iso(row.at),
        actor=row.actor,
        action=row.action,
        entity=row.entity,
        entity_id=row.entity_id,
        image=_shown(json.loads(row.image), viewer),
        reason=row.reason,
        previous=row.previous,
        hash=row.hash,
    )


def _shown(image: dict[str, Any], viewer: Viewer) -> dict[str, Any]:
    """An image without people's numbers, for those who do not keep the books; the chain itself is checked elsewhere."""
    if viewer.may(Right.KEEP):
        return image
    return {name: WITHHELD if name in PERSONAL and value else value for name, value in image.items()}


@router.get("/audit/streams")
async def streams(request: Request) -> Listed[StreamAnswer]:
    """All chains, with their lengths and last hashes."""
    async with parts_of(request).archive.reading() as tx:
        heads = await chains.heads(tx)
    items = [StreamAnswer(stream=stream, links=n, head=head) for stream, (n, head) in sorted(heads.items())]
    return Listed(items=items, next=None)


@router.get("/audit/root")
async def root(request: Request) -> RootAnswer:
    """The newest root. It proves something once it has left the house: write it down, and hold it against a later one."""
    async with parts_of(request).archive.reading() as tx:
        newest = await evidence_roots.newest(tx)
    if newest is None:
        raise Problem(HTTPStatus.NOT_FOUND, "no root was taken yet; one is taken every day")
    return _root(newest)


@router.get("/audit/roots")
async def roots(request: Request, page: Paged) -> Listed[RootAnswer]:
    """All roots, the newest first."""
    key = page.after(int)
    async with parts_of(request).archive.reading() as tx:
        found = await evidence_roots.before(tx, page.limit + 1, key[0] if key else None)
    return listed(found, page, lambda each: (each.n,), _root)


def _root(each: Root) -> RootAnswer:
    return RootAnswer(
        n=each.n, at=iso(each.at), at_ms=each.at, heads=each.heads, previous=each.previous, hash=each.hash
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
