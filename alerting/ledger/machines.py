"""How machines ran on these days; after: due; before: the archive's `machine_day`, `spread_day`, `outage`.

    channels' days ─► equipment on which they hung ─► its readings ─┬─► duty, cycles, doors, mains, spread ─► a day's row
                                                                    └─► losses of mains ─► how long it held ─► a row each

A loss may have begun before a day and end after it: it is followed to both its ends, and asked about again while what it
warmed may still be cooling.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from alerting.ledger.cuts import RECOVERY_MS, Cut, Room, cuts_of, held_through, mean_mc, merged, worst
from alerting.ledger.days import DAY_MS, ChannelDay
from alerting.ledger.spread import spread_of
from alerting.ledger.states import LONGEST_PERIOD_MS, Points, Runs, joined, known_ms, points_of, runs_of, spans_of
from alerting.ledger.swings import runs_from
from alerting.ledger.together import Told, any_of
from coldchain.archive.db import Archive
from coldchain.archive.performance import days as kept
from coldchain.archive.performance.days import COMPRESSOR, NONE, TEMPERATURE, Day, Loss, SpreadOfDay
from coldchain.archive.performance.ground import Line, Machine, machines_of
from coldchain.reading import Quantity
from coldchain.series import Series, Span

PAGE: Final = 2000  # readings of a power channel at once, on the way to where a loss began or ended
FARTHEST_MS: Final = 60 * DAY_MS  # a loss is followed so far
AT_ONCE: Final = 16  # machines' days whose readings are in memory


@dataclass(frozen=True, slots=True)
class _Wanted:
    machine: Machine
    day: int

    @property
    def end(self) -> int:
        return self.day + DAY_MS


Heard = Mapping[tuple[str, int], Points]  # (channel, from when) → readings


async def build(archive: Archive, series: Series, days: Sequence[ChannelDay], at: int) -> None:
    """Write the rows of all machines that these days concern, by what is known now; `at` is domain time."""
    async with archive.reading() as tx:
        machines = await machines_of(tx, {each.channel for each in days})
        there = await kept.there(tx, {(machine.code, each.day) for machine in machines for each in days})
    wanted = list(_wanted(machines, days, there))
    for first in range(0, len(wanted), AT_ONCE):
        some = wanted[first : first + AT_ONCE]
        heard = await _read(series, some)
        found = [_day(each, heard) for each in some]
        new = [day for day in found if not day.is_empty or (day.equipment, day.day) in there]
        spreads = [spread for each in some for spread in _spreads(each, heard)]
        rooms = {(room, each.day) for each in some for room in each.machine.rooms}
        losses = [(each, await _losses(series, each, heard)) for each in some]
        async with archive.writing() as tx:
            await kept.put(tx, new, spreads, at)
            await kept.clear(tx, rooms - {(spread.compartment, spread.day) for spread in spreads}, at)
            for each, its in losses:
                await kept.put_losses(tx, each.machine.code, (each.day, each.end), its, at)


def _wanted(
    machines: Sequence[Machine], days: Sequence[ChannelDay], there: Collection[tuple[str, int]]
) -> Iterator[_Wanted]:
    """Each machine's days on which one of these channels told of it, or once did, as its row shows: it may hang elsewhere now."""
    by_channel: dict[str, set[int]] = defaultdict(set)
    for each in days:
        by_channel[each.channel].add(each.day)
    for machine in machines:
        its = {
            day
            for line in machine.lines
            for day in by_channel[line.channel]
            if (machine.code, day) in there or line.within(day, day + DAY_MS)
        }
        yield from (_Wanted(machine, day) for day in sorted(its))


def _window(line: Line, day: int) -> tuple[int, int] | None:
    """What must be read of a line for a day: what stands before it tells when it began, what stands behind it how it ended."""
    before = RECOVERY_MS if line.quantity is Quantity.POWER else LONGEST_PERIOD_MS
    return line.within(day - before - line.gap_ms, day + DAY_MS + line.gap_ms)


async def _read(series: Series, wanted: Sequence[_Wanted]) -> Heard:
    asked = [(line, each.day) for each in wanted for line in each.machine.lines]
    spans = [(line, day, window) for line, day in asked if (window := _window(line, day)) is not None]
    traces = await series.read_spans([Span(line.channel, *window) for line, _, window in spans])
    heard: dict[tuple[str, int], Points] = defaultdict(list)
    for (line, day, _), trace in zip(spans, traces, strict=True):
        heard[line.channel, day] += points_of(trace)
    for points in heard.values():
        points.sort()  # a probe that went from one piece to another is read for both
    return heard


def _points(line: Line, each: _Wanted, heard: Heard) -> Points:
    window = _window(line, each.day)
    if window is None:
        return []
    return _within(heard.get((line.channel, each.day), []), *window)


def _within(points: Points, start: int, end: int) -> Points:
    return points[bisect_left(points, (start,)) : bisect_left(points, (end,))]


def _runs(each: _Wanted, quantity: Quantity, heard: Heard) -> Runs:
    lines = each.machine.telling(quantity)
    return joined(runs_of(_points(line, each, heard), line.gap_ms, each.day, each.end) for line in lines)


def _told(each: _Wanted, quantity: Quantity, heard: Heard) -> list[Told]:
    found = [(line, line.within(each.day, each.end)) for line in each.machine.telling(quantity)]
    return [Told(_points(line, each, heard), line.gap_ms, *part) for line, part in found if part is not None]


