"""Several channels that tell of one thing: two doors, two plugs, a sensor that took another's place. Pure; before: machines.

    each channel's readings, in the time in which it hung there ─► on, known, blind ─► of all together

Minutes of two doors that stand open at once count once. A door of which nothing is heard may be open: unknown is not shut.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from alerting.ledger.states import Points, spans_of

Spans = list[tuple[int, int]]  # apart, rising


@dataclass(frozen=True, slots=True)
class Told:
    """What a channel told, and from when to when (of the day) it told of this piece."""

    points: Points
    gap_ms: int
    start: int
    end: int

    def known(self) -> Spans:
        """When its state was known."""
        return _cut(spans_of(self.points, self.gap_ms), self.start, self.end)

    def on(self, is_on: Callable[[float], bool]) -> Spans:
        """When its state was known to be this."""
        held = [
            (t, following)
            for (t, value), (following, _) in pairwise(self.points)
            if following - t <= self.gap_ms and is_on(value)
        ]
        return _cut(held, self.start, self.end)


def any_of(parts: Sequence[Told], is_on: Callable[[float], bool], *, needs_all: bool) -> tuple[int, int]:
    """For how long any was on, and for how long it is known whether any was (ms).

    Args:
        parts: of one day.
        is_on: of a value.
        needs_all: nobody knows that all are off while one of those that hang there says nothing.
    """
    on = joined(span for part in parts for span in part.on(is_on))
    known = joined(span for part in parts for span in part.known())
    if needs_all:
        blind = joined(span for part in parts for span in less([(part.start, part.end)], part.known()))
        known = joined([*less(known, blind), *on])
    return total(on), total(known)


def joined(spans: Iterable[tuple[int, int]]) -> Spans:
    """Spans as one line has them, however they overlap."""
    found: Spans = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], last)
        elif first < last:
            found.append((first, last))
    return found


def less(spans: Spans, others: Spans) -> Spans:
    """What of these spans lies in none of the others."""
    found: Spans = []
    for first, last in spans:
        reached = first
        for begun, ended in others:
            if reached < begun < last:
                found.append((reached, begun))
            if begun < last:
                reached = max(reached, ended)
        if reached < last:
            found.append((reached, last))
    return found


def total(spans: Spans) -> int:
    """How long they are together."""
    return sum(last - first for first, last in spans)


def _cut(spans: Iterable[tuple[int, int]], start: int, end: int) -> Spans:
    cut = ((max(first, start), min(last, end)) for first, last in spans)
    return joined((first, last) for first, last in cut if first < last)
