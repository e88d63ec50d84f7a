"""The shapes of facilities, people and collections. Instants are ISO 8601 with offset, days YYYY-MM-DD."""

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from coldchain.archive.facilities.calendar import DayKind
from coldchain.archive.facilities.card import ServiceCycle, ServiceForm
from coldchain.archive.facilities.collection import How, UnitState
from coldchain.archive.facilities.findings import FindingKind
from coldchain.archive.facilities.numbers import PhoneKind
from coldchain.archive.facilities.posts import PostKind
from coldchain.archive.facilities.standing import Standing
from coldchain.archive.facilities.training import Level
from coldchain.archive.places import FacilityKind
from coldchain.clock import iso
from dashboards.api.models import Shape, Tagged


def _iso(value: object) -> object:
    return iso(value) if isinstance(value, int) else value


Instant = Annotated[str, BeforeValidator(_iso)]
Code = Annotated[str, Field(min_length=1, max_length=64)]
Day = Annotated[str, Field(max_length=10, description="YYYY-MM-DD")]
When = Annotated[str, Field(max_length=40, description="ISO 8601 with offset, or ms since 1970.")]
Name = Annotated[str, Field(max_length=200)]
Words = Annotated[str, Field(max_length=2000)]
Number = Annotated[int, Field(ge=1, lt=2**31)]


class Taken(Shape):
    """The root of answers made from the archive's records."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)


class CardForm(Shape):
    """What is said of a facility; what is left out stays as it is."""

    region: Code | None = None
    name_zh: Name | None = None
    name_en: Name | None = None
    short_zh: Annotated[str, Field(max_length=40)] | None = None
    kind: FacilityKind | None = None
    gateway: Code | None = None
    latitude: float | None = None
    longitude: float | None = None
    feeder: Name | None = None
    unit_code: Annotated[str, Field(max_length=12)] | None = None
    has_maternity: bool | None = None
    has_rabies: bool | None = None
    address: Name | None = None
    head: Name | None = None
    telephone: Annotated[str, Field(max_length=40)] | None = None
    service_form: ServiceForm | None = None
    service_cycle: ServiceCycle | None = None
    working_week: Annotated[str, Field(max_length=7)] | None = None
    population: int | None = None
    staff: int | None = None
    certified_staff: int | None = None
    rooms_m2: float | None = None
    information: Words | None = None
    licensed_on: Day | None = None
    licensed_until: Day | None = None
    licence: Code | None = None


class CardAnswer(Taken):
    """A facility with its whole card (接种单位档案)."""

    code: str
    region: str
    name_zh: str
    name_en: str
    short_zh: str
    kind: FacilityKind
    gateway: str | None
    latitude: float | None
    longitude: float | None
    feeder: str
    unit_code: str | None
    has_maternity: bool
    has_rabies: bool
    address: str
    head: str
    telephone: str
    service_form: ServiceForm
    service_cycle: ServiceCycle
    working_week: str
    population: int | None
    staff: int | None
    certified_staff: int | None
    rooms_m2: float | None
    information: str
    licensed_on: str | None
    licensed_until: str | None
    licence: str | None
    status: Standing


class StatusForm(Shape):
    """A change of a facility's status."""

    status: Standing
    at: When
    reason: Words


class StatusAnswer(Taken):
    """A change of a facility's status, as it stands in its history."""

    id: int
    facility: str
    status: Standing
    before: Standing
    at: Instant
    reason: str


class WorkingDays(Shape):
    """The days on which somebody is to be there."""

    facility: str
    days: list[str]


class CalendarForm(Shape):
    """A day that is not what its weekday says."""

    day: Day
    kind: DayKind
    name: Name
    source: Words
    region: Code | None = None
    facility: Code | None = None
    as_weekday: Annotated[
        int | None, Field(ge=0, le=6, description="Of a make-up day: whose sessions are held, 0 = Monday.")
    ] = None


class SessionHoursForm(Shape):
    """A session of the week, by the facility's own clock."""

    weekday: Annotated[int, Field(ge=0, le=6, description="0 = Monday.")]
    start: Annotated[str, Field(max_length=5, description="HH:MM")]
    end: Annotated[str, Field(max_length=5, description="HH:MM; 24:00 is the end of the day.")]


class SessionWeekForm(Shape):
    """From a time on these are all its hours; none: it holds no sessions."""

    since: When
    until: When | None = None
    hours: Annotated[tuple[SessionHoursForm, ...], Field(max_length=70)]
    reason: Words = ""


class SessionHoursAnswer(SessionHoursForm, Tagged):
    """… as it stands in the archive."""

    since: str
    until: str | None


class SessionAnswer(Shape):
    """A session that is held on a day."""

    day: str
    start: str
    end: str


class CalendarAnswer(Taken, Tagged):
    """… as it stands in the archive."""

    day: str
    kind: DayKind
    name: str
    source: str
    region: str | None
    facility: str | None
    as_weekday: int | None
    withdrawn_at: Instant | None


class FindingAnswer(Taken):
    """One thing that a facility's archive lacks."""

    facility: str
    kind: FindingKind
    about: str
    words: str


