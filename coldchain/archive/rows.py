"""Between rows and records: what a query gives is a frozen record, and what cannot be kept is refused by field."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import String, Table
from sqlalchemy.dialects import postgresql, sqlite

from coldchain.archive.db import Tx
from coldchain.archive.tables import Base
from coldchain.errors import BadInput

T = TypeVar("T")
B = TypeVar("B", bound=Base)

AT_ONCE: Final = 5000  # keys in one question: databases take some 32,000, and a question may name each several times


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row as callers see it."""


def record_of(row: object, kind: type[T]) -> T:
    """The record of a row that has its fields."""
    return msgspec.convert(row, kind, from_attributes=True)


def in_batches(keys: Iterable[T]) -> Iterator[list[T]]:
    """Each key once, in the order given, as many at a time as one question may name."""
    each = list(dict.fromkeys(keys))
    for n in range(0, len(each), AT_ONCE):
        yield each[n : n + AT_ONCE]


def check_texts(table: str, values: Mapping[str, Any]) -> None:
    """Refuse text that a column cannot hold; SQLite would take any length, and PostgreSQL no NUL.

    Raises:
        BadInput: naming table and column.
    """
    for column, most in _lengths(table).items():
        text = values.get(column)
        if not isinstance(text, str):
            continue
        if most is not None and len(text) > most:
            raise BadInput(f"{table}.{column}", f"{len(text)} characters are too many", f"use at most {most}")
        if not is_plain(text):
            raise BadInput(f"{table}.{column}", f"{text[:40]!r} holds control characters", "remove them")


def is_plain(text: str) -> bool:
    """True for text that every database and page can show: no control characters, no half of a surrogate pair."""
    return not any((ord(char) < 32 and char not in "\n\t") or 0xD800 <= ord(char) <= 0xDFFF for char in text)


@cache
def _lengths(table: str) -> dict[str, int | None]:
    columns = Base.metadata.tables[table].columns
    return {column.key: column.type.length for column in columns if isinstance(column.type, String)}


async def insert_new(tx: Tx, table: type[Base], values: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, leaving out those whose unique key is taken; past the session, which would look at each of thousands."""
    if values:
        await tx.execute(_inserting(tx, table_of(table)), list(values))


async def inserted(tx: Tx, table: type[B], values: Sequence[Mapping[str, Any]]) -> list[B]:
    """`insert_new`, and the rows that are new by it."""
    return list(await tx.scalars(_inserting(tx, table).returning(table), list(values))) if values else []


def _inserting(tx: Tx, table: type[Base] | Table) -> postgresql.Insert | sqlite.Insert:
    insert = postgresql.insert if tx.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing()


def table_of(kind: type[Base]) -> Table:
    """The table behind a model."""
    assert isinstance(kind.__table__, Table)
    return kind.__table__
