"""What gateways said by themselves while nobody heard them: written by the collector, before it acknowledges."""

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from coldchain.archive.tables.base import Base, Code, Long, Ms, Name, Serial, Word


class EdgeNoticeRow(Base):
    """One event: a person told by a gateway's modem, the network's answer, a receipt, a reply, a siren."""

    __tablename__ = "edge_notice"
    __table_args__ = (
        UniqueConstraint("gateway", "boot", "channel", "anchor", "person", "phone_number", "at", "answer", name="uq_edge_notice_once"),
        Index("ix_edge_notice_channel_anchor", "channel", "anchor"),
    )  # fmt: skip

    id: Mapped[Serial]
    gateway: Mapped[Code]
    boot: Mapped[Code]  # empty; or the boot since which `anchor` and `at` are ms, for it never learned the time
    channel: Mapped[Name]
    anchor: Mapped[Ms]
    at: Mapped[Ms]
    way: Mapped[Word]
    act: Mapped[Word]
    person: Mapped[Name]  # by the gateway's own list
    phone_number: Mapped[Name]
    answer: Mapped[Word]
    words: Mapped[Long]
    received_at: Mapped[Ms]
