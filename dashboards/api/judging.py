"""/api/v1/rule-choices, /buffers and /occasions: what people say by which a reading is judged, or a deviation explained.

Each counts from its start; what reaches back to where probes have spoken is refused without a reason and a document. It is
ended, or withdrawn as a mistake; never deleted.
"""

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request

from coldchain import clock
from coldchain.archive import audit, occasions, probes, rule_choices, rule_packs, tables
from coldchain.archive.db import Tx
from coldchain.archive.metrology import reach
from coldchain.archive.occasions import NewOccasion
from coldchain.archive.probes import NewBuffer
from coldchain.archive.rows import Record
from coldchain.archive.rule_choices import NewChoice
from coldchain.clock import iso_or_none
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Number, moment
from dashboards.api.compartments import corrected
from dashboards.api.models import Listed
from dashboards.api.models_county import (
    BufferAnswer,
    BufferPost,
    ChoiceAnswer,
    ChoicePost,
    EndingPost,
    OccasionAnswer,
    OccasionPost,
    TakingBackPost,
)
from dashboards.api.models_upkeep import M, Withdrawal
from dashboards.api.writing import Seen, by_of, check_seen, signer_of, with_tag, with_tags
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["rules"])

Facility = Annotated[str | None, Query(max_length=64)]


@router.get("/rule-choices")
async def list_choices(request: Request, viewer: Asking, facility: Facility = None) -> Listed[ChoiceAnswer]:
    """Which packs were chosen where, in scope and for any vaccine; the withdrawn too. All in one page."""
    async with parts_of(request).archive.reading() as tx:
        found = [each for each in await rule_choices.listed(tx, facility) if await _covers(tx, viewer, each)]
        return Listed(
            items=await with_tags(tx, tables.RuleChoice, [_told(ChoiceAnswer, each) for each in found]), next=None
        )


@router.post("/rule-choices", status_code=HTTPStatus.CREATED)
async def choose(request: Request, viewer: Asking, body: ChoicePost) -> ChoiceAnswer:
    """Let a pack judge somewhere in scope; for a vaccine, wherever it lies, only who sees everything."""
    new = NewChoice(
        **body.model_dump(exclude={"start", "end", "correction"}),
        start=moment(body.start, "start"),
        end=moment(body.end, "end"),
    )
    async with parts_of(request).archive.writing() as tx:
        await _check_choice(tx, viewer, new)
        why = await corrected(tx, viewer, body.correction)
        chosen = await rule_choices.choose(tx, new, by_of(viewer, "chosen"), await rule_packs.names(tx) or None, why)
        return await with_tag(tx, tables.RuleChoice, _told(ChoiceAnswer, chosen))


@router.post("/rule-choices/{number}/end")
async def end_choice(request: Request, viewer: Asking, number: Number, body: EndingPost, seen: Seen) -> ChoiceAnswer:
    """From a time on it judges there no more."""
    async with parts_of(request).archive.writing() as tx:
        await check_seen(tx, await _choice_in(tx, viewer, number), seen)
        why = await corrected(tx, viewer, body.correction)
        ended = await rule_choices.end_choice(tx, number, moment(body.end, "end"), by_of(viewer, body.reason), why)
        return await with_tag(tx, tables.RuleChoice, _told(ChoiceAnswer, ended))


@router.post("/rule-choices/{number}/withdraw")
async def withdraw_choice(
    request: Request, viewer: Asking, number: Number, body: TakingBackPost, seen: Seen
) -> ChoiceAnswer:
    """It was chosen by mistake."""
    async with parts_of(request).archive.writing() as tx:
        await check_seen(tx, await _choice_in(tx, viewer, number), seen)
        why = await corrected(tx, viewer, body.correction)
        gone = await rule_choices.withdraw_choice(tx, number, by_of(viewer, body.reason), why)
        return await with_tag(tx, tables.RuleChoice, _told(ChoiceAnswer, gone))


