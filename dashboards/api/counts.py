"""/api/v1: stock-takes and custody: what is there against the books, and what another clinic keeps meanwhile."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked
from coldchain.archive.stock import counting, custody
from coldchain.archive.stock.counting import Counted, NewCount
from coldchain.archive.stock.custody import NewCustody
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Paged, moment
from dashboards.api.documents import check_document
from dashboards.api.models import Listed
from dashboards.api.models_stock import (
    BackForm,
    CountAnswer,
    CountCard,
    CountForm,
    CountLineAnswer,
    CustodyAnswer,
    CustodyForm,
    PaperForm,
    PostForm,
    WhyForm,
)
from dashboards.api.movements import check_place
from dashboards.api.writing import Seen, by_of, tagged
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["stock"])

Number = Annotated[int, Path(ge=1, lt=2**31)]


@router.get("/counts")
async def list_counts(request: Request, viewer: Asking, page: Paged) -> Listed[CountAnswer]:
    """Stock-takes in scope, the newest first."""
    async with parts_of(request).archive.reading() as tx:
        found = await counting.listed(tx, viewer.scope, Asked(page.limit, page.cursor))
    return Listed(items=[CountAnswer.model_validate(each) for each in found.items], next=found.next)


@router.post("/counts", status_code=HTTPStatus.CREATED)
async def enter_count(request: Request, response: Response, viewer: Asking, body: CountForm) -> CountCard:
    """What was counted; the answer tells the differences."""
    at = moment(body.at, "at")
    lines = tuple(Counted(**line.model_dump()) for line in body.lines)
    new = NewCount(**body.model_dump(exclude={"at", "lines"}), at=clock.now() if at is None else at, lines=lines)
    async with parts_of(request).archive.writing() as tx:
        await check_place(tx, viewer, new.compartment)
        made = await counting.enter(tx, new, by_of(viewer, body.note))
        return await _count(tx, response, made.id)


@router.get("/counts/{number}")
async def count(request: Request, response: Response, viewer: Asking, number: Number) -> CountCard:
    """A stock-take with its differences."""
    async with parts_of(request).archive.reading() as tx:
        await _check_count(tx, viewer, number)
        return await _count(tx, response, number)


@router.post("/counts/{number}/post")
async def post_count(
    request: Request, response: Response, viewer: Asking, number: Number, seen: Seen, body: PostForm
) -> CountCard:
    """Put its differences into the books, each with its reason."""
    async with parts_of(request).archive.writing() as tx:
        await _check_count(tx, viewer, number)
        await counting.post(tx, number, body.reasons, by_of(viewer), seen=seen)
        return await _count(tx, response, number)


@router.post("/counts/{number}/withdraw")
async def withdraw_count(request: Request, viewer: Asking, number: Number, body: WhyForm) -> CountAnswer:
    """It was entered by mistake, and so was what it posted."""
    async with parts_of(request).archive.writing() as tx:
        await _check_count(tx, viewer, number)
        return CountAnswer.model_validate(await counting.withdraw(tx, number, by_of(viewer, body.why)))


@router.get("/custody")
async def list_custody(
    request: Request,
    viewer: Asking,
    page: Paged,
    only_open: Annotated[bool, Query(description="Only what is still kept.")] = False,
) -> Listed[CustodyAnswer]:
    """Custodies of which you see the owner or the keeper, the newest first."""
    async with parts_of(request).archive.reading() as tx:
        found = await custody.listed(tx, viewer.scope, Asked(page.limit, page.cursor), is_open=only_open)
    return Listed(items=[CustodyAnswer.model_validate(each) for each in found.items], next=found.next)


@router.get("/custody/papers-due")
async def list_papers_due(request: Request, viewer: Asking) -> Listed[CustodyAnswer]:
    """Custodies to which the county consented by word, and whose paper has not come."""
    async with parts_of(request).archive.reading() as tx:
        found = await custody.papers_due(tx, viewer.scope)
    return Listed(items=[CustodyAnswer.model_validate(each) for each in found], next=None)


@router.post("/custody", status_code=HTTPStatus.CREATED)
async def give(request: Request, viewer: Asking, body: CustodyForm) -> CustodyAnswer:
    """Bring doses to where another clinic keeps them. The owner or the county enters it; the keeper may lie outside."""
    start, consented_at = moment(body.start, "start"), moment(body.consented_at, "consented_at")
    assert consented_at is not None
    new = NewCustody(
        **body.model_dump(exclude={"start", "consented_at"}),
        start=clock.now() if start is None else start,
        consented_at=consented_at,
    )
    async with parts_of(request).archive.writing() as tx:
        await check_place(tx, viewer, new.source)
        await check_document(tx, viewer, body.consent)
        return CustodyAnswer.model_validate(await custody.give(tx, new, by_of(viewer, body.why)))


@router.post("/custody/{number}/return")
async def give_back(request: Request, viewer: Asking, number: Number, body: BackForm) -> CustodyAnswer:
    """The doses are back with their owner."""
    at = moment(body.at, "at")
    async with parts_of(request).archive.writing() as tx:
        await _check_custody(tx, viewer, number)
        await check_place(tx, viewer, body.target)
        back = clock.now() if at is None else at
        done = await custody.give_back(tx, number, back, by_of(viewer), held=body.held, target=body.target)
        return CustodyAnswer.model_validate(done)


@router.post("/custody/{number}/paper")
async def add_paper(request: Request, viewer: Asking, number: Number, body: PaperForm) -> CustodyAnswer:
    """The written consent came."""
    async with parts_of(request).archive.writing() as tx:
        await _check_custody(tx, viewer, number)
        await check_document(tx, viewer, body.consent)
        return CustodyAnswer.model_validate(await custody.add_paper(tx, number, body.consent, by_of(viewer)))


@router.post("/custody/{number}/withdraw")
async def withdraw_custody(request: Request, viewer: Asking, number: Number, body: WhyForm) -> CustodyAnswer:
    """It was entered by mistake: the doses never left."""
    async with parts_of(request).archive.writing() as tx:
        await _check_custody(tx, viewer, number)
        return CustodyAnswer.model_validate(await custody.withdraw(tx, number, by_of(viewer, body.why)))


async def _count(tx: Tx, response: Response, number: int) -> CountCard:
    found, lines, tag = await counting.count(tx, number)
    tagged(response, tag)
    return CountCard(
        count=CountAnswer.model_validate(found), lines=[CountLineAnswer.model_validate(line) for line in lines]
    )


async def _check_count(tx: Tx, viewer: Viewer, number: int) -> None:
    row = await tx.get(tables.StockCount, number)
    if row is None:
        raise NotFound("count", number)
    await check_place(tx, viewer, row.compartment)


async def _check_custody(tx: Tx, viewer: Viewer, number: int) -> None:
    """The owner's side writes: what the keeper does with another's doses is the owner's or the county's to say."""
    row = await tx.get(tables.Custody, number)
    if row is None or not viewer.sees(row.owner):
        raise NotFound("custody", number)
