"""Stored history, through the doors: which channels, where each of them was, its readings a month at a time. It only reads.

    archive ─► channels, timelines ─┐                      ┌─ lots, occasions ◄─ archive
    series ─► slices ───────────────┴─► Course ─► verdicts ┴─► cases as they would stand in the archive

A replay that begins in the middle of history reads back to the last proof of calm before, so that an excursion that was
going on then is judged from its beginning. It ends where it is told to: what goes on beyond is open there.
"""

from bisect import bisect_left
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from alerting.excursion.rule import GAP_FACTOR
from alerting.excursion.rules import Pack
from alerting.excursion.stretch import Stay, Stretch, stretches_of
from alerting.excursion.verdicts import End, Verdict
from alerting.findings import Bench, findings_of
from alerting.replay.files import quantity_of_channel
from alerting.replay.moments import BEYOND
from alerting.replay.progress import Progress, Stopwatch
from alerting.replay.recording import Heard, tallies_of
from alerting.replay.whatif import Outcome, Reread, Trial, WhatIf, kinds_of
from alerting.timelines import Timelines
from alerting.windows import Span, Unheard, window_around
from coldchain.archive import equipment, places, rule_packs, views
from coldchain.archive.db import Archive, Tx
from coldchain.clock import iso
from coldchain.errors import BadInput
from coldchain.reading import Trace
from coldchain.series import DAY, Series

SLICE_MS: Final = 30 * DAY  # of one channel in memory at once


@dataclass(frozen=True, slots=True)
class History:
    """Where history is read, and what judges it now."""

    series: Series
    archive: Archive
    packs: Mapping[str, Pack]  # that are loaded
    default: Sequence[str]  # names of the site's own
    zone: ZoneInfo  # of the site

    async def timelines(self, tx: Tx) -> Timelines:
        """Where channels were, and by which packs they are judged."""
        timelines = Timelines(self.packs, self.default)
        site = await rule_packs.site(tx)
        if site:  # else alerting has never judged here
            timelines.obey(site)
        return timelines


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of history: [start, end) of channels, of equipment, of facilities; without any, of everything."""

    channels: Sequence[str] = ()
    equipment: Sequence[str] = ()
    facilities: Sequence[str] = ()
    start: int = 0
    end: int = BEYOND

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise BadInput("--end", f"{iso(self.end)} is not after --start", "end it later than it starts")


@dataclass(frozen=True, slots=True)
class Course:
    """One channel's way through history under each set of rules that is asked about."""

    channel: str
    stays: Sequence[Stay]
    trials: Sequence[Trial]
    heard: Heard

    def take(self, trace: Trace, start: int) -> None:
        """A slice; what lies before `start` only leads up to it."""
        for trial in self.trials:
            trial.take(trace)
        at = bisect_left(trace.t, start)
        self.heard.take(trace if at == 0 else Trace(trace.channel, trace.t[at:], trace.v[at:], trace.q[at:]))


@dataclass(frozen=True, slots=True)
class RereadStore:
    """A store whose readings are as they would have been."""

    series: Series
    reread: Reread

    async def read(self, channel: str, start: int, end: int, *, limit: int | None = None) -> Trace:
        """As the store does."""
        return self.reread.of(await self.series.read(channel, start, end, limit=limit))


async def replay_stored(
    history: History, wanted: Wanted, asked: Sequence[WhatIf], progress: Progress | None = None
) -> Outcome:
    """Replay stored history.

    Raises:
        BadInput: something is named that is not in the archive.
        Unavailable: the series or the archive does not answer.
    """
    outcome = Outcome([[] for _ in asked])
    async with history.archive.reading() as tx:
        outcome.compartments = {each.id: each.name for each in await equipment.compartments(tx)}
        courses = await _courses(tx, history, wanted, asked)
    for number, course in enumerate(courses):
        async for trace in _slices(history.series, course, wanted, outcome.reading):
            with outcome.engine:
                course.take(trace, wanted.start)
            outcome.readings += len(trace)
            if progress:
                share = (number + _share(trace, wanted)) / len(courses)
                progress.tell(share, f"{number + 1:,} of {len(courses):,} channels, {outcome.readings:,} readings")
        await _settle(history, course, asked, wanted, outcome)
    outcome.settle()
    return outcome


async def _courses(tx: Tx, history: History, wanted: Wanted, asked: Sequence[WhatIf]) -> list[Course]:
    """The channels that are wanted, each with its stays there."""
    codes = await _equipment(tx, wanted)
    timelines = await history.timelines(tx)
    courses = []
    for name in await _channels(tx, wanted, codes):
        await timelines.read(tx, [name])
        its = timelines[name]
        if wanted.channels and not its.stays:
            raise BadInput("--channel", f"{name!r} is assigned nowhere", "name one of the archive's channels")
        stays = [stay for stay in its.stays if codes is None or stay.place.equipment in codes]
        if stays:
            trials = [Trial(name, _stretches(history, name, stays, what_if), what_if.reread) for what_if in asked]
            courses.append(Course(name, stays, trials, _heard(history, name, stays, asked[0])))
    return courses


