"""The shapes of stock: lots, deliveries, movements, counts, custody. Instants are ISO 8601 with offset."""

from typing import Annotated

from pydantic import Field

from coldchain.archive.stock.labels import Why
from coldchain.archive.stock.receiving import State, Transport
from coldchain.archive.stock.refusals import Authority
from coldchain.archive.stock.words import Funding, Reason, Unit
from dashboards.api.models import Shape
from dashboards.api.models_facilities import Code, Day, Instant, Name, Number, Taken, When, Words

Doses = Annotated[int, Field(ge=0, lt=2**31)]
Celsius = Annotated[float, Field(ge=-95, le=70)]
Short = Annotated[str, Field(max_length=40)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class LotAnswer(Taken):
    """A maker's lot. `doses` are those that you see now; `price_fen` its own price."""

    id: str
    number: str
    vaccine: str
    maker: str
    product: str
    expires_on: str
    produced_on: str | None
    doses_per_vial: int
    spec: str
    dosage_form: str
    unit: Unit
    approval_number: str
    batch_release: str
    trace_code: str
    gtin: str
    funding: Funding | None
    price_fen: int | None
    diluent: str | None
    doses: int = 0


class LotForm(Shape):
    """What is said of a lot; what is left out stays as it is."""

    number: Name
    vaccine: Code
    maker: Name
    expires_on: Day
    product: Name | None = None
    produced_on: Day | None = None
    doses_per_vial: Number | None = None
    spec: Name | None = None
    dosage_form: Name | None = None
    unit: Unit | None = None
    approval_number: Name | None = None
    batch_release: Name | None = None
    trace_code: Short | None = None
    gtin: Short | None = None
    funding: Funding | None = None
    price_fen: Doses | None = None
    diluent: Code | None = None


class ThereAnswer(Taken):
    """Doses in a compartment now; `bound` of them are under hold, wait for papers, or are kept for another facility."""

    facility: str
    equipment: str
    compartment: int
    name: str
    doses: int
    bound: int


class LotCard(Shape):
    """A lot, its price today, and where its doses are as far as you see."""

    lot: LotAnswer
    price_fen_now: int | None
    funding_now: Funding
    there: list[ThereAnswer]


class MovementAnswer(Taken):
    """Doses that went; null ends are outside of what we see."""

    id: int
    lot: str
    at: Instant
    source: int | None
    target: int | None
    doses: int
    reason: Reason
    document: str
    held: int
    run: int | None
    custody: int | None
    counterparty: str
    handed_by: str
    taken_by: str
    temperature_c: float | None
    remark: str
    passed_over: str | None
    confirmed_at: Instant | None
    confirmed_by: str | None
    withdrawn_at: Instant | None


class MovementForm(Shape):
    """Doses that go or went. An issue that leaves what expires first needs its reason in `remark`."""

    lot: Code
    at: When | None = Field(default=None, description="When it was done; now when it is left out.")
    doses: Number
    reason: Reason
    source: Number | None = None
    target: Number | None = None
    document: Name = ""
    held: Doses = 0
    run: Number | None = None
    counterparty: Name = ""
    handed_by: Name = ""
    taken_by: Name = ""
    temperature_c: Celsius | None = None
    remark: Words = ""


class WhyForm(Shape):
    """Why something is done or taken back."""

    why: Annotated[str, Field(min_length=1, max_length=2000)]


class TakenForm(Shape):
    """Who took over what came from another facility."""

    taken_by: Name


class DeliveryLineForm(Shape):
    """Doses of a lot, and where they are put if they come in."""

    lot: Code
    doses: Number
    compartment: Number
    undecided: Number | None = Field(default=None, description="What a file brought in: its number in that list.")


class DeliveryForm(Shape):
    """What stands before the door: its facts, from which the decision follows. `refuse_because` is stricter than they are.

    What came by a run of ours is received at the run's stop: its own readings decide.
    """

    facility: Code
    at: When | None = None
    document: Name
    supplier: Name
    transport: Transport
    plate: Short = ""
    arrival_c: Celsius
    ambient_c: Celsius | None = None
    record: Sha256 | None = None
    record_low_c: Celsius | None = None
    record_high_c: Celsius | None = None
    papers_complete: bool
    missing: Words = ""
    handed_by: Name = ""
    taken_by: Name = ""
    lines: list[DeliveryLineForm] = Field(max_length=200)
    refuse_because: Words = ""


class ReceiptAnswer(Taken):
    """A delivery as it was judged."""

    id: int
    facility: str
    at: Instant
    document: str
    supplier: str
    transport: Transport
    plate: str
    arrival_c: float | None
    ambient_c: float | None
    record: str | None
    run: int | None
    record_low_c: float | None
    record_high_c: float | None
    papers_complete: bool
    missing: str
    handed_by: str
    taken_by: str
    state: State
    why: str
    by: str
    settled_at: Instant | None
    settled_by: str | None
    papers: str | None
    withdrawn_at: Instant | None


class ReceiptLineAnswer(Taken):
    """A line of it; `movement` is null where nothing came in."""

    lot: str
    doses: int
    compartment: int
    movement: int | None


class ReportAnswer(Taken):
    """An authority was told of a refusal."""

    id: int
    authority: Authority
    told: str
    told_at: Instant
    document: str | None
    note: str
    by: str


class ReportForm(Shape):
    """… as it is written down."""

    authority: Authority
    told: Name
    told_at: When
    document: Sha256 | None = None
    note: Words = ""


class ReceiptCard(Taken):
    """A receipt with its lines and reports; `tag` is its state, for If-Match."""

    receipt: ReceiptAnswer
    lines: list[ReceiptLineAnswer]
    reports: list[ReportAnswer]
    tag: str


class DueAnswer(Taken):
    """A refused delivery: who was not told yet, and reports whose paper is missing."""

    receipt: ReceiptAnswer
    authorities: list[Authority]
    papers_missing: list[ReportAnswer]


class UndecidedAnswer(Taken):
    """Doses that a file brought into the books, and nobody decided at the door: `movement.document` is the file."""

    id: int
    facility: str
    movement: MovementAnswer


class DocumentForm(Shape):
    """The paper that came later."""

    document: Sha256


class CompleteForm(Shape):
    """The papers came."""

    papers: Sha256 | None = None
    why: Words = ""


class DrawAnswer(Shape):
    """Doses to take from a compartment, the first to expire first."""

    lot: str
    number: str
    maker: str
    expires_on: str
    compartment: int
    place: str
    free: int
    doses: int


class LabelAnswer(Taken):
    """A label of doses that are set apart."""

    why: Why
    lot: str
    number: str
    vaccine: str
    name_zh: str
    name_en: str
    maker: str
    expires_on: str
    funding: Funding
    reported_to: str = Field(description="The level up to which unusable doses are reported: province or county.")
    facility: str
    compartment: int | None
    place: str
    doses: int
    since: Instant
    because: str = Field(description="The excursion, the receipt, the day of expiry, or what is damaged.")


class RegisterLine(Taken):
    """A line of the register with the lot's balance after it; a struck line was withdrawn and counts nothing."""

    movement: int
    at: Instant
    vaccine: str
    name_zh: str
    maker: str
    spec: str
    dosage_form: str
    lot: str
    number: str
    expires_on: str
    batch_release: str
    reason: Reason
    into: int
    out: int
    kept: int
    balance: int
    counterparty: str
    handed_by: str
    taken_by: str
    place: str
    temperature_c: float | None
    document: str
    remark: str
    is_struck: bool


class CountedForm(Shape):
    """Doses of a lot that were found; of these so many damaged or unreadable, and how."""

    lot: Code
    counted: Doses
    unusable: Doses = 0
    why_unusable: Words = ""


class CountForm(Shape):
    """A stock-take of a compartment: every lot that the books have there, 0 where none was found."""

    compartment: Number
    at: When | None = None
    counted_by: Name
    witness: Name = ""
    note: Words = ""
    lines: list[CountedForm] = Field(max_length=1000)


class CountAnswer(Taken):
    """A stock-take."""

    id: int
    compartment: int
    at: Instant
    counted_by: str
    witness: str
    note: str
    by: str
    posted_at: Instant | None
    withdrawn_at: Instant | None


class CountLineAnswer(Taken):
    """What was found, what the books said, and the difference."""

    lot: str
    counted: int
    unusable: int
    why_unusable: str
    booked: int
    difference: int
    reason: str
    movement: int | None


class CountCard(Shape):
    """A stock-take with its lines."""

    count: CountAnswer
    lines: list[CountLineAnswer]


class PostForm(Shape):
    """Why each difference is, by lot."""

    reasons: dict[Code, Words] = Field(max_length=1000)


class CustodyForm(Shape):
    """Doses that another clinic keeps, with the consent of somebody who manages the county."""

    lot: Code
    doses: Number
    source: Number
    target: Number
    why: Words
    consented_by: Code
    consented_at: When
    consent: Sha256 | None = None
    start: When | None = None
    held: Doses = 0
    run: Number | None = None


class CustodyAnswer(Taken):
    """… as it stands; `consent` null: its paper is due; `confirmed_at` null: so far only the giver says who consented."""

    id: int
    lot: str
    doses: int
    owner: str
    keeper: str
    source: int
    target: int
    why: str
    consented_by: str
    consented_at: Instant
    consent: str | None
    confirmed_at: Instant | None
    confirmed_by: str | None
    start: Instant
    returned_at: Instant | None
    by: str
    withdrawn_at: Instant | None


class BackForm(Shape):
    """They came back; `target` where they do not lie where they lay before."""

    at: When | None = None
    held: Doses = 0
    target: Number | None = None


class PaperForm(Shape):
    """The written consent."""

    consent: Sha256


class MisplacedAnswer(Taken):
    """Free doses where they do not belong: `wants` is their band, `keeps` that of the place, or what it is for."""

    lot: str
    number: str
    vaccine: str
    name_zh: str
    name_en: str
    facility: str
    compartment: int
    place: str
    doses: int
    since: Instant
    wants: str
    keeps: str


class DisposalForm(Shape):
    """Free doses that were disposed of: why, by which signed scan, and who from outside saw it."""

    lot: Code
    doses: Number
    source: Number
    at: When | None = Field(default=None, description="When it was done; now when it is left out.")
    why: Words
    witness: Name
    organisation: Name
    document: Sha256


class DisposalAnswer(Taken):
    """Who saw it, beside its movement."""

    movement: MovementAnswer
    witness: str
    organisation: str
    document: str
    by: str


class UnusableForm(Shape):
    """Expired or unusable doses that were reported upwards."""

    facility: Code
    lot: Code
    why: Why
    doses: Number
    told: Name
    told_at: When
    document: Sha256 | None = None
    note: Words = ""


class UnusableAnswer(Taken):
    """… as it stands; `document` null: its paper is due."""

    id: int
    facility: str
    lot: str
    why: Why
    doses: int
    told: str
    told_at: Instant
    document: str | None
    note: str
    by: str
    withdrawn_at: Instant | None


class UnusableDueAnswer(Taken):
    """Expired or unusable doses that were not reported in full, or not by a paper that is here."""

    facility: str
    lot: str
    number: str
    vaccine: str
    why: Why
    doses: int
    reported: int
    reported_to: str = Field(description="The level up to which they are reported: province or county.")
    since: Instant
    papers_missing: list[UnusableAnswer]
