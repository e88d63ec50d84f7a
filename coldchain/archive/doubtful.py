"""Whose readings a change makes doubtful: the channels that ever measured there, each for as long as it did.

a choice of rules, an occasion, a compartment's profile …  ─►  channels(tx, where, start, end)  ─►  change journal
"""

from typing import Final

from sqlalchemy import ColumnElement, or_, select

from coldchain.archive.changes import Touched
from coldchain.archive.db import Tx
from coldchain.archive.tables import Assignment, Channel, Equipment, Facility, Lot, Movement
from coldchain.reading import Quantity

EVER: Final = -(2**62)  # before any reading
AROUND_MS: Final = 2 * 3_600_000  # how far beyond an occasion's ends a policy may let it explain something


async def channels(
    tx: Tx, where: ColumnElement[bool], start: int, end: int | None, quantity: Quantity | None = None
) -> list[Touched]:
    """The channels assigned `where` at some time of [start, end), of one quantity or of all."""
    query = select(Assignment.channel, Assignment.start, Assignment.end).where(where)
    query = query.where(or_(Assignment.end.is_(None), Assignment.end > start))
    if end is not None:
        query = query.where(Assignment.start < end)
    if quantity is not None:
        query = query.join(Channel, Channel.name == Assignment.channel).where(Channel.quantity == quantity.value)
    rows = await tx.execute(query.order_by(Assignment.channel, Assignment.start))
    return [Touched(max(start, row.start), earlier(end, row.end), channel=row.channel) for row in rows]


async def around(tx: Tx, where: ColumnElement[bool], start: int, end: int) -> list[Touched]:
    """The temperatures that something from `start` to `end` may explain."""
    return await channels(tx, where, start - AROUND_MS, end + AROUND_MS, Quantity.TEMPERATURE)


def at_facility(code: str) -> ColumnElement[bool]:
    """Assigned to equipment that stands there."""
    return Assignment.equipment.in_(select(Equipment.code).where(Equipment.facility == code))


def on_feeder(feeder: str) -> ColumnElement[bool]:
    """Assigned to equipment of a facility that hangs on this feeder."""
    facilities = select(Facility.code).where(Facility.feeder == feeder)
    return Assignment.equipment.in_(select(Equipment.code).where(Equipment.facility.in_(facilities)))


def with_vaccine(vaccine: str) -> ColumnElement[bool]:
    """Assigned to a compartment into which doses of this vaccine ever came."""
    lots = select(Lot.id).where(Lot.vaccine == vaccine)
    return Assignment.compartment.in_(select(Movement.target).where(Movement.lot.in_(lots)))


def earlier(one: int | None, other: int | None) -> int | None:
    """The earlier of two ends; None is never."""
    return other if one is None else one if other is None else min(one, other)