async def _channels(tx: Tx, wanted: Wanted, codes: set[str] | None) -> list[str]:
    if wanted.channels:
        return sorted(set(wanted.channels))
    if codes is None:
        return [channel.name for channel in await equipment.channels(tx)]
    return sorted({each.channel for code in codes for each in await equipment.assignments_touching(tx, code)})


async def _equipment(tx: Tx, wanted: Wanted) -> set[str] | None:
    """The codes of the equipment that is wanted; None = whatever there is."""
    if not (wanted.equipment or wanted.facilities):
        return None
    for code in wanted.equipment:
        if await views.equipment_of(tx, code) is None:
            raise BadInput("--equipment", f"{code!r} is not in the archive", "name it by its code")
    codes = set(wanted.equipment)
    facilities = {(await places.facility(tx, code)).code for code in wanted.facilities}
    if facilities:
        for channel in await equipment.channels(tx):
            for each in await equipment.assignments_of(tx, channel.name):
                stands = await views.equipment_of(tx, each.equipment)
                codes |= {stands.code} if stands and stands.facility in facilities else set()
    return codes


def _stretches(history: History, channel: str, stays: Sequence[Stay], what_if: WhatIf) -> Sequence[Stretch]:
    """What judges the channel: other packs in place of those that were chosen, or those that were."""
    changed = [_other(stay, what_if) for stay in stays]
    packs = history.packs if what_if.packs is None else what_if.packs
    default = history.default if what_if.packs is None else None
    return stretches_of(changed, packs, default, quantity_of_channel(channel))


def _other(stay: Stay, what_if: WhatIf) -> Stay:
    place = stay.place
    if what_if.profile is not None and place.compartment is not None:
        place = replace(place, profile=what_if.profile)
    if what_if.interval_ms is not None:
        place = replace(place, interval_ms=what_if.interval_ms)
    return replace(stay, place=place, packs=stay.packs if what_if.packs is None else None)


def _heard(history: History, channel: str, stays: Sequence[Stay], what_if: WhatIf) -> Heard:
    gap_ms = GAP_FACTOR * min(what_if.interval_ms or stay.place.interval_ms for stay in stays)
    judged: list[tuple[Stay, Iterable[Pack]]] = []
    for stay in stays:
        names = history.default if stay.packs is None else stay.packs
        packs = [history.packs[n] for n in names] if what_if.packs is None else what_if.packs.values()
        judged.append((_other(stay, what_if), packs))
    return Heard(channel, gap_ms, tallies_of(judged, quantity_of_channel(channel)))


async def _slices(series: Series, course: Course, wanted: Wanted, watch: Stopwatch) -> AsyncIterator[Trace]:
    """The channel's readings from a proof of calm before the start up to the end, bounded in memory."""
    with watch:
        at = await _calm_before(series, course, wanted.start) if wanted.start > 0 else 0
    while True:
        with watch:
            first = await series.after(course.channel, at, 1)
            if not first.t or first.t[0] >= wanted.end:
                return
            at = min(first.t[0] + SLICE_MS, wanted.end)
            trace = await series.read(course.channel, first.t[0], at)
        yield trace


async def _calm_before(series: Series, course: Course, start: int) -> int:
    """From where on all sets of rules judge as if they had seen everything before."""
    here = Span(start, start)
    known = Unheard(after=start)  # nothing later is looked at
    windows = [await window_around(series, course.channel, here, trial.stretches, known) for trial in course.trials]
    return max(0, min(window.start for window in windows))


def _share(trace: Trace, wanted: Wanted) -> float:
    """How far along the channel a slice ends, where both ends are known."""
    if wanted.start == 0 or wanted.end == BEYOND:
        return 0.0
    return (trace.t[-1] - wanted.start) / (wanted.end - wanted.start)


async def _settle(history: History, course: Course, asked: Sequence[WhatIf], wanted: Wanted, outcome: Outcome) -> None:
    """Turn a channel's verdicts into cases."""
    for trial, what_if, cases in zip(course.trials, asked, outcome.runs, strict=True):
        for key in [key for key, verdict in trial.verdicts.items() if _was_over(verdict, wanted.start)]:
            del trial.verdicts[key]
        rules = {(rule.id, rule.version): rule for stretch in trial.stretches for rule in stretch.rules}
        series = history.series if what_if.reread is None else RereadStore(history.series, what_if.reread)
        bench = Bench(history.archive, series, what_if.policy, rules, history.zone)
        findings = await findings_of(bench, list(trial.verdicts.values()))
        with outcome.engine:
            cases.extend(trial.cases(findings))
    outcome.heard[course.channel] = course.heard
    outcome.stays[course.channel] = course.stays
    outcome.judged[course.channel] = kinds_of(course.trials[0].stretches)


def _was_over(verdict: Verdict, start: int) -> bool:
    """True for an excursion of which no moment lies at or after the start."""
    if verdict.end is End.OPEN:
        return False
    return verdict.last_bad < start and (verdict.known_good_after is None or verdict.known_good_after <= start)
