"""How fast readings come, by the last hour: what tells in health how long the spool will last. Pure. Used by: spool."""

from collections import deque
from collections.abc import Iterable

_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000


class Pace:
    """Readings counted by the minute; all times are ticks."""

    def __init__(self) -> None:
        self._minutes: deque[tuple[int, int]] = deque()  # (ticks at which the minute began, readings)

    def add(self, ticks: Iterable[int]) -> None:
        """Count readings, in order of time."""
        for at in ticks:
            if self._minutes and at - self._minutes[-1][0] < _MINUTE_MS:
                began, count = self._minutes.pop()
                self._minutes.append((began, count + 1))
            else:
                self._minutes.append((at, 1))
        while self._minutes and self._minutes[0][0] < self._minutes[-1][0] - _HOUR_MS:
            self._minutes.popleft()

    def hours_for(self, readings: int) -> float | None:
        """How long until so many more have come; None before there is a pace.

        The minute that is still running is not counted: it would make the first hour look twice as fast.
        """
        span_ms = self._minutes[-1][0] - self._minutes[0][0] if self._minutes else 0
        if span_ms <= 0:
            return None
        counted = sum(n for _, n in self._minutes) - self._minutes[-1][1]
        return round(max(0, readings) * span_ms / (counted * _HOUR_MS), 1)
