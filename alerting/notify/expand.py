"""From transitions to notices: who hears of which arrow by which channel. A transaction of its own, safe to repeat."""

from typing import Final
from zoneinfo import ZoneInfo

from alerting.notify.scene import scene_of
from alerting.notify.texts import text_of
from coldchain import crash
from coldchain.archive import alarms, people
from coldchain.archive.alarms import Alarm, NewNotice, Transition
from coldchain.archive.db import Archive, Tx

CONSOLE: Final = "console"
PAGE: Final = "page"
DESK: Final = "desk"  # the county's duty desk: whoever watches the console

# Which arrows are told, and by what. What people did themselves (seen, taken) is on the page already.
TOLD_BY: Final = {
    "raised": (CONSOLE, PAGE),
    "worsened": (CONSOLE, PAGE),
    "reopened": (CONSOLE, PAGE),
    "past": (CONSOLE, PAGE),
    "ended": (PAGE,),
    "eased": (PAGE,),
    "merged": (PAGE,),
    "withdrawn": (PAGE,),
}


async def expand(archive: Archive, at: int, zone: ZoneInfo) -> int:
    """Make the notices of transitions that have none yet; returns how many transitions that were."""
    async with archive.reading() as tx:
        if not await alarms.unexpanded(tx, limit=1):
            return 0
    async with archive.writing() as tx:
        waiting = await alarms.unexpanded(tx)
        for transition, alarm in waiting:
            await alarms.expand(tx, transition.id, await _notices(tx, transition, alarm, at, zone))
        crash.point("notify.before_expand_commit")
    return len(waiting)


async def _notices(tx: Tx, transition: Transition, alarm: Alarm, at: int, zone: ZoneInfo) -> list[NewNotice]:
    channels = TOLD_BY.get(transition.why, ())
    if not channels:
        return []
    text = text_of(await scene_of(tx, alarm), transition.why, transition.at, zone)
    return [
        NewNotice(
            transition=transition.id,
            alarm=alarm.id,
            person=person,
            channel=channel,
            step=0,
            text_zh=text.zh,
            text_en=text.en,
            created_at=at,
        )
        for channel in channels
        for person in await _hearers(tx, channel, alarm)
    ]


async def _hearers(tx: Tx, channel: str, alarm: Alarm) -> list[str]:
    """The desk hears everything; a page is for everybody with a post at the facility."""
    if channel == CONSOLE or alarm.facility is None:
        return [DESK]
    persons = await people.persons(tx, facility=alarm.facility)
    return [str(person.id) for person in persons if person.left_at is None] or [DESK]