class PhoneForm(Shape):
    """A number and what rings there."""

    kind: PhoneKind
    number: Annotated[str, Field(max_length=40)]


class PersonForm(Shape):
    """What is said of a person; what is left out stays as it is."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    facility: Code
    post: Annotated[str, Field(max_length=40, description="What they are called.")]
    phone: Annotated[str, Field(max_length=40, description="The number tried first.")] | None = None
    user: Code | None = None
    email: Name | None = None
    wechat: Name | None = None
    wecom: Name | None = None


class PersonAnswer(Shape):
    """Somebody at a facility. How they are reached is null for those who do not keep its books."""

    id: int
    name: str
    facility: str
    post: str
    left_at: str | None
    user: str | None
    phones: list[PhoneForm] | None
    email: str | None
    wechat: str | None
    wecom: str | None


class PostForm(Shape):
    """From–to, this person holds this post."""

    person: Number
    facility: Code
    post: PostKind
    start: When
    end: When | None = None


class PostAnswer(Taken, Tagged):
    """… as it stands in the archive."""

    person: int
    facility: str
    post: PostKind
    start: Instant
    end: Instant | None
    withdrawn_at: Instant | None


class EndForm(Shape):
    """When something ends."""

    at: When


class HandOverForm(Shape):
    """One act by which somebody leaves posts (none named: all they hold there) and somebody else takes them."""

    leaver: Number
    taker: Number
    at: When
    posts: tuple[PostKind, ...] = ()
    has_left: Annotated[bool, Field(description="Altogether: their login is closed.")] = False
    note: Words = ""


class HandOverAnswer(Taken, Tagged):
    """A hand-over as it was signed."""

    facility: str
    leaver: int
    taker: int
    leaver_name: str
    taker_name: str
    posts: list[str]
    at: Instant
    has_left: bool
    ended: dict[str, Any]
    matters: dict[str, Any]
    note: str
    signed_by: str
    signed_at: Instant
    countersigned_by: Annotated[str | None, Field(description="The other of the two, or the county; null: still due.")]
    countersigned_at: Instant | None


class CourseForm(Shape):
    """A training that was held."""

    topic: Annotated[str, Field(max_length=40)]
    title: Name
    level: Level
    hours: float
    held_on: Day
    held_by: Name
    region: Code | None = None


class CourseAnswer(Taken, Tagged):
    """… as it stands in the archive."""

    topic: str
    title: str
    level: Level
    hours: float
    held_on: str
    held_by: str
    region: str | None
    withdrawn_at: Instant | None


class AttendanceForm(Shape):
    """Somebody was there."""

    person: Number
    has_passed: bool
    certificate: Name = ""
    issued_on: Day | None = None
    valid_until: Day | None = None
    document: Code | None = None


class AttendanceAnswer(Taken, Tagged):
    """… as it stands in the archive."""

    course: int
    person: int
    has_passed: bool
    certificate: str
    issued_on: str | None
    valid_until: str | None
    document: str | None
    withdrawn_at: Instant | None


class LearnedAnswer(Taken):
    """Who was trained in what, when."""

    attendance: int
    person: int
    topic: str
    title: str
    level: Level
    hours: float
    held_on: str
    has_passed: bool
    certificate: str
    valid_until: str | None
    tag: str = Field(default="", description="The state of the attendance: send it as If-Match to withdraw it.")


class LackAnswer(Taken):
    """Whoever holds this post lacks this training: never passed (`until` null), or lapsed with that day."""

    facility: str
    person: int
    post: str
    topic: str
    until: str | None
    source: str
    certainty: str


class CollectionForm(Shape):
    """The collection of a region for a year."""

    year: int
    region: Code
    due_on: Day


class CollectionAnswer(Taken):
    """… as it stands in the archive."""

    id: int
    year: int
    region: str
    day: str
    due_on: str
    opened_by: str
    opened_at: Instant
    frozen_by: str | None
    frozen_at: Instant | None
    sha256: str | None


class UnitForm(Shape):
    """A facility that is to have a part."""

    facility: Code


class UnitAnswer(Taken):
    """A facility's part of a collection."""

    facility: str
    state: UnitState
    comment: str
    missing: str
    changed_at: Instant
    tag: str = Field(default="", description="Its state: send it as If-Match to excuse it.")


class SnapshotAnswer(Shape):
    """What a unit confirmed, or would confirm now (`confirmed_by` null): the same content has the same digest."""

    facility: str
    sha256: str
    content: dict[str, Any]
    confirmed_by: str | None
    confirmed_at: str | None


class Said(Shape):
    """Why."""

    words: Words


class ReminderForm(Shape):
    """A unit was reminded just now."""

    how: How
    told: Annotated[str, Field(min_length=1, max_length=200, description="Who there picked up, or read it.")]
    note: Words = ""


class ReminderAnswer(Taken):
    """… as it stands in the archive."""

    reminded_at: Instant
    how: How
    told: str
    note: str
    by: str


class LateAnswer(Taken):
    """A unit that is to be chased."""

    facility: str
    name_zh: str
    name_en: str
    telephone: str
    head: str
    state: UnitState
    comment: str
    missing: str
    days_late: int
    reminders: list[ReminderAnswer]
