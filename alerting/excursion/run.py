"""One run of bad readings under one rule, and its arithmetic: integers only, so that no order of work changes a digit.

Distances are m°C beyond the limit, times ms. Between two readings within the gap limit the temperature is taken as a
straight line; across a longer pause nothing is known, and nothing is drawn. After: a reading. Before: `machine`.
"""

from copy import copy
from dataclasses import dataclass

from alerting.excursion.product import Product


@dataclass(slots=True)
class Run:
    """What is known of a run so far. Mutable and small: one exists only while a channel is out of its band."""

    known_good_before: int | None
    first_bad: int
    last_bad: int
    good_after: int | None = None  # the first good reading since the last bad one, while recovery is not confirmed
    extreme: int = 0  # the greatest distance
    run_ms: int = 0  # between consecutive bad readings: what patience counts
    out_ms: int = 0  # the same, with interpolated crossings
    unknown_ms: int = 0  # pauses between the last known good reading before and the first known good one after …
    before_ms: int = 0  # … of which this was before the first bad reading
    inside_ms: int = 0  # pauses since `good_after`: they are inside the bounds only if it goes out again
    area: int = 0  # 2 · m°C · ms beyond the limit
    harm: int = 0  # 2 · harm · ms, for the mean kinetic temperature
    well_ms: int = 0  # how long readings have been well inside since the last bad one
    product: Product | None = None

    def copy(self) -> "Run":
        """One of its own that goes on from here."""
        own = copy(self)
        if self.product:
            own.product = copy(self.product)
        return own

    def go_out(self, pause: int, before: int, distance: int) -> None:
        """From a good reading to a bad one: only the part of the line beyond the limit counts."""
        part = pause * distance // (distance - before)
        self.out_ms += part
        self.area += distance * part

    def stay_out(self, pause: int, before: int, distance: int) -> None:
        """From one bad reading to the next; either may be inside the limit, where it is not back in yet."""
        self.run_ms += pause
        self.out_ms += pause
        self.area += _beyond(pause, before, distance)

    def go_in(self, pause: int, before: int, distance: int, until: int) -> None:
        """From a bad reading to a good one; `until` is the distance at which it is back in."""
        self.out_ms += pause * (before - until) // (before - distance)
        self.area += _beyond(pause, before, distance)

    def go_on(self, time: int, distance: int) -> None:
        """Take a further bad reading, whatever lies before it."""
        self.unknown_ms += self.inside_ms
        self.last_bad, self.good_after, self.inside_ms, self.well_ms = time, None, 0, 0
        self.extreme = max(self.extreme, distance)


def _beyond(pause: int, before: int, after: int) -> int:
    """Twice the area between the limit and the part of a line that is beyond it."""
    if before >= 0 and after >= 0:
        return (before + after) * pause
    out, inside = max(before, after), min(before, after)
    return out * (pause * out // (out - inside)) if out > 0 else 0
