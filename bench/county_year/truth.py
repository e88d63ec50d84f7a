"""What is true: excursions from all readings at once, dangers from the noise-free physics and their causes.

Slow and plain, sharing no code with the engine. An *excursion* is a row of believed readings outside of the band that no
believed reading inside interrupts. A *danger* is the compartment's true air outside of its band for longer than people
are willing to wait, by a cause that is no daily work, or with the contents out of the band as well.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.county_year.causes import DANGERS
from bench.county_year.fridges import BEGINS
from bench.county_year.journal import Journal
from bench.county_year.simulate import Year
from bench.detectors.band import Band, Side, band_of

MINUTE = 60_000
GAP_FACTOR = 3  # a pause of more intervals than this is time of which nothing is known
PATIENCE_MIN = {("2-8", Side.HEAT): 20, ("2-8", Side.FREEZE): 10, ("frozen", Side.HEAT): 60}
# Nobody can be blamed for what a probe cannot tell: its noise and steps, its own lag. Within it an event is neither a
# danger that must be told nor one over which nobody may be called.
MARGIN_K, MARGIN_MIN = 0.15, 5
SAME_TROUBLE_MIN = 120  # out again so soon, at the next turn of the thermostat, is no further danger
AFTERMATH_MIN = 180  # for which a cause that is over still bears on the temperature
LAG_MS = 15 * MINUTE  # by which readings may follow the air


@dataclass(frozen=True, slots=True)
class Out:
    """A row of readings outside of the band."""

    side: Side
    first: int
    last: int
    readings: int
    known_ms: int  # between consecutive ones, within the gap limit

    def holds(self, time: int) -> bool:
        """True when a reading of that time belongs to it."""
        return self.first <= time <= self.last


@dataclass(frozen=True, slots=True)
class Danger:
    """From–to (ms UTC) the air was out; an alarm was possible at `possible_at`, None when no reading ever showed it."""

    side: Side
    start: int
    end: int
    possible_at: int | None

    def meets(self, first: int, last: int, side: Side) -> bool:
        """True when readings from–to on that side are about it."""
        return side is self.side and first <= self.end + LAG_MS and self.start <= last


@dataclass(frozen=True, slots=True)
class Truth:
    """All that is true of a year."""

    excursions: list[Out]
    dangers: list[Danger]  # somebody must be called
    excuses: list[Danger]  # somebody may be called


def truth_of(year: Year, journal: Journal, interval_ms: int = MINUTE) -> Truth:
    """Everything that is true of a fridge's year."""
    band, gap_ms = band_of(year.fridge.profile), GAP_FACTOR * interval_ms
    arrived = arrival_times(journal, len(year.t))
    dangers = []
    for side, start, end in events(year, band.widened(MARGIN_K), MARGIN_MIN):
        patience_ms = PATIENCE_MIN[year.fridge.profile, side] * MINUTE
        possible = possible_at(year, arrived, Danger(side, start, end, None), patience_ms, gap_ms)
        dangers.append(Danger(side, start, end, possible))
    excuses = [Danger(*event, None) for event in events(year, band.widened(-MARGIN_K), -MARGIN_MIN)]
    return Truth(runs_out(zip(year.t, year.v, strict=True), band, gap_ms), dangers, excuses)


def runs_out(readings: Iterable[tuple[int, float | None]], band: Band, gap_ms: int) -> list[Out]:
    """The excursions of readings that rise in time; None is a fault, of which nothing is known."""
    found: list[Out] = []
    before = Side.INSIDE
    for time, celsius in readings:
        if celsius is None:
            continue
        side = band.side(celsius)
        if side is not Side.INSIDE and side is before:
            run = found[-1]
            pause = time - run.last
            found[-1] = Out(side, run.first, time, run.readings + 1, run.known_ms + (pause if pause <= gap_ms else 0))
        elif side is not Side.INSIDE:
            found.append(Out(side, time, time, 1, 0))
        before = side
    return found


def events(year: Year, band: Band, longer_min: int) -> list[tuple[Side, int, int]]:
    """(side, from, to) of the times at which the true air was out for long enough, and not by daily work alone."""
    found: list[tuple[Side, int, int]] = []
    air = [(BEGINS + minute * MINUTE, celsius_mc / 1000) for minute, celsius_mc in enumerate(year.air_mc)]
    for run in runs_out(air, band, MINUTE):
        patience_min = PATIENCE_MIN[year.fridge.profile, run.side] + longer_min
        if run.known_ms < patience_min * MINUTE or not (_has_cause(year, run) or _is_inside_out(year, run, band)):
            continue
        if found and found[-1][0] is run.side and run.first - found[-1][2] <= SAME_TROUBLE_MIN * MINUTE:
            found[-1] = (run.side, found[-1][1], run.last)
        else:
            found.append((run.side, run.first, run.last))
    return found


def _has_cause(year: Year, run: Out) -> bool:
    first, last = (run.first - BEGINS) // 1000, (run.last - BEGINS) // 1000
    return any(
        cause.what in DANGERS and cause.start_s <= last and first <= cause.end_s + AFTERMATH_MIN * 60
        for cause in year.causes
    )


def _is_inside_out(year: Year, run: Out, band: Band) -> bool:
    """True when the contents were out as well."""
    first, last = (run.first - BEGINS) // MINUTE, (run.last - BEGINS) // MINUTE
    return any(band.side(mc / 1000) is run.side for mc in year.contents_mc[first : last + 1])


def arrival_times(journal: Journal, count: int) -> list[int]:
    """When each reading arrived for the first time."""
    times = [2**62] * count
    for arrival in reversed(journal.arrivals):
        for index in range(arrival.first, arrival.stop):
            times[index] = arrival.at
    return times


def possible_at(year: Year, arrived: Sequence[int], danger: Danger, patience_ms: int, gap_ms: int) -> int | None:
    """The first moment at which what had arrived shows a row that is out for as long as people wait."""
    band = band_of(year.fridge.profile)
    low, high = bisect_left(year.t, danger.start), bisect_right(year.t, danger.end + LAG_MS)
    known: list[tuple[int, float | None]] = []
    for index in sorted(range(low, high), key=lambda i: arrived[i]):
        known.append((year.t[index], year.v[index]))
        if len(known) < 2 or max(known)[0] - min(known)[0] < patience_ms:
            continue
        known.sort()
        runs = runs_out(known, band, gap_ms)
        if any(run.side is danger.side and run.known_ms >= patience_ms for run in runs):
            return arrived[index]
    return None
