"""A rule is data: what it reads, which readings are bad for it, and how it counts their time.

    readings ─► reads (value · fault · stillness · jump) ─► good or bad ─► counts (run · sum · mean kinetic) ─► verdict

Limits are whole thousandths of the quantity's unit: m°C for a temperature, 1000 for an open door. After: a table in a
pack (`rules`). Before: `stretch`, which says when a rule judged a channel.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from coldchain.excursion import Kind
from coldchain.reading import Fault, Quantity

KIND_OF_FAULT: Final = {  # a fault of a probe is an event of its own name
    Fault.GARBLED: Kind.GARBLED,
    Fault.POWER_ON: Kind.POWER_ON_VALUE,
    Fault.DISCONNECTED: Kind.DISCONNECTED,
    Fault.ZERO_SCRATCHPAD: Kind.ZERO_SCRATCHPAD,
    Fault.OUT_OF_PHYSICS: Kind.OUT_OF_PHYSICS,
    Fault.NO_ANSWER: Kind.NO_ANSWER,
    Fault.DEVICE_ERROR: Kind.DEVICE_ERROR,
    Fault.NOT_A_NUMBER: Kind.NOT_A_NUMBER,
}
GAP_FACTOR: Final = 3  # a pause of more intervals than this is time of which nothing is known


class Operator(StrEnum):
    """Which values are bad, as the pack writes it."""

    ABOVE = ">"
    AT_OR_ABOVE = ">="
    BELOW = "<"
    AT_OR_BELOW = "<="

    @property
    def sign(self) -> int:
        """1 when heat is bad, -1 when cold is: `sign * (value - limit)` is how far out a value is."""
        return 1 if self in {Operator.ABOVE, Operator.AT_OR_ABOVE} else -1

    @property
    def least(self) -> int:
        """The smallest distance (thousandths) that is out: 0 when the limit itself is bad, else 1."""
        return 0 if self in {Operator.AT_OR_ABOVE, Operator.AT_OR_BELOW} else 1


class Reads(StrEnum):
    """What of a reading a rule looks at."""

    VALUE = "value"  # a believed value against a limit
    FAULT = "fault"  # the fault that a reading names instead of a value
    STILLNESS = "stillness"  # whether the believed value is the very one before
    JUMP = "jump"  # how far the believed value is from the one before


class Counts(StrEnum):
    """How the time of bad readings counts."""

    RUN = "run"  # consecutively: a good reading begins the count anew
    SUM = "sum"  # cumulatively within a period; never taken back
    MEAN_KINETIC = "mean_kinetic"  # the mean kinetic temperature of all known time in a block


class Where(Protocol):
    """As much of a place as a rule asks about."""

    @property
    def profile(self) -> str:
        """The band that the compartment is meant to keep."""

    @property
    def type(self) -> str | None:
        """The type of the equipment; None = not known."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in one version. `id` is pack/name without the version: an excursion keeps it through corrections."""

    id: str
    version: str
    kind: Kind
    profiles: tuple[str, ...] = ()  # of compartments; none = any place
    operator: Operator = Operator.ABOVE
    limit: int = 0
    patience_ms: int = 0  # known bad time before the rule speaks; met at >=
    quantity: Quantity = Quantity.TEMPERATURE
    types: tuple[str, ...] = ()  # of equipment; none = any, also unknown
    reads: Reads = Reads.VALUE
    counts: Counts = Counts.RUN
    until: int | None = None  # once out, a reading stays bad until it is back beyond this
    period_ms: int = 0  # of a sum, from when the rule came into force; of a mean, in blocks of UTC
    faults: frozenset[Fault] = frozenset()  # of a rule that reads faults, and of no other
    jump: int = 0  # of a rule that reads jumps, and of no other
    gap_factor: int = GAP_FACTOR
    hysteresis: int = 0  # how far inside a reading must be to end an excursion …
    hold_ms: int = 0  # … and for how long
    source: str = ""
    # worked out once a rule, not once a reading; the last three are marks
    is_line: bool = field(init=False, repr=False, compare=False)  # values move in a line; a door or a fault does not
    is_sum: bool = field(init=False, repr=False, compare=False)
    is_always: bool = field(init=False, repr=False, compare=False)  # it remembers something of every reading
    sign: int = field(init=False, repr=False, compare=False)  # the operator's
    least: int = field(init=False, repr=False, compare=False)  # the smallest that is bad …
    back: int = field(init=False, repr=False, compare=False)  # … that is still bad after a bad one …
    well: int = field(init=False, repr=False, compare=False)  # … that does not end a confirmed excursion

    def __post_init__(self) -> None:
        is_always = self.reads is Reads.STILLNESS or self.counts is Counts.MEAN_KINETIC
        object.__setattr__(self, "is_line", self.reads is Reads.VALUE and not self.quantity.is_binary)
        object.__setattr__(self, "is_sum", self.counts is Counts.SUM)
        object.__setattr__(self, "is_always", is_always)
        object.__setattr__(self, "sign", self.operator.sign)
        least = self.operator.least if self.is_line else 0
        back = least if self.until is None else least + self.distance(self.until)
        object.__setattr__(self, "least", least)
        object.__setattr__(self, "back", back)
        object.__setattr__(self, "well", min(back, least - self.hysteresis))

    def concerns(self, quantity: Quantity, place: Where) -> bool:
        """True when the rule judges such a channel at such a place."""
        return (
            quantity is self.quantity
            and (not self.profiles or place.profile in self.profiles)
            and (not self.types or place.type in self.types)
        )

    def distance(self, value: int) -> int:
        """How far beyond the limit a value is; negative inside."""
        return self.sign * (value - self.limit)

    def mark_of(self, value: int) -> int:
        """A value as `machine` follows it: its distance from the limit, or only whether it is bad (0, else -1)."""
        if self.is_line:
            return self.distance(value)
        return 0 if self.is_bad(value) else -1

    def value_at(self, distance: int) -> int:
        """The value that is so far beyond the limit."""
        return self.limit + self.sign * distance

    def is_bad(self, value: int) -> bool:
        """True outside the limit."""
        return self.sign * (value - self.limit) >= self.operator.least

    def period_at(self, time: int, since: int) -> tuple[int, int]:
        """[start, end) of the period that `time` lies in, for a rule in force since then."""
        begun = max(since, 0)  # from the beginning of all times: from 1970
        origin = begun if self.counts is Counts.SUM else 0
        start = time - (time - origin) % self.period_ms
        return max(start, begun), start + self.period_ms
