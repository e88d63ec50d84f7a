"""Things that are counted, not kept piece by piece: ice packs, carriers, thermometers. The newest day's count holds."""

from collections import defaultdict

from sqlalchemy import Select, func, select, true

from coldchain.archive import audit, changes, places, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.rows import Record, check_texts, record_of, table_of
from coldchain.archive.upkeep import days
from coldchain.archive.upkeep.words import Item
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

MOST = 1_000_000


class NewCount(Record, frozen=True, kw_only=True):
    """On that day a facility had so many of a kind."""

    facility: str
    kind: Item
    quantity: int
    counted_on: str
    note: str = ""


class Count(NewCount, frozen=True, kw_only=True):
    """… that stands in the archive; withdrawn = entered by mistake."""

    id: int
    by: str
    withdrawn_at: int | None = None


async def count(tx: Tx, new: NewCount, by: By) -> Count:
    """Write down a count; the counts of before stay.

    Raises:
        BadInput: when the facility is unknown, or number or day cannot be.
    """
    await audit.begin(tx)
    await places.facility(tx, new.facility)
    check_texts("item_count", {"note": new.note})
    if not 0 <= new.quantity <= MOST:
        raise BadInput("quantity", f"{new.quantity} cannot be counted", f"write 0 to {MOST}")
    days.check_past("counted_on", new.counted_on, by.at)
    row = tables.ItemCount(
        facility=new.facility, kind=new.kind.value, quantity=new.quantity, counted_on=new.counted_on, note=new.note,
        by=by.actor,
    )  # fmt: skip
    await changes.enter(tx, by, "counted", row, [])
    return record_of(row, Count)


async def withdraw(tx: Tx, number: int, by: By) -> Count:
    """Take back a count that was a mistake.

    Raises:
        BadInput: when there is none that counts.
    """
    row = await changes.counting(tx, tables.ItemCount, "number", number)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Count)


async def listed(
    tx: Tx, asked: Asked, scope: Scope, *, facility: str | None = None, kind: Item | None = None
) -> Page[Count]:
    """All counts in scope that hold, the newest day first."""
    row = tables.ItemCount
    query = _counts(scope)
    if facility is not None:
        query = query.where(row.facility == facility)
    if kind is not None:
        query = query.where(row.kind == kind.value)
    return await page(tx, query, (row.counted_on, row.id), asked, Count, descending=True)


async def latest(tx: Tx, scope: Scope, day: str | None = None) -> dict[str, dict[Item, Count]]:
    """What each facility has of each kind, by the newest count (up to a day)."""
    row = tables.ItemCount
    newest = func.row_number().over(
        partition_by=[row.facility, row.kind], order_by=[row.counted_on.desc(), row.id.desc()]
    )
    counts = select(row.id, newest.label("place")).where(row.withdrawn_at.is_(None))
    counts = counts.where(true() if scope is None else row.facility.in_(scope))
    counted = counts.where(true() if day is None else row.counted_on <= day).subquery()
    query = select(*table_of(row).columns).join(counted, counted.c.id == row.id).where(counted.c.place == 1)
    found: dict[str, dict[Item, Count]] = defaultdict(dict)
    for each in await tx.execute(query):
        found[each.facility][Item(each.kind)] = record_of(each, Count)
    return dict(found)


def _counts(scope: Scope) -> Select[tables.ItemCount]:
    row = tables.ItemCount
    return select(row).where(row.withdrawn_at.is_(None), true() if scope is None else row.facility.in_(scope))
