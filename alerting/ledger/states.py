"""Doors, compressors, mains: how long on, how often, how far apart. Pure; before: machines.

readings 0/1 ─► what held between two of them, no further apart than the gap limit ─► sums of a day
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from coldchain.reading import Trace, is_believed

Points = list[tuple[int, float]]  # (ms, value), believed, rising in time

LONGEST_PERIOD_MS: Final = 6 * 3_600_000  # between two starts; readings of so long before a day are looked at too


@dataclass(frozen=True, slots=True)
class Runs:
    """What a day of an on-and-off came to; sums, so that days add up."""

    on_ms: int = 0
    known_ms: int = 0
    starts: int = 0
    periods: int = 0  # starts that followed the one before without a gap …
    period_ms: int = 0  # … in so long altogether


def points_of(trace: Trace) -> Points:
    """What is believed of a trace."""
    return [
        (t, v) for t, v, q in zip(trace.t, trace.v, trace.q, strict=True) if v is not None and is_believed(q)
    ]  # fmt: skip


def runs_of(points: Points, gap_ms: int, start: int, end: int) -> Runs:
    """The sums of [start, end). A state holds from its reading to the next one, if that is near enough.

    Args:
        points: 0 or 1; from `LONGEST_PERIOD_MS` before the start to a gap limit beyond the end, as far as there are.
        gap_ms: beyond it nothing is known between two readings.
        start: of the day.
        end: of the day.
    """
    on_ms = known_ms = 0
    for (t, value), (following, _) in pairwise(points):
        if following - t <= gap_ms:
            inside = max(0, min(following, end) - max(t, start))
            known_ms += inside
            on_ms += inside if value else 0
    starts = list(_starts(points, gap_ms))
    inside_starts = [t for t, _ in starts if start <= t < end]
    spans = [
        t - before
        for t, before in starts
        if before is not None and start <= t < end and t - before <= LONGEST_PERIOD_MS
    ]
    return Runs(on_ms, known_ms, len(inside_starts), len(spans), sum(spans))


def joined(parts: Iterable[Runs]) -> Runs:
    """The sums of several channels."""
    found = Runs()
    for part in parts:
        found = Runs(
            found.on_ms + part.on_ms,
            found.known_ms + part.known_ms,
            found.starts + part.starts,
            found.periods + part.periods,
            found.period_ms + part.period_ms,
        )
    return found


def known_ms(spans: Iterable[tuple[int, int]], start: int, end: int) -> int:
    """How much of [start, end) lies in any of these spans."""
    total, reached = 0, start
    for first, last in sorted(spans):
        total += max(0, min(last, end) - max(first, reached))
        reached = max(reached, min(last, end))
    return total


def spans_of(points: Points, gap_ms: int) -> Iterator[tuple[int, int]]:
    """From reading to reading, where they are near enough."""
    for (t, _), (following, _) in pairwise(points):
        if following - t <= gap_ms:
            yield t, following


def _starts(points: Points, gap_ms: int) -> Iterator[tuple[int, int | None]]:
    """When it went on, each with the start before it, if all between them is known."""
    before: int | None = None
    for (t, value), (following, after) in pairwise(points):
        if following - t > gap_ms:
            before = None
        elif after and not value:
            yield following, before
            before = following
