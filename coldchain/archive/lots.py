"""Lots and their movements: the one door through which doses move; where doses were when follows from movements alone.

    move, withdraw ─► free? held? ─► movement, its stays, its link in the trail ─► what it makes doubtful

The records stand in `stock.words`, the arithmetic of stays in `stock.staying`; both are read from here.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec
from sqlalchemy import select

from coldchain.archive import audit, changes, holds, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import check_texts, record_of
from coldchain.archive.stock import days, free, presence, touching, waiting
from coldchain.archive.stock.entries import lot, lot_row, put_lots, put_vaccines, vaccine, vaccines
from coldchain.archive.stock.staying import Inside, Span, Stay, Step, stays_of
from coldchain.archive.stock.words import (
    DELIVERIES,
    ENDS,
    MOST_DOSES,
    Funding,
    Lot,
    LotEntry,
    Movement,
    NewMovement,
    Reason,
    Unit,
    Vaccine,
    VaccineEntry,
    check_lot,
    check_vaccine,
)
from coldchain.errors import BadInput

__all__ = [
    "DELIVERIES",
    "ENDS",
    "MOST_DOSES",
    "Funding",
    "Inside",
    "Lot",
    "LotEntry",
    "Movement",
    "NewMovement",
    "Reason",
    "Span",
    "Stay",
    "Step",
    "Unit",
    "Vaccine",
    "VaccineEntry",
    "at_facility",
    "check_lot",
    "check_vaccine",
    "first_in_each",
    "in_compartment",
    "in_each",
    "is_entered",
    "lot",
    "move",
    "movements",
    "put_lots",
    "put_vaccines",
    "spans_of_vaccines",
    "stays",
    "stays_of",
    "vaccine",
    "vaccines",
    "withdraw",
]

COLDEST_C: Final = -95.0
HOTTEST_C: Final = 70.0


async def movements(tx: Tx, lot_id: str) -> list[Movement]:
    """All movements of a lot in time, the withdrawn too."""
    query = select(tables.Movement).where(tables.Movement.lot == lot_id)
    query = query.order_by(tables.Movement.at, tables.Movement.id)
    return [record_of(row, Movement) for row in await tx.scalars(query)]


async def is_entered(tx: Tx, new: NewMovement) -> bool:
    """True when exactly this movement stands in the book, withdrawn or not."""
    query = select(tables.Movement.id).where(
        tables.Movement.lot == new.lot,
        tables.Movement.at == new.at,
        tables.Movement.doses == new.doses,
        tables.Movement.reason == str(new.reason),
        tables.Movement.source.is_not_distinct_from(new.source),
        tables.Movement.target.is_not_distinct_from(new.target),
        tables.Movement.document == new.document,
    )
    return await tx.scalar(query.limit(1)) is not None


async def move(tx: Tx, new: NewMovement, by: By) -> Movement:
    """Enter a movement, today's or one that was forgotten.

    Raises:
        BadInput: when the lot or a compartment is unknown, the ends do not fit the reason, more doses would leave a
            compartment than were in it and free, then or later, or the target is no place for vaccine.
    """
    await audit.begin(tx)
    await _check(tx, new)
    await holds.check_movement(tx, new)
    row = tables.Movement(**msgspec.to_builtins(new))
    tx.add(row)
    await tx.flush()
    await presence.follow(tx, row.lot, (row.source, row.target))
    await audit.record(tx, by, str(new.reason), [row])
    await waiting.follow(tx, row, by)
    await holds.follow_movement(tx, row, by)
    await changes.journal(tx, by, row, await touching.of_movement(tx, row, (await lot_row(tx, row.lot)).vaccine))
    return record_of(row, Movement)


async def withdraw(
    tx: Tx, movement: int, by: By, *, alone: bool = True, seen: str | None = None
) -> Movement:  # fmt: skip
    """Take back a movement that was entered by mistake; it stays in the book and counts no more.

    `alone` it is refused when it is part of a receipt, a count or a custody: those are taken back whole.

    Raises:
        BadInput: when there is none, it was taken back before, or its doses have already gone on or are bound.
        Stale: it was changed since it was seen.
    """
    await audit.begin(tx)
    row = await tx.get(tables.Movement, movement)
    if row is None or row.withdrawn_at is not None:
        raise BadInput("movement", f"{movement} is not one that counts", "choose one from the lot's list")
    locking.check(row, seen)
    if alone:
        await _check_alone(tx, row)
    await holds.check_withdrawal(tx, row)
    row.withdrawn_at = by.at
    await tx.flush()
    await free.check_withdrawal(tx, row)
    await presence.follow(tx, row.lot, (row.source, row.target))
    await audit.record(tx, by, "withdrawn", [row])
    await holds.follow_withdrawal(tx, row, by)
    await changes.journal(tx, by, row, await touching.of_movement(tx, row, (await lot_row(tx, row.lot)).vaccine))
    return record_of(row, Movement)


async def stays(tx: Tx, lot_id: str) -> list[Stay]:
    """Where the doses of a lot were, in the order in which they came there."""
    return await presence.of_lot(tx, lot_id)


async def spans_of_vaccines(
    tx: Tx, vaccines: Collection[str], compartments: Iterable[int]
) -> dict[tuple[str, int], list[Span]]:
    """By vaccine and compartment when doses, of whatever lot, were there, in time and apart; no key = never."""
    return await presence.spans_of_vaccines(tx, vaccines, compartments)


async def first_in_each(tx: Tx, compartments: Iterable[int]) -> dict[int, int]:
    """Since when the books know of doses in each of these compartments; those that never had any have no key."""
    return await presence.first_in_each(tx, compartments)


async def in_each(tx: Tx, windows: Mapping[int, tuple[int, int]]) -> dict[int, list[Inside]]:
    """`in_compartment` for several, each in its own [start, end)."""
    return await presence.inside_each(tx, windows)


async def in_compartment(tx: Tx, compartment: int, start: int, end: int) -> list[Inside]:
    """The lots of which doses were in this compartment at some moment of [start, end)."""
    return await presence.inside(tx, {compartment}, start, end)


async def at_facility(tx: Tx, facility: str, start: int, end: int) -> list[Inside]:
    """The lots of which doses were in any equipment of this facility at some moment of [start, end)."""
    place, stands = tables.Compartment, tables.Equipment
    query = select(place.id).join(stands, stands.code == place.equipment).where(stands.facility == facility)
    return await presence.inside(tx, set(await tx.scalars(query)), start, end)


async def _check(tx: Tx, new: NewMovement) -> None:
    check_texts("movement", msgspec.to_builtins(new))
    its = await lot_row(tx, new.lot)
    if not 1 <= new.doses <= MOST_DOSES:
        raise BadInput("doses", f"{new.doses} cannot move", "write how many doses went, 1 or more")
    if not 0 <= new.held <= new.doses:
        raise BadInput("held", f"{new.held} of {new.doses} cannot be", "write how many of the doses are under hold")
    if new.temperature_c is not None and not COLDEST_C <= new.temperature_c <= HOTTEST_C:
        wrong = f"{new.temperature_c} °C was measured by nobody"
        raise BadInput("temperature_c", wrong, f"write °C, {COLDEST_C:g} to {HOTTEST_C:g}, or none")
    if (new.source is not None, new.target is not None) not in ENDS[new.reason] or new.source == new.target:
        raise BadInput("reason", f"{new.reason!s} does not have these ends", "correct the reason, source or target")
    if new.reason is Reason.RECEIVED:
        _check_arrival(new, its)
    if new.target is not None:
        await free.check_target(tx, new, await _place(tx, "target", new.target), its)
    if new.source is not None:
        await free.check_source(tx, new, await _place(tx, "source", new.source), its)


def _check_arrival(new: NewMovement, lot: tables.Lot) -> None:
    """Nothing comes before it was made, nor in once it has expired."""
    if lot.produced_on is not None and days.day_of(new.at) < lot.produced_on:
        wrong = f"{lot.id} was made on {lot.produced_on}, after it came"
        raise BadInput("at", wrong, "correct the time, or the lot's day of production")
    if days.is_over(lot.expires_on, new.at):
        wrong = f"{lot.id} expired with {lot.expires_on}"
        raise BadInput("lot", wrong, "refuse the delivery; what is there already is set apart with its label")


async def _place(tx: Tx, field: str, compartment: int) -> tables.Compartment:
    row = await tx.get(tables.Compartment, compartment)
    if row is None:
        raise BadInput(field, f"there is no compartment {compartment}", "import its equipment first")
    return row


async def _check_alone(tx: Tx, row: tables.Movement) -> None:
    parts = (
        ("receipt", select(tables.ReceiptLine.receipt).where(tables.ReceiptLine.movement == row.id)),
        ("count", select(tables.StockCountLine.count).where(tables.StockCountLine.movement == row.id)),
        ("custody", select(tables.Movement.custody).where(tables.Movement.id == row.id)),
    )
    for name, query in parts:
        number = await tx.scalar(query)
        if number is not None:
            raise BadInput("movement", f"{row.id} is part of {name} {number}", f"take back the {name} as a whole")
