"""Cards that lie before people while somebody else has gone already: which they are, so that their buttons can be changed."""

from collections.abc import Collection

from sqlalchemy import and_, or_, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, record_of
from coldchain.excursion import AlarmState


class Card(Record, frozen=True, kw_only=True):
    """A message that a provider took, of an alarm that somebody has taken or that is over."""

    attempt: int
    channel: str
    sent_to: str
    provider_id: str
    language: str
    taken_by: str | None
    state: str


async def stale(tx: Tx, channels: Collection[str], since: int, sent_after_s: float) -> list[Card]:
    """Messages by these channels of alarms that were taken or ended `since` then and still are, the first first."""
    attempt, notice, alarm = tables.NoticeAttempt, tables.Notice, tables.Alarm
    columns = (attempt.id.label("attempt"), attempt.channel, attempt.sent_to, attempt.provider_id)
    query = select(*columns, notice.language, alarm.taken_by, alarm.state)
    query = query.join(notice, notice.id == attempt.notice).join(alarm, alarm.id == notice.alarm)
    taken = and_(alarm.state == AlarmState.TAKEN.value, alarm.taken_at >= since)
    over = and_(alarm.state.in_([state.value for state in AlarmState if state.is_over]), alarm.ended_at >= since)
    query = query.where(or_(taken, over), attempt.channel.in_(sorted(channels)), attempt.verdict == "accepted")
    query = query.where(attempt.sent_s > sent_after_s, notice.kind != "over").order_by(attempt.id)
    return [record_of(each, Card) for each in await tx.execute(query)]
