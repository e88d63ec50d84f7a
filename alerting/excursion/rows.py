"""A little of a trace, looked at once for all rules, and what it means for each: its readings as marks.

A mark is (time, how far out). A value is out by its distance from the limit; a fault, a jump or an open door is out or
is not (0 or -1). A rule that reads faults sees every reading, the others see those that are believed. After: a trace.
Before: `machine`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

from alerting.excursion.rule import Rule
from alerting.excursion.stretch import InForce
from coldchain.reading import RECONSTRUCTED, Trace

Seen = tuple[int, int]  # (time, value in thousandths)
Mark = tuple[int, int]  # (time, how far out)


@dataclass(slots=True)
class Rows:
    """Readings in rising time."""

    every: Sequence[int]  # times of all readings
    codes: Sequence[int]  # quality codes of all; empty when all are believed
    times: Sequence[int]  # of those believed
    raw: Sequence[float]  # their values as stored
    low: int = 0  # the extremes of the values, when there is one
    high: int = 0
    _seen: list[Seen] | None = field(default=None)

    @property
    def seen(self) -> list[Seen]:
        """The believed readings."""
        if self._seen is None:
            self._seen = [(time, round(value * 1000)) for time, value in zip(self.times, self.raw, strict=True)]
        return self._seen

    def faults(self) -> Iterable[tuple[int, int]]:
        """(time, fault) of every reading."""
        codes = self.codes or [0] * len(self.every)
        return [(time, code & ~RECONSTRUCTED) for time, code in zip(self.every, codes, strict=True)]


def rows_of(trace: Trace, start: int, stop: int) -> Rows:
    """A slice of a trace."""
    times, values, codes = trace.t[start:stop], trace.v[start:stop], trace.q[start:stop]
    if not any(codes) and None not in values:
        rows = Rows(times, (), times, cast("list[float]", values))
    else:
        believed = [
            (time, value)
            for time, value, code in zip(times, values, codes, strict=True)
            if value is not None and not code & ~RECONSTRUCTED
        ]
        rows = Rows(times, codes, [time for time, _ in believed], [value for _, value in believed])
    if rows.raw:
        rows.low, rows.high = round(min(rows.raw) * 1000), round(max(rows.raw) * 1000)
    return rows


def has_bad(rule: Rule, rows: Rows, before: Seen | None) -> bool:
    """False when surely no reading begins a run; `before` is the believed reading before them."""
    if rule.faults:
        return any(code & ~RECONSTRUCTED in rule.faults for code in rows.codes)
    if not rows.raw:
        return False
    if not rule.jump:
        return rule.is_bad(rows.low) or rule.is_bad(rows.high)
    low, high = (rows.low, rows.high) if before is None else (min(rows.low, before[1]), max(rows.high, before[1]))
    return high - low > rule.jump


def marks_of(force: InForce, rows: Rows, before: Seen | None) -> list[Mark]:
    """The readings as the rule sees them."""
    rule = force.rule
    if rule.faults:
        return [(time, 0 if fault in rule.faults else -1) for time, fault in rows.faults()]
    if rule.jump:
        return _jumps(force, rows.seen, before)
    if rule.is_line:
        sign, limit = rule.sign, rule.limit
        return [(time, sign * (value - limit)) for time, value in rows.seen]
    return [(time, rule.mark_of(value)) for time, value in rows.seen]


def mark_before(rule: Rule, before: Seen | None) -> Mark | None:
    """The reading before, as the rule saw it when it was good."""
    if before is None:
        return None
    return before[0], -1 if rule.faults or rule.jump else rule.mark_of(before[1])


def _jumps(force: InForce, seen: Sequence[Seen], before: Seen | None) -> list[Mark]:
    marks = []
    for time, value in seen:
        is_known = before is not None and time - before[0] <= force.gap_ms
        is_jump = before is not None and is_known and abs(value - before[1]) > force.rule.jump
        marks.append((time, 0 if is_jump else -1))
        before = time, value
    return marks
