"""What stood in compartments on these days went through; after: due; before: the archive's `exposure_day`.

channels' days ─► compartments where they hung ─► all probes' readings ─► rows, written whole
"""

from collections.abc import Sequence

from alerting.ledger.days import DAY_MS, ChannelDay
from coldchain.archive.db import Archive, Tx
from coldchain.archive.exposure import days as kept
from coldchain.archive.exposure import ground
from coldchain.ledger import raw
from coldchain.ledger.raw import Window
from coldchain.series import Series


async def build(archive: Archive, series: Series, days: Sequence[ChannelDay], at: int) -> None:
    """Write the rows of all compartments that these days concern, by what is known now; `at` is domain time."""
    async with archive.reading() as tx:
        windows = await _windows(tx, days)
    if not windows:
        return
    found = await raw.went_through(archive, series, windows)
    rows = {(window.compartment, window.start): each for window, each in zip(windows, found, strict=True)}
    async with archive.writing() as tx:
        await kept.put(tx, rows, at)


async def _windows(tx: Tx, days: Sequence[ChannelDay]) -> list[Window]:
    """The days of the compartments in which the channels hung then, or were thought to when a row was written."""
    rooms = await ground.rooms_of(tx, {day.channel for day in days})
    asked = {(room, day.day) for day in days for room in rooms.get(day.channel, ())}
    if not asked:
        return []
    first, last = min(day for _, day in asked), max(day for _, day in asked) + DAY_MS
    probes = await ground.probes_in(tx, {room for room, _ in asked}, first, last)
    watched = {(room, day) for room, day in asked if any(p.is_there(day, day + DAY_MS) for p in probes.get(room, ()))}
    wanted = watched | await kept.there(tx, asked - watched)
    return [Window(room, day, day + DAY_MS) for room, day in sorted(wanted)]
