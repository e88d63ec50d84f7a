"""Whether somebody has yet to read what has arrived: what is put together now would lack readings that are stored already.

arrival journal's heads ─► beyond the cursors of who judges and who keeps the books? ─► does it name one of these channels?
"""

from collections.abc import Collection
from typing import Final

from coldchain.archive import journal
from coldchain.archive.db import Archive
from coldchain.archive.exposure import days
from coldchain.exposure import DAY
from coldchain.reading import ChannelName
from coldchain.series import Series
from coldchain.wire import ArrivedBatch, shard_of

BOOKS: Final = "ledger"  # the reader that keeps the books, as which it keeps its cursors
LINES: Final = 500  # of one collector and shard at once
Batches = list[ArrivedBatch]


async def unread(archive: Archive, series: Series, reader: str, channels: Collection[str]) -> Batches:
    """The batches with readings of these channels that have arrived and that a reader has not come to."""
    shards = {shard_of(ChannelName.parse(channel).gateway) for channel in channels}
    heads = await series.heads()
    async with archive.reading() as tx:
        cursors = await journal.cursors(tx, reader)
    found: Batches = []
    for key, head in sorted(heads.items()):
        at = cursors.get(key, 0)
        while key[1] in shards and at < head:
            lines = await series.arrivals(*key, at, LINES)
            if not lines:
                break
            at = lines[-1].position
            found += [batch for line in lines for batch in line.batches if not set(channels).isdisjoint(batch.channels)]
    return found


async def is_unjudged(archive: Archive, series: Series, channels: Collection[str]) -> bool:
    """True while readings of these channels have arrived that were not judged."""
    return bool(await unread(archive, series, journal.ALERTING, channels))


async def is_unwritten(archive: Archive, series: Series, compartment: int, channels: Collection[str]) -> bool:
    """True while a day of the compartment stands in the books of exposure as it was before its last readings arrived."""
    batches = await unread(archive, series, BOOKS, channels)
    touched = {
        (compartment, day) for each in batches for day in range(each.first // DAY * DAY, each.last + 1, DAY)
    }  # fmt: skip
    async with archive.reading() as tx:
        return bool(await days.there(tx, touched))
