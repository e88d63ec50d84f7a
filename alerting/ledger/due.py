"""Which channels' days must have their books made: from both journals, by cursors of our own; before: loop.

    arrivals ─► the days of their readings ────┐
    changes ──► the days of what they doubt ───┴─► ledger_day, with the cursors in one transaction ─► ready ─► made

A past day is ready at once, today's an hour after its end. A reading near midnight also tells what was on the other side.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from alerting.ledger.days import DAY_MS, ChannelDay, day_of
from alerting.shift import whole
from coldchain.archive import journal
from coldchain.archive.db import Archive, Tx
from coldchain.archive.exposure import days as kept
from coldchain.archive.exposure import ground
from coldchain.archive.journal import CHANGES, Change, Fence
from coldchain.ledger import raw
from coldchain.series import Series
from coldchain.wire import Arrival, ArrivedBatch

READER: Final = "ledger"
GRACE_MS: Final = 3_600_000  # after a day's end: what was on its way has come
LINES: Final = 500  # of one collector and shard at once
SLICE: Final = 32  # days whose books are made together
LONGEST_DAYS: Final = 40  # a batch that spans more is looked into
USUAL_GAP_MS: Final = 180_000  # of a channel that is assigned nowhere
Key = tuple[str, int]

# Changes that concern what was judged, or which doses were where, and not what was measured in a compartment.
JUDGED_ONLY: Final = frozenset(
    {
        "movement", "lot", "vaccine", "rule_pack", "site_rules", "rule_choice", "occasion", "session_hours", "buffer",
        "equipment", "compartment", "compartment_use",
    }
)  # fmt: skip


class Due:
    """How far the journals have been followed; which days are waiting stands in the archive."""

    def __init__(self, archive: Archive, series: Series) -> None:
        self._archive = archive
        self._series = series
        self._cursors: dict[Key, int] = {}
        self._changes = 0
        self._gaps: dict[str, int] = {}
        self._open: set[ChannelDay] = set()  # days not over yet that are marked already
        self._aside: set[ChannelDay] = set()  # days that nobody could make

    async def start(self) -> None:
        """Learn from the archive how far we had come."""
        async with self._archive.reading() as tx:
            cursors = await journal.cursors(tx, READER)
            self._gaps = await ground.gaps(tx)
        self._changes = cursors.pop((CHANGES, 0), 0)
        self._cursors = cursors
        self._open.clear()
        self._aside.clear()

    async def follow(self, fence: Fence, at: int) -> None:
        """Mark what both journals say beyond our cursors; `at` is domain time."""
        while await self._arrivals(fence, at):
            pass
        while await self._corrections(fence, at):
            pass

    async def ready(self, at: int) -> list[ChannelDay]:
        """Some days whose books can be made now, the newest first."""
        async with self._archive.reading() as tx:
            found = await kept.waiting(tx, at - GRACE_MS - DAY_MS + 1, SLICE + len(self._aside))
        return [day for each in found if (day := ChannelDay(*each)) not in self._aside][:SLICE]

    async def made(self, days: Iterable[ChannelDay], fence: Fence) -> None:
        """The books of these days are made."""
        async with self._archive.writing() as tx:
            await journal.check_fence(tx, fence)
            await kept.done(tx, [(day.channel, day.day) for day in days])
        self._open.difference_update(days)

    def set_aside(self, days: Iterable[ChannelDay]) -> None:
        """Nobody could make the books of these days: they wait until we begin anew."""
        self._aside.update(days)

    async def _arrivals(self, fence: Fence, at: int) -> bool:
        """One round through the shards; False when nothing was left."""
        heads = await self._series.heads()
        behind = sorted(key for key, head in heads.items() if head > self._cursors.get(key, 0))
        lines: list[Arrival] = []
        for key in behind:
            lines += await self._series.arrivals(*key, self._cursors.get(key, 0), LINES)
            await asyncio.sleep(0)  # whoever decides comes first
        if not lines:
            return False
        cursors: dict[Key, int] = {(line.collector, line.shard): line.position for line in lines}
        days = {day for line in lines for batch in line.batches for day in await self._days_of(batch)}
        await whole(self._mark(days, cursors, fence, at))
        self._cursors |= cursors
        return True

    async def _days_of(self, batch: ArrivedBatch) -> set[ChannelDay]:
        if batch.last - batch.first <= LONGEST_DAYS * DAY_MS:
            return {day for channel in batch.channels for day in self._days(channel, batch.first, batch.last)}
        found: set[ChannelDay] = set()
        for channel in batch.channels:
            trace = await self._series.read(channel, batch.first, batch.last + 1)
            found.update(day for time in trace.t for day in self._days(channel, time, time))
        return found

    def _days(self, channel: str, first: int, last: int) -> list[ChannelDay]:
        """The days about which readings of first … last tell something."""
        gap = self._gaps.get(channel, USUAL_GAP_MS)
        return [ChannelDay(channel, day) for day in range(day_of(first - gap), day_of(last + gap) + 1, DAY_MS)]

    async def _corrections(self, fence: Fence, at: int) -> bool:
        async with self._archive.reading() as tx:
            changes = await journal.changes_after(tx, self._changes)
            doubted = [change for change in changes if change.entity not in JUDGED_ONLY]
            spans = [span for change in doubted for span in await _spans(tx, change, at)]
            written = {each for span in spans for each in await kept.written(tx, *span)}
            if any(change.entity == "assignment" for change in changes):
                self._gaps = await ground.gaps(tx)
        if not changes:
            return False
        days = {day for span in spans for day in await self._spoken(*span)}
        days |= {ChannelDay(*each) for each in written}
        await whole(self._mark(days, {(CHANGES, 0): changes[-1].id}, fence, at))
        self._changes = changes[-1].id
        return True

    async def _spoken(self, channel: str, start: int, end: int) -> set[ChannelDay]:
        """The days that [start, end) touches of which its readings tell something."""
        gap = self._gaps.get(channel, USUAL_GAP_MS)
        return {ChannelDay(channel, day) for day in await raw.spoken(self._series, channel, start, end, gap)}

    async def _mark(self, days: set[ChannelDay], cursors: dict[Key, int], fence: Fence, at: int) -> None:
        new = days - self._open
        async with self._archive.writing() as tx:
            await journal.check_fence(tx, fence)
            await kept.mark(tx, [(day.channel, day.day) for day in new])
            await journal.set_cursors(tx, READER, cursors)
        self._open |= {day for day in new if day.end + GRACE_MS > at}


async def _spans(tx: Tx, change: Change, at: int) -> Sequence[tuple[str, int, int]]:
    """The channels that a change names, or that measured the compartment it names, from when to when."""
    start = 0 if change.start is None else max(0, change.start)
    end = at if change.end is None else min(change.end, at)
    if change.channel is not None:
        return [(change.channel, start, end)]
    if change.compartment is None:
        return []
    there = await ground.channels_in(tx, change.compartment, start, end)
    return [(channel, max(start, since), end if until is None else min(end, until)) for channel, since, until in there]