@router.get("/buffers")
async def list_buffers(request: Request, viewer: Asking) -> Listed[BufferAnswer]:
    """Approved buffers of probes in scope, the withdrawn too; all in one page."""
    async with parts_of(request).archive.reading() as tx:
        found = [each for each in await probes.all_buffers(tx) if await reach.is_in(tx, each.channel, viewer.scope)]
        return Listed(
            items=await with_tags(tx, tables.Buffer, [_told(BufferAnswer, each) for each in found]), next=None
        )


@router.post("/buffers", status_code=HTTPStatus.CREATED)
async def approve_buffer(request: Request, viewer: Asking, body: BufferPost) -> BufferAnswer:
    """Approve that heat is judged by the product's temperature; a person does, under their login."""
    approved_by = signer_of(viewer)
    said = body.model_dump(exclude={"start", "end", "correction"})
    new = NewBuffer(**said, approved_by=approved_by, start=moment(body.start, "start"), end=moment(body.end, "end"))
    async with parts_of(request).archive.writing() as tx:
        await _check_channel(tx, viewer, body.channel)
        why = await corrected(tx, viewer, body.correction)
        approved = await probes.approve_buffer(tx, new, by_of(viewer, "approved"), why)
        return await with_tag(tx, tables.Buffer, _told(BufferAnswer, approved))


@router.post("/buffers/{number}/end")
async def end_buffer(request: Request, viewer: Asking, number: Number, body: EndingPost, seen: Seen) -> BufferAnswer:
    """From a time on the probe is bare."""
    async with parts_of(request).archive.writing() as tx:
        await check_seen(tx, await _buffer_in(tx, viewer, number), seen)
        why = await corrected(tx, viewer, body.correction)
        ended = await probes.end_buffer(tx, number, moment(body.end, "end"), by_of(viewer, body.reason), why)
        return await with_tag(tx, tables.Buffer, _told(BufferAnswer, ended))


@router.post("/buffers/{number}/withdraw")
async def withdraw_buffer(
    request: Request, viewer: Asking, number: Number, body: TakingBackPost, seen: Seen
) -> BufferAnswer:
    """It was approved by mistake: the probe always was bare."""
    async with parts_of(request).archive.writing() as tx:
        await check_seen(tx, await _buffer_in(tx, viewer, number), seen)
        why = await corrected(tx, viewer, body.correction)
        gone = await probes.withdraw_buffer(tx, number, by_of(viewer, body.reason), why)
        return await with_tag(tx, tables.Buffer, _told(BufferAnswer, gone))


@router.get("/occasions")
async def list_occasions(
    request: Request,
    viewer: Asking,
    since: Annotated[
        str | None, Query(max_length=40, description="Those that end later; a week ago if left out.")
    ] = None,
) -> Listed[OccasionAnswer]:
    """What goes on in scope, went on of late or is to come; planned outages of feeders are for everybody. All in one page."""
    first = moment(since, "since") if since is not None else clock.now() - occasions.LONGEST_MS
    async with parts_of(request).archive.reading() as tx:
        found = [each for each in await occasions.listed(tx, first or 0) if await _sees(tx, viewer, each)]
        return Listed(
            items=await with_tags(tx, tables.Occasion, [_told(OccasionAnswer, each) for each in found]), next=None
        )


@router.post("/occasions", status_code=HTTPStatus.CREATED)
async def enter_occasion(request: Request, viewer: Asking, body: OccasionPost) -> OccasionAnswer:
    """Write down what goes on somewhere in scope; an outage of a feeder, where all that hangs on it is in scope."""
    times = {"start": moment(body.start, "start"), "end": moment(body.end, "end")}
    new = NewOccasion(**body.model_dump() | times)
    async with parts_of(request).archive.writing() as tx:
        await audit.begin(tx)
        await _check_place(tx, viewer, new)
        entered = await occasions.enter(tx, new, by_of(viewer, "occasion"))
        return await with_tag(tx, tables.Occasion, _told(OccasionAnswer, entered))


