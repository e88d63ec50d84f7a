"""What is done with stock beside moving it: prices, makers' limits, receiving, counting, custody."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from coldchain.archive.tables.base import Base, Day, Long, Ms, Name, Serial, Word


class Price(Base):
    """What a dose of a vaccine costs from a day on, by whom it was said."""

    __tablename__ = "price"
    __table_args__ = (
        Index("ix_price_vaccine_maker", "vaccine", "maker"),
        CheckConstraint("fen >= 0", name="fen"),
        CheckConstraint("valid_to is null or valid_to > valid_from", name="order"),
    )

    id: Mapped[Serial]
    vaccine: Mapped[str] = mapped_column(ForeignKey("vaccine.code"))
    maker: Mapped[Name] = mapped_column(default="")  # "" any
    region: Mapped[str | None] = mapped_column(ForeignKey("region.code"))  # whose price it is; None: everybody's
    fen: Mapped[int]  # 1/100 yuan
    valid_from: Mapped[Day]
    valid_to: Mapped[Day | None]  # exclusive; None: until another is said
    source: Mapped[Long]
    withdrawn_at: Mapped[Ms | None]


class Stability(Base):
    """A line of a maker's table: so long in such a band its product may have been, in all."""

    __tablename__ = "stability"
    __table_args__ = (
        Index("ix_stability_vaccine_maker", "vaccine", "maker"),
        CheckConstraint("low_c is null or high_c is null or low_c < high_c", name="band"),
        CheckConstraint("max_cumulative_hours > 0", name="hours"),
        CheckConstraint("max_count is null or max_count > 0", name="count"),
        CheckConstraint("valid_to is null or valid_to > valid_from", name="order"),
    )

    id: Mapped[Serial]
    vaccine: Mapped[str] = mapped_column(ForeignKey("vaccine.code"))
    maker: Mapped[Name]
    product: Mapped[Name] = mapped_column(default="")  # "" all that the maker makes of it
    low_c: Mapped[float | None]  # the band, both ends inside; None: no limit on that side
    high_c: Mapped[float | None]
    max_cumulative_hours: Mapped[float]
    max_count: Mapped[int | None]  # how often at most; None: not said
    note: Mapped[Long] = mapped_column(default="")
    document_no: Mapped[Name]
    document: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))
    source: Mapped[Long]
    certainty: Mapped[Word]  # read | own-knowledge | calc | example
    valid_from: Mapped[Ms]
    valid_to: Mapped[Ms | None]
    entered_by: Mapped[Name] = mapped_column(default="")
    approved_at: Mapped[Ms | None]
    approved_by: Mapped[str | None] = mapped_column(String(200))  # a second person, who held it beside the paper
    withdrawn_at: Mapped[Ms | None]


class Receipt(Base):
    """A delivery as it was judged at the door (收货): accepted, waiting for its papers, or refused."""

    __tablename__ = "receipt"
    __table_args__ = (
        Index("ix_receipt_facility_at", "facility", "at"),
        Index("ix_receipt_at_id", "at", "id"),
        Index(
            "ix_receipt_unsettled",
            "facility",
            sqlite_where=text("state <> 'accepted'"),
            postgresql_where=text("state <> 'accepted'"),
        ),
    )

    id: Mapped[Serial]
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"))
    at: Mapped[Ms]
    document: Mapped[Name]  # 随货单号
    supplier: Mapped[Name]
    transport: Mapped[Word]  # refrigerated_vehicle 冷藏车 | vaccine_vehicle 疫苗运输车 | other
    plate: Mapped[Word] = mapped_column(default="")  # 车牌号
    arrival_c: Mapped[float | None]  # the storage temperature on arrival
    ambient_c: Mapped[float | None]
    record: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))  # the transport's temperature record
    run: Mapped[int | None] = mapped_column(index=True)  # … or the run of ours that measured it
    record_low_c: Mapped[float | None]  # the furthest that the record shows
    record_high_c: Mapped[float | None]
    papers_complete: Mapped[bool]
    missing: Mapped[Long] = mapped_column(default="")  # which papers are not there
    handed_by: Mapped[Name] = mapped_column(default="")
    taken_by: Mapped[Name] = mapped_column(default="")
    state: Mapped[Word]  # accepted | waiting | refused
    why: Mapped[Long]  # what the decision follows from
    by: Mapped[Name]
    settled_at: Mapped[Ms | None]  # when what waited was accepted or refused
    settled_by: Mapped[str | None] = mapped_column(String(200))
    papers: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))  # what completed it
    withdrawn_at: Mapped[Ms | None]


class ReceiptLine(Base):
    """Doses of a lot in a delivery, and the movement that brought them in."""

    __tablename__ = "receipt_line"
    __table_args__ = (Index("ix_receipt_line_lot", "lot", "compartment"), CheckConstraint("doses > 0", name="doses"))

    id: Mapped[Serial]
    receipt: Mapped[int] = mapped_column(ForeignKey("receipt.id"), index=True)
    lot: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    doses: Mapped[int]
    compartment: Mapped[int] = mapped_column(ForeignKey("compartment.id"))
    movement: Mapped[int | None] = mapped_column(ForeignKey("movement.id"))  # None: refused, they never came in


class RefusalReport(Base):
    """The report of a refused delivery that the law demands, to one authority."""

    __tablename__ = "refusal_report"

    id: Mapped[Serial]
    receipt: Mapped[int] = mapped_column(ForeignKey("receipt.id"), index=True)
    authority: Mapped[Word]  # drug 药品监督管理部门 | health 卫生健康主管部门
    told: Mapped[Name]  # who there
    told_at: Mapped[Ms]
    document: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))
    note: Mapped[Long] = mapped_column(default="")
    by: Mapped[Name]
    withdrawn_at: Mapped[Ms | None]


