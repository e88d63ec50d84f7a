"""/api/v1/facilities/{code}/session-hours and …/sessions: when a facility vaccinates by the week, and on which days it does.

PUT the week from a time on (If-Match: the ETag of all its hours) ─► dated hours ─┐
calendar days (`facilities`) ───────────────┴─► GET …/sessions: the same that explain a warm quarter of an hour
"""

from collections.abc import Sequence
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from coldchain.archive import audit, locking, occasions, tables
from coldchain.archive.db import Tx
from coldchain.archive.facilities import sessions
from coldchain.archive.images import digest
from coldchain.archive.occasions import Hours, SessionHours
from coldchain.archive.twice_daily.hours import clock_of, minute_of
from coldchain.clock import iso, iso_or_none
from coldchain.errors import Stale
from dashboards.access import Asking
from dashboards.api import within
from dashboards.api.asked import Number, moment
from dashboards.api.models import Listed
from dashboards.api.models_facilities import SessionAnswer, SessionHoursAnswer, SessionWeekForm
from dashboards.api.writing import Seen, by_of, check_seen, tagged, with_tags
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["facilities"])

Code = Annotated[str, Path(max_length=64)]
Day = Annotated[str, Query(max_length=10, description="YYYY-MM-DD")]


@router.get("/facilities/{code}/session-hours")
async def session_hours(request: Request, viewer: Asking, code: Code, response: Response) -> Listed[SessionHoursAnswer]:
    """All hours that it ever had and that count, in time. The ETag is the state of them all, for setting others."""
    async with parts_of(request).archive.reading() as tx:
        await within.check_facility(tx, viewer, code)
        found = await occasions.session_hours_of(tx, code)
        tagged(response, _state(found))
        return Listed(items=await _shown(tx, found), next=None)


@router.put("/facilities/{code}/session-hours")
async def set_session_hours(
    request: Request, viewer: Asking, code: Code, form: SessionWeekForm, seen: Seen, response: Response
) -> Listed[SessionHoursAnswer]:
    """From a time on these are all its hours; those of before end then."""
    since, until = moment(form.since, "since"), moment(form.until, "until")
    week = [
        Hours(weekday=each.weekday, from_min=minute_of(each.start, "start"), to_min=minute_of(each.end, "end"))
        for each in form.hours
    ]
    async with parts_of(request).archive.writing() as tx:
        await within.check_facility(tx, viewer, code)
        await _check_all(tx, code, seen)
        done = await occasions.set_session_hours(tx, code, week, by_of(viewer, form.reason), start=since, end=until)
        tagged(response, _state(await occasions.session_hours_of(tx, code)))
        return Listed(items=await _shown(tx, done), next=None)


@router.post("/facilities/{code}/session-hours/{number}/withdraw")
async def withdraw_session_hours(
    request: Request, viewer: Asking, code: Code, number: Number, seen: Seen
) -> SessionHoursAnswer:  # fmt: skip
    """Take back hours that were entered by mistake: no session was ever held by them."""
    async with parts_of(request).archive.writing() as tx:
        await within.check_facility(tx, viewer, code)
        row = await tx.get(tables.SessionHours, number)
        if row is None or row.facility != code:
            raise NotFound("session hours", number)
        await check_seen(tx, row, seen)
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


async def _check_all(tx: Tx, code: str, seen: str) -> None:
    """Refuse to set a week beside other hours than the caller saw.

    Raises:
        Stale: some were set or taken back since.
    """
    await audit.begin(tx)
    if seen not in {locking.ANY, _state(await occasions.session_hours_of(tx, code))}:
        raise Stale("tag", f"{seen[:40]!r} is no longer how its hours are", "look at them again, and repeat")


def _state(found: Sequence[SessionHours]) -> str:
    """A digest over all hours of a facility."""
    return digest([msgspec.to_builtins(each) for each in found])


async def _shown(tx: Tx, found: Sequence[SessionHours]) -> list[SessionHoursAnswer]:
    return await with_tags(tx, tables.SessionHours, [_hours(each) for each in found])


def _hours(each: SessionHours) -> SessionHoursAnswer:
    return SessionHoursAnswer(
        id=each.id,
        weekday=each.weekday,
        start=clock_of(each.from_min),
        end=clock_of(each.to_min),
        since=iso(each.start),
        until=iso_or_none(each.end),
    )
