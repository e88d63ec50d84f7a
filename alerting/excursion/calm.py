"""Where a judgement may begin anew: readings after which every rule stands as if nothing had been before them.

A value, a fault: one reading well inside proves it; with hold, as many as the hold asks. A jump, a standstill: the
reading must differ from the one before little enough, or at all. A sum: nothing was out since its period began. A mean:
the first reading of a block. What began before the readings that are looked at is taken to have been at its worst; at
its best, it tells which of them nothing further back can prove calm either, so that no reading need be looked at twice.

This is the engine's only checkpoint: it is found in the readings, so it can be neither lost nor stale.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alerting.excursion.rows import Seen
from alerting.excursion.rule import Counts, Reads
from alerting.excursion.stretch import BEGINNING, InForce, Stretch
from coldchain.reading import RECONSTRUCTED, Trace, is_believed


def calm_indices(stretches: Sequence[Stretch], trace: Trace) -> Iterator[int]:
    """The positions in `trace` at which calm is proved by the readings of `trace` up to there.

    No verdict that begins before such a reading reaches it, and those that begin at it or later are the same when
    judging begins with it.
    """
    return Search(stretches).take(trace)


def last_hope(stretches: Sequence[Stretch], trace: Trace) -> int | None:
    """The last position at which readings from before `trace` may prove calm; later ones are hopeless, whatever came."""
    return max(Search(stretches, is_hopeful=True).take(trace), default=None)


class Search:
    """A search for proofs of calm that goes on from one piece of a trace to the next. `is_hopeful`: all was well before."""

    def __init__(self, stretches: Sequence[Stretch], *, is_hopeful: bool = False) -> None:
        self._stretches = stretches
        self._is_hopeful = is_hopeful
        self._covered_from: int | None = BEGINNING if is_hopeful else None
        self._stretch: Stretch | None = None
        self._proofs: list[_Proof] = []
        self._of_values: list[_Proof] = []
        self._of_faults: list[_Proof] = []
        self._heard: int | None = None  # the fault of which no rule has more to learn; no fault is one of them

    def take(self, piece: Trace) -> Iterator[int]:
        """The positions in the next piece at which calm is proved."""
        for at, (time, celsius, code) in enumerate(zip(piece.t, piece.v, piece.q, strict=True)):
            if self._stretch is None or not self._stretch.start <= time < self._stretch.end:
                self._enter(time)
            if self._stretch is None:
                yield at
                continue
            self._listen(time, code & ~RECONSTRUCTED)
            if celsius is not None and is_believed(code) and self._is_calm(time, round(celsius * 1000)):
                yield at

    def _listen(self, time: int, fault: int) -> None:
        """Let rules about faults hear what is the matter, until more of the same changes nothing for any of them."""
        if fault != self._heard:
            for proof in self._of_faults:
                proof.hear(time, fault)
            is_settled = all(proof.is_calm or proof.well_ms is None for proof in self._of_faults)
            self._heard = fault if is_settled else None

    def _is_calm(self, time: int, value: int) -> bool:
        for proof in self._of_values:
            proof.take(time, value)
        return all(proof.is_calm for proof in self._proofs)

    def _enter(self, time: int) -> None:
        """Keep the proofs of what goes on in the stretch of `time`, and begin new ones for what begins."""
        if self._covered_from is None:
            self._covered_from = time
        self._stretch = next((s for s in self._stretches if s.start <= time < s.end), None)
        in_force = self._stretch.in_force if self._stretch else ()
        known = {proof.force: proof for proof in self._proofs}
        self._proofs = [known.get(force) or self._begun(force, self._covered_from) for force in in_force]
        self._of_values = [proof for proof in self._proofs if proof.force.rule.reads is not Reads.FAULT]
        self._of_faults = [proof for proof in self._proofs if proof.force.rule.reads is Reads.FAULT]
        self._heard = None

    def _begun(self, force: InForce, covered_from: int) -> "_Proof":
        return _Proof(force, covered_from, well_ms=force.rule.hold_ms if self._is_hopeful else None)


@dataclass(slots=True)
class _Proof:
    """What the readings so far prove about one rule."""

    force: InForce
    covered_from: int  # every reading from here on has been looked at
    is_calm: bool = False
    last: Seen | None = None  # the last reading that the rule saw
    well_ms: int | None = None  # how long readings have been well; None = the last one was not

    def hear(self, time: int, fault: int) -> None:
        """Take the fault of a reading, or that it has none."""
        self._stay(time, 0 if fault in self.force.rule.faults else -1)
        self.last = time, 0

    def take(self, time: int, value: int) -> None:
        """Take a believed reading."""
        rule = self.force.rule
        if rule.counts is Counts.SUM:
            self.is_calm = not rule.is_bad(value) and (self._begins_period(time) or self.is_calm)
        elif rule.counts is Counts.MEAN_KINETIC:
            self.is_calm = self._begins_period(time)
        elif rule.reads is Reads.STILLNESS:
            self.is_calm = self._begins(self.force.since) if self.last is None else self.last[1] != value
        else:
            self._stay(time, self._jump(time, value) if rule.reads is Reads.JUMP else rule.mark_of(value))
        self.last = time, value

    def _stay(self, time: int, mark: int) -> None:
        """Calm once it has been well for as long as the hold asks."""
        rule = self.force.rule
        if mark >= rule.well:
            self.well_ms, self.is_calm = None, False
            return
        pause = 0 if self.well_ms is None or self.last is None else time - self.last[0]
        self.well_ms = (self.well_ms or 0) + (pause if pause <= self.force.gap_ms else 0)
        self.is_calm = self.well_ms >= rule.hold_ms

    def _jump(self, time: int, value: int) -> int:
        """As `rows` says it; without the reading before, the worst."""
        if self.last is None:
            return -1 if self._begins(self.force.since) else 0
        is_far = abs(value - self.last[1]) > self.force.rule.jump
        return 0 if is_far and time - self.last[0] <= self.force.gap_ms else -1

    def _begins_period(self, time: int) -> bool:
        start, _ = self.force.period_at(time)
        return self._begins(start)

    def _begins(self, start: int) -> bool:
        """True when this is the first reading that the rule sees from `start` on."""
        return self.covered_from <= start and (self.last is None or self.last[0] < start)
