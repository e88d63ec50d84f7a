"""The rows behind the figures: lives of alarms, calls, fridge-months, numbers at which nobody ever answers. Drills are left out.

    alarms that first rang in the time ─► lives        calls made in the time ─► calls        refrigerators ─► months

An alarm counts where it first rang, however often it came again; one that ended as part of another is counted in that. A call
counts where it rang: a month does not grow after it is over. A call that told of several alarms is one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.duty.words import Means, means_of
from coldchain.archive.facilities import days
from coldchain.archive.telling import receipts
from coldchain.archive.telling.figures import (
    MONTH_MS,
    Call,
    Life,
    Load,
    Patience,
    Response,
    loads,
    patience,
    responses,
    totals,
)
from coldchain.archive.telling.notices import TOLD
from coldchain.archive.telling.plain import masked
from coldchain.archive.telling.receipts import FAILED
from coldchain.archive.upkeep.words import EquipmentType
from coldchain.archive.views import Scope
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState, Kind

LONGEST_MS: Final = 400 * 86_400_000  # a year and some: nobody manages by more at once
SILENT_TIMES: Final = 3  # so often in vain, and never once answered
OVER: Final = tuple(state.value for state in AlarmState if state.is_over)
STANDING: Final = ("normal", "repair", "scrapped")  # scrapped: until the day it was
FRIDGES: Final = (
    EquipmentType.DOMESTIC_FRIDGE, EquipmentType.MEDICAL_FRIDGE, EquipmentType.ILR, EquipmentType.FREEZER,
    EquipmentType.ULTRA_FREEZER, EquipmentType.COLD_ROOM, EquipmentType.FREEZER_ROOM, EquipmentType.REFRIGERATOR,
    EquipmentType.SMALL_FRIDGE, EquipmentType.SDD,
)  # fmt: skip


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
    totals: Sequence[Response]
    patience: Sequence[Patience]


def month(text: str, zone: ZoneInfo) -> tuple[int, int]:
    """From when to when a month lasts, by the site's clocks.

    Raises:
        BadInput: when it is none.
    """
    try:
        first = days.parse(f"{text}-01", "month")
        following = (first + timedelta(days=31)).replace(day=1)
    except (BadInput, OverflowError):  # after the last that there is comes none
        raise BadInput("month", f"{text[:20]!r} is no month", "write it as 2026-07") from None
    return days.begins(first.isoformat(), zone), days.begins(following.isoformat(), zone)


async def figures(tx: Tx, scope: Scope, start: int, end: int, *, zone: ZoneInfo, at: int) -> Figures:
    """The figures of a time, for the facilities in scope.

    Raises:
        BadInput: the times are in the wrong order, or too far apart.
    """
    if not start < end <= start + LONGEST_MS:
        raise BadInput("end", "is not after the start, or more than 400 days after it", "ask for a month or a year")
    lives = await _lives(tx, scope, start, end)
    months = await _fridge_months(tx, scope, start, min(end, max(at, start)), zone)
    return Figures(
        start=start,
        end=end,
        responses=responses(lives, zone, at),
        loads=loads(lives, await _calls(tx, scope, start, end), months, zone),
        silent=await _silent(tx, scope, start),
        totals=totals(lives, zone, at),
        patience=patience(lives, zone),
    )


async def _lives(tx: Tx, scope: Scope, start: int, end: int) -> list[Life]:
    alarm = tables.Alarm
    query = select(alarm.id, alarm.facility, alarm.kind, alarm.raised_at, alarm.ended_at, alarm.is_past)
    query = query.where(alarm.is_drill.is_(False), alarm.raised_at >= start, alarm.raised_at < end)
    if scope is not None:
        query = query.where(alarm.facility.in_(scope))
    rows = list(await tx.execute(query.order_by(alarm.id)))
    rang = (alarm.raised_at >= start) & (alarm.raised_at < end)
    told, taken, endings = await _told(tx, rang), await _taken(tx, rang), await _endings(tx, rang)
    false = await _false(tx, rang, endings)
    return [
        Life(
            facility=row.facility,
            raised_at=row.raised_at,
            told_at=told.get(row.id),
            taken_at=taken.get(row.id),
            ended_at=row.ended_at,
            is_past=row.is_past,
            is_false=row.id in false,
            is_temperature=Kind(row.kind).is_temperature,
        )
        for row in rows
        if endings.get(row.id) != "merged"
    ]


async def _told(tx: Tx, which: ColumnElement[bool]) -> dict[int, int]:
    """When the first named person was told of each; whom the network says it did not reach was not."""
    notice, alarm, person = tables.Notice, tables.Alarm, tables.Person
    query = select(notice.alarm, func.min(notice.told_at)).join(alarm, alarm.id == notice.alarm)
    query = query.join(person, cast(person.id, String) == notice.person)
    query = query.where(which, notice.state == TOLD, notice.level > 0, notice.receipt_state.not_in(FAILED))
    return {number: first for number, first in await tx.execute(query.group_by(notice.alarm)) if first is not None}


async def _taken(tx: Tx, which: ColumnElement[bool]) -> dict[int, int]:
    """When somebody first said that they go."""
    arrow, alarm = tables.Transition, tables.Alarm
    query = select(arrow.alarm, func.min(arrow.at)).join(alarm, alarm.id == arrow.alarm)
    query = query.where(which, arrow.why == AlarmState.TAKEN.value)
    return {row[0]: row[1] for row in await tx.execute(query.group_by(arrow.alarm))}


async def _endings(tx: Tx, which: ColumnElement[bool]) -> dict[int, str]:
    """Why each that is over ended, whatever was written of it since."""
    arrow, alarm = tables.Transition, tables.Alarm
    ending = arrow.after.in_(OVER) & or_(arrow.before.is_(None), arrow.before.not_in(OVER))
    last = select(func.max(arrow.id)).join(alarm, alarm.id == arrow.alarm).where(which, ending).group_by(arrow.alarm)
    query = select(arrow.alarm, arrow.why).join(alarm, alarm.id == arrow.alarm)
    query = query.where(arrow.id.in_(last), alarm.state.in_(OVER))
    return {row[0]: row[1] for row in await tx.execute(query)}


async def _false(tx: Tx, which: ColumnElement[bool], endings: Mapping[int, str]) -> set[int]:
    """Those of which somebody said so, and those that ended because they never were."""
    arrow, alarm = tables.Transition, tables.Alarm
    query = select(arrow.alarm).join(alarm, alarm.id == arrow.alarm).where(which, arrow.why == "false")
    return set(await tx.scalars(query)) | {number for number, why in endings.items() if why == "withdrawn"}


async def _calls(tx: Tx, scope: Scope, start: int, end: int) -> list[Call]:
    """What made telephones ring, and may have: a provider's silence is no proof that nobody was woken."""
    row, alarm, notice = tables.NoticeAttempt, tables.Alarm, tables.Notice
    rang = (row.at >= start) & (row.at < end) & row.verdict.in_(("accepted", "unknown"))
    query = select(row.at, row.channel, row.alarm, alarm.facility, notice.fold)
    query = query.join(alarm, alarm.id == row.alarm).join(notice, notice.id == row.notice)
    query = query.where(rang, alarm.is_drill.is_(False))
    if scope is not None:
        query = query.where(alarm.facility.in_(scope))
    found = [each for each in await tx.execute(query.order_by(row.id)) if means_of(each.channel) is Means.VOICE]
    folded = select(notice.fold).join(row, row.notice == notice.id).where(rang, notice.fold != "")
    folds = await _folds(tx, folded)
    by_them = or_(notice.id.in_(select(row.notice).where(rang)), notice.fold.in_(folded))
    told = alarm.id.in_(select(notice.alarm).where(by_them))
    false = await _false(tx, told, await _endings(tx, told))
    return [Call(each.facility, each.at, is_for_nothing=folds.get(each.fold, {each.alarm}) <= false) for each in found]


async def _folds(tx: Tx, which: Select[str]) -> dict[str, set[int]]:
    """By message, all alarms that it told of."""
    notice = tables.Notice
    found: dict[str, set[int]] = defaultdict(set)
    for fold, number in await tx.execute(select(notice.fold, notice.alarm).where(notice.fold.in_(which))):
        found[fold].add(number)
    return found


async def _fridge_months(tx: Tx, scope: Scope, start: int, end: int, zone: ZoneInfo) -> dict[str, float]:
    """By facility, how many refrigerators, freezers and cold rooms stood there, and for how much of the time."""
    row = tables.Equipment
    query = select(row.facility, row.started_on, row.scrapped_on).where(row.type.in_(FRIDGES))
    query = query.where(row.status.in_(STANDING), or_(row.status != "scrapped", row.scrapped_on.is_not(None)))
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
            found.append(Silent(row.id if row else None, name, facility, channel, masked(address), times))
    return found
