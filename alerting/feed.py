"""What has become known: from the collector's feed while it continues our cursors, else from the arrival journal.

    feed message ──continues, newer than its channels' newest──► chunk with its readings
         └─anything else, and every 10 s─► heads of the journal ─► lines behind each cursor ─► chunks
    change journal ─► chunk of corrections

The feed is a hint and may be lost; the journal finds what it hid. Nothing else discovers data.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from heapq import merge
from itertools import pairwise

from alerting.decide import Chunk, Key
from alerting.excursion.stretch import Stretch
from alerting.judge import Judge, Touch
from alerting.timelines import Timelines
from alerting.windows import Span, calm_after
from coldchain.archive import cases, journal, views
from coldchain.archive.db import Archive
from coldchain.archive.journal import CHANGES, Change
from coldchain.errors import BadInput
from coldchain.reading import ChannelName, Trace
from coldchain.series import Series
from coldchain.wire import Arrival, Feed, traces_of

LINES = 200  # of one collector and shard in a chunk
AT_ONCE = 100  # series of feed messages in a chunk, while more are waiting
MOST_WAITING = 5000
START = ("start",)  # what the settings and files say may be otherwise than before …
PLANNED = ("planned",)  # … and what was to change by now has changed
SLICE_MS = 31 * 86_400_000  # of a channel's readings at least, judged again at once, and on to calm …
SLICES = 8  # … and so many of these in one transaction


@dataclass(frozen=True, slots=True)
class Source:
    """Where journals are read."""

    archive: Archive
    series: Series
    timelines: Timelines


class Inbox:
    """Feed messages that wait to be decided about. Beyond the bound they are dropped: the sweep finds what they said."""

    def __init__(self) -> None:
        self._waiting: deque[Feed] = deque()
        self._came = asyncio.Event()

    def put(self, feed: Feed) -> None:
        """One more."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(feed)
            self._came.set()

    @property
    def is_waiting(self) -> bool:
        """True while messages wait."""
        return bool(self._waiting)

    async def take(self, seconds: float) -> list[Feed]:
        """Those that wait, the first first, up to `AT_ONCE` series: of a burst the first is told before the last is decided.

        After `seconds` (real) none.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._came.wait()
        feeds: list[Feed] = []
        count = 0
        while self._waiting and count < AT_ONCE:
            feeds.append(self._waiting.popleft())
            count += len(feeds[-1].series or ())
        if not self._waiting:
            self._came.clear()
        return feeds


class Follower:
    """How far the journals have been followed."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._cursors: dict[Key, int] = {}
        self._changes = 0

    async def start(self, judge: Judge) -> None:
        """Learn from the archive how far we had come; the judge begins anew from there."""
        async with self._source.archive.reading() as tx:
            cursors = await journal.cursors(tx, journal.ALERTING)
            heard = await journal.newest_heard(tx)
        self._changes = cursors.pop((CHANGES, 0), 0)
        self._cursors = cursors
        judge.start(heard, is_new=not cursors)

    def moved(self, chunk: Chunk) -> None:
        """The chunk is in the archive."""
        for key, position in chunk.cursors.items():
            if key == (CHANGES, 0):
                self._changes = position
            else:
                self._cursors[key] = position

    def take(self, feeds: Iterable[Feed], goes_on: Callable[[str, int], bool]) -> tuple[Chunk, bool]:
        """Turn feed messages into a chunk, as far as they can be judged as they are.

        Args:
            feeds: in the order in which they came.
            goes_on: is a channel's reading of this time newer than all that was judged of it?

        Returns:
            The chunk, and whether the journal must be read for the rest.
        """
        touches: list[Touch] = []
        cursors: dict[Key, int] = {}
        newest: dict[str, int] = {}
        is_broken: set[Key] = set()
        for feed in feeds:
            key = (feed.collector, feed.shard)
            at = cursors.get(key, self._cursors.get(key, 0))
            if key in is_broken or feed.position <= at:
                continue
            traces = _traces(feed) if feed.previous == at else None
            if traces is None or not all(_continues(t, newest, goes_on) for t in traces):
                is_broken.add(key)
                continue
            newest |= {trace.channel: trace.t[-1] for trace in traces}
            touches += [Touch(trace.channel, Span(trace.t[0], trace.t[-1]), trace) for trace in traces]
            cursors[key] = feed.position
        return Chunk(touches, cursors), bool(is_broken)

    async def heads(self) -> dict[Key, int]:
        """Where the arrival journals end now."""
        return dict(await self._source.series.heads())

    def behind(self, heads: Mapping[Key, int]) -> list[Key]:
        """The journals of which we have not come so far."""
        return sorted(key for key, head in heads.items() if head > self._cursors.get(key, 0))

    async def catch_up(self, heads: Mapping[Key, int] | None = None) -> AsyncIterator[Chunk]:
        """What stands in the arrival journal behind our cursors, in chunks; tell `moved` before asking for the next.

        It ends where the journal ended when it began, or at these heads: what arrives meanwhile the feed says, which waits.
        Whoever read on until nothing is left would never come back to it while readings flow.
        """
        heads = await self.heads() if heads is None else heads
        while behind := self.behind(heads):
            lines = [await self._lines(key) for key in behind]
            arrivals = list(merge(*lines, key=lambda arrival: arrival.position))
            if not arrivals:
                return
            cursors = {(a.collector, a.shard): a.position for a in arrivals}
            is_last = all(cursors.get(key, 0) >= heads[key] for key in behind)
            yield Chunk([touch for arrival in arrivals for touch in _touches(arrival)], cursors, is_last)

    async def _lines(self, key: Key) -> list[Arrival]:
        return await self._source.series.arrivals(*key, self._cursors.get(key, 0), LINES)

    async def opened(self) -> Chunk:
        """After a start: what is open is looked at once more, in case it ended while nobody was there to see it."""
        async with self._source.archive.reading() as tx:
            spans = [(row.channel, Span(row.last_bad, row.last_bad)) for row in await views.open_excursions(tx)]
        return Chunk(_merged([Touch(channel, span, is_correction=True, configured=START) for channel, span in spans]))

    def elapsed(self, judge: Judge, newest: Callable[[str], int | None], at: int) -> Chunk:
        """Channels of which it was known that something would change by now, such as a probe that was to be moved today."""
        touches = []
        for channel, time in self._source.timelines.reach(at).items():
            judge.forget(channel)
            last = newest(channel)
            if last is not None:
                span = Span(min(time, last), last)
                touches.append(Touch(channel, span, is_correction=True, configured=PLANNED))
        return Chunk(touches)

    async def corrections(self, judge: Judge, newest: Callable[[str], int | None]) -> AsyncIterator[Chunk]:
        """What people have corrected since: channels and spans to be judged again; tell `moved` after each chunk.

        A correction may reach years back, so it comes in slices, and the cursor only with the last: a crash in between
        judges some slices twice, to the same end.

        Args:
            judge: forgets what it remembers of the channels, so that they go on by what is so now.
            newest: the newest reading of a channel that was judged; nothing later is judged again.
        """
        while changes := await self._changed():
            doubted = await self._doubted(changes, newest)
            for touch in doubted:
                judge.forget(touch.channel)
            cursor = {(CHANGES, 0): changes[-1].id}
            pieces, rest = await self._slices(doubted)
            while rest:
                yield Chunk(pieces, is_last=False)
                pieces, rest = await self._slices(rest)
            yield Chunk(pieces, cursor)

    async def _changed(self) -> list[Change]:
        async with self._source.archive.reading() as tx:
            return await journal.changes_after(tx, self._changes)

    async def _doubted(self, changes: Sequence[Change], newest: Callable[[str], int | None]) -> list[Touch]:
        touches: list[Touch] = []
        async with self._source.archive.reading() as tx:
            named = {change.channel for change in changes if change.channel is not None}
            for channel in named:
                self._source.timelines.forget(channel)
            await self._source.timelines.read(tx, named)
            for change in changes:
                if change.channel is not None:
                    touches += _corrected(change, newest, self._source.timelines[change.channel].stretches)
                if change.compartment is not None and change.start is not None:
                    for case in await cases.concerning(tx, change.compartment, change.start, change.end):
                        span = Span(case.facts.first_bad, case.facts.last_bad)
                        touches.append(Touch(case.channel, span, is_correction=True, configured=_configured(change)))
        return _merged(touches)

    async def _slices(self, corrections: Sequence[Touch]) -> tuple[list[Touch], Sequence[Touch]]:
        """What is judged again in one transaction, and what is left for the next."""
        pieces: list[Touch] = []
        waiting = deque(corrections)
        while waiting and len(pieces) < SLICES:
            piece, rest = await self._cut(waiting.popleft())
            pieces.append(piece)
            if rest is not None:
                waiting.appendleft(rest)
        return pieces, waiting

    async def _cut(self, correction: Touch) -> tuple[Touch, Touch | None]:
        """Cut a piece off a long correction, up to calm: what began in it is not judged again with the next.

        Each piece is judged from calm to calm, and they leave nothing out, so together they judge what the whole would.
        """
        channel, span = correction.channel, correction.span
        if span.last - span.first < SLICE_MS:
            return correction, None
        spoken = await self._source.series.after(channel, span.first, 1)
        first = min(spoken.t[0], span.last) if spoken.t else span.last
        calm = await self._calm_after(channel, Span(first + SLICE_MS, span.last))
        if calm is None:
            return replace(correction, span=Span(first, span.last)), None
        piece, rest = Span(first, calm - 1), Span(calm, span.last)
        return replace(correction, span=piece), replace(correction, span=rest)

    async def _calm_after(self, channel: str, span: Span) -> int | None:
        if span.first > span.last:
            return None
        async with self._source.archive.reading() as tx:
            await self._source.timelines.read(tx, [channel])
        stretches = self._source.timelines[channel].stretches
        return await calm_after(self._source.series, channel, span.first, stretches, span.last)


