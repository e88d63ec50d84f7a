"""/api/v1/receipts: deliveries at the door, what waits for papers, and the reports that a refusal demands.

facts ─► POST /receipts ─► accepted | waiting | refused ─► complete, refuse; reports to both authorities
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request

from coldchain import clock
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked
from coldchain.archive.stock import receiving, refusals
from coldchain.archive.stock.receiving import Delivery, DeliveryLine, State
from coldchain.archive.stock.refusals import NewReport
from coldchain.archive.tables import Receipt, RefusalReport
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Paged, moment
from dashboards.api.documents import check_document
from dashboards.api.models import Listed
from dashboards.api.models_stock import (
    CompleteForm,
    DeliveryForm,
    DueAnswer,
    ReceiptAnswer,
    ReceiptCard,
    ReportAnswer,
    ReportForm,
    WhyForm,
)
from dashboards.api.within import check_facility
from dashboards.api.writing import by_of
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["stock"])

Number = Annotated[int, Path(ge=1, lt=2**31)]


@router.get("/receipts")
async def list_receipts(
    request: Request, viewer: Asking, page: Paged, state: State | None = None
) -> Listed[ReceiptAnswer]:
    """Receipts in scope, the newest first."""
    async with parts_of(request).archive.reading() as tx:
        found = await refusals.listed(tx, viewer.scope, Asked(page.limit, page.cursor), state=state)
    return Listed(items=[ReceiptAnswer.model_validate(each) for each in found.items], next=found.next)


@router.get("/receipts/due")
async def list_due(request: Request, viewer: Asking) -> Listed[DueAnswer]:
    """Refused deliveries of which an authority was not told yet."""
    async with parts_of(request).archive.reading() as tx:
        found = await refusals.due(tx, viewer.scope)
    return Listed(items=[DueAnswer.model_validate(each) for each in found], next=None)


@router.post("/receipts", status_code=HTTPStatus.CREATED)
async def receive(request: Request, viewer: Asking, body: DeliveryForm) -> ReceiptCard:
    """Enter a delivery; what becomes of it follows from its facts."""
    at = moment(body.at, "at")
    values = body.model_dump(exclude={"lines", "at", "refuse_because"})
    lines = tuple(DeliveryLine(**line.model_dump()) for line in body.lines)
    delivery = Delivery(**values, at=clock.now() if at is None else at, lines=lines)
    async with parts_of(request).archive.writing() as tx:
        await check_facility(tx, viewer, body.facility)
        await check_document(tx, viewer, body.record)
        made = await receiving.receive(tx, delivery, by_of(viewer), refuse_because=body.refuse_because)
        return ReceiptCard.model_validate(await refusals.card(tx, made.id))


@router.get("/receipts/{number}")
async def receipt(request: Request, viewer: Asking, number: Number) -> ReceiptCard:
    """A receipt with its lines and reports."""
    async with parts_of(request).archive.reading() as tx:
        await _check(tx, viewer, number)
        return ReceiptCard.model_validate(await refusals.card(tx, number))


@router.post("/receipts/{number}/complete")
async def complete(request: Request, viewer: Asking, number: Number, body: CompleteForm) -> ReceiptAnswer:
    """The papers of what waited came."""
    async with parts_of(request).archive.writing() as tx:
        await _check(tx, viewer, number)
        await check_document(tx, viewer, body.papers)
        done = await receiving.complete(tx, number, by_of(viewer, body.why), body.papers)
        return ReceiptAnswer.model_validate(done)


@router.post("/receipts/{number}/refuse")
async def turn_away(request: Request, viewer: Asking, number: Number, body: WhyForm) -> ReceiptAnswer:
    """What waited is refused after all, and goes back."""
    async with parts_of(request).archive.writing() as tx:
        await _check(tx, viewer, number)
        return ReceiptAnswer.model_validate(await receiving.turn_away(tx, number, body.why, by_of(viewer, body.why)))


@router.post("/receipts/{number}/withdraw")
async def withdraw(request: Request, viewer: Asking, number: Number, body: WhyForm) -> ReceiptAnswer:
    """It was entered by mistake; it stays in the book and counts no more."""
    async with parts_of(request).archive.writing() as tx:
        await _check(tx, viewer, number)
        return ReceiptAnswer.model_validate(await receiving.withdraw(tx, number, by_of(viewer, body.why)))


@router.post("/receipts/{number}/reports", status_code=HTTPStatus.CREATED)
async def report(request: Request, viewer: Asking, number: Number, body: ReportForm) -> ReportAnswer:
    """An authority was told of the refusal."""
    told_at = moment(body.told_at, "told_at")
    assert told_at is not None
    new = NewReport(**body.model_dump(exclude={"told_at"}), receipt=number, told_at=told_at)
    async with parts_of(request).archive.writing() as tx:
        await _check(tx, viewer, number)
        await check_document(tx, viewer, body.document)
        return ReportAnswer.model_validate(await refusals.report(tx, new, by_of(viewer)))


@router.post("/receipts/{number}/reports/{report}/withdraw")
async def withdraw_report(
    request: Request, viewer: Asking, number: Number, report: Number, body: WhyForm
) -> ReportAnswer:
    """A report was entered by mistake: it is due again."""
    async with parts_of(request).archive.writing() as tx:
        await _check(tx, viewer, number)
        row = await tx.get(RefusalReport, report)
        if row is None or row.receipt != number:
            raise NotFound("report", report)
        return ReportAnswer.model_validate(await refusals.withdraw(tx, report, by_of(viewer, body.why)))


async def _check(tx: Tx, viewer: Viewer, number: int) -> None:
    row = await tx.get(Receipt, number)
    if row is None or not viewer.sees(row.facility):
        raise NotFound("receipt", number)
