"""Stays kept ready: which lots are in a compartment is asked a thousand times a day, and a store saw 20,000 of them.

    lots.move, lots.withdraw ─► follow: the stays of that lot there, written anew from all its movements
    inside(places, start, end) ─► which lots by the kept stays ─► their movements there ─► stays with their levels

Never incremented: whatever was wrong in the table before, `follow` leaves what the movements say.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, CompoundSelect, and_, delete, func, or_, select, union_all

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.rows import in_batches, record_of
from coldchain.archive.stock.staying import Inside, Moved, Span, Stay, Step, levels_of, split, stays_of, steps_of
from coldchain.archive.stock.words import Lot

FOREVER: Final = 2**62  # the end of a stay that goes on

_MOVED = (
    tables.Movement.lot,
    tables.Movement.at,
    tables.Movement.source,
    tables.Movement.target,
    tables.Movement.doses,
    tables.Movement.withdrawn_at,
)


async def levels_in(tx: Tx, lot_id: str, compartment: int) -> list[Step]:
    """How many doses of a lot were in a compartment from when on."""
    movement = tables.Movement
    counts = and_(movement.lot == lot_id, movement.withdrawn_at.is_(None))
    ends = or_(movement.source == compartment, movement.target == compartment)
    rows = await tx.execute(select(movement.at, movement.target, movement.doses).where(counts, ends))
    return levels_of((row.at, row.doses if row.target == compartment else -row.doses) for row in rows)


async def level_at(tx: Tx, lot_id: str, compartment: int, at: int) -> int:
    """How many there were at a moment."""
    return max((level for level in await levels_in(tx, lot_id, compartment) if level[0] <= at), default=(at, 0))[1]


async def follow(tx: Tx, lot_id: str, compartments: Iterable[int | None]) -> None:
    """Write the stays of a lot in these compartments anew."""
    for compartment in {place for place in compartments if place is not None}:
        there = select(tables.Stay).where(tables.Stay.lot == lot_id, tables.Stay.compartment == compartment)
        kept = list(await tx.scalars(there.order_by(tables.Stay.start, tables.Stay.id)))
        wanted = [_values(stay) for stay in split((lot_id, compartment), await levels_in(tx, lot_id, compartment))]
        for row, values in zip(kept, wanted, strict=False):
            for name, value in values.items():
                setattr(row, name, value)
        tx.add_all(tables.Stay(**values) for values in wanted[len(kept) :])
        for row in kept[len(wanted) :]:
            await tx.delete(row)
        await tx.flush()


async def rebuild(tx: Tx, lot_id: str) -> None:
    """Write all stays of a lot anew: for who put its movements in otherwise than by `lots.move`."""
    await tx.execute(delete(tables.Stay).where(tables.Stay.lot == lot_id))
    rows = await tx.execute(select(*_MOVED).where(tables.Movement.lot == lot_id))
    for place, steps in steps_of(_moved(rows)).items():
        tx.add_all(tables.Stay(**_values(stay)) for stay in split(place, levels_of(steps)))
    await tx.flush()


async def of_lot(tx: Tx, lot_id: str) -> list[Stay]:
    """Where the doses of a lot were, in the order in which they came there."""
    return stays_of(_moved(await tx.execute(select(*_MOVED).where(tables.Movement.lot == lot_id))))


async def inside(tx: Tx, places: Collection[int], start: int, end: int) -> list[Inside]:
    """The lots of which doses were in one of these compartments at some moment of [start, end), by id."""
    stays, its = await _touching(tx, places, start, end)
    return _inside(stays, its, start, end)


async def inside_each(tx: Tx, windows: Mapping[int, tuple[int, int]]) -> dict[int, list[Inside]]:
    """`inside` of each of these compartments by itself, in its own [start, end); as few questions for many as for one."""
    if not windows:
        return {}
    first, last = min(start for start, _ in windows.values()), max(end for _, end in windows.values())
    stays, its = await _touching(tx, windows.keys(), first, last)
    by_place: dict[int, list[Stay]] = defaultdict(list)
    for stay in stays:
        if stay.touches(*windows[stay.compartment]):
            by_place[stay.compartment].append(stay)
    return {place: _inside(by_place[place], its, *window) for place, window in windows.items()}


async def _touching(tx: Tx, places: Collection[int], start: int, end: int) -> tuple[list[Stay], dict[str, Lot]]:
    """The stays in these compartments with a moment in [start, end), in time, and their lots."""
    if not places:
        return [], {}
    there = and_(tables.Stay.compartment.in_(places), tables.Stay.end > start, tables.Stay.start < end)
    steps: dict[tuple[str, int, int], list[Step]] = defaultdict(list)
    for lot, compartment, since, at, doses in await tx.execute(_steps(there)):
        steps[lot, compartment, since].append((at, doses))
    columns = [getattr(tables.Lot, name) for name in Lot.__struct_fields__]
    rows = await tx.execute(select(*columns).where(tables.Lot.id.in_(select(tables.Stay.lot).where(there))))
    keys = sorted(steps, key=lambda key: (key[2], key[0], key[1]))
    stays = [stay for key in keys for stay in split(key[:2], levels_of(steps[key]))]
    return stays, {row.id: record_of(row, Lot) for row in rows}


def _inside(stays: Iterable[Stay], its: Mapping[str, Lot], start: int, end: int) -> list[Inside]:
    found: dict[str, list[Stay]] = defaultdict(list)
    for stay in stays:
        found[stay.lot].append(stay)
    return [
        Inside(its[lot], tuple(stays), sum(stay.doses_within(start, end) for stay in stays))
        for lot, stays in sorted(found.items())
    ]


async def spans_of_vaccines(
    tx: Tx, vaccines: Collection[str], compartments: Iterable[int]
) -> dict[tuple[str, int], list[Span]]:
    """By vaccine and compartment when doses were there, in time and apart, however many lots followed; no key = never."""
    stay, lot = tables.Stay, tables.Lot
    query = select(lot.vaccine, stay.compartment, stay.start, stay.end).join(lot, lot.id == stay.lot)
    query = query.where(lot.vaccine.in_(vaccines)).order_by(stay.start)
    found: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for some in in_batches(compartments):
        for vaccine, compartment, start, end in await tx.execute(query.where(stay.compartment.in_(some))):
            its = found.setdefault((vaccine, compartment), [])
            if its and start <= its[-1][1]:
                its[-1] = (its[-1][0], max(end, its[-1][1]))
            else:
                its.append((start, end))
    return {key: [(start, None if end == FOREVER else end) for start, end in its] for key, its in found.items()}


async def first_in_each(tx: Tx, compartments: Iterable[int]) -> dict[int, int]:
    """When doses first came to each of these compartments; those in which there never were any have no key."""
    stay, found = tables.Stay, dict[int, int]()
    for some in in_batches(compartments):
        query = select(stay.compartment, func.min(stay.start)).where(stay.compartment.in_(some))
        found |= {row[0]: row[1] for row in await tx.execute(query.group_by(stay.compartment))}
    return found


def _steps(there: ColumnElement[bool]) -> CompoundSelect[str, int, int, int, int]:
    """What came and what went in the course of each of these stays: its own movements, and no others."""
    stay, movement = tables.Stay, tables.Movement
    course = and_(
        movement.lot == stay.lot, movement.at >= stay.start, movement.at <= stay.end, movement.withdrawn_at.is_(None)
    )
    came = select(stay.lot, stay.compartment, stay.start, movement.at, movement.doses)
    went = select(stay.lot, stay.compartment, stay.start, movement.at, -movement.doses)
    return union_all(
        came.join(movement, and_(movement.target == stay.compartment, course)).where(there),
        went.join(movement, and_(movement.source == stay.compartment, course)).where(there),
    )


def _moved(rows: object) -> Sequence[Moved]:
    """Rows have the columns that make them such."""
    return list(cast("Iterable[Moved]", rows))


def _values(stay: Stay) -> dict[str, Any]:
    return {
        "lot": stay.lot,
        "compartment": stay.compartment,
        "start": stay.start,
        "end": FOREVER if stay.end is None else stay.end,
        "doses": 0 if stay.end is not None else stay.levels[-1][1],
    }
