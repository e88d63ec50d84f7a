"""What a file brought into the books without a decision at the door: it stands in a list until somebody decides.

stock file: more than the books had ─► bring_in ─► undecided ─► receipt with that line ─► accepted | waiting | sent back

The platform's file says that doses are there; whether they came with papers and a temperature record, it does not say.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, true

from coldchain.archive import audit, lots, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import record_of
from coldchain.archive.stock import places
from coldchain.archive.stock.words import Movement, NewMovement
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

Line = tuple[str, int, int]  # lot, doses, compartment


@dataclass(frozen=True, slots=True)
class Undecided:
    """Doses in the books of which nobody decided at the door; `movement.document` is the file."""

    id: int
    facility: str
    movement: Movement


async def bring_in(tx: Tx, new: NewMovement, by: By) -> Movement:
    """Enter what a file says came, and that nobody decided it yet.

    Raises:
        BadInput: when it cannot come in.
    """
    assert new.target is not None
    moved = await lots.move(tx, new, by)
    row = tables.Undecided(movement=moved.id, facility=await places.facility_of(tx, new.target), by=by.actor)
    tx.add(row)
    await audit.record(tx, by, "came", [row])
    return moved


async def due(tx: Tx, scope: Scope) -> list[Undecided]:
    """What is to be decided, the oldest first."""
    row, movement = tables.Undecided, tables.Movement
    query = select(row, movement).join(movement, movement.id == row.movement)
    query = query.where(row.receipt.is_(None), movement.withdrawn_at.is_(None), _in(scope))
    found = await tx.execute(query.order_by(movement.at, row.id))
    return [Undecided(each.id, each.facility, record_of(moved, Movement)) for each, moved in found]


async def decide(tx: Tx, number: int, receipt: tables.Receipt, line: Line, by: By) -> int:
    """A receipt decides it; returns the movement that had brought it in.

    Raises:
        BadInput: when it is not undecided at that facility, or the line says something else.
    """
    row = await tx.get(tables.Undecided, number)
    moved = None if row is None else await tx.get_one(tables.Movement, row.movement)
    if row is None or moved is None or row.facility != receipt.facility or moved.withdrawn_at is not None:
        raise BadInput("undecided", f"{number} is not in the list of {receipt.facility}", "choose one from the list")
    if row.receipt is not None:
        raise BadInput("undecided", f"{number} was decided by receipt {row.receipt}", "choose one from the list")
    if (moved.lot, moved.doses, moved.target) != line:
        wrong = f"{number} is {moved.doses} doses of {moved.lot} in compartment {moved.target}"
        raise BadInput("undecided", wrong, "decide all of it, as it came")
    row.receipt = receipt.id
    await audit.record(tx, by, "decided", [row])
    return moved.id


async def reopen(tx: Tx, receipt: int, by: By) -> set[int]:
    """The decision was a mistake: it is due again; returns the movements that stay in the books."""
    rows = list(await tx.scalars(select(tables.Undecided).where(tables.Undecided.receipt == receipt)))
    for row in rows:
        row.receipt = None
    await audit.record(tx, by, "reopened", rows)
    return {row.movement for row in rows}


def _in(scope: Scope) -> ColumnElement[bool]:
    return true() if scope is None else tables.Undecided.facility.in_(scope)
