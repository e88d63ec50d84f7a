"""The life of equipment: what it was when and where it stood, repairs, requests, care, and things counted by the dozen."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Code, Day, Long, Ms, Name, Serial, Word


class EquipmentStatus(Base):
    """From day to day a piece of equipment was in this status; `since` None = as long as anybody knows, `until` None = still.

    A piece whose status never changed has no row: its card says it all. Days are what people say; `judged_from` is the
    instant since when readings are judged by it, never before it was entered. None: nothing was ever judged by it.
    """

    __tablename__ = "equipment_status"
    __table_args__ = (CheckConstraint("since is null or until is null or until >= since", name="order"),)

    id: Mapped[Serial]
    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.code"), index=True)
    status: Mapped[Word]
    since: Mapped[Day | None]
    until: Mapped[Day | None]
    reason: Mapped[Long] = mapped_column(default="")
    document: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))
    by: Mapped[Name]
    judged_from: Mapped[Ms | None]


class EquipmentPlace(Base):
    """From day to day it stood at this facility; it is kept as statuses are."""

    __tablename__ = "equipment_place"
    __table_args__ = (CheckConstraint("since is null or until is null or until >= since", name="order"),)

    id: Mapped[Serial]
    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.code"), index=True)
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"), index=True)
    since: Mapped[Day | None]
    until: Mapped[Day | None]
    reason: Mapped[Long] = mapped_column(default="")
    document: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))
    by: Mapped[Name]


class EquipmentDocument(Base):
    """A photo, manual or paper that belongs to a piece of equipment."""

    __tablename__ = "equipment_document"

    id: Mapped[Serial]
    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.code"), index=True)
    document: Mapped[str] = mapped_column(ForeignKey("document.sha256"))
    kind: Mapped[Word]  # photo | nameplate | manual | acceptance …
    note: Mapped[Long] = mapped_column(default="")
    added_by: Mapped[Name]
    added_at: Mapped[Ms]
    withdrawn_at: Mapped[Ms | None]


class ItemCount(Base):
    """On that day a facility had so many of them: ice packs, carriers, thermometers. The newest day counts."""

    __tablename__ = "item_count"
    __table_args__ = (
        Index("ix_item_count_facility_kind_counted_on", "facility", "kind", "counted_on"),
        CheckConstraint("quantity >= 0", name="quantity"),
    )

    id: Mapped[Serial]
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"))
    kind: Mapped[Word]
    quantity: Mapped[int]
    counted_on: Mapped[Day]
    note: Mapped[Long] = mapped_column(default="")
    by: Mapped[Name]
    withdrawn_at: Mapped[Ms | None]


class Repair(Base):
    """It broke, and was mended or not yet (冷链设备维修记录); `repaired_on` None = still broken."""

    __tablename__ = "repair"
    __table_args__ = (
        CheckConstraint("repaired_on is null or repaired_on >= broken_on", name="order"),
        CheckConstraint("cost_fen is null or cost_fen >= 0", name="cost"),
    )

    id: Mapped[Serial]
    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.code"), index=True)
    broken_on: Mapped[Day]
    repaired_on: Mapped[Day | None]
    cause: Mapped[Long]
    done: Mapped[Long] = mapped_column(default="")  # what was done
    repairer: Mapped[Name] = mapped_column(default="")
    cost_fen: Mapped[Ms | None]
    document: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))
    by: Mapped[Name]
    withdrawn_at: Mapped[Ms | None]


class ChangeRequest(Base):
    """A facility asks for a change (变更申请): 未处理 → 处理中 → 处理完成, decided by another person than the applicant."""

    __tablename__ = "change_request"
    __table_args__ = (Index("ix_change_request_facility_state", "facility", "state"),)

    id: Mapped[Serial]
    kind: Mapped[Word]
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"))
    equipment: Mapped[str | None] = mapped_column(ForeignKey("equipment.code"), index=True)
    successor: Mapped[str | None] = mapped_column(ForeignKey("equipment.code"))  # what takes its place
    wanted_on: Mapped[Day]
    wanted: Mapped[Long]  # in words: which limits, which delay, whose number
    phone: Mapped[Code] = mapped_column(default="")
    document: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))
    applicant: Mapped[Name]
    signature: Mapped[Name] = mapped_column(default="")  # the applicant's printed name, as they signed
    asked_at: Mapped[Ms]
    state: Mapped[Word]  # open | in_progress | done
    is_granted: Mapped[bool | None]
    decided_by: Mapped[Name | None]
    check_unit: Mapped[Name] = mapped_column(default="")  # the office that decided
    decided_at: Mapped[Ms | None]
    comment: Mapped[Long] = mapped_column(default="")
    is_applied: Mapped[bool] = mapped_column(default=False)  # by the decision itself, in the archive
    handler: Mapped[Name | None]
    handled_at: Mapped[Ms | None]
    handled: Mapped[Long] = mapped_column(default="")  # what the handler did
    withdrawn_at: Mapped[Ms | None]


class Care(Base):
    """The weekly cleaning, check and defrost log of a piece of equipment."""

    __tablename__ = "care"
    __table_args__ = (
        Index("ix_care_equipment_kind_withdrawn_at_done_at", "equipment", "kind", "withdrawn_at", "done_at"),
        Index("ix_care_done_at_id", "done_at", "id"),
        CheckConstraint("frost_mm is null or frost_mm >= 0", name="frost"),
    )

    id: Mapped[Serial]
    equipment: Mapped[str] = mapped_column(ForeignKey("equipment.code"))
    kind: Mapped[Word]  # cleaned | defrosted | checked
    done_at: Mapped[Ms]
    frost_mm: Mapped[float | None]  # as found, before anything was done
    note: Mapped[Long] = mapped_column(default="")
    by: Mapped[Name]
    withdrawn_at: Mapped[Ms | None]
