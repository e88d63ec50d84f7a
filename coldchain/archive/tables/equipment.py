"""The equipment archive: what stands where, its compartments, and which channel measured which compartment when."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Code, CodeKey, Day, Ms, Name, Serial, Word


class Equipment(Base):
    """One piece of cold-chain equipment (冷链设备档案)."""

    __tablename__ = "equipment"

    code: Mapped[CodeKey]  # 设备编码
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"), index=True)
    name_zh: Mapped[Name]
    name_en: Mapped[Name]
    short_zh: Mapped[Word]
    type: Mapped[Word]  # of upkeep.words.EquipmentType
    brand: Mapped[Name] = mapped_column(default="")  # 品牌
    model: Mapped[Name] = mapped_column(default="")  # 型号
    serial: Mapped[Name] = mapped_column(default="")  # 出厂编号
    national_code: Mapped[Code] = mapped_column(default="")  # 国家编码
    manufacturer: Mapped[Name] = mapped_column(default="")  # 生产厂商
    funding: Mapped[Name] = mapped_column(default="")  # 经费来源
    allotted_by: Mapped[Name] = mapped_column(default="")  # 配发单位
    price_fen: Mapped[Ms | None]  # 购置价格
    is_medical: Mapped[bool] = mapped_column(default=False)  # 是否医用
    door: Mapped[Word] = mapped_column(default="")  # 开门方式: of upkeep.words.Door, empty: nobody said
    volume_cold_l: Mapped[float | None]  # 冷藏容积
    volume_frozen_l: Mapped[float | None]  # 冷冻容积
    cold_bags: Mapped[int | None]  # 冷藏包数量
    power_w: Mapped[int | None]  # 功率
    refrigerant: Mapped[Word] = mapped_column(default="")  # 制冷剂
    pqs_code: Mapped[Code] = mapped_column(default="")  # WHO PQS: E003/045
    holdover_h_catalogue: Mapped[float | None]  # how long it keeps cold without mains, as its source claims
    holdover_source: Mapped[Name] = mapped_column(default="")
    produced_on: Mapped[Day | None]  # 出厂日期
    arrived_on: Mapped[Day | None]  # 到货日期
    started_on: Mapped[str | None]  # 启用日期, YYYY-MM-DD
    scrapped_on: Mapped[Day | None]  # 报废日期
    status: Mapped[Word] = mapped_column(default="normal")  # normal | repair | spare | moved | scrapped
    replaces: Mapped[str | None] = mapped_column(ForeignKey("equipment.code"))  # what it took the place of


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


class CompartmentUse(Base):
    """From–to, a compartment was for this and meant to keep that; `start` None = since ever, `end` None = still.

    A compartment whose use never changed has no row: its own says it all. Withdrawn = another was said of that time.
    """

    __tablename__ = "compartment_use"
    __table_args__ = (
        CheckConstraint("purpose in ('vaccine', 'ice_packs', 'empty')", name="purpose"),
        CheckConstraint('start is null or "end" is null or "end" >= start', name="order"),
    )

    id: Mapped[Serial]
    compartment: Mapped[int] = mapped_column(ForeignKey("compartment.id"), index=True)
    purpose: Mapped[Word]
    profile: Mapped[Word]
    start: Mapped[Ms | None]
    end: Mapped[Ms | None]
    by: Mapped[Name]
    withdrawn_at: Mapped[Ms | None]


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
