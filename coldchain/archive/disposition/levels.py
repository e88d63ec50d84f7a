"""How many doses of a lot the books say were in a compartment, or at a facility, from when on.

movements ─► levels ─► what is there to hold, and what may leave; before: tracing, holds
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate, groupby

from sqlalchemy import or_, select

from coldchain.archive import tables
from coldchain.archive.db import Tx


@dataclass(frozen=True, slots=True)
class Levels:
    """Doses from when on, in time; before the first there were none."""

    steps: tuple[tuple[int, int], ...]

    def since(self, start: int) -> list[tuple[int, int]]:
        """From when on how many, from `start` on: what there was then comes first."""
        there = [level for level in self.steps if level[0] <= start]
        return [(start, there[-1][1] if there else 0), *(level for level in self.steps if level[0] > start)]

    def least(self, start: int) -> int:
        """The fewest at any moment from `start` on."""
        return min(doses for _, doses in self.since(start))


def levels_of(steps: Iterable[tuple[int, int]]) -> Levels:
    """Levels out of (when, doses more or fewer); steps of one instant count as one. Pure."""
    changes = [(at, sum(step for _, step in its)) for at, its in groupby(sorted(steps), key=lambda step: step[0])]
    totals = accumulate(change for _, change in changes)
    return Levels(tuple((at, total) for (at, _), total in zip(changes, totals, strict=True)))


async def levels_in(tx: Tx, lot: str, places: frozenset[int], *, without: int | None = None) -> Levels:
    """Of a lot in these compartments together; `without` is a movement that is about to count no more."""
    movement = tables.Movement
    query = select(movement).where(movement.lot == lot, movement.withdrawn_at.is_(None))
    query = query.where(or_(movement.source.in_(places), movement.target.in_(places)))
    found = [row for row in await tx.scalars(query) if row.id != without]
    return levels_of((row.at, row.doses * ((row.target in places) - (row.source in places))) for row in found)


async def levels_in_each(tx: Tx, lots: Iterable[str], rooms: Iterable[int]) -> Mapping[tuple[str, int], Levels]:
    """Of each of these lots in each of these compartments by itself; where it never was there are no levels."""
    movement, rooms = tables.Movement, set(rooms)
    query = select(movement.lot, movement.source, movement.target, movement.at, movement.doses)
    query = query.where(movement.lot.in_(lots), movement.withdrawn_at.is_(None))
    query = query.where(or_(movement.source.in_(rooms), movement.target.in_(rooms)))
    steps: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    for lot, source, target, at, doses in await tx.execute(query):
        for room, step in ((source, -doses), (target, doses)):
            if room in rooms:
                steps[lot, room].append((at, step))
    return defaultdict(lambda: Levels(()), {place: levels_of(its) for place, its in steps.items()})


async def places_at(tx: Tx, facility: str) -> frozenset[int]:
    """The compartments of the equipment that stands at a facility."""
    query = select(tables.Compartment.id).join(tables.Equipment, tables.Equipment.code == tables.Compartment.equipment)
    return frozenset(await tx.scalars(query.where(tables.Equipment.facility == facility)))


async def facility_of(tx: Tx, compartment: int) -> str:
    """The facility at which the equipment of a compartment stands."""
    query = select(tables.Equipment.facility).join(
        tables.Compartment, tables.Compartment.equipment == tables.Equipment.code
    )
    return (await tx.scalars(query.where(tables.Compartment.id == compartment))).one()
