"""/api/v1: lots and where their doses are; what to take first, what may not be used, and what lies wrongly.

Of lots, whoever looks sees those of which doses ever were in scope. A lot that lies nowhere yet is seen by
whoever asks for its id, or it could not be received.
"""

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from coldchain import clock
from coldchain.archive import lots, tables
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked
from coldchain.archive.stock import belonging, days, issuing, labels, listing, prices
from coldchain.archive.stock.words import LotEntry
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Paged, listed
from dashboards.api.models import Listed
from dashboards.api.models_stock import (
    DrawAnswer,
    LabelAnswer,
    LotAnswer,
    LotCard,
    LotForm,
    MisplacedAnswer,
    MovementAnswer,
    ThereAnswer,
)
from dashboards.api.vaccines import lineage
from dashboards.api.within import check_facility
from dashboards.api.writing import Seen, by_of, tagged
from dashboards.parts import parts_of
from dashboards.problems import NotFound, Problem
from dashboards.rights import Right

router = APIRouter(prefix="/api/v1", tags=["stock"])

Code = Annotated[str, Path(max_length=64)]
Wanted = Annotated[str | None, Query(max_length=200)]


@router.get("/lots")
async def list_lots(  # noqa: PLR0913, PLR0917 - what can be asked for
    request: Request,
    viewer: Asking,
    page: Paged,
    facility: Annotated[str | None, Query(max_length=64)] = None,
    vaccine: Wanted = None,
    number: Wanted = None,
    expires_before: Annotated[str | None, Query(max_length=10, description="YYYY-MM-DD")] = None,
    here: Annotated[bool, Query(description="Only those of which doses are there now.")] = False,
) -> Listed[LotAnswer]:
    """Lots by id, with the doses that you see now."""
    if expires_before is not None:
        days.check_day("expires_before", expires_before)
    async with parts_of(request).archive.reading() as tx:
        scope = viewer.scope
        if facility is not None:
            await check_facility(tx, viewer, facility)
            scope = frozenset({facility})
        wish = listing.Wish(scope, vaccine, number, expires_before, here)
        found = await listing.listed(tx, wish, Asked(page.limit, page.cursor))
        left = await listing.doses_of(tx, [each.id for each in found.items], scope)
    items = [_lot(each, left.get(each.id, 0)) for each in found.items]
    return Listed(items=items, next=found.next)


@router.get("/lots/{lot}")
async def lot(request: Request, response: Response, viewer: Asking, lot: Code) -> LotCard:
    """A lot and where its doses are, as far as you see."""
    async with parts_of(request).archive.reading() as tx:
        await check_lot(tx, viewer, lot)
        return await _card(tx, response, viewer, lot)


@router.put("/lots/{lot}")
async def put_lot(
    request: Request, response: Response, viewer: Asking, lot: Code, seen: Seen, body: LotForm
) -> LotCard:
    """Enter a lot, or change one that lies with you."""
    async with parts_of(request).archive.writing() as tx:
        if await tx.get(tables.Lot, lot) is not None:
            await check_lot(tx, viewer, lot)
            await _check_own(tx, viewer, lot)
        await lots.put_lots(tx, [LotEntry(id=lot, **_said(body))], by_of(viewer), seen=seen)
        return await _card(tx, response, viewer, lot)


@router.get("/stock/fefo")
async def fefo(
    request: Request,
    viewer: Asking,
    facility: Annotated[str, Query(max_length=64)],
    vaccine: Annotated[str, Query(max_length=64)],
    doses: Annotated[int, Query(ge=1, lt=2**31)],
) -> Listed[DrawAnswer]:
    """What to take first: what expires first and is neither held, nor waiting, nor another's."""
    async with parts_of(request).archive.reading() as tx:
        await check_facility(tx, viewer, facility)
        found = await issuing.fefo(tx, facility, vaccine, doses, clock.now())
    shelves = [{name: getattr(draw.shelf, name) for name in draw.shelf.__dataclass_fields__} for draw in found]
    items = [DrawAnswer(**shelf, doses=draw.doses) for shelf, draw in zip(shelves, found, strict=True)]
    return Listed(items=items, next=None)


