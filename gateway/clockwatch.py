"""What time it is, as far as this box can know: after the boot's ticks, before the spool. Pure; `app` feeds it.

A reading's time is `offset + ticks`. The offset of a boot is learned from the system clock while that is steered by NTP,
or from `now` in acknowledgements; then it stands. The system clock may jump as it likes: the ticks do not, so stamps
neither jump nor change their order. A jump is believed only if the clock is trusted and keeps its new time.

An acknowledgement says `now` after the first transmission of what it answers and before it is heard, wherever it was
held up and whichever transmission it answers. So it gives bounds, and several give narrower ones:

    sent ─────── now was said here ─────── heard        now − heard ≤ offset ≤ now − sent
"""

from dataclasses import dataclass
from enum import StrEnum

STEP_MS = 1000  # a clock nearer than this to the offset agrees with it
LOOKS = 3  # so often in a row a clock must say the same before a known offset is given up
WIDEST_MS = 10_000  # bounds further apart than this tell no time; the middle is then wrong by 5 s at most
STEADY = 5_000  # the ticks gain or lose less than one in so many (200 ppm): the bounds widen with age
HOLDOVER_MS = 3_600_000  # NTP that was silent for so long no longer outranks acknowledgements
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


@dataclass(frozen=True, slots=True)
class Bounds:
    """UTC ms at tick 0 lies between `low` and `high`, as acknowledgements up to tick `at` leave it."""

    low: int
    high: int
    at: int

    @property
    def width(self) -> int:
        """How much doubt they leave."""
        return self.high - self.low

    @property
    def middle(self) -> int:
        """The offset that is wrong by half the width at most."""
        return (self.low + self.high) // 2

    def miss(self, offset_ms: int) -> int:
        """How far outside of them an offset lies; 0 inside."""
        return max(self.low - offset_ms, offset_ms - self.high, 0)

    def and_(self, newer: "Bounds") -> "Bounds | None":
        """What both say; None if they contradict each other, because a clock was set in between."""
        drift = -(-(newer.at - self.at) // STEADY)
        low, high = max(self.low - drift, newer.low), min(self.high + drift, newer.high)
        return Bounds(low, high, newer.at) if low <= high else None


class Clockwatch:
    """Learns one boot's offset. Every method takes the moment it speaks of."""

    def __init__(self, known: Learned | None = None) -> None:
        self.learned = known
        self._doubts: dict[Source, list[int]] = {Source.NTP: [], Source.ACK: []}
        self._bounds: Bounds | None = None
        self._ntp_ticks: int | None = None  # when NTP last agreed

    @property
    def source(self) -> Source:
        """Who told the time."""
        return self.learned.source if self.learned else Source.UNKNOWN

    def time_of(self, ticks: int) -> int | None:
        """UTC ms of a moment of this boot; None while nobody knows."""
        return self.learned.offset_ms + ticks if self.learned else None

    def recall(self, known: Learned | None) -> None:
        """Take what a spool that was opened late has noted of this boot; what was learned since is newer."""
        if self.learned is None and known is not None:
            self._learn(known)

    def look(self, now_ms: int, ticks: int, *, trusted: bool) -> None:
        """Compare with the system clock, read at `ticks`. One that is not trusted says nothing."""
        if not trusted or now_ms < EARLIEST_MS:
            return
        offset_ms = now_ms - ticks
        if self.learned is None:
            self._learn(Learned(offset_ms, Source.NTP))
        elif abs(offset_ms - self.learned.offset_ms) <= STEP_MS:
            self._agree(Source.NTP)
        else:
            self._doubt(Learned(offset_ms, Source.NTP), STEP_MS)
        if self.source is Source.NTP and not self._doubts[Source.NTP]:
            self._ntp_ticks = ticks

    def hear(self, now_ms: int, sent_ticks: int, heard_ticks: int) -> None:
        """Take `now` of an acknowledgement heard at `heard_ticks`, of something first sent at `sent_ticks`.

        NTP knows better: while it tells the time, acknowledgements are not asked.
        """
        if now_ms < EARLIEST_MS or heard_ticks < sent_ticks or self._ntp_tells(heard_ticks):
            return
        told = Bounds(now_ms - heard_ticks, now_ms - sent_ticks, heard_ticks)
        both = told if self._bounds is None else self._bounds.and_(told)
        self._bounds = both or told
        if self._bounds.width <= WIDEST_MS:
            self._weigh(self._bounds, agreed=both is not None)

    def _ntp_tells(self, ticks: int) -> bool:
        told = self._ntp_ticks
        return self.source is Source.NTP and told is not None and ticks - told <= HOLDOVER_MS

    def _weigh(self, bounds: Bounds, *, agreed: bool) -> None:
        """Learn from bounds that are narrow enough; `agreed`: every acknowledgement so far says them."""
        offset = Learned(bounds.middle, Source.ACK)
        miss = bounds.miss(self.learned.offset_ms) if self.learned else 0
        if self.learned is None or (agreed and STEP_MS < miss <= WIDEST_MS):
            self._learn(offset)  # for the first time; or a rough guess is refined, or the ticks have drifted
        elif miss <= STEP_MS:
            self._agree(Source.ACK)
        else:
            self._doubt(offset, STEP_MS + bounds.width // 2)

    def _agree(self, source: Source) -> None:
        """The offset stands; all that may change is who vouches for it."""
        self._doubts[source].clear()
        if self.learned and self.learned.source is not source:
            self._learn(Learned(self.learned.offset_ms, source))

    def _doubt(self, said: Learned, tolerance_ms: int) -> None:
        """Give the offset up for another that one source said often enough in a row."""
        doubts = self._doubts[said.source]
        if doubts and abs(said.offset_ms - doubts[0]) > tolerance_ms:
            doubts.clear()
        doubts.append(said.offset_ms)
        if len(doubts) >= LOOKS:
            self._learn(said)

    def _learn(self, learned: Learned) -> None:
        for doubts in self._doubts.values():
            doubts.clear()
        self.learned = learned
