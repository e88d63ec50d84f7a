"""Rounds and runs: the year's plan of who is supplied when, and each way that vaccine went on the road.

What was on board is not kept here: it follows from the movements whose `run` is the run's number.
"""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Long, Ms, Name, Serial, Word


class Round(Base):
    """One round of a year's plan (常规冷链运转): from–to, every facility of its lines is supplied once."""

    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="order"),
        Index("ix_round_region_year", "region", "year"),
    )

    id: Mapped[Serial]
    region: Mapped[str] = mapped_column(ForeignKey("region.code"))
    year: Mapped[int]
    number: Mapped[int]
    name: Mapped[Name]
    first_day: Mapped[Word]  # YYYY-MM-DD
    last_day: Mapped[Word]
    closed_at: Mapped[Ms | None]
    closed_by: Mapped[Name | None]
    withdrawn_at: Mapped[Ms | None]


class RoundLine(Base):
    """A facility's part of a round. What was drawn, delivered and brought back follows from the runs."""

    __tablename__ = "round_line"
    __table_args__ = (
        CheckConstraint("planned_doses >= 0", name="planned"),
        CheckConstraint("sessions_held is null or sessions_held >= 0", name="sessions"),
    )

    round: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True, autoincrement=False)
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"), primary_key=True, index=True)
    planned_doses: Mapped[int]
    sessions_held: Mapped[int | None]
    closed_at: Mapped[Ms | None]
    closed_by: Mapped[Name | None]


class Run(Base):
    """One way of a vehicle, box or bag: from where, by what, for what, and who handed the vaccine over."""

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint("ended_at is null or ended_at > started_at", name="order"),
        CheckConstraint("kind <> 'emergency' or order_no <> ''", name="order_no"),
    )

    id: Mapped[Serial]
    kind: Mapped[Word]  # supply | emergency | outreach | return
    round: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    origin: Mapped[str] = mapped_column(ForeignKey("facility.code"), index=True)  # 发货单位
    tool: Mapped[Word]  # 疫苗运输工具
    cooling: Mapped[Word]  # 冷藏方式
    way: Mapped[Word]  # 配送方式
    plate: Mapped[Word]
    purpose: Mapped[Name]  # 用途
    sender: Mapped[Name]  # 发货人签名
    order_no: Mapped[Name]  # of the paper that ordered an emergency run
    order_document: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))
    started_at: Mapped[Ms]  # loading begins
    ended_at: Mapped[Ms | None]
    closed_by: Mapped[Name | None]
    despite: Mapped[Long]  # why it was closed with something missing
    withdrawn_at: Mapped[Ms | None]


class RunCarrier(Base):
    """A compartment that rides along: of the vehicle, of a box in it, of a bag."""

    __tablename__ = "run_carrier"

    run: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True, autoincrement=False)
    compartment: Mapped[int] = mapped_column(
        ForeignKey("compartment.id"), primary_key=True, autoincrement=False, index=True
    )
    is_measured: Mapped[bool | None]  # by readings on its whole way, as they were when it ended; None: nobody asked yet


class RunChannel(Base):
    """A logger's channel that measures a carrier for this run only, and is taken off at its end."""

    __tablename__ = "run_channel"

    run: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(ForeignKey("channel.name"), primary_key=True)
    compartment: Mapped[int] = mapped_column(ForeignKey("compartment.id"))


class RunStop(Base):
    """Where the run goes: when it came there, who received, and the receipt (收货)."""

    __tablename__ = "run_stop"

    run: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True, autoincrement=False)
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"), primary_key=True, index=True)
    position: Mapped[int]  # 1 is the first
    arrived_at: Mapped[Ms | None]
    distance_km: Mapped[int | None]  # 启运至到达行驶里程
    receiver: Mapped[Name | None]  # 收货人签名
    receipt: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"))  # what they decided at the door


class RunReading(Base):
    """A line of the transport record (疫苗运输温度记录表): at departure, on the way, at a stop."""

    __tablename__ = "run_reading"
    __table_args__ = (Index("ix_run_reading_run_at", "run", "at"),)

    id: Mapped[Serial]
    run: Mapped[int] = mapped_column(ForeignKey("run.id"))
    carrier: Mapped[int] = mapped_column(ForeignKey("compartment.id"))
    point: Mapped[Word]  # departure | en_route | arrival
    facility: Mapped[str | None] = mapped_column(ForeignKey("facility.code"))  # the stop of an arrival
    at: Mapped[Ms]
    vaccine_c: Mapped[float]  # 疫苗储存温度
    ice: Mapped[Word | None]  # 冰排状态
    ambient_c: Mapped[float | None]
    by: Mapped[Name]
    withdrawn_at: Mapped[Ms | None]