@router.get("/stock/labels")
async def list_labels(
    request: Request, viewer: Asking, page: Paged, facility: Annotated[str | None, Query(max_length=64)] = None
) -> Listed[LabelAnswer]:
    """The labels of all that is set apart now: held, waiting for papers, expired; the longest set apart first."""
    last = page.after(int, str, str, str, str, str, int)
    after = None if last is None else labels.Place(*last)
    async with parts_of(request).archive.reading() as tx:
        scope = viewer.scope
        if facility is not None:
            await check_facility(tx, viewer, facility)
            scope = frozenset({facility})
        found = await labels.listed(tx, scope, clock.now(), after=after, most=page.limit + 1)
    return listed(found, page, lambda pair: pair[0], lambda pair: LabelAnswer.model_validate(pair[1]))


@router.get("/stock/misplaced")
async def list_misplaced(
    request: Request, viewer: Asking, facility: Annotated[str | None, Query(max_length=64)] = None
) -> Listed[MisplacedAnswer]:
    """Free doses that lie where they do not belong, the longest first."""
    async with parts_of(request).archive.reading() as tx:
        scope = viewer.scope
        if facility is not None:
            await check_facility(tx, viewer, facility)
            scope = frozenset({facility})
        found = await belonging.misplaced(tx, scope, clock.now())
    return Listed(items=[MisplacedAnswer.model_validate(each) for each in found], next=None)


@router.get("/stock/passed-over")
async def list_passed_over(request: Request, viewer: Asking, page: Paged) -> Listed[MovementAnswer]:
    """Issues that left what expires first, with the reason in `remark`."""
    async with parts_of(request).archive.reading() as tx:
        found = await issuing.out_of_order(tx, viewer.scope, Asked(page.limit, page.cursor))
    return Listed(items=[MovementAnswer.model_validate(each) for each in found.items], next=found.next)


async def check_lot(tx: Tx, viewer: Viewer, lot: str) -> None:
    """A lot of which doses ever were in scope, or none anywhere yet.

    Raises:
        NotFound: there is none, or it is not theirs to see.
    """
    if await tx.get(tables.Lot, lot) is None:
        raise NotFound("lot", lot)
    if not await listing.is_seen(tx, lot, viewer.scope) and await lots.movements(tx, lot):
        raise NotFound("lot", lot)


async def _check_own(tx: Tx, viewer: Viewer, lot: str) -> None:
    """What a lot is says the same to all who have it: a clinic changes only what never was anywhere else."""
    if not viewer.may(Right.MANAGE) and not await listing.is_only_in(tx, lot, viewer.scope):
        raise Problem(HTTPStatus.FORBIDDEN, "others have this lot too: ask the county to change it")


async def _card(tx: Tx, response: Response, viewer: Viewer, lot: str) -> LotCard:
    found = await listing.card(tx, lot, viewer.scope)
    tagged(response, found.tag)
    vaccine = await lots.vaccine(tx, found.lot.vaccine)
    return LotCard(
        lot=_lot(found.lot, sum(each.doses for each in found.there)),
        price_fen_now=await prices.price_of(
            tx, found.lot, days.day_of(clock.now()), await lineage(tx, viewer, vaccine.code)
        ),
        funding_now=found.lot.funding or vaccine.funding,
        there=[ThereAnswer.model_validate(each) for each in found.there],
    )


def _lot(each: lots.Lot, doses: int) -> LotAnswer:
    return LotAnswer(**msgspec.structs.asdict(each), doses=doses)


def _said(body: LotForm) -> dict[str, Any]:
    """What the caller named, null where they mean none."""
    return body.model_dump(exclude_unset=True)
