"""Hours and days of one channel, from its raw readings. Pure: the same readings give the same rollup, whatever came when.

A believed reading speaks until the next one, or, across a gap, for the hour's usual spacing alone: time without data
stays unknown. The last one of an hour speaks for that spacing too, but never into the next hour.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, groupby
from operator import sub
from typing import cast

from coldchain.reading import Trace, is_believed
from coldchain.series import DAY, HOUR, Rollup

GAP = 3  # times the usual spacing
ALONE_MS = 60_000  # for how long a single reading in an hour speaks


def hours(trace: Trace) -> list[Rollup]:
    """The rollups of every hour in which the trace has a believed reading. Its hours must be whole."""
    times, values = _believed(trace)
    return [_hour(trace.channel, start, times[cut], values[cut]) for start, cut in _cuts(times)]


def _believed(trace: Trace) -> tuple[list[int], list[float]]:
    if not any(trace.q) and None not in trace.v:
        return trace.t, cast("list[float]", trace.v)
    chosen = [v is not None and is_believed(q) for v, q in zip(trace.v, trace.q, strict=True)]
    return list(compress(trace.t, chosen)), cast("list[float]", list(compress(trace.v, chosen)))


def _cuts(times: Sequence[int]) -> Iterator[tuple[int, slice]]:
    """Each hour that holds any of these rising times, and where they stand."""
    begin = 0
    while begin < len(times):
        start = times[begin] // HOUR * HOUR
        end = bisect_left(times, start + HOUR, begin)
        yield start, slice(begin, end)
        begin = end


def _hour(channel: str, start: int, times: list[int], values: list[float]) -> Rollup:
    known_ms = known(times, start + HOUR)
    mean = sum(values) / len(values)
    return Rollup(channel, start, min(values), max(values), mean, known_ms / 1000, len(values))


def known(times: Sequence[int], end: int) -> int:
    """For how many ms these rising times speak before `end`."""
    steps = sorted(map(sub, times[1:], times))
    usual = steps[len(steps) // 2] if steps else ALONE_MS
    spoken = sum(steps) if not steps or steps[-1] <= GAP * usual else _across_gaps(steps, usual)
    return spoken + min(usual, end - times[-1])


def _across_gaps(steps: Iterable[int], usual: int) -> int:
    return sum(step if step <= GAP * usual else usual for step in steps)


def days(hourly: Iterable[Rollup]) -> list[Rollup]:
    """The rollups of days (UTC) from all of their hours, rising."""
    return [_day(start, list(group)) for start, group in groupby(hourly, lambda hour: hour.start // DAY * DAY)]


def _day(start: int, hourly: list[Rollup]) -> Rollup:
    count = sum(hour.count for hour in hourly)
    return Rollup(
        hourly[0].channel,
        start,
        min(hour.low for hour in hourly),
        max(hour.high for hour in hourly),
        sum(hour.mean * hour.count for hour in hourly) / count,
        sum(hour.seconds_known for hour in hourly),
        count,
    )
