"""Timed modes of a piece of equipment, 盘苗 and 除霜: a word for an occasion, until when.

    begin(defrost, until 11:30) ─► occasion ─► the county's policy: explains warmth, within its own limit and time

A mode mutes nothing. What it explains is still recorded, as a note; frost, what goes beyond the policy's limit for such an
occasion, and what lasts longer than that allows ring as if there were no mode. When its time is over it is over by itself.
"""

from typing import Final

from coldchain import clock
from coldchain.archive import occasions, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.occasions import NewOccasion, Occasion, OccasionKind
from coldchain.archive.rows import record_of
from coldchain.archive.upkeep import life
from coldchain.archive.upkeep.words import GONE
from coldchain.errors import BadInput

HOUR_MS: Final = 3_600_000
LONGEST_MS: Final = {OccasionKind.STOCK_TAKE: 4 * HOUR_MS, OccasionKind.DEFROST: 12 * HOUR_MS}


async def begin(tx: Tx, code: str, kind: OccasionKind, span: tuple[int, int], by: By, note: str = "") -> Occasion:
    """Say that a piece is counted or defrosted from–to.

    Raises:
        BadInput: when the kind is no mode, the piece is gone or in such a mode already, or the time cannot be.
    """
    start, end = span
    if kind not in LONGEST_MS:
        raise BadInput("kind", f"{kind.value} is no mode of equipment", f"use one of {', '.join(LONGEST_MS)}")
    if end - start > LONGEST_MS[kind]:
        most = LONGEST_MS[kind] // HOUR_MS
        raise BadInput("until", f"it would last longer than {most} h", "say until when it really lasts")
    row = await life.row_of(tx, code)
    if row.status in GONE:
        raise BadInput("equipment", f"{code} is {row.status}", "name a piece that stands here")
    there = [each for each in await _own(tx, code, start, end) if each.kind is kind]
    if there:
        wrong = f"it is in this mode until {clock.iso(there[0].end)} (number {there[0].id})"
        raise BadInput("start", wrong, "withdraw that one first, or begin after it")
    return await occasions.enter(tx, NewOccasion(kind=kind, start=start, end=end, equipment=code, note=note), by)


async def find(tx: Tx, code: str, number: int) -> Occasion | None:
    """A mode of this piece by its number, whether it counts or not."""
    row = await tx.get(tables.Occasion, number)
    is_its = row is not None and row.equipment == code and row.kind in {kind.value for kind in LONGEST_MS}
    return record_of(row, Occasion) if is_its else None


async def current(tx: Tx, code: str, at: int) -> list[Occasion]:
    """The modes that a piece is in at this moment; each says until when."""
    return await _own(tx, code, at, at + 1)


async def _own(tx: Tx, code: str, start: int, end: int) -> list[Occasion]:
    found = await occasions.occasions_for(tx, code, start, end)
    return [each for each in found if each.equipment == code and each.kind in LONGEST_MS]