class StockCount(Base):
    """A stock-take of one compartment (盘点)."""

    __tablename__ = "stock_count"

    id: Mapped[Serial]
    compartment: Mapped[int] = mapped_column(ForeignKey("compartment.id"), index=True)
    at: Mapped[Ms]
    counted_by: Mapped[Name]
    witness: Mapped[Name] = mapped_column(default="")
    note: Mapped[Long] = mapped_column(default="")
    by: Mapped[Name]
    posted_at: Mapped[Ms | None]  # when its differences went into the books
    withdrawn_at: Mapped[Ms | None]


class StockCountLine(Base):
    """What was counted of a lot, and what the books said at that moment."""

    __tablename__ = "stock_count_line"
    __table_args__ = (
        Index("uq_stock_count_line_count_lot", "count", "lot", unique=True),
        CheckConstraint("counted >= 0", name="counted"),
        CheckConstraint("unusable between 0 and counted", name="unusable"),
    )

    id: Mapped[Serial]
    count: Mapped[int] = mapped_column(ForeignKey("stock_count.id"))
    lot: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    counted: Mapped[int]
    booked: Mapped[int]
    unusable: Mapped[int] = mapped_column(default=0)  # of those counted, so many are damaged or cannot be read
    why_unusable: Mapped[Long] = mapped_column(default="")
    reason: Mapped[Long] = mapped_column(default="")
    movement: Mapped[int | None] = mapped_column(ForeignKey("movement.id"))


class Custody(Base):
    """Doses that another facility keeps for their owner in an emergency, with the county's consent; no supply."""

    __tablename__ = "custody"
    __table_args__ = (CheckConstraint("doses > 0", name="doses"),)

    id: Mapped[Serial]
    lot: Mapped[str] = mapped_column(ForeignKey("lot.id"), index=True)
    doses: Mapped[int]
    owner: Mapped[str] = mapped_column(ForeignKey("facility.code"), index=True)
    keeper: Mapped[str] = mapped_column(ForeignKey("facility.code"), index=True)
    source: Mapped[int] = mapped_column(ForeignKey("compartment.id"))
    target: Mapped[int] = mapped_column(ForeignKey("compartment.id"), index=True)
    why: Mapped[Long]
    consented_by: Mapped[Name]  # who at the county
    consented_at: Mapped[Ms]
    consent: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))  # the paper; None: by word, still due
    confirmed_at: Mapped[Ms | None]  # when whoever consented said so themselves
    confirmed_by: Mapped[str | None] = mapped_column(String(200))
    start: Mapped[Ms]
    returned_at: Mapped[Ms | None]
    by: Mapped[Name]
    withdrawn_at: Mapped[Ms | None]


class Undecided(Base):
    """Doses that a file brought into the books though nobody decided at the door: the decision is due."""

    __tablename__ = "undecided"

    id: Mapped[Serial]
    movement: Mapped[int] = mapped_column(ForeignKey("movement.id"), index=True, unique=True)
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"), index=True)
    receipt: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"), index=True)  # the decision, once it is made
    by: Mapped[Name]


class SetApart(Base):
    """Doses that a count found damaged or unreadable: they stand where they are, with a label, until they are disposed of."""

    __tablename__ = "set_apart"
    __table_args__ = (
        Index("ix_set_apart_lot_compartment", "lot", "compartment"),
        CheckConstraint("doses > 0", name="doses"),
    )

    id: Mapped[Serial]
    lot: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    compartment: Mapped[int] = mapped_column(ForeignKey("compartment.id"))
    doses: Mapped[int]
    why: Mapped[Long]
    since: Mapped[Ms]
    count: Mapped[int] = mapped_column(ForeignKey("stock_count.id"), index=True)
    by: Mapped[Name]
    withdrawn_at: Mapped[Ms | None]


class UnusableReport(Base):
    """The report of expired or unusable doses, level by level upwards: who was told, when, by which paper."""

    __tablename__ = "unusable_report"
    __table_args__ = (
        Index("ix_unusable_report_facility_lot", "facility", "lot"),
        CheckConstraint("doses > 0", name="doses"),
    )

    id: Mapped[Serial]
    facility: Mapped[str] = mapped_column(ForeignKey("facility.code"))
    lot: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    why: Mapped[Word]  # expired | unusable
    doses: Mapped[int]
    told: Mapped[Name]  # who, at which office
    told_at: Mapped[Ms]
    document: Mapped[str | None] = mapped_column(ForeignKey("document.sha256"))  # None: the paper is still due
    note: Mapped[Long] = mapped_column(default="")
    by: Mapped[Name]
    withdrawn_at: Mapped[Ms | None]


class Disposal(Base):
    """Who from outside saw free doses disposed of, by which signed scan."""

    __tablename__ = "disposal"

    id: Mapped[Serial]
    movement: Mapped[int] = mapped_column(ForeignKey("movement.id"), index=True, unique=True)
    witness: Mapped[Name]
    organisation: Mapped[Name]
    document: Mapped[str] = mapped_column(ForeignKey("document.sha256"))
    by: Mapped[Name]


class Answered(Base):
    """What was answered to a request that may come again: the same key gets the same answer, and nothing is done twice."""

    __tablename__ = "answered"
    __table_args__ = (Index("uq_answered_actor_key", "actor", "key", unique=True), Index("ix_answered_at", "at"))

    id: Mapped[Serial]
    actor: Mapped[Name]
    key: Mapped[Name]
    asked: Mapped[str] = mapped_column(String(64))  # digest of route and body
    answer: Mapped[Long]  # JSON
    at: Mapped[Ms]
