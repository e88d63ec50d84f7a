"""What people are to read: which compartment of which facility, from which day up to which.

    status, place and purpose of each day ─► in use, or to be repaired with doses inside ─► duties ─► `duty`: what became of them

Of each day counts what a piece was, where it stood and what its compartments were for on that day: whoever marks it to be
repaired today owes no less for yesterday. What is to be repaired is read all the same as long as doses are inside.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.equipment import Status
from coldchain.archive.facilities import days as dates
from coldchain.archive.rows import table_of
from coldchain.archive.stock.presence import FOREVER
from coldchain.archive.twice_daily.hours import terms
from coldchain.archive.upkeep import life
from coldchain.archive.views import Scope

Span = tuple[str, str]  # from a day up to another that is not in it


class Duty(NamedTuple):
    """A compartment that people of a facility are to read, from a day up to another that is not in it."""

    facility: str  # by this they are sorted, then by what follows
    equipment: str
    compartment: int
    first: str
    until: str
    name: str
    region: str
    kind: str  # of the facility


async def duties(tx: Tx, scope: Scope, zone: ZoneInfo, *, equipment: str | None = None) -> list[Duty]:
    """What is to be read in scope, by facility and equipment: on which days, says each."""
    rows = list(await tx.execute(_pieces(scope, equipment)))
    courses = await _courses(tx, rows, zone)
    purposes = terms().purposes
    found: list[Duty] = []
    for row in rows:
        number, name, purpose, code, facility, status, started_on = row
        if not courses.is_plain(number, code, status):
            found += _spans(row, courses, scope)
        elif purpose in purposes:
            first = started_on or life.BEGINNING
            found.append(Duty(facility, code, number, first, life.NEVER, name, *courses.cards[facility]))
    return sorted(found)


@dataclass(frozen=True, slots=True)
class _Courses:
    """What pieces and their compartments were, from when on; who never changed is in none of these."""

    statuses: Mapping[str, list[tuple[str | None, str]]]
    places: Mapping[str, list[tuple[str | None, str]]]
    uses: Mapping[int, list[tuple[str | None, str]]]  # by compartment
    inside: Mapping[int, list[Span]]  # when doses were there, of what was ever to be repaired
    cards: Mapping[str, tuple[str, str]]  # region and kind by facility

    def is_plain(self, compartment: int, code: str, status: str) -> bool:
        """True when it never was anything else than in use, and there, and for what it is for."""
        is_changed = code in self.statuses or code in self.places or compartment in self.uses
        return not is_changed and status == Status.NORMAL


async def _courses(tx: Tx, rows: Sequence[Any], zone: ZoneInfo) -> _Courses:
    codes = list({row.code for row in rows})
    statuses = await life.courses(tx, tables.EquipmentStatus.status, codes)
    repaired = {code for code, its in statuses.items() if any(status == Status.REPAIR for _, status in its)}
    failed = {row.id for row in rows if row.status == Status.REPAIR or row.code in repaired}
    place = tables.Facility
    cards = await tx.execute(select(place.code, place.region, place.kind))
    return _Courses(
        statuses,
        await life.courses(tx, tables.EquipmentPlace.facility, codes),
        await _uses(tx, zone),
        await _inside(tx, failed, zone),
        {code: (region, kind) for code, region, kind in cards},
    )


def _spans(row: Any, courses: _Courses, scope: Scope) -> Iterator[Duty]:  # noqa: ANN401 - a row of `_pieces`
    """The duties of a compartment of which something changed: one for each facility and stretch of days."""
    asked = _of_status(life.course(courses.statuses.get(row.code, ()), row.status), courses.inside.get(row.id, ()))
    purposes = life.course(courses.uses.get(row.id, ()), row.purpose)
    asked = _both(asked, [(first, until) for first, until, its in purposes if its in terms().purposes])
    for first, until, code in life.course(courses.places.get(row.code, ()), row.facility):
        if scope is None or code in scope:
            region, kind = courses.cards[code]
            for span in _both(asked, [(max(first, row.started_on or first), until)]):
                yield Duty(code, row.code, row.id, *span, row.name, region, kind)


def _pieces(scope: Scope, equipment: str | None) -> Select[int, str, str, str, str, str, str | None]:
    """The compartments of all that is read, that stand in scope or ever did."""
    place = tables.EquipmentPlace
    room, unit = table_of(tables.Compartment).c, table_of(tables.Equipment).c  # columns alone: there are thousands
    query = select(room.id, room.name, room.purpose, unit.code, unit.facility, unit.status, unit.started_on)
    query = query.where(unit.code == room.equipment, unit.type.in_(terms().types))
    if equipment is not None:
        query = query.where(unit.code == equipment)
    if scope is not None:
        ever = select(place.equipment).where(place.facility.in_(scope))
        query = query.where(or_(unit.facility.in_(scope), unit.code.in_(ever)))
    return query


async def _uses(tx: Tx, zone: ZoneInfo) -> dict[int, list[tuple[str | None, str]]]:
    """By compartment, since which day it was for what; whose use never changed is not here."""
    row = tables.CompartmentUse
    found: dict[int, list[tuple[str | None, str]]] = defaultdict(list)
    uses = list(await tx.execute(select(row.compartment, row.start, row.purpose).where(row.withdrawn_at.is_(None))))
    for room, start, purpose in sorted(uses, key=lambda each: (each.start is not None, each.start or 0)):
        found[room].append((None if start is None else dates.day_of(start, zone), purpose))
    return found


async def _inside(tx: Tx, rooms: Collection[int], zone: ZoneInfo) -> dict[int, list[tuple[str, str]]]:
    """By compartment, from which day up to which doses were inside; the day on which they went is one of them."""
    stay = tables.Stay
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    query = select(stay.compartment, stay.start, stay.end).where(stay.compartment.in_(rooms)).order_by(stay.start)
    for room, start, end in await tx.execute(query):
        until = life.NEVER if end == FOREVER else dates.after(dates.day_of(end, zone), 1)
        found[room].append((dates.day_of(start, zone), until))
    return found


def _of_status(course: Iterable[tuple[str, str, str]], inside: Iterable[Span]) -> list[Span]:
    """When it is read: in use always, to be repaired as long as doses are inside."""
    found: list[Span] = []
    for first, until, status in course:
        if status == Status.NORMAL:
            found.append((first, until))
        elif status == Status.REPAIR:
            found += _both(inside, [(first, until)])
    return _merged(found)


def _both(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """What is in both."""
    others = list(other)
    spans = ((max(first, its[0]), min(until, its[1])) for first, until in one for its in others)
    return _merged(each for each in spans if each[0] < each[1])


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The same days, none of them twice."""
    found: list[Span] = []
    for first, until in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], until)
        else:
            found.append((first, until))
    return found
