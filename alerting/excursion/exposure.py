"""How long a part of an excursion was out of the band: for a lot that came or left while it went on. Pure."""

from itertools import pairwise

from alerting.excursion.rules import Rule
from coldchain.reading import Trace, is_believed


def out_within(rule: Rule, gap_ms: int, trace: Trace, start: int, end: int) -> int:
    """Known time beyond the limit in [start, end), ms, with interpolated crossings and nothing across a gap."""
    believed = [
        (time, rule.distance(round(celsius * 1000)))
        for time, celsius, code in zip(trace.t, trace.v, trace.q, strict=True)
        if celsius is not None and is_believed(code)
    ]
    total = 0
    for (time, distance), (next_time, next_distance) in pairwise(believed):
        if next_time - time <= gap_ms:
            out_from, out_to = _out(rule, (time, distance), (next_time, next_distance))
            total += max(0, min(out_to, end) - max(out_from, start))
    return total


def _out(rule: Rule, one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    """From when to when the line between two readings is beyond the limit; an empty span when it is not."""
    (time, before), (next_time, after) = one, two
    least = rule.operator.least
    if before >= least and after >= least:
        return time, next_time
    if before < least and after < least:
        return time, time
    pause = next_time - time
    if after >= least:
        return next_time - pause * after // (after - before), next_time
    return time, time + pause * before // (before - after)
