"""How machines ran, day by day, and what each loss of mains did to them: derived from readings, written whole."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Ms, Word


class MachineDay(Base):
    """One UTC day of one piece of equipment. Of a share, `…_ms` is the part and `…_known_ms` all that is known."""

    __tablename__ = "machine_day"

    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.code"), primary_key=True)
    day: Mapped[Ms] = mapped_column(primary_key=True, autoincrement=False)
    known_ms: Mapped[int]  # a temperature of its vaccine compartments was known
    basis: Mapped[Word]  # of duty and cycles: compressor | temperature | none
    run_ms: Mapped[int]  # the compressor ran …
    run_known_ms: Mapped[int]
    cycles: Mapped[int]  # starts, or whole swings of the temperature
    periods: Mapped[int]  # of which so many followed the one before without a gap …
    period_ms: Mapped[int]  # … in so long altogether
    open_ms: Mapped[int]  # a door stood open
    open_known_ms: Mapped[int]
    openings: Mapped[int]
    out_ms: Mapped[int]  # no mains
    mains_known_ms: Mapped[int]
    built_at: Mapped[Ms]


class SpreadDay(Base):
    """One UTC day of one vaccine compartment: how far its temperatures lay apart, over all its probes."""

    __tablename__ = "spread_day"

    compartment: Mapped[int] = mapped_column(ForeignKey("compartment.id"), primary_key=True, autoincrement=False)
    day: Mapped[Ms] = mapped_column(primary_key=True, autoincrement=False)
    known_ms: Mapped[Ms]  # of all probes together: what mean and deviation are weighed by
    low_mc: Mapped[int]
    high_mc: Mapped[int]
    mean_mc: Mapped[int]
    deviation_mc: Mapped[int]  # standard deviation
    built_at: Mapped[Ms]


class MachineMonth(Base):
    """What the days of one UTC month of one piece come to: added up again whenever one of them is written."""

    __tablename__ = "machine_month"

    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.code"), primary_key=True)
    month: Mapped[Ms] = mapped_column(primary_key=True, autoincrement=False)  # its first midnight
    run_ms: Mapped[Ms]  # of the days that a compressor told of
    run_known_ms: Mapped[Ms]
    deviation: Mapped[Ms]  # of the days of its compartments, each by …
    spread_known_ms: Mapped[Ms]  # … what was known of it, mK·ms


class MachineYear(Base):
    """What a UTC month of one piece and the twelve before it say: written again whenever one of them, or a loss of mains, is."""

    __tablename__ = "machine_year"

    month: Mapped[Ms] = mapped_column(primary_key=True, autoincrement=False)  # its first midnight
    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.code"), primary_key=True)
    duty_pct: Mapped[float | None]  # by its compressor
    deviation_k: Mapped[float | None]  # of a usual day
    holdover_pct: Mapped[float | None]  # of what its card claims


class Outage(Base):
    """The mains were lost, as the equipment's own power channel tells; what its warmest vaccine compartment did then."""

    __tablename__ = "outage"
    __table_args__ = (Index("ix_outage_equipment_end", "equipment", "end"),)

    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.code"), primary_key=True)
    start: Mapped[Ms] = mapped_column(primary_key=True, autoincrement=False)
    end: Mapped[Ms | None]  # None: lasts, as far as is known
    heard_to: Mapped[Ms | None]  # up to then no mains were heard of without a gap; its end, where that was near
    compartment: Mapped[int | None] = mapped_column(ForeignKey("compartment.id"))
    limit_mc: Mapped[int | None]
    start_mc: Mapped[int | None]  # when it began
    peak_mc: Mapped[int | None]  # up to its recovery
    held_until: Mapped[Ms | None]  # the first reading beyond the limit; None: it held, or nothing is known
    holdover_ms: Mapped[Ms | None]  # measured; None where it held, or nobody saw when it ended
    held_ms: Mapped[Ms | None]  # it held at least so long
    warming_mk_h: Mapped[int | None]  # mK per hour, while it was out
    ambient_mc: Mapped[int | None]  # mean of the room probes
    catalogue_ms: Mapped[Ms | None]  # what its card claims
    back_at: Mapped[Ms | None]  # in its band again, and the mains too
    built_at: Mapped[Ms]
