"""The record by hand: what people read off the equipment's own display twice a day, and when they are to.

No column here can hold what our own sensors said: the two are compared only when somebody looks.
"""

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Long, Ms, Name, Serial, Word

COUNTS = text("withdrawn_at is null")


class RecordHours(Base):
    """From a local day on, the hours of both readings in a region and below; without a region, everywhere."""

    __tablename__ = "record_hours"
    __table_args__ = (
        CheckConstraint("am_from_min >= 0 and am_from_min < am_to_min and am_to_min <= 1440", name="morning"),
        CheckConstraint("pm_from_min >= am_to_min and pm_from_min < pm_to_min and pm_to_min <= 1440", name="afternoon"),
    )

    id: Mapped[Serial]
    region: Mapped[str | None] = mapped_column(ForeignKey("region.code"), index=True)
    valid_from: Mapped[Word]  # YYYY-MM-DD
    am_from_min: Mapped[int]  # minutes of the local day
    am_to_min: Mapped[int]
    pm_from_min: Mapped[int]
    pm_to_min: Mapped[int]
    apart_min: Mapped[int]
    holiday_kinds: Mapped[list[str]] = mapped_column(JSON)  # kinds of facility that record on working days only
    source: Mapped[Long]
    certainty: Mapped[Word]
    withdrawn_at: Mapped[Ms | None]


class ManualRecord(Base):
    """One reading of a display (冷链设备温度记录表). It is never changed: withdrawn, and entered again."""

    __tablename__ = "manual_record"
    __table_args__ = (
        CheckConstraint("half in ('am', 'pm')", name="half"),
        Index("ix_manual_record_compartment_taken_at", "compartment", "taken_at"),
        Index("ix_manual_record_day", "day"),
        Index(  # what a month's rates are counted from, without the rows
            "ix_manual_record_kept",
            "compartment",
            "day",
            "half",
            "late_reason",
            sqlite_where=COUNTS,
            postgresql_where=COUNTS,
        ),
        Index(
            "uq_manual_record_counts",
            "compartment",
            "day",
            "half",
            unique=True,
            sqlite_where=COUNTS,
            postgresql_where=COUNTS,
        ),
    )

    id: Mapped[Serial]
    compartment: Mapped[int] = mapped_column(ForeignKey("compartment.id"))
    day: Mapped[Word]  # YYYY-MM-DD, local
    half: Mapped[Word]  # am | pm
    taken_at: Mapped[Ms]  # when the display was read
    value_c: Mapped[float]  # what it showed
    ambient_c: Mapped[float | None]
    action: Mapped[Long]  # 处理
    signed_by: Mapped[str] = mapped_column(ForeignKey("user_account.name"))
    entered_at: Mapped[Ms]
    late_reason: Mapped[Long | None]  # 补录: why it was entered when its hours were over; None: it was not
    withdrawn_at: Mapped[Ms | None]
    withdrawn_by: Mapped[Name | None]
    withdrawn_why: Mapped[Long | None]


class RecordMonth(Base):
    """Which halves of a month's days stand in the record of a compartment: made again whenever one is written.

    A number is a set of days: its lowest bit is the first of the month. Late ones stand in both of their half.
    """

    __tablename__ = "record_month"

    month: Mapped[Word] = mapped_column(primary_key=True)  # YYYY-MM
    compartment: Mapped[int] = mapped_column(ForeignKey("compartment.id"), primary_key=True, autoincrement=False)
    am: Mapped[int]
    pm: Mapped[int]
    am_late: Mapped[int]  # 补录
    pm_late: Mapped[int]
