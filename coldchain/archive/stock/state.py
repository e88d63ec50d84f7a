"""A lot in hand: how many of its doses lie where, and why some of them may not be used.

scanned lot ─► stays of now ─► of them held, waiting for papers, kept for another ─► free, none when it is expired
"""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.stock import days, listing, waiting
from coldchain.archive.stock.words import Lot
from coldchain.archive.views import Scope


@dataclass(frozen=True, slots=True)
class Lying:
    """Doses of a lot in a compartment now; those that are not `free` are told apart as far as they are."""

    facility: str
    equipment: str
    name: str
    doses: int
    held: int
    waiting: int
    kept: int
    free: int


@dataclass(frozen=True, slots=True)
class State:
    """A lot as far as a scope sees it; `held_somewhere` are doses at its facilities under hold, nobody knows where."""

    lot: Lot
    is_expired: bool
    lying: tuple[Lying, ...]
    held_somewhere: int


async def state(tx: Tx, lot: Lot, scope: Scope, at: int) -> State:
    """Where doses of it lie at this moment, and how many of them may be used."""
    card = await listing.card(tx, lot.id, scope)
    held = await _held(tx, lot.id)
    is_expired = days.is_over(lot.expires_on, at)
    lying = []
    for each in card.there:
        waits = await waiting.waiting_doses(tx, lot.id, each.compartment)
        kept = await waiting.kept_doses(tx, lot.id, each.compartment)
        under = held[each.facility, each.compartment]
        free = 0 if is_expired else max(each.doses - under - waits - kept, 0)
        lying.append(Lying(each.facility, each.equipment, each.name, each.doses, under, waits, kept, free))
    somewhere = sum(held[facility, None] for facility in {each.facility for each in lying})
    return State(card.lot, is_expired, tuple(lying), somewhere)


async def _held(tx: Tx, lot: str) -> dict[tuple[str, int | None], int]:
    row = tables.Hold
    query = select(row.facility, row.compartment, func.sum(row.doses)).where(row.lot == lot, row.lifted_at.is_(None))
    found: dict[tuple[str, int | None], int] = defaultdict(int)
    for facility, compartment, doses in await tx.execute(query.group_by(row.facility, row.compartment)):
        found[facility, compartment] = int(doses)
    return found
