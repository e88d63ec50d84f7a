"""Vaccines, their lots, and each movement of a lot; where a lot was when follows from its movements."""

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
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
    who_code: Mapped[Word] = mapped_column(default="")
    info_codes: Mapped[Name] = mapped_column(
        default=""
    )  # of the information system, 4 digits each, separated by spaces
    funding: Mapped[Word] = mapped_column(default="programme")  # programme (免疫规划, 一类) | paid (非免疫规划, 二类)
    heat_group: Mapped[Word] = mapped_column(default="")  # A (most sensitive) … F; "" nobody says
    light: Mapped[Word] = mapped_column(default="yes")  # no | yes | strongly
    presentation: Mapped[Word] = mapped_column(default="")  # liquid | lyophilised | oral_liquid | pill
    is_diluent: Mapped[bool] = mapped_column(default=False)
    needs_diluent: Mapped[bool] = mapped_column(default=False)
    may_thaw: Mapped[bool] = mapped_column(default=False)  # stored frozen, and may lie thawed at 2 to 8 °C for a time
    note: Mapped[Long] = mapped_column(default="")  # what the columns cannot say
    catalogue: Mapped[Name] = mapped_column(default="")  # the catalogue and version that said so last; "" the county
    certainty: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # field → read | own-knowledge | calc


class Lot(Base):
    """A maker's lot of a vaccine. Numbers repeat between makers and vaccines, so the key is our own."""

    __tablename__ = "lot"
    __table_args__ = (
        Index("uq_lot_vaccine_maker_number", "vaccine", "maker", "number", unique=True),
        Index("ix_lot_expires_on", "expires_on"),
        Index("ix_lot_number", "number"),
    )

    id: Mapped[CodeKey]
    number: Mapped[Name]  # 批号, as printed
    vaccine: Mapped[str] = mapped_column(ForeignKey("vaccine.code"), index=True)
    maker: Mapped[Name]  # 上市许可持有人
    expires_on: Mapped[str]  # YYYY-MM-DD
    doses_per_vial: Mapped[int] = mapped_column(default=1)
    product: Mapped[Name] = mapped_column(default="")  # trade name or presentation, where the maker has several
    approval_number: Mapped[Name] = mapped_column(default="")  # 批准文号
    batch_release: Mapped[Name] = mapped_column(default="")  # 批签发合格编号
    produced_on: Mapped[str | None]  # YYYY-MM-DD
    spec: Mapped[Name] = mapped_column(default="")  # 规格
    dosage_form: Mapped[Name] = mapped_column(default="")  # 剂型
    unit: Mapped[Word] = mapped_column(default="vial")  # vial 支 | dose 人份 | pill 粒
    trace_code: Mapped[Word] = mapped_column(default="")  # the first digits of the 20 that its boxes have in common
    gtin: Mapped[Word] = mapped_column(default="")
    funding: Mapped[Word | None]  # programme | paid; None: as its vaccine
    price_fen: Mapped[int | None]  # of a dose; None: as the price list says
    diluent: Mapped[str | None] = mapped_column(ForeignKey("lot.id"))  # the lot of diluent that came with it


_COURSE = ("at", "doses", "withdrawn_at")  # what a stay's levels follow from: the index answers without the rows


def _index_of_some(name: str) -> Index:
    """Of the few movements that have it: an index of all would tempt a planner that is asked for those without."""
    where = text(f"{name} is not null")
    return Index(f"ix_movement_{name}", name, sqlite_where=where, postgresql_where=where)


_PASSED_OVER = text("passed_over is not null")
# Nobody said of them that they came; what has one end only has nobody to say so.
_UNCONFIRMED = text("confirmed_at is null and withdrawn_at is null and source is not null and target is not null")


class Movement(Base):
    """Doses of a lot going from somewhere to somewhere; None is outside of what we see (supplier, patients, disposal)."""

    __tablename__ = "movement"
    __table_args__ = (
        Index("ix_movement_lot_at", "lot", "at"),
        Index("ix_movement_source_at", "source", "at"),
        Index("ix_movement_target_at", "target", "at"),
        Index("ix_movement_source_lot", "source", "lot", *_COURSE),
        Index("ix_movement_target_lot", "target", "lot", *_COURSE),
        Index("ix_movement_unconfirmed", "at", "id", sqlite_where=_UNCONFIRMED, postgresql_where=_UNCONFIRMED),
        Index("ix_movement_passed_over_at", "at", "id", sqlite_where=_PASSED_OVER, postgresql_where=_PASSED_OVER),
        *(_index_of_some(name) for name in ("run", "custody", "passed_over")),
        CheckConstraint("doses > 0", name="doses"),
        CheckConstraint("source is not null or target is not null", name="ends"),
        CheckConstraint("held between 0 and doses", name="held"),
    )

    id: Mapped[Serial]
    lot: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    at: Mapped[Ms]
    source: Mapped[int | None] = mapped_column(ForeignKey("compartment.id"))
    target: Mapped[int | None] = mapped_column(ForeignKey("compartment.id"))
    doses: Mapped[int]
    reason: Mapped[Word]  # received | moved | issued | returned | disposed | counted
    document: Mapped[Name] = mapped_column(default="")  # 出入库单号
    held: Mapped[int] = mapped_column(default=0)  # of these doses so many are under hold and stay so
    run: Mapped[int | None]  # the transport run that carried them
    custody: Mapped[int | None] = mapped_column(
        ForeignKey("custody.id"), index=True
    )  # kept for another: no change of books
    counterparty: Mapped[Name] = mapped_column(default="")  # supplier, receiving unit or person
    handed_by: Mapped[Name] = mapped_column(default="")  # 发货人
    taken_by: Mapped[Name] = mapped_column(default="")  # 领取人, 收货人
    temperature_c: Mapped[float | None]  # on receipt
    remark: Mapped[Long] = mapped_column(default="")
    passed_over: Mapped[str | None] = mapped_column(ForeignKey("lot.id"))  # the lot that expires first and stayed
    confirmed_at: Mapped[Ms | None]  # when the other facility said that they came
    confirmed_by: Mapped[str | None] = mapped_column(String(200))
    withdrawn_at: Mapped[Ms | None]  # entered by mistake: stays in the book, counts no more


class Stay(Base):
    """Doses of a lot in a compartment without a break. Derived: written anew from the movements whenever one changes."""

    __tablename__ = "stay"
    __table_args__ = (
        Index("ix_stay_compartment_end", "compartment", "end", "start"),
        Index("ix_stay_lot_compartment", "lot", "compartment"),
        Index("ix_stay_end_lot", "end", "lot"),
    )

    id: Mapped[Serial]
    lot: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    compartment: Mapped[int] = mapped_column(ForeignKey("compartment.id"))
    start: Mapped[Ms]
    end: Mapped[Ms]  # FOREVER: they are still there
    doses: Mapped[int]  # there now; 0 when it is over
