"""Doses that stand in a compartment and may not be used yet, beside those under hold: papers missing, or another's.

    receipt.state = waiting ─┐
                             ├─► what issue, return, move and count must leave alone
    custody not returned ────┘

Apart from `receiving` and `custody` so that `holds` and `lots` can ask without knowing them.
"""

from collections.abc import Iterable

from sqlalchemy import Select, func, select

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx

WAITING = "waiting"
Place = tuple[str, int]  # (lot, compartment)


async def waiting_doses(tx: Tx, lot: str, compartment: int) -> int:
    """How many doses of a lot wait there for the papers of their delivery."""
    line = tables.ReceiptLine
    query = _waiting().where(line.lot == lot, line.compartment == compartment)
    return sum(row.doses for row in await tx.scalars(query))


async def kept_doses(tx: Tx, lot: str, compartment: int, *, but: int | None = None) -> int:
    """How many doses of a lot are kept there for another facility; `but` one agreement."""
    row = tables.Custody
    query = select(func.coalesce(func.sum(row.doses), 0))
    query = query.where(row.lot == lot, row.target == compartment)
    query = query.where(row.returned_at.is_(None), row.withdrawn_at.is_(None))
    if but is not None:
        query = query.where(row.id != but)
    return int((await tx.execute(query)).scalar_one())


async def bound(tx: Tx, compartments: Iterable[int]) -> dict[Place, int]:
    """By lot and compartment, how many doses wait for papers, are kept for another, or are under hold there."""
    places = list(compartments)
    line, kept, hold = tables.ReceiptLine, tables.Custody, tables.Hold
    found: dict[Place, int] = {}
    queries = (
        select(line.lot, line.compartment, line.doses).where(line.id.in_(_waiting().with_only_columns(line.id))),
        select(kept.lot, kept.target, kept.doses).where(kept.returned_at.is_(None), kept.withdrawn_at.is_(None)),
        select(hold.lot, hold.compartment, hold.doses).where(hold.lifted_at.is_(None)),
    )
    for query, place in zip(queries, (line.compartment, kept.target, hold.compartment), strict=True):
        for row in await tx.execute(query.where(place.in_(places))):
            where = (str(row[0]), int(row[1] or 0))
            found[where] = found.get(where, 0) + row[2]
    return found


async def held_somewhere(tx: Tx, facility: str) -> dict[str, int]:
    """By lot, how many doses are under hold at a facility, nobody knows in which compartment."""
    row = tables.Hold
    query = select(row.lot, func.sum(row.doses)).where(row.facility == facility, row.lifted_at.is_(None))
    return {
        lot: int(doses) for lot, doses in await tx.execute(query.where(row.compartment.is_(None)).group_by(row.lot))
    }


async def follow(tx: Tx, moved: tables.Movement, by: By) -> None:
    """Doses that wait and are set apart under hold go on waiting where they are now."""
    if moved.source is None or moved.target is None or moved.held < moved.doses:
        return
    line = tables.ReceiptLine
    rows = list(await tx.scalars(_waiting().where(line.lot == moved.lot, line.compartment == moved.source)))
    for row in rows:
        row.compartment = moved.target
    await audit.record(tx, by, "set_apart", rows)


def _waiting() -> Select[tables.ReceiptLine]:
    line, receipt = tables.ReceiptLine, tables.Receipt
    query = select(line).join(receipt, receipt.id == line.receipt)
    return query.where(receipt.state == WAITING, receipt.withdrawn_at.is_(None))
