"""What time it is, as far as this box can know: after the boot's ticks, before the spool. Pure; `app` feeds it.

A reading's time is `offset + ticks`. The offset of a boot is learned from the system clock while that is steered by NTP,
or from `now` in an acknowledgement; then it stands. The system clock may jump as it likes: the ticks do not, so stamps
neither jump nor change their order. A jump is believed only if the clock is trusted and keeps its new time.
"""

from dataclasses import dataclass
from enum import StrEnum

STEP_MS = 1000  # a clock nearer than this to the offset agrees with it
LOOKS = 3  # so often in a row a trusted clock must say the same before a known offset is given up
SLOWEST_ACK_MS = 10_000  # `now` of an acknowledgement that was longer on its way says too little
EARLIEST_MS = 1_577_836_800_000  # 2020: a clock before it was never set


class Source(StrEnum):
    """Who told the time; the word stands in health."""

    NTP = "ntp"
    ACK = "ack"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known of a boot: UTC ms at its tick 0, and from whom."""

    offset_ms: int
    source: Source


class Clockwatch:
    """Learns one boot's offset. Every method takes the moment it speaks of."""

    def __init__(self, known: Learned | None = None) -> None:
        self.learned = known
        self._doubts: list[int] = []

    @property
    def source(self) -> Source:
        """Who told the time."""
        return self.learned.source if self.learned else Source.UNKNOWN

    def time_of(self, ticks: int) -> int | None:
        """UTC ms of a moment of this boot; None while nobody knows."""
        return self.learned.offset_ms + ticks if self.learned else None

    def look(self, now_ms: int, ticks: int, *, trusted: bool) -> None:
        """Compare with the system clock, read at `ticks`. One that is not trusted says nothing."""
        if trusted and now_ms >= EARLIEST_MS:
            self._consider(now_ms - ticks, Source.NTP, STEP_MS)

    def hear(self, now_ms: int, sent_ticks: int, heard_ticks: int) -> None:
        """Take `now` of an acknowledgement of something sent at `sent_ticks`: it was said in between.

        NTP knows better: once it told the time, acknowledgements are not asked.
        """
        took = heard_ticks - sent_ticks
        if self.source is not Source.NTP and now_ms >= EARLIEST_MS and 0 <= took <= SLOWEST_ACK_MS:
            self._consider(now_ms - (sent_ticks + heard_ticks) // 2, Source.ACK, STEP_MS + took // 2)

    def _consider(self, offset_ms: int, source: Source, tolerance_ms: int) -> None:
        if self.learned is None:
            self._learn(Learned(offset_ms, source))
        elif abs(offset_ms - self.learned.offset_ms) <= tolerance_ms:
            self._doubts.clear()
            if (
                source is Source.NTP and self.learned.source is Source.ACK
            ):  # it agrees: the stamps stay, the source rises
                self._learn(Learned(self.learned.offset_ms, source))
        else:
            self._doubt(offset_ms, source, tolerance_ms)

    def _doubt(self, offset_ms: int, source: Source, tolerance_ms: int) -> None:
        if self._doubts and abs(offset_ms - self._doubts[0]) > tolerance_ms:
            self._doubts.clear()
        self._doubts.append(offset_ms)
        if len(self._doubts) >= LOOKS:
            self._learn(Learned(offset_ms, source))

    def _learn(self, learned: Learned) -> None:
        self._doubts.clear()
        self.learned = learned
