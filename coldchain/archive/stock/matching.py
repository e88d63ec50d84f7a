"""Lots by what is printed on them: number, vaccine, maker, article number, traceability code."""

import re
import unicodedata

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.rows import record_of
from coldchain.archive.stock.words import Lot


async def lots_numbered(tx: Tx, number: str, vaccine: str | None = None, maker: str | None = None) -> list[Lot]:
    """All lots of this number; of one vaccine, and of a maker whose name says the same or is a short form of it."""
    row = tables.Lot
    query = select(row).where(row.number == number).order_by(row.id)
    if vaccine is not None:
        query = query.where(row.vaccine == vaccine)
    found = [record_of(each, Lot) for each in await tx.scalars(query)]
    return found if maker is None else [each for each in found if is_same_maker(each.maker, maker)]


async def lots_like(tx: Tx, number: str, vaccine: str, maker: str) -> list[Lot]:
    """The lots of a vaccine and maker whose number is another spelling of this one: zeros before it, case, dashes."""
    row = tables.Lot
    query = select(row).where(row.vaccine == vaccine, row.number != number).order_by(row.id)
    same = [each for each in await tx.scalars(query) if _spelled(each.number) == _spelled(number)]
    return [record_of(each, Lot) for each in same if is_same_maker(each.maker, maker)]


async def lots_of_gtin(tx: Tx, gtin: str) -> list[Lot]:
    """All lots whose boxes bear this article number, however many zeros stand before it."""
    row = tables.Lot
    short = gtin.lstrip("0")
    spelled = {short.zfill(length) for length in (8, 12, 13, 14) if len(short) <= length}
    query = select(row).where(row.gtin.in_(spelled)).order_by(row.expires_on, row.id)
    return [record_of(each, Lot) for each in await tx.scalars(query)]


async def lots_of_trace_code(tx: Tx, code: str, product: str) -> list[Lot]:
    """All lots of a product by the first digits of its traceability codes, but those whose boxes share other digits."""
    row = tables.Lot
    query = select(row).where(row.trace_code.startswith(product, autoescape=True)).order_by(row.expires_on, row.id)
    found = [record_of(each, Lot) for each in await tx.scalars(query)]
    return [each for each in found if code.startswith(each.trace_code) or len(each.trace_code) == len(code)]


def is_same_maker(one: str, other: str) -> bool:
    """True where one name is the other, or stands in it: 北京科兴 is 北京科兴生物制品有限公司."""
    first, second = (unicodedata.normalize("NFKC", name).replace(" ", "").casefold() for name in (one, other))
    return bool(first and second) and (first in second or second in first)


def _spelled(number: str) -> str:
    return re.sub(r"[\s\-_/.]", "", unicodedata.normalize("NFKC", number)).casefold().lstrip("0")
