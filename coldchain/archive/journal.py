"""What services remember for each other: how far a reader has followed the arrival journal, corrections, and leases.

A cursor moves in the transaction that holds what was decided from it. A lease is real time (`clock.wall`); its fence
rises with every holder, and a decision's transaction begins by checking it: a process that was frozen and wakes up
late finds another number there and decides nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from coldchain.archive import db, tables
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, record_of, table_of
from coldchain.archive.tables.base import Base
from coldchain.errors import Unavailable

ALERTING = "alerting"  # the reader that judges: as which it keeps its cursors
CHECKPOINT = "1"  # the form of a checkpoint's state; one of another form is not read
# Corrections of what happened; anything else that is journalled says by what it is judged, or what hung where.
HAPPENED = frozenset({"movement", "occasion", "session_hours", "manual_evidence", "manual_record"})
CHANGES = "changes"  # the collector's place in the cursor of one who follows the change journal


class Change(Record, frozen=True, kw_only=True):
    """A correction that makes a channel's verdicts, or a lot's exposure in a compartment, doubtful in [start, end)."""

    id: int
    at: int
    entity: str
    entity_id: str
    channel: str | None
    compartment: int | None
    lot: str | None
    start: int | None
    end: int | None

    @property
    def is_configuration(self) -> bool:
        """True where not what happened was corrected, but by what it is judged."""
        return self.entity not in HAPPENED

    @property
    def name(self) -> str:
        """The row that was changed."""
        return f"{self.entity}/{self.entity_id}"


@dataclass(frozen=True, slots=True)
class Fence:
    """A lease that is held, and the number under which it is."""

    name: str
    holder: str
    number: int


async def cursors(tx: Tx, reader: str) -> dict[tuple[str, int], int]:
    """How far a reader has come, per (collector, shard)."""
    rows = await tx.scalars(select(tables.Cursor).where(tables.Cursor.reader == reader))
    return {(row.collector, row.shard): row.position for row in rows}


async def set_cursors(tx: Tx, reader: str, positions: Mapping[tuple[str, int], int]) -> None:
    """A reader has come so far, per (collector, shard)."""
    rows = [{"reader": reader, "collector": c, "shard": n, "position": at} for (c, n), at in positions.items()]
    await _put(tx, tables.Cursor, rows)


async def newest_heard(tx: Tx) -> dict[str, int]:
    """The newest reading of each channel whose arrival was decided about."""
    rows = await tx.scalars(select(tables.Checkpoint).where(tables.Checkpoint.version == CHECKPOINT))
    return {row.channel: int(row.state["newest"]) for row in rows}


async def set_newest_heard(tx: Tx, newest: Mapping[str, int]) -> None:
    """Readings up to these were decided about."""
    rows = [{"channel": c, "version": CHECKPOINT, "state": {"newest": newest[c]}} for c in sorted(newest)]
    await _put(tx, tables.Checkpoint, rows)


async def _put(tx: Tx, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as they are from now on, whether they were there or not; past the session's rows, for there are thousands a second."""
    if not rows:
        return
    insert_of = postgresql.insert if tx.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement, key = insert_of(table_of(kind)), [column.name for column in table_of(kind).primary_key]
    now = {name: statement.excluded[name] for name in rows[0] if name not in key}
    await tx.execute(statement.on_conflict_do_update(index_elements=key, set_=now), list(rows))


async def unfollowed(tx: Tx, channels: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Of these channels, which changes of configuration alerting has not followed to their end yet."""
    change, mine = tables.Change, tables.Cursor
    is_mine = (mine.reader == ALERTING, mine.collector == CHANGES, mine.shard == 0)
    after = await tx.scalar(select(mine.position).where(*is_mine)) or 0
    query = select(change).where(change.id > after, change.channel.in_(channels), change.entity.not_in(HAPPENED))
    found: dict[str, dict[str, None]] = {}
    for row in await tx.scalars(query.order_by(change.id)):
        if row.channel is not None:
            found.setdefault(row.channel, {})[record_of(row, Change).name] = None
    return {channel: tuple(names) for channel, names in found.items()}


async def changes_after(tx: Tx, after: int, limit: int = 1000) -> list[Change]:
    """The change journal after an entry, in order."""
    query = select(tables.Change).where(tables.Change.id > after).order_by(tables.Change.id).limit(limit)
    return [record_of(row, Change) for row in await tx.scalars(query)]


async def take_lease(tx: Tx, name: str, holder: str, wall: int, lasts_ms: int) -> Fence | None:
    """Take a free or expired lease, or keep one's own; None while another holds it.

    Args:
        tx: a writing transaction.
        name: of the lease.
        holder: who asks; unique to a process.
        wall: the wall clock, ms.
        lasts_ms: for how long it is held from now on.
    """
    await db.lock(tx, f"lease {name}")
    row = await tx.get(tables.Lease, name, populate_existing=True)
    if row is None:
        row = tables.Lease(name=name, holder=holder, fence=1, expires_at=wall + lasts_ms)
        tx.add(row)
    elif row.holder == holder:
        row.expires_at = wall + lasts_ms
    elif row.expires_at <= wall or row.expires_at > wall + 2 * lasts_ms:  # over, or taken by a clock that was ahead
        row.holder, row.fence, row.expires_at = holder, row.fence + 1, wall + lasts_ms
    else:
        return None
    await tx.flush()
    return Fence(name, holder, row.fence)


async def check_fence(tx: Tx, fence: Fence) -> None:
    """Begin a decision: nobody else has taken the lease, and nobody can until this transaction ends.

    Raises:
        Unavailable: when another holds it now.
    """
    query = select(tables.Lease).where(tables.Lease.name == fence.name).with_for_update()
    row = await tx.scalar(query.execution_options(populate_existing=True))
    if row is None or (row.holder, row.fence) != (fence.holder, fence.number):
        raise Unavailable(f"lease {fence.name}: another process holds it; this one waits")


async def release_lease(tx: Tx, fence: Fence) -> None:
    """Give a lease back, so that nobody has to wait for it to expire."""
    row = await tx.get(tables.Lease, fence.name)
    if row is not None and (row.holder, row.fence) == (fence.holder, fence.number):
        row.expires_at = 0
    await tx.flush()
