"""Prices: what a dose of a paid vaccine costs, each from a day on, as some paper says. In fen.

A price is everybody's, or of one region and what lies below: there it stands before everybody's.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select

from coldchain.archive import audit, changes, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.stock import days
from coldchain.archive.stock.entries import vaccine
from coldchain.archive.stock.words import MOST_DOSES, Lot
from coldchain.errors import BadInput


class NewPrice(Record, frozen=True, kw_only=True):
    """A price from a day on; `maker` empty: of any maker without a price of its own. `valid_to` is the first day without."""

    vaccine: str
    fen: int
    valid_from: str
    source: str
    maker: str = ""
    valid_to: str | None = None
    region: str | None = None


class Price(NewPrice, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int
    withdrawn_at: int | None


async def say(tx: Tx, new: NewPrice, by: By) -> Price:
    """Write down a price; from its first day on it stands before those of earlier days.

    Raises:
        BadInput: naming the field.
    """
    check_texts("price", {"maker": new.maker, "source": new.source})
    await vaccine(tx, new.vaccine)
    if not 0 <= new.fen <= MOST_DOSES:
        raise BadInput("fen", f"{new.fen} is no price", "write fen per dose, 0 or more")
    if not new.source.strip():
        raise BadInput("source", "nobody says so", "name the paper that sets it")
    days.check_day("valid_from", new.valid_from)
    if new.valid_to is not None:
        days.check_day("valid_to", new.valid_to)
        if new.valid_to <= new.valid_from:
            raise BadInput("valid_to", f"{new.valid_to} is not after {new.valid_from}", "write a later day, or none")
    if new.region is not None and await tx.get(tables.Region, new.region) is None:
        raise BadInput("region", f"{new.region[:40]!r} is not in the archive", "import it first, or leave it out")
    await audit.begin(tx)
    row = tables.Price(**{name: getattr(new, name) for name in NewPrice.__struct_fields__})
    await changes.enter(tx, by, "priced", row, [])
    return record_of(row, Price)


async def withdraw(tx: Tx, number: int, by: By, *, seen: str | None = None) -> Price:
    """Take back a price that was entered by mistake.

    Raises:
        BadInput: when there is none that counts.
        Stale: it was changed since it was seen.
    """
    row = await changes.counting(tx, tables.Price, "price", number)
    locking.check(row, seen)
    row.withdrawn_at = by.at
    await audit.record(tx, by, "withdrawn", [row])
    return record_of(row, Price)


async def price(tx: Tx, number: int) -> tuple[Price, str]:
    """One, withdrawn or not, and the tag of its state.

    Raises:
        BadInput: when there is none.
    """
    row = await tx.get(tables.Price, number)
    if row is None:
        raise BadInput("price", f"there is no price {number}", "choose one from the list")
    return record_of(row, Price), locking.tag_of(row)


async def listed(tx: Tx, vaccine: str, regions: Collection[str] | None = None) -> list[Price]:
    """All prices of a vaccine that count, the newest first: all, or everybody's and those of these regions."""
    row = tables.Price
    query = select(row).where(row.vaccine == vaccine, row.withdrawn_at.is_(None))
    if regions is not None:
        query = query.where(or_(row.region.is_(None), row.region.in_(regions)))
    query = query.order_by(row.valid_from.desc(), row.id.desc())
    return [record_of(each, Price) for each in await tx.scalars(query)]


async def price_of(tx: Tx, lot: Lot, day: str, lineage: Sequence[str] = ()) -> int | None:
    """What a dose of a lot costs on a day, in fen: its own price, else its maker's, else anybody's; None: nobody says.

    Of each, that of the nearest region of `lineage` (the nearest first) stands before everybody's.
    """
    if lot.price_fen is not None:
        return lot.price_fen
    row = tables.Price
    query = select(row).where(row.vaccine == lot.vaccine, row.maker.in_([lot.maker, ""]), row.valid_from <= day)
    query = query.where(or_(row.valid_to.is_(None), row.valid_to > day), row.withdrawn_at.is_(None))
    query = query.where(or_(row.region.is_(None), row.region.in_(lineage)))
    found = list(await tx.scalars(query.order_by(row.valid_from.desc(), row.id.desc())))
    near = {region: n for n, region in enumerate(lineage)}
    found.sort(key=lambda each: (each.maker == "", near.get(each.region or "", len(near))))
    return found[0].fen if found else None
