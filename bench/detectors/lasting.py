"""A threshold with `for`: a rule engine looks once a minute at the newest value, and calls when it was out long enough.

As such engines do, it takes the newest value by its own time and only while it is fresh; what arrives late is never
looked at, what is pending lives in memory.
"""

from dataclasses import dataclass

from bench.detectors.band import Called, Side

FRESH_MS = 5 * 60_000  # the usual look-back


@dataclass(slots=True)
class Lasting(Called):
    """Pending since, by the clock on the wall."""

    for_ms: int = 20 * 60_000
    newest: int = -(2**62)
    celsius: float = 0.0
    side: Side = Side.INSIDE
    since: int = 0
    has_rung: bool = False

    def hear(self, at: int, time: int, celsius: float) -> None:  # noqa: ARG002 - the engine looks only when it ticks
        """Keep the newest value."""
        if time >= self.newest:
            self.newest, self.celsius = time, celsius

    def tick(self, at: int) -> None:
        """Evaluate the rule."""
        is_fresh = at - self.newest <= FRESH_MS
        side = self.band.side(self.celsius) if is_fresh else Side.INSIDE
        if side is not self.side:
            self.side, self.since, self.has_rung = side, at, False
        if side is not Side.INSIDE and self.has_rung:
            self.goes_on(self.newest)
        elif side is not Side.INSIDE and at - self.since >= self.for_ms:
            self.ring(at, self.newest, side)
            self.has_rung = True

    def restart(self) -> None:
        """What was pending or ringing is forgotten; the newest value is read again from the store."""
        self.side, self.has_rung = Side.INSIDE, False
