"""An alarm with a notice in the queue, for the tests of this folder."""

from coldchain.archive import alarms
from coldchain.archive.alarms import Alarm, Arrow, NewAlarm
from coldchain.archive.db import Archive
from coldchain.archive.telling import attempts, notices
from coldchain.archive.telling.attempts import Moment
from coldchain.archive.telling.notices import NewNotice, Notice, Outcome
from coldchain.excursion import AlarmState, Kind, Severity
from tests.archive.small import T0


async def rung(archive: Archive, state: AlarmState = AlarmState.RINGING, facility: str | None = None) -> Alarm:
    """An alarm about nothing in particular."""
    async with archive.writing() as tx:
        new = NewAlarm(kind=Kind.HEAT, severity=Severity.WARNING, state=state, raised_at=T0, facility=facility)
        return await alarms.raise_alarm(tx, new, Arrow(state, "raised", T0))


async def end(archive: Archive, alarm: Alarm) -> None:
    async with archive.writing() as tx:
        await alarms.change(tx, alarm, Arrow(AlarmState.ENDED, "ended", T0 + 9))


async def queued(archive: Archive, alarm: Alarm, **changes: object) -> None:
    """One more notice of it."""
    async with archive.writing() as tx:
        [(transition, _)] = [pair for pair in await alarms.unexpanded(tx) if pair[1].id == alarm.id][:1]
        new = NewNotice(
            transition=transition.id, alarm=alarm.id, person="1", channel="sms", step=1, text_zh="热", text_en="hot",
            created_at=T0, level=1, sent_to="+8613800138000",
        )  # fmt: skip
        await notices.make(tx, [notices.with_(new, **changes)])


async def sent(archive: Archive, at: int = T0, **outcome: object) -> Notice:
    """The next notice of the queue, sent and answered."""
    async with archive.writing() as tx:
        [claimed] = await notices.claim(tx, "w", 0.0, 60.0)
        [number] = (await attempts.begin(tx, [claimed], Moment(at, 1.0))).values()
        answer = Outcome(**{"state": "told", "at": at, "verdict": "accepted", "provider_id": "m1", **outcome})  # type: ignore[arg-type]
        await notices.settle(tx, [(claimed, answer)])
        await attempts.end(tx, [(number, answer)])
    return claimed
