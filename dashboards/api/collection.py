"""/api/v1/collections: the yearly collection as at 31 December.

A unit confirms what it was shown: GET its part → ETag: the digest of what it would confirm → POST …/confirm with
If-Match. What is the county's (return, consolidate, excuse, remind, freeze) needs the whole region in scope, and names what
the county looked at: the ETag of a unit's snapshot, the `tag` of its part to excuse it, or the ETag of the list of units.
What was confirmed again meanwhile is 412.
"""

import json
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from coldchain import clock
from coldchain.archive import locking, tables
from coldchain.archive.db import Tx
from coldchain.archive.facilities import collection, frozen
from coldchain.archive.facilities.collection import OPEN, Collection, NewCollection, Unit
from coldchain.errors import BadInput
from dashboards.access import Asking, Viewer
from dashboards.api import within
from dashboards.api.asked import Number, Paged, listed
from dashboards.api.models import Listed
from dashboards.api.models_facilities import (
    CollectionAnswer,
    CollectionForm,
    LateAnswer,
    ReminderAnswer,
    ReminderForm,
    Said,
    SnapshotAnswer,
    UnitAnswer,
    UnitForm,
)
from dashboards.api.writing import Seen, by_of, check_seen, signer_of, tagged
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["collections"])

Facility = Annotated[str, Path(max_length=64)]


@router.get("/collections")
async def collections(request: Request, viewer: Asking) -> Listed[CollectionAnswer]:
    """Collections in which a facility in scope has a part, the newest year first."""
    async with parts_of(request).archive.reading() as tx:
        found = [
            each
            for each in await collection.collections(tx)
            if viewer.scope is None or await collection.units(tx, each.id, viewer.scope)
        ]
    return Listed(items=[CollectionAnswer.model_validate(each) for each in found], next=None)


@router.post("/collections", status_code=HTTPStatus.CREATED)
async def open_collection(request: Request, viewer: Asking, form: CollectionForm) -> CollectionAnswer:
    """Begin a collection of a region that is wholly in scope."""
    async with parts_of(request).archive.writing() as tx:
        await within.check_region(tx, viewer, form.region)
        new = NewCollection(**form.model_dump())
        return CollectionAnswer.model_validate(await collection.open_collection(tx, new, by_of(viewer)))


@router.get("/collections/{number}")
async def one_collection(request: Request, viewer: Asking, number: Number) -> CollectionAnswer:
    """One collection."""
    async with parts_of(request).archive.reading() as tx:
        return CollectionAnswer.model_validate((await _in_scope(tx, viewer, number))[0])


@router.get("/collections/{number}/units")
async def units(
    request: Request, viewer: Asking, number: Number, page: Paged, response: Response
) -> Listed[UnitAnswer]:  # fmt: skip
    """The parts of facilities in scope, by facility. The ETag is the state of all parts, for what concerns them all."""
    last = page.after(str)
    async with parts_of(request).archive.reading() as tx:
        _, found = await _in_scope(tx, viewer, number)
        tagged(response, await collection.state_of(tx, number))
        rows = [each for each in found if last is None or each.facility > last[0]][: page.limit + 1]
        tags = await locking.tags_of(tx, tables.CollectionUnit, [each.id for each in rows])
    return listed(rows, page, lambda each: (each.facility,), lambda each: _unit(each, tags[each.id]))


@router.post("/collections/{number}/units", status_code=HTTPStatus.CREATED)
async def include(request: Request, viewer: Asking, number: Number, form: UnitForm) -> UnitAnswer:
    """Give a part to a facility that came after the collection was opened."""
    async with parts_of(request).archive.writing() as tx:
        await _whole(tx, viewer, number)
        await within.check_facility(tx, viewer, form.facility)
        return await _shown(tx, await collection.include(tx, number, form.facility, by_of(viewer)))


@router.get("/collections/{number}/late")
async def late(request: Request, viewer: Asking, number: Number, page: Paged) -> Listed[LateAnswer]:
    """Who in scope has not confirmed, and for how many days it is due; by facility."""
    last, now = page.after(str), clock.now()
    after = None if last is None else last[0]
    async with parts_of(request).archive.reading() as tx:
        await _in_scope(tx, viewer, number)
        found = await collection.chase(tx, number, viewer.scope, now, after=after, most=page.limit + 1)
    return listed(found, page, lambda each: (each.facility,), LateAnswer.model_validate)


@router.get("/collections/{number}/roll-up")
async def roll_up(request: Request, viewer: Asking, number: Number) -> dict[str, Any]:
    """What consolidated units come to: equipment by type and status, counted items, people served."""
    async with parts_of(request).archive.reading() as tx:
        await _whole(tx, viewer, number)
        return await frozen.roll_up(tx, number)


@router.get("/collections/{number}/units/{facility}")
async def unit(
    request: Request, viewer: Asking, number: Number, facility: Facility, response: Response
) -> SnapshotAnswer:
    """What the unit confirmed; while it is its turn, what it would confirm now."""
    async with parts_of(request).archive.reading() as tx:
        state = (await _part(tx, viewer, number, facility)).state
        done = None if state in OPEN else await collection.confirmed(tx, number, facility)
        said = done or await collection.draft(tx, number, facility)
    tagged(response, said.sha256)
    return SnapshotAnswer(
        facility=facility,
        sha256=said.sha256,
        content=json.loads(said.content),
        confirmed_by=done.confirmed_by if done else None,
        confirmed_at=clock.iso(done.confirmed_at) if done else None,
    )


