"""What the services remember for each other: cursors, checkpoints, changes, leases, refused messages, the audit chain."""

from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Code, CodeKey, Long, Ms, Name, Serial, Word


class Cursor(Base):
    """How far a reader has followed one collector's arrival journal in one shard; moved in the deciding transaction."""

    __tablename__ = "cursor"

    reader: Mapped[CodeKey]
    collector: Mapped[CodeKey]
    shard: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[Ms]


class Checkpoint(Base):
    """Engine state of one channel, a shortcut only: lost or stale, it is rebuilt from the series."""

    __tablename__ = "checkpoint"

    channel: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[Word]  # of the engine and rules that wrote it
    state: Mapped[dict[str, Any]] = mapped_column(JSON)


class Change(Base):
    """The change journal: corrections that make old readings mean something else; followed by cursor like arrivals."""

    __tablename__ = "change"

    id: Mapped[Serial]
    at: Mapped[Ms]
    entity: Mapped[Word]  # assignment | movement | lot | calibration | rule …
    entity_id: Mapped[Name]
    channel: Mapped[Name | None]  # what must be judged again …
    compartment: Mapped[int | None]  # … or whose exposure summed again …
    lot: Mapped[str | None] = mapped_column(String(64))
    start: Mapped[Ms | None]  # … from when
    end: Mapped[Ms | None]  # None = until now


class Lease(Base):
    """Who holds a shard or a daily job; the fence rises with each holder and is checked inside its transactions."""

    __tablename__ = "lease"

    name: Mapped[CodeKey]
    holder: Mapped[Name]
    fence: Mapped[int]
    expires_at: Mapped[Ms]  # wall clock


class RefusedRow(Base):
    """A message or reading that the collector would not store, kept whole with the reason, for a person to see."""

    __tablename__ = "refused"
    __table_args__ = (Index("uq_refused_once", "gateway", "sha256", "reason", unique=True),)

    id: Mapped[Serial]
    collector: Mapped[Code]
    gateway: Mapped[Long] = mapped_column(index=True)  # as the topic says, whatever that is
    topic: Mapped[Long]
    received_at: Mapped[Ms]
    spool: Mapped[Word | None]
    seq: Mapped[Ms | None]
    reason: Mapped[Word]
    detail: Mapped[Long]
    sha256: Mapped[Name]
    payload: Mapped[bytes] = mapped_column(LargeBinary)


class AuditEntry(Base):
    """One link of a writer's hash chain: who changed what, the row's canonical image, and the hash of the link before."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_entity", "entity", "entity_id"),
        Index("ix_audit_entity_at", "entity", "at", "stream", "n"),
        Index("ix_audit_at", "at"),
    )

    stream: Mapped[CodeKey]
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Ms]
    actor: Mapped[Name]
    action: Mapped[Word]
    entity: Mapped[Word]
    entity_id: Mapped[Name]
    image: Mapped[Long]  # canonical JSON of the row after the change
    reason: Mapped[Long]
    previous: Mapped[Name]
    hash: Mapped[Name]
