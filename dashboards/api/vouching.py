"""What people add to the books of exposure: evidence by hand for a compartment, and doses given as another system counts.

GET, POST /api/v1/equipment/{code}/compartments/{name}/evidence         GET, POST /api/v1/lots/{lot}/given
"""

from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request

from coldchain import clock
from coldchain.archive import equipment, lots, tables, views
from coldchain.archive.db import Tx
from coldchain.archive.exposure import carried, evidence, given
from coldchain.archive.exposure.evidence import Evidence, NewEvidence
from coldchain.archive.exposure.given import Given, NewGiven
from coldchain.clock import iso, iso_or_none
from coldchain.errors import BadInput
from coldchain.exposure import DAY
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, Windowed, moment
from dashboards.api.documents import check_document
from dashboards.api.models import Listed
from dashboards.api.models_exposure import EvidenceAnswer, EvidencePost, GivenCounted, GivenPost, Withdrawal, Written
from dashboards.api.writing import Seen, by_of, check_seen, signer_of, with_tag, with_tags
from dashboards.parts import parts_of
from dashboards.problems import NotFound
from dashboards.rights import Right

router = APIRouter(prefix="/api/v1", tags=["lots"])

LATELY_MS = 31 * DAY
Code = Annotated[str, Path(max_length=64)]
Name = Annotated[str, Path(max_length=40)]
LotId = Annotated[str, Path(max_length=64)]


@router.get("/equipment/{code}/compartments/{name}/evidence")
async def listed(request: Request, viewer: Asking, code: Code, name: Name, asked: Windowed) -> Listed[EvidenceAnswer]:
    """What people vouch for in [start, end); by default in the last 31 days."""
    first, last = asked.ms()
    end = clock.now() if last is None else last
    async with parts_of(request).archive.reading() as tx:
        room = await _room(tx, viewer, code, name)
        found = await evidence.listed(tx, room, end - LATELY_MS if first is None else first, end)
        return Listed(items=await with_tags(tx, tables.ManualEvidence, [_shown(each) for each in found]), next=None)


@router.post("/equipment/{code}/compartments/{name}/evidence", status_code=HTTPStatus.CREATED)
async def enter(request: Request, viewer: Asking, code: Code, name: Name, body: EvidencePost) -> EvidenceAnswer:
    """Vouch for what was carried from–to, under one's own login; where a sensor knew all the same, the sensor is believed.

    For a refrigerator only a manager does, with the document that shows it.
    """
    said = body.model_dump(exclude={"start", "end"})
    start, end = moment(body.start, "start"), moment(body.end, "end")
    signer_of(viewer)
    async with parts_of(request).archive.writing() as tx:
        room = await _room(tx, viewer, code, name)
        await check_document(tx, viewer, body.document)
        if not viewer.may(Right.MANAGE):
            await _check_carried(tx, code, start)
        new = NewEvidence(compartment=room, start=start, end=end, signed_by=await _name(tx, viewer), **said)
        entered = await evidence.enter(tx, new, by_of(viewer))
        return await with_tag(tx, tables.ManualEvidence, _shown(entered))


@router.post("/equipment/{code}/compartments/{name}/evidence/{number}/withdraw")
async def withdraw(
    request: Request, viewer: Asking, code: Code, name: Name, number: Number, body: Withdrawal, seen: Seen
) -> EvidenceAnswer:
    """Take back what was entered by mistake."""
    async with parts_of(request).archive.writing() as tx:
        room = await _room(tx, viewer, code, name)
        row = await tx.get(tables.ManualEvidence, number)
        if row is None or row.compartment != room:
            raise NotFound("evidence", str(number))
        await check_seen(tx, row, seen)
        return _shown(await evidence.withdraw(tx, number, by_of(viewer, body.reason)))


@router.get("/lots/{lot}/given")
async def listed_given(request: Request, viewer: Asking, lot: LotId) -> Listed[GivenCounted]:
    """Doses of a lot given at your facilities, as other systems count them."""
    async with parts_of(request).archive.reading() as tx:
        await _lot(tx, lot)
        found = await given.of_lots(tx, [lot])
        mine = [_counted(each) for each in found if viewer.sees(each.facility)]
        return Listed(items=await with_tags(tx, tables.Given, mine), next=None)


@router.post("/lots/{lot}/given")
async def put_given(request: Request, viewer: Asking, lot: LotId, body: GivenPost) -> Written:
    """Write down counts, or correct those of the same facility, day and source."""
    for each in body.items:
        if not viewer.sees(each.facility):
            raise NotFound("facility", each.facility)
    records = [NewGiven(lot=lot, **each.model_dump()) for each in body.items]
    async with parts_of(request).archive.writing() as tx:
        await _lot(tx, lot)
        return Written(changed=await given.put(tx, records, by_of(viewer, body.reason)))


@router.post("/lots/{lot}/given/{number}/withdraw")
async def withdraw_given(
    request: Request, viewer: Asking, lot: LotId, number: Number, body: Withdrawal, seen: Seen
) -> GivenCounted:
    """Take back a count that was wrong altogether."""
    async with parts_of(request).archive.writing() as tx:
        row = await tx.get(tables.Given, number)
        if row is None or row.lot != lot or not viewer.sees(row.facility):
            raise NotFound("given", str(number))
        await check_seen(tx, row, seen)
        return _counted(await given.withdraw(tx, number, by_of(viewer, body.reason)))


async def _name(tx: Tx, viewer: Viewer) -> str:
    """Who vouches, as people know them, and by which login."""
    login = signer_of(viewer)
    user = await tx.get(tables.User, login)
    return login if user is None else f"{user.display} ({login})"


async def _check_carried(tx: Tx, code: str, start: int) -> None:
    piece = await tx.get_one(tables.Equipment, code)
    if piece.type not in carried.at(start).types:
        wrong = f"{code} is a {piece.type.replace('_', ' ')}, which nobody carries"
        raise BadInput("compartment", wrong, "keep the record of twice a day, or ask a manager")


async def _room(tx: Tx, viewer: Viewer, code: str, name: str) -> int:
    unit = await views.equipment_of(tx, code)
    if unit is None or not viewer.sees(unit.facility):
        raise NotFound("equipment", code)
    try:
        return (await equipment.compartment(tx, code, name)).id
    except BadInput:
        raise NotFound("compartment", name) from None


async def _lot(tx: Tx, lot: str) -> None:
    try:
        await lots.lot(tx, lot)
    except BadInput:
        raise NotFound("lot", lot) from None


def _shown(each: Evidence) -> EvidenceAnswer:
    times = {"start": iso(each.start), "end": iso(each.end)}
    withdrawn = iso_or_none(each.withdrawn_at)
    said = {name: value for name, value in msgspec.to_builtins(each).items() if name != "compartment"}
    return EvidenceAnswer.model_validate(said | times | {"withdrawn_at": withdrawn})


def _counted(each: Given) -> GivenCounted:
    return GivenCounted(
        id=each.id,
        facility=each.facility,
        given_on=each.given_on,
        doses=each.doses,
        source=each.source,
        strange=each.strange,
    )
