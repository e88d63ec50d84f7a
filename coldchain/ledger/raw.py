"""What stood in compartments from–to went through, from readings; after: archive and series; before: stays, the ledger.

windows ─► probes that hung there ─► their readings, and the gap beyond both ends ─► exposure
   └─ time that no probe knows ─► what people vouch for
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from coldchain.archive.db import Archive
from coldchain.archive.exposure import evidence, ground
from coldchain.archive.exposure.ground import Probe
from coldchain.exposure import DAY, Exposure, Line, Vouched, exposure
from coldchain.reading import Trace
from coldchain.series import Series, Span

AT_ONCE: Final = 8  # windows of which readings are read together
NEAR_MS: Final = 14 * DAY  # what is vouched for within so much is read at once
FEW_DAYS: Final = 2  # so many are read without asking first whether anything was said

Probes = Mapping[int, Sequence[Probe]]


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A compartment in [start, end), ms UTC."""

    compartment: int
    start: int
    end: int

    def days(self) -> Iterator["Window"]:
        """The same in parts, none of more than one UTC day."""
        at = self.start
        while at < self.end:
            until = min(self.end, at - at % DAY + DAY)
            yield Window(self.compartment, at, until)
            at = until


async def went_through(archive: Archive, series: Series, windows: Sequence[Window]) -> list[Exposure]:
    """Each window by itself, in order; give them as `parted` does, for the readings of each are held in memory."""
    if not windows:
        return []
    probes, vouched = await _ground(archive, windows)
    found: list[Exposure] = []
    for at in range(0, len(windows), AT_ONCE):
        some = windows[at : at + AT_ONCE]
        read = await _read(series, some, probes)
        its: list[Exposure] = []
        for window, lines in zip(some, read, strict=True):
            its.append(exposure(lines, window.start, window.end))
            await asyncio.sleep(0)  # whoever decides comes first
        unknown = [n for n, each in enumerate(its) if each.unknown_ms and some[n].compartment in vouched]
        said = await _said(archive, [some[n] for n in unknown])
        for n in unknown:
            if said[some[n]]:
                its[n] = exposure(read[n], some[n].start, some[n].end, said[some[n]])
                await asyncio.sleep(0)
        found += its
    return found


async def parted(archive: Archive, series: Series, windows: Sequence[Window]) -> list[list[Window]]:
    """Each window in days on which something was said, and stretches of silence however long, in time."""
    long = [window for window in windows if window.end - window.start > FEW_DAYS * DAY]
    probes: Probes = (await _ground(archive, long))[0] if long else {}
    found = []
    for window in windows:
        if window.end - window.start <= FEW_DAYS * DAY:
            found.append(list(window.days()))
            continue
        days: set[int] = set()
        for probe in probes.get(window.compartment, ()):
            if probe.is_there(window.start, window.end):
                days |= await _spoken_there(series, probe, window)
        found.append(list(_with_silence(window, sorted(days))))
    return found


async def spoken(series: Series, channel: str, start: int, end: int, gap_ms: int) -> set[int]:
    """The days that [start, end) touches and about which readings of a channel tell something, found by leaping."""
    first, last = _day(start), _day(max(start, end - 1))
    until = last + DAY + gap_ms
    found: set[int] = set()
    time = await _next(series, channel, first - gap_ms, until)
    while time is not None:
        day = _day(time)
        after = await _next(series, channel, day + DAY, until)
        if after is None or after >= day + 2 * DAY:  # silence follows: from when on?
            reached = (await series.before(channel, day + DAY, 1)).t[-1] + gap_ms
        else:
            reached = day
        found.update(range(_day(time - gap_ms), max(day, _day(reached)) + 1, DAY))
        time = after
    return {day for day in found if first <= day <= last}


async def _next(series: Series, channel: str, time: int, until: int) -> int | None:
    times = (await series.after(channel, time, 1)).t
    return times[0] if times and times[0] < until else None


def _day(time: int) -> int:
    return time - time % DAY


async def _spoken_there(series: Series, probe: Probe, window: Window) -> set[int]:
    start = max(probe.start, window.start)
    end = window.end if probe.end is None else min(probe.end, window.end)
    return await spoken(series, probe.channel, start, end, probe.gap_ms)


def _with_silence(window: Window, days: Sequence[int]) -> Iterator[Window]:
    at = window.start
    for day in days:
        start, end = max(window.start, day), min(window.end, day + DAY)
        if at < start:
            yield Window(window.compartment, at, start)
        yield Window(window.compartment, start, end)
        at = end
    if at < window.end:
        yield Window(window.compartment, at, window.end)


async def _ground(archive: Archive, windows: Sequence[Window]) -> tuple[Probes, set[int]]:
    """The probes that hung there, and the compartments of which people vouched for some of the time."""
    rooms = {window.compartment for window in windows}
    start, end = min(window.start for window in windows), max(window.end for window in windows)
    async with archive.reading() as tx:
        return await ground.probes_in(tx, rooms, start, end), await evidence.vouched_in(tx, rooms, start, end)


async def _read(series: Series, windows: Sequence[Window], probes: Probes) -> list[list[Line]]:
    """The readings of all probes of these windows, by few questions."""
    there = [[probe for probe in probes.get(w.compartment, ()) if probe.is_there(w.start, w.end)] for w in windows]
    spans = []
    for window, its in zip(windows, there, strict=True):
        reach = max((probe.gap_ms for probe in its), default=0)
        spans += [_span(probe, window, reach) for probe in its]
    traces: Iterator[Trace] = iter(await series.read_spans(spans) if spans else ())
    return [[Line(next(traces), probe.gap_ms) for probe in its] for its in there]


def _span(probe: Probe, window: Window, reach: int) -> Span:
    until = window.end + reach + 1
    return Span(
        probe.channel, max(probe.start, window.start - reach), until if probe.end is None else min(probe.end, until)
    )


async def _said(archive: Archive, windows: Sequence[Window]) -> dict[Window, list[Vouched]]:
    """What people vouch for in each of these; of windows that lie near each other it is asked once."""
    found: dict[Window, list[Vouched]] = {}
    if not windows:
        return found
    async with archive.reading() as tx:
        for room, its in _near(sorted(windows)):
            said = await evidence.spans(tx, room, its[0].start, max(each.end for each in its))
            for each in its:
                found[each] = [one for one in said if one.start < each.end and one.end > each.start]
    return found


def _near(windows: Sequence[Window]) -> Iterator[tuple[int, list[Window]]]:
    """Windows, in order, by compartment, those together that begin near to where the one before ends."""
    its = list(windows[:1])
    for before, window in pairwise(windows):
        if window.compartment != before.compartment or window.start - before.end > NEAR_MS:
            yield before.compartment, its
            its = []
        its.append(window)
    if its:
        yield its[0].compartment, its
