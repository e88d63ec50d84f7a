"""How long a part of an excursion was out of the band: for a lot that came or left while it went on. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from alerting.excursion.rule import Counts, Reads, Rule
from coldchain.reading import Trace, is_believed


@dataclass(frozen=True, slots=True)
class _Point:
    """A believed reading of a value: how far beyond the limit, and whether it is bad."""

    time: int
    distance: int
    is_bad: bool


def out_within(rule: Rule, gap_ms: int, trace: Trace, start: int, end: int) -> int:
    """Known time that is out in [start, end), ms, with interpolated crossings and nothing across a gap.

    Of a mean all known time counts, as in its verdict; of what is no value, such as a fault, nothing does.
    """
    if rule.reads is not Reads.VALUE:
        return 0
    total = 0
    for one, two in pairwise(_points(rule, trace)):
        if two.time - one.time <= gap_ms:
            out_from, out_to = _out(rule, one, two)
            total += max(0, min(out_to, end) - max(out_from, start))
    return total


def _points(rule: Rule, trace: Trace) -> Iterator[_Point]:
    is_bad = False
    for time, celsius in _believed(trace):
        mark = rule.mark_of(round(celsius * 1000))
        is_bad = rule.counts is Counts.MEAN_KINETIC or mark >= (rule.back if is_bad else rule.least)
        yield _Point(time, mark, is_bad)


def _believed(trace: Trace) -> Iterable[tuple[int, float]]:
    for time, celsius, code in zip(trace.t, trace.v, trace.q, strict=True):
        if celsius is not None and is_believed(code):
            yield time, celsius


def _out(rule: Rule, one: _Point, two: _Point) -> tuple[int, int]:
    """From when to when the line between two readings is out; an empty span when it is not."""
    if one.is_bad and two.is_bad:
        return one.time, two.time
    if not (one.is_bad or two.is_bad):
        return one.time, one.time
    pause = two.time - one.time
    if two.is_bad:
        return two.time - pause * two.distance // (two.distance - one.distance), two.time
    until = rule.back - rule.least  # where it is back
    return one.time, one.time + pause * (one.distance - until) // (one.distance - two.distance)
