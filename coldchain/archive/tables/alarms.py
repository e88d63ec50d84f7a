"""Alarms, every change of them, and what was told to whom about each change."""

from typing import Any, Final

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Long, Ms, Name, Serial, Word

NOT_CLOSED: Final = text("state <> 'closed'")
FOLDED: Final = text("fold <> ''")
CLIMBS: Final = text("next_at is not null")


class Alarm(Base):
    """One trouble that people must take: about an excursion or about an observation."""

    __tablename__ = "alarm"
    __table_args__ = (
        Index("ix_alarm_state", "state"),
        Index("uq_alarm_code", "code", unique=True, sqlite_where=NOT_CLOSED, postgresql_where=NOT_CLOSED),
        Index("ix_alarm_next_at", "next_at", sqlite_where=CLIMBS, postgresql_where=CLIMBS),
    )

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
    next_at: Mapped[Ms | None]  # when the ladder is looked at next; never a timer in memory
    level: Mapped[int] = mapped_column(default=0)  # of the ladder, as far as it was climbed; 0: nobody was called yet
    rungs: Mapped[list[list[int]]] = mapped_column(
        JSON, default=list
    )  # of each level: how often it was said again, and when last
    rung_at: Mapped[Ms | None]  # when somebody was last called; in the future: the clock went back since
    rings: Mapped[int | None]  # the transition by which it rings, as far as the ladder has heard
    eta_at: Mapped[Ms | None]  # until when whoever is on the way is waited for
    score: Mapped[int] = mapped_column(default=0)  # how often it came again within a day
    code: Mapped[Word | None]  # six characters that people type; no two that are not closed have the same
    cause: Mapped[Long] = mapped_column(default="")  # why it came, and what was done, in the words of whoever closed it
    measure: Mapped[Long] = mapped_column(default="")
    closed_by: Mapped[Name | None]
    closed_at: Mapped[Ms | None]
    is_drill: Mapped[bool] = mapped_column(default=False)  # its messages begin with 演练


class Transition(Base):
    """One arrow of an alarm, written in the transaction that made it."""

    __tablename__ = "transition"

    id: Mapped[Serial]
    alarm: Mapped[int] = mapped_column(ForeignKey("alarm.id"), index=True)
    at: Mapped[Ms]
    before: Mapped[Word | None]
    after: Mapped[Word]
    why: Mapped[
        Word
    ]  # raised | worsened | reopened | lapsed | seen | taken | moved | door | ended | withdrawn | closed …
    by: Mapped[Name] = mapped_column(default="")  # a person, or empty for the machine
    note: Mapped[Long] = mapped_column(default="")
    expanded: Mapped[bool] = mapped_column(default=False, index=True)  # notices were made for it


class Notice(Base):
    """One message to one person by one channel: the row is the queue, a claim is a compare-and-set with an expiry."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("uq_notice_once", "transition", "person", "channel", "step", unique=True),
        Index("ix_notice_state", "state"),
        Index("ix_notice_fold", "fold", sqlite_where=FOLDED, postgresql_where=FOLDED),
    )

    id: Mapped[Serial]
    transition: Mapped[int] = mapped_column(ForeignKey("transition.id"))
    alarm: Mapped[int] = mapped_column(ForeignKey("alarm.id"), index=True)
    person: Mapped[Name]
    channel: Mapped[Word]  # console | page | the name of a provider's channel
    step: Mapped[int]  # the how-manieth try to reach this person since that transition
    text_zh: Mapped[Long]
    text_en: Mapped[Long]
    created_at: Mapped[Ms]
    state: Mapped[Word] = mapped_column(
        default="waiting"
    )  # …, claimed | folded | told | refused | broken | unknown | dropped
    claim: Mapped[Word | None]
    claimed_until: Mapped[float | None]  # real seconds since the epoch: a claim is not domain time
    told_at: Mapped[Ms | None]
    answer: Mapped[Long] = mapped_column(default="")  # the provider's words
    kind: Mapped[Word] = mapped_column(default="alarm")  # alarm | over | note | drill
    level: Mapped[int] = mapped_column(default=0)  # of the ladder; 0: no part of it
    turn: Mapped[int] = mapped_column(default=0)
    sent_to: Mapped[Name] = mapped_column(default="")  # a number, an id, a mailbox
    language: Mapped[Word] = mapped_column(default="zh")
    short: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # a template's variables
    fold: Mapped[Word] = mapped_column(
        default=""
    )  # of all that one message tells; the rest are `folded` until it is told
    tries: Mapped[int] = mapped_column(default=0)  # how often it may have gone out
    try_after: Mapped[float | None]  # real seconds since the epoch: not before
    verdict: Mapped[Word] = mapped_column(default="")  # of the last attempt
    provider_id: Mapped[Name] = mapped_column(default="")  # what the provider calls the message …
    provider_code: Mapped[Name] = mapped_column(default="")  # … and its answer
    cost_fen: Mapped[int] = mapped_column(default=0)
    receipt_state: Mapped[Word] = mapped_column(default="")  # the last that was heard of it afterwards
    receipt_at: Mapped[Ms | None]


class FoldedCase(Base):
    """An excursion that an alarm was about before it came again about another; the alarm's row names the last."""

    __tablename__ = "folded_case"

    excursion: Mapped[str] = mapped_column(ForeignKey("excursion.id"), primary_key=True)
    alarm: Mapped[int] = mapped_column(ForeignKey("alarm.id"), index=True)
