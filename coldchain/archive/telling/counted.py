"""The rows behind the figures: lives of alarms, calls, fridge-months, numbers at which nobody ever answers. Drills are left out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.duty.words import WAKES, means_of
from coldchain.archive.facilities import days
from coldchain.archive.telling import receipts
from coldchain.archive.telling.figures import MONTH_MS, Call, Life, Load, Response, loads, responses
from coldchain.archive.telling.notices import TOLD
from coldchain.archive.views import Scope
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState

LONGEST_MS: Final = 400 * 86_400_000  # a year and some: nobody manages by more at once
SILENT_TIMES: Final = 3  # so often in vain, and never once answered
SHOWN: Final = 3
NOBODY: Final = ("console", "page")  # ways by which nobody in particular is told
IN_USE: Final = ("normal", "repair")


@dataclass(frozen=True, slots=True)
class Silent:
    """A number at which nobody ever answered, of a person as far as they are known."""

    person: int | None
    name: str
    facility: str | None
    channel: str
    sent_to: str  # shown as far as tells two apart: its last digits prove who somebody is
    times: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Of alarms that first rang in [start, end)."""

    start: int
    end: int
    responses: Sequence[Response]
    loads: Sequence[Load]
    silent: Sequence[Silent]


async def figures(tx: Tx, scope: Scope, start: int, end: int, *, zone: ZoneInfo, at: int) -> Figures:
    """The figures of a time, for the facilities in scope.

    Raises:
        BadInput: the times are in the wrong order, or too far apart.
    """
    if not start < end <= start + LONGEST_MS:
        raise BadInput("end", "is not after the start, or more than 400 days after it", "ask for a month or a year")
    lives = await _lives(tx, scope, start, end)
    its = list(lives.values())
    months = await _fridge_months(tx, scope, start, min(end, max(at, start)), zone)
    return Figures(
        start=start,
        end=end,
        responses=responses(its, zone, at),
        loads=loads(its, await _calls(tx, lives, start, end), months, zone),
        silent=await _silent(tx, scope, start),
    )


async def _lives(tx: Tx, scope: Scope, start: int, end: int) -> dict[int, Life]:
    alarm = tables.Alarm
    query = select(alarm.id, alarm.facility, alarm.raised_at, alarm.ended_at, alarm.is_past)
    query = query.where(alarm.is_drill.is_(False), alarm.raised_at >= start, alarm.raised_at < end)
    if scope is not None:
        query = query.where(alarm.facility.in_(scope))
    rows = {row.id: row for row in await tx.execute(query.order_by(alarm.id))}
    told, taken, false = await _told(tx, start, end), await _taken(tx, start, end), await _false(tx, start, end)
    return {
        number: Life(
            facility=row.facility,
            raised_at=row.raised_at,
            told_at=told.get(number),
            taken_at=taken.get(number),
            ended_at=row.ended_at,
            is_past=row.is_past,
            is_false=number in false,
        )
        for number, row in rows.items()
    }


async def _told(tx: Tx, start: int, end: int) -> dict[int, int]:
    notice, alarm = tables.Notice, tables.Alarm
    query = select(notice.alarm, func.min(notice.told_at)).join(alarm, alarm.id == notice.alarm)
    query = query.where(alarm.raised_at >= start, alarm.raised_at < end, notice.state == TOLD)
    query = query.where(notice.channel.not_in(NOBODY), notice.level > 0, notice.told_at.is_not(None))
    return {number: first for number, first in await tx.execute(query.group_by(notice.alarm)) if first is not None}


async def _taken(tx: Tx, start: int, end: int) -> dict[int, int]:
    arrow, alarm = tables.Transition, tables.Alarm
    query = select(arrow.alarm, func.min(arrow.at)).join(alarm, alarm.id == arrow.alarm)
    query = query.where(alarm.raised_at >= start, alarm.raised_at < end, arrow.why == AlarmState.TAKEN.value)
    return {row[0]: row[1] for row in await tx.execute(query.group_by(arrow.alarm))}


async def _false(tx: Tx, start: int, end: int) -> set[int]:
    """Those of which somebody said so, and those whose last word is that they never were."""
    arrow, alarm = tables.Transition, tables.Alarm
    last = select(func.max(arrow.id)).group_by(arrow.alarm)
    query = select(arrow.alarm).join(alarm, alarm.id == arrow.alarm)
    query = query.where(alarm.raised_at >= start, alarm.raised_at < end)
    is_undone = (arrow.why == "withdrawn") & arrow.id.in_(last)
    return set(await tx.scalars(query.where(or_(arrow.why == "false", is_undone))))


async def _calls(tx: Tx, lives: dict[int, Life], start: int, end: int) -> list[Call]:
    """What made telephones ring for these alarms, and may have: a provider's silence is no proof that nobody was woken."""
    row = tables.NoticeAttempt
    query = select(row.alarm, row.at, row.channel).where(row.at >= start, row.verdict.in_(("accepted", "unknown")))
    found = []
    for number, at, channel in await tx.execute(query.where(row.at < end + MONTH_MS).order_by(row.id)):
        life = lives.get(number)
        if life is not None and means_of(channel) in WAKES:
            found.append(Call(life.facility, at, life.is_false))
    return found


async def _fridge_months(tx: Tx, scope: Scope, start: int, end: int, zone: ZoneInfo) -> dict[str, float]:
    """By facility, how many refrigerators stood there, and for how much of the time."""
    row = tables.Equipment
    query = select(row.facility, row.started_on, row.scrapped_on).where(row.status.in_(IN_USE))
    if scope is not None:
        query = query.where(row.facility.in_(scope))
    found: dict[str, float] = defaultdict(float)
    for facility, since, until in await tx.execute(query):
        first = start if since is None else max(start, days.begins(since, zone))
        last = end if until is None else min(end, days.begins(until, zone))
        found[facility] += max(0, last - first) / MONTH_MS
    return found


async def _silent(tx: Tx, scope: Scope, since: int) -> list[Silent]:
    """Numbers tried often in vain since then, with whose they are; also in drills, for a dead number is dead in earnest."""
    found = []
    person, notice = tables.Person, tables.Notice
    for channel, address, times in await receipts.never_answer(tx, since, SILENT_TIMES):
        named = select(notice.person).where(notice.channel == channel, notice.sent_to == address)
        number = await tx.scalar(named.order_by(notice.id.desc()).limit(1))
        row = await tx.get(person, int(number)) if number is not None and number.isdigit() else None
        if scope is None or (row is not None and row.facility in scope):
            name, facility = (row.name, row.facility) if row else ("", None)
            found.append(Silent(row.id if row else None, name, facility, channel, _shown(address), times))
    return found


def _shown(address: str) -> str:
    return f"{address.removeprefix('+86')[:SHOWN]}••••"
