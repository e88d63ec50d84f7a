"""/api/v1: doses that nobody may use any more: disposed of before a witness, reported level by level upwards.

expired, or set apart by a count ─► GET /unusable/due ─► POST /unusable/reports ─► …/paper;  POST /disposals takes them out
"""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.stock import disposing, reporting
from coldchain.archive.stock.disposing import NewDisposal
from coldchain.archive.stock.reporting import NewReport
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, moment
from dashboards.api.documents import check_document
from dashboards.api.models import Listed
from dashboards.api.models_stock import (
    DisposalAnswer,
    DisposalForm,
    DocumentForm,
    MovementAnswer,
    UnusableAnswer,
    UnusableDueAnswer,
    UnusableForm,
    WhyForm,
)
from dashboards.api.movements import check_place
from dashboards.api.once import Key, Question, once
from dashboards.api.within import check_facility
from dashboards.api.writing import Seen, by_of, signer_of, tagged
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["stock"])


@router.post("/disposals", status_code=HTTPStatus.CREATED)
async def dispose(request: Request, viewer: Asking, body: DisposalForm, key: Key = None) -> DisposalAnswer:
    """Free doses were disposed of: why, by which signed scan, and who from outside saw it."""
    at = moment(body.at, "at")
    new = NewDisposal(**body.model_dump(exclude={"at"}), at=clock.now() if at is None else at)
    async with parts_of(request).archive.writing() as tx:
        await check_place(tx, viewer, new.source)
        await check_document(tx, viewer, body.document)

        async def make() -> DisposalAnswer:
            moved, seen_by = await disposing.dispose(tx, new, by_of(viewer, body.why))
            return DisposalAnswer(
                movement=MovementAnswer.model_validate(moved), witness=seen_by.witness,
                organisation=seen_by.organisation, document=seen_by.document, by=seen_by.by,
            )  # fmt: skip

        return await once(tx, viewer, Question("POST /disposals", body, key), DisposalAnswer, make)


@router.get("/unusable/due")
async def list_due(request: Request, viewer: Asking) -> Listed[UnusableDueAnswer]:
    """Expired or unusable doses that were not reported in full, or not by a paper."""
    async with parts_of(request).archive.reading() as tx:
        found = await reporting.due(tx, viewer.scope, clock.now())
    return Listed(items=[UnusableDueAnswer.model_validate(each) for each in found], next=None)


@router.post("/unusable/reports", status_code=HTTPStatus.CREATED)
async def report(request: Request, viewer: Asking, body: UnusableForm) -> UnusableAnswer:
    """They were reported upwards; without a document its paper stays due. A person puts their name to it."""
    told_at = moment(body.told_at, "told_at")
    new = NewReport(**body.model_dump(exclude={"told_at"}), told_at=told_at)
    async with parts_of(request).archive.writing() as tx:
        await check_facility(tx, viewer, body.facility)
        signer_of(viewer)
        await check_document(tx, viewer, body.document)
        return UnusableAnswer.model_validate(await reporting.report(tx, new, by_of(viewer, body.note)))


@router.get("/unusable/reports/{number}")
async def one(request: Request, response: Response, viewer: Asking, number: Number) -> UnusableAnswer:
    """One report."""
    async with parts_of(request).archive.reading() as tx:
        await _check(tx, viewer, number)
        found, tag = await reporting.card(tx, number)
        tagged(response, tag)
        return UnusableAnswer.model_validate(found)


@router.post("/unusable/reports/{number}/paper")
async def add_paper(request: Request, viewer: Asking, number: Number, seen: Seen, body: DocumentForm) -> UnusableAnswer:
    """The paper by which it was reported."""
    async with parts_of(request).archive.writing() as tx:
        await _check(tx, viewer, number)
        signer_of(viewer)
        await check_document(tx, viewer, body.document)
        done = await reporting.add_paper(tx, number, body.document, by_of(viewer), seen=seen)
        return UnusableAnswer.model_validate(done)


@router.post("/unusable/reports/{number}/withdraw")
async def withdraw(request: Request, viewer: Asking, number: Number, seen: Seen, body: WhyForm) -> UnusableAnswer:
    """It was entered by mistake: it is due again."""
    async with parts_of(request).archive.writing() as tx:
        await _check(tx, viewer, number)
        return UnusableAnswer.model_validate(await reporting.withdraw(tx, number, by_of(viewer, body.why), seen=seen))


async def _check(tx: Tx, viewer: Viewer, number: int) -> None:
    row = await tx.get(tables.UnusableReport, number)
    if row is None or not viewer.sees(row.facility):
        raise NotFound("report", number)
