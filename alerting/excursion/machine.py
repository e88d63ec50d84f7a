"""Five states and the table of their arrows; a track follows one rule over one channel, from its first bad reading on.

    CALM ──bad──► SUSPECT ──patience met──► OPEN ──inside──► RECOVERING ──well, long enough──► CALM
      ▲───inside─────┘                        ▲─────────bad──────┘

    a sum:  SUSPECT or OPEN ──inside──► RESTING ──bad──► SUSPECT or OPEN          until its period is over

A rule's readings come as marks, in rising time: how far out each is. What a value, a fault or a jump is out by says
`rows`; from here on they are all alike. RECOVERING exists only for rules with hysteresis or hold; a sum never goes back
to CALM, for what was counted stands. After: `rows`. Before: `follow`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from alerting.excursion.kinetic import harm_between
from alerting.excursion.rule import Rule
from alerting.excursion.run import Run
from alerting.excursion.stretch import InForce
from coldchain.excursion import Certainty


class State(IntEnum):
    """Where a track stands."""

    CALM = 0
    SUSPECT = 1  # out of the band, patience not met
    OPEN = 2  # an excursion
    RECOVERING = 3  # inside again, not yet believed
    RESTING = 4  # inside again; what a sum has counted stands


class Meaning(IntEnum):
    """What a reading means for a rule."""

    BAD = 0  # out, patience not met
    MET = 1  # out, and patience met
    INSIDE = 2  # inside, but not enough to end a confirmed excursion
    WELL = 3  # inside by the hysteresis, for as long as the hold asks
    REST = 4  # inside, for a sum


CALM, SUSPECT, OPEN, RECOVERING, RESTING = State
BAD, MET, INSIDE, WELL, REST = Meaning

TABLE: Final[Mapping[tuple[State, Meaning], State]] = {
    (CALM, BAD): SUSPECT,
    (CALM, MET): OPEN,
    (SUSPECT, BAD): SUSPECT,
    (SUSPECT, MET): OPEN,
    (SUSPECT, INSIDE): CALM,
    (SUSPECT, WELL): CALM,
    (SUSPECT, REST): RESTING,
    (OPEN, MET): OPEN,
    (OPEN, INSIDE): RECOVERING,
    (OPEN, WELL): CALM,
    (OPEN, REST): RESTING,
    (RECOVERING, MET): OPEN,
    (RECOVERING, INSIDE): RECOVERING,
    (RECOVERING, WELL): CALM,
    (RESTING, BAD): SUSPECT,
    (RESTING, MET): OPEN,
    (RESTING, REST): RESTING,
}
_NEXT: Final = [[TABLE.get((state, sign)) for sign in Meaning] for state in State]  # the same, quick to look up


@dataclass(slots=True)
class Track:
    """One rule's state on one channel while there is a run."""

    force: InForce
    end: int  # of the period that a sum counts over
    run: Run
    time: int = field(compare=False)  # of the last reading that the rule saw …
    distance: int = field(compare=False)  # … and how far out that was
    is_out: bool = True  # that reading was bad
    state: State = CALM

    def copy(self) -> "Track":
        """One of its own that goes on from here."""
        return Track(self.force, self.end, self.run.copy(), self.time, self.distance, self.is_out, self.state)

    @property
    def certainty(self) -> Certainty | None:
        """Is the run an excursion? `possible` when only counting unknown time completes it; None when nothing does."""
        return certainty_of(self.force.rule, self.run.run_ms, self.run.unknown_ms)

    def step(self, time: int, distance: int) -> bool:
        """Take one reading; False when the run is over with it."""
        rule = self.force.rule
        is_bad = distance >= (rule.back if self.is_out else rule.least)
        meaning = self._bad(time, distance) if is_bad else self._inside(time, distance)
        after = _NEXT[self.state][meaning]
        assert after is not None
        self.state, self.is_out, self.time, self.distance = after, is_bad, time, distance
        return after is not CALM

    def _bad(self, time: int, distance: int) -> Meaning:
        run, pause = self.run, time - self.time
        is_known = pause <= self.force.gap_ms
        if not is_known:
            run.unknown_ms += pause
        elif self.is_out:
            run.stay_out(pause, self.distance, distance)
            if self.force.is_warm:
                rule = self.force.rule
                run.harm += harm_between(rule.value_at(self.distance), rule.value_at(distance), pause)
        else:
            run.go_out(pause, self.distance, distance)
        run.go_on(time, distance)
        if run.product:
            run.product.stay_out(pause if is_known else None, distance, was_out=self.is_out)
        return MET if self.state is OPEN or self.certainty else BAD

    def _inside(self, time: int, distance: int) -> Meaning:
        run, rule, pause = self.run, self.force.rule, time - self.time
        is_known = pause <= self.force.gap_ms
        if self.is_out:
            run.good_after = time
            if is_known:
                run.go_in(pause, self.distance, distance, rule.back - rule.least)
            else:
                run.unknown_ms += pause
        elif not is_known:
            run.inside_ms += pause
        if run.product:
            run.product.follow(pause if is_known else None, distance)
        if rule.is_sum:
            return REST
        if distance >= rule.well:
            run.well_ms = 0
            return INSIDE
        if is_known and not self.is_out and self.distance < rule.well:
            run.well_ms += pause
        return WELL if run.well_ms >= rule.hold_ms else INSIDE


def certainty_of(rule: Rule, run_ms: int, unknown_ms: int) -> Certainty | None:
    """What known and unknown bad time make of a run."""
    if run_ms >= rule.patience_ms:
        return Certainty.CERTAIN
    return Certainty.POSSIBLE if run_ms + unknown_ms >= rule.patience_ms else None
