"""Is a reading new, the same as what stands there, or in conflict with it? A (channel, time) is written once.

A reading newer than its channel's newest is new without asking. Any other is compared with the store, and with what the
same flush brings: equal = settled, different = refused as `conflict`, the first stays in the series and both are kept.
Pure but for its table of newest times, which `store` fills.
"""

from collections.abc import Iterable, Iterator

from coldchain.reading import Trace
from coldchain.series import Span
from coldchain.wire import Refusal
from collector.batch import Flaw, Judged

NEVER = -1  # the newest time of a channel without readings
APART = 6 * 3_600_000  # readings further apart are asked for in two spans

Cell = tuple[float | None, int]
Table = dict[int, Cell]


class Newest:
    """The newest stored time of each channel, as far as known."""

    def __init__(self) -> None:
        self._times: dict[str, int] = {}

    def unknown(self, judged: Iterable[Judged]) -> list[str]:
        """Channels of these messages that the store must be asked about."""
        return list({t.channel: None for one in judged for t in one.traces if t.channel not in self._times})

    def learn(self, channels: Iterable[str], times: dict[str, int]) -> None:
        """What the store said of `channels`; those absent have no readings."""
        for channel in channels:
            self._times[channel] = times.get(channel, NEVER)

    def of(self, channel: str) -> int:
        """The newest stored time of a known channel."""
        return self._times[channel]

    def stored(self, traces: Iterable[Trace]) -> None:
        """These were just stored."""
        times = self._times
        for trace in traces:
            times[trace.channel] = max(times[trace.channel], trace.t[-1])

    def forget(self) -> None:
        """Another collector writes too: ask the store again."""
        self._times.clear()


def to_ask(judged: Iterable[Judged], newest: Newest) -> list[Span]:
    """The spans of the store that hold whatever stands at a time these messages bring too."""
    times: dict[str, set[int]] = {}
    for one in judged:
        for trace in one.traces:
            last = newest.of(trace.channel)
            if trace.t[0] <= last:
                times.setdefault(trace.channel, set()).update(t for t in trace.t if t <= last)
    return [span for channel, found in times.items() for span in _spans(channel, sorted(found))]


def _spans(channel: str, times: list[int]) -> Iterator[Span]:
    first = last = times[0]
    for t in times:
        if t - last > APART:
            yield Span(channel, first, last + 1)
            first = t
        last = t
    yield Span(channel, first, last + 1)


def fresh(judged: Iterable[Judged], newest: Newest, stored: Iterable[Trace]) -> list[tuple[Judged, Trace]]:
    """The readings to write, each with its message; a message's conflicts become flaws and leave its traces.

    `stored` is what the store holds in the spans of `to_ask`. What is settled already stays in the message's traces,
    because its arrival may not be in the journal, but is not written again.
    """
    flush = _Flush(newest, stored)
    return [(one, new) for one in judged for new in flush.take(one)]


class _Flush:
    """What stands at each (channel, time), and what this flush has brought so far."""

    def __init__(self, newest: Newest, stored: Iterable[Trace]) -> None:
        self._newest = newest
        self._front: dict[str, int] = {}  # the newest time per channel, this flush included
        self._brought: dict[str, list[Trace]] = {}  # traces of this flush that no table holds yet
        self._tables: dict[str, Table] = {}
        for trace in stored:
            self._tables.setdefault(trace.channel, {}).update(_table(trace))

    def take(self, one: Judged) -> list[Trace]:
        """The new readings of a message."""
        new: list[Trace] = []
        for i, trace in enumerate(one.traces):
            channel = trace.channel
            front = self._front.get(channel)
            if trace.t[0] > (self._newest.of(channel) if front is None else front):
                self._front[channel] = trace.t[-1]
                self._brought.setdefault(channel, []).append(trace)
                new.append(trace)
            else:
                one.traces[i], unseen = self._compare(one, trace)
                self._front[channel] = max(trace.t[-1], self._newest.of(channel) if front is None else front)
                new.append(unseen)
        one.traces = [trace for trace in one.traces if trace.t]
        return [trace for trace in new if trace.t]

    def _compare(self, one: Judged, trace: Trace) -> tuple[Trace, Trace]:
        """(what the message rightly says, what of it is new)"""  # noqa: D415 - says what the pair is
        table = self._tables.setdefault(trace.channel, {})
        for brought in self._brought.pop(trace.channel, ()):
            table.update(_table(brought))
        right, new = _empty(trace.channel), _empty(trace.channel)
        for t, v, q in zip(trace.t, trace.v, trace.q, strict=True):
            stands = table.get(t)
            if stands is None:
                table[t] = (v, q)
                _append(new, t, v, q)
            if stands is None or stands == (v, q):
                _append(right, t, v, q)
            else:
                text = f"{trace.channel} at {t}: {v} (quality {q}), but {stands[0]} (quality {stands[1]}) stands there"
                one.flaws.append(Flaw(Refusal.CONFLICT, text))
        return right, new


def _table(trace: Trace) -> Table:
    return dict(zip(trace.t, zip(trace.v, trace.q, strict=True), strict=True))


def _empty(channel: str) -> Trace:
    return Trace(channel, [], [], [])


def _append(trace: Trace, t: int, v: float | None, q: int) -> None:
    trace.t.append(t)
    trace.v.append(v)
    trace.q.append(q)
