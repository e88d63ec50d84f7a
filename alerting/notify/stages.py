"""The four stages of telling: each takes a sending and gives it on, or says why it goes no further.

quiet    may hold what wakes somebody and can wait; never frost or heat that goes on
dedup    what the alarm no longer wants, or was told already, is dropped with its reason
deliver  the channel itself; what it may take later waits
remember the answer, after the deed: a crash between the two tells once more, never once too little
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from alerting.notify.channels import Channel
from coldchain import crash
from coldchain.archive import alarms
from coldchain.archive.alarms import DROPPED, TOLD, Alarm, Notice
from coldchain.archive.db import Archive
from coldchain.errors import Refused, Unavailable
from coldchain.excursion import AlarmState

MORNING, EVENING = 7, 21  # hours of the site between which somebody may be woken for what can wait
RINGING: Final = frozenset({"raised", "worsened", "reopened", "past"})
UNWANTED: Final = frozenset({"withdrawn", "merged", "eased"})


@dataclass(frozen=True, slots=True)
class Sending:
    """A claimed notice on its way."""

    notice: Notice
    alarm: Alarm
    why: str  # the reason of its transition …
    last_why: str  # … and of the alarm's last
    was_told: bool  # the same words went the same way before
    at: int
    outcome: str = ""  # told | dropped; empty = it waits again
    answer: str = ""


Stage = Callable[[Sending], Awaitable[Sending | None]]


def quiet(channels: Mapping[str, Channel], zone: ZoneInfo) -> Stage:
    """Hold until morning what is past, or what the county's policy lets wait, where it would wake somebody."""

    async def stage(sending: Sending) -> Sending | None:
        hour = datetime.fromtimestamp(sending.at / 1000, zone).hour
        alarm = sending.alarm
        can_wait = alarm.is_past or alarm.waits_at_night or alarm.state is AlarmState.ENDED
        is_night = not MORNING <= hour < EVENING
        return None if channels[sending.notice.channel].wakes and can_wait and is_night else sending

    return stage


def dedup() -> Stage:
    """Drop what is said already, or what the alarm no longer wants to ring for."""

    async def stage(sending: Sending) -> Sending | None:
        if sending.was_told:
            return replace(sending, outcome=DROPPED, answer="told before")
        is_over = sending.alarm.state is AlarmState.ENDED
        if sending.why in RINGING and is_over and sending.last_why in UNWANTED:
            return replace(sending, outcome=DROPPED, answer=f"{sending.last_why} before it was told")
        return sending

    return stage


def deliver(channels: Mapping[str, Channel]) -> Stage:
    """Send what was not dropped."""

    async def stage(sending: Sending) -> Sending | None:
        if sending.outcome:
            return sending
        try:
            answer = await channels[sending.notice.channel].send(sending.notice)
        except Unavailable:
            return None
        except Refused as error:
            return replace(sending, outcome="refused", answer=str(error))
        crash.point("notify.after_deliver")
        return replace(sending, outcome=TOLD, answer=answer)

    return stage


def remember(archive: Archive) -> Stage:
    """Write down what became of it."""

    async def stage(sending: Sending) -> Sending | None:
        async with archive.writing() as tx:
            await alarms.settle(tx, sending.notice, sending.outcome, sending.at, sending.answer)
        return sending

    return stage
