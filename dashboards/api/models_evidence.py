"""What the API answers about chains, roots and retention."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from dashboards.api.models import Shape


class StreamAnswer(Shape):
    """A chain: how long it is, and the hash of its last link."""

    stream: str
    links: int
    head: str


class RootAnswer(Shape):
    """A root: the heads of all chains at one instant, and a hash over them and the root before."""

    n: int
    at: str
    at_ms: int  # as it is hashed
    heads: list[tuple[str, int, str]]
    previous: str
    hash: str


class TermAnswer(Shape):
    """How long readings must be kept, from when on, and by what source."""

    name: str
    valid_from: date
    valid_to: date | None
    years_after_expiry: int
    what: str
    source: str
    certainty: str


class ActChannel(Shape):
    """What was deleted: so many readings, and the SHA-256 of their lines."""

    channel: str
    readings: int
    sha256: str


class ActLot(Shape):
    """A lot that the readings no longer concern."""

    lot: str
    expires_on: str
    kept_until: str


class ActAnswer(Shape):
    """An act of deletion."""

    id: int
    at: str
    start: str
    end: str
    channels: list[ActChannel]
    lots: list[ActLot]
    signed_by: str
    second: str
    reason: str
    carried_out: str | None
    still: str = Field("", description="What still is to be done before it is carried out.")


class RetentionAnswer(Shape):
    """The terms, the one in force, and every act."""

    deletes_by_itself: bool
    term: str
    terms: list[TermAnswer]
    acts: list[ActAnswer]


class CoveredLot(Shape):
    """A lot that readings cover."""

    lot: str
    expires_on: str
    kept_until: str
    is_over: bool
    is_held: bool


class StandingAnswer(Shape):
    """What stands in the way of a deletion; no obstacles: it may be signed."""

    term: str
    lots: list[CoveredLot]
    unassigned: list[str] = Field(description="Channels of which nobody wrote down what they measured then.")
    unrecorded: list[str] = Field(description="Channels with a day on which no lot is recorded where they measured.")
    unrecorded_until: str = Field(description="The last day on which readings of no recorded lot must be there.")
    obstacles: list[str]


class ActPost(BaseModel):
    """What is to be deleted and why, the caller's password once more, and a second person's name and password."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: list[str] = Field(min_length=1, max_length=100)
    start: str = Field(max_length=40)
    end: str = Field(max_length=40)
    reason: str = Field(max_length=2000)
    password: str = Field(max_length=1000)
    second: str = Field(max_length=64)
    second_password: str = Field(max_length=1000)
