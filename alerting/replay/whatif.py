"""What is asked, and one channel under one set of rules: slices of readings in, the cases that would stand out.

    stretches, slices ─► Trial ─► verdicts ─► policy ─► reconcile ─► cases        (the very code that judges live)

Before: `files` or `stored`. After: `compare`, `vendor`, `report`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median_low
from typing import Final, Protocol

from alerting.excursion.cases import Concerned, Finding, Scope, finding_of, reconcile
from alerting.excursion.policy import Policy
from alerting.excursion.rule import GAP_FACTOR
from alerting.excursion.rules import Pack
from alerting.excursion.stretch import BEGINNING, NEVER, Place, Stay, Stretch, stretches_of
from alerting.excursion.verdicts import Judged, Verdict, advance
from alerting.replay.files import quantity_of_channel
from alerting.replay.progress import Progress, Stopwatch
from alerting.replay.recording import Heard, tallies_of
from coldchain.excursion import Case, Kind
from coldchain.reading import Trace

DEFAULT_INTERVAL_MS: Final = 60_000  # of a channel with a single reading


class Reread(Protocol):
    """Readings as they would have been."""

    def of(self, trace: Trace) -> Trace:
        """A trace, changed or not."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """By which rules and whose severities, at what place, how often the channels spoke, and what they would have said.

    None: the rules in force, the place in the archive; "2-8" and the median spacing where there is no archive; what they
    said.
    """

    packs: Mapping[str, Pack] | None
    policy: Policy
    profile: str | None = None
    type: str | None = None
    interval_ms: int | None = None
    reread: Reread | None = None


@dataclass(slots=True)
class Trial:
    """One channel under one set of rules, a slice of readings after the other."""

    channel: str
    stretches: Sequence[Stretch]
    reread: Reread | None = None
    judged: Judged = field(default_factory=Judged)
    verdicts: dict[tuple[str, int], Verdict] = field(default_factory=dict)

    def take(self, trace: Trace) -> None:
        """Further readings, newer than those before."""
        its = trace if self.reread is None else self.reread.of(trace)
        self.judged, verdicts = advance(self.judged, self.stretches, its)
        # what was open at the end of the slice before says more now
        self.verdicts |= {(verdict.rule, verdict.first_bad): verdict for verdict in verdicts}

    def cases(self, findings: Sequence[Finding]) -> list[Case]:
        """What reconciliation makes of its verdicts, of which no case was known."""
        at = self.judged.newest or 0  # a what-if is decided when its last reading is known: it has no other clock
        return [revision.after for revision in reconcile(Scope(self.channel, BEGINNING, NEVER), [], findings, at)]


@dataclass(slots=True)
class Outcome:
    """What came of a replay: the cases under each set of rules that was asked about, and what else was seen."""

    runs: list[list[Case]]
    heard: dict[str, Heard] = field(default_factory=dict)
    judged: dict[str, frozenset[Kind]] = field(default_factory=dict)  # by the first set of rules
    stays: dict[str, Sequence[Stay]] = field(default_factory=dict)  # where each channel was
    compartments: dict[int, str] = field(default_factory=dict)  # their names
    readings: int = 0
    reading: Stopwatch = field(default_factory=Stopwatch)
    engine: Stopwatch = field(default_factory=Stopwatch)

    def settle(self) -> None:
        """Put the cases in order: by channel, time and rule."""
        for run in self.runs:
            run.sort(key=lambda case: (case.channel, case.anchor, case.facts.rule))


def replay(traces: Iterable[Trace], asked: Sequence[WhatIf], progress: Progress | None = None) -> Outcome:
    """Replay whole traces, as a file holds them."""
    outcome = Outcome([[] for _ in asked])
    for trace in traces:
        if not trace.t:
            continue
        with outcome.engine:
            _replay(trace, asked, outcome)
        outcome.readings += len(trace)
        if progress:
            progress.tell(None, f"{outcome.readings:,} readings judged")
    outcome.settle()
    return outcome


def _replay(trace: Trace, asked: Sequence[WhatIf], outcome: Outcome) -> None:
    quantity = quantity_of_channel(trace.channel)
    interval_ms = asked[0].interval_ms or interval_of(trace)
    heard = Heard(trace.channel, GAP_FACTOR * interval_ms)
    for what_if, cases in zip(asked, outcome.runs, strict=True):
        packs = what_if.packs or {}
        # a shipping indicator begins to count when it is started: with the file's first reading of its channel
        place = Place(interval_ms, what_if.profile or "2-8", type=what_if.type)
        stay = Stay(place, trace.t[0], None)
        trial = Trial(trace.channel, stretches_of([stay], packs, None, quantity))
        trial.take(trace)
        cases.extend(trial.cases([finding_of(v, what_if.policy, Concerned()) for v in trial.verdicts.values()]))
        if what_if is asked[0]:
            heard.tallies = tallies_of([(stay, packs.values())], quantity)
            outcome.judged[trace.channel] = kinds_of(trial.stretches)
            outcome.stays[trace.channel] = [stay]
    heard.take(trace)
    outcome.heard[trace.channel] = heard


def kinds_of(stretches: Iterable[Stretch]) -> frozenset[Kind]:
    """What a channel is judged for."""
    return frozenset(rule.kind for stretch in stretches for rule in stretch.rules)


def interval_of(trace: Trace) -> int:
    """The median spacing of a channel's readings."""
    spacing = [later - earlier for earlier, later in pairwise(trace.t)]
    return median_low(spacing) if spacing else DEFAULT_INTERVAL_MS
