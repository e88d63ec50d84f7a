"""The shapes of rounds and runs. A place is written `equipment/compartment`, as in a county's file: `V1/cold`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from coldchain.archive.stock.receiving import State
from coldchain.archive.transport.findings import Lack
from coldchain.archive.transport.words import Cooling, Ice, Point, RunKind, Tool, Way
from dashboards.api.models import Shape, Tagged
from dashboards.api.models_records import Celsius, Day

Place = Annotated[str, Field(pattern=r"^[^/]{1,64}/[^/]{1,40}$", description="equipment/compartment")]
Code = Annotated[str, Field(max_length=64)]
Time = Annotated[str, Field(max_length=40, description="ISO 8601 with offset, or ms since 1970.")]
Doses = Annotated[int, Field(strict=True, ge=1, lt=2**31)]


class Body(BaseModel):
    """What is sent: nothing beside what is written here."""

    model_config = ConfigDict(extra="forbid")


class PlannedLine(Body):
    """Doses planned for a facility."""

    facility: Code
    planned_doses: int = Field(ge=0, le=10_000_000)


class RoundBody(Body):
    """A round as it is planned."""

    region: Code
    year: int = Field(ge=0, lt=10_000)
    number: int = Field(ge=0, lt=10_000)
    name: str = Field(max_length=200)
    first_day: Day
    last_day: Day


class NewRoundBody(RoundBody):
    """… with its lines."""

    lines: list[PlannedLine] = Field(default=[], max_length=2000)


class Doses0(Body):
    """Doses planned; 0 = it is visited and draws nothing."""

    planned_doses: int = Field(ge=0, le=10_000_000)


class Sessions(Body):
    """Sessions that were held."""

    sessions_held: int = Field(ge=0, le=1000)


class Why(Body):
    """Why it is done."""

    reason: str = Field(default="", max_length=2000)


class OrderBody(Body):
    """The paper that ordered an emergency run, by its digest."""

    document: str = Field(pattern="^[0-9a-f]{64}$")


class RoundAnswer(Shape):
    """A round of the plan."""

    id: int
    region: str
    year: int
    number: int
    name: str
    first_day: str
    last_day: str
    closed: str | None
    closed_by: str | None


class LineAnswer(Shape):
    """A facility's part; doses follow from the runs. `missing` is empty when its record is complete."""

    facility: str
    tag: str = Field(description="For If-Match.")
    planned_doses: int
    drawn: int
    delivered: int
    taken_out: int
    returned: int
    sessions_held: int | None
    runs: list[int]
    missing: list[str]
    closed: str | None
    closed_by: str | None


class RoundCard(Shape):
    """A round with its lines in scope."""

    round: RoundAnswer
    lines: list[LineAnswer]
    complete: int = Field(description="Lines with nothing missing.")
    complete_pct: float | None
    planned_doses: int
    delivered: int


class LoggerBody(Body):
    """A channel that measures a carrier for this run."""

    channel: str = Field(max_length=200)
    carrier: Place
    interval_s: int = Field(default=60, ge=1, le=86_400)
    position: str = Field(default="", max_length=200)


class NewRunBody(Body):
    """A run that begins."""

    kind: RunKind
    origin: Code
    stops: list[Code] = Field(min_length=1, max_length=60)
    carriers: list[Place] = Field(min_length=1, max_length=40)
    started: Time | None = Field(default=None, description="Now, where left out.")
    tool: Tool
    cooling: Cooling
    way: Way
    plate: str = Field(default="", max_length=40)
    purpose: str = Field(default="", max_length=200)
    sender: str | None = Field(default=None, max_length=200, description="发货人; the caller, where left out.")
    round: int | None = Field(default=None, ge=1, lt=2**31)
    order_no: str = Field(default="", max_length=200, description="Of the paper that orders an emergency run.")
    order_document: str | None = Field(default=None, max_length=64)
    loggers: list[LoggerBody] = Field(default=[], max_length=40)


class LoadBody(Body):
    """Doses going on board."""

    lot: Code
    doses: Doses
    source: Place
    carrier: Place
    bound_for: Code | None = Field(default=None, description="The stop; demanded where there are several.")
    held: int = Field(default=0, ge=0, description="Of them so many are under hold and stay so.")
    time: Time | None = None


