"""Doses that stand in a compartment and may not be used yet, beside those under hold: papers missing, or another's.

    receipt.state = waiting ─┐
                             ├─► what issue, return, move, count and withdrawals must leave alone, since they came
    custody not returned ────┘

Apart from `receiving` and `custody` so that `holds` and `lots` can ask without knowing them.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Select, select

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition.portions import held_by
from coldchain.archive.stock import apart
from coldchain.archive.stock.presence import levels_in
from coldchain.archive.stock.staying import Step, least_of

WAITING = "waiting"
Place = tuple[str, int]  # (lot, compartment)


async def waiting_doses(tx: Tx, lot: str, compartment: int) -> int:
    """How many doses of a lot wait there for the papers of their delivery."""
    return sum(doses for _, doses in await waiting_since(tx, lot, compartment))


async def waiting_since(tx: Tx, lot: str, compartment: int) -> list[Step]:
    """… and since when: before they came they bound nothing."""
    line = tables.ReceiptLine
    came = tables.Movement
    query = _waiting().where(line.lot == lot, line.compartment == compartment)
    query = query.join(came, came.id == line.movement)  # what a file brought in was there only later
    rows = await tx.execute(query.with_only_columns(tables.Receipt.at, came.at, line.doses))
    return [(max(at, there), doses) for at, there, doses in rows]


async def kept_doses(tx: Tx, lot: str, compartment: int, *, but: int | None = None) -> int:
    """How many doses of a lot are kept there for another facility; `but` one agreement."""
    return sum(doses for _, doses in await kept_since(tx, lot, compartment, but=but))


async def kept_since(tx: Tx, lot: str, compartment: int, *, but: int | None = None) -> list[Step]:
    """… and since when."""
    row = tables.Custody
    query = select(row.start, row.doses).where(row.lot == lot, row.target == compartment)
    query = query.where(row.returned_at.is_(None), row.withdrawn_at.is_(None))
    if but is not None:
        query = query.where(row.id != but)
    return [(each.start, each.doses) for each in await tx.execute(query)]


async def bound(tx: Tx, compartments: Iterable[int]) -> dict[Place, int]:
    """By lot and compartment, how many doses wait for papers, are kept for another, unusable, or under hold there."""
    places = list(compartments)
    line, kept, hold = tables.ReceiptLine, tables.Custody, tables.Hold
    found: dict[Place, int] = defaultdict(int)
    queries = (
        select(line.lot, line.compartment, line.doses).where(line.id.in_(_waiting().with_only_columns(line.id))),
        select(kept.lot, kept.target, kept.doses).where(kept.returned_at.is_(None), kept.withdrawn_at.is_(None)),
    )
    for query, place in zip(queries, (line.compartment, kept.target), strict=True):
        for lot, compartment, doses in await tx.execute(query.where(place.in_(places))):
            found[lot, compartment] += doses
    for unusable in await apart.left(tx, places):
        found[unusable.row.lot, unusable.row.compartment] += unusable.doses
    holds = await tx.scalars(select(hold).where(hold.lifted_at.is_(None), hold.compartment.in_(places)))
    by_place: dict[Place, list[tables.Hold]] = defaultdict(list)
    for each in holds:
        by_place[each.lot, each.compartment or 0].append(each)
    for where, its in by_place.items():
        found[where] += held_by(its)
    return dict(found)


async def held_somewhere(tx: Tx, facility: str) -> dict[str, int]:
    """By lot, how many doses are under hold at a facility, nobody knows in which compartment, beside those known there."""
    row = tables.Hold
    by_lot: dict[str, list[tables.Hold]] = defaultdict(list)
    for each in await tx.scalars(select(row).where(row.facility == facility, row.lifted_at.is_(None))):
        by_lot[each.lot].append(each)
    return {lot: _beside(its) for lot, its in by_lot.items()}


async def follow(tx: Tx, moved: tables.Movement, by: By) -> None:
    """Doses that wait and are set apart under hold go on waiting where they are now: as many as are no longer there."""
    if moved.source is None or moved.target is None or moved.held < moved.doses:
        return
    line = tables.ReceiptLine
    rows = list(await tx.scalars(_waiting().where(line.lot == moved.lot, line.compartment == moved.source)))
    if not rows:
        return
    left = max(0, least_of(await levels_in(tx, moved.lot, moved.source), moved.at)[1])
    over = sum(row.doses for row in rows) - left
    for row in sorted(rows, key=lambda row: row.id):
        if over > 0:
            over -= row.doses
            await audit.record(tx, by, "set_apart", _parted(tx, row, moved.target, max(0, -over)))


def _parted(tx: Tx, row: tables.ReceiptLine, target: int, stay: int) -> list[tables.ReceiptLine]:
    """A line whose doses are at `target` now, all but those that stay."""
    if stay == 0:
        row.compartment = target
        return [row]
    went = tables.ReceiptLine(
        receipt=row.receipt, lot=row.lot, doses=row.doses - stay, compartment=target, movement=row.movement
    )
    row.doses = stay
    tx.add(went)
    return [row, went]


def _beside(rows: list[tables.Hold]) -> int:
    places = {row.compartment for row in rows} - {None}
    return held_by(rows) - sum(held_by([row for row in rows if row.compartment == place]) for place in places)


def _waiting() -> Select[tables.ReceiptLine]:
    line, receipt = tables.ReceiptLine, tables.Receipt
    query = select(line).join(receipt, receipt.id == line.receipt)
    return query.where(receipt.state == WAITING, receipt.withdrawn_at.is_(None))
