"""What certificates say of probes, what corrects them for display, and what a probe found wrong makes doubtful."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Day, Long, Ms, Name, Serial, Word


class CalibrationPoint(Base):
    """One line of a certificate: what the standard said and what the device showed, as it was found or as it was left."""

    __tablename__ = "calibration_point"

    calibration: Mapped[int] = mapped_column(ForeignKey("calibration.id"), primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)  # as_found | as_left
    reference_mc: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    indicated_mc: Mapped[int]


class Correction(Base):
    """From–to a channel is shown beside its raw readings as a certificate corrects it; approved by a second person."""

    __tablename__ = "correction"
    __table_args__ = (
        CheckConstraint("approved_by is null or approved_by <> proposed_by", name="two_people"),
        CheckConstraint('"end" is null or "end" > start', name="order"),
    )

    id: Mapped[Serial]
    channel: Mapped[str] = mapped_column(ForeignKey("channel.name"), index=True)
    calibration: Mapped[int] = mapped_column(ForeignKey("calibration.id"), index=True)
    state: Mapped[Word]  # which of its points: as_found | as_left
    start: Mapped[Ms]
    end: Mapped[Ms | None]
    proposed_by: Mapped[Name]
    proposed_at: Mapped[Ms]
    approved_by: Mapped[Name | None]  # None: nobody but who proposed it
    approved_at: Mapped[Ms | None]
    withdrawn_at: Mapped[Ms | None]


class ToleranceCase(Base):
    """A probe was found out of tolerance: all that it measured since the last good check is asked about again."""

    __tablename__ = "tolerance_case"
    __table_args__ = (Index("ix_tolerance_case_channel", "channel"),)

    id: Mapped[Serial]
    calibration: Mapped[int] = mapped_column(ForeignKey("calibration.id"), unique=True)
    channel: Mapped[str]
    since: Mapped[Day | None]  # the day of the last good check; None: there is none on record
    until: Mapped[Day]  # the day on which it was found wrong
    opened_at: Mapped[Ms]
    judged_at: Mapped[Ms | None]
    judged_by: Mapped[Name] = mapped_column(default="")
    found: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # what would be different
    closed_at: Mapped[Ms | None]
    closed_by: Mapped[Name] = mapped_column(default="")
    conclusion: Mapped[Long] = mapped_column(default="")
    withdrawn_at: Mapped[Ms | None]  # with its certificate
