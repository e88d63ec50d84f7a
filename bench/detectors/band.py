"""The words that all detectors share: a band, the side on which a value leaves it, and a ring."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from coldchain.profile import PROFILES


class Side(StrEnum):
    """On which side of its band a temperature is."""

    INSIDE = "inside"
    HEAT = "heat"
    FREEZE = "freeze"


@dataclass(frozen=True, slots=True)
class Band:
    """Limits in °C; both are inside."""

    low_c: float | None
    high_c: float | None

    def side(self, celsius: float) -> Side:
        """Where a value is."""
        if self.high_c is not None and celsius > self.high_c:
            return Side.HEAT
        if self.low_c is not None and celsius < self.low_c:
            return Side.FREEZE
        return Side.INSIDE

    def widened(self, by_k: float) -> "Band":
        """A band that is left only further out; narrower for a negative number."""
        low = None if self.low_c is None else self.low_c - by_k
        return Band(low, None if self.high_c is None else self.high_c + by_k)


def band_of(profile: str) -> Band:
    """The band of a storage profile."""
    return Band(PROFILES[profile].low_c, PROFILES[profile].high_c)


class Ring(NamedTuple):
    """Somebody is called: when (ms UTC), over readings from–to, on which side."""

    at: int
    first: int
    last: int
    side: Side
    is_call: bool = True  # a phone rings now; False = told in waking hours
    is_new: bool = True  # False = the same alarm, grown louder


class Detector(Protocol):
    """What `play` asks of a detector."""

    rings: list[Ring]

    def hear(self, at: int, time: int, celsius: float) -> None:
        """A reading of `time` comes in at `at`."""

    def tick(self, at: int) -> None:
        """A minute has passed."""

    def restart(self) -> None:
        """Its process was started again."""


@dataclass(slots=True)
class Called:
    """Rings, and the handing out of them."""

    band: Band
    rings: list[Ring] = field(default_factory=list)

    def ring(self, at: int, time: int, side: Side) -> None:
        """Call somebody over one reading."""
        self.rings.append(Ring(at, time, time, side))

    def goes_on(self, time: int) -> None:
        """The last call is about this reading as well."""
        last = self.rings[-1]
        self.rings[-1] = last._replace(last=max(last.last, time))

    def tick(self, at: int) -> None:
        """Nothing: it thinks only when it hears."""
