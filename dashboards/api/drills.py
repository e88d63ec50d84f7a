"""/api/v1/drills and /api/v1/alarms/figures: the alarm path tried, and how it did when it was needed.

A drill is asked for here and run by alerting, which may refuse it: its state is read until it is over.
"""

from http import HTTPStatus
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request

from coldchain import clock
from coldchain.archive import drills
from coldchain.archive.db import Tx
from coldchain.archive.drills import Drill, DrillState
from coldchain.archive.telling import counted
from coldchain.clock import iso, iso_or_none
from coldchain.errors import BadInput
from dashboards.access import Asking
from dashboards.api import within
from dashboards.api.asked import Number, Paged, Window, Windowed, listed
from dashboards.api.models import Listed
from dashboards.api.models_drills import DrillAnswer, DrillForm, DrillNotice, FiguresAnswer
from dashboards.api.writing import by_of
from dashboards.parts import parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["drills"])

Code = Annotated[str | None, Query(max_length=64)]
USUAL_MS: Final = 30 * 86_400_000  # of figures, where nobody says


@router.post("/drills", status_code=HTTPStatus.CREATED)
async def ask(request: Request, viewer: Asking, form: DrillForm) -> DrillAnswer:
    """Try a facility's alarm path now; read it again until it is over."""
    async with parts_of(request).archive.writing() as tx:
        await within.check_facility(tx, viewer, form.facility)
        return await _shown(tx, await drills.ask(tx, form.facility, by_of(viewer)))


@router.get("/drills")
async def list_drills(request: Request, viewer: Asking, page: Paged, facility: Code = None) -> Listed[DrillAnswer]:
    """Drills in scope, the newest first."""
    key = page.after(int)
    async with parts_of(request).archive.reading() as tx:
        found = await drills.listed(tx, viewer.scope, page.limit, facility=facility, before=key[0] if key else None)
        answers = {each.id: await _shown(tx, each) for each in found}
    return listed(found, page, lambda each: (each.id,), lambda each: answers[each.id])


@router.get("/drills/{number}")
async def drill(request: Request, viewer: Asking, number: Number) -> DrillAnswer:
    """One drill, with whom it told."""
    async with parts_of(request).archive.reading() as tx:
        found = await drills.drill(tx, number)
        if found is None or not viewer.sees(found.facility):
            raise NotFound("drill", number)
        return await _shown(tx, found)


async def _shown(tx: Tx, found: Drill) -> DrillAnswer:
    story = await drills.story(tx, found)
    return DrillAnswer(
        id=found.id,
        facility=found.facility,
        state=found.state,
        verified=found.state is DrillState.VERIFIED,
        planned=found.planned,
        asked=iso(found.asked_at),
        by=found.by,
        begun=iso_or_none(found.begun_at),
        answer_by=iso_or_none(found.answer_by),
        ended=iso_or_none(found.ended_at),
        alarm=story.alarm,
        by_ways=found.ways,
        broken=found.link,
        words=found.words,
        notices=[DrillNotice(**each) for each in drills.told(story.notices)],
    )


@router.get("/alarms/figures")
async def figures(
    request: Request,
    viewer: Asking,
    window: Windowed,
    month: Annotated[
        str | None, Query(max_length=7, description="YYYY-MM by the site's clocks, without start or end.")
    ] = None,
) -> FiguresAnswer:
    """How soon people were told, went, and it was over, and how often they were woken; 30 days by default."""
    now, parts = clock.now(), parts_of(request)
    zone = ZoneInfo(parts.settings.time_zone)
    start, end = _window(window, month, zone, now)
    async with parts.archive.reading() as tx:
        return FiguresAnswer.model_validate(await counted.figures(tx, viewer.scope, start, end, zone=zone, at=now))


def _window(window: Window, month: str | None, zone: ZoneInfo, now: int) -> tuple[int, int]:
    start, end = window.ms()
    if month is not None:
        if start is not None or end is not None:
            raise BadInput("month", "stands beside start or end", "ask for a month, or from when to when")
        return counted.month(month, zone)
    end = now if end is None else end
    return (end - USUAL_MS if start is None else start), end
