"""/api/v1/vaccines: the catalogue, what doses cost, and what their makers allow.

What a vaccine is and what its maker allows is so everywhere: only who holds everything says it. A price may be a region's
own, and is said by who holds all of that region. A line of a maker's table carries a release once a second person
approved it.
"""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from coldchain.archive import locking, lots, tables, views
from coldchain.archive.db import Tx
from coldchain.archive.stock import prices, stability
from coldchain.archive.stock.prices import NewPrice, Price
from coldchain.archive.stock.stability import NewStability
from coldchain.archive.stock.words import Funding, VaccineEntry
from coldchain.errors import BadInput
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, moment
from dashboards.api.documents import check_document
from dashboards.api.models import Listed
from dashboards.api.models_stock import WhyForm
from dashboards.api.models_vaccines import (
    AtForm,
    PriceAnswer,
    PriceForm,
    StabilityAnswer,
    StabilityForm,
    VaccineAnswer,
    VaccineCard,
    VaccineForm,
)
from dashboards.api.within import check_region
from dashboards.api.writing import Seen, by_of, signer_of, tagged
from dashboards.parts import parts_of
from dashboards.problems import NotFound, Problem

router = APIRouter(prefix="/api/v1", tags=["stock"])

Code = Annotated[str, Path(max_length=64)]


@router.get("/vaccines")
async def list_vaccines(request: Request, funding: Funding | None = None) -> Listed[VaccineAnswer]:
    """The whole catalogue, or what the programme pays, or what is paid for."""
    async with parts_of(request).archive.reading() as tx:
        found = await lots.vaccines(tx)
    items = [VaccineAnswer.model_validate(each) for each in found if funding in {None, each.funding}]
    return Listed(items=items, next=None)


@router.get("/vaccines/{code}")
async def vaccine(request: Request, response: Response, viewer: Asking, code: Code) -> VaccineCard:
    """A vaccine with its prices, as far as they are yours, and its makers' stability tables."""
    async with parts_of(request).archive.reading() as tx:
        return await _vaccine(tx, response, viewer, code)


@router.put("/vaccines/{code}")
async def put_vaccine(
    request: Request, response: Response, viewer: Asking, code: Code, seen: Seen, body: VaccineForm
) -> VaccineCard:
    """Add a vaccine, or change one, for everybody."""
    _check_everything(viewer, "a vaccine")
    async with parts_of(request).archive.writing() as tx:
        await lots.put_vaccines(tx, [VaccineEntry(code=code, **_said(body))], by_of(viewer), seen=seen)
        return await _vaccine(tx, response, viewer, code)


@router.post("/vaccines/{code}/prices", status_code=HTTPStatus.CREATED)
async def say_price(request: Request, viewer: Asking, code: Code, body: PriceForm) -> PriceAnswer:
    """A price from a day on, of a region of yours, or everybody's."""
    if body.region is None:
        _check_everything(viewer, "everybody's price; name a region of yours, or let it be said")
    async with parts_of(request).archive.writing() as tx:
        await check_region(tx, viewer, body.region)
        new = NewPrice(vaccine=code, **body.model_dump())
        return PriceAnswer.model_validate(await prices.say(tx, new, by_of(viewer)))


@router.get("/prices/{number}")
async def price(request: Request, response: Response, viewer: Asking, number: Number) -> PriceAnswer:
    """One price."""
    async with parts_of(request).archive.reading() as tx:
        found, tag = await _price(tx, viewer, number)
        tagged(response, tag)
        return PriceAnswer.model_validate(found)


@router.post("/prices/{number}/withdraw")
async def withdraw_price(request: Request, viewer: Asking, number: Number, seen: Seen, body: WhyForm) -> PriceAnswer:
    """It was entered by mistake."""
    async with parts_of(request).archive.writing() as tx:
        found, _ = await _price(tx, viewer, number)
        if found.region is None:
            _check_everything(viewer, "everybody's price")
        await check_region(tx, viewer, found.region)
        done = await prices.withdraw(tx, number, by_of(viewer, body.why), seen=seen)
        return PriceAnswer.model_validate(done)


@router.post("/vaccines/{code}/stability", status_code=HTTPStatus.CREATED)
async def enter_stability(request: Request, viewer: Asking, code: Code, body: StabilityForm) -> StabilityAnswer:
    """A line of a maker's table, as its paper says it; what was read there is entered by a person."""
    _check_everything(viewer, "a maker's line")
    values = body.model_dump() | {
        "vaccine": code,
        "valid_from": moment(body.valid_from, "valid_from"),
        "valid_to": moment(body.valid_to, "valid_to"),
    }
    async with parts_of(request).archive.writing() as tx:
        if body.certainty == stability.READ:
            signer_of(viewer)
        await check_document(tx, viewer, body.document)
        return StabilityAnswer.model_validate(await stability.enter(tx, NewStability(**values), by_of(viewer)))


