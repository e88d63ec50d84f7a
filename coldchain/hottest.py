"""The hottest and the coldest line of several probes, in steps between their readings; before: exposure. Pure.

    readings ─► points ─► segments (neighbours that know what was between) ─► steps of the hottest and of the coldest

Which line is hottest in a millisecond follows from whole segments alone, so it does not matter where a span is cut.
Arithmetic is of integers: ms and m°C.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from math import inf

from coldchain.reading import Trace, is_believed

Point = tuple[int, int]  # (ms, m°C): a believed reading
Segment = tuple[int, int, int, int]  # from (ms, m°C) to (ms, m°C): two neighbouring readings
Step = tuple[int, int, int, int, int]  # a segment's m°C at both ends and length, and the part of it that counts


def points_of(trace: Trace) -> list[Point]:
    """Believed readings: (ms, m°C)."""
    return [
        (t, round(v * 1000))
        for t, v, q in zip(trace.t, trace.v, trace.q, strict=True)
        if v is not None and (not q or is_believed(q))
    ]


def segments_of(points: Sequence[Point], gap_ms: int, start: int, end: int) -> list[Segment]:
    """Neighbours that know what was between them, as far as they reach into the span."""
    first = max(0, bisect_right(points, (start, inf)) - 1)
    last = bisect_left(points, (end, -inf)) + 1
    return [(a, va, b, vb) for (a, va), (b, vb) in pairwise(points[first:last]) if b - a <= gap_ms and b > start]


def envelopes(segments: Sequence[list[Segment]], start: int, end: int) -> tuple[Counter[Step], Counter[Step]]:
    """How often each step of the hottest and of the coldest line comes: many are the same, and are reckoned once."""
    speaking = [its for its in segments if its]
    if len(speaking) <= 1:
        steps = _steps(speaking[0], start, end) if speaking else Counter()
        return steps, steps
    hot: Counter[Step] = Counter()
    cold: Counter[Step] = Counter()
    for x, y, there in _sweep(speaking, start, end):
        for a, b, hottest, coldest in _ranked(there, x, y):
            hot[_part(hottest, a, b)] += 1
            cold[_part(coldest, a, b)] += 1
    return hot, cold


def _steps(line: Sequence[Segment], start: int, end: int) -> Counter[Step]:
    """Of one line: whole segments, but for those that the span's ends cut."""
    steps = Counter([(va, vb, b - a, 0, b - a) for a, va, b, vb in line if start <= a and b <= end])
    for seg in line[:1] if len(line) == 1 else (line[0], line[-1]):
        if seg[0] < start or end < seg[2]:
            steps[_part(seg, max(start, seg[0]), min(end, seg[2]))] += 1
    return steps


def _sweep(lines: Sequence[list[Segment]], start: int, end: int) -> Iterator[tuple[int, int, list[Segment]]]:
    """From instant to instant, the segments that know what was between."""
    ends = {time for its in lines for seg in its for time in (seg[0], seg[2])}
    instants = sorted({start, end} | {time for time in ends if start < time < end})
    coming = [iter(its) for its in lines]
    now: list[Segment | None] = [next(its) for its in coming]
    for x, y in pairwise(instants):
        there = []
        for n, seg in enumerate(now):
            if seg is not None and seg[2] <= x:
                seg = now[n] = next(coming[n], None)  # noqa: PLW2901 - the next one takes its place
            if seg is not None and seg[0] <= x:
                there.append(seg)
        if there:
            yield x, y, there


def _ranked(there: Sequence[Segment], x: int, y: int) -> Iterable[tuple[int, int, Segment, Segment]]:
    """Parts of [x, y) in which no line crosses another, each with its hottest and coldest."""
    if len(there) == 1:
        return ((x, y, there[0], there[0]),)
    if len(there) == 2:
        return _ranked_pair(there[0], there[1], x, y)
    cuts = {x, y} | {cut for one, two in combinations(there, 2) if x < (cut := _crossing(one, two)) < y}
    return [(a, b, *_ends(there, a)) for a, b in pairwise(sorted(cuts))]


def _ranked_pair(one: Segment, two: Segment, x: int, y: int) -> Iterable[tuple[int, int, Segment, Segment]]:
    """… of two, which is what there mostly is."""
    if min(one[1], one[3]) >= max(two[1], two[3]):
        return ((x, y, one, two),)
    if min(two[1], two[3]) >= max(one[1], one[3]):
        return ((x, y, two, one),)
    cut = _crossing(one, two)
    before, after = _ends((one, two), x), _ends((one, two), y - 1)
    return ((x, cut, *before), (cut, y, *after)) if x < cut < y else ((x, y, *before),)


def _ends(there: Sequence[Segment], time: int) -> tuple[Segment, Segment]:
    """The hottest and the coldest in the millisecond from `time` on."""
    hottest = coldest = there[0]
    for each in there[1:]:
        if _is_hotter(each, hottest, time):
            hottest = each
        elif _is_hotter(coldest, each, time):
            coldest = each
    return hottest, coldest


def _crossing(one: Segment, two: Segment) -> int:
    """The millisecond in which two lines cross, whatever part of them is looked at; parallels do so before all time."""
    (a, va, b, vb), (c, vc, d, vd) = one, two
    slope, other = (vb - va) * (d - c), (vd - vc) * (b - a)  # both times (b - a)(d - c)
    if slope == other:
        return -1
    return a + ((vc - va) * (b - a) * (d - c) + other * (a - c)) // (slope - other)


def _is_hotter(one: Segment, two: Segment, time: int) -> bool:
    """True when the first line is above the second in the millisecond from `time` on."""
    (a, va, b, vb), (c, vc, d, vd) = one, two
    slope, other = (vb - va) * (d - c), (vd - vc) * (b - a)
    if slope == other:
        return (va - vc) * (b - a) > (vb - va) * (a - c)
    return (slope > other) == (time >= _crossing(one, two))


def _part(segment: Segment, x: int, y: int) -> Step:
    a, va, b, vb = segment
    return va, vb, b - a, x - a, y - a
