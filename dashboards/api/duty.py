"""/api/v1/alarms/who and /api/v1/duty: who would be told, what is wrong with that, and the county's policies.

Addresses are personal data: they are told to those who keep the books of that person's facility, and are null for others.
"""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from coldchain import clock
from coldchain.archive import places, tables, views
from coldchain.archive.db import Tx
from coldchain.archive.duty import asking, gaps, policies
from coldchain.archive.duty.policies import NewPolicy
from coldchain.archive.duty.policy import MemberKind, Policy, member_of, policy_of, shipped, written
from coldchain.archive.duty.who import Asked, Level, Reach, told
from coldchain.excursion import Severity
from dashboards.access import Asking, Viewer
from dashboards.api import within
from dashboards.api.asked import Number, Paged, listed, moment
from dashboards.api.models import Listed
from dashboards.api.models_duty import (
    GapAnswer,
    LevelAnswer,
    PolicyAnswer,
    PolicyForm,
    PolicyUsed,
    ReachAnswer,
    WayAnswer,
    WhoAnswer,
)
from dashboards.api.models_facilities import EndForm
from dashboards.api.writing import Seen, by_of, with_tag, with_tags
from dashboards.parts import parts_of
from dashboards.problems import NotFound
from dashboards.rights import Right

router = APIRouter(prefix="/api/v1", tags=["duty"])

Code = Annotated[str | None, Query(max_length=64)]
At = Annotated[str | None, Query(max_length=40, description="ISO 8601 with offset, or ms since 1970; now by default.")]


@router.get("/alarms/who")
async def who_is_told(
    request: Request,
    viewer: Asking,
    equipment: Code = None,
    facility: Code = None,
    region: Code = None,
    at: At = None,
    severity: Severity = Severity.CRITICAL,
) -> WhoAnswer:
    """Who would be told if this failed then: level after level, each person's channels in order, and every gap."""
    when = moment(at, "at")
    when = clock.now() if when is None else when
    async with parts_of(request).archive.reading() as tx:
        await _check_place(tx, viewer, equipment, facility, region)
        where = {"equipment": equipment, "facility": facility, "region": region}
        asked = await asking.asked_for(tx, **where, severity=severity, at=when)
    answer = told(asked)
    used = answer.policy
    return WhoAnswer(
        at=clock.iso(when),
        severity=severity,
        policy=PolicyUsed(number=answer.number, title=used.title, source=used.source, certainty=used.certainty),
        levels=[_level(viewer, asked, each) for each in answer.levels],
    )


@router.get("/duty/gaps")
async def list_gaps(request: Request, viewer: Asking, at: At = None) -> Listed[GapAnswer]:
    """What is wrong with how people would be told of a critical alarm, now and in the coming night."""
    when = moment(at, "at")
    async with parts_of(request).archive.reading() as tx:
        found = await gaps.gaps_at(tx, clock.now() if when is None else when, viewer.scope)
    return Listed(items=[GapAnswer.model_validate(each) for each in found], next=None)


@router.get("/duty/default")
async def default() -> dict[str, Any]:
    """The policy that holds where a county has said nothing: what a county's own is written after."""
    return written(shipped())


@router.get("/duty/policies")
async def list_policies(request: Request, viewer: Asking, page: Paged) -> Listed[PolicyAnswer]:
    """Policies that reach a facility in scope, those that ended too, by number."""
    last = page.after(int)
    async with parts_of(request).archive.reading() as tx:
        reached = await _regions(tx, viewer)
        found = await policies.listed(tx, after=last[0] if last else 0)
        theirs = [each for each in found if await _reaches(tx, viewer, reached, each)]
        answers = listed(theirs[: page.limit + 1], page, lambda each: (each.id,), PolicyAnswer.model_validate)
        return Listed(items=await with_tags(tx, tables.DutyPolicy, answers.items), next=answers.next)


@router.post("/duty/policies", status_code=HTTPStatus.CREATED)
async def enter_policy(request: Request, viewer: Asking, form: PolicyForm) -> PolicyAnswer:
    """From then on this is who is told there; the policy of that place before it ends. Never backdated."""
    start = moment(form.start, "start")
    async with parts_of(request).archive.writing() as tx:
        by = by_of(viewer)
        await _check_place(tx, viewer, form.equipment, form.facility, form.region, whole=True)
        await _check_members(tx, viewer, policy_of(form.content))
        new = NewPolicy(
            content=form.content, start=by.at if start is None else start, region=form.region, facility=form.facility,
            equipment=form.equipment,
        )  # fmt: skip
        entered = PolicyAnswer.model_validate(await policies.enter(tx, new, by))
        return await with_tag(tx, tables.DutyPolicy, entered)


