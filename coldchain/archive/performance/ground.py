"""Which channels tell of which equipment, from when to when: what the ledger builds machines' days from."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from coldchain.archive.db import Tx
from coldchain.archive.tables import Assignment, Channel, Compartment, Equipment
from coldchain.exposure import GAP_INTERVALS
from coldchain.profile import Profile, profile_of
from coldchain.reading import Quantity

HOUR_MS: Final = 3_600_000
VACCINE: Final = "vaccine"
ROOM: Final = "ambient"  # the profile of what measures the room
TOLD_BY: Final = (Quantity.TEMPERATURE, Quantity.DOOR, Quantity.POWER, Quantity.COMPRESSOR)


@dataclass(frozen=True, slots=True)
class Line:
    """From–to (None: still) a channel tells of a piece of equipment, or of one of its compartments."""

    channel: str
    quantity: Quantity
    compartment: int | None
    profile: Profile | None
    is_vaccine: bool
    start: int
    end: int | None
    gap_ms: int

    def within(self, start: int, end: int) -> tuple[int, int] | None:
        """The part of [start, end) in which it tells; None: none of it."""
        first, last = max(start, self.start), end if self.end is None else min(end, self.end)
        return (first, last) if first < last else None

    @property
    def is_room(self) -> bool:
        """True for a thermometer beside the equipment."""
        in_no_compartment = self.compartment is None or (self.profile is not None and self.profile.name == ROOM)
        return self.quantity is Quantity.TEMPERATURE and in_no_compartment


@dataclass(frozen=True, slots=True)
class Machine:
    """A piece of equipment, what it claims, and all that ever told of it."""

    code: str
    catalogue_ms: int | None
    lines: tuple[Line, ...]

    @property
    def rooms(self) -> set[int]:
        """The compartments in which any of them ever measured."""
        return {line.compartment for line in self.lines if line.compartment is not None}

    def telling(self, quantity: Quantity) -> list[Line]:
        """The lines of a quantity; of temperatures those in vaccine compartments."""
        its = [line for line in self.lines if line.quantity is quantity]
        return [line for line in its if line.is_vaccine] if quantity is Quantity.TEMPERATURE else its


async def machines_of(tx: Tx, channels: Collection[str]) -> list[Machine]:
    """The equipment on which any of these channels ever hung."""
    query = select(Assignment.equipment).where(Assignment.channel.in_(channels)).distinct()
    codes = sorted(await tx.scalars(query))
    claimed = select(Equipment.code, Equipment.holdover_h_catalogue).where(Equipment.code.in_(codes))
    claims = {row.code: _ms(row.holdover_h_catalogue) for row in await tx.execute(claimed)}
    lines: dict[str, list[Line]] = {code: [] for code in codes}
    told = [quantity.value for quantity in TOLD_BY]
    rows = await tx.execute(
        select(Assignment, Channel.quantity, Compartment.profile, Compartment.purpose)
        .join(Channel, Channel.name == Assignment.channel)
        .outerjoin(Compartment, Compartment.id == Assignment.compartment)
        .where(Assignment.equipment.in_(codes), Channel.quantity.in_(told))
        .order_by(Assignment.channel, Assignment.start)
    )
    for row, quantity, profile, purpose in rows:
        lines[row.equipment].append(_line(row, quantity, profile, purpose))
    return [Machine(code, claims[code], tuple(lines[code])) for code in codes]


def _line(row: Assignment, quantity: str, profile: str | None, purpose: str | None) -> Line:
    return Line(
        row.channel,
        Quantity(quantity),
        row.compartment,
        None if profile is None else profile_of(profile),
        purpose == VACCINE,
        row.start,
        row.end,
        GAP_INTERVALS * 1000 * row.interval_s,
    )


def _ms(hours: float | None) -> int | None:
    return None if hours is None else round(hours * HOUR_MS)
