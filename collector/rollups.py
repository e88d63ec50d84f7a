"""Hours and days, recomputed whole from raw readings for what the arrival journal says was touched.

One collector of a site owns them. Its cursors stand in the series' marks, `rollups/{collector}/{shard}`, and move after
the rollups are written: a restart recomputes some, with the same result.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator

from coldchain.errors import Refused, Unavailable
from coldchain.reading import Trace
from coldchain.series import DAY, HOUR, Series, Span
from coldchain.wire import Arrival
from collector import known

log = logging.getLogger(__name__)

MARK = "rollups/{}/{}"
LINES = 50  # of the journal at once: a line is at most 48 KiB
LONG = 14 * DAY  # read at once, of all channels together; one longer span may hold years and is read in pages
PAGE = 20_000  # readings

Touched = dict[str, list[tuple[int, int]]]  # per channel the stretches of whole hours, [start, end)


async def keep_rolling(series: Series, every_s: float) -> None:
    """Roll up what arrived, for ever."""
    while True:
        try:
            while await roll_up(series):
                pass
        except (Unavailable, Refused) as error:
            log.warning("rollups wait: %s", error)
        await asyncio.sleep(every_s)


async def roll_up(series: Series) -> bool:
    """Recompute what the next journal lines touched; False when there was nothing."""
    marks = await series.marks()
    moved: dict[str, int] = {}
    touched: Touched = {}
    for (collector, shard), head in (await series.heads()).items():
        mark = MARK.format(collector, shard)
        if head > marks.get(mark, 0):
            lines = await series.arrivals(collector, shard, marks.get(mark, 0), LINES)
            _touch(touched, lines)
            moved[mark] = lines[-1].position if lines else head
    if moved:
        await _recompute(series, touched)
        await series.set_marks(moved)
    return bool(moved)


def _touch(touched: Touched, lines: Iterable[Arrival]) -> None:
    for line in lines:
        for batch in line.batches:
            for channel in batch.channels:
                stretch = (batch.first // HOUR * HOUR, (batch.last // HOUR + 1) * HOUR)
                touched[channel] = _merged([*touched.get(channel, []), stretch])


def _merged(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same stretches, rising, those that meet made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


async def _recompute(series: Series, touched: Touched) -> None:
    spans = [Span(channel, *stretch) for channel, stretches in touched.items() for stretch in stretches]
    for few in _split([span for span in spans if span.end - span.start <= LONG]):
        await _write_hours(series, await series.read_spans(few))
    for span in spans:
        if span.end - span.start > LONG:
            async for page in _pages(series, span):
                await _write_hours(series, [page])
    await _recompute_days(series, touched)


async def _write_hours(series: Series, traces: Iterable[Trace]) -> None:
    hourly = [hour for trace in traces for hour in known.hours(trace)]
    if hourly:
        await series.write_rollups(hourly, HOUR)


async def _pages(series: Series, span: Span) -> AsyncIterator[Trace]:
    """The readings of a long span, each page of whole hours."""
    start = span.start
    while True:
        page = await series.read(span.channel, start, span.end, limit=PAGE)
        if len(page) < PAGE:
            yield page
            return
        cut = page.t[-1] // HOUR * HOUR  # this hour may go on
        if cut <= start:
            cut = start + HOUR
            page = await series.read(span.channel, start, cut)
        whole = sum(t < cut for t in page.t)
        yield Trace(page.channel, page.t[:whole], page.v[:whole], page.q[:whole])
        start = cut


async def _recompute_days(series: Series, touched: Touched) -> None:
    spans = [
        Span(channel, start, end)
        for channel, stretches in touched.items()
        for start, end in _merged((start // DAY * DAY, -(-end // DAY) * DAY) for start, end in stretches)
    ]
    for few in _split(spans):
        daily = [day for hourly in await series.rollup_spans(few, HOUR) for day in known.days(hourly)]
        if daily:
            await series.write_rollups(daily, DAY)


def _split(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """The spans in groups that are together not much longer than LONG."""
    group: list[Span] = []
    length = 0
    for span in spans:
        if group and length + span.end - span.start > LONG:
            yield group
            group, length = [], 0
        group.append(span)
        length += span.end - span.start
    if group:
        yield group
