"""Where doses are that an excursion names: still in their place, or gone on before anybody knew that they must be held.

so many, of this lot, here, since then ─► still here ─┬─► pieces, each a hold's place
                                          gone on ────┘   (… or out of our sight)

Doses of a lot are alike: of those that left, the earliest are taken for the exposed ones, and of those that stand where
they came, as many as may be. A hold follows them wherever the archive sees a compartment, across facilities and county
lines: exposed doses are no better for having been sent on.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.disposition.levels import facility_of, levels_in, levels_in_each, places_at
from coldchain.archive.disposition.portions import held_by
from coldchain.archive.disposition.words import Lifted


@dataclass(frozen=True, slots=True)
class Named:
    """Doses that an excursion names: at a facility, in a compartment of it if that is known, right after `since`."""

    excursion: str
    lot: str
    facility: str
    compartment: int | None
    doses: int
    since: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of them, and where they are: `movement` brought them there, or (`is_gone`) out of our sight."""

    doses: int
    facility: str
    compartment: int | None
    movement: int | None = None
    came_at: int | None = None
    is_gone: bool = False


async def pieces_of(tx: Tx, named: Named, at: int) -> list[Piece]:
    """All of them, as the books say it at `at`."""
    places = await places_of(tx, named.facility, named.compartment)
    still = await still_there(tx, named, at)
    here = [Piece(still, named.facility, named.compartment)] if still else []
    if still == named.doses:
        return here
    return here + await _gone_on(tx, named, places, named.doses - still, at)


async def all_here(tx: Tx, named: Sequence[Named], at: int) -> set[tuple[str, str]]:
    """Of doses in a compartment that is known, none of which is held there yet by their excursion, those that are all there.

    By (excursion, lot). The few questions of `still_there`, for all of them; of the others `pieces_of` says where they are.
    """
    lots = {each.lot for each in named}
    rooms = {each.compartment for each in named if each.compartment is not None}
    brought = await _brought(tx, lots, rooms)
    levels = await levels_in_each(tx, lots, rooms)
    return {
        (each.excursion, each.lot)
        for each in named
        if each.compartment is not None
        and levels[each.lot, each.compartment].least(at) - held_by(brought[each.lot, each.compartment]) >= each.doses
    }


async def _brought(tx: Tx, lots: Iterable[str], rooms: Iterable[int]) -> dict[tuple[str, int], list[tables.Hold]]:
    """What is held by lot and compartment of doses that a movement brought: other portions than what always stood there."""
    hold = tables.Hold
    query = select(hold).where(hold.lot.in_(lots), hold.compartment.in_(rooms), hold.lifted_at.is_(None))
    found: dict[tuple[str, int], list[tables.Hold]] = defaultdict(list)
    for row in await tx.scalars(query.where(hold.movement.is_not(None))):
        if row.compartment is not None:
            found[row.lot, row.compartment].append(row)
    return found


async def still_there(tx: Tx, named: Named, at: int) -> int:
    """How many of them may be where they were, from `at` on."""
    places = await places_of(tx, named.facility, named.compartment)
    return min(named.doses, await _room(tx, named, places, None, at))


async def places_of(tx: Tx, facility: str, compartment: int | None) -> frozenset[int]:
    """The compartments in which a hold may lie."""
    return await places_at(tx, facility) if compartment is None else frozenset({compartment})


async def in_force(tx: Tx, lot: str, facility: str, compartment: int | None = None) -> list[tables.Hold]:
    """Holds on a lot at a facility; with a compartment, those on what is known to lie in it."""
    hold = tables.Hold
    query = select(hold).where(hold.lot == lot, hold.facility == facility, hold.lifted_at.is_(None)).order_by(hold.id)
    query = query if compartment is None else query.where(hold.compartment == compartment)
    return list(await tx.scalars(query.execution_options(populate_existing=True)))


async def _gone_on(tx: Tx, named: Named, places: frozenset[int], doses: int, at: int) -> list[Piece]:
    """Movement by movement, until all are found or no movement tells."""
    found: list[Piece] = []
    spent = await _accounted(tx, named)  # doses of a movement that are found, by this question or one before it
    taken: dict[int, int] = defaultdict(int)  # doses found in a compartment
    waiting = deque([(places, named.since + 1, doses)])
    while waiting:
        places, since, doses = waiting.popleft()
        for out in await _out_of(tx, named.lot, places, since, at):
            before = max(out.held, spent[out.id])  # what was isolated is held where it was put
            went = max(0, min(doses, out.doses - before))
            spent[out.id] = before + went
            doses -= went
            if went and out.target is None:
                found.append(await _gone(tx, named, went, out))
            elif went and out.target is not None:
                room = await _room(tx, named, frozenset({out.target}), out.id, at) - taken[out.target]
                there = max(0, min(went, room))
                taken[out.target] += there
                if there:
                    facility = await facility_of(tx, out.target)
                    found.append(Piece(there, facility, out.target, out.id, out.at))
                if went > there:
                    waiting.append((frozenset({out.target}), out.at, went - there))
        if doses:
            found.append(Piece(doses, named.facility, named.compartment, is_gone=True))
    return found


async def _accounted(tx: Tx, named: Named) -> dict[int, int]:
    """Of how many doses this excursion's holds say that a movement took them, in force or gone."""
    hold, doses = tables.Hold, func.sum(tables.Hold.doses)
    query = select(hold.movement, doses).where(hold.excursion == named.excursion, hold.lot == named.lot)
    query = query.where(hold.movement.is_not(None), hold.lifted_at.is_(None) | (hold.lifted_why == Lifted.GONE.value))
    found = await tx.execute(query.group_by(hold.movement))
    return defaultdict(int, {row[0]: row[1] for row in found if row[0] is not None})


async def _gone(tx: Tx, named: Named, doses: int, out: tables.Movement) -> Piece:
    facility = named.facility if out.source is None else await facility_of(tx, out.source)
    return Piece(doses, facility, out.source, out.id, out.at, is_gone=True)


async def _out_of(tx: Tx, lot: str, places: frozenset[int], since: int, until: int) -> list[tables.Movement]:
    movement = tables.Movement
    query = select(movement).where(movement.lot == lot, movement.source.in_(places), movement.at >= since)
    query = query.where(movement.at <= until, movement.withdrawn_at.is_(None)).order_by(movement.at, movement.id)
    return [row for row in await tx.scalars(query) if row.target not in places]


async def _room(tx: Tx, named: Named, places: frozenset[int], movement: int | None, at: int) -> int:
    """How many doses in these places this excursion may hold beside those that it and other portions hold there.

    What other excursions hold of the same portion are the same doses.
    """
    hold = tables.Hold
    query = select(hold).where(hold.lot == named.lot, hold.lifted_at.is_(None))
    is_anywhere = named.compartment is None and movement is None
    query = query.where(hold.facility == named.facility if is_anywhere else hold.compartment.in_(places))
    rows = list(await tx.scalars(query))
    others = [row for row in rows if row.excursion == named.excursion or row.movement != movement]
    least = (await levels_in(tx, named.lot, places)).least(at)
    return max(0, least - held_by(others))
