"""/api/v1/equipment/{code}/compartments and /probes: the parts of a piece, what each is for since when, what measures there.

compartment ─► use (from now on; the past only with a document) · probe ─► hung ─► taken off, or hung elsewhere
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from coldchain import clock
from coldchain.archive import audit, equipment, tables, uses
from coldchain.archive.backdating import Correction
from coldchain.archive.db import Tx
from coldchain.archive.equipment import Assignment, NewAssignment, NewCompartment
from coldchain.archive.metrology import reach
from coldchain.archive.uses import EVER, NewUse
from coldchain.clock import iso, iso_or_none
from coldchain.errors import BadInput
from coldchain.reading import ChannelName
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, moment
from dashboards.api.documents import check_document
from dashboards.api.models import Listed
from dashboards.api.models_county import (
    CompartmentPut,
    CorrectionPart,
    HangPost,
    ProbeAnswer,
    RoomAnswer,
    TakeOffPost,
    UseAnswer,
    UsePost,
)
from dashboards.api.upkeep import Code, piece_in
from dashboards.api.writing import Seen, SeenOrNew, already, by_of, check_seen, with_tag, with_tags
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["equipment archive"])

Name = Annotated[str, Path(max_length=40)]


@router.get("/equipment/{code}/compartments")
async def compartments(request: Request, viewer: Asking, code: Code) -> Listed[RoomAnswer]:
    """The compartments of a piece, each with what it was for."""
    async with parts_of(request).archive.reading() as tx:
        await piece_in(tx, viewer, code)
        rooms = [await _shown(tx, each.id) for each in await equipment.compartments(tx, equipment=code)]
        return Listed(items=await with_tags(tx, tables.Compartment, rooms), next=None)


@router.put("/equipment/{code}/compartments/{name}")
async def put_compartment(
    request: Request, response: Response, viewer: Asking, code: Code, name: Name, body: CompartmentPut, seen: SeenOrNew
) -> RoomAnswer:
    """Enter a compartment (If-None-Match: *), or change one from now on."""
    async with parts_of(request).archive.writing() as tx:
        await audit.begin(tx)
        await piece_in(tx, viewer, code)
        if seen is None:
            if any(each.name == name for each in await equipment.compartments(tx, equipment=code)):
                raise already(name)
            response.status_code = HTTPStatus.CREATED
        else:
            await check_seen(tx, await _room(tx, code, name), seen)
        new = NewCompartment(equipment=code, name=name, **body.model_dump())
        await equipment.put_compartments(tx, [new], by_of(viewer, "compartment"))
        return await with_tag(tx, tables.Compartment, await _shown(tx, (await _room(tx, code, name)).id))


@router.post("/equipment/{code}/compartments/{name}/use")
async def use(request: Request, viewer: Asking, code: Code, name: Name, body: UsePost, seen: Seen) -> RoomAnswer:
    """Let it be for something else, or keep another band, since when it is so; readings of before stay judged as they were."""
    async with parts_of(request).archive.writing() as tx:
        await piece_in(tx, viewer, code)
        room = await _room(tx, code, name)
        await check_seen(tx, room, seen)
        new = NewUse(compartment=room.id, purpose=body.purpose, profile=body.profile, start=moment(body.start, "start"))
        await uses.turn(tx, new, by_of(viewer, "use"), await corrected(tx, viewer, body.correction))
        return await with_tag(tx, tables.Compartment, await _shown(tx, room.id))


@router.get("/equipment/{code}/probes")
async def probes(request: Request, viewer: Asking, code: Code) -> Listed[ProbeAnswer]:
    """Which channels measured this piece, from when to when; in time."""
    async with parts_of(request).archive.reading() as tx:
        await piece_in(tx, viewer, code)
        names = {each.id: each.name for each in await equipment.compartments(tx, equipment=code)}
        found = [_probe(each, names) for each in await equipment.assignments_touching(tx, code)]
        return Listed(items=await with_tags(tx, tables.Assignment, found), next=None)


@router.post("/equipment/{code}/probes", status_code=HTTPStatus.CREATED)
async def hang(request: Request, viewer: Asking, code: Code, body: HangPost) -> ProbeAnswer:
    """From a time on a channel measures here; where it measured before must be in scope too, and ends then."""
    start = moment(body.start, "start") or clock.now()
    values = body.model_dump(exclude={"start", "reason"})
    async with parts_of(request).archive.writing() as tx:
        await audit.begin(tx)
        await piece_in(tx, viewer, code)
        await _check_free(tx, viewer, body.channel)
        new = NewAssignment(equipment=code, start=start, **values)
        return await _hung(tx, await equipment.assign(tx, new, by_of(viewer, body.reason)))


@router.post("/equipment/{code}/probes/{number}/take-off")
async def take_off(
    request: Request, viewer: Asking, code: Code, number: Number, body: TakeOffPost, seen: Seen
) -> ProbeAnswer:
    """From a time on it measures here no more."""
    end = moment(body.end, "end") or clock.now()
    async with parts_of(request).archive.writing() as tx:
        await piece_in(tx, viewer, code)
        row = await tx.get(tables.Assignment, number)
        if row is None or row.equipment != code:
            raise NotFound("probe", number)
        await check_seen(tx, row, seen)
        if row.end is not None:
            raise BadInput("probe", f"it was taken off at {iso(row.end)}", "choose one that hangs")
        return await _hung(tx, await equipment.unassign(tx, row.channel, end, by_of(viewer, body.reason)))


async def corrected(tx: Tx, viewer: Viewer, said: CorrectionPart | None) -> Correction | None:
    """What a caller says of why the past was entered wrongly; its document is one that they may see."""
    if said is None:
        return None
    await check_document(tx, viewer, said.document)
    return Correction(reason=said.reason, document=said.document)


async def _check_free(tx: Tx, viewer: Viewer, channel: str) -> None:
    """A channel that measured something in scope last; one that never did is of a gateway that stands in scope, or nowhere."""
    if viewer.scope is None:
        return
    gateway = ChannelName.parse(channel).gateway
    if await equipment.assignments_of(tx, channel):
        is_theirs = await reach.is_kept_in(tx, channel, viewer.scope)
    else:
        is_theirs = all(map(viewer.sees, await equipment.homes_of(tx, gateway)))
    if not is_theirs:
        raise NotFound("channel", channel)


async def _room(tx: Tx, code: str, name: str) -> tables.Compartment:
    try:
        found = await equipment.compartment(tx, code, name)
    except BadInput:
        raise NotFound("compartment", name) from None
    return await tx.get_one(tables.Compartment, found.id)


async def _shown(tx: Tx, number: int) -> RoomAnswer:
    row = await tx.get_one(tables.Compartment, number)
    its = [
        UseAnswer(
            purpose=each.purpose,
            profile=each.profile,
            start=None if each.start == EVER else iso(each.start),
            end=iso_or_none(each.end),
        )
        for each in await uses.of(tx, number)
    ]
    return RoomAnswer(
        id=row.id, name=row.name, name_zh=row.name_zh, name_en=row.name_en, purpose=equipment.Purpose(row.purpose),
        profile=row.profile, uses=its,
    )  # fmt: skip


async def _hung(tx: Tx, each: Assignment) -> ProbeAnswer:
    names = {room.id: room.name for room in await equipment.compartments(tx, equipment=each.equipment)}
    return await with_tag(tx, tables.Assignment, _probe(each, names))


def _probe(each: Assignment, names: dict[int, str]) -> ProbeAnswer:
    return ProbeAnswer(
        id=each.id,
        channel=each.channel,
        equipment=each.equipment,
        compartment=names.get(each.compartment or 0),
        position=each.position,
        interval_s=each.interval_s,
        start=iso(each.start),
        end=iso_or_none(each.end),
    )
