"""Lists in pages: `{"items": […], "next": cursor or null}`.

A cursor is where the last page ended, not a count of rows, so that what arrives meanwhile is neither shown twice nor
the cause that something is skipped.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final, Generic, TypeVar

import msgspec
from sqlalchemy import Result, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from coldchain.archive.db import Tx
from coldchain.errors import BadInput

T = TypeVar("T")

MOST: Final = 1000


class Asked(msgspec.Struct, frozen=True):
    """What page somebody wants: how many rows, after which cursor.

    Raises:
        BadInput: when the limit is not in 1…1000.
    """

    limit: int = 100
    cursor: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MOST:
            raise BadInput("limit", f"{self.limit} is out of range", f"ask for 1 to {MOST}")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A page, and the cursor of the one behind it; None at the end."""

    items: list[T]
    next: str | None


async def page(
    tx: Tx,
    query: Select[Any],
    key: tuple[InstrumentedAttribute[Any], ...],
    asked: Asked,
    record: type[T],
    *,
    descending: bool = False,
) -> Page[T]:
    """Run `query` for one page, ordered by the unique columns `key`, whose names are also fields of `record`.

    Raises:
        BadInput: when the cursor is not one that a page of this list gave.
    """
    if asked.cursor is not None:
        last = tuple_(*_decode(asked.cursor, [column.type.python_type for column in key]))
        query = query.where(tuple_(*key) < last if descending else tuple_(*key) > last)
    order = [column.desc() if descending else column for column in key]
    result = await tx.execute(query.order_by(*order).limit(asked.limit + 1))
    found = [msgspec.convert(row, record, from_attributes=True) for row in _rows(result)]
    items = found[: asked.limit]
    if len(found) <= asked.limit:
        return Page(items, None)
    return Page(items, _encode([getattr(items[-1], column.key) for column in key]))


def _rows(result: Result[Any]) -> list[Any]:
    """Entities where the query asks for one, else rows of columns."""
    is_entity = len(result.keys()) == 1
    return list(result.scalars() if is_entity else result)


def _encode(values: list[Any]) -> str:
    return urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _decode(cursor: str, kinds: list[type]) -> list[Any]:
    try:
        values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:  # also binascii's and JSON's own
        values = None
    if not isinstance(values, list) or [type(value) for value in values] != kinds or any(map(_is_wild, values)):
        raise BadInput("cursor", "this is no cursor of ours", "pass the `next` of the page before, or none")
    return values


def _is_wild(value: object) -> bool:
    """What no key is and a database may choke on."""
    return (isinstance(value, int) and abs(value) >= 2**63) or (isinstance(value, str) and not value.isprintable())
