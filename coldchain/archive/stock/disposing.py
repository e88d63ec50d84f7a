"""Disposing of free doses (报废): expired, broken, unusable. Not one movement without a reason, a paper and an outsider's eyes.

disposal(why, scan, who saw it) ─► witness from outside? ─► DISPOSED movement ─► the disposal beside it

Held doses go another way: their dossier decides first (`disposition.witnessing`).
"""

from sqlalchemy import select

from coldchain.archive import audit, documents, lots, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition.witnessing import check_outside
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.stock import places, reasons
from coldchain.archive.stock.words import Movement, NewMovement, Reason


class NewDisposal(Record, frozen=True, kw_only=True):
    """Free doses of a lot that were disposed of, seen by a witness, as a signed scan says."""

    lot: str
    doses: int
    source: int
    at: int
    why: str
    witness: str
    organisation: str
    document: str


class Disposal(Record, frozen=True, kw_only=True):
    """… as it stands beside its movement."""

    id: int
    movement: int
    witness: str
    organisation: str
    document: str
    by: str


async def dispose(tx: Tx, new: NewDisposal, by: By) -> tuple[Movement, Disposal]:
    """Take doses out of the books for good.

    Raises:
        BadInput: without a reason, a document, or a witness from outside; or when the doses are not there and free.
    """
    await audit.begin(tx)
    why = reasons.check("why", new.why, "nobody says why they were disposed of")
    check_texts("disposal", {"witness": new.witness, "organisation": new.organisation})
    facility = await places.facility_of(tx, new.source, "source")
    await check_outside(tx, facility, new.witness, new.organisation, {by.actor})
    await documents.check(tx, "document", new.document)
    places.check_not_ahead("at", new.at, by.at)
    out = NewMovement(
        lot=new.lot, at=new.at, doses=new.doses, reason=Reason.DISPOSED, source=new.source, remark=why,
        counterparty=new.organisation.strip(), taken_by=new.witness.strip(),
    )  # fmt: skip
    moved = await lots.move(tx, out, by)
    row = tables.Disposal(
        movement=moved.id, witness=new.witness.strip(), organisation=new.organisation.strip(), document=new.document,
        by=by.actor,
    )  # fmt: skip
    tx.add(row)
    await audit.record(tx, by, "disposed", [row])
    return moved, record_of(row, Disposal)


async def of_movement(tx: Tx, movement: int) -> Disposal | None:
    """Who saw it, where free doses were disposed of."""
    row = await tx.scalar(select(tables.Disposal).where(tables.Disposal.movement == movement))
    return None if row is None else record_of(row, Disposal)
