"""/api/v1/facilities/{code}/session-hours and …/sessions: when a facility vaccinates by the week, and on which days it does.

PUT the week from a time on ─► dated hours ─┐
calendar days (`facilities`) ───────────────┴─► GET …/sessions: the same that explain a warm quarter of an hour
"""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request

from coldchain.archive import occasions, tables
from coldchain.archive.facilities import sessions
from coldchain.archive.occasions import Hours, SessionHours
from coldchain.archive.twice_daily.hours import clock_of, minute_of
from coldchain.clock import iso
from dashboards.access import Asking
from dashboards.api import within
from dashboards.api.asked import moment
from dashboards.api.models import Listed
from dashboards.api.models_facilities import SessionAnswer, SessionHoursAnswer, SessionWeekForm
from dashboards.api.writing import by_of
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["facilities"])

Code = Annotated[str, Path(max_length=64)]
Number = Annotated[int, Path(ge=1, lt=2**31)]
Day = Annotated[str, Query(max_length=10, description="YYYY-MM-DD")]


@router.get("/facilities/{code}/session-hours")
async def session_hours(request: Request, viewer: Asking, code: Code) -> Listed[SessionHoursAnswer]:
    """All hours that it ever had and that count, in time."""
    async with parts_of(request).archive.reading() as tx:
        await within.check_facility(tx, viewer, code)
        found = await occasions.session_hours_of(tx, code)
    return Listed(items=list(map(_hours, found)), next=None)


@router.put("/facilities/{code}/session-hours")
async def set_session_hours(
    request: Request, viewer: Asking, code: Code, form: SessionWeekForm
) -> Listed[SessionHoursAnswer]:
    """From a time on these are all its hours; those of before end then."""
    since, until = moment(form.since, "since"), moment(form.until, "until")
    assert since is not None
    week = [
        Hours(weekday=each.weekday, from_min=minute_of(each.start, "start"), to_min=minute_of(each.end, "end"))
        for each in form.hours
    ]
    async with parts_of(request).archive.writing() as tx:
        await within.check_facility(tx, viewer, code)
        done = await occasions.set_session_hours(tx, code, week, by_of(viewer, form.reason), start=since, end=until)
    return Listed(items=list(map(_hours, done)), next=None)


@router.post("/facilities/{code}/session-hours/{number}/withdraw")
async def withdraw_session_hours(request: Request, viewer: Asking, code: Code, number: Number) -> SessionHoursAnswer:
    """Take back hours that were entered by mistake: no session was ever held by them."""
    async with parts_of(request).archive.writing() as tx:
        await within.check_facility(tx, viewer, code)
        row = await tx.get(tables.SessionHours, number)
        if row is None or row.facility != code:
            raise NotFound("session hours", number)
        return _hours(await occasions.withdraw_hours(tx, number, by_of(viewer)))


@router.get("/facilities/{code}/sessions")
async def held(request: Request, viewer: Asking, code: Code, first: Day, last: Day) -> Listed[SessionAnswer]:
    """The sessions from first to last: its hours on every day but holidays, and on make-up days."""
    parts = parts_of(request)
    async with parts.archive.reading() as tx:
        await within.check_facility(tx, viewer, code)
        found = await sessions.held(tx, code, first, last, ZoneInfo(parts.settings.time_zone))
    shown = [
        SessionAnswer(day=each.day.isoformat(), start=clock_of(each.from_min), end=clock_of(each.to_min))
        for each in found
    ]
    return Listed(items=shown, next=None)


def _hours(each: SessionHours) -> SessionHoursAnswer:
    return SessionHoursAnswer(
        id=each.id,
        weekday=each.weekday,
        start=clock_of(each.from_min),
        end=clock_of(each.to_min),
        since=iso(each.start),
        until=None if each.end is None else iso(each.end),
    )
