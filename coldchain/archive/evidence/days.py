"""A channel's UTC day in one hash, and each of its hours in a short one. Pure; the format stands in docs/audit.md.

readings of the day ─► one line each, rising: time,value,quality ─► sha256 of the lines

The lines are those of the exported file, so that `sha256sum` is all an auditor needs.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Final

from coldchain.reading import Trace

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
HOURS: Final = 24
SHORT: Final = 4  # bytes of an hour's digest: it only names the hour of a day that differs


@dataclass(frozen=True, slots=True)
class DayDigest:
    """What was said on a day: so many readings, their hash, and 24 short ones."""

    count: int
    sha256: str
    hours: bytes

    def differing(self, other: "DayDigest") -> list[int]:
        """The hours (UTC) in which another says something else."""
        mine, its = self.hours, other.hours
        return [hour for hour in range(HOURS) if mine[hour * SHORT :][:SHORT] != its[hour * SHORT :][:SHORT]]


def line_of(time: int, value: float | None, quality: int) -> str:
    """A reading as it is hashed and exported; the value in the fewest digits that give it back."""
    return f"{time},{'' if value is None else repr(value)},{quality}\n"


def lines_of(trace: Trace) -> list[str]:
    """The lines of readings that rise in time."""
    return [f"{t},{'' if v is None else repr(v)},{q}\n" for t, v, q in zip(trace.t, trace.v, trace.q, strict=True)]


def digest_of(trace: Trace, day: int) -> DayDigest:
    """The digest of one channel's day; readings of other days are not looked at."""
    lines = lines_of(trace)
    cuts = [bisect_left(trace.t, day + hour * HOUR_MS) for hour in range(HOURS + 1)]
    hours = ["".join(lines[first:last]).encode() for first, last in pairwise(cuts)]
    whole = sha256(b"".join(hours))
    return DayDigest(cuts[-1] - cuts[0], whole.hexdigest(), b"".join(sha256(part).digest()[:SHORT] for part in hours))


def without(trace: Trace, spans: Sequence[tuple[int, int]]) -> Trace:
    """The readings that lie in none of these spans, which rise and do not overlap; both their ends are included."""
    ends = [last for _, last in spans]
    kept = [i for i, t in enumerate(trace.t) if not _is_in(t, spans, bisect_left(ends, t))]
    return Trace(trace.channel, [trace.t[i] for i in kept], [trace.v[i] for i in kept], [trace.q[i] for i in kept])


def _is_in(time: int, spans: Sequence[tuple[int, int]], at: int) -> bool:
    return at < len(spans) and spans[at][0] <= time


def within(trace: Trace, start: int, end: int) -> Trace:
    """The readings in [start, end)."""
    cut = slice(bisect_left(trace.t, start), bisect_left(trace.t, end))
    return Trace(trace.channel, trace.t[cut], trace.v[cut], trace.q[cut])


def hours_of(times: Sequence[int], day: int) -> set[int]:
    """The hours of a day in which these times lie."""
    return {(time - day) // HOUR_MS for time in times}


def day_of(time: int) -> int:
    """The UTC midnight before a time."""
    return time - time % DAY_MS
