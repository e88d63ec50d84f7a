"""The shapes of certificates, corrections, probes found wrong, and how machines run. Days are YYYY-MM-DD."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from coldchain.archive.metrology.curve import Found
from coldchain.archive.metrology.due import Why
from coldchain.archive.metrology.limits import USUAL, Outcome
from coldchain.archive.performance.failures import Basis
from coldchain.archive.performance.weights import Fact
from dashboards.api.models import Shape, Tagged

Pair = tuple[float, float]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CalibrationPost(_Asked):
    """A certificate of a device."""

    device: str = Field(max_length=200, description="gateway/device")
    certificate: str = Field(max_length=200)
    done_on: str
    due_on: str
    by: str = Field(max_length=200, description="The laboratory.")
    found: list[Pair] = Field(default=[], max_length=50, description="As found: [reference °C, indicated °C], …")
    left: list[Pair] = Field(default=[], max_length=50, description="As left, where it was adjusted.")
    uncertainty_c: float | None = Field(default=None, description="Expanded uncertainty, K.")
    k: float | None = Field(default=None, description="Its coverage factor.")
    limit: str = Field(default=USUAL, max_length=64)
    document: str | None = Field(default=None, max_length=64)
    note: str = Field(default="", max_length=2000)


class ReasonPost(_Asked):
    """Why."""

    reason: str = Field(min_length=1, max_length=500)


class PointAnswer(Shape):
    """One line of a certificate; `error_c` is by how much the device showed too much."""

    state: Found
    reference_c: float
    indicated_c: float
    error_c: float


class CalibrationAnswer(Tagged):
    """A certificate; `withdrawn_at`: entered by mistake."""

    device: str
    certificate: str
    done_on: str
    due_on: str
    by: str
    uncertainty_c: float | None
    k: float | None
    limit: str = Field(description="By whose limit it was judged; empty where it says nothing of errors.")
    as_found: Outcome | None = Field(description="`near`: within, by less than the uncertainty. Null: it does not say.")
    as_left: Outcome | None
    document: str | None
    note: str
    withdrawn_at: str | None
    points: list[PointAnswer]


class DueAnswer(Shape):
    """A probe that must go to the laboratory."""

    device: str
    equipment: str
    facility: str
    compartment: int | None
    why: Why
    certificate: str | None
    due_on: str | None
    days_left: int | None


class OffsetAnswer(Shape):
    """A device that adds something of its own to what it measures: quantity, register, what it adds."""

    device: str
    equipment: str | None
    facility: str | None
    since: str
    values: list[dict[str, Any]]


class CorrectionPost(_Asked):
    """A correction by a certificate."""

    calibration: int = Field(ge=1, lt=2**31)
    start: str = Field(max_length=40)
    end: str | None = Field(default=None, max_length=40)
    state: Found | None = None


class EndPost(_Asked):
    """When it ends."""

    end: str = Field(max_length=40)
    reason: str = Field(min_length=1, max_length=500)


class CorrectionAnswer(Tagged):
    """A correction; in force once `approved_by` names a second person."""

    channel: str
    calibration: int
    state: Found
    start: str
    end: str | None
    proposed_by: str
    proposed_at: str
    approved_by: str | None
    approved_at: str | None
    withdrawn_at: str | None


class AppliedAnswer(Shape):
    """A correction as it was applied; `end`: its own, or the day on which the probe was adjusted."""

    certificate: str
    start: str
    end: str | None
    measured_from_c: float = Field(
        description="Below this nobody measured an error: that of the lowest point is taken."
    )
    measured_to_c: float


class CorrectedReadings(Shape):
    """Readings in columns as the device sent them, and beside them as a certificate corrects them. The raw ones are judged."""

    channel: str
    t: list[int]
    v: list[float | None]
    q: list[int]
    corrected: list[float | None] = Field(
        description="Null where no approved correction holds, or nothing was measured."
    )
    corrections: list[AppliedAnswer]


class ConclusionPost(_Asked):
    """What people made of a probe that was found wrong."""

    conclusion: str = Field(min_length=1, max_length=2000)


class ToleranceAnswer(Tagged):
    """A probe that was found wrong, and what would be different without its error; a what-if rewrites nothing."""

    calibration: int
    channel: str
    since: str | None = Field(description="The day of the last good check; null: none is known.")
    until: str
    opened_at: str
    judged_at: str | None
    judged_by: str
    found: dict[str, Any] | None = Field(description="new, gone, longer, changed: excursions; lots with doses.")
    closed_at: str | None
    closed_by: str
    conclusion: str
    withdrawn_at: str | None


class ReportAnswer(Shape):
    """How a piece of equipment ran in a period; null: nothing is known of it."""

    equipment: str
    start: str
    end: str
    days: int
    known_h: float
    basis: str | None = Field(description="What duty and period rest on: compressor, or temperature (its own swings).")
    is_estimate: bool = Field(
        description="Duty and period are read from the temperature: no compressor's channel told."
    )
    run_known_h: float = Field(description="For so long the compressor's running is known.")
    duty_pct: float | None = Field(
        description="Where it is an estimate: the share of time in which the temperature falls, nearer to 50 than the duty "
        "by up to 16 points."
    )
    period_min: float | None
    cycles: int | None
    door_known_h: float
    door_min_per_day: float | None
    openings_per_day: float | None
    mains_known_h: float
    mains_out_min: float | None
    spread_k: float | None
    deviation_k: float | None
    losses: int | None = Field(description="Null: no channel told of the mains.")
    holdovers: int
    holdover_h: float | None = Field(
        description="Median of those measured, to the upper limit of the compartment's band, of a machine that was rested: "
        "it had had its mains for as long as it had lacked them."
    )
    held_h: float | None = Field(description="For so long it was once seen to hold, at least.")
    holdover_pct: float | None = Field(description="Of what the card claims, whose own limit and room may be others.")
    catalogue_h: float | None
    recovery_min: float | None = Field(description="Median of the losses in which it left its band.")
    warming_k_h: float | None


class LossAnswer(Shape):
    """A loss of mains."""

    start: str
    end: str | None
    heard_to: str | None = Field(description="Up to then it was heard, without a gap, that the mains are out.")
    compartment: int | None
    limit_c: float | None
    start_c: float | None
    peak_c: float | None
    held_until: str | None
    holdover_min: float | None = Field(
        description="Measured; null where it held, or nobody saw the mains go, or when the holdover ended."
    )
    held_min: float | None = Field(description="At least so long.")
    warming_k_h: float | None
    ambient_c: float | None
    catalogue_h: float | None
    recovery_min: float | None


class FailureAnswer(Shape):
    """A failure; `heat`: presumed, from heat that nothing else explains."""

    on: str
    repaired_on: str | None
    basis: Basis
    cause: str


class PieceAnswer(Shape):
    """A piece of equipment: its report, its losses of mains, its failures."""

    report: ReportAnswer
    losses: list[LossAnswer]
    failures: list[FailureAnswer]
    mtbf_days: float | None
    days_since_failure: int | None


class ModelAgeAnswer(Shape):
    """Mean time between failures of a model at an age; what was scrapped or given away counts until then."""

    brand: str
    model: str
    from_years: int
    to_years: int | None
    pieces: int
    service_years: float
    failures: int
    presumed: int = Field(description="Of these, told by heat alone.")
    mtbf_days: float | None = Field(description="Null: none failed in these years of service.")


class ReasonAnswer(Shape):
    """Why it stands on the list."""

    fact: Fact
    value: float
    points: float
    zh: str
    en: str


class RankAnswer(Shape):
    """A piece on the list of what to replace first: a proposal, no order."""

    equipment: str
    facility: str
    brand: str
    model: str
    points: float
    reasons: list[ReasonAnswer]
    unknown: list[Fact]
