"""What is due: each half of each day of each compartment that people are to read, and what became of it.

duties × days × halves ─► hours in force, holidays, what stands ─► entered | late | missing | open | ahead | exempt
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from coldchain.archive.db import Tx
from coldchain.archive.facilities import calendar
from coldchain.archive.twice_daily import months
from coldchain.archive.twice_daily.days import Bits, Days
from coldchain.archive.twice_daily.duties import Duty
from coldchain.archive.twice_daily.hours import Book, Half, NewHours, book, moment_of
from coldchain.archive.twice_daily.months import NOTHING, Standing


class State(StrEnum):
    """What became of a half."""

    ENTERED = "entered"
    LATE = "late"  # 补录
    MISSING = "missing"
    OPEN = "open"  # its hours have begun and are not over
    AHEAD = "ahead"
    EXEMPT = "exempt"  # a holiday, at a facility of a kind that keeps no record then


Unwritten = Mapping[State, Bits]  # by what they are while nobody wrote them down, the days on which somebody is asked
UNWRITTEN: Final = (State.MISSING, State.OPEN, State.AHEAD, State.EXEMPT)


@dataclass(frozen=True, slots=True)
class Due:
    """One half of one day of a duty."""

    duty: Duty
    day: str
    half: Half
    state: State
    until: int  # the end of its hours


class Kept(NamedTuple):
    """One half of a duty over all its days: those written in time, late, and not; what these are, says `asked`."""

    half: Half
    in_time: Bits
    late: Bits
    unwritten: Bits
    asked: Unwritten

    def days(self, state: State) -> Bits:
        """The days on which it is so."""
        if state is State.ENTERED:
            return self.in_time
        return self.late if state is State.LATE else self.unwritten & self.asked[state]

    @property
    def is_asked(self) -> bool:
        """True when somebody asks for it on any of these days."""
        return bool(self.in_time | self.late | self.unwritten)

    def on(self, day: int) -> State | None:
        """What it is on a day, counted from the first; None: nobody asks for it."""
        return next((state for state in State if self.days(state) >> day & 1), None)


class Plan:
    """What was asked of whom, and what stands: for each duty how its halves were kept."""

    def __init__(self, asked: "_Asked", free: Mapping[str, Bits], standing: Mapping[int, Standing]) -> None:
        self._asked, self._free, self._standing = asked, free, standing
        self._among = cache(asked.days.among)
        self._places: dict[str, Sequence[tuple[Half, Bits, Unwritten]]] = {}

    def of(self, duty: Duty) -> list[Kept]:
        """How both halves of a duty were kept."""
        on = self._among(duty.first, duty.until)
        standing = self._standing.get(duty.compartment, NOTHING)
        found = []
        for half, whole, asked in self._of_place(duty):
            in_time, late = standing.of(half)
            its = on & whole
            found.append(Kept(half, its & in_time, its & late, its & ~in_time & ~late, asked))
        return found

    def until(self, duty: Duty, day: str, half: Half) -> int:
        """The end of the hours of a half for which somebody is asked."""
        hours = self._asked.hours(duty.region, day)
        assert hours is not None  # or nobody were asked
        return self._asked.window(day, hours.window(half))[1]

    def _of_place(self, duty: Duty) -> Sequence[tuple[Half, Bits, Unwritten]]:
        """What is asked for at a facility: the same of all that stands there."""
        if duty.facility not in self._places:
            free = self._free.get(duty.facility, 0)
            found = []
            for half, its in self._asked.of(duty.region).items():
                whole = its[State.MISSING] | its[State.OPEN] | its[State.AHEAD]
                found.append((half, whole, {s: its[s] & ~free for s in its} | {State.EXEMPT: whole & free}))
            self._places[duty.facility] = found
        return self._places[duty.facility]


async def due(tx: Tx, found: Sequence[Duty], days: Days, now: int, zone: ZoneInfo) -> list[Due]:
    """Every half of these duties on these days that somebody asks for, in the order of days."""
    plan = await plan_of(tx, found, days, now, zone)
    kept = [(duty, each) for duty in found for each in plan.of(duty)]
    return [
        Due(duty, day, each.half, state, plan.until(duty, day, each.half))
        for n, day in enumerate(days)
        for duty, each in kept
        if (state := each.on(n)) is not None
    ]


async def plan_of(tx: Tx, found: Sequence[Duty], days: Days, now: int, zone: ZoneInfo) -> Plan:
    """What was asked of these duties on these days, and how they were kept, as of now."""
    asked = _Asked(await book(tx), days, now, zone)
    standing = await months.standing(tx, days, {duty.compartment for duty in found})
    return Plan(asked, await _free(tx, found, asked), standing)


class _Asked:
    """What a region's hours ask for on which days, reckoned once for all regions that share them; of holidays it knows nothing."""

    def __init__(self, hours_of: Book, days: Days, now: int, zone: ZoneInfo) -> None:
        self.days = days
        self._hours_of, self._now, self._zone = hours_of, now, zone
        self._known: dict[Sequence[str | None], Mapping[Half, Unwritten]] = {}
        self.window = cache(self._window)

    def hours(self, region: str, day: str) -> NewHours | None:
        """Those in force."""
        return self._hours_of.of(region, day)

    def of(self, region: str) -> Mapping[Half, Unwritten]:
        """The days of each half by what they are while nobody wrote them down."""
        deciding = self._hours_of.deciding(region)
        if deciding not in self._known:
            self._known[deciding] = self._reckoned(region)
        return self._known[deciding]

    def exempting(self, region: str, kind: str) -> list[str]:
        """The days on which a facility of such a kind keeps no record when it is off."""
        hours = [(day, self.hours(region, day)) for day in self.days]
        return [day for day, its in hours if its is not None and kind in its.holiday_kinds]

    def _reckoned(self, region: str) -> dict[Half, dict[State, Bits]]:
        found = {half: dict.fromkeys(UNWRITTEN, 0) for half in Half}
        for n, day in enumerate(self.days):
            hours = self.hours(region, day)
            if hours is not None:
                for half, its in found.items():
                    its[_state(self.window(day, hours.window(half)), self._now)] |= 1 << n
        return found

    def _window(self, day: str, minutes: tuple[int, int]) -> tuple[int, int]:
        return moment_of(day, minutes[0], self._zone), moment_of(day, minutes[1], self._zone)


def _state(window: tuple[int, int], now: int) -> State:
    """Of what nobody wrote down, on a day on which somebody is there."""
    if now > window[1]:
        return State.MISSING
    return State.OPEN if now >= window[0] else State.AHEAD


async def _free(tx: Tx, found: Collection[Duty], asked: _Asked) -> dict[str, Bits]:
    """By facility, the days on which it is off and its kind then keeps no record."""
    exempting = cache(asked.exempting)  # many facilities share their region and kind
    places = sorted({(each.facility, each.region, each.kind) for each in found})
    exempt = {facility: days for facility, region, kind in places if (days := exempting(region, kind))}
    works = await calendar.working_days_of(tx, exempt, asked.days.first, asked.days.last)
    number = {day: n for n, day in enumerate(asked.days)}
    return {
        facility: sum(1 << number[day] for day in days if day not in works[facility])
        for facility, days in exempt.items()
    }
