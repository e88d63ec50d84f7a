"""Prices: what a dose of a paid vaccine costs, each from a day on, as some paper says. In fen."""

from sqlalchemy import or_, select

from coldchain.archive import audit, changes, tables
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
    await audit.begin(tx)
    row = tables.Price(**{name: getattr(new, name) for name in NewPrice.__struct_fields__})
    await changes.enter(tx, by, "priced", row, [])
    return record_of(row, Price)


async def withdraw(tx: Tx, number: int, by: By) -> Price:
    """Take back a price that was entered by mistake.

    Raises:
        BadInput: when there is none that counts.
    """
    row = await changes.counting(tx, tables.Price, "price", number)
    row.withdrawn_at = by.at
    await audit.record(tx, by, "withdrawn", [row])
    return record_of(row, Price)


async def listed(tx: Tx, vaccine: str) -> list[Price]:
    """All prices of a vaccine that count, the newest first."""
    row = tables.Price
    query = select(row).where(row.vaccine == vaccine, row.withdrawn_at.is_(None))
    query = query.order_by(row.valid_from.desc(), row.id.desc())
    return [record_of(each, Price) for each in await tx.scalars(query)]


async def price_of(tx: Tx, lot: Lot, day: str) -> int | None:
    """What a dose of a lot costs on a day, in fen: its own price, else its maker's, else anybody's; None: nobody says."""
    if lot.price_fen is not None:
        return lot.price_fen
    row = tables.Price
    query = select(row.fen).where(row.vaccine == lot.vaccine, row.maker.in_([lot.maker, ""]), row.valid_from <= day)
    query = query.where(or_(row.valid_to.is_(None), row.valid_to > day), row.withdrawn_at.is_(None))
    order = (row.maker == "", row.valid_from.desc(), row.id.desc())
    return await tx.scalar(query.order_by(*order).limit(1))
