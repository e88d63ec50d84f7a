"""/api/v1/receipts: deliveries at the door, what waits for papers, and the reports that a refusal demands.

facts ─► POST /receipts ─► accepted | waiting | refused ─► complete, refuse; reports to both authorities
"""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from coldchain import clock
from coldchain.archive import locking
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked
from coldchain.archive.rows import record_of
from coldchain.archive.stock import receiving, refusals, undecided
from coldchain.archive.stock.receiving import Delivery, DeliveryLine, State
from coldchain.archive.stock.refusals import NewReport, Report
from coldchain.archive.tables import Receipt, RefusalReport
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, Paged, moment
from dashboards.api.documents import check_document
from dashboards.api.models import Listed
from dashboards.api.models_stock import (
    CompleteForm,
    DeliveryForm,
    DocumentForm,
    DueAnswer,
    ReceiptAnswer,
    ReceiptCard,
    ReportAnswer,
    ReportForm,
    UndecidedAnswer,
    WhyForm,
)
from dashboards.api.once import Key, Question, once
from dashboards.api.within import check_facility
from dashboards.api.writing import Seen, by_of, signer_of, tagged
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["stock"])


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


@router.get("/receipts/undecided")
async def list_undecided(request: Request, viewer: Asking) -> Listed[UndecidedAnswer]:
    """What a file brought into the books, and nobody decided at the door: decide it with POST /receipts."""
    async with parts_of(request).archive.reading() as tx:
        found = await undecided.due(tx, viewer.scope)
    return Listed(items=[UndecidedAnswer.model_validate(each) for each in found], next=None)


@router.post("/receipts", status_code=HTTPStatus.CREATED)
async def receive(request: Request, viewer: Asking, body: DeliveryForm, key: Key = None) -> ReceiptCard:
    """Enter a delivery; what becomes of it follows from its facts."""
    at = moment(body.at, "at")
    values = body.model_dump(exclude={"lines", "at", "refuse_because"})
    lines = tuple(DeliveryLine(**line.model_dump()) for line in body.lines)
    delivery = Delivery(**values, at=clock.now() if at is None else at, lines=lines)
    async with parts_of(request).archive.writing() as tx:
        await check_facility(tx, viewer, body.facility)
        await check_document(tx, viewer, body.record)

        async def make() -> ReceiptCard:
            made = await receiving.receive(tx, delivery, by_of(viewer), refuse_because=body.refuse_because)
            return ReceiptCard.model_validate(await refusals.card(tx, made.id))

        return await once(tx, viewer, Question("POST /receipts", body, key), ReceiptCard, make)


@router.get("/receipts/{number}")
async def receipt(request: Request, response: Response, viewer: Asking, number: Number) -> ReceiptCard:
    """A receipt with its lines and reports."""
    async with parts_of(request).archive.reading() as tx:
        await _check(tx, viewer, number)
        found = await refusals.card(tx, number)
        tagged(response, found.tag)
        return ReceiptCard.model_validate(found)


@router.post("/receipts/{number}/complete")
async def complete(request: Request, viewer: Asking, number: Number, seen: Seen, body: CompleteForm) -> ReceiptAnswer:
    """The papers of what waited came."""
    async with parts_of(request).archive.writing() as tx:
        await _check(tx, viewer, number)
        await check_document(tx, viewer, body.papers)
        done = await receiving.complete(tx, number, by_of(viewer, body.why), body.papers, seen=seen)
        return ReceiptAnswer.model_validate(done)


@router.post("/receipts/{number}/refuse")
async def turn_away(request: Request, viewer: Asking, number: Number, seen: Seen, body: WhyForm) -> ReceiptAnswer:
    """What waited is refused after all, and goes back."""
    async with parts_of(request).archive.writing() as tx:
        await _check(tx, viewer, number)
        done = await receiving.turn_away(tx, number, body.why, by_of(viewer, body.why), seen=seen)
        return ReceiptAnswer.model_validate(done)


@router.post("/receipts/{number}/withdraw")
async def withdraw(request: Request, viewer: Asking, number: Number, seen: Seen, body: WhyForm) -> ReceiptAnswer:
    """It was entered by mistake; it stays in the book and counts no more."""
    async with parts_of(request).archive.writing() as tx:
        await _check(tx, viewer, number)
        return ReceiptAnswer.model_validate(await receiving.withdraw(tx, number, by_of(viewer, body.why), seen=seen))


@router.post("/receipts/{number}/reports", status_code=HTTPStatus.CREATED)
async def report(request: Request, viewer: Asking, number: Number, body: ReportForm) -> ReportAnswer:
    """An authority was told of the refusal; without a document its paper stays due. A person puts their name to it."""
    told_at = moment(body.told_at, "told_at")
    new = NewReport(**body.model_dump(exclude={"told_at"}), receipt=number, told_at=told_at)
    async with parts_of(request).archive.writing() as tx:
        await _check(tx, viewer, number)
        signer_of(viewer)
        await check_document(tx, viewer, body.document)
        return ReportAnswer.model_validate(await refusals.report(tx, new, by_of(viewer)))


@router.get("/receipts/{number}/reports/{report}")
async def one_report(
    request: Request, response: Response, viewer: Asking, number: Number, report: Number
) -> ReportAnswer:  # fmt: skip
    """One report."""
    async with parts_of(request).archive.reading() as tx:
        row = await _check_report(tx, viewer, number, report)
        tagged(response, locking.tag_of(row))
        return ReportAnswer.model_validate(record_of(row, Report))


@router.post("/receipts/{number}/reports/{report}/paper")
async def add_paper(
    request: Request, viewer: Asking, number: Number, report: Number, seen: Seen, body: DocumentForm
) -> ReportAnswer:
    """The paper by which the authority was told."""
    async with parts_of(request).archive.writing() as tx:
        await _check_report(tx, viewer, number, report)
        signer_of(viewer)
        await check_document(tx, viewer, body.document)
        done = await refusals.add_paper(tx, report, body.document, by_of(viewer), seen=seen)
        return ReportAnswer.model_validate(done)


@router.post("/receipts/{number}/reports/{report}/withdraw")
async def withdraw_report(
    request: Request, viewer: Asking, number: Number, report: Number, seen: Seen, body: WhyForm
) -> ReportAnswer:
    """A report was entered by mistake: it is due again."""
    async with parts_of(request).archive.writing() as tx:
        await _check_report(tx, viewer, number, report)
        return ReportAnswer.model_validate(await refusals.withdraw(tx, report, by_of(viewer, body.why), seen=seen))


async def _check(tx: Tx, viewer: Viewer, number: int) -> None:
    row = await tx.get(Receipt, number)
    if row is None or not viewer.sees(row.facility):
        raise NotFound("receipt", number)


async def _check_report(tx: Tx, viewer: Viewer, number: int, report: int) -> RefusalReport:
    await _check(tx, viewer, number)
    row = await tx.get(RefusalReport, report)
    if row is None or row.receipt != number:
        raise NotFound("report", report)
    return row
