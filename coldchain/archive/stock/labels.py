"""Labels (隔离标识): which doses are set apart, where, since when and why; what a printer or a clinic's first page shows.

holds in force ┐
receipts that wait ├─► labels of a scope, the longest set apart first
expired and still there │
found unusable and still there ┘
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, func, literal_column, select, true
from sqlalchemy.orm import InstrumentedAttribute

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.stock import apart, days, places
from coldchain.archive.stock.presence import FOREVER
from coldchain.archive.stock.receiving import State
from coldchain.archive.stock.words import Funding
from coldchain.archive.views import Scope

AT_ONCE: Final = 1000  # lots


class Why(StrEnum):
    """Why doses are set apart."""

    HELD = "held"
    WAITING = "waiting"
    EXPIRED = "expired"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Label:
    """Doses that may not be used; `because` is the excursion, the receipt or the damage, `compartment` None: somewhere there."""

    why: Why
    lot: str
    number: str
    vaccine: str
    name_zh: str
    name_en: str
    maker: str
    expires_on: str
    funding: Funding
    facility: str
    compartment: int | None
    place: str
    doses: int
    since: int
    because: str

    @property
    def reported_to(self) -> str:
        """The level up to which unusable doses of it are reported."""
        return self.funding.reported_to


class Place(NamedTuple):
    """Where a label stands in the list; of two that say the same, the second is `again`."""

    since: int
    lot: str
    place: str
    facility: str
    why: str
    because: str
    again: int = 0


class _Tag(NamedTuple):
    """A label before its lot is put into words."""

    place: Place
    compartment: int | None
    doses: int


class _Ware(NamedTuple):
    """A lot in words, and what it is of. A county has thousands: columns only."""

    lot: str
    number: str
    maker: str
    expires_on: str
    funding: str
    vaccine: str
    name_zh: str
    name_en: str


async def labels(tx: Tx, scope: Scope, at: int, whys: Collection[Why] = tuple(Why)) -> list[Label]:
    """All labels of such kinds that hang at these facilities at a moment, the longest set apart first."""
    return await _worded(tx, _numbered(await _tags(tx, scope, at, whys)))


async def listed(
    tx: Tx, scope: Scope, at: int, *, after: Place | None = None, most: int | None = None
) -> list[tuple[Place, Label]]:
    """The same with the place of each, for a page: only its own are put into words.

    Args:
        tx: where it is read.
        scope: of which facilities.
        at: when.
        after: the place behind which it begins; None at the first.
        most: so many are enough; None is all.
    """
    found = _numbered(await _tags(tx, scope, at, tuple(Why)))
    tags = [tag for tag in found if after is None or tag.place > after][:most]
    return list(zip((tag.place for tag in tags), await _worded(tx, tags), strict=True))


async def _tags(tx: Tx, scope: Scope, at: int, whys: Collection[Why]) -> list[_Tag]:
    """What hangs there for these reasons; what nobody asks for is not read."""
    found: list[_Tag] = []
    if Why.HELD in whys:
        found += await _held(tx, scope)
    if Why.WAITING in whys:
        found += await _waiting(tx, scope)
    if Why.EXPIRED in whys:
        found += await _expired(tx, scope, at)
    if Why.UNUSABLE in whys:
        found += await _unusable(tx, scope)
    return found


async def _worded(tx: Tx, tags: Sequence[_Tag]) -> list[Label]:
    wares = await _wares(tx, sorted({tag.place.lot for tag in tags}))
    return [_label(tag, wares[tag.place.lot]) for tag in tags]


def _numbered(tags: Iterable[_Tag]) -> list[_Tag]:
    """In the list's order; of two that say the same, neither is lost between pages."""
    found: list[_Tag] = []
    for _, its in groupby(sorted(tags), lambda tag: tag.place):
        found += [tag._replace(place=tag.place._replace(again=n)) for n, tag in enumerate(its)]
    return found


async def _held(tx: Tx, scope: Scope) -> list[_Tag]:
    row, room = tables.Hold, tables.Compartment
    query = select(row.since, row.lot, row.facility, row.excursion, row.doses, room.id, room.equipment, room.name)
    query = query.outerjoin(room, room.id == row.compartment).where(row.lifted_at.is_(None), _in(row.facility, scope))
    return [
        _Tag(Place(since, lot, _place(unit, name), facility, Why.HELD, excursion), compartment, doses)
        for since, lot, facility, excursion, doses, compartment, unit, name in await tx.execute(query)
    ]