def _corrected(change: Change, newest: Callable[[str], int | None], stretches: Sequence[Stretch]) -> Sequence[Touch]:
    """A channel from when to when; a channel that never spoke has nothing to be judged again."""
    assert change.channel is not None
    last = newest(change.channel)
    if last is None:
        return []
    first = 0 if change.start is None else change.start
    last = last if change.end is None else min(last, _reach(change.end, stretches))
    # A correction from after the newest reading on still ends the stretch that this reading stands in.
    span = Span(min(first, last), last)
    return [Touch(change.channel, span, is_correction=True, configured=_configured(change))]


def _configured(change: Change) -> tuple[str, ...]:
    return (change.name,) if change.is_configuration else ()


def _reach(end: int, stretches: Sequence[Stretch]) -> int:
    """Up to when a correction reaches that ends at `end`.

    A sum that is in force by then may begin there now, or have begun there before, so that for as long as it stays in
    force it counts over other periods, and what is calm in the new ones is not in the old. Anything else that begins
    anew is calm again with readings that would prove it either way.
    """
    in_force = next((s.in_force for s in stretches if s.start <= end < s.end), ())
    return max([end, *(force.until - 1 for force in in_force if force.rule.is_sum)])


def _merged(corrections: Sequence[Touch]) -> list[Touch]:
    """The same with what overlaps made one: a window is judged once, however many entries name it."""
    merged: list[Touch] = []
    for touch in sorted(corrections, key=lambda touch: (touch.channel, touch.span.first)):
        last = merged[-1] if merged else None
        if last and last.channel == touch.channel and last.span.meets(touch.span):
            span = Span(last.span.first, max(last.span.last, touch.span.last))
            configured = tuple(dict.fromkeys([*last.configured, *touch.configured]))
            merged[-1] = Touch(touch.channel, span, is_correction=True, configured=configured)
        else:
            merged.append(touch)
    return merged


def _traces(feed: Feed) -> list[Trace] | None:
    """The readings of a feed message; None when it has none of its own, or they cannot be read."""
    if feed.series is None:
        return None
    try:
        return [trace for trace in traces_of(feed.series) if trace.t]
    except BadInput:
        return None


def _continues(trace: Trace, newest: dict[str, int], goes_on: Callable[[str, int], bool]) -> bool:
    """True when the trace rises and is newer than all before it."""
    if any(later <= earlier for earlier, later in pairwise(trace.t)):
        return False
    known = newest.get(trace.channel)
    return trace.t[0] > known if known is not None else goes_on(trace.channel, trace.t[0])


def _touches(arrival: Arrival) -> list[Touch]:
    """One touch per batch and channel, in the order of the journal."""
    return [
        Touch(channel, Span(batch.first, batch.last))
        for batch in arrival.batches
        for channel in batch.channels
        if _is_channel(channel)
    ]


def _is_channel(name: str) -> bool:
    try:
        ChannelName.parse(name)
    except BadInput:
        return False
    return True
