"""/api/v1/retention…: what must be kept and until when, every act that deleted, and the one that two people sign.

GET …/retention ─► terms, acts        GET …/standing ─► lots, obstacles
POST …/acts ─► both passwords ─► chained ─► deleted at once, or where one collector alone may write, by `coldchain retention`
"""

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.evidence import exporting, law
from coldchain.archive.evidence import retention as kept
from coldchain.archive.evidence.retention import Signed, Wish
from coldchain.clock import iso, iso_or_none
from coldchain.errors import BadInput, Unavailable
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, moment
from dashboards.api.models_evidence import (
    ActAnswer,
    ActChannel,
    ActLot,
    ActPost,
    CoveredLot,
    RetentionAnswer,
    StandingAnswer,
    TermAnswer,
)
from dashboards.api.writing import by_of, signer_of
from dashboards.pages.login import MOST_HASHES
from dashboards.parts import Parts, address_of, parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["retention"])

Channels = Annotated[list[str], Query(alias="channel", min_length=1, max_length=100)]
Day = Annotated[str, Query(max_length=40, description="A midnight UTC: ISO 8601 with offset, or ms since 1970.")]


@router.get("/retention")
async def show(request: Request, viewer: Asking) -> RetentionAnswer:
    """The terms with their sources, and every act so far. Nothing is ever deleted but by such an act."""
    async with parts_of(request).archive.reading() as tx:
        seen = None if viewer.scope is None else await exporting.channels_of(tx, viewer.scope)
        acts = [_act(row) for row in await kept.acts(tx) if seen is None or any(its[0] in seen for its in row.channels)]
    terms = [TermAnswer(**asdict(each)) for each in law.shipped()]
    return RetentionAnswer(deletes_by_itself=False, term=law.term_at(clock.now()).name, terms=terms, acts=acts)


@router.get("/retention/standing")
async def standing(request: Request, viewer: Asking, channels: Channels, start: Day, end: Day) -> StandingAnswer:
    """Which lots these readings cover and until when they must be kept, and what else stands in the way."""
    wish = _wish(channels, start, end)
    async with parts_of(request).archive.reading() as tx:
        await _check_seen(tx, viewer, wish)
        stands = await kept.standing(tx, wish, clock.now())
    lots = [CoveredLot(**asdict(each)) for each in stands.lots]
    return StandingAnswer(
        term=stands.term.name,
        lots=lots,
        unassigned=list(stands.unassigned),
        unrecorded=list(stands.unrecorded),
        unrecorded_until=stands.unrecorded_until,
        obstacles=stands.obstacles,
    )


@router.post("/retention/acts", status_code=HTTPStatus.CREATED)
async def decide(request: Request, viewer: Asking, body: ActPost) -> ActAnswer:
    """Sign an act, with the password of a second person. Where the store has one writer, it still is to be carried out."""
    parts, wish, first = parts_of(request), _wish(body.channels, body.start, body.end), signer_of(viewer)
    async with parts.archive.reading() as tx:
        await _check_seen(tx, viewer, wish)
    for name in (first, body.second):
        await parts.limits.login(address_of(request), name)
    signed = Signed(first, body.password, body.second, body.second_password)
    async with MOST_HASHES:
        act = await kept.decide(parts.archive, parts.series, wish, signed, by_of(viewer, body.reason))
    return await _carried_out(parts, viewer, act)


@router.post("/retention/acts/{number}/carry-out")
async def carry_out(request: Request, viewer: Asking, number: Number) -> ActAnswer:
    """Delete what a signed act says, if it was cut off."""
    parts = parts_of(request)
    async with parts.archive.reading() as tx:
        act = await tx.get(tables.Deletion, number)
        if act is None:
            raise NotFound("act", str(number))
        await _check_seen(tx, viewer, Wish(tuple(its[0] for its in act.channels), act.start, act.end))
    return _act(await kept.carry_out(parts.archive, parts.series, number, by_of(viewer)))


async def _carried_out(parts: Parts, viewer: Viewer, act: tables.Deletion) -> ActAnswer:
    """Carry it out where this process may; the act stands either way."""
    try:
        return _act(await kept.carry_out(parts.archive, parts.series, act.id, by_of(viewer)))
    except (BadInput, Unavailable) as error:
        return _act(act, f"{error}; then `coldchain retention carry-out --act {act.id}`")


async def _check_seen(tx: Tx, viewer: Viewer, wish: Wish) -> None:
    """Whose region does not hold all of these channels learns nothing of any."""
    if viewer.scope is not None:
        seen = await exporting.channels_of(tx, viewer.scope)
        for channel in wish.channels:
            if channel not in seen:
                raise NotFound("channel", channel)


def _wish(channels: list[str], start: str, end: str) -> Wish:
    first, last = moment(start, "start"), moment(end, "end")
    return Wish(tuple(dict.fromkeys(channels)), first, last)


def _act(row: tables.Deletion, still: str = "") -> ActAnswer:
    return ActAnswer(
        id=row.id,
        at=iso(row.at),
        start=iso(row.start),
        end=iso(row.end),
        channels=[ActChannel(channel=its[0], readings=its[1], sha256=its[2]) for its in row.channels],
        lots=[ActLot(lot=its[0], expires_on=its[1], kept_until=its[2]) for its in row.lots],
        signed_by=row.signed_by,
        second=row.second,
        reason=row.reason,
        carried_out=iso_or_none(row.done_at),
        still=still,
    )
