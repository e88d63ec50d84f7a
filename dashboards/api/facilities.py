"""/api/v1/facilities: cards (接种单位档案), status, the days they work, what their archives lack.

A unit says of itself what stands in `card.OWN`; the rest of its card is the county's to say. A card that was changed
since it was seen is not overwritten (ETag, If-Match).
"""

from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from coldchain import clock
from coldchain.archive import places, tables
from coldchain.archive.db import Tx
from coldchain.archive.facilities import calendar, card, findings, standing
from coldchain.archive.facilities.calendar import NewCalendarDay
from coldchain.archive.facilities.card import Form, Shown
from coldchain.archive.facilities.standing import NewStatus
from coldchain.errors import BadInput
from dashboards.access import Asking, Viewer
from dashboards.api import founding, within
from dashboards.api.asked import Number, Paged, listed, moment
from dashboards.api.models import Listed
from dashboards.api.models_facilities import (
    CalendarAnswer,
    CalendarForm,
    CardAnswer,
    CardForm,
    FindingAnswer,
    StatusAnswer,
    StatusForm,
    WorkingDays,
)
from dashboards.api.writing import Seen, SeenOrNew, by_of, check_seen, tagged, with_tag, with_tags
from dashboards.parts import parts_of
from dashboards.problems import NotFound, Problem
from dashboards.rights import Right

router = APIRouter(prefix="/api/v1", tags=["facilities"])

Code = Annotated[str, Path(max_length=64)]
Day = Annotated[str, Query(max_length=10, description="YYYY-MM-DD, inclusive.")]
Region = Annotated[str | None, Query(max_length=64, description="It and all below it.")]


@router.get("/facilities")
async def facilities(request: Request, viewer: Asking, page: Paged, region: Region = None) -> Listed[CardAnswer]:
    """Facilities in scope with their cards, by code."""
    last = page.after(str)
    async with parts_of(request).archive.reading() as tx:
        found = [
            each.code
            for each in await places.facilities(tx, region=region)
            if viewer.sees(each.code) and (last is None or each.code > last[0])
        ]
        shown = await card.cards(tx, found[: page.limit + 1])
    return listed(shown, page, lambda each: (each.card.code,), _card)


@router.get("/facilities/{code}")
async def facility(request: Request, viewer: Asking, code: Code, response: Response) -> CardAnswer:
    """One facility's card; its ETag is wanted to change it."""
    async with parts_of(request).archive.reading() as tx:
        await within.check_facility(tx, viewer, code)
        shown = await card.card(tx, code)
    tagged(response, shown.tag)
    return _card(shown)


@router.put("/facilities/{code}")
async def put_facility(
    request: Request, viewer: Asking, code: Code, form: CardForm, seen: SeenOrNew, response: Response
) -> CardAnswer:
    """Change a card; a unit changes what it says of itself, the county all of it, and founds one (If-None-Match: *)."""
    async with parts_of(request).archive.writing() as tx:
        if seen is None:
            founded = await founding.found(tx, viewer, code, form)
            response.status_code = HTTPStatus.CREATED
            tagged(response, founded.tag)
            return _card(founded)
        await within.check_facility(tx, viewer, code)
        before = (await card.card(tx, code)).card
        wanted = _form(before, form)
        _check_own(viewer, card.differing(before, wanted))
        if wanted.region != before.region:
            await within.check_region(tx, viewer, wanted.region)
        after = await card.change(tx, wanted, by_of(viewer), seen=seen)
    tagged(response, after.tag)
    return _card(after)


@router.post("/facilities/{code}/status", status_code=HTTPStatus.CREATED)
async def set_status(request: Request, viewer: Asking, code: Code, form: StatusForm, seen: Seen) -> StatusAnswer:
    """Let a facility be active, suspended or closed; one that holds anything does not close."""
    at = moment(form.at, "at")
    async with parts_of(request).archive.writing() as tx:
        await within.check_facility(tx, viewer, code)
        new = NewStatus(facility=code, status=form.status, at=at, reason=form.reason)
        done = await standing.change(tx, new, by_of(viewer, form.reason), seen=seen)
    return StatusAnswer.model_validate(done)


@router.get("/facilities/{code}/statuses")
async def statuses(request: Request, viewer: Asking, code: Code) -> Listed[StatusAnswer]:
    """The history of its status, in time."""
    async with parts_of(request).archive.reading() as tx:
        await within.check_facility(tx, viewer, code)
        found = await standing.history(tx, code)
    return Listed(items=[StatusAnswer.model_validate(each) for each in found], next=None)


