"""What became of notices: each try to send one, what providers said of it afterwards, what people answered."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Code, Long, Ms, Name, Serial, Word


class NoticeAttempt(Base):
    """One try to send a notice, written before it leaves: without a verdict, nobody knows whether it did."""

    __tablename__ = "notice_attempt"
    __table_args__ = (Index("ix_notice_attempt_address", "channel", "sent_to", "sent_s"),)

    id: Mapped[Serial]
    notice: Mapped[int] = mapped_column(ForeignKey("notice.id"), index=True)
    alarm: Mapped[int] = mapped_column(ForeignKey("alarm.id"))
    channel: Mapped[Word]
    sent_to: Mapped[Name]
    claim: Mapped[Word]
    at: Mapped[Ms]
    sent_s: Mapped[float] = mapped_column(index=True)  # real seconds since the epoch: providers' limits are real
    verdict: Mapped[Word] = mapped_column(default="unknown")  # accepted | refused | later | broken | unknown
    provider_id: Mapped[Name] = mapped_column(default="", index=True)
    provider_code: Mapped[Name] = mapped_column(default="")
    answer: Mapped[Long] = mapped_column(default="")
    cost_fen: Mapped[int] = mapped_column(default=0)


class NoticeReceipt(Base):
    """What a provider said of a message afterwards, once for however many times it says so. It changes no alarm."""

    __tablename__ = "notice_receipt"
    __table_args__ = (
        Index("uq_notice_receipt_once", "provider", "provider_id", "out_id", "state", "pressed", unique=True),
    )

    id: Mapped[Serial]
    provider: Mapped[Word]
    provider_id: Mapped[Name]
    out_id: Mapped[Code]
    state: Mapped[Word]  # delivered | failed | read | answered | rang_out | keyed
    at: Mapped[Ms]
    sent_to: Mapped[Name]
    provider_code: Mapped[Name]
    answer: Mapped[Long]
    pressed: Mapped[Word]  # the key of a telephone
    notice: Mapped[int | None] = mapped_column(ForeignKey("notice.id"), index=True)  # None: of no message that we know
    received_at: Mapped[Ms]


class NoticeReply(Base):
    """What somebody wrote or pressed, and what came of it; kept also where nothing did."""

    __tablename__ = "notice_reply"
    __table_args__ = (Index("uq_notice_reply_once", "provider", "reply_id", unique=True),)

    id: Mapped[Serial]
    provider: Mapped[Word]
    reply_id: Mapped[Name]
    phone_number: Mapped[Name]  # or the id of a card's presser
    text: Mapped[Long]
    at: Mapped[Ms]
    received_at: Mapped[Ms]
    alarm: Mapped[int | None] = mapped_column(ForeignKey("alarm.id"), index=True)
    person: Mapped[Name] = mapped_column(default="")
    outcome: Mapped[Long] = mapped_column(default="")  # taken, or why not
    text_back: Mapped[Long] = mapped_column(default="")  # the text that goes back to them, once
    text_back_state: Mapped[Word] = mapped_column(default="", index=True)  # waiting | leaving | told | refused
