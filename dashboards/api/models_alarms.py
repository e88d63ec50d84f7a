"""The shapes of an alarm's story: its arrows, messages with tries and receipts, replies. Instants are ISO 8601 with offset."""

from typing import Annotated, Literal

from pydantic import Field

from coldchain.archive.telling.taking import LONGEST_ETA_MIN, LONGEST_NOTE
from dashboards.api.models import AlarmAnswer, Shape

Said = Annotated[str, Field(min_length=1, max_length=2000)]
Code = Annotated[str, Field(min_length=1, max_length=64)]


class Take(Shape):
    """What a person says of an alarm: seen it, going there, or what it is. `moved` says in `note` where to."""

    act: Literal["seen", "going", "moved", "door", "sensor", "false", "note"]
    eta_min: int | None = Field(default=None, ge=1, le=LONGEST_ETA_MIN)
    note: str = Field(default="", max_length=LONGEST_NOTE)


class TakenAnswer(AlarmAnswer):
    """An alarm that somebody took."""

    together: list[int] = Field(
        description="Others of its facility, told in the same message, that were taken with it."
    )


class Close(Shape):
    """Why it came, and what was done: columns of the report of excursions."""

    cause: Said
    measure: Said


class Moves(Shape):
    """Lots out of the alarm's compartment; all that lie there when none are named."""

    target: int = Field(ge=1, lt=2**31, description="The compartment they are moved to.")
    lots: list[Code] | None = Field(default=None, min_length=1, max_length=200)


class StepAnswer(Shape):
    """One arrow of an alarm."""

    at: str
    before: str | None
    after: str
    why: str
    by: str = Field(description="A person; empty: the machine.")
    note: str


class AttemptAnswer(Shape):
    """One try to send a message, with the provider's own code and words."""

    at: str
    verdict: str
    provider_id: str
    code: str
    words: str
    cost_fen: int


class ReceiptAnswer(Shape):
    """What a provider said of a message afterwards."""

    at: str
    received: str
    state: str
    code: str
    words: str
    key: str


class MessageAnswer(Shape):
    """One message to one person by one channel, its address masked, and what became of it."""

    id: int
    person: str
    name: str
    channel: str
    sent_to: str
    kind: str
    level: int = Field(description="Of the ladder; 0: no part of it.")
    step: int
    state: str
    created: str
    told: str | None
    text_zh: str
    text_en: str
    answer: str
    fold: str = Field(description="The same for all that one message told.")
    cost_fen: int
    receipt: str
    receipt_at: str | None
    attempts: list[AttemptAnswer]
    receipts: list[ReceiptAnswer]


class ReplyAnswer(Shape):
    """What somebody answered, and what came of it."""

    at: str
    received: str
    channel: str
    sent_from: str
    name: str
    text: str
    outcome: str
    text_back: str = Field(description="What was answered to them.")
    text_back_state: str


class EdgeAnswer(Shape):
    """What a gateway's own guard said while nobody heard it."""

    at: str
    received: str = Field(description="When it was known here.")
    gateway: str
    channel: str = Field(description="The probe that it judged by.")
    way: str
    act: str
    person: str = Field(description="By the gateway's own list.")
    sent_to: str
    answer: str
    words: str


class AlarmStory(AlarmAnswer):
    """An alarm and all that was done about it."""

    code: str | None = Field(description="Six characters by which people name it; null for those who may not take it.")
    drill: bool
    level: int
    next: str | None = Field(description="When the ladder is looked at next.")
    eta: str | None = Field(description="Until when whoever is on the way is waited for.")
    score: int = Field(description="How often it came again within a day.")
    cause: str
    measure: str
    closed_by: str | None
    closed: str | None
    cases: list[str] = Field(description="The excursions that it was ever about, the first first.")
    cost_fen: int = Field(description="What its messages cost.")
    steps: list[StepAnswer]
    notices: list[MessageAnswer]
    replies: list[ReplyAnswer]
    at_edge: list[EdgeAnswer]


class BindingLink(Shape):
    """Where one person binds their WeChat, once."""

    url: str
    until: str
