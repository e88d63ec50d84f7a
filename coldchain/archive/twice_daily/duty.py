"""What is due: each half of each day of each compartment that people are to read, and what became of it.

    equipment in use × days × halves ─► hours in force, holidays, entries ─► entered | late | missing | open | ahead | exempt

Equipment counts as it stands now: what was scrapped or lent since is asked for no more, for the days before either.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select, true

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.equipment import Status
from coldchain.archive.facilities import calendar
from coldchain.archive.facilities import days as dates
from coldchain.archive.twice_daily.hours import Book, Half, book, moment_of, terms
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

MOST_DAYS: Final = 62
MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")


class State(StrEnum):
    """What became of a half."""

    ENTERED = "entered"
    LATE = "late"  # 补录
    MISSING = "missing"
    OPEN = "open"  # its hours have begun and are not over
    AHEAD = "ahead"
    EXEMPT = "exempt"  # a holiday, at a facility of a kind that keeps no record then


@dataclass(frozen=True, slots=True)
class Days:
    """Local days, both inside.

    Raises:
        BadInput: when one is no date, they are exchanged, or there are too many.
    """

    first: str
    last: str

    def __post_init__(self) -> None:
        count = (dates.parse(self.last, "last") - dates.parse(self.first, "first")).days + 1
        if not 1 <= count <= MOST_DAYS:
            raise BadInput("last", f"{self.first} to {self.last} cannot be asked for", f"ask for 1 to {MOST_DAYS} days")

    def __iter__(self) -> Iterator[str]:
        first = date.fromisoformat(self.first)
        count = (date.fromisoformat(self.last) - first).days + 1
        return ((first + timedelta(days=n)).isoformat() for n in range(count))

    @classmethod
    def of_month(cls, month: str) -> "Days":
        """All days of `YYYY-MM`.

        Raises:
            BadInput: when it is no month.
        """
        if not MONTH.fullmatch(month):
            raise BadInput("month", f"{month[:40]!r} is no month", "write it as 2026-07")
        first = dates.parse(f"{month}-01", "month")
        return cls(first.isoformat(), f"{month}-{monthrange(first.year, first.month)[1]}")


@dataclass(frozen=True, slots=True)
class Duty:
    """A compartment that people are to read."""

    compartment: int
    name: str
    equipment: str
    facility: str
    region: str
    kind: str  # of the facility
    started_on: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """One half of one day of a duty."""

    duty: Duty
    day: str
    half: Half
    state: State
    until: int  # the end of its hours


async def duties(tx: Tx, scope: Scope, *, equipment: str | None = None) -> list[Duty]:
    """What is to be read in scope, by facility and equipment."""
    room, unit, place = tables.Compartment, tables.Equipment, tables.Facility
    query = (
        select(room.id, room.name, unit.code, unit.facility, place.region, place.kind, unit.started_on)
        .join_from(room, unit, unit.code == room.equipment)
        .join(place, place.code == unit.facility)
        .where(unit.type.in_(terms().types), room.purpose.in_(terms().purposes), unit.status == Status.NORMAL.value)
        .where(true() if scope is None else unit.facility.in_(scope))
        .where(true() if equipment is None else unit.code == equipment)
        .order_by(unit.facility, unit.code, room.id)
    )
    return [Duty(*row) for row in await tx.execute(query)]


async def due(tx: Tx, found: list[Duty], days: Days, now: int, zone: ZoneInfo) -> list[Due]:
    """Every half of these duties on these days that somebody asks for, in the order of days."""
    hours_of = await book(tx)
    written = await _written(tx, days)
    free = await _free_days(tx, found, hours_of, days)
    windows = _windows(zone)
    seen = []
    for day in days:
        for duty in found:
            hours = hours_of.of(duty.region, day)
            if hours is None or (duty.started_on is not None and duty.started_on > day):
                continue
            is_free = day in free.get(duty.facility, ())
            for half in Half:
                window = windows(day, hours.window(half))
                state = _state(written.get((duty.compartment, day, half)), window, now, is_free=is_free)
                seen.append(Due(duty, day, half, state, window[1]))
    return seen


def _state(is_late: bool | None, window: tuple[int, int], now: int, *, is_free: bool) -> State:
    """`is_late` None: not written."""
    if is_late is not None:
        return State.LATE if is_late else State.ENTERED
    if is_free:
        return State.EXEMPT
    if now > window[1]:
        return State.MISSING
    return State.OPEN if now >= window[0] else State.AHEAD


async def _written(tx: Tx, days: Days) -> Mapping[tuple[int, str, str], bool]:
    row = tables.ManualRecord
    query = select(row.compartment, row.day, row.half, row.late_reason.is_not(None))
    query = query.where(row.day >= days.first, row.day <= days.last, row.withdrawn_at.is_(None))
    return {(compartment, day, half): is_late for compartment, day, half, is_late in await tx.execute(query)}


async def _free_days(tx: Tx, found: list[Duty], hours_of: Book, days: Days) -> dict[str, set[str]]:
    """By facility, the days on which it is off and its kind then keeps no record."""
    free: dict[str, set[str]] = {}
    for facility, region, kind in sorted({(each.facility, each.region, each.kind) for each in found}):
        hours = [(day, hours_of.of(region, day)) for day in days]
        exempt = {day for day, its in hours if its is not None and kind in its.holiday_kinds}
        if exempt:
            free[facility] = exempt - await calendar.working_days(tx, facility, days.first, days.last)
    return free


def _windows(zone: ZoneInfo) -> Callable[[str, tuple[int, int]], tuple[int, int]]:
    """A window of a day in ms, reckoned once for all compartments that share it."""

    @cache
    def window(day: str, minutes: tuple[int, int]) -> tuple[int, int]:
        return moment_of(day, minutes[0], zone), moment_of(day, minutes[1], zone)

    return window
