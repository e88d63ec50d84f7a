"""The simple limit rule, for whoever has no rule packs at hand: consecutively out of a band for as long as patience lasts.

It promises what the excursion engine promises of a rule that counts runs: patience adds only the time between consecutive
bad readings no further apart than the gap limit, is met at >=, and a good reading begins the count anew; a longer pause
breaks nothing and adds nothing. So its anchor is the engine's for the same limit. Integers, pure.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Side(StrEnum):
    """Where it is out."""

    HEAT = "heat"
    FREEZE = "freeze"


@dataclass(frozen=True, slots=True)
class Band:
    """What is good: both limits inside. Thousandths of the unit, and ms."""

    low: int
    high: int
    patience_ms: int
    gap_ms: int

    def side(self, value: int) -> Side | None:
        """Where a value is out; None inside."""
        if value > self.high:
            return Side.HEAT
        return Side.FREEZE if value < self.low else None


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive bad readings on one side."""

    side: Side
    anchor: int  # the first of them
    last: int
    value: int  # of the last
    run_ms: int = 0

    def is_over_patience(self, band: Band) -> bool:
        """True once it counts."""
        return self.run_ms >= band.patience_ms


def advance(run: Run | None, band: Band, time: int, value: int) -> Run | None:
    """The run after a believed reading; None after a good one. A reading no newer than the last changes nothing."""
    if run and time <= run.last:
        return run
    side = band.side(value)
    if side is None:
        return None
    if run is None or run.side is not side:
        return Run(side, time, time, value)
    pause = time - run.last
    return replace(run, last=time, value=value, run_ms=run.run_ms + (pause if pause <= band.gap_ms else 0))
