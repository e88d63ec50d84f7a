"""Which rule packs judge where, when something explains a deviation by itself, and what is known about a probe.

Each row is people's word with its time. None is deleted: it is ended, or withdrawn as entered by mistake.
"""

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Code, CodeKey, Long, Ms, Name, Serial, Word


def _one_of(*columns: str) -> CheckConstraint:
    """Exactly one of these columns says where."""
    given = " + ".join(f"case when {column} is null then 0 else 1 end" for column in columns)
    return CheckConstraint(f"{given} = 1", name="scope")


def _in_order() -> CheckConstraint:
    """`end` None goes on: a comparison with nothing is no contradiction."""
    return CheckConstraint('"end" is null or "end" > start', name="order")


class RulePack(Base):
    """A version of a pack as alerting has it loaded: what its cases were judged by. Another digest is another rule."""

    __tablename__ = "rule_pack"

    pack: Mapped[CodeKey]
    version: Mapped[CodeKey]
    valid_from: Mapped[Ms]
    sha256: Mapped[Name]  # of its rules, not of its words
    title_zh: Mapped[Name]
    title_en: Mapped[Name]
    source: Mapped[Long]
    text: Mapped[Long]  # of the whole file: what judged once can be loaded again when the file is gone
    is_loaded: Mapped[bool]  # False: it was, and is no more


class SiteRules(Base):
    """From `start` on these packs judge wherever nothing else was chosen: the site's own, as its settings name them."""

    __tablename__ = "site_rules"

    start: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    packs: Mapped[list[str]] = mapped_column(JSON)


class RuleChoice(Base):
    """From–to, this pack judges here: a facility, a piece of equipment, a compartment, or wherever a vaccine lies."""

    __tablename__ = "rule_choice"
    __table_args__ = (_one_of("facility", "equipment", "compartment", "vaccine"), _in_order())

    id: Mapped[Serial]
    pack: Mapped[Code]
    facility: Mapped[str | None] = mapped_column(ForeignKey("facility.code"), index=True)
    equipment: Mapped[str | None] = mapped_column(ForeignKey("equipment.code"), index=True)
    compartment: Mapped[int | None] = mapped_column(ForeignKey("compartment.id"), index=True)
    vaccine: Mapped[str | None] = mapped_column(ForeignKey("vaccine.code"), index=True)
    start: Mapped[Ms]
    end: Mapped[Ms | None]
    withdrawn_at: Mapped[Ms | None]


class Occasion(Base):
    """Something that explains a deviation: a stock-take, a defrost, an outage planned for all that hang on a feeder."""

    __tablename__ = "occasion"
    __table_args__ = (_one_of("facility", "equipment", "feeder"), _in_order())

    id: Mapped[Serial]
    kind: Mapped[Word]  # session | delivery | stock_take | defrost | planned_outage
    facility: Mapped[str | None] = mapped_column(ForeignKey("facility.code"), index=True)
    equipment: Mapped[str | None] = mapped_column(ForeignKey("equipment.code"), index=True)
    feeder: Mapped[Name | None] = mapped_column(index=True)
    start: Mapped[Ms]
    end: Mapped[Ms]
    note: Mapped[Long] = mapped_column(default="")
    by: Mapped[Name]
    withdrawn_at: Mapped[Ms | None]


class SessionHours(Base):
    """A facility vaccinates on this day of the week from–to, in minutes of its local day, as long as the row is valid."""

    __tablename__ = "session_hours"
    __table_args__ = (
        CheckConstraint("weekday between 0 and 6", name="weekday"),
        CheckConstraint("from_min >= 0 and from_min < to_min and to_min <= 1440", name="minutes"),
        _in_order(),
    )

    id: Mapped[Serial]
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"), index=True)
    weekday: Mapped[int]  # 0 = Monday
    from_min: Mapped[int]
    to_min: Mapped[int]
    start: Mapped[Ms]
    end: Mapped[Ms | None]
    withdrawn_at: Mapped[Ms | None]


class Buffer(Base):
    """An approval: what lies at this probe follows its reading with this time constant (glycol, a vial)."""

    __tablename__ = "buffer"
    __table_args__ = (CheckConstraint("tau_s > 0", name="tau"), _in_order())

    id: Mapped[Serial]
    channel: Mapped[str] = mapped_column(ForeignKey("channel.name"), index=True)
    tau_s: Mapped[int]
    source: Mapped[Long]  # the document that shows the time constant
    approved_by: Mapped[Name]
    approved_at: Mapped[Ms]
    start: Mapped[Ms]
    end: Mapped[Ms | None]
    withdrawn_at: Mapped[Ms | None]


class Backdating(Base):
    """Somebody said afterwards by what [start, end) was to be judged where probes had spoken: who, why, by which paper."""

    __tablename__ = "backdating"
    __table_args__ = (Index("ix_backdating_entity", "entity", "entity_id"),)

    id: Mapped[Serial]
    entity: Mapped[Word]  # compartment_use | rule_choice | buffer
    entity_id: Mapped[Name]
    action: Mapped[Word]  # begun | chosen | approved | ended | withdrawn
    start: Mapped[Ms]
    end: Mapped[Ms | None]
    at: Mapped[Ms]
    by: Mapped[Name]
    reason: Mapped[Long]
    document: Mapped[str] = mapped_column(ForeignKey("document.sha256"))


class Calibration(Base):
    """A certificate of a device; readings stay as they were sent. Its points stand in `calibration_point`."""

    __tablename__ = "calibration"
    __table_args__ = (Index("ix_calibration_device_done_on", "device", "done_on"),)

    id: Mapped[Serial]
    device: Mapped[Name]  # gateway/device
    certificate: Mapped[Name]
    done_on: Mapped[Word]  # YYYY-MM-DD
    due_on: Mapped[Word]
    by: Mapped[Name]  # the laboratory
    uncertainty_mc: Mapped[int | None]  # expanded, m°C …
    k: Mapped[float | None]  # … with this coverage factor
    limit: Mapped[Code] = mapped_column(default="")  # by whose limit it was judged: a name of metrology/limits.toml
    as_found: Mapped[Word | None]  # pass | near | fail; None: nothing is said of it
    as_left: Mapped[Word | None]
    document: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))
    note: Mapped[Long] = mapped_column(default="")
    withdrawn_at: Mapped[Ms | None]
