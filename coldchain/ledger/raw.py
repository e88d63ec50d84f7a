"""What stood in compartments from–to went through, from readings; after: archive and series; before: stays, the ledger.

windows ─► probes that hung there ─► their readings, and the gap beyond both ends ─► exposure
   └─ time that no probe knows ─► what people vouch for
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from coldchain.archive.db import Archive
from coldchain.archive.exposure import evidence, ground
from coldchain.archive.exposure.ground import Probe
from coldchain.exposure import DAY, Exposure, Line, exposure
from coldchain.reading import Trace
from coldchain.series import Series, Span

AT_ONCE: Final = 8  # windows of which readings are read together


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
    """Each window by itself, in order; give windows of a day at most, for the readings of each are held in memory."""
    found: list[Exposure] = []
    for at in range(0, len(windows), AT_ONCE):
        found += await _together(archive, series, windows[at : at + AT_ONCE])
    return found


async def _together(archive: Archive, series: Series, windows: Sequence[Window]) -> list[Exposure]:
    start, end = min(window.start for window in windows), max(window.end for window in windows)
    async with archive.reading() as tx:
        there = await ground.probes_in(tx, {window.compartment for window in windows}, start, end)
    probes = [[probe for probe in there.get(w.compartment, ()) if probe.is_there(w.start, w.end)] for w in windows]
    lines = await _lines(series, windows, probes)
    found = []
    for window, its in zip(windows, lines, strict=True):
        found.append(exposure(its, window.start, window.end))
        await asyncio.sleep(0)  # whoever decides comes first
    unknown = {at: windows[at] for at, each in enumerate(found) if each.unknown_ms}
    for at, each in (await _vouched(archive, unknown, lines)).items():
        found[at] = each
    return found


async def _lines(series: Series, windows: Sequence[Window], probes: Sequence[Sequence[Probe]]) -> list[list[Line]]:
    """The readings of all probes of all windows, by few questions."""
    spans = []
    for window, its in zip(windows, probes, strict=True):
        reach = max((probe.gap_ms for probe in its), default=0)
        spans += [_span(probe, window, reach) for probe in its]
    traces: Iterator[Trace] = iter(await series.read_spans(spans) if spans else ())
    return [[Line(next(traces), probe.gap_ms) for probe in its] for its in probes]


def _span(probe: Probe, window: Window, reach: int) -> Span:
    until = window.end + reach + 1
    return Span(
        probe.channel, max(probe.start, window.start - reach), until if probe.end is None else min(probe.end, until)
    )


async def _vouched(
    archive: Archive, unknown: Mapping[int, Window], lines: Sequence[Sequence[Line]]
) -> dict[int, Exposure]:
    """The windows in which something is unknown once more, with what people vouch for, where they do."""
    if not unknown:
        return {}
    async with archive.reading() as tx:
        said = {at: await evidence.spans(tx, w.compartment, w.start, w.end) for at, w in unknown.items()}
    return {at: exposure(lines[at], unknown[at].start, unknown[at].end, each) for at, each in said.items() if each}