@router.get("/stability/{number}")
async def line(request: Request, response: Response, number: Number) -> StabilityAnswer:
    """One line of a maker's table."""
    async with parts_of(request).archive.reading() as tx:
        try:
            found, tag = await stability.line(tx, number)
        except BadInput:
            raise NotFound("line", number) from None
        tagged(response, tag)
        return StabilityAnswer.model_validate(found)


@router.post("/stability/{number}/approve")
async def approve(request: Request, viewer: Asking, number: Number, seen: Seen) -> StabilityAnswer:
    """A second person held it beside the maker's paper: from now on a release may rest on it."""
    async with parts_of(request).archive.writing() as tx:
        await _check_line(tx, number)
        done = await stability.approve(tx, number, signer_of(viewer), by_of(viewer), seen=seen)
        return StabilityAnswer.model_validate(done)


@router.post("/stability/{number}/end")
async def end(request: Request, viewer: Asking, number: Number, seen: Seen, body: AtForm) -> StabilityAnswer:
    """From a moment on it stands no longer."""
    at = moment(body.at, "at")
    async with parts_of(request).archive.writing() as tx:
        await _check_line(tx, number)
        _check_everything(viewer, "a maker's line")
        return StabilityAnswer.model_validate(await stability.end(tx, number, at, by_of(viewer), seen=seen))


@router.post("/stability/{number}/withdraw")
async def withdraw(request: Request, viewer: Asking, number: Number, seen: Seen, body: WhyForm) -> StabilityAnswer:
    """It was entered by mistake."""
    async with parts_of(request).archive.writing() as tx:
        await _check_line(tx, number)
        _check_everything(viewer, "a maker's line")
        done = await stability.withdraw(tx, number, by_of(viewer, body.why), seen=seen)
        return StabilityAnswer.model_validate(done)


async def lineage(tx: Tx, viewer: Viewer, code: str) -> list[str]:
    """The regions with a price of their own for a vaccine in which all lies that the viewer sees, the nearest first."""
    if viewer.scope is None:
        return []
    found = []
    for region in sorted({each.region for each in await prices.listed(tx, code) if each.region is not None}):
        below = await views.facilities_below(tx, region)
        if viewer.scope <= below:
            found.append((len(below), region))
    return [region for _, region in sorted(found)]


async def _vaccine(tx: Tx, response: Response, viewer: Viewer, code: str) -> VaccineCard:
    try:
        found = await lots.vaccine(tx, code)
    except BadInput:
        raise NotFound("vaccine", code) from None
    tagged(response, locking.tag_of(await tx.get_one(tables.Vaccine, code)))
    theirs = [each for each in await prices.listed(tx, code) if await _is_seen(tx, viewer, each)]
    return VaccineCard(
        vaccine=VaccineAnswer.model_validate(found),
        prices=[PriceAnswer.model_validate(each) for each in theirs],
        stability=[StabilityAnswer.model_validate(each) for each in await stability.listed(tx, code)],
    )


async def _price(tx: Tx, viewer: Viewer, number: int) -> tuple[Price, str]:
    try:
        found, tag = await prices.price(tx, number)
    except BadInput:
        raise NotFound("price", number) from None
    if not await _is_seen(tx, viewer, found):
        raise NotFound("price", number)
    return found, tag


async def _is_seen(tx: Tx, viewer: Viewer, price: Price) -> bool:
    """Everybody's, or of a region in which something of the viewer's lies."""
    if price.region is None or viewer.scope is None:
        return True
    return bool(viewer.scope & await views.facilities_below(tx, price.region))


async def _check_line(tx: Tx, number: int) -> None:
    if await tx.get(tables.Stability, number) is None:
        raise NotFound("line", number)


def _check_everything(viewer: Viewer, what: str) -> None:
    """What is so everywhere is said by who holds everything."""
    if viewer.scope is not None:
        raise Problem(HTTPStatus.FORBIDDEN, f"{what} is so for all counties: ask the administrator")


def _said(body: VaccineForm) -> dict[str, Any]:
    """What the caller named, null where they mean none."""
    return body.model_dump(exclude_unset=True)