async def _waiting(tx: Tx, scope: Scope) -> list[_Tag]:
    row, line, room = tables.Receipt, tables.ReceiptLine, tables.Compartment
    query = select(row.at, line.lot, row.facility, row.id, line.doses, room.id, room.equipment, room.name)
    query = query.join(line, line.receipt == row.id).join(room, room.id == line.compartment)
    unsettled = row.state != literal_column("'accepted'")  # said as the index of the few says it, or all are read
    query = query.where(unsettled, row.state == State.WAITING, row.withdrawn_at.is_(None), _in(row.facility, scope))
    return [
        _Tag(Place(since, lot, _place(unit, name), facility, Why.WAITING, str(number)), compartment, doses)
        for since, lot, facility, number, doses, compartment, unit, name in await tx.execute(query)
    ]


async def _expired(tx: Tx, scope: Scope, at: int) -> list[_Tag]:
    lot, stay, room, stands = tables.Lot, tables.Stay, tables.Compartment, tables.Equipment
    query = select(lot.expires_on, lot.id, stands.facility, stay.doses, room.id, room.equipment, room.name)
    query = query.join(stay, stay.lot == lot.id).join(room, room.id == stay.compartment)
    query = query.join(stands, stands.code == room.equipment)
    query = query.where(stay.end == FOREVER, lot.expires_on < days.day_of(at), _in(stands.facility, scope))
    rows = list(await tx.execute(query))
    over = {day: days.start_of(days.after(day, 1)) for day in {row.expires_on for row in rows}}
    return [
        _Tag(Place(over[day], its, _place(unit, name), facility, Why.EXPIRED, day), compartment, doses)
        for day, its, facility, doses, compartment, unit, name in rows
    ]


async def _unusable(tx: Tx, scope: Scope) -> list[_Tag]:
    left = await apart.left(tx, None if scope is None else places.compartments_of(scope))
    room, stands = tables.Compartment, tables.Equipment
    query = select(room.id, room.equipment, room.name, stands.facility).join(stands, stands.code == room.equipment)
    query = query.where(room.id.in_({each.row.compartment for each in left}))
    known = {row.id: row for row in await tx.execute(query)} if left else {}
    found = []
    for row, doses in ((each.row, each.doses) for each in left):
        its = known[row.compartment]
        place = Place(row.since, row.lot, _place(its.equipment, its.name), its.facility, Why.UNUSABLE, row.why)
        found.append(_Tag(place, row.compartment, doses))
    return found


def _place(unit: str | None, name: str | None) -> str:
    return "" if unit is None else f"{unit}/{name}"


async def _wares(tx: Tx, lots: Sequence[str]) -> dict[str, _Ware]:
    """By lot, what it is."""
    lot, vaccine = tables.Lot, tables.Vaccine
    funding = func.coalesce(func.nullif(lot.funding, ""), vaccine.funding)
    query = select(lot.id, lot.number, lot.maker, lot.expires_on, funding)
    query = query.add_columns(vaccine.code, vaccine.name_zh, vaccine.name_en).join(vaccine, vaccine.code == lot.vaccine)
    found = {}
    for first in range(0, len(lots), AT_ONCE):
        for row in await tx.execute(query.where(lot.id.in_(lots[first : first + AT_ONCE]))):
            found[row.id] = _Ware._make(row)
    return found


def _label(tag: _Tag, ware: _Ware) -> Label:
    its = tag.place
    return Label(
        why=Why(its.why),
        lot=ware.lot,
        number=ware.number,
        vaccine=ware.vaccine,
        name_zh=ware.name_zh,
        name_en=ware.name_en,
        maker=ware.maker,
        expires_on=ware.expires_on,
        funding=Funding(ware.funding),
        facility=its.facility,
        compartment=tag.compartment,
        place=its.place,
        doses=tag.doses,
        since=its.since,
        because=its.because,
    )


def _in(column: InstrumentedAttribute[str], scope: Scope) -> ColumnElement[bool]:
    return true() if scope is None else column.in_(scope)