@router.post("/duty/policies/{number}/end")
async def end_policy(request: Request, viewer: Asking, number: Number, seen: Seen, form: EndForm) -> PolicyAnswer:
    """Let a policy end: the one of the next wider place holds."""
    at = moment(form.at, "at")
    async with parts_of(request).archive.writing() as tx:
        await _policy_in(tx, viewer, number)
        ended = PolicyAnswer.model_validate(await policies.end(tx, number, at, by_of(viewer), seen=seen))
        return await with_tag(tx, tables.DutyPolicy, ended)


@router.post("/duty/policies/{number}/withdraw")
async def withdraw_policy(request: Request, viewer: Asking, number: Number, seen: Seen) -> PolicyAnswer:
    """Take back a policy that has not begun."""
    async with parts_of(request).archive.writing() as tx:
        await _policy_in(tx, viewer, number)
        return PolicyAnswer.model_validate(await policies.withdraw(tx, number, by_of(viewer), seen=seen))


def _level(viewer: Viewer, asked: Asked, level: Level) -> LevelAnswer:
    return LevelAnswer(
        n=level.n,
        after_min=level.after_min,
        repeat_min=level.repeat_min,
        receipt_min=level.receipt_min,
        people=[_reach(viewer, asked, each) for each in level.people],
        gaps=level.gaps,
    )


def _reach(viewer: Viewer, asked: Asked, reach: Reach) -> ReachAnswer:
    is_told = viewer.may(Right.KEEP) and viewer.sees(asked.book.contacts[reach.person].facility)
    ways = [
        WayAnswer(channel=way.channel, address=way.address if is_told else None, is_quiet_now=way.is_quiet_now)
        for way in reach.ways
    ]
    channels = list(dict.fromkeys(way.channel for way in reach.ways))
    return ReachAnswer(person=reach.person, name=reach.name, channels=channels, ways=ways, language=reach.language)


async def _check_place(
    tx: Tx, viewer: Viewer, equipment: str | None, facility: str | None, region: str | None, *, whole: bool = False
) -> None:
    """A place that the caller sees; everywhere is for those who see everything, to write or to look.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    if equipment is not None:
        row = await views.equipment_of(tx, equipment)
        if row is None or not viewer.sees(row.facility):
            raise NotFound("equipment", equipment)
    if facility is not None:
        await within.check_facility(tx, viewer, facility)
    if region is not None and not whole and viewer.scope is not None:
        if not await views.facilities_below(tx, region) & viewer.scope:
            raise NotFound("region", region)
    elif region is not None or (equipment is None and facility is None):
        await within.check_region(tx, viewer, region)


async def _check_members(tx: Tx, viewer: Viewer, policy: Policy) -> None:
    """Nobody is put on duty by those who do not keep their books.

    Raises:
        NotFound: a person or a facility is not theirs.
    """
    for text in {text for step in policy.steps for text in step.members}:
        member = member_of(text)
        if member.kind is MemberKind.PERSON:
            await within.person_in(tx, viewer, member.number)
        if member.facility:
            await within.check_facility(tx, viewer, member.facility)


async def _regions(tx: Tx, viewer: Viewer) -> frozenset[str]:
    """The regions in which the facilities in scope lie, and those these lie in."""
    found: set[str] = set()
    for each in await places.facilities(tx):
        if viewer.sees(each.code) and each.region not in found:
            found |= set(await places.lineage(tx, each.region))
    return frozenset(found)


async def _reaches(tx: Tx, viewer: Viewer, regions: frozenset[str], each: policies.Entered) -> bool:
    if each.equipment is not None:
        row = await views.equipment_of(tx, each.equipment)
        return row is not None and viewer.sees(row.facility)
    if each.facility is not None:
        return viewer.sees(each.facility)
    return each.region is None or each.region in regions or viewer.scope is None


async def _policy_in(tx: Tx, viewer: Viewer, number: int) -> None:
    """A policy of a place that is all the caller's.

    Raises:
        NotFound: there is none, or it is not theirs to change.
    """
    row = await tx.get(tables.DutyPolicy, number)
    if row is None:
        raise NotFound("policy", number)
    try:
        await _check_place(tx, viewer, row.equipment, row.facility, row.region, whole=True)
    except NotFound:
        raise NotFound("policy", number) from None
