"""A compartment from–to, however long: whole days from their rows, everything else from readings.

window ─┬─ whole days that have a row and are not doubted ─► rows ─┐
        ├─ its edges, today, days without a row ─► readings ───────┼─► sum
        └─ silence, if need be of decades, as one stretch ─────────┘

What it costs follows from how much was said and how often doses moved, never from the calendar.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coldchain.archive.db import Archive
from coldchain.archive.exposure import days
from coldchain.exposure import DAY, Exposure, total
from coldchain.ledger import raw
from coldchain.ledger.raw import Window
from coldchain.series import Series


@dataclass(frozen=True, slots=True)
class Rows:
    """Whole days of a compartment that have a row which nobody doubts, in time."""

    days: Sequence[int] = ()
    went: Sequence[Exposure] = ()

    def within(self, start: int, end: int) -> slice:
        """Which of them lie wholly in [start, end)."""
        return slice(bisect_left(self.days, start), bisect_left(self.days, end - DAY + 1))

    def of(self, day: int) -> Exposure | None:
        """The row of one day."""
        at = bisect_left(self.days, day)
        return self.went[at] if at < len(self.days) and self.days[at] == day else None


NONE = Rows()


async def went_through(
    archive: Archive, series: Series, windows: Sequence[Window], rows: Mapping[int, Rows] | None = None
) -> list[Exposure]:
    """What each window comes to, in order.

    Args:
        archive: where rows, probes and evidence are.
        series: where readings are.
        windows: of any length.
        rows: those of these windows by compartment; None looks them up, and without any all comes from readings.
    """
    rows = await rows_of(archive, windows) if rows is None else rows
    missing = [list(without(window, rows.get(window.compartment, NONE))) for window in windows]
    known = await from_readings(archive, series, {part for its in missing for part in its})
    return [
        total([*_whole(window, rows), *(known[part] for part in its)])
        for window, its in zip(windows, missing, strict=True)
    ]


async def rows_of(archive: Archive, windows: Iterable[Window]) -> dict[int, Rows]:
    """By compartment, the rows of all whole days that these windows touch; each is read once."""
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for window in windows:
        spans[window.compartment].append((window.start - window.start % DAY, -(-window.end // DAY) * DAY))
    apart = [(room, *span) for room, its in spans.items() for span in _apart(its)]
    async with archive.reading() as tx:
        doubted = await days.doubted(tx, spans)
        found = await days.of_spans(tx, apart)
    return {room: _rows(its, {day for where, day in doubted if where == room}) for room, its in found.items()}


def without(window: Window, rows: Rows) -> Iterator[Window]:
    """What of a window is in no row: its edges, and every stretch of days that nobody wrote down."""
    at = window.start
    for day in rows.days[rows.within(window.start, window.end)]:
        if at < day:
            yield Window(window.compartment, at, day)
        at = day + DAY
    if at < window.end:
        yield Window(window.compartment, at, window.end)


async def from_readings(archive: Archive, series: Series, windows: Iterable[Window]) -> dict[Window, Exposure]:
    """Each of these from readings, however long."""
    its = sorted(windows)
    parts = await raw.parted(archive, series, its)
    wanted = sorted({part for some in parts for part in some})
    known = dict(zip(wanted, await raw.went_through(archive, series, wanted), strict=True))
    return {window: total(known[part] for part in some) for window, some in zip(its, parts, strict=True)}


def _whole(window: Window, rows: Mapping[int, Rows]) -> Sequence[Exposure]:
    its = rows.get(window.compartment, NONE)
    return its.went[its.within(window.start, window.end)]


def _apart(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The same time, none of it twice."""
    until = None
    for start, end in sorted(spans):
        first = start if until is None else max(start, until)
        if first < end:
            yield first, end
            until = end


def _rows(its: Mapping[int, Exposure], doubted: Collection[int]) -> Rows:
    kept = sorted(day for day in its if day not in doubted)
    return Rows(kept, [its[day] for day in kept])
