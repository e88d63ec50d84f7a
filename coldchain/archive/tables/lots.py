"""Vaccines, their lots, and each movement of a lot; where a lot was when follows from its movements."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, CodeKey, Long, Ms, Name, Serial, Word


class Vaccine(Base):
    """A vaccine of the catalogue. Sensitivities are configuration with a source, never a claim."""

    __tablename__ = "vaccine"

    code: Mapped[CodeKey]
    name_zh: Mapped[Name]
    name_en: Mapped[Name]
    profile: Mapped[Word] = mapped_column(default="2-8")
    freeze_sensitive: Mapped[bool]
    vvm_type: Mapped[str | None]  # VVM2, VVM7, VVM14, VVM30; domestic vaccines usually have none
    source: Mapped[Long] = mapped_column(default="")  # where the facts are from


class Lot(Base):
    """A maker's lot of a vaccine. Numbers repeat between makers and vaccines, so the key is our own."""

    __tablename__ = "lot"
    __table_args__ = (Index("uq_lot_vaccine_maker_number", "vaccine", "maker", "number", unique=True),)

    id: Mapped[CodeKey]
    number: Mapped[Name]  # 批号, as printed
    vaccine: Mapped[str] = mapped_column(ForeignKey("vaccine.code"), index=True)
    maker: Mapped[Name]
    expires_on: Mapped[str]  # YYYY-MM-DD
    doses_per_vial: Mapped[int] = mapped_column(default=1)


class Movement(Base):
    """Doses of a lot going from somewhere to somewhere; None is outside of what we see (supplier, patients, disposal)."""

    __tablename__ = "movement"
    __table_args__ = (
        Index("ix_movement_lot_at", "lot", "at"),
        CheckConstraint("doses > 0", name="doses"),
        CheckConstraint("source is not null or target is not null", name="ends"),
    )

    id: Mapped[Serial]
    lot: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    at: Mapped[Ms]
    source: Mapped[int | None] = mapped_column(ForeignKey("compartment.id"), index=True)
    target: Mapped[int | None] = mapped_column(ForeignKey("compartment.id"), index=True)
    doses: Mapped[int]
    reason: Mapped[Word]  # received | moved | issued | returned | disposed | counted
    document: Mapped[Name] = mapped_column(default="")  # 出入库单号
    withdrawn_at: Mapped[Ms | None]  # entered by mistake: stays in the book, counts no more