@router.post("/collections/{number}/units/{facility}/confirm")
async def confirm(request: Request, viewer: Asking, number: Number, facility: Facility, seen: Seen) -> UnitAnswer:
    """Confirm what was shown, as a person."""
    async with parts_of(request).archive.writing() as tx:
        await _part(tx, viewer, number, facility)
        signer_of(viewer)
        await collection.confirm(tx, number, facility, by_of(viewer), seen=seen)
        return await _shown(tx, await _part(tx, viewer, number, facility))


@router.post("/collections/{number}/units/{facility}/return")
async def give_back(
    request: Request, viewer: Asking, number: Number, facility: Facility, said: Said, seen: Seen
) -> UnitAnswer:
    """Return what a unit confirmed, with what is wrong in it; If-Match names the snapshot that was looked at."""
    async with parts_of(request).archive.writing() as tx:
        await _whole(tx, viewer, number)
        return await _shown(tx, await collection.give_back(tx, number, facility, said.words, by_of(viewer), seen=seen))


@router.post("/collections/{number}/units/{facility}/consolidate")
async def consolidate_unit(
    request: Request, viewer: Asking, number: Number, facility: Facility, seen: Seen
) -> UnitAnswer:  # fmt: skip
    """Take over what one unit confirmed; If-Match names the snapshot that was looked at."""
    async with parts_of(request).archive.writing() as tx:
        await _whole(tx, viewer, number)
        [done] = await collection.consolidate(tx, number, by_of(viewer), facility=facility, seen=seen)
        return await _shown(tx, done)


@router.post("/collections/{number}/units/{facility}/excuse")
async def excuse(
    request: Request, viewer: Asking, number: Number, facility: Facility, said: Said, seen: Seen
) -> UnitAnswer:
    """Say why the rest may be frozen without this unit; If-Match names the state of its part that was looked at."""
    async with parts_of(request).archive.writing() as tx:
        await _whole(tx, viewer, number)
        part = await _part(tx, viewer, number, facility)
        await check_seen(tx, await tx.get_one(tables.CollectionUnit, part.id), seen)
        await collection.excuse(tx, number, facility, said.words, by_of(viewer))
        return await _shown(tx, await _part(tx, viewer, number, facility))


@router.post("/collections/{number}/units/{facility}/remind", status_code=HTTPStatus.CREATED)
async def remind(
    request: Request, viewer: Asking, number: Number, facility: Facility, said: ReminderForm
) -> ReminderAnswer:
    """Write down that a unit which has not confirmed was reminded, and who there was told."""
    async with parts_of(request).archive.writing() as tx:
        await _whole(tx, viewer, number)
        await _part(tx, viewer, number, facility)
        done = await collection.remind(tx, number, facility, said.how, said.told, by_of(viewer), note=said.note)
    return ReminderAnswer.model_validate(done)


@router.post("/collections/{number}/consolidate")
async def consolidate(request: Request, viewer: Asking, number: Number, seen: Seen) -> Listed[UnitAnswer]:
    """Take over what all units confirmed; If-Match names the state of all parts that was looked at."""
    async with parts_of(request).archive.writing() as tx:
        await _whole(tx, viewer, number)
        done = await collection.consolidate(tx, number, by_of(viewer), seen=seen)
        return Listed(items=[await _shown(tx, each) for each in done], next=None)


@router.post("/collections/{number}/freeze")
async def freeze(request: Request, viewer: Asking, number: Number, seen: Seen) -> CollectionAnswer:
    """Let nothing in it change any more, as a person; If-Match names the state of all parts that was looked at."""
    async with parts_of(request).archive.writing() as tx:
        await _whole(tx, viewer, number)
        signer_of(viewer)
        return CollectionAnswer.model_validate(await frozen.freeze(tx, number, by_of(viewer), seen=seen))


async def _in_scope(tx: Tx, viewer: Viewer, number: int) -> tuple[Collection, list[Unit]]:
    """A collection, and the parts in it that the caller sees.

    Raises:
        NotFound: there is none, or none of its facilities is theirs.
    """
    try:
        found = await collection.collection(tx, number)
    except BadInput:
        raise NotFound("collection", number) from None
    parts = await collection.units(tx, number, viewer.scope)
    if not parts and viewer.scope is not None:
        raise NotFound("collection", number)
    return found, parts


async def _whole(tx: Tx, viewer: Viewer, number: int) -> None:
    found, _ = await _in_scope(tx, viewer, number)
    await within.check_region(tx, viewer, found.region)


async def _part(tx: Tx, viewer: Viewer, number: int, facility: str) -> Unit:
    _, parts = await _in_scope(tx, viewer, number)
    found = next((each for each in parts if each.facility == facility), None)
    if found is None:
        raise NotFound("part of the collection", facility)
    return found


async def _shown(tx: Tx, unit: Unit) -> UnitAnswer:
    return _unit(unit, locking.tag_of(await tx.get_one(tables.CollectionUnit, unit.id)))


def _unit(unit: Unit, tag: str) -> UnitAnswer:
    return UnitAnswer(
        facility=unit.facility, state=unit.state, comment=unit.comment, missing=unit.missing,
        changed_at=clock.iso(unit.changed_at), tag=tag,
    )  # fmt: skip
