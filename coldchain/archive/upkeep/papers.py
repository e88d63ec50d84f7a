"""Photos and papers of a piece of equipment: which document is what to it.

documents.add ─► sha256 ─► attach(kind) ─► whoever sees the equipment sees the document
"""

from sqlalchemy import select

from coldchain.archive import audit, changes, documents, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.upkeep import life
from coldchain.archive.upkeep.words import Paper
from coldchain.errors import BadInput


class Attached(Record, frozen=True, kw_only=True):
    """A document that belongs to a piece of equipment; withdrawn = it does not, or no more."""

    id: int
    equipment: str
    document: str
    kind: Paper
    note: str
    added_by: str
    added_at: int
    withdrawn_at: int | None


async def attach(tx: Tx, code: str, sha256: str, kind: Paper, by: By, note: str = "") -> Attached:
    """Say that a document is this piece's photo, manual …; its facility then has the document too.

    Raises:
        BadInput: when either is unknown, or it is attached so already.
    """
    await audit.begin(tx)
    check_texts("equipment_document", {"note": note})
    facility = (await life.row_of(tx, code)).facility
    await documents.check(tx, "document", sha256)
    row = tables.EquipmentDocument
    same = select(row.id).where(row.equipment == code, row.document == sha256, row.kind == kind.value)
    if (number := await tx.scalar(same.where(row.withdrawn_at.is_(None)))) is not None:
        raise BadInput("document", f"it is its {kind.value} already (number {number})", "nothing is to be done")
    await documents.file_at(tx, sha256, facility, by)
    new = tables.EquipmentDocument(
        equipment=code, document=sha256, kind=kind.value, note=note, added_by=by.actor, added_at=by.at
    )
    await changes.enter(tx, by, "attached", new, [])
    return record_of(new, Attached)


async def detach(tx: Tx, number: int, by: By) -> Attached:
    """Take back an attachment that was a mistake; the document stays.

    Raises:
        BadInput: when there is none that counts.
    """
    row = await changes.counting(tx, tables.EquipmentDocument, "number", number)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Attached)


async def papers(tx: Tx, code: str) -> list[Attached]:
    """What is attached to a piece, the newest first."""
    row = tables.EquipmentDocument
    query = select(row).where(row.equipment == code, row.withdrawn_at.is_(None)).order_by(row.id.desc())
    return [record_of(each, Attached) for each in await tx.scalars(query)]
