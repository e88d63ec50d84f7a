"""A lot in hand: how many of its doses lie where, and why some of them may not be used.

scanned lot ─► stays of now ─► of them held, waiting, kept for another, unusable ─► free, none when it is expired
"""

from dataclasses import dataclass

from coldchain.archive.db import Tx
from coldchain.archive.stock import apart, days, listing, waiting
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
    unusable: int = 0


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
    bound = await waiting.bound(tx, {each.compartment for each in card.there})
    is_expired = days.is_over(lot.expires_on, at)
    lying = []
    for each in card.there:
        waits = await waiting.waiting_doses(tx, lot.id, each.compartment)
        kept = await waiting.kept_doses(tx, lot.id, each.compartment)
        ruined = sum(doses for _, doses in await apart.since(tx, lot.id, each.compartment))
        all_bound = bound.get((lot.id, each.compartment), 0)
        under = all_bound - waits - kept - ruined
        free = 0 if is_expired else max(each.doses - all_bound, 0)
        lying.append(Lying(each.facility, each.equipment, each.name, each.doses, under, waits, kept, free, ruined))
    facilities = {each.facility for each in lying}
    somewhere = sum([(await waiting.held_somewhere(tx, facility)).get(lot.id, 0) for facility in sorted(facilities)])
    return State(card.lot, is_expired, tuple(lying), somewhere)