def _day(each: _Wanted, heard: Heard) -> Day:
    basis, run = COMPRESSOR, _runs(each, Quantity.COMPRESSOR, heard)
    if not run.known_ms:
        swings = _swings(each, heard)
        basis, run = (NONE, Runs()) if swings is None else (TEMPERATURE, swings)
    open_ms, open_known_ms = any_of(_told(each, Quantity.DOOR, heard), bool, needs_all=True)
    out_ms, mains_known_ms = any_of(_told(each, Quantity.POWER, heard), lambda value: not value, needs_all=False)
    spans = [
        span
        for line in each.machine.telling(Quantity.TEMPERATURE)
        for span in spans_of(_points(line, each, heard), line.gap_ms)
    ]
    return Day(
        equipment=each.machine.code, day=each.day, known_ms=known_ms(spans, each.day, each.end),
        basis=basis, run_ms=run.on_ms, run_known_ms=run.known_ms, cycles=run.starts, periods=run.periods,
        period_ms=run.period_ms, open_ms=open_ms, open_known_ms=open_known_ms,
        openings=_runs(each, Quantity.DOOR, heard).starts, out_ms=out_ms, mains_known_ms=mains_known_ms,
    )  # fmt: skip


def _swings(each: _Wanted, heard: Heard) -> Runs | None:
    """By the probe whose temperature swings most often in a clear way."""
    lines = each.machine.telling(Quantity.TEMPERATURE)
    found = [runs_from(_points(line, each, heard), line.gap_ms, each.day, each.end) for line in lines]
    return max((runs for runs in found if runs is not None), key=lambda runs: runs.starts, default=None)


def _spreads(each: _Wanted, heard: Heard) -> Iterator[SpreadOfDay]:
    by_room: dict[int, list[tuple[Points, int]]] = defaultdict(list)
    for line in each.machine.telling(Quantity.TEMPERATURE):
        if line.compartment is not None:
            by_room[line.compartment].append((_points(line, each, heard), line.gap_ms))
    for compartment, probes in sorted(by_room.items()):
        spread = spread_of(probes, each.day, each.end)
        if spread is not None:
            yield SpreadOfDay(
                compartment=compartment, day=each.day, known_ms=spread.known_ms, low_mc=spread.low_mc,
                high_mc=spread.high_mc, mean_mc=spread.mean_mc, deviation_mc=spread.deviation_mc,
            )  # fmt: skip


async def _losses(series: Series, each: _Wanted, heard: Heard) -> list[Loss]:
    """The losses of mains that touch the day, and those of the day before, whose warmth the day may have seen leave."""
    cuts: list[Cut] = []
    for line in each.machine.telling(Quantity.POWER):
        points = _points(line, each, heard)
        if points:
            points = await _to_both_ends(series, line, points)
        cuts += cuts_of(points, line.gap_ms)
    near = [c for c in merged(cuts) if c.start < each.end and (c.end is None or c.end + RECOVERY_MS > each.day)]
    return [await _loss(series, each.machine, cut) for cut in near]


async def _to_both_ends(series: Series, line: Line, points: Points) -> Points:
    """Where the mains are out at either end of what was read: on to where they were not."""
    while points and not points[0][1] and points[0][0] > points[-1][0] - FARTHEST_MS:
        trace = await series.before(line.channel, points[0][0], PAGE)
        earlier = [point for point in points_of(trace) if point[0] >= line.start]
        if not earlier:
            break
        points = [*earlier, *points]
    while points and not points[-1][1] and points[-1][0] < points[0][0] + FARTHEST_MS:
        trace = await series.after(line.channel, points[-1][0] + 1, PAGE)
        later = [point for point in points_of(trace) if line.end is None or point[0] < line.end]
        if not later:
            break
        points = [*points, *later]
    return points


async def _loss(series: Series, machine: Machine, cut: Cut) -> Loss:
    until = cut.until(cut.start + FARTHEST_MS) + RECOVERY_MS
    lines = [line for line in machine.telling(Quantity.TEMPERATURE) if _has_limit(line)]
    rooms = [line for line in machine.lines if line.is_room]
    windows = [(line, line.within(cut.start - line.gap_ms, until)) for line in (*lines, *rooms)]
    told = [(line, window) for line, window in windows if window is not None]
    traces = await series.read_spans([Span(line.channel, *window) for line, window in told])
    points = [(line, points_of(trace)) for (line, _), trace in zip(told, traces, strict=True)]
    held = worst([h for line, its in points if not line.is_room and (h := held_through(cut, _room(line, its)))])
    ambient = [mean for line, its in points if line.is_room and (mean := mean_mc(its, cut.start, cut.until(until)))]
    loss = Loss(
        equipment=machine.code, start=cut.start, end=cut.end, heard_to=cut.heard_to, catalogue_ms=machine.catalogue_ms,
        ambient_mc=round(sum(ambient) / len(ambient)) if ambient else None,
    )  # fmt: skip
    if held is None:
        return loss
    return replace(
        loss, compartment=held.compartment, limit_mc=held.limit_mc, start_mc=held.start_mc, peak_mc=held.peak_mc,
        held_until=held.held_until, holdover_ms=held.holdover_ms, held_ms=held.held_ms,
        warming_mk_h=held.warming_mk_h, back_at=held.back_at,
    )  # fmt: skip


def _has_limit(line: Line) -> bool:
    return line.profile is not None and line.profile.high_c is not None


def _room(line: Line, points: Points) -> Room:
    profile = line.profile
    assert profile is not None
    assert profile.high_c is not None
    assert line.compartment is not None
    low_mc = None if profile.low_c is None else round(profile.low_c * 1000)
    return Room(line.compartment, low_mc, round(profile.high_c * 1000), line.gap_ms, points)
