"""A chart's points: lines that break where nothing is known, and the stretches of unknown time; after: series. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from coldchain.reading import Trace, is_believed
from coldchain.series import Envelope


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn of one channel: rising times, and per time the least and greatest value; None breaks the line.

    Points further apart than `gap_ms` leave unknown time between them.
    """

    channel: str
    gap_ms: int
    t: list[int]
    low: list[float | None]
    high: list[float | None]


def line_of_trace(trace: Trace, gap_ms: int) -> Line:
    """Raw readings as a line: faults are no points, and a gap is a break, not a bridge."""
    points = [(t, v) for t, v, q in zip(trace.t, trace.v, trace.q, strict=True) if v is not None and is_believed(q)]
    return _line(trace.channel, [(t, v, v) for t, v in points], gap_ms)


def line_of_envelope(envelope: Envelope, gap_ms: int) -> Line:
    """Buckets as a line with a lower and an upper edge, so that no peak is hidden."""
    points = list(zip(envelope.t, envelope.low, envelope.high, strict=True))
    return _line(envelope.channel, points, max(gap_ms, envelope.step + envelope.step // 2))


def _line(channel: str, points: Sequence[tuple[int, float, float]], gap_ms: int) -> Line:
    line = Line(channel, gap_ms, [], [], [])
    for t, low, high in points:
        if line.t and t - line.t[-1] > gap_ms:
            _add(line, line.t[-1] + 1, None, None)
        _add(line, t, low, high)
    return line


def _add(line: Line, t: int, low: float | None, high: float | None) -> None:
    line.t.append(t)
    line.low.append(low)
    line.high.append(high)


def unknown_time(lines: Sequence[Line], start: int, end: int) -> list[tuple[int, int]]:
    """The stretches of [start, end) of which none of the lines knows anything."""
    gap_ms = max((line.gap_ms for line in lines), default=0)
    known = sorted({t for line in lines for t, low in zip(line.t, line.low, strict=True) if low is not None})
    edges = [start, *(t for t in known if start <= t < end), end]
    return [(a, b) for a, b in pairwise(edges) if b - a > gap_ms]


@dataclass(frozen=True, slots=True)
class Hour:
    """One row of the plain table beside a chart."""

    start: int
    low: float
    high: float
    mean: float


def table(envelopes: Sequence[Envelope]) -> list[Hour]:
    """Buckets of several probes of one compartment as rows, the newest first: the coldest low, the hottest high."""
    rows: dict[int, Hour] = {}
    for envelope in envelopes:
        for t, low, high, mean in zip(envelope.t, envelope.low, envelope.high, envelope.mean, strict=True):
            row = rows.get(t)
            rows[t] = Hour(t, low, high, mean) if row is None else _joined(row, low, high, mean)
    return [rows[t] for t in sorted(rows, reverse=True)]


def _joined(row: Hour, low: float, high: float, mean: float) -> Hour:
    # The mean shown is the hotter probe's: a mean of probes would be a temperature that nobody measured.
    return Hour(row.start, min(row.low, low), max(row.high, high), max(row.mean, mean))
