"""/api/v1/alarms: what wants somebody, who was told, and the one thing that is written here: who takes it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from coldchain import clock
from coldchain.archive import views
from coldchain.archive.telling import plain, story
from coldchain.archive.telling.taking import Act
from coldchain.archive.views import AlarmCase
from coldchain.clock import iso, iso_or_none
from coldchain.excursion import AlarmState, Kind, Severity
from dashboards import stories
from dashboards.access import Asking
from dashboards.api.asked import Number, Paged, listed
from dashboards.api.models import AlarmAnswer, Listed
from dashboards.api.models_alarms import MessageAnswer, Take, TakenAnswer
from dashboards.parts import parts_of

router = APIRouter(prefix="/api/v1", tags=["alarms"])


@router.get("/alarms")
async def alarms(
    request: Request, viewer: Asking, page: Paged, state: Annotated[AlarmState | None, Query()] = None
) -> Listed[AlarmAnswer]:
    """Alarms in scope, the newest first."""
    key = page.after(int)
    async with parts_of(request).archive.reading() as tx:
        rows = await views.alarms(tx, viewer.scope, page.limit, state=state, after=key[0] if key else None)
    return listed(rows, page, lambda row: (row.alarm.id,), shown)


@router.post("/alarms/{alarm}/take")
async def take_alarm(request: Request, viewer: Asking, alarm: Number, said: Take) -> TakenAnswer:
    """Say that you have seen it, go there (it then waits for you before it calls the next), or what it is.

    Who has seen it or goes there takes what the same message told of the same facility too: `together` says which.
    """
    act = Act(alarm, said.act, viewer.display, clock.now(), said.eta_min, said.note, way="api")
    others = await stories.take(request, viewer, act)
    async with parts_of(request).archive.reading() as tx:
        taken = shown(await stories.case_of(tx, viewer, alarm))
    return TakenAnswer(**taken.model_dump(), together=[each.id for each in others])


@router.get("/alarms/{alarm}/notices")
async def notices(request: Request, viewer: Asking, alarm: Number) -> Listed[MessageAnswer]:
    """Who was told of it, by what, each try with the provider's answer, and what was heard afterwards."""
    async with parts_of(request).archive.reading() as tx:
        await stories.case_of(tx, viewer, alarm)
        found = await story.story(tx, alarm)
    return Listed(items=[MessageAnswer.model_validate(each) for each in plain.messages(found)], next=None)


def shown(row: AlarmCase) -> AlarmAnswer:
    """An alarm as lists have it."""
    alarm, case, seen = row.alarm, row.excursion, row.observation
    since = case.first_bad if case else seen.start if seen else alarm.raised_at
    return AlarmAnswer(
        id=alarm.id,
        kind=Kind(alarm.kind),
        severity=Severity(alarm.severity),
        state=AlarmState(alarm.state),
        past=alarm.is_past,
        facility=alarm.facility,
        equipment=alarm.equipment,
        compartment=row.compartment,
        excursion=alarm.excursion,
        since=iso(since),
        raised=iso(alarm.raised_at),
        ended=iso_or_none(alarm.ended_at),
        taken_by=alarm.taken_by,
        taken=iso_or_none(alarm.taken_at),
    )
