"""The shapes of the API's answers. Times are ISO 8601 with offset, but for the columns of readings: ms UTC."""

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from coldchain.excursion import AlarmState, CaseState, Certainty, Kind, LotsKnown, Severity

T = TypeVar("T")


class Shape(BaseModel):
    """The root: frozen, and nothing beside what is written here."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Tagged(Shape):
    """Something in a list that one can act on."""

    id: int
    tag: str = Field(default="", description="Its state: send it as If-Match to act on it.")


class Listed(Shape, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str | None = Field(description="Pass it as `cursor` for the next page; null at the end.")


class FieldProblem(Shape):
    """One wrong field."""

    field: str
    wrong: str
    cure: str


class ProblemDetails(BaseModel):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None


class Part(Shape):
    """One part of the system as this service sees it."""

    status: Literal["ok", "degraded", "unknown"]
    note: str = ""


class HealthAnswer(Shape):
    """Whether the whole chain works."""

    status: Literal["ok", "degraded"]
    parts: dict[str, Part]


class CompartmentAnswer(Shape):
    """A compartment with its band and its condition now."""

    name: str
    label: str
    purpose: str
    profile: str
    low_c: float | None
    high_c: float | None
    state: str
    value: float | None
    time: str | None
    since: str | None
    why: str | None


class ChannelAnswer(Shape):
    """A channel with its newest reading."""

    channel: str
    quantity: str
    compartment: str | None
    position: str
    value: float | None
    time: str | None
    quality: int | None


class EquipmentAnswer(Shape):
    """A piece of equipment; `status` is its place in life: normal, repair, spare, moved."""

    code: str
    name: str
    type: str
    facility: str
    status: str
    compartments: list[CompartmentAnswer]
    channels: list[ChannelAnswer]


class RawReadings(Shape):
    """Readings in columns: `t` ms UTC, `v` null where `q` names a fault."""

    channel: str
    t: list[int]
    v: list[float | None]
    q: list[int]


class EnvelopeReadings(Shape):
    """A long range in few points: per bucket its start, the least, greatest and mean believed value."""

    channel: str
    t: list[int]
    min: list[float]
    max: list[float]
    mean: list[float]


class StartBounds(Shape):
    """It began after `known_good` and no later than `first_bad`."""

    known_good: str | None
    first_bad: str


class EndBounds(Shape):
    """It ended after `last_bad` and no later than `known_good`."""

    last_bad: str
    known_good: str | None


class ExcursionLot(Shape):
    """A lot that an excursion concerns."""

    lot: str
    vaccine: str
    doses: int | None
    minutes_out: float | None = Field(description="Known minutes outside while these doses were there.")


class ExcursionAnswer(Shape):
    """An excursion as it is known now: of temperature, a fault of a probe, or something watched; `kind` tells which."""

    id: str = Field(description="It never changes, whatever late data does to the rest.")
    revision: int
    channel: str
    equipment: str | None
    compartment: str | None
    kind: Kind = Field(
        description="What went wrong. Kinds may be added: treat one that you do not know as a watch event."
    )
    rule: str = Field(description="pack/rule; the rule's version may change while an excursion goes on.")
    severity: Severity = Field(description="From the county's policy. A note is recorded and told to nobody.")
    certainty: Certainty = Field(description="`possible`: it would only be complete by counting `minutes_unknown`.")
    state: CaseState = Field(
        description="`merged` and `withdrawn` ones count no longer; they are kept with their history."
    )
    start: StartBounds
    end: EndBounds | None = Field(description="Null while it goes on.")
    extreme_c: float | None = Field(description="The furthest temperature as it was measured; null for watch events.")
    minutes_out: float = Field(description="Known minutes outside; for a cumulative kind their sum in the period.")
    minutes_unknown: float = Field(description="Minutes inside of which nothing is known: neither good nor bad.")
    degree_minutes: float = Field(description="°C beyond the limit × minutes; 0 for watch events.")
    mkt_c: float | None = Field(description="Mean kinetic temperature of the known time; null for watch events.")
    product_extreme_c: float | None = Field(
        description="The furthest temperature of the product, reckoned where a buffer is approved; beside the measured one."
    )
    explained_by: str | None = Field(
        description="What accounts for it: session, delivery, stock_take, defrost or planned_outage; it is then a note."
    )
    held: bool = Field(description="True where policy stops the use of its lots.")
    lots_known: LotsKnown = Field(description="How surely: in this compartment, at this facility only, or not.")
    lots: list[ExcursionLot]


class AlarmAnswer(Shape):
    """An alarm, about an excursion or about something seen."""

    id: int
    kind: Kind
    severity: Severity
    state: AlarmState
    past: bool
    facility: str | None
    equipment: str | None
    compartment: str | None
    excursion: str | None
    since: str
    raised: str
    ended: str | None
    taken_by: str | None
    taken: str | None


class AuditAnswer(Shape):
    """One link of an audit chain."""

    stream: str
    n: int
    at: str
    actor: str
    action: str
    entity: str
    entity_id: str
    image: Any
    reason: str
    previous: str
    hash: str


class RefusedAnswer(Shape):
    """A message that was not stored."""

    id: int
    gateway: str
    topic: str
    received: str
    spool: str | None
    seq: int | None
    reason: str
    detail: str
    sha256: str
    bytes: int
    payload: str = Field(description="As text, at most the first 4,096 characters.")
