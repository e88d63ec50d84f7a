"""The vocabulary of excursions and alarms: the words that the engine writes, the archive keeps and pages show."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from coldchain.clock import iso, iso_or_none


class Kind(StrEnum):
    """What went wrong. Temperatures first, then faults of a probe, then watch events, each under its own name."""

    HEAT = "heat"
    FREEZE = "freeze"
    CUMULATIVE_HEAT = "cumulative_heat"
    CUMULATIVE_FREEZE = "cumulative_freeze"
    MEAN_KINETIC_HEAT = "mean_kinetic_heat"
    MEAN_KINETIC_COLD = "mean_kinetic_cold"

    GARBLED = "garbled"
    POWER_ON_VALUE = "power_on_value"  # 85.0
    DISCONNECTED = "disconnected"
    ZERO_SCRATCHPAD = "zero_scratchpad"
    OUT_OF_PHYSICS = "out_of_physics"
    NO_ANSWER = "no_answer"
    DEVICE_ERROR = "device_error"
    NOT_A_NUMBER = "not_a_number"
    FLAT_LINE = "flat_line"
    SPIKE = "spike"
    DISAGREEMENT = "disagreement"  # of two probes in one compartment
    DRIFT = "drift"  # of a probe against the other in its compartment

    SILENCE = "silence"
    POWER_LOSS = "power_loss"
    DOOR_OPEN = "door_open"
    BATTERY_LOW = "battery_low"
    SPOOL_NEARLY_FULL = "spool_nearly_full"
    CLOCK_LOST = "clock_lost"
    CLOCK_WRONG = "clock_wrong"
    OFFSET_SET = "offset_set"  # the device itself adds something to what it measures
    CALIBRATION_EXPIRED = "calibration_expired"
    CHANNEL_OUT = "channel_out"  # a way to people: its key, its template, its balance
    DRILL = "drill"  # nothing went wrong: an exercise of the alarm path
    DRILL_FAILED = "drill_failed"  # … which showed that it is broken
    FORECAST = "forecast"  # a limit will be passed: seen at an instant, never an excursion

    @property
    def is_temperature(self) -> bool:
        """True for what a vaccine feels; the rest are watch events."""
        return self in _TEMPERATURES

    @property
    def is_cold(self) -> bool:
        """True where cold does the harm."""
        return self in _COLD


_COLD = frozenset({Kind.FREEZE, Kind.CUMULATIVE_FREEZE, Kind.MEAN_KINETIC_COLD})
_TEMPERATURES = _COLD | {Kind.HEAT, Kind.CUMULATIVE_HEAT, Kind.MEAN_KINETIC_HEAT}


class Severity(StrEnum):
    """How loud an alarm is; from the county's policy, never from a rule pack that quotes a law."""

    NOTE = "note"
    WARNING = "warning"
    CRITICAL = "critical"


class Certainty(StrEnum):
    """`possible`: the run would only be complete by counting unknown time."""

    CERTAIN = "certain"
    POSSIBLE = "possible"


class CaseState(StrEnum):
    """Where an excursion stands, for people."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"  # another case, opened earlier, turned out to be the same excursion
    WITHDRAWN = "withdrawn"  # later data showed that it never was


class LotsKnown(StrEnum):
    """How surely the lots of an excursion are known."""

    COMPARTMENT = "compartment"
    FACILITY = "facility"
    NO = "no"


class AlarmState(StrEnum):
    """The few states of an alarm; every arrow is logged once."""

    RINGING = "ringing"
    SEEN = "seen"  # somebody knows; others are called on
    TAKEN = "taken"  # somebody is on the way, and is waited for until they said they would be there
    ENDED = "ended"  # the trouble is over; cause and measure are still due
    CLOSED = "closed"  # … and written down by a named person

    @property
    def is_over(self) -> bool:
        """True when nothing goes on any more."""
        return self in _OVER


_OVER = frozenset({AlarmState.ENDED, AlarmState.CLOSED})


@dataclass(frozen=True, slots=True)
class LotShare:
    """Doses of a lot that an excursion concerns, and for how long they were out while it was known to be."""

    lot: str
    vaccine: str
    doses: int
    out_ms: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What a case says. Times and spans in ms, temperatures in m°C, `degree_ms` in °C · ms."""

    kind: Kind
    rule: str
    rule_version: str
    severity: Severity
    certainty: Certainty
    is_open: bool
    known_good_before: int | None
    first_bad: int
    last_bad: int
    known_good_after: int | None
    extreme_mc: int | None
    out_ms: int
    unknown_ms: int
    degree_ms: int
    mkt_mc: int | None
    equipment: str | None
    compartment: int | None
    lots_known: LotsKnown
    lots: tuple[LotShare, ...]
    explained: str | None = None  # session | delivery | stock_take | defrost | planned_outage: what accounts for it
    product_mc: int | None = None  # the extreme of the product's own temperature, where a buffer is approved
    is_held: bool = False  # the policy stops the use of its lots
    waits_at_night: bool = False  # the policy lets people sleep


@dataclass(frozen=True, slots=True)
class Case:
    """An excursion as people know it. The id is made of channel, rule without version, and anchor; none ever changes."""

    id: str
    channel: str
    anchor: int
    opened_at: int
    revision: int
    state: CaseState
    merged_into: str | None
    facts: Facts


def excursion_shape(case: Case, compartment: str | None) -> dict[str, Any]:
    """A case as the API and `coldchain replay` show it; `compartment` is its name."""
    facts = case.facts
    end = None
    if not facts.is_open:
        end = {"last_bad": iso(facts.last_bad), "known_good": iso_or_none(facts.known_good_after)}
    return {
        "id": case.id,
        "revision": case.revision,
        "channel": case.channel,
        "equipment": facts.equipment,
        "compartment": compartment,
        "kind": facts.kind.value,
        "rule": facts.rule,
        "severity": facts.severity.value,
        "certainty": facts.certainty.value,
        "state": case.state.value,
        "start": {"known_good": iso_or_none(facts.known_good_before), "first_bad": iso(facts.first_bad)},
        "end": end,
        "extreme_c": _thousandth(facts.extreme_mc),
        "minutes_out": _minutes(facts.out_ms),
        "minutes_unknown": _minutes(facts.unknown_ms),
        "degree_minutes": _minutes(facts.degree_ms),
        "mkt_c": _thousandth(facts.mkt_mc),
        "product_extreme_c": _thousandth(facts.product_mc),
        "explained_by": facts.explained,
        "held": facts.is_held,
        "lots_known": facts.lots_known.value,
        "lots": [
            {"lot": s.lot, "vaccine": s.vaccine, "doses": s.doses, "minutes_out": _minutes(s.out_ms)}
            for s in facts.lots
        ],
    }


def _minutes(ms: int) -> float:
    return round(ms / 60_000, 3)


def _thousandth(value: int | None) -> float | None:
    return None if value is None else value / 1000
