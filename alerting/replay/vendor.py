"""Another platform's alarms held against our excursions: told, late, missed, invented, doubled. Pure.

    their alarms ─► whose? (names) ─► of what kind? ─┬─ overlaps an excursion ──► told (late?), or told again
    our excursions, and when we had readings ────────┴─ overlaps none ──────────► invented, or nobody knows

An alarm is called invented only where our own readings say that all was well; where we had none, nobody knows. An
excursion is missed only when the county's policy would have told it. An alarm that came after an excursion was over
tells it all the same: late.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from alerting.replay.names import Names, lookup
from alerting.replay.recording import Heard
from alerting.replay.vendor_file import TELLABLE, Alarm
from coldchain.excursion import Case, Kind, Severity

MINUTE: Final = 60_000
AFTERWARDS_MS: Final = 24 * 60 * MINUTE  # how long after its end an excursion may still be told
LOUDNESS: Final = tuple(Severity)  # note, warning, critical


@dataclass(frozen=True, slots=True)
class Terms:
    """How they are held against each other."""

    tolerance_ms: int = 10 * MINUTE  # between two clocks, and two ways of sampling
    patience_ms: int = 0  # the delay that is set on their side: no lateness of theirs
    late_ms: int = 10 * MINUTE
    least: Severity = Severity.WARNING  # what ought to be told

    def asks_for(self, case: Case) -> bool:
        """True for an excursion that ought to be told; faults of our own probes are not for others to tell."""
        return case.facts.kind in TELLABLE and LOUDNESS.index(case.facts.severity) >= LOUDNESS.index(self.least)


@dataclass(frozen=True, slots=True)
class Ours:
    """Our side: the cases, when each channel was heard, what it is judged for, and what names it goes by."""

    cases: Sequence[Case]
    heard: Mapping[str, Heard]
    judged: Mapping[str, frozenset[Kind]]
    names: Names


@dataclass(frozen=True, slots=True)
class Placed:
    """An alarm, and the channels of ours that it may be about."""

    alarm: Alarm
    channels: frozenset[str]

    def tells(self, case: Case, tolerance_ms: int) -> bool:
        """True when it overlaps an excursion of its kind."""
        return (
            self.is_about(case)
            and self.alarm.start <= case.facts.last_bad + tolerance_ms
            and self.alarm.until >= case.facts.first_bad - tolerance_ms
        )

    def is_about(self, case: Case) -> bool:
        """True for an excursion of its channels and kind."""
        return case.channel in self.channels and case.facts.kind in self.alarm.kinds


@dataclass(frozen=True, slots=True)
class Told:
    """An excursion, and the first of their alarms that told it. `late_ms` < 0: before our first bad reading."""

    case: Case
    placed: Placed
    late_ms: int
    is_late: bool
    was_over: bool


@dataclass(frozen=True, slots=True)
class Missed:
    """An excursion that none of their alarms told."""

    case: Case
    is_within_patience: bool  # it was shorter than the delay set on their side
    is_named: bool  # some alarm of theirs is about this channel, so it is on their platform


@dataclass(frozen=True, slots=True)
class Unjudged:
    """An alarm of theirs about which nothing can be said, and why."""

    alarm: Alarm
    why: str


@dataclass(slots=True)
class Parallel:
    """The parallel month."""

    told: list[Told] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    undecided: list[Case] = field(default_factory=list)  # untold, and begun before this time, or just before its end
    invented: list[Placed] = field(default_factory=list)
    doubled: list[Placed] = field(default_factory=list)
    needless: list[Placed] = field(default_factory=list)  # it told what the county's policy only records
    unjudged: list[Unjudged] = field(default_factory=list)


def hold_against(alarms: Sequence[Alarm], ours: Ours, terms: Terms) -> Parallel:
    """What they told of what was."""
    parallel = Parallel()
    placed, named = _placed(alarms, ours, parallel)
    tellers, touched = _tellers(placed, ours.cases, terms)
    for case in filter(terms.asks_for, ours.cases):
        teller = tellers.get(case.id)
        if teller is not None:
            parallel.told.append(_told(case, teller, terms))
        elif _is_at_the_edge(case, ours.heard, terms):
            parallel.undecided.append(case)
        else:
            is_short = case.facts.last_bad - case.facts.first_bad < terms.patience_ms
            parallel.missed.append(Missed(case, is_short, case.channel in named))
    useful = {told.placed.alarm.line for told in parallel.told}
    telling = {teller.alarm.line for teller in tellers.values()}
    for each in (each for each in placed if each.alarm.line not in useful):
        if each.alarm.line in telling:
            parallel.needless.append(each)
        elif each.alarm.line in touched:
            parallel.doubled.append(each)
        elif _is_known(each, ours.heard):
            parallel.invented.append(each)
        else:
            parallel.unjudged.append(Unjudged(each.alarm, "we have no readings of that time"))
    parallel.unjudged.sort(key=lambda unjudged: (unjudged.alarm.start, unjudged.alarm.line))
    return parallel


def _placed(alarms: Sequence[Alarm], ours: Ours, parallel: Parallel) -> tuple[list[Placed], set[str]]:
    """Their alarms with our channels; which channels are on their platform at all."""
    placed: list[Placed] = []
    named: set[str] = set()
    for alarm in alarms:
        subjects = lookup(ours.names, alarm.name, alarm.facility)
        if len(subjects) != 1:
            why = "the name is nobody's here" if not subjects else f"the name may mean {len(subjects)} things"
            parallel.unjudged.append(Unjudged(alarm, why))
            continue
        named |= subjects[0].channels
        channels = frozenset(c for c in subjects[0].channels if ours.judged.get(c, frozenset()) & alarm.kinds)
        if channels:
            placed.append(Placed(alarm, channels))
        else:
            parallel.unjudged.append(Unjudged(alarm, "these rules judge nothing of that kind there"))
    return placed, named


def _tellers(
    placed: Sequence[Placed], cases: Sequence[Case], terms: Terms
) -> tuple[dict[str, Placed], set[int]]:  # fmt: skip
    """For each excursion the first alarm that told it, and the lines of all alarms that overlap one."""
    by_channel: dict[str, list[Placed]] = defaultdict(list)
    for each in placed:
        for channel in each.channels:
            by_channel[channel].append(each)
    tellers: dict[str, Placed] = {}
    touched: set[int] = set()
    for case in cases:
        overlapping = [each for each in by_channel[case.channel] if each.tells(case, terms.tolerance_ms)]
        touched |= {each.alarm.line for each in overlapping}
        if overlapping:
            tellers[case.id] = min(overlapping, key=lambda each: (each.alarm.heard, each.alarm.line))
    for case in sorted(cases, key=lambda case: -case.facts.last_bad):
        if case.id not in tellers and terms.asks_for(case):
            late = [each for each in by_channel[case.channel] if each.alarm.line not in touched]
            afterwards = _first_after(case, late)
            if afterwards is not None:
                tellers[case.id] = afterwards
                touched.add(afterwards.alarm.line)
    return tellers, touched


def _first_after(case: Case, placed: Iterable[Placed]) -> Placed | None:
    """The first alarm about an excursion that came when it was over."""
    ended = case.facts.last_bad
    coming = [e for e in placed if e.is_about(case) and ended < e.alarm.start <= ended + AFTERWARDS_MS]
    return min(coming, key=lambda each: (each.alarm.start, each.alarm.line), default=None)


def _told(case: Case, teller: Placed, terms: Terms) -> Told:
    late_ms = teller.alarm.heard - case.facts.first_bad - terms.patience_ms
    was_over = teller.alarm.heard > case.facts.last_bad + terms.tolerance_ms and not case.facts.is_open
    return Told(case, teller, late_ms, late_ms > terms.late_ms, was_over)


def _is_at_the_edge(case: Case, heard: Mapping[str, Heard], terms: Terms) -> bool:
    """True when the alarm may stand in the export of the month before or after."""
    its = heard.get(case.channel)
    if its is None or its.first is None or its.last is None:
        return False
    due = case.facts.first_bad + terms.patience_ms + terms.late_ms
    return case.facts.first_bad < its.first or due > its.last[0]


def _is_known(placed: Placed, heard: Mapping[str, Heard]) -> bool:
    alarm = placed.alarm
    return any(heard[c].is_known(alarm.start, alarm.until) for c in placed.channels if c in heard)