@router.get("/facilities/{code}/working-days")
async def working_days(request: Request, viewer: Asking, code: Code, first: Day, last: Day) -> WorkingDays:
    """The days from first to last on which somebody is to be there."""
    async with parts_of(request).archive.reading() as tx:
        await within.check_facility(tx, viewer, code)
        return WorkingDays(facility=code, days=sorted(await calendar.working_days(tx, code, first, last)))


@router.get("/checks/facilities")
async def list_findings(request: Request, viewer: Asking, page: Paged, region: Region = None) -> Listed[FindingAnswer]:
    """What the archives of facilities in scope lack, by facility."""
    last, now = page.after(str, str, str), clock.now()
    async with parts_of(request).archive.reading() as tx:
        codes = [each.code for each in await places.facilities(tx, region=region) if viewer.sees(each.code)]
        rows = await within.by_facility(codes, page, last, lambda some: findings.findings_at(tx, some, now), _place)
    return listed(rows, page, _place, FindingAnswer.model_validate)


@router.get("/calendar-days")
async def calendar_days(request: Request, viewer: Asking, first: Day, last: Day) -> Listed[CalendarAnswer]:
    """Days that are not what their weekday says: of regions, and of facilities in scope."""
    async with parts_of(request).archive.reading() as tx:
        found = await calendar.listed(tx, first, last)
        shown = [each for each in found if each.facility is None or viewer.sees(each.facility)]
        answers = [CalendarAnswer.model_validate(each) for each in shown]
        return Listed(items=await with_tags(tx, tables.CalendarDay, answers), next=None)


@router.post("/calendar-days", status_code=HTTPStatus.CREATED)
async def enter_calendar_day(request: Request, viewer: Asking, form: CalendarForm) -> CalendarAnswer:
    """Write down a holiday or a make-up day, of a region that is wholly in scope or of a facility."""
    async with parts_of(request).archive.writing() as tx:
        await _check_place(tx, viewer, form.region, form.facility)
        new = NewCalendarDay(
            day=form.day, kind=form.kind, name=form.name, source=form.source, region=form.region,
            facility=form.facility, as_weekday=form.as_weekday,
        )  # fmt: skip
        entered = CalendarAnswer.model_validate(await calendar.enter(tx, new, by_of(viewer)))
        return await with_tag(tx, tables.CalendarDay, entered)


@router.post("/calendar-days/{number}/withdraw")
async def withdraw_calendar_day(request: Request, viewer: Asking, number: Number, seen: Seen) -> CalendarAnswer:
    """Take back a day entered by mistake."""
    async with parts_of(request).archive.writing() as tx:
        row = await tx.get(tables.CalendarDay, number)
        if row is None:
            raise NotFound("calendar day", number)
        await _check_place(tx, viewer, row.region, row.facility)
        await check_seen(tx, row, seen)
        return CalendarAnswer.model_validate(await calendar.withdraw(tx, number, by_of(viewer)))


async def _check_place(tx: Tx, viewer: Viewer, region: str | None, facility: str | None) -> None:
    if facility is not None:
        await within.check_facility(tx, viewer, facility)
    if region is not None or facility is None:
        await within.check_region(tx, viewer, region)


def _form(before: Form, said: CardForm) -> Form:
    """The card with what was said; nothing said of a column leaves it."""
    changes = said.model_dump(exclude_unset=True)
    for name, value in changes.items():
        if value is None and name not in _MAY_BE_NONE:
            raise BadInput(name, "it cannot be null", "leave it out, or send what it is")
    return msgspec.structs.replace(before, **changes)


_MAY_BE_NONE = frozenset(
    {
        "gateway", "latitude", "longitude", "unit_code", "population", "staff", "certified_staff", "rooms_m2",
        "licensed_on", "licensed_until", "licence",
    }
)  # fmt: skip


def _check_own(viewer: Viewer, changed: set[str]) -> None:
    """Who keeps the books of a unit does not say what the county says of it.

    Raises:
        Problem: 403, naming the columns.
    """
    others = sorted(changed - card.OWN)
    if others and not viewer.may(Right.MANAGE):
        raise Problem(HTTPStatus.FORBIDDEN, f"the county says {', '.join(others)}: ask it to change that")


def _card(shown: Shown) -> CardAnswer:
    return CardAnswer.model_validate({**msgspec.structs.asdict(shown.card), "status": shown.status})


def _place(finding: findings.Finding) -> tuple[str, str, str]:
    return finding.facility, str(finding.kind), finding.about
