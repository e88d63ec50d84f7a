"""What proves that nothing was changed unseen: seals of readings, roots over all chains, and what was deleted by whom."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, CodeKey, Long, Ms, Name, Serial


class Seal(Base):
    """One UTC day of one gateway's readings, as it was sealed; late readings add a version. See docs/audit.md."""

    __tablename__ = "seal"

    gateway: Mapped[CodeKey]
    day: Mapped[Ms] = mapped_column(primary_key=True, autoincrement=False)  # its midnight
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 1, 2, …
    sealed_at: Mapped[Ms]
    channels: Mapped[list[list[Any]]] = mapped_column(
        JSON
    )  # [device/quantity, readings, sha256, uncovered, mixed], by name
    hours: Mapped[bytes] = mapped_column(LargeBinary)  # per channel 24 × 4 bytes: where a day that differs does so
    cites: Mapped[list[list[Any]]] = mapped_column(JSON)  # [collector, shard, after, upto, batches, sha256]


class Root(Base):
    """The heads of all chains at one instant, and a hash over them and the root before: what leaves the house."""

    __tablename__ = "root"

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Ms]
    heads: Mapped[list[list[Any]]] = mapped_column(JSON)  # [stream, n, hash], by name
    previous: Mapped[Name]
    hash: Mapped[Name]


class Deletion(Base):
    """An act by which readings were deleted: signed by two, and with what they were. Nothing else ever deletes any."""

    __tablename__ = "deletion"
    __table_args__ = (CheckConstraint('"end" > start', name="order"),)

    id: Mapped[Serial]
    at: Mapped[Ms]
    start: Mapped[Ms]
    end: Mapped[Ms]
    channels: Mapped[list[list[Any]]] = mapped_column(JSON)  # [channel, readings, sha256 of them]
    lots: Mapped[list[list[Any]]] = mapped_column(JSON)  # [lot, expires on, kept until]: whom it no longer concerns
    signed_by: Mapped[Name]
    second: Mapped[Name]  # another person
    reason: Mapped[Long]
    done_at: Mapped[Ms | None]  # None: decided, and not carried out yet
