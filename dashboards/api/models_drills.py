"""The shapes of drills and of the figures people manage by. Instants are ISO 8601 with offset."""

from pydantic import Field

from coldchain.archive.drills import DrillState
from coldchain.archive.telling.figures import Band, Shift
from dashboards.api.models import Shape
from dashboards.api.models_facilities import Code, Instant, Taken


class DrillForm(Shape):
    """Try a facility's alarm path now, whatever the hour: whoever asks answers for it with their name."""

    facility: Code


class DrillNotice(Taken):
    """Whom it told, by what, and what became of that."""

    person: str
    channel: str
    level: int
    state: str
    answer: str
    code: str = Field(description="The provider's.")
    receipt: str | None
    text_zh: str
    text_en: str


class DrillAnswer(Taken):
    """A drill, and what it found."""

    id: int
    facility: str
    state: DrillState
    verified: bool = Field(description="All of the first level were told, and somebody answered.")
    planned: str = Field(description="The month whose planned drill it is; empty: somebody asked.")
    asked: Instant
    by: str
    begun: Instant | None
    answer_by: Instant | None
    ended: Instant | None
    alarm: int | None
    by_ways: list[str] = Field(description="page and console: the site has no other way, so that no message was tried.")
    broken: str = Field(description="The link that is broken, or why it was not run.")
    words: str
    notices: list[DrillNotice]


class TookAnswer(Taken):
    """How many took how long, in minutes; never: it was over before."""

    bands: dict[Band, int]
    median_min: float | None


class ResponseAnswer(Taken):
    """A clinic's minutes in one shift; the facility is null of what concerns several."""

    facility: str | None
    shift: Shift
    alarms: int
    told: TookAnswer
    taken: TookAnswer
    recovered: TookAnswer


class LoadAnswer(Taken):
    """What a clinic's people had to bear."""

    facility: str | None
    fridge_months: float
    alarms: int
    false_alarms: int
    past: int
    night_calls: int
    night_calls_for_nothing: int
    alarms_per_fridge_month: float | None
    night_calls_per_fridge_month: float | None


class SilentAnswer(Taken):
    """A number at which nobody ever answered."""

    person: int | None
    name: str
    facility: str | None
    channel: str
    sent_to: str = Field(description="Its first digits: the last prove who somebody is.")
    times: int


class PatienceAnswer(Taken):
    """What so many minutes more before a temperature is told would have spared."""

    minutes: int
    spared: int = Field(description="Over by then, and nobody had gone.")
    spared_at_night: int
    hidden: int = Field(description="Over by then because somebody went: untold it would have lasted.")
    later: int


class FiguresAnswer(Taken):
    """Of alarms that first rang in the time asked for; drills are none of them."""

    start: Instant
    end: Instant
    responses: list[ResponseAnswer]
    loads: list[LoadAnswer]
    silent: list[SilentAnswer]
    totals: list[ResponseAnswer]
    patience: list[PatienceAnswer]
