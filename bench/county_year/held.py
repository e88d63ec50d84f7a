"""The readings of one channel as far as they have arrived, held in memory: for `ours`, where a year must take seconds.

It answers the questions that judging asks of a time series, in the same words; `tests/bench/test_on_stores.py` asks the real one.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from coldchain.reading import Trace
from coldchain.series import Span


class Held:
    """Columns that rise in time. A (channel, time) is written once."""

    def __init__(self, channel: str) -> None:
        self._all = Trace(channel, [], [], [])

    def write(self, trace: Trace) -> None:
        """Keep what is new."""
        held = self._all
        if not held.t or trace.t[0] > held.t[-1]:
            held.t.extend(trace.t)
            held.v.extend(trace.v)
            held.q.extend(trace.q)
            return
        for time, value, code in zip(trace.t, trace.v, trace.q, strict=True):
            at = bisect_left(held.t, time)
            if at == len(held.t) or held.t[at] != time:
                held.t.insert(at, time)
                held.v.insert(at, value)
                held.q.insert(at, code)

    async def read(self, _channel: str, start: int, end: int, *, limit: int | None = None) -> Trace:
        """[start, end)."""
        first, stop = bisect_left(self._all.t, start), bisect_left(self._all.t, end)
        return self._part(first, stop if limit is None else min(stop, first + limit))

    async def read_spans(self, spans: Sequence[Span]) -> list[Trace]:
        """`read` of several."""
        return [await self.read(span.channel, span.start, span.end) for span in spans]

    async def before(self, _channel: str, time: int, count: int = 1) -> Trace:
        """The last `count` strictly before."""
        stop = bisect_left(self._all.t, time)
        return self._part(max(0, stop - count), stop)

    async def before_each(self, times: Mapping[str, int], count: int = 1) -> dict[str, Trace]:
        """`before` of several."""
        return {channel: await self.before(channel, time, count) for channel, time in times.items()}

    async def after(self, _channel: str, time: int, count: int = 1) -> Trace:
        """The first `count` at or after."""
        first = bisect_left(self._all.t, time)
        return self._part(first, first + count)

    def _part(self, first: int, stop: int) -> Trace:
        held = self._all
        return Trace(held.channel, held.t[first:stop], held.v[first:stop], held.q[first:stop])
