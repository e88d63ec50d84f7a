"""Four states and the table of their arrows; one track follows one rule over one channel.

    CALM ──bad──► SUSPECT ──patience met──► OPEN ──inside──► RECOVERING ──well, long enough──► CALM
      ▲───inside─────┘                        ▲─────────bad──────┘

Readings come in rising time. Faults never come here: they are time of which nothing is known, which neither feeds nor
breaks a run. RECOVERING exists only for rules with hysteresis or hold; others go from OPEN to CALM at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from alerting.excursion.rules import Rule
from alerting.excursion.run import Run, harm_of
from coldchain.excursion import Certainty


class State(IntEnum):
    """Where a track stands."""

    CALM = 0
    SUSPECT = 1  # out of the band, patience not met
    OPEN = 2  # an excursion
    RECOVERING = 3  # inside again, not yet believed


class Sign(IntEnum):
    """What a reading means for a rule."""

    BAD = 0  # out, patience not met
    MET = 1  # out, and patience met
    INSIDE = 2  # inside, but not enough to end a confirmed excursion
    WELL = 3  # inside by the hysteresis, for as long as the hold asks


TABLE: Final[Mapping[tuple[State, Sign], State]] = {
    (State.CALM, Sign.BAD): State.SUSPECT,
    (State.CALM, Sign.MET): State.OPEN,
    (State.CALM, Sign.INSIDE): State.CALM,
    (State.CALM, Sign.WELL): State.CALM,
    (State.SUSPECT, Sign.BAD): State.SUSPECT,
    (State.SUSPECT, Sign.MET): State.OPEN,
    (State.SUSPECT, Sign.INSIDE): State.CALM,
    (State.SUSPECT, Sign.WELL): State.CALM,
    (State.OPEN, Sign.MET): State.OPEN,
    (State.OPEN, Sign.INSIDE): State.RECOVERING,
    (State.OPEN, Sign.WELL): State.CALM,
    (State.RECOVERING, Sign.MET): State.OPEN,
    (State.RECOVERING, Sign.INSIDE): State.RECOVERING,
    (State.RECOVERING, Sign.WELL): State.CALM,
}


@dataclass(slots=True)
class Track:
    """One rule's state on one channel: the last believed reading, and the run if there is one."""

    rule: Rule
    gap_ms: int
    state: State = State.CALM
    time: int | None = None  # of the last believed reading
    value: int = 0  # its m°C
    run: Run | None = None

    def copy(self) -> "Track":
        """A track of its own that goes on from here."""
        return replace(self, run=replace(self.run) if self.run else None)

    def rest(self, time: int, value: int) -> None:
        """Take a reading known to be inside, in CALM: nothing else changes."""
        self.time, self.value = time, value

    def step(self, time: int, value: int) -> Run | None:
        """Take one believed reading; return the run that it completed, if it did."""
        if self.run is None and not self.rule.is_bad(value):
            self.time, self.value = time, value
            return None
        sign = self._bad(time, value) if self.rule.is_bad(value) else self._inside(time, value)
        before, self.state = self.state, TABLE[self.state, sign]
        self.time, self.value = time, value
        if self.state is not State.CALM or before is State.CALM:
            return None
        run, self.run = self.run, None
        assert run is not None
        return run if certainty_of(self.rule, run) else None

    def _bad(self, time: int, value: int) -> Sign:
        distance = self.rule.distance(value)
        if self.run is None:
            self.run = Run(self.time, time, time)
            good = None if self.time is None else (self.time, self.rule.distance(self.value))
            self.run.start(time, distance, good, self.gap_ms)
        else:
            self._go_on(self.run, time, value)
        return Sign.MET if self.state >= State.OPEN or certainty_of(self.rule, self.run) else Sign.BAD

    def _go_on(self, run: Run, time: int, value: int) -> None:
        """A further bad reading of a run."""
        assert self.time is not None
        pause, before, distance = time - self.time, self.rule.distance(self.value), self.rule.distance(value)
        if pause > self.gap_ms:
            run.not_know(pause)
        elif self.state is State.RECOVERING:
            run.come_back_out(pause, before, distance)
        else:
            run.stay_out(pause, before, distance, (harm_of(self.value), harm_of(value)))
        run.last_bad, run.good_after, run.well_ms = time, None, 0
        run.extreme = max(run.extreme, distance)

    def _inside(self, time: int, value: int) -> Sign:
        run = self.run
        assert run is not None
        assert self.time is not None
        pause, before, distance = time - self.time, self.rule.distance(self.value), self.rule.distance(value)
        is_known = pause <= self.gap_ms
        if not is_known:
            run.not_know(pause)
        elif self.state is not State.RECOVERING:
            run.go_in(pause, before, distance)
        if run.good_after is None:
            run.good_after = time
        if not self.rule.is_well(value):
            run.well_ms = 0
            return Sign.INSIDE
        if is_known and self.state is State.RECOVERING and self.rule.is_well(self.value):
            run.well_ms += pause
        return Sign.WELL if run.well_ms >= self.rule.hold_ms else Sign.INSIDE


def certainty_of(rule: Rule, run: Run) -> Certainty | None:
    """Is the run an excursion? `possible` when only counting unknown time completes it; None when nothing does."""
    if run.run_ms >= rule.patience_ms:
        return Certainty.CERTAIN
    return Certainty.POSSIBLE if run.run_ms + run.unknown_ms >= rule.patience_ms else None
