"""/api/v1: stock-takes: what is there against the books."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked
from coldchain.archive.stock import counting
from coldchain.archive.stock.counting import Counted, NewCount
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, Paged, moment
from dashboards.api.models import Listed
from dashboards.api.models_stock import CountAnswer, CountCard, CountForm, CountLineAnswer, PostForm, WhyForm
from dashboards.api.movements import check_place
from dashboards.api.once import Key, Question, once
from dashboards.api.writing import Seen, by_of, tagged
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["stock"])


@router.get("/counts")
async def list_counts(request: Request, viewer: Asking, page: Paged) -> Listed[CountAnswer]:
    """Stock-takes in scope, the newest first."""
    async with parts_of(request).archive.reading() as tx:
        found = await counting.listed(tx, viewer.scope, Asked(page.limit, page.cursor))
    return Listed(items=[CountAnswer.model_validate(each) for each in found.items], next=found.next)


@router.post("/counts", status_code=HTTPStatus.CREATED)
async def enter_count(
    request: Request, response: Response, viewer: Asking, body: CountForm, key: Key = None
) -> CountCard:  # fmt: skip
    """What was counted; the answer tells the differences."""
    at = moment(body.at, "at")
    lines = tuple(Counted(**line.model_dump()) for line in body.lines)
    new = NewCount(**body.model_dump(exclude={"at", "lines"}), at=clock.now() if at is None else at, lines=lines)
    async with parts_of(request).archive.writing() as tx:
        await check_place(tx, viewer, new.compartment)

        async def make() -> CountCard:
            return await _count(tx, response, (await counting.enter(tx, new, by_of(viewer, body.note))).id)

        return await once(tx, viewer, Question("POST /counts", body, key), CountCard, make)


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
async def withdraw_count(request: Request, viewer: Asking, number: Number, seen: Seen, body: WhyForm) -> CountAnswer:
    """It was entered by mistake, and so was what it posted."""
    async with parts_of(request).archive.writing() as tx:
        await _check_count(tx, viewer, number)
        return CountAnswer.model_validate(await counting.withdraw(tx, number, by_of(viewer, body.why), seen=seen))


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
