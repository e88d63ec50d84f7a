"""The shapes of the record by hand (冷链设备温度记录). Temperatures in `value_c` are what people read off a display, never ours."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from coldchain.archive.places import FacilityKind
from coldchain.archive.twice_daily.duty import State
from coldchain.archive.twice_daily.hours import Half
from dashboards.api.models import Shape, Tagged

Celsius = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="YYYY-MM-DD, of the site's time zone.")]
Clock = Annotated[str, Field(pattern=r"^\d{2}:\d{2}$", description="HH:MM, of the site's time zone.")]


class NewRecord(BaseModel):
    """What a display shows."""

    model_config = ConfigDict(extra="forbid")

    equipment: str = Field(max_length=64)
    compartment: str = Field(max_length=40, description="Its name within the equipment.")
    half: Half
    value_c: Celsius = Field(description="What the display shows. Nothing stands in for it.")
    time: str | None = Field(default=None, max_length=40, description="When it was read; now, where left out.")
    ambient_c: Celsius | None = None
    action: str = Field(
        default="", max_length=2000, description="处理; demanded when the value is outside of the band."
    )
    late_reason: str | None = Field(
        default=None, max_length=2000, description="补录: why it is entered when the half's hours are over."
    )


class Withdrawal(BaseModel):
    """Why something is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=2000)


class RecordAnswer(Tagged):
    """An entry as it stands."""

    equipment: str
    compartment: str
    day: str
    half: Half
    time: str
    value_c: float
    ambient_c: float | None
    action: str
    signed_by: str
    entered: str = Field(description="When it was really entered.")
    late_reason: str | None
    withdrawn: str | None
    withdrawn_by: str | None
    withdrawn_reason: str | None


class OursAnswer(Shape):
    """What one of our probes said nearest to it."""

    channel: str
    time: str
    value_c: float
    difference_c: float = Field(description="The display less ours.")


class ComparedAnswer(Shape):
    """An entry, and beside it what our probes said; empty where none spoke within ten minutes."""

    record: RecordAnswer
    ours: list[OursAnswer]


class MissingAnswer(Shape):
    """A half that is not written down."""

    facility: str
    equipment: str
    compartment: str
    day: str
    half: Half
    state: State = Field(description="missing: its hours are over; open: they are not.")
    until: str


class MissingGroupAnswer(Shape):
    """What is missing of a township's facilities, in numbers."""

    region: str
    name_zh: str
    name_en: str
    facilities: int
    lacking: int = Field(description="So many of its facilities miss something.")
    due: int
    in_time: int
    late: int
    missing: int


class RateAnswer(Shape):
    """How a facility kept its record."""

    facility: str
    due: int
    in_time: int
    late: int
    missing: int
    kept_pct: float | None


class CellAnswer(Shape):
    """A compartment in a half."""

    compartment: str
    state: State | None = Field(description="Null: nobody asks for it.")
    time: str | None = Field(description="HH:MM, of the site's time zone.")
    record: RecordAnswer | None


class LineAnswer(Shape):
    """A half of a day."""

    day: str
    half: Half
    cells: list[CellAnswer]


class MonthAnswer(Shape):
    """A month of a piece of equipment, as its form has it; `withdrawn` are struck through, for its notes."""

    month: str
    equipment: str
    name_zh: str
    name_en: str
    facility: str
    compartments: list[str]
    lines: list[LineAnswer]
    withdrawn: list[RecordAnswer]


class DifferenceAnswer(Shape):
    """How a display and a probe stand to each other; which of the two is wrong a certificate tells."""

    channel: str
    readings: int
    median_c: float
    least_c: float
    greatest_c: float
    is_lasting: bool


class CompartmentDifference(Shape):
    """… of a compartment; a finding when the display is off for long from all its probes."""

    compartment: str
    is_finding: bool
    probes: list[DifferenceAnswer]


class HoursBody(BaseModel):
    """The hours of both readings from a day on."""

    model_config = ConfigDict(extra="forbid")

    region: str = Field(max_length=64)
    valid_from: Day
    am: tuple[Clock, Clock]
    pm: tuple[Clock, Clock]
    apart_min: int = Field(ge=1, le=1440)
    holiday_kinds: list[FacilityKind] = Field(
        default=[], description="Kinds of facility that record on working days only."
    )
    source: str = Field(min_length=1, max_length=2000)
    certainty: str = Field(default="read", max_length=40)


class HoursAnswer(Shape):
    """Hours in the book; `id` null: they came with the program."""

    id: int | None
    region: str | None
    valid_from: str
    am: tuple[str, str]
    pm: tuple[str, str]
    apart_min: int
    holiday_kinds: list[FacilityKind]
    source: str
    certainty: str
    withdrawn: str | None
