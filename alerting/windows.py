"""The smallest sound window around readings that came late: from a proof of calm before them to one after them.

Nothing outside of it can be judged otherwise than before, because at both ends every rule is calm whatever came before.
Readings whose arrival has not been reached yet are left out, so that each arrival is judged on what was known with it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from alerting.excursion.calm import calm_indices
from alerting.excursion.stretch import BEGINNING, NEVER, Stretch
from coldchain.reading import Trace
from coldchain.series import Series

FIRST = 32  # readings asked for at first on either side; doubled while they prove nothing
MOST = 65_536


@dataclass(frozen=True, slots=True)
class Span:
    """Times from–to, both included."""

    first: int
    last: int

    def meets(self, other: "Span") -> bool:
        """True when they share a moment."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class Unheard:
    """Times of which readings are in the store already, though their arrival is not reached yet."""

    after: int = NEVER  # everything later than this
    later: Sequence[Span] = ()  # what arrivals further on in the journal will bring …
    heard: Sequence[Span] = ()  # … though what lies here is known all the same

    def without(self, trace: Trace) -> Trace:
        """The trace as it was known."""
        if not self.later or not trace.t:
            return trace
        whole = Span(trace.t[0], trace.t[-1])
        hidden = _inside(trace.t, [span for span in self.later if span.meets(whole)])
        known = _inside(trace.t, [span for span in self.heard if span.meets(whole)])
        keep = [
            i for i, (is_hidden, is_known) in enumerate(zip(hidden, known, strict=True)) if is_known or not is_hidden
        ]
        return Trace(trace.channel, [trace.t[i] for i in keep], [trace.v[i] for i in keep], [trace.q[i] for i in keep])


@dataclass(frozen=True, slots=True)
class Window:
    """A trace that is judged from calm. `start` and `end` bound the anchors of the cases that it decides about."""

    trace: Trace
    start: int
    end: int
    is_to_the_newest: bool


async def window_around(
    series: Series, channel: str, touched: Span, stretches: Sequence[Stretch], unheard: Unheard
) -> Window:
    """Read what must be judged again when readings of `touched` have become known."""
    head, start = await _before(series, channel, touched.first, stretches, unheard)
    body = unheard.without(await series.read(channel, touched.first, touched.last + 1))
    tail, is_to_the_newest = await _after(series, channel, touched.last + 1, stretches, unheard)
    trace = _joined(head, body, tail)
    end = max([touched.last, *trace.t[-1:]])
    # the last reading is only the proof: what begins with it (a standstill, a block) reaches beyond the window
    return Window(trace, start, end if is_to_the_newest else max(touched.last, end - 1), is_to_the_newest)


async def _before(
    series: Series, channel: str, time: int, stretches: Sequence[Stretch], unheard: Unheard
) -> tuple[Trace, int]:
    """From the last proof of calm before `time`; from the beginning when there is none."""
    count = FIRST
    while True:
        raw = await series.before(channel, time, count)
        trace = unheard.without(raw)
        last = max(calm_indices(stretches, trace), default=None)
        if last is not None:
            return _from(trace, last), trace.t[last]
        if len(raw) < count:
            return trace, BEGINNING
        count = min(count * 4, count + MOST)


async def _after(
    series: Series, channel: str, time: int, stretches: Sequence[Stretch], unheard: Unheard
) -> tuple[Trace, bool]:
    """Up to the first proof of calm from `time` on; up to the newest when there is none."""
    count = FIRST
    while time <= unheard.after:
        raw = await series.after(channel, time, count)
        trace = unheard.without(_to(raw, bisect_right(raw.t, unheard.after)))
        first = next(calm_indices(stretches, trace), None)
        if first is not None:
            return _to(trace, first + 1), False
        if len(raw) < count or raw.t[-1] >= unheard.after:
            return trace, True
        count = min(count * 4, count + MOST)
    return Trace(channel, [], [], []), True


def _from(trace: Trace, at: int) -> Trace:
    return Trace(trace.channel, trace.t[at:], trace.v[at:], trace.q[at:])


def _to(trace: Trace, stop: int) -> Trace:
    return Trace(trace.channel, trace.t[:stop], trace.v[:stop], trace.q[:stop])


def _joined(*parts: Trace) -> Trace:
    first = parts[0]
    return Trace(
        first.channel,
        [t for part in parts for t in part.t],
        [v for part in parts for v in part.v],
        [q for part in parts for q in part.q],
    )


def _inside(times: Sequence[int], spans: Sequence[Span]) -> list[bool]:
    """For each of the rising times whether it lies in a span; both are walked once."""
    waiting = sorted(spans, key=lambda span: span.first)
    at, until = 0, -1
    inside = []
    for time in times:
        while at < len(waiting) and waiting[at].first <= time:
            until = max(until, waiting[at].last)
            at += 1
        inside.append(time <= until)
    return inside
