"""/api/v1/alarms/{alarm}: its whole story, closing it, and moving its lots away; taking it stands in `alarms`."""

from fastapi import APIRouter, Request

from coldchain.archive.telling.plain import plain
from coldchain.clock import iso_or_none
from dashboards import stories
from dashboards.access import Asking, Viewer
from dashboards.api.alarms import shown
from dashboards.api.asked import Number
from dashboards.api.models import Listed
from dashboards.api.models_alarms import AlarmStory, Close, Moves
from dashboards.api.models_stock import MovementAnswer
from dashboards.parts import parts_of
from dashboards.rights import Right

router = APIRouter(prefix="/api/v1", tags=["alarms"])


@router.get("/alarms/{alarm}")
async def alarm_story(request: Request, viewer: Asking, alarm: Number) -> AlarmStory:
    """Who was told, when, by which path, what the provider and the person answered, and what comes next."""
    return await _story(request, viewer, alarm)


@router.post("/alarms/{alarm}/close")
async def close_alarm(request: Request, viewer: Asking, alarm: Number, said: Close) -> AlarmStory:
    """Write cause and measure of an alarm that is over: nothing is due of it any more."""
    await stories.close(request, viewer, alarm, said.cause, said.measure)
    return await _story(request, viewer, alarm)


@router.post("/alarms/{alarm}/moves")
async def move_lots(request: Request, viewer: Asking, alarm: Number, said: Moves) -> Listed[MovementAnswer]:
    """Move lots out of the compartment that the alarm is about, all doses of each: movements of the archive."""
    done = await stories.move_lots(request, viewer, alarm, said.target, said.lots)
    return Listed(items=[MovementAnswer.model_validate(each) for each in done], next=None)


async def _story(request: Request, viewer: Viewer, number: int) -> AlarmStory:
    found = await stories.told(parts_of(request), viewer, number)
    alarm = found.card.case.alarm
    said = {
        "code": alarm.code if viewer.may(Right.TAKE) else None,
        "drill": alarm.is_drill,
        "level": alarm.level,
        "next": iso_or_none(alarm.next_at),
        "eta": iso_or_none(alarm.eta_at),
        "score": alarm.score,
        "cause": alarm.cause,
        "measure": alarm.measure,
        "closed_by": alarm.closed_by,
        "closed": iso_or_none(alarm.closed_at),
    }
    return AlarmStory.model_validate(shown(found.card.case).model_dump() | said | plain(found.story))
