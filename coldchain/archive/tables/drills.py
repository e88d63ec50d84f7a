"""Drills: planned, asked for, and what became of each. The alarm by which one was run stands among the alarms, marked so."""

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Code, Long, Ms, Name, Serial, Word

PLANNED = text("planned <> ''")


class Drill(Base):
    """One exercise of a facility's alarm path; it holds nothing and enters no figure."""

    __tablename__ = "drill"
    __table_args__ = (
        Index("uq_drill_planned", "facility", "planned", unique=True, sqlite_where=PLANNED, postgresql_where=PLANNED),
        Index("ix_drill_state", "state"),
        CheckConstraint("state in ('asked', 'running', 'verified', 'failed', 'withdrawn', 'refused')", name="state"),
    )

    id: Mapped[Serial]
    facility: Mapped[Code] = mapped_column(ForeignKey("facility.code"), index=True)
    planned: Mapped[Word] = mapped_column(
        default=""
    )  # the month (2026-11) whose planned drill it is; empty: somebody asked
    asked_at: Mapped[Ms]
    by: Mapped[Name] = mapped_column(default="")  # who asked; empty: the machine, as planned
    state: Mapped[Word]
    observation: Mapped[int | None] = mapped_column(ForeignKey("observation.id"), unique=True)  # by which it runs
    begun_at: Mapped[Ms | None]
    answer_by: Mapped[Ms | None]  # until when somebody has to have answered
    ended_at: Mapped[Ms | None]
    people: Mapped[list[int]] = mapped_column(JSON, default=list)  # whom the first level named when it began
    ways: Mapped[list[str]] = mapped_column(
        JSON, default=list
    )  # by which it was verified; page and console: no other is open
    link: Mapped[Word] = mapped_column(default="")  # what was broken, or why it was not run; of drills.Link
    words: Mapped[Long] = mapped_column(default="")  # … in words
