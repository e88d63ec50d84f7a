"""Labels (隔离标识): which doses are set apart, where, since when and why; what a printer or a clinic's first page shows.

holds in force ┐
receipts that wait ├─► labels of a scope, the longest set apart first
expired and still there ┘
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.stock import days
from coldchain.archive.stock.presence import FOREVER
from coldchain.archive.stock.receiving import State
from coldchain.archive.stock.words import Funding
from coldchain.archive.views import Scope


class Why(StrEnum):
    """Why doses are set apart."""

    HELD = "held"
    WAITING = "waiting"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Label:
    """Doses that may not be used; `because` is the excursion or the receipt, `compartment` None: somewhere there."""

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


async def labels(tx: Tx, scope: Scope, at: int) -> list[Label]:
    """All labels that hang at these facilities at a moment, the longest set apart first."""
    found = [*await _held(tx, scope), *await _waiting(tx, scope), *await _expired(tx, scope, at)]
    return sorted(found, key=lambda label: (label.since, label.lot, label.place))


async def _held(tx: Tx, scope: Scope) -> list[Label]:
    lot, vaccine, row, room = tables.Lot, tables.Vaccine, tables.Hold, tables.Compartment
    query = select(lot, vaccine, row, room).join(row, row.lot == lot.id).join(vaccine, vaccine.code == lot.vaccine)
    query = query.outerjoin(room, room.id == row.compartment).where(row.lifted_at.is_(None), _in(row.facility, scope))
    found = []
    for its, kind, hold, place in await tx.execute(query):
        found.append(_label(Why.HELD, (its, kind), hold.facility, place, (hold.doses, hold.since, hold.excursion)))
    return found


async def _waiting(tx: Tx, scope: Scope) -> list[Label]:
    lot, vaccine, row = tables.Lot, tables.Vaccine, tables.Receipt
    line, room = tables.ReceiptLine, tables.Compartment
    query = select(lot, vaccine, row, line.doses, room).join(line, line.lot == lot.id)
    query = query.join(vaccine, vaccine.code == lot.vaccine).join(row, row.id == line.receipt)
    query = query.join(room, room.id == line.compartment)
    query = query.where(row.state == State.WAITING, row.withdrawn_at.is_(None), _in(row.facility, scope))
    found = []
    for its, kind, receipt, doses, place in await tx.execute(query):
        found.append(_label(Why.WAITING, (its, kind), receipt.facility, place, (doses, receipt.at, str(receipt.id))))
    return found


async def _expired(tx: Tx, scope: Scope, at: int) -> list[Label]:
    lot, vaccine, stay = tables.Lot, tables.Vaccine, tables.Stay
    room, stands = tables.Compartment, tables.Equipment
    query = select(lot, vaccine, stay.doses, room, stands.facility).join(stay, stay.lot == lot.id)
    query = query.join(vaccine, vaccine.code == lot.vaccine).join(room, room.id == stay.compartment)
    query = query.join(stands, stands.code == room.equipment)
    query = query.where(stay.end == FOREVER, lot.expires_on < days.day_of(at), _in(stands.facility, scope))
    found = []
    for its, kind, doses, place, facility in await tx.execute(query):
        since = days.start_of(days.after(its.expires_on, 1))
        found.append(_label(Why.EXPIRED, (its, kind), facility, place, (doses, since, its.expires_on)))
    return found


def _label(
    why: Why,
    ware: tuple[tables.Lot, tables.Vaccine],
    facility: str,
    room: tables.Compartment | None,
    what: tuple[int, int, str],
) -> Label:
    lot, vaccine = ware
    doses, since, because = what
    return Label(
        why=why,
        lot=lot.id,
        number=lot.number,
        vaccine=vaccine.code,
        name_zh=vaccine.name_zh,
        name_en=vaccine.name_en,
        maker=lot.maker,
        expires_on=lot.expires_on,
        funding=Funding(lot.funding or vaccine.funding),
        facility=facility,
        compartment=None if room is None else room.id,
        place="" if room is None else f"{room.equipment}/{room.name}",
        doses=doses,
        since=since,
        because=because,
    )


def _in(column: InstrumentedAttribute[str], scope: Scope) -> ColumnElement[bool]:
    return true() if scope is None else column.in_(scope)
