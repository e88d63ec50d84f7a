"""Alarms, every change of them, and what was told to whom about each change."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Long, Ms, Name, Serial, Word


class Alarm(Base):
    """One trouble that people must take: about an excursion or about an observation."""

    __tablename__ = "alarm"
    __table_args__ = (Index("ix_alarm_state", "state"),)

    id: Mapped[Serial]
    excursion: Mapped[str | None] = mapped_column(ForeignKey("excursion.id"), unique=True)
    observation: Mapped[int | None] = mapped_column(ForeignKey("observation.id"), unique=True)
    equipment: Mapped[str | None] = mapped_column(ForeignKey("equipment.code"), index=True)
    facility: Mapped[str | None] = mapped_column(ForeignKey("facility.code"), index=True)
    kind: Mapped[Word]
    severity: Mapped[Word]
    state: Mapped[Word]
    is_past: Mapped[bool] = mapped_column(default=False)  # over before it was found: told once, never escalated
    waits_at_night: Mapped[bool] = mapped_column(default=False)  # nobody is woken for it
    raised_at: Mapped[Ms]
    ended_at: Mapped[Ms | None]
    taken_by: Mapped[Name | None]
    taken_at: Mapped[Ms | None]
    next_at: Mapped[Ms | None]  # when the ladder's next step is due; never a timer in memory


class Transition(Base):
    """One arrow of an alarm, written in the transaction that made it."""

    __tablename__ = "transition"

    id: Mapped[Serial]
    alarm: Mapped[int] = mapped_column(ForeignKey("alarm.id"), index=True)
    at: Mapped[Ms]
    before: Mapped[Word | None]
    after: Mapped[Word]
    why: Mapped[Word]  # raised | worsened | revised | seen | taken | ended | withdrawn …
    by: Mapped[Name] = mapped_column(default="")  # a person, or empty for the machine
    note: Mapped[Long] = mapped_column(default="")
    expanded: Mapped[bool] = mapped_column(default=False, index=True)  # notices were made for it


class Notice(Base):
    """One message to one person by one channel: the row is the queue, a claim is a compare-and-set with an expiry."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("uq_notice_once", "transition", "person", "channel", "step", unique=True),
        Index("ix_notice_state", "state"),
    )

    id: Mapped[Serial]
    transition: Mapped[int] = mapped_column(ForeignKey("transition.id"))
    alarm: Mapped[int] = mapped_column(ForeignKey("alarm.id"), index=True)
    person: Mapped[Name]
    channel: Mapped[Word]  # console | page | …
    step: Mapped[int]
    text_zh: Mapped[Long]
    text_en: Mapped[Long]
    created_at: Mapped[Ms]
    state: Mapped[Word] = mapped_column(default="waiting")  # waiting | claimed | told | refused | dropped
    claim: Mapped[Word | None]
    claimed_until: Mapped[float | None]  # real seconds since the epoch: a claim is not domain time
    told_at: Mapped[Ms | None]
    answer: Mapped[Long] = mapped_column(default="")  # the provider's words
