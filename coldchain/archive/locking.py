"""Optimistic locking: whoever changes a row says which state of it they saw; another state is refused.

    look ─► tag ─► change(…, tag) ─► the row still says so? ─► written, else Stale

A tag is a digest of the whole row, so no table needs a version column and no writer can forget to raise it.
"""

import hashlib
from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import select

from coldchain.archive import images
from coldchain.archive.db import Tx
from coldchain.archive.tables import Base
from coldchain.errors import Stale

ANY: Final = "*"  # whatever it says now


def tag_of(row: Base) -> str:
    """The state of a row in 16 characters."""
    return hashlib.sha256(images.canonical(images.image_of(row)).encode()).hexdigest()[:16]


async def tags_of(tx: Tx, kind: Any, numbers: Collection[int]) -> dict[int, str]:  # noqa: ANN401 - a table with `id`
    """The states of rows by their numbers."""
    return {row.id: tag_of(row) for row in await tx.scalars(select(kind).where(kind.id.in_(numbers)))}


def check(row: Base, seen: str | None) -> None:
    """Refuse a change that was made for another state of the row; None asks for no such check. Call `audit.begin` first.

    Raises:
        Stale: it was changed since.
    """
    if seen is not None and seen not in {ANY, tag_of(row)}:
        raise Stale("tag", f"{seen[:40]!r} is no longer its state", "look at it again, and repeat")
