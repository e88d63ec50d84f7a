"""Up to when stock files have told what lies where: a mark of the import, like a cursor; the books themselves are movements.

a row of a stock file ─► newest (an older row is not taken) ─► … the books ─► keep
"""

import msgspec
from sqlalchemy import or_, select

from coldchain.archive import tables
from coldchain.archive.db import Tx


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's file told at `at` how much of a lot lies at a place: `equipment/compartment`, or all of a facility."""

    facility: str
    lot: str
    place: str
    at: int
    document: str


async def newest(tx: Tx, facility: str, lot: str, place: str) -> Picture | None:
    """The last word on a lot at a place; what was said of the whole facility is said of each place in it."""
    row = tables.StockPicture
    query = select(row).where(row.facility == facility, row.lot == lot)
    if place:
        query = query.where(or_(row.place == place, row.place == ""))
    found = (await tx.scalars(query.order_by(row.at.desc()).limit(1))).first()
    return None if found is None else Picture(**{name: getattr(found, name) for name in Picture.__struct_fields__})


async def keep(tx: Tx, picture: Picture) -> None:
    """Remember the last word."""
    await tx.merge(tables.StockPicture(**msgspec.structs.asdict(picture)))
