"""/api/v1: repairs, requests for a change, the care log, counted things; what people write about equipment day by day."""

from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query, Request, Response

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked, Page
from coldchain.archive.rows import Record
from coldchain.archive.upkeep import care, items, repairs, requests
from coldchain.archive.upkeep.care import NewCare
from coldchain.archive.upkeep.items import NewCount
from coldchain.archive.upkeep.repairs import Mending, NewRepair
from coldchain.archive.upkeep.requests import NewRequest
from coldchain.archive.upkeep.words import Item, WishState
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, Paged, Paging, moment
from dashboards.api.documents import check_document
from dashboards.api.models import Listed
from dashboards.api.models_upkeep import (
    CareAnswer,
    CarePost,
    CountAnswer,
    CountPost,
    DecisionPost,
    FinishPost,
    M,
    MendingPost,
    RepairAnswer,
    RepairPost,
    RequestAnswer,
    RequestPost,
    Withdrawal,
    shown,
)
from dashboards.api.upkeep import Code, piece_in
from dashboards.api.writing import Numbered, Seen, by_of, check_seen, signer_of, tagged, with_tags
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["equipment archive"])

OfFacility = Annotated[str | None, Query(max_length=64)]
OfEquipment = Annotated[str | None, Query(max_length=64)]

R = TypeVar("R", bound=Record)


@router.get("/repairs")
async def list_repairs(
    request: Request,
    viewer: Asking,
    page: Paged,
    equipment: OfEquipment = None,
    only_open: Annotated[bool, Query(description="Only what is still broken.")] = False,
) -> Listed[RepairAnswer]:
    """Repairs in scope, those that broke last first."""
    async with parts_of(request).archive.reading() as tx:
        found = await repairs.listed(tx, _asked(page), viewer.scope, equipment=equipment, only_open=only_open)
        return await _listed(tx, tables.Repair, RepairAnswer, found)


@router.post("/equipment/{code}/repairs", status_code=HTTPStatus.CREATED)
async def enter_repair(request: Request, viewer: Asking, code: Code, body: RepairPost) -> RepairAnswer:
    """Something broke: what is in use is then to be repaired."""
    async with parts_of(request).archive.writing() as tx:
        await piece_in(tx, viewer, code)
        await check_document(tx, viewer, body.document)
        new = NewRepair(equipment=code, **body.model_dump())
        return shown(RepairAnswer, await repairs.enter(tx, new, by_of(viewer, body.cause)))


@router.post("/repairs/{number}/mended")
async def mend(request: Request, viewer: Asking, number: Number, body: MendingPost, seen: Seen) -> RepairAnswer:
    """How it was mended: what was to be repaired is in use again."""
    async with parts_of(request).archive.writing() as tx:
        await check_seen(tx, await _repair_in(tx, viewer, number), seen)
        await check_document(tx, viewer, body.document)
        how = Mending(**body.model_dump())
        return shown(RepairAnswer, await repairs.mend(tx, number, how, by_of(viewer, body.done)))


@router.post("/repairs/{number}/withdraw")
async def withdraw_repair(
    request: Request, viewer: Asking, number: Number, body: Withdrawal, seen: Seen
) -> RepairAnswer:
    """It was entered by mistake; the status that it gave stays until somebody changes it."""
    async with parts_of(request).archive.writing() as tx:
        await check_seen(tx, await _repair_in(tx, viewer, number), seen)
        return shown(RepairAnswer, await repairs.withdraw(tx, number, by_of(viewer, body.reason)))


@router.get("/requests")
async def list_requests(
    request: Request, viewer: Asking, page: Paged, state: Annotated[WishState | None, Query()] = None
) -> Listed[RequestAnswer]:
    """Requests in scope, the newest first."""
    async with parts_of(request).archive.reading() as tx:
        found = await requests.listed(tx, _asked(page), viewer.scope, state=state)
        return await _listed(tx, tables.ChangeRequest, RequestAnswer, found)


@router.post("/requests", status_code=HTTPStatus.CREATED)
async def ask(request: Request, viewer: Asking, body: RequestPost) -> RequestAnswer:
    """Ask for a change."""
    if not viewer.sees(body.facility):
        raise NotFound("facility", body.facility)
    async with parts_of(request).archive.writing() as tx:
        await check_document(tx, viewer, body.document)
        new = NewRequest(**body.model_dump(), signature=viewer.display if viewer.user else "")
        return shown(RequestAnswer, await requests.ask(tx, new, by_of(viewer, "request")))


@router.get("/requests/{number}")
async def show_request(request: Request, response: Response, viewer: Asking, number: Number) -> RequestAnswer:
    """One request; its state as ETag."""
    async with parts_of(request).archive.reading() as tx:
        await _request_in(tx, viewer, number)
        found, tag = await requests.request(tx, number)
    tagged(response, tag)
    return shown(RequestAnswer, found)


@router.post("/requests/{number}/decide")
async def decide(request: Request, viewer: Asking, number: Number, body: DecisionPost, seen: Seen) -> RequestAnswer:
    """Grant or refuse it: a person, and another than the applicant. What can be done in the archive is done at once."""
    signer_of(viewer)
    async with parts_of(request).archive.writing() as tx:
        await _request_in(tx, viewer, number)
        by = by_of(viewer, body.comment)
        decided = await requests.decide(
            tx, number, by, is_granted=body.is_granted, comment=body.comment,
            check_unit=body.check_unit or await _office(tx, viewer), seen=seen,
        )  # fmt: skip
    return shown(RequestAnswer, decided)


