"""What is due: each half of each day of each compartment that people are to read, and what became of it.

duties × days × halves ─► hours in force, holidays, entries ─► entered | late | missing | open | ahead | exempt
"""

import re
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.facilities import calendar
from coldchain.archive.facilities import days as dates
from coldchain.archive.twice_daily.duties import Duty, plainly_asked_for
from coldchain.archive.twice_daily.hours import Book, Half, book, moment_of
from coldchain.errors import BadInput

MOST_DAYS: Final = 62
FEW: Final = 500  # duties: of so many the entries are looked for by compartment, of more by day
MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")


class State(StrEnum):
    """What became of a half."""

    ENTERED = "entered"
    LATE = "late"  # 补录
    MISSING = "missing"
    OPEN = "open"  # its hours have begun and are not over
    AHEAD = "ahead"
    EXEMPT = "exempt"  # a holiday, at a facility of a kind that keeps no record then


ALL: Final = frozenset(State)


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
class Due:
    """One half of one day of a duty."""

    duty: Duty
    day: str
    half: Half
    state: State
    until: int  # the end of its hours


async def due(
    tx: Tx, found: list[Duty], days: Days, now: int, zone: ZoneInfo, *, wanted: frozenset[State] = ALL
) -> list[Due]:
    """Every half of these duties on these days that somebody asks for and that is in such a state, in the order of days."""
    plan = await plan_of(tx, found, days, now, zone)
    written = await _written(tx, found, days)
    seen = []
    for day in days:
        for duty in found:
            if not duty.is_on(day):
                continue
            for half, unwritten, until in plan.halves(duty, day):
                is_late = written.get((duty.compartment, day, half))
                state = unwritten if is_late is None else State.LATE if is_late else State.ENTERED
                if state in wanted:
                    seen.append(Due(duty, day, half, state, until))
    return seen


class Plan:
    """What is asked of whom when: for each half of a facility's day what it is while nobody wrote it down."""

    def __init__(self, hours_of: Book, free: Mapping[str, set[str]], now: int, zone: ZoneInfo) -> None:
        self._hours_of, self._free, self._now = hours_of, free, now
        self._windows = _windows(zone)
        self._known: dict[tuple[str, str, bool], list[tuple[Half, State, int]]] = {}

    def halves(self, duty: Duty, day: str) -> list[tuple[Half, State, int]]:
        """Each half, its state unless it is written, and the end of its hours; none before anybody asked for records."""
        is_free = day in self._free.get(duty.facility, ())
        key = duty.region, day, is_free
        if key not in self._known:
            hours = self._hours_of.of(duty.region, day)
            windows = [] if hours is None else [(half, self._windows(day, hours.window(half))) for half in Half]
            self._known[key] = [(half, _state(its, self._now, is_free=is_free), its[1]) for half, its in windows]
        return self._known[key]


async def plan_of(tx: Tx, found: list[Duty], days: Days, now: int, zone: ZoneInfo) -> Plan:
    """The hours of these duties on these days, and who has free."""
    hours_of = await book(tx)
    return Plan(hours_of, await _free_days(tx, found, hours_of, days), now, zone)


def _state(window: tuple[int, int], now: int, *, is_free: bool) -> State:
    """Of what nobody wrote down."""
    if is_free:
        return State.EXEMPT
    if now > window[1]:
        return State.MISSING
    return State.OPEN if now >= window[0] else State.AHEAD


async def _written(tx: Tx, found: list[Duty], days: Days) -> Mapping[tuple[int, str, str], bool]:
    row = tables.ManualRecord
    query = select(row.compartment, row.day, row.half, row.late_reason.is_not(None))
    query = query.where(row.day >= days.first, row.day <= days.last, row.withdrawn_at.is_(None))
    if len(found) <= FEW:
        query = query.where(row.compartment.in_([duty.compartment for duty in found]))
    return {(compartment, day, half): is_late for compartment, day, half, is_late in await tx.execute(query)}


async def kept(tx: Tx, found: list[Duty], days: Days) -> list[tuple[str, str, str, bool, int]]:
    """How many halves of these duties were written down, by facility, day, half and whether that was late."""
    row, room, unit = tables.ManualRecord, tables.Compartment, tables.Equipment
    is_late = row.late_reason.is_not(None).label("is_late")
    begun = or_(unit.started_on.is_(None), unit.started_on <= row.day)
    query = select(unit.facility, row.day, row.half, is_late, func.count())
    query = query.join_from(unit, room, room.equipment == unit.code).join(row, row.compartment == room.id)
    query = query.where(unit.facility.in_({duty.facility for duty in found}), *plainly_asked_for(), begun)
    query = query.where(row.day >= days.first, row.day <= days.last, row.withdrawn_at.is_(None))
    query = query.group_by(unit.facility, row.day, row.half, is_late)
    plain = [(facility, day, half, bool(late), count) for facility, day, half, late, count in await tx.execute(query)]
    return plain + await _kept_of_others(tx, [duty for duty in found if not duty.is_plain], days)


async def _kept_of_others(tx: Tx, found: list[Duty], days: Days) -> list[tuple[str, str, str, bool, int]]:
    """The same of the few that were something else once."""
    counts: Counter[tuple[str, str, str, bool]] = Counter()
    by_room: dict[int, list[Duty]] = defaultdict(list)
    for duty in found:
        by_room[duty.compartment].append(duty)
    for (compartment, day, half), is_late in (await _written(tx, found, days)).items() if found else ():
        for duty in by_room.get(compartment, ()):
            if duty.is_on(day):
                counts[duty.facility, day, half, is_late] += 1
    return [(*key, count) for key, count in counts.items()]


async def _free_days(tx: Tx, found: list[Duty], hours_of: Book, days: Days) -> dict[str, set[str]]:
    """By facility, the days on which it is off and its kind then keeps no record."""
    exempt_of: dict[tuple[str, str], set[str]] = {}  # many facilities share their region and kind
    free: dict[str, set[str]] = {}
    for facility, region, kind in sorted({(each.facility, each.region, each.kind) for each in found}):
        if (region, kind) not in exempt_of:
            hours = [(day, hours_of.of(region, day)) for day in days]
            exempt_of[region, kind] = {day for day, its in hours if its is not None and kind in its.holiday_kinds}
        if exempt := exempt_of[region, kind]:
            free[facility] = exempt
    works = await calendar.working_days_of(tx, free, days.first, days.last)
    return {facility: exempt - works[facility] for facility, exempt in free.items()}


def _windows(zone: ZoneInfo) -> Callable[[str, tuple[int, int]], tuple[int, int]]:
    """A window of a day in ms, reckoned once for all compartments that share it."""

    @cache
    def window(day: str, minutes: tuple[int, int]) -> tuple[int, int]:
        return moment_of(day, minutes[0], zone), moment_of(day, minutes[1], zone)

    return window
