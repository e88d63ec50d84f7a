"""Writing holds where doses are; after: tracing; before: holds, changed. Every hold that is written passes here.

A hold is never made smaller but by giving what it loses to another row: together an excursion's rows of a lot always come
to what it named.
"""

from collections.abc import Iterable, Sequence

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition.tracing import Named, Piece
from coldchain.archive.disposition.words import Lifted


async def begin(tx: Tx, named: Named, pieces: Iterable[Piece], by: By) -> list[tables.Hold]:
    """Hold what was named and was not held yet; what is gone already is written down as gone."""
    return await begin_each(tx, [(named, pieces, by)])


async def begin_each(tx: Tx, named: Iterable[tuple[Named, Iterable[Piece], By]]) -> list[tables.Hold]:
    """`begin` for all of these at once."""
    rows = [(_row(each, piece, by.at), by) for each, pieces, by in named for piece in pieces]
    tx.add_all(row for row, _ in rows)
    for row, by in rows:
        audit.decided(tx, by, "held", [row])
    await tx.flush()
    return [row for row, _ in rows]


async def place(tx: Tx, row: tables.Hold, pieces: Sequence[Piece], by: By) -> None:
    """All doses of this row, lifted or not, are held where these pieces are."""
    first, *others = pieces
    named = Named(row.excursion, row.lot, row.facility, row.compartment, row.doses, row.since)
    rows = [row, *(_row(named, piece, by.at) for piece in others)]
    row.doses, row.facility, row.compartment = first.doses, first.facility, first.compartment
    row.movement, row.came_at, row.held_at = first.movement, first.came_at, by.at
    row.lifted_at, row.lifted_why, row.dossier = (
        (by.at, Lifted.GONE.value, None) if first.is_gone else (None, None, None)
    )
    await _write(tx, rows, by, "held_again")


async def part(tx: Tx, shares: Iterable[tuple[tables.Hold, int]], piece: Piece, by: By, why: str) -> None:
    """So many doses of each of these holds are somewhere else now, or (`is_gone`) out of our sight."""
    rows = []
    for row, doses in shares:
        away = row if doses == row.doses else _copy(row, doses)
        rows += [away] if away is row else [row, away]
        row.doses -= 0 if away is row else doses
        away.facility, away.compartment = piece.facility, piece.compartment
        away.movement, away.came_at = piece.movement, piece.came_at
        if piece.is_gone:
            away.lifted_at, away.lifted_why = by.at, Lifted.GONE.value
    await _write(tx, rows, by, why)


async def lift(
    tx: Tx, shares: Iterable[tuple[tables.Hold, int]], why: Lifted, by: By, dossier: int | None = None
) -> None:  # fmt: skip
    """So many doses of each of these holds are held no more."""
    rows = []
    for row, doses in shares:
        off = row if doses == row.doses else _copy(row, doses)
        rows += [off] if off is row else [row, off]
        row.doses -= 0 if off is row else doses
        off.lifted_at, off.lifted_why, off.dossier = by.at, why.value, dossier
    await _write(tx, rows, by, why.value)


def _row(named: Named, piece: Piece, at: int) -> tables.Hold:
    return tables.Hold(
        excursion=named.excursion,
        lot=named.lot,
        facility=piece.facility,
        compartment=piece.compartment,
        doses=piece.doses,
        since=named.since,
        held_at=at,
        came_at=piece.came_at,
        movement=piece.movement,
        lifted_at=at if piece.is_gone else None,
        lifted_why=Lifted.GONE.value if piece.is_gone else None,
    )


def _copy(row: tables.Hold, doses: int) -> tables.Hold:
    return tables.Hold(
        excursion=row.excursion,
        lot=row.lot,
        facility=row.facility,
        compartment=row.compartment,
        doses=doses,
        since=row.since,
        held_at=row.held_at,
        came_at=row.came_at,
        movement=row.movement,
    )


async def _write(tx: Tx, rows: Sequence[tables.Hold], by: By, action: str) -> None:
    tx.add_all(rows)
    audit.decided(tx, by, action, rows)
    await tx.flush()
