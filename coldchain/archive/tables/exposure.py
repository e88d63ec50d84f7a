"""What each compartment's days came to, what people vouch for where no sensor knew, and doses given out of our sight."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Long, Ms, Name, Serial, Word


class ExposureDay(Base):
    """What stood in a compartment through one whole UTC day went through: derived from readings, rebuilt, never added to."""

    __tablename__ = "exposure_day"

    compartment: Mapped[int] = mapped_column(ForeignKey("compartment.id"), primary_key=True, autoincrement=False)
    day: Mapped[Ms] = mapped_column(primary_key=True, autoincrement=False)  # its midnight
    sensor_ms: Mapped[Ms]  # known by a probe
    manual_ms: Mapped[Ms]  # known by people only; all else is unknown
    low_mc: Mapped[int | None]
    high_mc: Mapped[int | None]
    manual_low_mc: Mapped[int | None]
    manual_high_mc: Mapped[int | None]
    hot: Mapped[list[list[int]]] = mapped_column(JSON)  # [band, ms, m°C·ms] of the hottest probe, empty bands left out
    cold: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)  # of the coldest; null: as the hottest
    # ms at 5 °C that would do the same harm, by each slope of `coldchain.exposure`
    mkt_heat: Mapped[float]
    vvm2_heat: Mapped[float]
    vvm14_heat: Mapped[float]
    vvm30_heat: Mapped[float]
    nominal2_heat: Mapped[float]
    nominal_heat: Mapped[float]
    built_at: Mapped[Ms]


class LedgerDay(Base):
    """A channel's day of which something became known since its books were last made."""

    __tablename__ = "ledger_day"

    channel: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[Ms] = mapped_column(primary_key=True, autoincrement=False, index=True)


class ManualEvidence(Base):
    """From–to somebody vouches for a compartment: read at departure and return, ice packs looked at, signed."""

    __tablename__ = "manual_evidence"
    __table_args__ = (
        Index("ix_manual_evidence_compartment_start", "compartment", "start"),
        CheckConstraint('"end" > start', name="order"),
    )

    id: Mapped[Serial]
    compartment: Mapped[int] = mapped_column(ForeignKey("compartment.id"))
    start: Mapped[Ms]
    end: Mapped[Ms]
    departure_c: Mapped[float | None]
    return_c: Mapped[float | None]
    low_c: Mapped[float | None]  # the extremes in between, where a logger kept them
    high_c: Mapped[float | None]
    ice_out: Mapped[Word | None]  # frozen | conditioned | partly_thawed | thawed
    ice_back: Mapped[Word | None]
    signed_by: Mapped[Name]
    note: Mapped[Long] = mapped_column(default="")
    run: Mapped[int | None]  # the transport that it is of
    document: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))  # the logger's strip, as it came
    withdrawn_at: Mapped[Ms | None]


class Given(Base):
    """Doses of a lot given at a facility on a date, as another system counts them; of whom nothing is kept."""

    __tablename__ = "given"
    __table_args__ = (
        Index("uq_given_lot_facility_given_on_source", "lot", "facility", "given_on", "source", unique=True),
        CheckConstraint("doses > 0", name="doses"),
    )

    id: Mapped[Serial]
    lot: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"), index=True)
    given_on: Mapped[str]  # YYYY-MM-DD
    doses: Mapped[int]
    source: Mapped[Name]  # which system or file says so
    withdrawn_at: Mapped[Ms | None]
