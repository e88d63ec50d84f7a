"""Saying afterwards by what readings were to be judged: refused, but to somebody who gives a reason and a paper for it.

a use, a choice, a buffer ─► does it reach before now, where a probe has spoken? ─┬─► no    entered like anything else
                                                                                  └─► yes   a `Correction`, in this book

What judged a reading is what was in force at its time. So a change holds from now on; only one that says that the past was
entered wrongly reaches back, and it lifts no hold (`holds.follow`). Readings that are still on their way count as spoken.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from coldchain import clock
from coldchain.archive import audit, documents, images, tables
from coldchain.archive.audit import By
from coldchain.archive.changes import Touched
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, check_texts, record_of, table_of
from coldchain.archive.tables import Base
from coldchain.errors import BadInput

SOME: Final = 500  # names in one question
CURE: Final = "let it hold from now on; or, if the past was entered wrongly, say so with a reason and a document"


class Correction(Record, frozen=True, kw_only=True):
    """Why the past was entered wrongly, and the document (its sha256) that shows it."""

    reason: str
    document: str


class Backdating(Correction, frozen=True, kw_only=True):
    """… as it stands in the book: what was done to which row, and whose time it concerns."""

    id: int
    entity: str
    entity_id: str
    action: str
    start: int
    end: int | None
    at: int
    by: str


async def check(tx: Tx, field: str, touched: Sequence[Touched], by: By, correction: Correction | None) -> bool:
    """Refuse what would silently judge the past by something else; called before anything is changed.

    Args:
        tx: a writing transaction.
        field: what says from when on.
        touched: the channels whose judgement it changes, each from when to when.
        by: who, and when that is.
        correction: given where the past was entered wrongly.

    Returns:
        True when it reaches back: then the correction is to be entered, too.

    Raises:
        BadInput: when it reaches back and nobody says why and by which paper.
    """
    spoken = await _spoken(tx, [each for each in touched if each.start < by.at])
    if not spoken:
        return False
    if correction is None:
        since, count = clock.iso(max(0, min(each.start for each in spoken))), len({each.channel for each in spoken})
        raise BadInput(field, f"it reaches back to {since}, and {count} channels have told what was there", CURE)
    if not correction.reason.strip():
        raise BadInput("reason", "nobody says why the past was entered wrongly", "write why in a few words")
    check_texts("backdating", {"reason": correction.reason})
    await documents.check(tx, "document", correction.document)
    return True


async def enter(
    tx: Tx, by: By, action: str, row: Base, touched: Sequence[Touched], correction: Correction | None
) -> None:  # fmt: skip
    """Write into the book that a row was changed for the past, after the row itself; None writes nothing."""
    if correction is None:
        return
    ends = [each.end for each in touched]
    entry = tables.Backdating(
        entity=table_of(type(row)).name,
        entity_id=images.key_of(row),
        action=action,
        start=min(each.start for each in touched),
        end=None if None in ends else max(end for end in ends if end is not None),
        at=by.at,
        by=by.actor,
        reason=correction.reason.strip(),
        document=correction.document,
    )
    tx.add(entry)
    await audit.record(tx, by, "backdated", [entry])


async def listed(tx: Tx) -> list[Backdating]:
    """The whole book, the newest first."""
    row = tables.Backdating
    return [record_of(each, Backdating) for each in await tx.scalars(select(row).order_by(row.id.desc()))]


async def _spoken(tx: Tx, touched: Sequence[Touched]) -> list[Touched]:
    """Those whose channel ever told anything: what it told since may be judged, or on its way."""
    known: set[str] = set()
    names = sorted({each.channel for each in touched if each.channel is not None})
    row = tables.Checkpoint.channel
    for first in range(0, len(names), SOME):
        known |= set(await tx.scalars(select(row).where(row.in_(names[first : first + SOME]))))
    return [each for each in touched if each.channel in known]
