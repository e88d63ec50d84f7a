"""Excursions as people see them (cases with revisions), and observations made at an instant."""

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Code, CodeKey, Long, Ms, Name, Serial, Word

GOES_ON = text('"end" is null')


class _Facts:
    """What an excursion says; the same columns in the current row and in each revision of it."""

    kind: Mapped[Word]
    rule: Mapped[Name]  # pack/rule, without version
    rule_version: Mapped[Code]  # as long as a pack may call it
    severity: Mapped[Word]
    certainty: Mapped[Word]
    state: Mapped[Word]
    known_good_before: Mapped[Ms | None]  # it began after this …
    first_bad: Mapped[Ms]  # … and no later than this
    last_bad: Mapped[Ms]
    known_good_after: Mapped[Ms | None]  # None while open
    extreme_mc: Mapped[int | None]  # m°C; None for watch events
    out_ms: Mapped[Ms]
    unknown_ms: Mapped[Ms]
    degree_ms: Mapped[Ms]  # m°C × ms beyond the limit, divided by 1000: °C·ms
    mkt_mc: Mapped[int | None]
    lots_known: Mapped[Word]
    lots: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # [{lot, vaccine, doses, out_ms}]
    merged_into: Mapped[str | None] = mapped_column(String(64))
    explained: Mapped[Word | None]  # an occasion's kind
    product_mc: Mapped[int | None]  # the product's own extreme, where a buffer is approved
    is_held: Mapped[bool] = mapped_column(default=False)
    waits_at_night: Mapped[bool] = mapped_column(default=False)


class Excursion(_Facts, Base):
    """The current state of a case. `id` = hash(channel, rule without version, anchor); the anchor never changes."""

    __tablename__ = "excursion"
    __table_args__ = (
        Index("ix_excursion_channel_anchor", "channel", "anchor"),
        Index("ix_excursion_state", "state"),
        Index("ix_excursion_is_followed_state", "is_followed", "state"),
        Index("ix_excursion_compartment_first_bad", "compartment", "first_bad"),
        Index("ix_excursion_first_bad", "first_bad", "id"),
    )

    id: Mapped[CodeKey]
    revision: Mapped[int]
    channel: Mapped[str] = mapped_column(ForeignKey("channel.name"))
    equipment: Mapped[str | None] = mapped_column(ForeignKey("equipment.code"), index=True)
    compartment: Mapped[int | None] = mapped_column(ForeignKey("compartment.id"))
    anchor: Mapped[Ms]
    opened_at: Mapped[Ms]  # domain time of the decision, not of the readings
    # False since it was last written; True once its alarm was found to say what it says (see `alarms.unfollowed`)
    is_followed: Mapped[bool] = mapped_column(default=False)


class ExcursionRevision(_Facts, Base):
    """Each state a case ever had, with why it changed and the window of evidence that was read."""

    __tablename__ = "excursion_revision"

    excursion: Mapped[str] = mapped_column(ForeignKey("excursion.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[Ms]
    reason: Mapped[Word]  # opened | continued | late_data | ended | merged | withdrawn | reopened | rule_changed …
    evidence_start: Mapped[Ms]
    evidence_end: Mapped[Ms]
    note: Mapped[Long] = mapped_column(default="")


class Observation(Base):
    """Something seen at an instant from what was then known: silence, mains lost, a forecast. It ends; it is never recomputed."""

    __tablename__ = "observation"
    __table_args__ = (
        Index("ix_observation_kind_subject_end", "kind", "subject", "end"),
        Index("ix_observation_open", "start", sqlite_where=GOES_ON, postgresql_where=GOES_ON),
    )

    id: Mapped[Serial]
    kind: Mapped[Word]
    subject: Mapped[str] = mapped_column(String(200))  # a channel, gateway or equipment code
    equipment: Mapped[str | None] = mapped_column(ForeignKey("equipment.code"), index=True)
    severity: Mapped[Word]
    start: Mapped[Ms]
    end: Mapped[Ms | None] = mapped_column(BigInteger)
    seen_at: Mapped[Ms]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    waits_at_night: Mapped[bool] = mapped_column(default=False)  # as an excursion's
    is_followed: Mapped[bool] = mapped_column(default=False, index=True)  # as an excursion's
