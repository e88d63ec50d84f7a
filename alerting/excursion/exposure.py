"""How long parts of an excursion were out of the band: for lots that came or left while it went on. Pure.

rule, readings ─► spans that are out, each with what came before it ─► any number of parts, without another look
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from alerting.excursion.rule import Counts, Reads, Rule
from coldchain.reading import Trace, is_believed

Span = tuple[int, int]  # from–to
Point = tuple[int, int, bool]  # a believed reading: its time, its distance beyond the limit, and whether it is bad


@dataclass(frozen=True, slots=True)
class TimeOut:
    """Known time that is out, ms: its spans in order, none within another, and what those before each came to."""

    starts: Sequence[int]
    ends: Sequence[int]
    before: Sequence[int]

    def within(self, start: int, end: int) -> int:
        """How much of it lies in [start, end)."""
        return max(0, self._until(end) - self._until(start))

    def _until(self, time: int) -> int:
        at = bisect_right(self.starts, time) - 1
        return 0 if at < 0 else self.before[at] + min(time, self.ends[at]) - self.starts[at]


def time_out(rule: Rule, gap_ms: int, trace: Trace) -> TimeOut:
    """Known time that is out, with interpolated crossings and nothing across a gap.

    Of a mean all known time counts, as in its verdict; of what is no value, such as a fault, nothing does.
    """
    spans = _joined(_spans(rule, gap_ms, trace)) if rule.reads is Reads.VALUE else []
    before = accumulate((end - start for start, end in spans), initial=0)
    return TimeOut([start for start, _ in spans], [end for _, end in spans], list(before))


def _joined(spans: Iterable[Span]) -> list[Span]:
    """One span where another begins as one ends: a night out of the band is one, not six hundred."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        elif start < end:
            joined.append((start, end))
    return joined


def _spans(rule: Rule, gap_ms: int, trace: Trace) -> Iterator[Span]:
    for one, two in pairwise(_points(rule, trace)):
        if two[0] - one[0] <= gap_ms:
            yield _out(rule, one, two)


def _points(rule: Rule, trace: Trace) -> Iterator[Point]:
    is_bad, is_mean = False, rule.counts is Counts.MEAN_KINETIC
    for time, celsius, code in zip(trace.t, trace.v, trace.q, strict=True):
        if celsius is not None and is_believed(code):
            mark = rule.mark_of(round(celsius * 1000))
            is_bad = is_mean or mark >= (rule.back if is_bad else rule.least)
            yield time, mark, is_bad


def _out(rule: Rule, one: Point, two: Point) -> Span:
    """From when to when the line between two readings is out; an empty span when it is not."""
    (start, distance, is_bad), (end, then, is_bad_then) = one, two
    if is_bad and is_bad_then:
        return start, end
    if not (is_bad or is_bad_then):
        return start, start
    pause = end - start
    if is_bad_then:
        return end - pause * then // (then - distance), end
    until = rule.back - rule.least  # where it is back
    return start, start + pause * (distance - until) // (distance - then)
