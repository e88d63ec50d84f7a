"""The equipment archive: what stands where, its compartments, and which channel measured which compartment when."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Code, CodeKey, Ms, Name, Serial, Word


class Equipment(Base):
    """One piece of cold-chain equipment (冷链设备档案)."""

    __tablename__ = "equipment"

    code: Mapped[CodeKey]  # 设备编码
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"), index=True)
    name_zh: Mapped[Name]
    name_en: Mapped[Name]
    short_zh: Mapped[Word]
    type: Mapped[
        Word
    ]  # domestic_fridge | medical_fridge | ilr | freezer | ultra_freezer | cold_room | freezer_room | …
    brand: Mapped[Name] = mapped_column(default="")
    model: Mapped[Name] = mapped_column(default="")
    serial: Mapped[Name] = mapped_column(default="")  # 出厂编号
    is_medical: Mapped[bool] = mapped_column(default=False)
    volume_cold_l: Mapped[float | None]
    volume_frozen_l: Mapped[float | None]
    started_on: Mapped[str | None]  # 启用日期, YYYY-MM-DD
    status: Mapped[Word] = mapped_column(default="normal")  # normal | repair | spare | moved | scrapped


class Compartment(Base):
    """A part of the equipment with a temperature and a purpose of its own: 冷藏, 冷冻, a room."""

    __tablename__ = "compartment"
    __table_args__ = (
        Index("uq_compartment_equipment_name", "equipment", "name", unique=True),
        CheckConstraint("purpose in ('vaccine', 'ice_packs', 'empty')", name="purpose"),
    )

    id: Mapped[Serial]
    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.code"))
    name: Mapped[Word]  # cold | frozen | room …: unique within the equipment
    name_zh: Mapped[Name]
    name_en: Mapped[Name]
    purpose: Mapped[Word]
    profile: Mapped[Word]  # a name of coldchain.profile


class Channel(Base):
    """A channel that was declared or seen: `gateway/device/quantity`."""

    __tablename__ = "channel"

    name: Mapped[str] = mapped_column(primary_key=True)
    gateway: Mapped[Code] = mapped_column(index=True)
    device: Mapped[Code]
    quantity: Mapped[Word]


class Assignment(Base):
    """From–to, this channel measured this equipment: a compartment and a position, or the whole (mains, door).

    Moving a probe ends one row and begins another; readings are never touched. `end` None = still so.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        Index("ix_assignment_channel_start", "channel", "start"),
        CheckConstraint('"end" is null or "end" > start', name="order"),
    )

    id: Mapped[Serial]
    channel: Mapped[str] = mapped_column(ForeignKey("channel.name"))
    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.code"), index=True)
    compartment: Mapped[int | None] = mapped_column(ForeignKey("compartment.id"), index=True)
    position: Mapped[Name] = mapped_column(default="")
    interval_s: Mapped[int] = mapped_column(default=60)  # how often this channel speaks
    start: Mapped[Ms]
    end: Mapped[Ms | None]
