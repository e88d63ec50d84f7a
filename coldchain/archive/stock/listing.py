"""Lots in lists: which there are, how many doses of each are left where, and which of them may not be used."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select, true

from coldchain.archive import locking, lots, tables
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.stock import places, waiting
from coldchain.archive.stock.presence import FOREVER
from coldchain.archive.stock.words import Lot
from coldchain.archive.views import Scope


@dataclass(frozen=True, slots=True)
class Wish:
    """Which lots; None is any. `is_here`: doses of it are there now; `expires_before` a day."""

    scope: Scope
    vaccine: str | None = None
    number: str | None = None
    expires_before: str | None = None
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class There:
    """Doses of a lot in a compartment now; `bound` of them wait for papers, are kept for another, or are under hold."""

    facility: str
    equipment: str
    compartment: int
    name: str
    doses: int
    bound: int


@dataclass(frozen=True, slots=True)
class Card:
    """A lot, the tag of its state, and where its doses are."""

    lot: Lot
    tag: str
    there: tuple[There, ...]


async def listed(tx: Tx, wish: Wish, asked: Asked) -> Page[Lot]:
    """Lots by id; in a scope, those of which doses ever were there."""
    row = tables.Lot
    query = select(row).where(*_there(wish))
    if wish.vaccine is not None:
        query = query.where(row.vaccine == wish.vaccine)
    if wish.number is not None:
        query = query.where(row.number == wish.number)
    if wish.expires_before is not None:
        query = query.where(row.expires_on < wish.expires_before)
    return await page(tx, query, (row.id,), asked, Lot)


async def doses_of(tx: Tx, wanted: Collection[str], scope: Scope) -> dict[str, int]:
    """How many doses of these lots are in the compartments of a scope now."""
    stay = tables.Stay
    query = select(stay.lot, func.sum(stay.doses)).where(stay.lot.in_(wanted), stay.end == FOREVER)
    if scope is not None:
        query = query.where(stay.compartment.in_(places.compartments_of(scope)))
    return {lot: int(doses) for lot, doses in await tx.execute(query.group_by(stay.lot))}


async def card(tx: Tx, lot: str, scope: Scope) -> Card:
    """One lot with where its doses are, as far as a scope sees.

    Raises:
        BadInput: when there is none of that id.
    """
    its = await lots.lot(tx, lot)
    stay, room, stands = tables.Stay, tables.Compartment, tables.Equipment
    query = select(stands.facility, room.equipment, stay.compartment, room.name, stay.doses)
    query = query.join(room, room.id == stay.compartment).join(stands, stands.code == room.equipment)
    query = query.where(stay.lot == lot, stay.end == FOREVER).order_by(stands.facility, stay.compartment)
    rows = [row for row in await tx.execute(query) if places.is_seen(scope, row.facility)]
    bound = await waiting.bound(tx, {row.compartment for row in rows})
    there = tuple(There(*row, min(row.doses, bound.get((lot, row.compartment), 0))) for row in rows)
    return Card(its, locking.tag_of(await tx.get_one(tables.Lot, lot)), there)


async def is_seen(tx: Tx, lot: str, scope: Scope) -> bool:
    """True when doses of it ever were in scope, or nothing is out of it."""
    if scope is None:
        return True
    stay = tables.Stay
    query = select(stay.id).where(stay.lot == lot, stay.compartment.in_(places.compartments_of(scope)))
    return await tx.scalar(query.limit(1)) is not None


async def is_only_in(tx: Tx, lot: str, scope: Scope) -> bool:
    """True when no dose of it ever was out of scope."""
    if scope is None:
        return True
    stay = tables.Stay
    query = select(stay.id).where(stay.lot == lot, stay.compartment.not_in(places.compartments_of(scope)))
    return await tx.scalar(query.limit(1)) is None


def _there(wish: Wish) -> list[ColumnElement[bool]]:
    """What is there now is few and looked up whole; what ever was is many, and each lot of the page is asked."""
    stay = tables.Stay
    if wish.scope is None and not wish.is_here:
        return []
    mine = true() if wish.scope is None else stay.compartment.in_(places.compartments_of(wish.scope))
    if wish.is_here:
        return [tables.Lot.id.in_(select(stay.lot).where(mine, stay.end == FOREVER))]
    return [exists().where(stay.lot == tables.Lot.id, mine)]
