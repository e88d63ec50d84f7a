"""The shapes of the equipment archive: cards, histories, repairs, requests, care, counts, findings. Days are YYYY-MM-DD."""

from typing import TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from coldchain.archive.occasions import OccasionKind
from coldchain.archive.rows import Record
from coldchain.archive.upkeep.findings import What
from coldchain.archive.upkeep.words import CareKind, Door, EquipmentType, Item, Paper, Status, Wish, WishState
from coldchain.clock import iso
from dashboards.api.models import Shape, Tagged

M = TypeVar("M", bound=Shape)
SHA256 = r"^[0-9a-f]{64}$"


class Asked(BaseModel):
    """The root of what callers send: nothing beside what is written here."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def shown(kind: type[M], record: Record, **more: object) -> M:
    """A record as the API tells it: its times as ISO 8601."""
    values = msgspec.to_builtins(record) | more
    times = {name: iso(value) for name, value in values.items() if name.endswith("_at") and isinstance(value, int)}
    return kind(**values | times)


class DocumentAnswer(Shape):
    """A document without its content, as the facility has it through which you see it."""

    sha256: str
    media_type: str
    name: str
    size: int
    facility: str | None = Field(description="Null for the county's own, seen by those only who see everything.")
    added_by: str
    added_at: str


class StatusSpanAnswer(Shape):
    """A status from day to day; null = as long as anybody knows, or still."""

    status: Status
    since: str | None
    until: str | None
    reason: str
    document: str | None
    by: str


class PlaceSpanAnswer(Shape):
    """A facility from day to day."""

    facility: str
    since: str | None
    until: str | None
    reason: str
    document: str | None
    by: str


class PaperAnswer(Tagged):
    """A document that belongs to the piece."""

    equipment: str
    document: str
    kind: Paper
    note: str
    added_by: str
    added_at: str
    withdrawn_at: str | None


class ModeAnswer(Tagged):
    """A timed mode: stock-take or defrost. It mutes nothing."""

    kind: OccasionKind
    start: str
    until: str
    note: str
    by: str


class CardFields(Asked):
    """What a card says and a form may change; status and place have ways of their own."""

    name_zh: str = Field(min_length=1, max_length=200)
    name_en: str = Field(max_length=200)
    short_zh: str = Field(max_length=40)
    type: EquipmentType
    brand: str = ""
    model: str = ""
    serial: str = Field(default="", description="出厂编号")
    national_code: str = Field(default="", description="国家编码")
    manufacturer: str = ""
    funding: str = Field(default="", description="经费来源")
    allotted_by: str = Field(default="", description="配发单位")
    price_fen: int | None = None
    is_medical: bool = False
    door: Door | None = None
    volume_cold_l: float | None = None
    volume_frozen_l: float | None = None
    cold_bags: int | None = Field(default=None, description="冷藏包数量")
    power_w: int | None = None
    refrigerant: str = ""
    pqs_code: str = ""
    holdover_h_catalogue: float | None = Field(default=None, description="Hours without mains, as its source claims.")
    holdover_source: str = ""
    produced_on: str | None = None
    arrived_on: str | None = None
    started_on: str | None = None


class CardPut(CardFields):
    """The whole card anew; what is left out becomes empty. A volume is in litres or in m³."""

    facility: str | None = Field(default=None, max_length=64, description="Where a new piece stands; else as it is.")
    volume_cold_m3: float | None = None
    volume_frozen_m3: float | None = None


class CardAnswer(Shape):
    """Everything that the archive says of a piece of equipment."""

    code: str
    facility: str
    status: Status
    name_zh: str
    name_en: str
    short_zh: str
    type: EquipmentType
    brand: str
    model: str
    serial: str
    national_code: str
    manufacturer: str
    funding: str
    allotted_by: str
    price_fen: int | None
    is_medical: bool
    door: str
    volume_cold_l: float | None
    volume_frozen_l: float | None
    cold_bags: int | None
    power_w: int | None
    refrigerant: str
    pqs_code: str
    holdover_h_catalogue: float | None
    holdover_source: str
    produced_on: str | None
    arrived_on: str | None
    started_on: str | None
    scrapped_on: str | None
    replaces: str | None
    missing: list[str] = Field(description="Columns that the yearly archive still wants.")
    repairs: int = Field(description="How often it broke down (维修次数).")
    statuses: list[StatusSpanAnswer]
    places: list[PlaceSpanAnswer]
    papers: list[PaperAnswer]
    modes: list[ModeAnswer] = Field(description="In force now.")


class StatusPost(Asked):
    """From this day on it is in another status."""

    status: Status
    on: str
    reason: str
    document: str | None = Field(default=None, pattern=SHA256)


class PlacePost(Asked):
    """From this day on it stands at another facility."""

    facility: str
    on: str
    reason: str
    document: str | None = Field(default=None, pattern=SHA256)


class ModePost(Asked):
    """It is counted or defrosted, from–until."""

    kind: OccasionKind
    start: str | None = Field(default=None, description="Now, if it is left out.")
    until: str
    note: str = ""


class PaperPost(Asked):
    """A document that was sent is its photo, its manual and so on."""

    document: str = Field(pattern=SHA256)
    kind: Paper
    note: str = ""


class Withdrawal(Asked):
    """Why an entry was a mistake."""

    reason: str = Field(min_length=1, max_length=2000)


class RepairPost(Asked):
    """Something broke; `repaired_on` where it has been mended since."""

    broken_on: str
    cause: str
    repaired_on: str | None = None
    done: str = ""
    repairer: str = ""
    cost_fen: int | None = None
    document: str | None = Field(default=None, pattern=SHA256)


class MendingPost(Asked):
    """How a repair ended."""

    repaired_on: str
    done: str
    repairer: str = ""
    cost_fen: int | None = None
    document: str | None = Field(default=None, pattern=SHA256)


class RepairAnswer(Tagged):
    """A repair; null `repaired_on` = still broken."""

    equipment: str
    broken_on: str
    repaired_on: str | None
    cause: str
    done: str
    repairer: str
    cost_fen: int | None
    document: str | None
    by: str
    withdrawn_at: str | None


class RequestPost(Asked):
    """A facility asks for a change."""

    kind: Wish
    facility: str
    wanted_on: str
    wanted: str
    equipment: str | None = None
    successor: str | None = None
    phone: str = ""
    document: str | None = Field(default=None, pattern=SHA256)


class DecisionPost(Asked):
    """Granted or refused; a refusal has a comment."""

    is_granted: bool
    comment: str = ""
    check_unit: str = Field(default="", max_length=200, description="For which office; the caller's own, if left out.")


class FinishPost(Asked):
    """What was done by hand."""

    handled: str


class RequestAnswer(Tagged):
    """A request with what became of it."""

    kind: Wish
    facility: str
    equipment: str | None
    successor: str | None
    wanted_on: str
    wanted: str
    phone: str
    document: str | None
    applicant: str
    signature: str = Field(description="The applicant's printed name, as they signed; empty where a program asked.")
    asked_at: str
    state: WishState
    is_granted: bool | None
    decided_by: str | None
    check_unit: str = Field(description="The office for which it was decided (审核单位).")
    decided_at: str | None
    comment: str
    is_applied: bool = Field(description="The decision itself did it in the archive; otherwise it is done by hand.")
    handler: str | None
    handled_at: str | None
    handled: str
    withdrawn_at: str | None


class CarePost(Asked):
    """It was cleaned, checked or defrosted; `frost_mm` as found before."""

    kind: CareKind
    done: str | None = Field(default=None, description="When; now, if it is left out.")
    frost_mm: float | None = None
    note: str = ""


class CareAnswer(Tagged):
    """An entry of the log."""

    equipment: str
    kind: CareKind
    done_at: str
    frost_mm: float | None
    note: str
    by: str
    withdrawn_at: str | None


class OverdueAnswer(Shape):
    """What was not done in time."""

    equipment: str
    facility: str
    what: str
    last_at: str | None
    every_days: int | None
    frost_mm: float | None
    source: str
    certainty: str


class CountPost(Asked):
    """On that day there were so many."""

    facility: str
    kind: Item
    quantity: int
    counted_on: str
    note: str = ""


class CountAnswer(Tagged):
    """A count."""

    facility: str
    kind: Item
    quantity: int
    counted_on: str
    note: str
    by: str
    withdrawn_at: str | None


class FindingAnswer(Shape):
    """Something that is not as it must be, with where that stands and how surely we know it."""

    what: What
    facility: str
    equipment: str | None
    compartment: str | None
    wanted: str
    found: str
    rule: str
    source: str
    certainty: str = Field(description="`read` in the text, or `known` in the field: configuration, never a claim.")


class GapAnswer(Shape):
    """What a card lacks for the yearly archive."""

    equipment: str
    facility: str
    missing: list[str]


class SumAnswer(Shape):
    """So many pieces that hold so many litres; `unsaid` of them say no volume."""

    count: int
    frozen_l: float
    cold_l: float
    unsaid: int


class StatisticsLine(Shape):
    """A type: in all, and by status."""

    type: EquipmentType
    total: SumAnswer
    by_status: dict[Status, SumAnswer]


class StatisticsAnswer(Shape):
    """The yearly roll-up as on a day."""

    day: str
    lines: list[StatisticsLine]
    items: dict[Item, int]