@router.post("/requests/{number}/finish")
async def finish(request: Request, viewer: Asking, number: Number, body: FinishPost, seen: Seen) -> RequestAnswer:
    """What was granted has been done by hand."""
    async with parts_of(request).archive.writing() as tx:
        await _request_in(tx, viewer, number)
        done = await requests.finish(tx, number, body.handled, by_of(viewer, body.handled), seen)
    return shown(RequestAnswer, done)


@router.post("/requests/{number}/withdraw")
async def withdraw_request(
    request: Request, viewer: Asking, number: Number, body: Withdrawal, seen: Seen
) -> RequestAnswer:
    """It is wanted no more; only before somebody decided."""
    async with parts_of(request).archive.writing() as tx:
        await check_seen(tx, await _request_in(tx, viewer, number), seen)
        return shown(RequestAnswer, await requests.withdraw(tx, number, by_of(viewer, body.reason)))


@router.get("/care")
async def list_care(request: Request, viewer: Asking, page: Paged, equipment: OfEquipment = None) -> Listed[CareAnswer]:
    """What was cleaned, checked, defrosted in scope, the newest first."""
    async with parts_of(request).archive.reading() as tx:
        found = await care.listed(tx, _asked(page), viewer.scope, equipment=equipment)
        return await _listed(tx, tables.Care, CareAnswer, found)


@router.post("/equipment/{code}/care", status_code=HTTPStatus.CREATED)
async def enter_care(request: Request, viewer: Asking, code: Code, body: CarePost) -> CareAnswer:
    """It was cleaned, checked or defrosted."""
    done_at = moment(body.done, "done") or clock.now()
    async with parts_of(request).archive.writing() as tx:
        await piece_in(tx, viewer, code)
        new = NewCare(equipment=code, kind=body.kind, done_at=done_at, frost_mm=body.frost_mm, note=body.note)
        return shown(CareAnswer, await care.enter(tx, new, by_of(viewer, "care")))


@router.post("/care/{number}/withdraw")
async def withdraw_care(request: Request, viewer: Asking, number: Number, body: Withdrawal, seen: Seen) -> CareAnswer:
    """It was entered by mistake."""
    async with parts_of(request).archive.writing() as tx:
        row = await tx.get(tables.Care, number)
        if row is None:
            raise NotFound("entry", number)
        await piece_in(tx, viewer, row.equipment)
        await check_seen(tx, row, seen)
        return shown(CareAnswer, await care.withdraw(tx, number, by_of(viewer, body.reason)))


@router.get("/items")
async def list_items(
    request: Request,
    viewer: Asking,
    page: Paged,
    facility: OfFacility = None,
    kind: Annotated[Item | None, Query()] = None,
) -> Listed[CountAnswer]:
    """Counts in scope, the newest day first: of each facility and kind the first one holds."""
    async with parts_of(request).archive.reading() as tx:
        found = await items.listed(tx, _asked(page), viewer.scope, facility=facility, kind=kind)
        return await _listed(tx, tables.ItemCount, CountAnswer, found)


@router.post("/items", status_code=HTTPStatus.CREATED)
async def count_items(request: Request, viewer: Asking, body: CountPost) -> CountAnswer:
    """So many ice packs, carriers, thermometers … were there on a day."""
    if not viewer.sees(body.facility):
        raise NotFound("facility", body.facility)
    async with parts_of(request).archive.writing() as tx:
        return shown(CountAnswer, await items.count(tx, NewCount(**body.model_dump()), by_of(viewer, "count")))


@router.post("/items/{number}/withdraw")
async def withdraw_count(request: Request, viewer: Asking, number: Number, body: Withdrawal, seen: Seen) -> CountAnswer:
    """It was counted wrong: the count before it holds again."""
    async with parts_of(request).archive.writing() as tx:
        row = await tx.get(tables.ItemCount, number)
        if row is None or not viewer.sees(row.facility):
            raise NotFound("count", number)
        await check_seen(tx, row, seen)
        return shown(CountAnswer, await items.withdraw(tx, number, by_of(viewer, body.reason)))


async def _repair_in(tx: Tx, viewer: Viewer, number: int) -> tables.Repair:
    row = await tx.get(tables.Repair, number)
    if row is None:
        raise NotFound("repair", number)
    await piece_in(tx, viewer, row.equipment)
    return row


async def _office(tx: Tx, viewer: Viewer) -> str:
    """For which region or facility the caller's login answers, by name; empty for one that answers for all."""
    user = await tx.get(tables.User, viewer.user)
    if user is None:
        return ""
    facility = await tx.get(tables.Facility, user.facility or "")
    region = await tx.get(tables.Region, user.region or "")
    return facility.name_zh if facility else region.name_zh if region else ""


async def _request_in(tx: Tx, viewer: Viewer, number: int) -> tables.ChangeRequest:
    row = await tx.get(tables.ChangeRequest, number)
    if row is None or not viewer.sees(row.facility):
        raise NotFound("request", number)
    return row


def _asked(page: Paging) -> Asked:
    return Asked(page.limit, page.cursor)


async def _listed(tx: Tx, table: Numbered, kind: type[M], found: Page[R]) -> Listed[M]:
    return Listed(items=await with_tags(tx, table, [shown(kind, each) for each in found.items]), next=found.next)
