"""/api/v1: movements and the register that follows from them; counts and custody stand beside, in `counts`.

Who writes a movement sees both its ends: a clinic neither takes from another's compartment nor puts into it.
"""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from coldchain import clock
from coldchain.archive import locking, lots
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked
from coldchain.archive.rows import record_of
from coldchain.archive.stock import handing, moving, places, register
from coldchain.archive.stock.words import NewMovement
from coldchain.archive.tables import Movement
from coldchain.errors import BadInput
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, Paged, Windowed, listed, moment
from dashboards.api.models import Listed
from dashboards.api.models_stock import MovementAnswer, MovementForm, RegisterLine, TakenForm, WhyForm
from dashboards.api.once import Key, Question, once
from dashboards.api.stock import check_lot
from dashboards.api.within import check_facility
from dashboards.api.writing import Seen, by_of, tagged
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["stock"])

MOST_ROWS = 20_000


@router.post("/movements", status_code=HTTPStatus.CREATED)
async def move(request: Request, viewer: Asking, body: MovementForm, key: Key = None) -> MovementAnswer:
    """Enter a movement, today's or one that was forgotten. Deliveries, counts and disposals have doors of their own."""
    at = moment(body.at, "at")
    new = NewMovement(**body.model_dump(exclude={"at"}), at=clock.now() if at is None else at)
    async with parts_of(request).archive.writing() as tx:
        for place in (new.source, new.target):
            await check_place(tx, viewer, place)

        async def make() -> MovementAnswer:
            return MovementAnswer.model_validate(await moving.enter(tx, new, by_of(viewer, body.remark)))

        return await once(tx, viewer, Question("POST /movements", body, key), MovementAnswer, make)


@router.get("/movements")
async def list_movements(
    request: Request, viewer: Asking, lot: Annotated[str, Query(max_length=64)]
) -> Listed[MovementAnswer]:
    """A lot's movements that touch what you see, in time; the withdrawn too."""
    async with parts_of(request).archive.reading() as tx:
        await check_lot(tx, viewer, lot)
        found = await lots.movements(tx, lot)
        if viewer.scope is not None:
            mine = set(await tx.scalars(places.compartments_of(viewer.scope)))
            found = [each for each in found if {each.source, each.target} & mine]
    return Listed(items=[MovementAnswer.model_validate(each) for each in found], next=None)


@router.get("/movements/unconfirmed")
async def list_unconfirmed(request: Request, viewer: Asking, page: Paged) -> Listed[MovementAnswer]:
    """What came from other facilities, and nobody said that it came."""
    async with parts_of(request).archive.reading() as tx:
        found = await handing.unconfirmed(tx, viewer.scope, Asked(page.limit, page.cursor))
    return Listed(items=[MovementAnswer.model_validate(each) for each in found.items], next=found.next)


@router.get("/movements/{number}")
async def movement(request: Request, response: Response, viewer: Asking, number: Number) -> MovementAnswer:
    """One movement."""
    async with parts_of(request).archive.reading() as tx:
        row = await _row(tx, viewer, number)
        tagged(response, locking.tag_of(row))
        return MovementAnswer.model_validate(record_of(row, lots.Movement))


@router.post("/movements/{number}/confirm")
async def confirm(request: Request, viewer: Asking, number: Number, seen: Seen, body: TakenForm) -> MovementAnswer:
    """The receiving facility says that the doses came."""
    async with parts_of(request).archive.writing() as tx:
        row = await tx.get(Movement, number)
        if row is None or row.target is None:
            raise NotFound("movement", number)
        await check_place(tx, viewer, row.target)
        done = await handing.confirm(tx, number, body.taken_by, by_of(viewer), seen=seen)
        return MovementAnswer.model_validate(done)


@router.post("/movements/{number}/withdraw")
async def withdraw(request: Request, viewer: Asking, number: Number, seen: Seen, body: WhyForm) -> MovementAnswer:
    """It was entered by mistake; it stays in the book, struck."""
    async with parts_of(request).archive.writing() as tx:
        row = await tx.get(Movement, number)
        if row is None:
            raise NotFound("movement", number)
        for place in (row.source, row.target):
            await check_place(tx, viewer, place)
        return MovementAnswer.model_validate(await lots.withdraw(tx, number, by_of(viewer, body.why), seen=seen))


@router.get("/register", response_model=Listed[RegisterLine])
async def read_register(  # noqa: PLR0913, PLR0917 - what can be asked for
    request: Request,
    viewer: Asking,
    page: Paged,
    window: Windowed,
    facility: Annotated[str, Query(max_length=64)],
    vaccine: Annotated[str | None, Query(max_length=64)] = None,
    lot: Annotated[str | None, Query(max_length=64)] = None,
    form: Annotated[Literal["json", "csv"], Query(description="csv: the whole window at once.")] = "json",
) -> Listed[RegisterLine] | Response:
    """What came in and went out of a facility, with each lot's balance."""
    start, end = window.ms()
    wish = register.Wish(facility, vaccine, lot, start, end)
    after = page.after(int, int)
    async with parts_of(request).archive.reading() as tx:
        await check_facility(tx, viewer, facility)
        if form == "csv":
            found = await register.lines(tx, wish, MOST_ROWS)
            if len(found) > MOST_ROWS:
                raise BadInput("start", f"there are more than {MOST_ROWS} lines", "ask for a shorter time")
            return Response(register.as_csv(found), media_type="text/csv; charset=utf-8")
        found = await register.lines(tx, wish, page.limit, (after[0], after[1]) if after else None)
    return listed(found, page, lambda line: line.key, RegisterLine.model_validate)


async def check_place(tx: Tx, viewer: Viewer, compartment: int | None) -> None:
    """A compartment of a facility that the caller sees; none is outside.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    if compartment is None:
        return
    try:
        facility = await places.facility_of(tx, compartment)
    except BadInput:
        raise NotFound("compartment", compartment) from None
    if not viewer.sees(facility):
        raise NotFound("compartment", compartment)


async def _row(tx: Tx, viewer: Viewer, number: int) -> Movement:
    """A movement that touches what the caller sees."""
    row = await tx.get(Movement, number)
    ends = [place for place in (row.source, row.target) if place is not None] if row is not None else []
    if row is None or not any([viewer.sees(await places.facility_of(tx, place)) for place in ends]):
        raise NotFound("movement", number)
    return row
