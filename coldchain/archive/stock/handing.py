"""Handing over: doses that go to another facility are there in the books at once; whoever received them says so.

movement between two facilities ─► unconfirmed (the receiver's list) ─► confirm: who took them, when

A movement is one row with both ends: nothing is in between. What came short is counted and posted by the receiver.
"""

from sqlalchemy import select, true
from sqlalchemy.orm import aliased

from coldchain.archive import audit, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.changes import counting
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.rows import check_texts, record_of
from coldchain.archive.stock.places import facility_of
from coldchain.archive.stock.words import Movement
from coldchain.archive.views import Scope
from coldchain.errors import BadInput


async def confirm(tx: Tx, movement: int, taken_by: str, by: By, *, seen: str | None = None) -> Movement:
    """The receiving facility says that the doses came.

    Raises:
        BadInput: when it is no movement between two facilities, or was confirmed before.
        Stale: it was changed since it was seen.
    """
    check_texts("movement", {"taken_by": taken_by})
    row = await counting(tx, tables.Movement, "movement", movement)
    locking.check(row, seen)
    if row.source is None or row.target is None or await _is_within_one(tx, row.source, row.target):
        raise BadInput("movement", f"{movement} does not go to another facility", "choose one from the list")
    if row.confirmed_at is not None:
        raise BadInput("movement", f"{movement} was confirmed by {row.confirmed_by}", "nothing is to be done")
    row.confirmed_at, row.confirmed_by = by.at, by.actor
    row.taken_by = taken_by or row.taken_by
    await audit.record(tx, by, "confirmed", [row])
    return record_of(row, Movement)


async def unconfirmed(tx: Tx, scope: Scope, asked: Asked) -> Page[Movement]:
    """Movements to these facilities from others that nobody confirmed, the newest first."""
    row = tables.Movement
    from_room, to_room = aliased(tables.Compartment), aliased(tables.Compartment)
    sender, receiver = aliased(tables.Equipment), aliased(tables.Equipment)
    query = select(row).where(row.confirmed_at.is_(None), row.withdrawn_at.is_(None))
    query = query.where(row.source.is_not(None), row.target.is_not(None))  # as the index of these few says it
    query = query.join(from_room, from_room.id == row.source).join(sender, sender.code == from_room.equipment)
    query = query.join(to_room, to_room.id == row.target).join(receiver, receiver.code == to_room.equipment)
    query = query.where(sender.facility != receiver.facility)
    query = query.where(true() if scope is None else receiver.facility.in_(scope))
    return await page(tx, query, (row.at, row.id), asked, Movement, descending=True)


async def _is_within_one(tx: Tx, source: int, target: int) -> bool:
    return await facility_of(tx, source) == await facility_of(tx, target)
