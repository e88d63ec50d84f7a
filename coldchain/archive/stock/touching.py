"""What a movement, or another vaccine of a lot, makes doubtful: exposures, and verdicts of packs that judge by vaccine."""

from sqlalchemy import or_, select

from coldchain.archive import doubtful, tables
from coldchain.archive.changes import Touched
from coldchain.archive.db import Tx
from coldchain.archive.stock.words import DELIVERIES


async def of_lot(tx: Tx, row: tables.Lot, vaccine_before: str) -> list[Touched]:
    """The lot was taken for another vaccine: whatever its movements touch as the one or as the other."""
    found: dict[Touched, None] = {}
    for movement in await tx.scalars(select(tables.Movement).where(tables.Movement.lot == row.id)):
        for code in (vaccine_before, row.vaccine):
            found |= dict.fromkeys(await of_movement(tx, movement, code))
    return list(found)


async def of_movement(tx: Tx, row: tables.Movement, vaccine: str) -> list[Touched]:
    """The lot's exposure; what its arrival may explain; and what a pack chosen for its vaccine judges from then on."""
    ends = [place for place in (row.source, row.target) if place is not None]
    touched = [Touched(row.at, None, compartment=place, lot=row.lot) for place in ends]
    if row.target is not None and row.reason in DELIVERIES:
        touched += await doubtful.around(tx, tables.Assignment.compartment == row.target, row.at, row.at)
    choice = tables.RuleChoice
    query = select(choice.start, choice.end).where(choice.vaccine == vaccine, choice.withdrawn_at.is_(None))
    for start, end in await tx.execute(query.where(or_(choice.end.is_(None), choice.end > row.at))):
        touched += await doubtful.channels(tx, tables.Assignment.compartment.in_(ends), max(start, row.at), end)
    return touched
