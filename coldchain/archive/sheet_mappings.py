"""Saved column mappings: how another system's sheet is read, by a name that people give it.

    exchange (are these fields of that kind?) ─► put ─► sheet_mapping ─► mapping(name) ─► exchange reads a file by it

Which fields a kind of sheet has is no business of the archive; what was said is kept as it was said.
"""

import re
from typing import Final

import msgspec
from sqlalchemy import select

from coldchain.archive import audit, changes, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, is_plain, record_of
from coldchain.errors import BadInput

NAME: Final = re.compile(r"[\w.-]{1,64}")
MOST: Final = 200  # titles, and characters in each


class Mapping(Record, frozen=True, kw_only=True):
    """`titles` of the sheet as fields, and what is `fixed` for every row of it."""

    name: str
    kind: str
    titles: dict[str, str]
    fixed: dict[str, str]


class _Counting(Mapping, frozen=True, kw_only=True):
    """… whatever was withdrawn under that name before, this counts."""

    withdrawn_at: int | None = None


async def put(tx: Tx, new: Mapping, by: By, *, seen: str | None = None) -> str:
    """Save a mapping, or change the one of this name; returns the tag of its state.

    Raises:
        Stale: it was changed since.
        BadInput: when its name or texts cannot be kept.
    """
    _check(new)
    await audit.begin(tx)
    there = await tx.get(tables.SheetMapping, new.name)
    if there is not None and there.withdrawn_at is None:
        locking.check(there, seen)
    await changes.put(tx, tables.SheetMapping, ["name"], [_Counting(**msgspec.structs.asdict(new))], by)
    return locking.tag_of(await tx.get_one(tables.SheetMapping, new.name))


async def mapping(tx: Tx, name: str) -> Mapping:
    """The mapping of this name.

    Raises:
        BadInput: when there is none.
    """
    return _shown(await _row(tx, name))


async def tag(tx: Tx, name: str) -> str:
    """The state of a mapping, for whoever is to change it.

    Raises:
        BadInput: when there is none.
    """
    return locking.tag_of(await _row(tx, name))


async def listed(tx: Tx, kind: str | None = None) -> list[Mapping]:
    """All that count, by name."""
    row = tables.SheetMapping
    query = select(row).where(row.withdrawn_at.is_(None)).order_by(row.name)
    if kind is not None:
        query = query.where(row.kind == kind)
    return [_shown(each) for each in await tx.scalars(query)]


async def withdraw(tx: Tx, name: str, by: By, seen: str | None = None) -> Mapping:
    """Use it no more; it stays in the book.

    Raises:
        BadInput: when there is none.
        Stale: when it was changed since it was `seen`.
    """
    await audit.begin(tx)
    row = await _row(tx, name)
    locking.check(row, seen)
    row.withdrawn_at = by.at
    await audit.record(tx, by, "withdrawn", [row])
    return _shown(row)


async def _row(tx: Tx, name: str) -> tables.SheetMapping:
    row = await tx.get(tables.SheetMapping, name) if is_plain(name) else None
    if row is None or row.withdrawn_at is not None:
        raise BadInput("mapping", f"{name[:80]!r} is not in the archive", "save it first, or choose one from the list")
    return row


def _shown(row: tables.SheetMapping) -> Mapping:
    return record_of({name: getattr(row, name) for name in Mapping.__struct_fields__}, Mapping)


def _check(new: Mapping) -> None:
    if not NAME.fullmatch(new.name):
        wrong = f"{new.name[:80]!r} is no name of a mapping"
        raise BadInput("name", wrong, "use letters, digits, dots and dashes, at most 64")
    for field, said in (("titles", new.titles), ("fixed", new.fixed)):
        if len(said) > MOST:
            raise BadInput(field, f"{len(said)} are too many", f"use at most {MOST}")
        for text in (*said, *said.values()):
            if len(text) > MOST or not is_plain(text):
                raise BadInput(field, f"{text[:40]!r} is too long or holds control characters", "correct it")
