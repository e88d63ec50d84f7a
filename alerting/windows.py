"""The smallest sound window around readings that came late: from a proof of calm before them to one after them.

Nothing outside of it can be judged otherwise than before, because at both ends every rule is calm whatever came before.
Readings whose arrival has not been reached yet are left out, so that each arrival is judged on what was known with it.

    pages ◄── … ◄── before   [ touched ]   after ──► … ──► pages        until one proves calm; each is read once

Most windows need no more than the first page before them: it is read ahead for all channels together, or a start, after
which every channel is looked at so, would take a few questions for each.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alerting.excursion.calm import Search, calm_indices, last_hope
from alerting.excursion.stretch import BEGINNING, NEVER, Stretch
from coldchain import series as doors
from coldchain.reading import Trace
from coldchain.series import Series

FIRST = 32  # readings in the first page on either side; the next are longer, while none proves anything …
MOST = 65_536  # … up to this
AHEAD_MS = 24 * 3_600_000  # longer windows are read one by one, or all together would be too much at once


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


@dataclass(frozen=True, slots=True)
class Ahead:
    """What windows begin with, by channel and what was touched of it: its readings, and the first page before them."""

    bodies: Mapping[tuple[str, Span], Trace] = field(default_factory=dict)
    pages: Mapping[tuple[str, Span], Trace] = field(default_factory=dict)


async def read_ahead(series: Series, touched: Mapping[str, Span]) -> Ahead:
    """Read what the windows of many channels begin with; of long ones nothing."""
    short = {channel: span for channel, span in touched.items() if span.last - span.first < AHEAD_MS}
    if not short:
        return Ahead()
    wanted = [doors.Span(channel, span.first, span.last + 1) for channel, span in short.items()]
    bodies = dict(zip(short.items(), await series.read_spans(wanted), strict=True))
    pages = await series.before_each({channel: span.first for channel, span in short.items()}, FIRST)
    return Ahead(bodies, {(channel, short[channel]): page for channel, page in pages.items()})


async def window_around(
    series: Series,
    channel: str,
    touched: Span,
    stretches: Sequence[Stretch],
    unheard: Unheard,
    ahead: Ahead | None = None,
) -> Window:
    """Read what must be judged again when readings of `touched` have become known, as far as it was not read ahead."""
    ahead = ahead or Ahead()
    page, body = ahead.pages.get((channel, touched)), ahead.bodies.get((channel, touched))
    if page is None:
        page = await series.before(channel, touched.first, FIRST)
    if body is None:
        body = await series.read(channel, touched.first, touched.last + 1)
    head, start = await _before(series, page, stretches, unheard)
    body = unheard.without(body)
    tail, is_to_the_newest = await _after(series, channel, touched.last + 1, stretches, unheard)
    trace = _joined(head, body, tail)
    end = max([touched.last, *trace.t[-1:]])
    # the last reading is only the proof: what begins with it (a standstill, a block) reaches beyond the window
    return Window(trace, start, end if is_to_the_newest else max(touched.last, end - 1), is_to_the_newest)


async def calm_after(series: Series, channel: str, time: int, stretches: Sequence[Stretch], until: int) -> int | None:
    """The first proof of calm from `time` on; None when there is none by `until`. Keeps no readings."""
    search, unheard, count = Search(stretches), Unheard(after=until), FIRST
    at: int | None = time
    while at is not None:
        page, at = await _page(series, channel, at, count, unheard)
        first = next(search.take(page), None)
        if first is not None:
            return page.t[first]
        count = min(count * 4, MOST)
    return None


async def _before(series: Series, raw: Trace, stretches: Sequence[Stretch], unheard: Unheard) -> tuple[Trace, int]:
    """From the last proof of calm before a time; from the beginning when there is none. `raw` is the first page before it.

    What no earlier reading can prove calm is read once and looked at once. What one can is looked at again with the
    next page, which is at least as long: all looking together stays in proportion to what is read.
    """
    count = FIRST
    pages: list[Trace] = []  # the newest first
    open_ = Trace(raw.channel, [], [], [])  # what may be proved calm by readings before it
    while True:
        pages.append(unheard.without(raw))
        hope = _joined(pages[-1], open_)
        last = last_hope(stretches, hope)
        open_ = _to(hope, 0 if last is None else last + 1)
        proved = max(calm_indices(stretches, open_), default=None)
        if proved is not None:
            start = open_.t[proved]
            head = _joined(*reversed(pages))
            return _from(head, bisect_left(head.t, start)), start
        if len(raw) < count:
            return _joined(*reversed(pages)), BEGINNING
        count = max(min(count * 4, MOST), len(open_))
        raw = await series.before(raw.channel, raw.t[0], count)


async def _after(
    series: Series, channel: str, time: int, stretches: Sequence[Stretch], unheard: Unheard
) -> tuple[Trace, bool]:
    """Up to the first proof of calm from `time` on; up to the newest when there is none."""
    search, count = Search(stretches), FIRST
    pages = [Trace(channel, [], [], [])]
    at = time if time <= unheard.after else None
    while at is not None:
        page, at = await _page(series, channel, at, count, unheard)
        first = next(search.take(page), None)
        if first is not None:
            return _joined(*pages, _to(page, first + 1)), False
        pages.append(page)
        count = min(count * 4, MOST)
    return _joined(*pages), True


async def _page(series: Series, channel: str, time: int, count: int, unheard: Unheard) -> tuple[Trace, int | None]:
    """What is known of the readings from `time` on, and where the next page begins; None when it was the last."""
    raw = await series.after(channel, time, count)
    is_last = len(raw) < count or raw.t[-1] >= unheard.after
    return unheard.without(_to(raw, bisect_right(raw.t, unheard.after))), None if is_last else raw.t[-1] + 1


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
