"""The shapes of duty: who is told, policies, rotas, absences, ways. Instants are ISO 8601 with offset."""

from typing import Annotated, Any

from pydantic import Field

from coldchain.archive.duty.standing import Standing
from coldchain.archive.duty.ways import Said
from coldchain.archive.duty.words import GapKind, WayKind
from coldchain.excursion import Severity
from dashboards.api.models import Shape, Tagged
from dashboards.api.models_facilities import Code, Instant, Name, Number, Taken, When, Words

Minutes = Annotated[int, Field(ge=0, le=2 * 1440)]
Weekday = Annotated[int, Field(ge=0, le=7, description="0 Monday … 6 Sunday, 7 a holiday.")]


class WayAnswer(Taken):
    """One path; its address is null for those who do not keep that person's books."""

    channel: str
    address: str | None
    is_quiet_now: bool = Field(description="It makes a sound in quiet hours: held, if the alarm may wait.")


class ReachAnswer(Taken):
    """Somebody who is told, and by what, in the order in which it is tried."""

    person: int
    name: str
    channels: list[str]
    ways: list[WayAnswer]
    language: str


class LevelAnswer(Taken):
    """A step of the ladder."""

    n: int
    after_min: int
    repeat_min: int
    receipt_min: int
    people: list[ReachAnswer]
    gaps: list[str]


class PolicyUsed(Taken):
    """Where an answer comes from; no number: the policy that ships."""

    number: int | None
    title: str
    source: str
    certainty: str


class WhoAnswer(Taken):
    """Who would be told."""

    at: Instant
    severity: Severity
    policy: PolicyUsed
    levels: list[LevelAnswer]


class GapAnswer(Taken):
    """Something wrong with how people are told of a critical alarm."""

    facility: str
    equipment: str | None
    at: Instant
    kind: GapKind
    told: str
    told_zh: str
    person: int | None


class PolicyForm(Shape):
    """Who is told there from `start` on; without a place, everywhere."""

    content: Annotated[dict[str, Any], Field(description="As the default policy is written.")]
    start: When | None = None
    region: Code | None = None
    facility: Code | None = None
    equipment: Code | None = None


class PolicyAnswer(Taken, Tagged):
    """… as it stands in the archive."""

    title: str
    content: dict[str, Any]
    region: str | None
    facility: str | None
    equipment: str | None
    start: Instant
    end: Instant | None
    by: str
    withdrawn_at: Instant | None


class RotaForm(Shape):
    """A rota; `otherwise` is asked while nobody has a turn."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    region: Code | None = None
    facility: Code | None = None
    is_desk: bool = False
    otherwise: Number | None = None


class RotaAnswer(Taken, Tagged):
    """… as it stands in the archive."""

    name: str
    region: str | None
    facility: str | None
    is_desk: bool
    otherwise: int | None
    withdrawn_at: Instant | None


class TurnForm(Shape):
    """From `start` on somebody has these hours of a weekday; past midnight minutes go on counting."""

    person: Number
    weekday: Weekday
    from_min: Minutes
    to_min: Minutes
    every_weeks: Annotated[int, Field(ge=1, le=53)] = 1
    start: When
    end: When | None = None


class TurnAnswer(Taken, Tagged):
    """… as it stands in the archive."""

    rota: int
    person: int
    weekday: int
    from_min: int
    to_min: int
    every_weeks: int
    start: Instant
    end: Instant | None
    withdrawn_at: Instant | None


class ShiftForm(Shape):
    """A dated duty, instead of all turns or of one person's."""

    person: Number
    instead_of: Number | None = None
    start: When
    end: When
    why: Words = ""


class ShiftAnswer(Taken, Tagged):
    """… as it stands in the archive."""

    rota: int
    person: int
    instead_of: int | None
    start: Instant
    end: Instant
    why: str
    withdrawn_at: Instant | None


class RotaWhole(RotaAnswer):
    """A rota with its turns and its dated duties that are not over."""

    turns: list[TurnAnswer]
    shifts: list[ShiftAnswer]


class AbsenceForm(Shape):
    """Somebody is away, and who stands in."""

    person: Number
    start: When
    end: When
    stand_in: Number | None = None
    why: Words = ""


class AbsenceAnswer(Taken, Tagged):
    """… as it stands in the archive."""

    person: int
    start: Instant
    end: Instant
    stand_in: int | None
    why: str
    withdrawn_at: Instant | None


class KnownAnswer(Taken):
    """An address of a person and what is known of it; null for those who do not keep their books."""

    person: int
    kind: WayKind
    address: str | None
    verified_at: Instant | None
    bad_since: Instant | None
    asked_at: Instant | None
    is_due: bool = Field(description='"Is this still your number?" is to be asked.')


class StoodAnswer(KnownAnswer):
    """… with whose it is, and how it stands after the quarterly question."""

    name: str
    facility: str
    standing: Standing
    channel: str | None = Field(description="By which it was asked last.")
    in_vain: int = Field(description="How often it was asked within a quarter and nobody answered.")
    how: str | None = Field(description="What came of the last question.")


class WordForm(Shape):
    """What was learned of an address."""

    kind: WayKind
    address: Name
    said: Said
    note: Words = ""


class WishForm(Shape):
    """How somebody wants to be told."""

    language: Annotated[str, Field(max_length=10)] = "zh"
    channels: Annotated[tuple[Annotated[str, Field(max_length=40)], ...], Field(max_length=20)] = ()


class WishAnswer(WishForm):
    """… as it stands."""

    person: int
