"""/api/v1/people/{number}/ways: the ways to a person, what is known of each, and "is this still your number?".

Privacy: as in `people`: addresses are told to those who keep the books of that facility.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from msgspec.structs import replace

from coldchain import clock
from coldchain.archive import locking, tables
from coldchain.archive.db import Tx
from coldchain.archive.duty import standing, ways
from coldchain.archive.duty.standing import Standing, Stood
from coldchain.archive.duty.ways import Known, NewWord, Wish
from coldchain.clock import iso_or_none
from dashboards.access import Asking, Viewer
from dashboards.api import within
from dashboards.api.asked import Number, Paged, listed
from dashboards.api.models import Listed
from dashboards.api.models_duty import KnownAnswer, StoodAnswer, WishAnswer, WishForm, WordForm
from dashboards.api.writing import SeenOrNew, already, by_of, tagged
from dashboards.parts import parts_of
from dashboards.problems import NotFound
from dashboards.rights import Right

router = APIRouter(prefix="/api/v1", tags=["duty"])


@router.get("/people/{number}/ways")
async def list_ways(request: Request, viewer: Asking, number: Number) -> Listed[KnownAnswer]:
    """The addresses of somebody in scope, the first tried first, and what is known of each."""
    async with parts_of(request).archive.reading() as tx:
        await within.person_in(tx, viewer, number)
        return await _ways(tx, viewer, number)


@router.post("/people/{number}/ways/words", status_code=HTTPStatus.CREATED)
async def say(request: Request, viewer: Asking, number: Number, form: WordForm) -> Listed[KnownAnswer]:
    """Write down what was learned of an address: asked, confirmed, wrong, dead, works."""
    async with parts_of(request).archive.writing() as tx:
        await within.person_in(tx, viewer, number)
        new = NewWord(person=number, kind=form.kind, address=form.address, said=form.said, note=form.note)
        await ways.say(tx, new, by_of(viewer))
        return await _ways(tx, viewer, number)


@router.get("/duty/ways/due")
async def list_due(request: Request, viewer: Asking, page: Paged) -> Listed[KnownAnswer]:
    """Numbers in scope of which nobody said within a quarter that they still hold, and who is to be asked."""
    at, last = clock.now(), page.after(int, int)
    after = (last[0], last[1]) if last else None
    async with parts_of(request).archive.reading() as tx:
        found = await ways.due(tx, at, viewer.scope, after=after, limit=page.limit + 1)
    return listed(found, page, lambda each: (each.person, each.place), lambda each: _shown(viewer, each, at))


@router.get("/duty/ways")
async def list_standings(
    request: Request,
    viewer: Asking,
    page: Paged,
    of: Annotated[Standing | None, Query(alias="standing", description="Only those that stand so.")] = None,
) -> Listed[StoodAnswer]:
    """How every way to everybody in scope stands: asked, confirmed, wrong, refused, unanswered, due."""
    at, last = clock.now(), page.after(int, int)
    after = (last[0], last[1]) if last else None
    async with parts_of(request).archive.reading() as tx:
        found = await standing.standings(tx, at, viewer.scope, of=of, after=after, limit=page.limit + 1)
    return listed(
        found, page, lambda each: (each.known.person, each.known.place), lambda each: _stood(viewer, each, at)
    )


@router.get("/people/{number}/wish")
async def wish(request: Request, viewer: Asking, number: Number, response: Response) -> WishAnswer:
    """How somebody in scope wants to be told; the ETag is wanted to change it."""
    async with parts_of(request).archive.reading() as tx:
        await within.person_in(tx, viewer, number)
        row = await tx.get(tables.ReachWish, number)
        if row is None:
            raise NotFound("wish", number)
        tagged(response, locking.tag_of(row))
        return WishAnswer(person=number, language=row.language, channels=tuple(row.channels))


@router.put("/people/{number}/wish")
async def put_wish(
    request: Request, viewer: Asking, number: Number, form: WishForm, seen: SeenOrNew, response: Response
) -> WishAnswer:
    """From now on they are told in this language, and by these first."""
    async with parts_of(request).archive.writing() as tx:
        await within.person_in(tx, viewer, number)
        if seen is None and await tx.get(tables.ReachWish, number) is not None:
            raise already(f"wish of {number}")
        new = Wish(person=number, language=form.language, channels=form.channels)
        await ways.wish(tx, new, by_of(viewer), seen=seen)
        tagged(response, locking.tag_of(await tx.get_one(tables.ReachWish, number)))
        return WishAnswer(person=number, language=new.language, channels=new.channels)


async def _ways(tx: Tx, viewer: Viewer, number: int) -> Listed[KnownAnswer]:
    found = (await ways.known(tx, [number])).get(number, [])
    return Listed(items=[_shown(viewer, each, clock.now()) for each in found], next=None)


def _stood(viewer: Viewer, stood: Stood, at: int) -> StoodAnswer:
    known = replace(stood.known, asked_at=stood.asked_at)
    return StoodAnswer(
        **_shown(viewer, known, at).model_dump(exclude={"is_due"}),
        is_due=stood.known.is_due(at),
        name=stood.name,
        facility=stood.facility,
        standing=stood.standing,
        channel=stood.channel or None,
        in_vain=stood.in_vain,
        how=(stood.how or None) if viewer.may(Right.KEEP) else None,
    )


def _shown(viewer: Viewer, known: Known, at: int) -> KnownAnswer:
    return KnownAnswer(
        person=known.person,
        kind=known.kind,
        address=known.address if viewer.may(Right.KEEP) else None,
        verified_at=iso_or_none(known.verified_at),
        bad_since=iso_or_none(known.bad_since),
        asked_at=iso_or_none(known.asked_at),
        is_due=known.is_due(at),
    )
