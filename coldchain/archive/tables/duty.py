"""Who is told: policies, rotas with their turns and shifts, absences, what is known of the ways to a person and was asked of them."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Long, Ms, Name, Serial, Word

OPEN_QUESTION = text("state in ('waiting', 'leaving', 'asked')")


class DutyPolicy(Base):
    """From–to, this is who is told there; the more specific place wins. Changed by another that begins later."""

    __tablename__ = "duty_policy"
    __table_args__ = (
        CheckConstraint('"end" is null or "end" > start', name="order"),
        CheckConstraint(
            "(case when region is null then 0 else 1 end) + (case when facility is null then 0 else 1 end)"
            " + (case when equipment is null then 0 else 1 end) <= 1",
            name="place",
        ),
    )

    id: Mapped[Serial]
    region: Mapped[str | None] = mapped_column(ForeignKey("region.code"), index=True)  # it and below
    facility: Mapped[str | None] = mapped_column(ForeignKey("facility.code"), index=True)
    equipment: Mapped[str | None] = mapped_column(ForeignKey("equipment.code"), index=True)
    start: Mapped[Ms]
    end: Mapped[Ms | None]
    title: Mapped[Name]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)  # as duty/default.toml says it
    by: Mapped[Name]
    withdrawn_at: Mapped[Ms | None]  # before it ever held


class Rota(Base):
    """A rota (值班表) of a region or of one facility; `otherwise` is asked while nobody has a turn."""

    __tablename__ = "rota"
    __table_args__ = (CheckConstraint("region is null or facility is null", name="place"),)

    id: Mapped[Serial]
    name: Mapped[Name]
    region: Mapped[str | None] = mapped_column(ForeignKey("region.code"), index=True)
    facility: Mapped[str | None] = mapped_column(ForeignKey("facility.code"), index=True)
    is_desk: Mapped[bool]  # the duty desk of its region
    otherwise: Mapped[int | None] = mapped_column(ForeignKey("rota.id"))
    withdrawn_at: Mapped[Ms | None]


class RotaTurn(Base):
    """From–to, this person has this weekday's hours; 7 is a holiday. Past midnight `to_min` goes on counting."""

    __tablename__ = "rota_turn"
    __table_args__ = (
        CheckConstraint("weekday between 0 and 7", name="weekday"),
        CheckConstraint(
            "from_min between 0 and 1439 and to_min > from_min and to_min - from_min <= 1440", name="hours"
        ),
        CheckConstraint("every_weeks between 1 and 53", name="every_weeks"),
        CheckConstraint('"end" is null or "end" > start', name="order"),
    )

    id: Mapped[Serial]
    rota: Mapped[int] = mapped_column(ForeignKey("rota.id"), index=True)
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    weekday: Mapped[int]  # 0 = Monday … 6, 7 = holiday
    from_min: Mapped[int]
    to_min: Mapped[int]
    every_weeks: Mapped[int] = mapped_column(default=1)  # counted from the week of `start`
    start: Mapped[Ms]
    end: Mapped[Ms | None]
    withdrawn_at: Mapped[Ms | None]


class RotaShift(Base):
    """At these times this person has the duty: instead of the turns, or of one person's turn (调班)."""

    __tablename__ = "rota_shift"
    __table_args__ = (CheckConstraint('"end" > start', name="order"),)

    id: Mapped[Serial]
    rota: Mapped[int] = mapped_column(ForeignKey("rota.id"), index=True)
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    instead_of: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    start: Mapped[Ms]
    end: Mapped[Ms]
    why: Mapped[Long]
    withdrawn_at: Mapped[Ms | None]


class Absence(Base):
    """Somebody is away, and who stands in."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint('"end" > start', name="order"),
        CheckConstraint("stand_in is null or stand_in <> person", name="stand_in"),
    )

    id: Mapped[Serial]
    person: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    start: Mapped[Ms]
    end: Mapped[Ms]
    stand_in: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    why: Mapped[Long]
    withdrawn_at: Mapped[Ms | None]


class WayWord(Base):
    """What was learned of an address of a person: asked, confirmed, wrong, dead. Never the address itself: its fingerprint."""

    __tablename__ = "way_word"
    __table_args__ = (Index("ix_way_word_person_kind", "person", "kind"),)

    id: Mapped[Serial]
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[Word]  # of duty.words.WayKind
    fingerprint: Mapped[str] = mapped_column(String(64))
    said: Mapped[Word]  # of duty.ways.Said
    at: Mapped[Ms]
    by: Mapped[Name]
    note: Mapped[Long]


class WayQuestion(Base):
    """The question "is this still your number?", asked of one address: at most one is open of each, written before it leaves."""

    __tablename__ = "way_question"
    __table_args__ = (
        Index(
            "uq_way_question_open", "person", "kind", "fingerprint", unique=True,
            sqlite_where=OPEN_QUESTION, postgresql_where=OPEN_QUESTION,
        ),
        Index("ix_way_question_sent_to", "sent_to"),
        Index("ix_way_question_sent_s", "sent_s"),
        CheckConstraint(
            "state in ('waiting', 'leaving', 'asked', 'confirmed', 'wrong', 'refused', 'unanswered', 'withdrawn')",
            name="state",
        ),
    )  # fmt: skip

    id: Mapped[Serial]
    person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[Word]  # of duty.words.WayKind
    fingerprint: Mapped[str] = mapped_column(String(64))
    channel: Mapped[Word]
    sent_to: Mapped[Name]
    language: Mapped[Word]
    sent_at: Mapped[Ms]
    sent_s: Mapped[float]  # real seconds since the epoch, as an attempt's
    state: Mapped[Word] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)  # how often it may have gone out
    try_after: Mapped[float | None]  # real seconds since the epoch: it surely did not go out, and not before then
    verdict: Mapped[Word] = mapped_column(default="unknown")
    provider_id: Mapped[Name] = mapped_column(default="")
    provider_code: Mapped[Name] = mapped_column(default="")
    answer: Mapped[Long] = mapped_column(default="")  # the provider's words
    cost_fen: Mapped[int] = mapped_column(default=0)
    digest: Mapped[Name] = mapped_column(default="", index=True)  # of the secret in its link; empty: it has none
    ended_at: Mapped[Ms | None]
    how: Mapped[Long] = mapped_column(default="")  # by what it was answered, or why it ended


class ReachWish(Base):
    """How somebody wants to be told: in which language, and by what first."""

    __tablename__ = "reach_wish"

    person: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    language: Mapped[Word]
    channels: Mapped[list[str]] = mapped_column(JSON)  # before the policy's order; what it does not name adds nothing
