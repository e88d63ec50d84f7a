"""/api/v1/equipment/{code}: the whole card of a piece, and what is said of it: status, place, mode, papers.

GET → ETag ─► PUT, status and place want If-Match ─► `coldchain.archive.upkeep`
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from msgspec import structs

from coldchain import clock
from coldchain.archive import audit, locking, occasions, tables
from coldchain.archive.db import Tx
from coldchain.archive.occasions import Occasion
from coldchain.archive.upkeep import cards, life, modes, papers, repairs
from coldchain.archive.upkeep.cards import Equipment
from coldchain.errors import BadInput
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, moment
from dashboards.api.documents import check_document
from dashboards.api.models_upkeep import (
    CardAnswer,
    CardPut,
    ModeAnswer,
    ModePost,
    PaperAnswer,
    PaperPost,
    PlacePost,
    PlaceSpanAnswer,
    StatusPost,
    StatusSpanAnswer,
    Withdrawal,
    shown,
)
from dashboards.api.writing import Seen, SeenOrNew, already, by_of, check_seen, tagged, with_tags
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["equipment archive"])

Code = Annotated[str, Path(max_length=64)]


async def piece_in(tx: Tx, viewer: Viewer, code: str) -> tables.Equipment:
    """A piece of equipment that the viewer may see.

    Raises:
        NotFound: when there is none, or none of theirs.
    """
    row = await tx.get(tables.Equipment, code)
    if row is None or not viewer.sees(row.facility):
        raise NotFound("equipment", code)
    return row


@router.get("/equipment/{code}")
async def card(request: Request, response: Response, viewer: Asking, code: Code) -> CardAnswer:
    """Everything that the archive says of a piece; its state as ETag."""
    async with parts_of(request).archive.reading() as tx:
        row = await piece_in(tx, viewer, code)
        tagged(response, locking.tag_of(row))
        return await _card(tx, code)


@router.put("/equipment/{code}")
async def put_card(
    request: Request, response: Response, viewer: Asking, code: Code, body: CardPut, seen: SeenOrNew
) -> CardAnswer:
    """Change the card as a whole, as it was seen; or with If-None-Match: * enter a new piece, saying where it stands."""
    async with parts_of(request).archive.writing() as tx:
        await audit.begin(tx)  # the form leaves out where it stands: that is as it is now
        if seen is None:
            await _enter(tx, viewer, code, body)
            response.status_code = HTTPStatus.CREATED
        else:
            row = await piece_in(tx, viewer, code)
            _check_stays(row, body)
            await cards.change(tx, _said(row.code, row.facility, body), by_of(viewer, "card"), seen)
        tagged(response, locking.tag_of(await tx.get_one(tables.Equipment, code)))
        return await _card(tx, code)


@router.post("/equipment/{code}/status", status_code=HTTPStatus.CREATED)
async def set_status(request: Request, viewer: Asking, code: Code, body: StatusPost, seen: Seen) -> StatusSpanAnswer:
    """From a day on it is in another status; refused for spare, moved, scrapped while lots are recorded inside."""
    async with parts_of(request).archive.writing() as tx:
        await piece_in(tx, viewer, code)
        await check_document(tx, viewer, body.document)
        turn = life.Turn(body.status, body.on, body.reason, body.document)
        return shown(StatusSpanAnswer, await life.set_status(tx, code, turn, by_of(viewer, body.reason), seen))


@router.post("/equipment/{code}/place", status_code=HTTPStatus.CREATED)
async def move(request: Request, viewer: Asking, code: Code, body: PlacePost, seen: Seen) -> PlaceSpanAnswer:
    """From a day on it stands at another facility, which must be in scope too; refused while lots are inside."""
    async with parts_of(request).archive.writing() as tx:
        await piece_in(tx, viewer, code)
        if not viewer.sees(body.facility):
            raise NotFound("facility", body.facility)
        await check_document(tx, viewer, body.document)
        to = life.Relocation(body.facility, body.on, body.reason, body.document)
        return shown(PlaceSpanAnswer, await life.move(tx, code, to, by_of(viewer, body.reason), seen))


@router.post("/equipment/{code}/modes", status_code=HTTPStatus.CREATED)
async def begin_mode(request: Request, viewer: Asking, code: Code, body: ModePost) -> ModeAnswer:
    """Say that it is counted or defrosted until when. It explains warmth as far as the policy lets it, and mutes nothing."""
    start, end = moment(body.start, "start") or clock.now(), moment(body.until, "until")
    async with parts_of(request).archive.writing() as tx:
        await piece_in(tx, viewer, code)
        return _mode(await modes.begin(tx, code, body.kind, (start, end), by_of(viewer, "mode"), body.note))


@router.post("/equipment/{code}/modes/{number}/withdraw")
async def end_mode(
    request: Request, viewer: Asking, code: Code, number: Number, body: Withdrawal, seen: Seen
) -> ModeAnswer:
    """It is over sooner, or was a mistake: from now on it explains nothing."""
    async with parts_of(request).archive.writing() as tx:
        await piece_in(tx, viewer, code)
        if await modes.find(tx, code, number) is None:
            raise NotFound("mode", number)
        await check_seen(tx, await tx.get_one(tables.Occasion, number), seen)
        return _mode(await occasions.withdraw(tx, number, by_of(viewer, body.reason)))


@router.post("/equipment/{code}/papers/{number}/withdraw")
async def detach(
    request: Request, viewer: Asking, code: Code, number: Number, body: Withdrawal, seen: Seen
) -> PaperAnswer:
    """It is not its photo, its manual …; the document stays."""
    async with parts_of(request).archive.writing() as tx:
        await piece_in(tx, viewer, code)
        row = await tx.get(tables.EquipmentDocument, number)
        if row is None or row.equipment != code:
            raise NotFound("paper", number)
        await check_seen(tx, row, seen)
        return shown(PaperAnswer, await papers.detach(tx, number, by_of(viewer, body.reason)))


@router.post("/equipment/{code}/papers", status_code=HTTPStatus.CREATED)
async def attach(request: Request, viewer: Asking, code: Code, body: PaperPost) -> PaperAnswer:
    """A document that was sent is its photo, its nameplate, its manual and so on."""
    async with parts_of(request).archive.writing() as tx:
        await piece_in(tx, viewer, code)
        await check_document(tx, viewer, body.document)
        by = by_of(viewer, "paper")
        return shown(PaperAnswer, await papers.attach(tx, code, body.document, body.kind, by, body.note))


async def _card(tx: Tx, code: str) -> CardAnswer:
    its = await cards.card(tx, code)
    its_papers = [shown(PaperAnswer, each) for each in await papers.papers(tx, code)]
    its_modes = [_mode(each) for each in await modes.current(tx, code, clock.now())]
    return shown(
        CardAnswer,
        its,
        missing=cards.missing(its),
        repairs=await repairs.count(tx, code),
        statuses=[shown(StatusSpanAnswer, each) for each in await life.statuses(tx, code)],
        places=[shown(PlaceSpanAnswer, each) for each in await life.places(tx, code)],
        papers=await with_tags(tx, tables.EquipmentDocument, its_papers),
        modes=await with_tags(tx, tables.Occasion, its_modes),
    )


async def _enter(tx: Tx, viewer: Viewer, code: str, body: CardPut) -> None:
    if body.facility is None:
        raise BadInput("facility", "a new piece stands nowhere", "say the code of the facility that has it")
    if not viewer.sees(body.facility):
        raise NotFound("facility", body.facility)
    there = await tx.get(tables.Equipment, code)
    if there is not None:  # whose it is, is not told to those who do not see it
        raise already(code) if viewer.sees(there.facility) else NotFound("equipment", code)
    await cards.put(tx, [_said(code, body.facility, body)], by_of(viewer, "new equipment"))


def _check_stays(row: tables.Equipment, body: CardPut) -> None:
    if body.facility not in {None, row.facility}:
        raise BadInput(
            "facility", f"it stands at {row.facility}", "move it by its place, which has a date and a reason"
        )


def _said(code: str, facility: str, body: CardPut) -> Equipment:
    """The card as a form has it; what is no column of the form stays."""
    values = cards.in_litres(body.model_dump(exclude_none=True, exclude={"facility"}))
    for name in ("volume_cold_l", "volume_frozen_l"):
        values.setdefault(name, None)
    fields = {field.name for field in structs.fields(Equipment)}
    whole = body.model_dump(exclude={"facility"}) | values
    said = {name: value for name, value in whole.items() if name in fields}
    return Equipment(code=code, facility=facility, **said | {"door": body.door.value if body.door else ""})


def _mode(each: Occasion) -> ModeAnswer:
    return ModeAnswer(
        id=each.id,
        kind=each.kind,
        start=clock.iso(each.start),
        until=clock.iso(each.end),
        note=each.note,
        by=each.by,
    )