@router.post("/occasions/{number}/withdraw")
async def withdraw_occasion(
    request: Request, viewer: Asking, number: Number, body: Withdrawal, seen: Seen
) -> OccasionAnswer:
    """It did not take place: it explains nothing any more."""
    async with parts_of(request).archive.writing() as tx:
        row = await tx.get(tables.Occasion, number)
        if row is None:
            raise NotFound("occasion", number)
        try:
            await _check_place(tx, viewer, msgspec.convert(row, occasions.Occasion, from_attributes=True))
        except NotFound:
            raise NotFound("occasion", number) from None
        await check_seen(tx, row, seen)
        gone = await occasions.withdraw(tx, number, by_of(viewer, body.reason))
        return await with_tag(tx, tables.Occasion, _told(OccasionAnswer, gone))


async def _choice_in(tx: Tx, viewer: Viewer, number: int) -> tables.RuleChoice:
    row = await tx.get(tables.RuleChoice, number)
    if row is None:
        raise NotFound("choice", number)
    if viewer.scope is not None and (row.vaccine is not None or not viewer.sees(await _facility_of(tx, row))):
        raise NotFound("choice", number)
    return row


async def _check_choice(tx: Tx, viewer: Viewer, new: NewChoice) -> None:
    scope = new.scope
    if viewer.scope is not None and (scope == "vaccine" or not viewer.sees(await _facility_of(tx, new))):
        raise NotFound(scope, getattr(new, scope))


async def _covers(tx: Tx, viewer: Viewer, choice: NewChoice) -> bool:
    """True for what is chosen in scope, and for what is chosen for a vaccine: that judges everywhere."""
    return viewer.scope is None or choice.vaccine is not None or viewer.sees(await _facility_of(tx, choice))


async def _facility_of(tx: Tx, said: Any) -> str | None:  # noqa: ANN401 - a choice or an occasion, as a row or a record
    """The facility that this is about."""
    code: str | None = said.equipment
    if getattr(said, "compartment", None) is not None:
        room = await tx.get(tables.Compartment, said.compartment)
        code = None if room is None else room.equipment
    if code is not None:
        piece = await tx.get(tables.Equipment, code)
        return None if piece is None else piece.facility
    facility: str | None = said.facility
    return facility


async def _check_channel(tx: Tx, viewer: Viewer, channel: str) -> None:
    if not await reach.is_kept_in(tx, channel, viewer.scope):
        raise NotFound("channel", channel)


async def _buffer_in(tx: Tx, viewer: Viewer, number: int) -> tables.Buffer:
    row = await tx.get(tables.Buffer, number)
    if row is None or not await reach.is_kept_in(tx, row.channel, viewer.scope):
        raise NotFound("buffer", number)
    return row


async def _sees(tx: Tx, viewer: Viewer, each: NewOccasion) -> bool:
    if viewer.scope is None:
        return True
    if each.feeder is not None:
        return bool(await occasions.hanging_on(tx, each.feeder) & viewer.scope)
    return viewer.sees(await _facility_of(tx, each))


async def _check_place(tx: Tx, viewer: Viewer, new: NewOccasion) -> None:
    """Somewhere in scope; of a feeder all that hangs on it is."""
    if viewer.scope is None:
        return
    if new.feeder is not None:
        hanging = await occasions.hanging_on(tx, new.feeder)
        is_theirs = bool(hanging) and hanging <= viewer.scope
    else:
        is_theirs = viewer.sees(await _facility_of(tx, new))
    if not is_theirs:
        raise NotFound("place", new.feeder or new.equipment or new.facility)


def _told(kind: type[M], each: Record) -> M:
    """A record as the API tells it: its times as ISO 8601."""
    values = msgspec.to_builtins(each)
    times = {
        name: iso_or_none(values[name]) for name in ("start", "end", "approved_at", "withdrawn_at") if name in values
    }
    return kind(**values | times)
