"""Doses that a count found unusable (damaged, unreadable): how many still stand there, bound until they are disposed of.

count line `unusable` ─► set apart ─► label, never issued ─► disposed of, or sent back: the oldest first ─► no more there

Nothing is written when they go: what is left follows from the movements, as everything does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.stock.staying import Step
from coldchain.archive.stock.words import Reason

LEAVES = (Reason.DISPOSED.value, Reason.RETURNED.value)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a row."""

    row: tables.SetApart
    doses: int


async def since(tx: Tx, lot: str, compartment: int) -> list[Step]:
    """How many doses of a lot are set apart there, and since when."""
    return [(each.row.since, each.doses) for each in await left(tx, [compartment], lot)]


async def left(tx: Tx, compartments: Iterable[int] | Select[int] | None, lot: str | None = None) -> list[Left]:
    """What is left of all that was set apart in these compartments (None: anywhere)."""
    row = tables.SetApart
    query = select(row).where(row.withdrawn_at.is_(None)).order_by(row.since, row.id)
    if compartments is not None:
        query = query.where(row.compartment.in_(compartments if isinstance(compartments, Select) else [*compartments]))
    if lot is not None:
        query = query.where(row.lot == lot)
    by_place: dict[tuple[str, int], list[tables.SetApart]] = {}
    for each in await tx.scalars(query):
        by_place.setdefault((each.lot, each.compartment), []).append(each)
    found: list[Left] = []
    for (its, place), rows in by_place.items():
        found += left_of(rows, await _gone(tx, its, place, rows[0].since))
    return found


def left_of(rows: Sequence[tables.SetApart], gone: Sequence[Step]) -> list[Left]:
    """The rows of one lot and place without what left since, the oldest first. Pure."""
    doses = [row.doses for row in rows]
    for at, took in gone:
        rest = took
        for n, row in enumerate(rows):
            if row.since <= at and rest > 0:
                taken = min(doses[n], rest)
                doses[n], rest = doses[n] - taken, rest - taken
    return [Left(row, count) for row, count in zip(rows, doses, strict=True) if count > 0]


async def _gone(tx: Tx, lot: str, compartment: int, since: int) -> list[Step]:
    row = tables.Movement
    query = select(row.at, row.doses - row.held).where(row.lot == lot, row.source == compartment, row.at >= since)
    query = query.where(row.reason.in_(LEAVES), row.target.is_(None), row.withdrawn_at.is_(None))
    return [(at, doses) for at, doses in await tx.execute(query.order_by(row.at, row.id))]
