"""The shapes of answers about exposure: what a lot went through, and what an excursion concerns."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from coldchain.archive.exposure.evidence import Ice
from coldchain.excursion import LotsKnown
from dashboards.api.models import Shape, Tagged

STRANGE = "What cannot well be: before_production, after_expiry, more_than_there_were."


class Went(Shape):
    """Sums of time by readings as they came, no certificate's correction applied; the hottest probe tells heat, the coldest cold."""

    bands: dict[str, float] = Field(description="Known minutes per temperature band, °C.")
    degree_minutes: dict[str, float] = Field(
        description="Per band, °C beyond the vaccine's storage band × minutes; 0 inside of it."
    )
    minutes_known: float = Field(description="Minutes that a sensor knows.")
    minutes_manual: float = Field(description="Minutes that only people vouch for; they are in no band.")
    minutes_unknown: float = Field(
        description="Minutes of which nobody knows: neither good nor bad; also between being issued and coming back unopened."
    )
    low_c: float | None = Field(description="The coldest that a sensor said.")
    high_c: float | None = Field(description="The hottest that a sensor said.")
    mkt_c: float | None = Field(description="Mean kinetic temperature of the known minutes.")
    excursions: int = Field(description="How many excursions of temperature touch it.")


class LotPlace(Went):
    """A stay of the lot. `counted` stays are those of the way whose sums stand above: the one with most time outside."""

    compartment: str
    equipment: str
    facility: str
    start: str
    end: str | None
    doses: int
    doses_held: int = Field(description="Doses that were here and are not to be used: a hold in force names them.")
    counted: bool


class VialMonitor(Shape):
    """Life used by a vial monitor of this type in the known time; two models' estimates, never a verdict."""

    type: str
    life_used_pct: float | None = Field(description="As measured by Goldwood & Diesburg; null for a type they did not.")
    nominal_pct: float | None = Field(description="By the nominal end points of PQS E006/IN05.")
    estimate: Literal[True] = True


class LotExposure(Went):
    """What a lot went through."""

    lot: str
    vaccine: str
    doses: int = Field(description="Now in the compartments that we see.")
    held: bool = Field(description="True while doses that you see, or that came along these ways, are not to be used.")
    places: list[LotPlace]
    vvm: VialMonitor | None = Field(description="With `dossier=true` only, for vaccines with a monitor.")


class NowAnswer(Shape):
    """Where doses of the lot are now."""

    compartment: str
    equipment: str
    facility: str
    doses: int = Field(description="Doses of the lot there.")
    concerned: int = Field(description="Of them at most so many were exposed.")


class IssuedAnswer(Shape):
    """What a facility sent out of our sight since, by reason."""

    facility: str
    reason: str
    doses: int
    concerned: int = Field(description="Of them at most so many were exposed.")
    first: str
    last: str


class GivenAnswer(Shape):
    """Doses given, as another system counts them."""

    facility: str
    given_on: str
    doses: int
    source: str
    seen: bool = Field(description="False: our books never saw the lot at this facility.")
    strange: str | None = Field(description=STRANGE)


class AffectedLotAnswer(Shape):
    """A lot that is concerned; what lies out of your scope is summed as `elsewhere`."""

    lot: str
    number: str
    vaccine: str
    maker: str
    expires_on: str
    doses: int = Field(description="Doses that were there.")
    minutes_out: float | None = Field(description="Known minutes outside while these doses were there.")
    now: list[NowAnswer]
    elsewhere: int
    issued: list[IssuedAnswer]
    issued_elsewhere: int
    given: list[GivenAnswer]
    given_elsewhere: int


class AffectedAnswer(Shape):
    """Which doses an excursion concerns."""

    excursion: str | None
    start: str
    end: str
    lots_known: LotsKnown = Field(description="How surely: in this compartment, at this facility only, or not.")
    lots: list[AffectedLotAnswer]


class EvidencePost(BaseModel):
    """What a person vouches for: at least one temperature, or the ice packs' state on return."""

    model_config = ConfigDict(extra="forbid")

    start: str = Field(max_length=40, description="When it left, ISO 8601 with offset or ms.")
    end: str = Field(max_length=40, description="When it was back.")
    departure_c: float | None = Field(default=None, description="Read when it left, °C.")
    return_c: float | None = Field(default=None, description="Read when it was back, °C.")
    ice_out: Ice | None = None
    ice_back: Ice | None = None
    document: str | None = Field(
        default=None, pattern="^[0-9a-f]{64}$", description="What shows it; wanted where nothing was carried."
    )
    note: str = Field(default="", max_length=2000)


class EvidenceAnswer(Tagged):
    """… as it stands."""

    start: str
    end: str
    departure_c: float | None
    return_c: float | None
    low_c: float | None = Field(description="The extremes in between, where a logger kept them.")
    high_c: float | None
    ice_out: Ice | None
    ice_back: Ice | None
    signed_by: str
    note: str
    run: int | None
    document: str | None = Field(description="The logger's strip as it came.")
    withdrawn_at: str | None


class Count(BaseModel):
    """Doses given at a facility on a day; nobody's name."""

    model_config = ConfigDict(extra="forbid")

    facility: str = Field(max_length=64)
    given_on: str = Field(max_length=10, description="YYYY-MM-DD")
    doses: int
    source: str = Field(max_length=200, description="Which system or file says so.")


class GivenPost(BaseModel):
    """Counts of one lot."""

    model_config = ConfigDict(extra="forbid")

    items: list[Count] = Field(min_length=1, max_length=1000)
    reason: str = Field(default="", max_length=500)


class GivenCounted(Tagged):
    """A count as it stands."""

    facility: str
    given_on: str
    doses: int
    source: str
    strange: str | None = Field(description=STRANGE)


class Withdrawal(BaseModel):
    """Why something is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="", max_length=500)


class Written(Shape):
    """How many rows were not so already."""

    changed: int
