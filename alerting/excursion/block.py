"""A block: the mean kinetic temperature of all that is known of a day (or of any period, aligned to UTC).

Two consecutive believed readings within the gap limit weigh as much as the time between them; nothing else weighs. A
block is judged when a later reading has come: before that, more of it may. After: believed readings. Before: `verdicts`.
"""

from dataclasses import dataclass, replace

from alerting.excursion.kinetic import harm_between, mean_kinetic_mc
from alerting.excursion.rows import Rows
from alerting.excursion.stretch import InForce
from coldchain.excursion import Certainty


@dataclass(slots=True)
class Block:
    """What a rule about a mean remembers of a channel: the sums of the running block."""

    force: InForce
    start: int = 0
    end: int = 0
    first: int | None = None  # the first believed reading; None = there is none yet
    last: int = 0
    value: int = 0  # of the last one
    extreme: int = 0
    known_ms: int = 0
    unknown_ms: int = 0
    harm: int = 0

    def copy(self) -> "Block":
        """One of its own that goes on from here."""
        return replace(self)

    def take(self, rows: Rows) -> list["Block"]:
        """Take readings; return the blocks that they ended and that are to be told."""
        ended = [self.step(time, value) for time, value in rows.seen]
        ended.append(self.reach(rows.every[-1]))
        return [each for each in ended if each is not None]

    def step(self, time: int, value: int) -> "Block | None":
        """Take one believed reading; return the block that it ended, if that one is to be told."""
        ended = self.reach(time)
        if self.first is None:
            self._begin(time, value)
            return ended
        pause = time - self.last
        if pause > self.force.gap_ms:
            self.unknown_ms += pause
        else:
            self.known_ms += pause
            self.harm += harm_between(self.value, value, pause)
        self.last, self.value = time, value
        if self.force.rule.distance(value) > self.force.rule.distance(self.extreme):
            self.extreme = value
        return ended

    def reach(self, time: int) -> "Block | None":
        """Time has come to `time`, whatever was read then; return the block that is over now, if it is to be told."""
        if self.first is None or time < self.end:
            return None
        ended = self.closed_at(self.end)
        self.first = None
        return ended if ended.certainty else None

    def closed_at(self, time: int) -> "Block":
        """The block as it is when nothing more comes until `time`."""
        pause = time - self.last
        return replace(self, unknown_ms=self.unknown_ms + (pause if pause > self.force.gap_ms else 0))

    def _begin(self, time: int, value: int) -> None:
        self.start, self.end = self.force.period_at(time)
        self.first = self.last = time
        self.value = self.extreme = value
        self.known_ms = self.harm = 0
        pause = time - self.start
        self.unknown_ms = pause if pause > self.force.gap_ms else 0

    @property
    def mean_mc(self) -> int | None:
        """The mean kinetic temperature of the known time."""
        return mean_kinetic_mc(self.harm, self.known_ms)

    @property
    def certainty(self) -> Certainty | None:
        """Is it out? Certain when no unknown time could have brought it back: heat that was done is done."""
        mean = self.mean_mc
        if mean is None or not self.force.rule.is_bad(mean):
            return None
        if self.unknown_ms == 0:
            return Certainty.CERTAIN
        least = mean_kinetic_mc(self.harm, self.known_ms + self.unknown_ms)
        is_sure = not self.force.rule.kind.is_cold and least is not None and self.force.rule.is_bad(least)
        return Certainty.CERTAIN if is_sure else Certainty.POSSIBLE
