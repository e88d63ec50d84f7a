"""What is open at a facility at an instant: who takes it over is to know without asking.

alarms · held lots · care that is overdue · requests not done · who is untrained ─► lines of a hand-over, by kind
"""

from typing import Any

from sqlalchemy import select

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.facilities import training
from coldchain.archive.upkeep import care
from coldchain.archive.upkeep.words import WishState

Matters = dict[str, list[dict[str, Any]]]


async def open_at(tx: Tx, facility: str, at: int) -> Matters:
    """All that is open there now, `at` being now; a kind of which nothing is open has an empty list."""
    scope = frozenset({facility})
    return {
        "alarms": await _alarms(tx, facility),
        "holds": await _holds(tx, facility),
        "care": [
            {"equipment": each.equipment, "what": each.what, "last": clock.iso_or_none(each.last_at)}
            for each in await care.overdue(tx, scope, at)
        ],
        "repairs": await _repairs(tx, facility),
        "requests": await _requests(tx, facility),
        "untrained": [
            {"person": each.person, "post": each.post, "topic": each.topic, "until": each.until}
            for each in await training.lacking(tx, scope, at)
        ],
    }


async def _alarms(tx: Tx, facility: str) -> list[dict[str, Any]]:
    row = tables.Alarm
    query = select(row).where(row.facility == facility, row.ended_at.is_(None), row.is_drill.is_(False))
    return [
        {"alarm": each.id, "kind": each.kind, "equipment": each.equipment, "since": clock.iso(each.raised_at)}
        for each in await tx.scalars(query.order_by(row.id))
    ]


async def _holds(tx: Tx, facility: str) -> list[dict[str, Any]]:
    row = tables.Hold
    query = select(row).where(row.facility == facility, row.lifted_at.is_(None)).order_by(row.id)
    return [
        {"hold": each.id, "lot": each.lot, "doses": each.doses, "since": clock.iso(each.since)}
        for each in await tx.scalars(query)
    ]


async def _repairs(tx: Tx, facility: str) -> list[dict[str, Any]]:
    """What stands there and is broken."""
    row, piece = tables.Repair, tables.Equipment
    query = select(row).join(piece, piece.code == row.equipment).where(piece.facility == facility)
    query = query.where(row.repaired_on.is_(None), row.withdrawn_at.is_(None)).order_by(row.id)
    return [
        {"repair": each.id, "equipment": each.equipment, "broken_on": each.broken_on, "cause": each.cause}
        for each in await tx.scalars(query)
    ]


async def _requests(tx: Tx, facility: str) -> list[dict[str, Any]]:
    """What it asked for and does not have yet."""
    row = tables.ChangeRequest
    query = select(row).where(row.facility == facility, row.withdrawn_at.is_(None))
    query = query.where(row.state != str(WishState.DONE)).order_by(row.id)
    return [
        {"request": each.id, "kind": each.kind, "equipment": each.equipment, "state": each.state}
        for each in await tx.scalars(query)
    ]
