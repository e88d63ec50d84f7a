"""Issuing: what expires first goes first, and who takes another lot says why.

fefo(facility, vaccine, doses) ─► draws: the lots and compartments to take from, free and not expired
issue(movement) ─► the first to expire? ─► lots.move;  another ─► a reason is wanted, and stands in the list of findings
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select, true

from coldchain.archive import audit, lots, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.stock import days, places, waiting
from coldchain.archive.stock.presence import FOREVER
from coldchain.archive.stock.words import Movement, NewMovement, Reason
from coldchain.archive.views import Scope
from coldchain.errors import BadInput


@dataclass(frozen=True, slots=True)
class Shelf:
    """Doses of a lot in a compartment (`place` is how people call it), of which `free` could be issued."""

    lot: str
    number: str
    maker: str
    expires_on: str
    compartment: int
    place: str
    free: int


@dataclass(frozen=True, slots=True)
class Draw:
    """Doses to take from a shelf."""

    shelf: Shelf
    doses: int


async def fefo(tx: Tx, facility: str, vaccine: str, doses: int, at: int) -> list[Draw]:
    """From where to take so many doses; together fewer than asked for when there are no more that are free.

    Raises:
        BadInput: when the facility or vaccine is not there, or nothing is asked for.
    """
    await places.check_facility(tx, facility)
    await lots.vaccine(tx, vaccine)
    if doses < 1:
        raise BadInput("doses", f"{doses} cannot be taken", "write how many are wanted, 1 or more")
    found = []
    left = doses
    for shelf in await shelves(tx, facility, vaccine, at):
        if left == 0:
            break
        found.append(Draw(shelf, min(left, shelf.free)))
        left -= found[-1].doses
    return found


async def issue(tx: Tx, new: NewMovement, by: By) -> Movement:
    """Enter that doses are issued; where another lot expires first, `remark` says why that one stayed.

    Raises:
        BadInput: when they may not be issued, or nobody says why not the one that expires first.
    """
    if new.reason is not Reason.ISSUED or new.source is None:
        raise BadInput("reason", f"{new.reason!s} from {new.source} is no issue", "issue from a compartment")
    await audit.begin(tx)
    its = await lots.lot(tx, new.lot)
    facility = await places.facility_of(tx, new.source, "source")
    first = next((shelf for shelf in await shelves(tx, facility, its.vaccine, new.at)), None)
    is_passed_over = first is not None and first.expires_on < its.expires_on
    if first is not None and is_passed_over and not new.remark.strip():
        wrong = f"{first.lot} in {first.place} expires first, on {first.expires_on}"
        raise BadInput("remark", wrong, "take it, or say why it stays")
    passed = first.lot if first is not None and is_passed_over else None
    return await lots.move(tx, _with(new, passed_over=passed), by)


async def out_of_order(tx: Tx, scope: Scope, asked: Asked) -> Page[Movement]:
    """Issues that passed over a lot which expired first, the newest first, with the reason in `remark`."""
    row = tables.Movement
    query = select(row).where(row.passed_over.is_not(None), row.withdrawn_at.is_(None), _from(scope))
    return await page(tx, query, (row.at, row.id), asked, Movement, descending=True)


async def shelves(tx: Tx, facility: str, vaccine: str, at: int) -> list[Shelf]:
    """What of a vaccine could be issued at a facility, the first to expire first: not expired, not held, not waiting.

    What came only after `at` was not there to be taken.
    """
    stay, lot = tables.Stay, tables.Lot
    room, its = tables.Compartment, places.compartments_of([facility])
    query = select(
        stay.lot, lot.number, lot.maker, lot.expires_on, stay.compartment, room.equipment, room.name, stay.doses
    )
    query = query.join(lot, lot.id == stay.lot).join(room, room.id == stay.compartment)
    query = query.where(stay.compartment.in_(its), stay.start <= at, stay.end == FOREVER)
    query = query.where(lot.vaccine == vaccine)
    query = query.where(lot.expires_on >= days.day_of(at)).order_by(lot.expires_on, lot.id, stay.compartment)
    rows = list(await tx.execute(query))
    bound = await waiting.bound(tx, {row.compartment for row in rows})
    somewhere = await waiting.held_somewhere(tx, facility)
    found = []
    for row in rows:
        free = row.doses - bound.get((row.lot, row.compartment), 0)
        elsewhere = min(max(free, 0), somewhere.get(row.lot, 0))  # held at the facility, so perhaps these
        somewhere[row.lot] = somewhere.get(row.lot, 0) - elsewhere
        if free - elsewhere > 0:
            place = f"{row.equipment}/{row.name}"
            found.append(
                Shelf(row.lot, row.number, row.maker, row.expires_on, row.compartment, place, free - elsewhere)
            )
    return found


def _with(new: NewMovement, passed_over: str | None) -> NewMovement:
    return NewMovement(**{name: getattr(new, name) for name in new.__struct_fields__} | {"passed_over": passed_over})


def _from(scope: Scope) -> ColumnElement[bool]:
    """Asked of each of the few that passed something over, not the other way round: a county has a million movements."""
    if scope is None:
        return true()
    room, row = tables.Compartment.id, tables.Movement
    return places.compartments_of(scope).where(or_(room == row.source, room == row.target)).exists()
