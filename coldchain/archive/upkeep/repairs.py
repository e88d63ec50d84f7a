"""Repairs (维修记录): when it broke and when it was mended, why, by whom and for how much.

break_ ─► repair, and the piece is 待修 ─► mend ─► 正常 again
"""

from sqlalchemy import func, select, true

from coldchain.archive import audit, changes, documents, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.upkeep import days, life
from coldchain.archive.upkeep.words import Status
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

MOST_FEN = 10_000_000_000


class NewRepair(Record, frozen=True, kw_only=True):
    """It broke on that day; `repaired_on` None = it still is."""

    equipment: str
    broken_on: str
    cause: str
    repaired_on: str | None = None
    done: str = ""
    repairer: str = ""
    cost_fen: int | None = None
    document: str | None = None


class Repair(NewRepair, frozen=True, kw_only=True):
    """… that stands in the archive; withdrawn = entered by mistake."""

    id: int
    by: str
    withdrawn_at: int | None = None


class Mending(Record, frozen=True, kw_only=True):
    """How a repair ended."""

    repaired_on: str
    done: str
    repairer: str = ""
    cost_fen: int | None = None
    document: str | None = None


async def enter(tx: Tx, new: NewRepair, by: By) -> Repair:
    """Write down that something broke. What is in use and still broken is 待修 from that day on.

    Raises:
        BadInput: when the equipment is unknown, gone or broken already, or days or cost cannot be.
    """
    await audit.begin(tx)
    row = await life.row_of(tx, new.equipment)
    if row.status in {Status.MOVED, Status.SCRAPPED}:
        raise BadInput("equipment", f"{new.equipment} is {row.status}", "nothing of it is to be repaired")
    if not new.cause.strip():
        raise BadInput("cause", "nobody says what is wrong", "write what was seen: does not cool, door seal, fan …")
    days.check_past("broken_on", new.broken_on, by.at)
    _check_end(new.broken_on, new.repaired_on, new.cost_fen, by.at)
    await documents.check(tx, "document", new.document)
    broken = await _open(tx, new.equipment)
    if broken is not None and new.repaired_on is None:
        wrong = f"{new.equipment} is broken since {broken.broken_on} (number {broken.id})"
        raise BadInput("equipment", wrong, "say when that was mended first, or withdraw it")
    kept = tables.Repair(
        equipment=new.equipment, broken_on=new.broken_on, repaired_on=new.repaired_on, cause=new.cause, done=new.done,
        repairer=new.repairer, cost_fen=new.cost_fen, document=new.document, by=by.actor,
    )  # fmt: skip
    check_texts("repair", {"cause": new.cause, "done": new.done, "repairer": new.repairer})
    await changes.enter(tx, by, "entered", kept, [])
    if new.repaired_on is None and row.status == Status.NORMAL:
        await life.set_status(tx, new.equipment, life.Turn(Status.REPAIR, new.broken_on, new.cause, new.document), by)
    return record_of(kept, Repair)


async def mend(tx: Tx, number: int, how: Mending, by: By) -> Repair:
    """Say that and how it was mended; what was 待修 is 正常 again from that day on.

    Raises:
        BadInput: when there is no such repair or it has ended, or days or cost cannot be.
    """
    row = await changes.counting(tx, tables.Repair, "number", number)
    if row.repaired_on is not None:
        raise BadInput("number", f"{number} was mended on {row.repaired_on}", "enter a repair of its own")
    _check_end(row.broken_on, how.repaired_on, how.cost_fen, by.at)
    check_texts("repair", {"done": how.done, "repairer": how.repairer})
    await documents.check(tx, "document", how.document)
    row.repaired_on, row.done, row.repairer = how.repaired_on, how.done, how.repairer
    row.cost_fen, row.document = how.cost_fen, how.document or row.document
    await changes.enter(tx, by, "mended", row, [])
    piece = await life.row_of(tx, row.equipment)
    if piece.status == Status.REPAIR:
        turn = life.Turn(Status.NORMAL, how.repaired_on, how.done or "mended", how.document)
        await life.set_status(tx, row.equipment, turn, by)
    return record_of(row, Repair)


async def withdraw(tx: Tx, number: int, by: By) -> Repair:
    """Take back a repair that was a mistake; the status it gave stays, until somebody changes it.

    Raises:
        BadInput: when there is none that counts.
    """
    row = await changes.counting(tx, tables.Repair, "number", number)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Repair)


async def repair(tx: Tx, number: int) -> Repair:
    """One repair.

    Raises:
        BadInput: when there is none.
    """
    row = await tx.get(tables.Repair, number)
    if row is None:
        raise BadInput("number", f"there is no repair {number}", "choose one from the list")
    return record_of(row, Repair)


async def count(tx: Tx, equipment: str) -> int:
    """How often a piece broke down (维修次数), as far as it counts."""
    row = tables.Repair
    query = select(func.count()).where(row.equipment == equipment, row.withdrawn_at.is_(None))
    return await tx.scalar(query) or 0


async def listed(
    tx: Tx, asked: Asked, scope: Scope, *, equipment: str | None = None, only_open: bool = False
) -> Page[Repair]:
    """Repairs in scope that count, those that broke last first."""
    row, piece = tables.Repair, tables.Equipment
    query = select(row).join(piece, piece.code == row.equipment).where(row.withdrawn_at.is_(None))
    query = query.where(true() if scope is None else piece.facility.in_(scope))
    if equipment is not None:
        query = query.where(row.equipment == equipment)
    if only_open:
        query = query.where(row.repaired_on.is_(None))
    return await page(tx, query, (row.broken_on, row.id), asked, Repair, descending=True)


async def _open(tx: Tx, code: str) -> tables.Repair | None:
    row = tables.Repair
    query = select(row).where(row.equipment == code, row.repaired_on.is_(None), row.withdrawn_at.is_(None))
    return await tx.scalar(query.limit(1))


def _check_end(broken_on: str, repaired_on: str | None, cost_fen: int | None, at: int) -> None:
    if repaired_on is not None:
        days.check_past("repaired_on", repaired_on, at)
        if repaired_on < broken_on:
            raise BadInput("repaired_on", f"{repaired_on} is before it broke, {broken_on}", "correct one of the two")
    if cost_fen is not None and not 0 <= cost_fen <= MOST_FEN:
        raise BadInput("cost_fen", f"{cost_fen} cannot be a cost", "write fen, 0 or more")
