"""A streak: how long the believed value has been the very same. What a rule that reads stillness remembers of a channel.

A reading that is equal to the one before goes on a streak, a different one begins the next. A pause beyond the gap limit
begins no streak and breaks none: what was still before it, and is at the same value after it, may have been so throughout.
After: believed readings. Before: `verdicts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from alerting.excursion.rows import Rows
from alerting.excursion.stretch import InForce


@dataclass(slots=True)
class Streak:
    """Equal readings from `first` to `last`; a single one is no stillness yet."""

    force: InForce
    first: int | None = None
    last: int = 0
    value: int = 0
    unknown_ms: int = 0  # pauses beyond the gap limit inside it
    moved_at: int | None = None  # the reading that ended it

    def copy(self) -> "Streak":
        """One of its own that goes on from here."""
        return replace(self)

    @property
    def run_ms(self) -> int:
        """How long it is known to be still."""
        return 0 if self.first is None else self.last - self.first - self.unknown_ms

    @property
    def is_told(self) -> bool:
        """True when it has lasted for the rule's patience, unknown time included."""
        return (
            self.first is not None and self.last > self.first and self.last - self.first >= self.force.rule.patience_ms
        )

    def take(self, rows: Rows) -> list["Streak"]:
        """Take readings; return the streaks that they ended and that are to be told."""
        if not rows.raw or self.pass_over(rows.times, rows.raw):
            return []
        ended = [self.step(time, value) for time, value in rows.seen]
        return [each for each in ended if each is not None]

    def step(self, time: int, value: int) -> "Streak | None":
        """Take one reading; return the streak that it ended, if that one is to be told."""
        pause = time - self.last
        if self.first is not None and value == self.value and (pause <= self.force.gap_ms or self.last > self.first):
            self.unknown_ms += pause if pause > self.force.gap_ms else 0
            self.last = time
            return None
        ended = replace(self, moved_at=time) if self.is_told else None
        self.first = self.last = time
        self.value, self.unknown_ms = value, 0
        return ended

    def pass_over(self, times: Sequence[int], celsius: Sequence[float]) -> bool:
        """Take many readings at once, when nothing can be to tell in them; False when each must be looked at."""
        if self.first is None or times[-1] - self.first >= self.force.rule.patience_ms:
            return False
        at, value = len(times) - 1, round(celsius[-1] * 1000)
        while at > 0 and round(celsius[at - 1] * 1000) == value:
            if times[at] - times[at - 1] > self.force.gap_ms:
                return False
            at -= 1
        if at == 0 and value == self.value:
            if times[0] - self.last > self.force.gap_ms:
                return False
        else:
            self.first, self.unknown_ms = times[at], 0
        self.last, self.value = times[-1], value
        return True
