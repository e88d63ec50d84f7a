"""/api/v1/custody: what another clinic keeps meanwhile, by whose consent, and what of it is confirmed and on paper.

POST (the owner's side, a name by telephone) ─► unconfirmed ─► …/consent by that person's own login ─► …/paper ─► …/return
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked
from coldchain.archive.stock import custody
from coldchain.archive.stock.custody import NewCustody
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, Paged, Paging, listed, moment
from dashboards.api.documents import check_document
from dashboards.api.models import Listed
from dashboards.api.models_stock import BackForm, CustodyAnswer, CustodyForm, PaperForm, WhyForm
from dashboards.api.movements import check_place
from dashboards.api.once import Key, Question, once
from dashboards.api.writing import Seen, by_of, signer_of, tagged
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["stock"])


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
async def list_papers_due(request: Request, viewer: Asking, page: Paged) -> Listed[CustodyAnswer]:
    """Custodies to which the county consented by word, and whose paper has not come; the oldest first."""
    after = _after(page)
    async with parts_of(request).archive.reading() as tx:
        found = await custody.papers_due(tx, viewer.scope, after=after, most=page.limit + 1)
    return listed(found, page, custody.place_of, CustodyAnswer.model_validate)


@router.get("/custody/unconfirmed")
async def list_unconfirmed(request: Request, viewer: Asking, page: Paged) -> Listed[CustodyAnswer]:
    """Custodies whose consent nobody confirmed in time by their own login; the oldest first."""
    after = _after(page)
    async with parts_of(request).archive.reading() as tx:
        found = await custody.unconfirmed(tx, viewer.scope, clock.now(), after=after, most=page.limit + 1)
    return listed(found, page, custody.place_of, CustodyAnswer.model_validate)


@router.post("/custody", status_code=HTTPStatus.CREATED)
async def give(request: Request, viewer: Asking, body: CustodyForm, key: Key = None) -> CustodyAnswer:
    """Bring doses to where another clinic keeps them. The owner or the county enters it; the keeper may lie outside."""
    start, consented_at = moment(body.start, "start"), moment(body.consented_at, "consented_at")
    new = NewCustody(
        **body.model_dump(exclude={"start", "consented_at"}),
        start=clock.now() if start is None else start,
        consented_at=consented_at,
    )
    async with parts_of(request).archive.writing() as tx:
        await check_place(tx, viewer, new.source)
        await check_document(tx, viewer, body.consent)

        async def make() -> CustodyAnswer:
            done = await custody.give(tx, new, by_of(viewer, body.why), user=viewer.user)
            return CustodyAnswer.model_validate(done)

        return await once(tx, viewer, Question("POST /custody", body, key), CustodyAnswer, make)


@router.get("/custody/{number}")
async def one(request: Request, response: Response, viewer: Asking, number: Number) -> CustodyAnswer:
    """A custody of which you see the owner or the keeper."""
    async with parts_of(request).archive.reading() as tx:
        row = await tx.get(tables.Custody, number)
        if row is None or not (viewer.sees(row.owner) or viewer.sees(row.keeper)):
            raise NotFound("custody", number)
        found, tag = await custody.custody(tx, number)
        tagged(response, tag)
        return CustodyAnswer.model_validate(found)


@router.post("/custody/{number}/consent")
async def consent(request: Request, viewer: Asking, number: Number, seen: Seen) -> CustodyAnswer:
    """Who is said to have consented says so by their own login."""
    async with parts_of(request).archive.writing() as tx:
        await _check_custody(tx, viewer, number)
        done = await custody.confirm(tx, number, signer_of(viewer), by_of(viewer), seen=seen)
        return CustodyAnswer.model_validate(done)


@router.post("/custody/{number}/return")
async def give_back(request: Request, viewer: Asking, number: Number, seen: Seen, body: BackForm) -> CustodyAnswer:
    """The doses are back with their owner."""
    at = moment(body.at, "at")
    async with parts_of(request).archive.writing() as tx:
        await _check_custody(tx, viewer, number)
        await check_place(tx, viewer, body.target)
        back = clock.now() if at is None else at
        by = by_of(viewer)
        done = await custody.give_back(tx, number, back, by, held=body.held, target=body.target, seen=seen)
        return CustodyAnswer.model_validate(done)


@router.post("/custody/{number}/paper")
async def add_paper(request: Request, viewer: Asking, number: Number, seen: Seen, body: PaperForm) -> CustodyAnswer:
    """The written consent came."""
    async with parts_of(request).archive.writing() as tx:
        await _check_custody(tx, viewer, number)
        await check_document(tx, viewer, body.consent)
        done = await custody.add_paper(tx, number, body.consent, by_of(viewer), seen=seen)
        return CustodyAnswer.model_validate(done)


@router.post("/custody/{number}/withdraw")
async def withdraw_custody(
    request: Request, viewer: Asking, number: Number, seen: Seen, body: WhyForm
) -> CustodyAnswer:  # fmt: skip
    """It was entered by mistake: the doses never left."""
    async with parts_of(request).archive.writing() as tx:
        await _check_custody(tx, viewer, number)
        return CustodyAnswer.model_validate(await custody.withdraw(tx, number, by_of(viewer, body.why), seen=seen))


def _after(page: Paging) -> tuple[int, int] | None:
    last = page.after(int, int)
    return None if last is None else (last[0], last[1])


async def _check_custody(tx: Tx, viewer: Viewer, number: int) -> None:
    """The owner's side writes: what the keeper does with another's doses is the owner's or the county's to say."""
    row = await tx.get(tables.Custody, number)
    if row is None or not viewer.sees(row.owner):
        raise NotFound("custody", number)
