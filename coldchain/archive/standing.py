"""What stands and hangs where at a moment, in the few columns that a watch needs: it looks every few seconds at a whole county.

Pages, which show far more of far less, read `views.site`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import and_, or_, select

from coldchain.archive.db import Tx
from coldchain.archive.tables import Assignment, Compartment, Equipment, Facility


class Piece(NamedTuple):
    """A piece of equipment that is not scrapped."""

    code: str
    facility: str
    type: str
    status: str


class Room(NamedTuple):
    """A compartment."""

    id: int
    profile: str
    purpose: str


class Hanging(NamedTuple):
    """A channel where it measures now; `start` is ms UTC."""

    channel: str
    equipment: str
    compartment: int | None
    start: int
    interval_s: int


@dataclass(frozen=True, slots=True)
class Standing:
    """All of it at one moment, by code, by id, and by channel."""

    pieces: Sequence[Piece]
    rooms: Sequence[Room]
    hanging: Sequence[Hanging]


async def standing(tx: Tx, at: int) -> Standing:
    """What stands somewhere, and the assignments in force at this time (ms UTC)."""
    pieces = select(Equipment.code, Equipment.facility, Equipment.type, Equipment.status)
    pieces = pieces.where(Equipment.status != "scrapped").order_by(Equipment.code)
    rooms = select(Compartment.id, Compartment.profile, Compartment.purpose).order_by(Compartment.id)
    hanging = select(
        Assignment.channel, Assignment.equipment, Assignment.compartment, Assignment.start, Assignment.interval_s
    ).where(and_(Assignment.start <= at, or_(Assignment.end.is_(None), Assignment.end > at)))
    return Standing(
        [Piece(*row) for row in await tx.execute(pieces)],
        [Room(*row) for row in await tx.execute(rooms)],
        [Hanging(*row) for row in await tx.execute(hanging.order_by(Assignment.channel))],
    )


async def feeders(tx: Tx) -> dict[str, str]:
    """The power line of each facility, by its code; empty where nobody has said."""
    rows = await tx.execute(select(Facility.code, Facility.feeder))
    return dict(rows.all())
