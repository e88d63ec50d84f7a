"""Roots: one hash over the heads of all chains and the root before, taken every day and whenever somebody asks.

    head of every chain ─┐
    root before ─────────┴─► hash ─► out of the house: an auditor's mail, a printed form

Only a root that somebody else holds proves that the chains were not made anew behind it.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import select

from coldchain.archive import chains, db, tables
from coldchain.archive.db import Archive, Tx
from coldchain.archive.evidence.days import DAY_MS, HOUR_MS
from coldchain.archive.images import digest
from coldchain.archive.rows import Record, record_of
from coldchain.errors import BadInput

HEX: Final = 64
AFTER_MS: Final = HOUR_MS  # after the end of a UTC day, when its seals are made


class Root(Record, frozen=True, kw_only=True):
    """The heads of all chains at one instant: [stream, n, hash], by name."""

    n: int
    at: int
    heads: list[tuple[str, int, str]]
    previous: str
    hash: str


def hash_of(root: Mapping[str, Any]) -> str:
    """The hash of a root: over n, at, heads and the hash of the root before."""
    return digest({name: root[name] for name in ("n", "at", "heads", "previous")})


async def take(tx: Tx, at: int) -> Root:
    """A root of what stands now."""
    await db.lock(tx, "roots")
    last = await newest(tx)
    heads = [[stream, n, its] for stream, (n, its) in sorted((await chains.heads(tx)).items())]
    root = {
        "n": last.n + 1 if last else 1,
        "at": at,
        "heads": heads,
        "previous": last.hash if last else chains.GENESIS,
    }
    row = tables.Root(**root, hash=hash_of(root))
    tx.add(row)
    await tx.flush()
    return record_of(row, Root)


async def daily(archive: Archive, at: int, patience_ms: int = 0) -> Root | None:
    """The day's root, if it has been due for so long and is not taken yet."""
    async with archive.reading() as tx:
        if not _is_due(await newest(tx), at, patience_ms):
            return None
    async with archive.writing() as tx:
        await db.lock(tx, "roots")
        return await take(tx, at) if _is_due(await newest(tx), at, patience_ms) else None


def _is_due(last: Root | None, at: int, patience_ms: int) -> bool:
    """True when none was taken since it was due. One of a time to come, by a clock since set back, is no reason to wait."""
    due_since = (at - AFTER_MS - patience_ms) // DAY_MS * DAY_MS + AFTER_MS
    return last is None or not due_since <= last.at <= at


def wanted(written: str) -> str:
    """The hash of a root as somebody wrote it down.

    Raises:
        BadInput: when it is none: what is asked for must not pass for what was found.
    """
    its = "".join(written.split()).lower()
    if len(its) != HEX or not set(its) <= set("0123456789abcdef"):
        raise BadInput("--root", f"{written[:80]!r} is no root", f"write all its {HEX} hex digits")
    return its


async def newest(tx: Tx) -> Root | None:
    """The last one taken."""
    row = await tx.scalar(select(tables.Root).order_by(tables.Root.n.desc()).limit(1))
    return None if row is None else record_of(row, Root)


async def before(tx: Tx, limit: int, n: int | None = None) -> list[Root]:
    """The newest of those before root `n`, or of all; the newest first."""
    query = select(tables.Root).order_by(tables.Root.n.desc()).limit(limit)
    rows = await tx.scalars(query if n is None else query.where(tables.Root.n < n))
    return [record_of(row, Root) for row in rows]


async def listed(tx: Tx) -> list[Root]:
    """All of them, the oldest first. What somebody made unreadable of one is left out, so that its hash does not fit."""
    rows = await tx.scalars(select(tables.Root).order_by(tables.Root.n))
    return [root_from(row.n, row.at, row.heads, row.previous, row.hash) for row in rows]


def root_from(n: int, at: int, heads: Any, previous: str, its: str) -> Root:  # noqa: ANN401 - whatever JSON stands there
    """A root of a row's columns."""
    try:
        read = msgspec.convert(heads, list[tuple[str, int, str]])
    except msgspec.ValidationError:
        read = []
    return Root(n=n, at=at, heads=read, previous=previous, hash=its)


def plain(root: Root) -> dict[str, Any]:
    """A root as it is hashed, exported and answered."""
    return dict(msgspec.to_builtins(root))