class UnloadBody(Body):
    """Doses going off board otherwise than by a receipt."""

    to: Literal["stop", "origin", "given"]
    lot: Code
    doses: Doses
    carrier: Place
    target: Place | None = None
    held: int = Field(default=0, ge=0)
    time: Time | None = None


class MeasuredBody(Body):
    """What was read of a carrier."""

    carrier: Place
    vaccine_c: Celsius
    ice: Ice | None = None
    ambient_c: Celsius | None = None


class ReadingBody(MeasuredBody):
    """… at departure, on the way, or back at the origin."""

    point: Literal["departure", "en_route", "back"]
    time: Time | None = None


class ArrivalBody(Body):
    """The run came to a stop."""

    facility: Code
    readings: list[MeasuredBody] = Field(min_length=1, max_length=40)
    distance_km: int | None = Field(default=None, ge=0, le=5000)
    receiver: str | None = Field(default=None, max_length=200, description="收货人")
    time: Time | None = None


class StopBody(Body):
    """What was left open at a stop."""

    distance_km: int | None = Field(default=None, ge=0, le=5000)
    receiver: str | None = Field(default=None, max_length=200)


class ReceivedLine(Body):
    """Doses of a lot out of a carrier, and the compartment they are for."""

    lot: Code
    doses: Doses
    carrier: Place
    target: Place


class ReceptionBody(Body):
    """What is received at a stop; the decision follows from the facts. `refuse_because` may only be stricter."""

    facility: Code
    document: str = Field(max_length=200, description="出库单号")
    lines: list[ReceivedLine] = Field(min_length=1, max_length=500)
    papers_complete: bool
    missing: str = Field(default="", max_length=2000)
    refuse_because: str = Field(default="", max_length=2000)
    time: Time | None = None


class EndBody(Body):
    """The end of a run; `despite` says why its record lacks what it lacks."""

    despite: str = Field(default="", max_length=2000)
    time: Time | None = None


class RunAnswer(Tagged):
    """A run, in short; `tag` is wanted to file its order."""

    kind: RunKind
    round: int | None
    origin: str
    tool: Tool
    cooling: Cooling
    way: Way
    plate: str
    purpose: str
    sender: str
    order_no: str
    order_document: str | None
    started: str
    ended: str | None
    closed_by: str | None
    despite: str


class StopAnswer(Shape):
    """A stop; `receipt` is the number of what was decided there."""

    facility: str
    position: int
    arrived: str | None
    distance_km: int | None
    receiver: str | None
    receipt: int | None
    put_off: int
    tag: str = Field(description="For If-Match, of what is written at this stop.")


class CarrierAnswer(Shape):
    """What rides along; `is_measured` by a channel on its whole way."""

    place: str
    is_measured: bool


class RunReadingAnswer(Tagged):
    """A line of the transport record."""

    point: Point
    carrier: str
    facility: str | None
    time: str
    vaccine_c: float
    ice: Ice | None
    ambient_c: float | None
    by: str
    withdrawn: str | None


class RunMovement(Shape):
    """Doses that went on board or off."""

    id: int
    time: str
    lot: str
    doses: int
    reason: str
    source: str | None
    target: str | None
    bound_for: str


class OnBoard(Shape):
    """Doses in a carrier now, or when the run ended."""

    carrier: str
    lot: str
    vaccine: str
    doses: int


class FindingAnswer(Shape):
    """What the record lacks or shows."""

    lack: Lack
    words: str


class RunCard(Shape):
    """All of a run, as its form has it (疫苗运输温度记录表)."""

    tag: str = Field(description="The state of all of it, also its ETag: send it as If-Match to end or cancel the run.")
    run: RunAnswer
    stops: list[StopAnswer]
    carriers: list[CarrierAnswer]
    loggers: list[str]
    readings: list[RunReadingAnswer]
    movements: list[RunMovement]
    on_board: list[OnBoard]
    findings: list[FindingAnswer]


class ReceptionAnswer(Shape):
    """What was decided at the door, and the run afterwards."""

    receipt: int
    state: State
    why: str
    run: RunCard
