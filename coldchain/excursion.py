"""The vocabulary of excursions and alarms: the words that the engine writes, the archive keeps and pages show."""

from enum import StrEnum


class Kind(StrEnum):
    """What went wrong. Temperatures first, then watch events, each under its own name."""

    HEAT = "heat"
    FREEZE = "freeze"
    CUMULATIVE_HEAT = "cumulative_heat"
    CUMULATIVE_FREEZE = "cumulative_freeze"
    SILENCE = "silence"
    POWER_LOSS = "power_loss"
    DOOR_OPEN = "door_open"

    @property
    def is_temperature(self) -> bool:
        """True for what a vaccine feels; the rest are watch events."""
        return self in {Kind.HEAT, Kind.FREEZE, Kind.CUMULATIVE_HEAT, Kind.CUMULATIVE_FREEZE}


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
    SEEN = "seen"
    TAKEN = "taken"
    ENDED = "ended"
