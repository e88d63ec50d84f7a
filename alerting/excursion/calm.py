"""Where a judgement may begin anew: readings after which every rule stands as if nothing had been before them.

A value, a fault: one reading well inside proves it; with hold, as many as the hold asks. A jump, a standstill: the
reading must differ from the one before little enough, or at all. A sum: nothing was out since its period began. A mean:
the first reading of a block. What began before the readings that are looked at is taken to have been at its worst.

This is the engine's only checkpoint: it is found in the readings, so it can be neither lost nor stale.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alerting.excursion.rows import Seen
from alerting.excursion.rule import Counts, Reads
from alerting.excursion.stretch import InForce, Stretch
from coldchain.reading import RECONSTRUCTED, Trace, is_believed


def calm_indices(stretches: Sequence[Stretch], trace: Trace) -> Iterator[int]:
    """The positions in `trace` at which calm is proved by the readings of `trace` up to there.

    No verdict that begins before such a reading reaches it, and those that begin at it or later are the same when
    judging begins with it.
    """
    stretch: Stretch | None = None
    proofs: list[_Proof] = []
    for at, (time, celsius, code) in enumerate(zip(trace.t, trace.v, trace.q, strict=True)):
        if stretch is None or not stretch.start <= time < stretch.end:
            stretch = next((s for s in stretches if s.start <= time < s.end), None)
            proofs = _proofs(proofs, stretch, trace.t[0])
        if stretch is None:
            yield at
            continue
        value = round(celsius * 1000) if celsius is not None and is_believed(code) else None
        for proof in proofs:
            proof.take(time, value, code & ~RECONSTRUCTED)
        if value is not None and all(proof.is_calm for proof in proofs):
            yield at


@dataclass(slots=True)
class _Proof:
    """What the readings so far prove about one rule."""

    force: InForce
    covered_from: int  # every reading from here on has been looked at
    is_calm: bool = False
    last: Seen | None = None  # the last reading that the rule saw
    well_ms: int | None = None  # how long readings have been well; None = the last one was not

    def take(self, time: int, value: int | None, fault: int) -> None:
        """Take a reading; `value` is None when it is not believed."""
        rule = self.force.rule
        if rule.reads is Reads.FAULT:
            self._stay(time, 0 if fault in rule.faults else -1)
            self.last = time, 0
        elif value is not None:
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


def _proofs(known: Sequence[_Proof], stretch: Stretch | None, covered_from: int) -> list[_Proof]:
    """Those of what goes on, and new ones for what begins."""
    if stretch is None:
        return []
    goes_on = {proof.force: proof for proof in known if proof.force in stretch.in_force}
    return [goes_on.get(force) or _Proof(force, covered_from) for force in stretch.in_force]
