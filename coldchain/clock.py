"""The only place that reads a clock.

`now()` is domain time: what a reading, an excursion and an alarm are stamped with. It may be scaled for the demo.
`monotonic()` is real time: every network, database, session and back-off timeout.
Whatever decides takes the time as an argument and asks neither.
"""

import os
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache

from coldchain.errors import BadInput

VARIABLE = "COLDCHAIN_CLOCK"
_MS = re.compile(r"-?[0-9]{1,18}")  # ASCII digits, as many as a time may have
FASTEST = 3600.0  # the demo allows itself 60; tests put a day into a minute


@dataclass(frozen=True, slots=True)
class Scale:
    """A clock that starts behind the wall, runs faster, and never overtakes it.

    `wall` and `domain` are the two times (ms UTC) at its start, `speed` how fast it runs until it meets the wall.
    It is a pure function of the wall's time, so that every process and every restart reads the same.
    """

    wall: int
    domain: int
    speed: float

    def __post_init__(self) -> None:
        if self.domain > self.wall:
            raise BadInput(VARIABLE, "the clock would start ahead of the wall", "let domain be at or before wall")
        if not 1.0 <= self.speed <= FASTEST:
            raise BadInput(VARIABLE, f"speed {self.speed} is not in 1…{FASTEST:g}", "choose a speed in that range")

    def at(self, wall: int) -> int:
        """Domain time (ms UTC) at the wall's time (ms UTC)."""
        return min(wall, self.domain + round(max(0, wall - self.wall) * self.speed))

    def text(self) -> str:
        """The form that the environment variable carries."""
        return f"{self.wall}:{self.domain}:{self.speed:g}"

    @classmethod
    def parse(cls, text: str) -> "Scale":
        """Read the form of `text()`.

        Raises:
            BadInput: when it is not `wall:domain:speed`.
        """
        try:
            wall, domain, speed = text.split(":")
            return cls(int(wall), int(domain), float(speed))
        except ValueError:
            raise BadInput(VARIABLE, f"{text!r} is no clock", "unset it, or write wall_ms:domain_ms:speed") from None


def wall() -> int:
    """The wall clock, ms UTC."""
    return time.time_ns() // 1_000_000


@cache
def _scale() -> Scale | None:
    text = os.environ.get(VARIABLE, "")
    return Scale.parse(text) if text else None


def now() -> int:
    """Domain time, ms UTC."""
    scale = _scale()
    return scale.at(wall()) if scale else wall()


def speed() -> float:
    """How many domain seconds pass in a real one, at this moment; 1 outside the demo."""
    scale = _scale()
    real = wall()
    return scale.speed if scale and scale.at(real) < real else 1.0


def monotonic() -> float:
    """Real seconds that only ever rise; for timeouts."""
    return time.monotonic()


def iso(ms: int, zone: tzinfo = UTC) -> str:
    """A time as people and interfaces write it: ISO 8601 with the offset of `zone`, to the millisecond where there are any."""
    moment = datetime.fromtimestamp(ms / 1000, zone)
    return moment.isoformat(timespec="milliseconds" if ms % 1000 else "seconds")


def iso_or_none(ms: int | None) -> str | None:
    """… of one that may be absent."""
    return None if ms is None else iso(ms)


def parse_iso(text: str, field: str = "time") -> int:
    """Read ISO 8601 with an offset, or integer ms UTC.

    Raises:
        BadInput: when it is neither, or has no offset: a local time without a zone is no time.
    """
    if _MS.fullmatch(text):
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(field, f"{text[:80]!r} is no time", "write 2026-07-03T16:00:00+08:00 or ms since 1970") from None
    if moment.tzinfo is None:
        raise BadInput(field, f"{text[:80]!r} has no offset", "add +08:00 or Z")
    return round(moment.timestamp() * 1000)
