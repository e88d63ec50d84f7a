"""/api/v1/alarms: what wants somebody, who was told, and the one thing that is written here: who takes it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from coldchain import clock
from coldchain.archive import alarms as archive_alarms
from coldchain.archive import views
from coldchain.archive.tables import Notice
from coldchain.archive.views import AlarmCase
from coldchain.clock import iso
from coldchain.excursion import AlarmState, Kind, Severity
from dashboards.access import Asking, Viewer
from dashboards.api.asked import Paged, listed
from dashboards.api.models import AlarmAnswer, Listed, NoticeAnswer, Take
from dashboards.parts import Parts, parts_of
from dashboards.problems import NotFound

router = APIRouter(prefix="/api/v1", tags=["alarms"])

Number = Annotated[int, Path(ge=1, lt=2**31)]


@router.get("/alarms")
async def alarms(
    request: Request, viewer: Asking, page: Paged, state: Annotated[AlarmState | None, Query()] = None
) -> Listed[AlarmAnswer]:
    """Alarms in scope, the newest first."""
    key = page.after(int)
    async with parts_of(request).archive.reading() as tx:
        rows = await views.alarms(tx, viewer.scope, page.limit, state=state, after=key[0] if key else None)
    return listed(rows, page, lambda row: (row.alarm.id,), _shown)


@router.post("/alarms/{alarm}/take")
async def take_alarm(request: Request, viewer: Asking, alarm: Number, said: Take) -> AlarmAnswer:
    """Say that you have seen it, or are going there; it then waits for you before it calls the next."""
    return _shown(await take(request, viewer, alarm, said))


async def take(request: Request, viewer: Viewer, number: int, said: Take) -> AlarmCase:
    """Write that this viewer takes the alarm.

    Raises:
        NotFound: there is none in scope.
        BadInput: it is over.
    """
    parts = parts_of(request)
    await _case(parts, viewer, number)
    async with parts.archive.writing() as tx:
        await archive_alarms.take(tx, number, said.act, viewer.display, clock.now(), _note(said))
    await parts.picture.now(fresh=True)
    parts.live.changed()
    return await _case(parts, viewer, number)


def _note(said: Take) -> str:
    eta = f"{said.eta_min} min" if said.eta_min is not None else ""
    return " · ".join(part for part in (eta, said.note.strip()) if part)


@router.get("/alarms/{alarm}/notices")
async def notices(request: Request, viewer: Asking, alarm: Number) -> Listed[NoticeAnswer]:
    """Who was told of it, by what, and what became of that."""
    parts = parts_of(request)
    await _case(parts, viewer, alarm)
    async with parts.archive.reading() as tx:
        rows = await views.notices(tx, alarm)
    return Listed(items=[_notice(row) for row in rows], next=None)


async def _case(parts: Parts, viewer: Viewer, number: int) -> AlarmCase:
    async with parts.archive.reading() as tx:
        case = await views.alarm(tx, viewer.scope, number)
    if case is None:
        raise NotFound("alarm", number)
    return case


def _shown(row: AlarmCase) -> AlarmAnswer:
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
        ended=iso(alarm.ended_at) if alarm.ended_at is not None else None,
        taken_by=alarm.taken_by,
        taken=iso(alarm.taken_at) if alarm.taken_at is not None else None,
    )


def _notice(row: Notice) -> NoticeAnswer:
    return NoticeAnswer(
        id=row.id,
        person=row.person,
        channel=row.channel,
        step=row.step,
        state=row.state,
        created=iso(row.created_at),
        told=iso(row.told_at) if row.told_at is not None else None,
        text_zh=row.text_zh,
        text_en=row.text_en,
        answer=row.answer,
    )
