"""Makers' stability tables: how long in which band a product may have been, in all, as a paper of its maker says.

    enter(line, its paper) ─► a second person holds it beside the paper: approve ─► a release may rest on it ─► end, withdraw

No line comes along: a table that the maker did not give is none. A line that only shows how it works says `example`.
"""

import math
from typing import Final

from sqlalchemy import or_, select

from coldchain.archive import audit, changes, documents, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition.words import name_key
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.stock.entries import vaccine
from coldchain.errors import BadInput

READ: Final = "read"
CERTAINTIES: Final = (READ, "own-knowledge", "calc", "example")


class NewStability(Record, frozen=True, kw_only=True):
    """A line: in this band (both ends inside, None: no limit on that side) so many hours in all, so often at most."""

    vaccine: str
    maker: str
    max_cumulative_hours: float
    document_no: str
    source: str
    certainty: str
    valid_from: int
    valid_to: int | None = None
    product: str = ""
    low_c: float | None = None
    high_c: float | None = None
    max_count: int | None = None
    note: str = ""
    document: str | None = None


class Stability(NewStability, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int
    entered_by: str
    approved_at: int | None
    approved_by: str | None
    withdrawn_at: int | None

    def holds(self, celsius: float) -> bool:
        """True when a temperature is in its band."""
        return (self.low_c is None or celsius >= self.low_c) and (self.high_c is None or celsius <= self.high_c)


async def enter(tx: Tx, new: NewStability, by: By) -> Stability:
    """Write down a line of a maker's table.

    Raises:
        BadInput: naming the field.
    """
    values = {name: getattr(new, name) for name in NewStability.__struct_fields__}
    check_texts("stability", values)
    await vaccine(tx, new.vaccine)
    _check(new)
    await documents.check(tx, "document", new.document)
    await audit.begin(tx)
    row = tables.Stability(**values, entered_by=by.actor)
    await changes.enter(tx, by, "added", row, [])
    return record_of(row, Stability)


async def approve(tx: Tx, number: int, user: str, by: By, *, seen: str | None = None) -> Stability:
    """A second person held the line beside its maker's paper: from now on a release may rest on it.

    Raises:
        BadInput: when there is none, nobody read it in a paper, it is approved, or it is the one who entered it.
        Stale: it was changed since it was seen.
    """
    row = await _row(tx, number, seen)
    if row.certainty != READ or row.document is None:
        wrong = f"{number} is marked {row.certainty}" if row.certainty != READ else f"{number} has no document"
        raise BadInput("stability", wrong, "approve what was read in the maker's paper, which is here")
    if row.approved_at is not None:
        raise BadInput("stability", f"{number} was approved by {row.approved_by}", "nothing is to be done")
    if await _names(tx, user) & await _names(tx, row.entered_by):
        raise BadInput("user", f"{row.entered_by} entered it", "let a second person hold it beside the paper")
    row.approved_at, row.approved_by = by.at, user
    await audit.record(tx, by, "approved", [row])
    return record_of(row, Stability)


async def end(tx: Tx, number: int, at: int, by: By, *, seen: str | None = None) -> Stability:
    """From a moment on the line stands no longer: the maker has another, or took it back.

    Raises:
        BadInput: when there is none, or it begins later.
        Stale: it was changed since it was seen.
    """
    row = await _row(tx, number, seen)
    if at <= row.valid_from or (row.valid_to is not None and row.valid_to <= at):
        raise BadInput("valid_to", "it does not stand at that moment", "end it while it stands, or withdraw it")
    row.valid_to = at
    await audit.record(tx, by, "ended", [row])
    return record_of(row, Stability)


async def withdraw(tx: Tx, number: int, by: By, *, seen: str | None = None) -> Stability:
    """Take back a line that was entered by mistake.

    Raises:
        BadInput: when there is none that counts.
        Stale: it was changed since it was seen.
    """
    row = await _row(tx, number, seen)
    row.withdrawn_at = by.at
    await audit.record(tx, by, "withdrawn", [row])
    return record_of(row, Stability)


async def line(tx: Tx, number: int) -> tuple[Stability, str]:
    """One line, withdrawn or not, and the tag of its state.

    Raises:
        BadInput: when there is none.
    """
    row = await tx.get(tables.Stability, number)
    if row is None:
        raise BadInput("stability", f"there is no line {number}", "choose one from the list")
    return record_of(row, Stability), locking.tag_of(row)


async def standing(tx: Tx, vaccine: str, maker: str, at: int, product: str | None = None) -> list[Stability]:
    """The lines that stand at a moment for what a maker makes of a vaccine: of all products, or of one and of all."""
    row = tables.Stability
    query = select(row).where(row.vaccine == vaccine, row.maker == maker, row.withdrawn_at.is_(None))
    query = query.where(row.valid_from <= at, or_(row.valid_to.is_(None), row.valid_to > at))
    if product is not None:
        query = query.where(row.product.in_(["", product]))
    return [record_of(each, Stability) for each in await tx.scalars(query.order_by(row.low_c, row.id))]


async def listed(tx: Tx, vaccine: str | None = None) -> list[Stability]:
    """All lines that were ever entered, of a vaccine or of all."""
    query = select(tables.Stability).order_by(tables.Stability.id)
    if vaccine is not None:
        query = query.where(tables.Stability.vaccine == vaccine)
    return [record_of(each, Stability) for each in await tx.scalars(query)]


async def _row(tx: Tx, number: int, seen: str | None) -> tables.Stability:
    row = await changes.counting(tx, tables.Stability, "stability", number)
    locking.check(row, seen)
    return row


async def _names(tx: Tx, actor: str) -> set[str]:
    """By which names somebody is known: two logins of one person are one."""
    user = await tx.get(tables.User, actor)
    return {name_key(actor)} | ({name_key(user.display)} if user is not None else set())


def _check(new: NewStability) -> None:
    for name in ("maker", "document_no", "source"):
        if not getattr(new, name).strip():
            raise BadInput(name, "nobody stands behind it", "name the maker, its paper's number and where that is kept")
    if new.certainty not in CERTAINTIES:
        raise BadInput("certainty", f"{new.certainty[:40]!r} is none", f"use one of {', '.join(CERTAINTIES)}")
    if new.certainty == READ and new.document is None:
        raise BadInput("document", "nobody can read it again", "send the maker's paper, and name its sha256")
    ends = [end for end in (new.low_c, new.high_c) if end is not None]
    if not ends or any(not math.isfinite(end) for end in ends) or (len(ends) == 2 and ends[0] >= ends[1]):
        raise BadInput("low_c", "this is no band", "write low_c below high_c, or one of them")
    if not (math.isfinite(new.max_cumulative_hours) and new.max_cumulative_hours > 0):
        raise BadInput("max_cumulative_hours", f"{new.max_cumulative_hours} is no time", "write hours, more than 0")
    if new.max_count is not None and new.max_count < 1:
        raise BadInput("max_count", f"{new.max_count} cannot be", "write 1 or more, or none")
    changes.check_span(new.valid_from, new.valid_to)
