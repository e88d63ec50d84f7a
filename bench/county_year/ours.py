"""Alerting's own decisions over a year that arrives: the judge, cases and alarms as they run in the service, in memory.

    arrival ─► Judge (feed or journal) ─► verdicts ─► policy ─► reconcile ─► cases ─► next_steps ─► calls

Only the stores are left out: what a transaction would write is kept here, what a crash would lose is lost here.
`tests/bench/test_on_stores.py` does the same with nothing left out.
"""

from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar, cast

from msgspec import structs

from alerting.alarms import matter_of_case, next_steps
from alerting.excursion.cases import PACE_MS, Concerned, Revision, finding_of, reconcile
from alerting.excursion.occasions import Occasion
from alerting.excursion.policy import Policy
from alerting.excursion.stretch import Stretch
from alerting.judge import Draft, Judge, Touch
from alerting.windows import Span
from bench.county_year.held import Held
from bench.county_year.journal import Arrival, Journal, Restart
from bench.county_year.simulate import Year
from bench.detectors.band import Ring, Side
from coldchain.archive.alarms import Alarm
from coldchain.excursion import AlarmState, Case, CaseState, Kind, Severity
from coldchain.reading import Trace
from coldchain.series import Series

COUNTING = (CaseState.OPEN, CaseState.CLOSED)
SIDES = {Kind.HEAT: Side.HEAT, Kind.FREEZE: Side.FREEZE}
NEAR_MS = 24 * 3_600_000  # occasions further away explain nothing
FRESH_MS = 15 * 60_000  # heard again
LOOKS_MS = 5 * 60_000  # how closely silences are timed here
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Ways:
    """By what a channel is judged, and what explains a warm deviation there."""

    stretches: Sequence[Stretch]
    policy: Policy
    occasions: Sequence[Occasion] = ()

    def near(self, time: int) -> list[Occasion]:
        """The occasions of those days."""
        return [each for each in self.occasions if each.start - NEAR_MS <= time <= each.end + NEAR_MS]


@dataclass(slots=True)
class Ours:
    """One channel's archive, and the process that judges it."""

    channel: str
    ways: Ways
    held: Held = field(init=False)
    judge: Judge = field(init=False)
    heard: dict[str, int] = field(default_factory=dict)  # as the archive keeps it
    cases: dict[str, Case] = field(default_factory=dict)
    alarms: dict[str, Alarm] = field(default_factory=dict)
    last_why: dict[str, str] = field(default_factory=dict)
    rings: list[Ring] = field(default_factory=list)
    about: list[str] = field(default_factory=list)  # the case of each
    others: list[tuple[Kind, Ring]] = field(default_factory=list)  # told, but of no temperature: a probe, a silence
    newest: int | None = None
    is_silent: bool = False

    def __post_init__(self) -> None:
        self.held = Held(self.channel)
        self.judge = Judge(cast("Series", self.held))
        self.judge.start({}, is_new=True)

    def restart(self) -> None:
        """Memory is gone; what was written is not."""
        self.judge = Judge(cast("Series", self.held))
        self.judge.start(self.heard, is_new=not self.heard)

    def arrive(self, traces: Sequence[Trace], at: int, *, is_killed: bool = False) -> None:
        """Decide about batches that arrived together; `is_killed`: after judging, before anything was written."""
        self._fall_silent(at)
        for trace in traces:
            self.held.write(trace)
            self.newest = max(self.newest or 0, trace.t[-1])
        self.is_silent = self.is_silent and at - (self.newest or 0) > FRESH_MS
        touches = [Touch(self.channel, Span(trace.t[0], trace.t[-1]), self._feed(trace, traces)) for trace in traces]
        draft = done(self.judge.judge(touches, {self.channel: self.ways.stretches}))
        if is_killed:
            self.restart()
            draft = done(self.judge.judge(touches, {self.channel: self.ways.stretches}))
        self._write(draft, at)
        self.judge.remember(draft)
        self.heard |= draft.heard

    def found(self) -> list[tuple[str, int, int]]:
        """The excursions that count in the end: side, first and last bad reading."""
        counting = (case for case in self.cases.values() if case.state in COUNTING and case.facts.kind in SIDES)
        return [(str(SIDES[c.facts.kind]), c.facts.first_bad, c.facts.last_bad) for c in counting]

    def _fall_silent(self, until: int) -> None:
        """What the sweep would have seen since the newest reading."""
        if self.newest is None or self.is_silent:
            return
        for lasted in range(0, until - self.newest, LOOKS_MS):
            is_out = self.judge.is_out(self.channel)
            loud = self.ways.policy.loudness_of(Kind.SILENCE, lasted, is_out=is_out)
            if loud is not None and loud.severity is not Severity.NOTE:
                ring = Ring(self.newest + lasted, self.newest, self.newest, Side.INSIDE, not loud.waits_at_night)
                self.others.append((Kind.SILENCE, ring))
                self.is_silent = True
                return

    def calls(self) -> list[Ring]:
        """Every telling, over its excursion as it was in the end."""
        return [self._in_the_end(ring, self.cases[case]) for ring, case in zip(self.rings, self.about, strict=True)]

    def _in_the_end(self, ring: Ring, case: Case) -> Ring:
        while case.merged_into:
            case = self.cases[case.merged_into]
        facts = case.facts
        return ring._replace(first=min(ring.first, facts.first_bad), last=max(ring.last, facts.last_bad))

    def _feed(self, trace: Trace, traces: Sequence[Trace]) -> Trace | None:
        """A feed message carries its readings; what is read from the journal is read from the store."""
        return trace if len(traces) == 1 and self.judge.goes_on(self.channel, trace.t[0]) else None

    def _write(self, draft: Draft, at: int) -> None:
        changed: dict[str, Case] = {}
        for later, judgement in enumerate(draft.judgements):
            findings = [
                finding_of(verdict, self.ways.policy, Concerned(), self.ways.near(verdict.first_bad))
                for verdict in judgement.verdicts
            ]
            for revision in reconcile(judgement.scope, self.cases.values(), findings, at + later, pace_ms=PACE_MS):
                self._keep(revision)
                changed[revision.after.id] = revision.after
        for case in changed.values():
            self._go_along(case)
        for case in changed.values():
            self._follow(case, at)

    def _keep(self, revision: Revision) -> None:
        self.cases[revision.after.id] = revision.after

    def _go_along(self, case: Case) -> None:
        """An alarm goes along with what its case was merged into, where that has none."""
        into = case.merged_into
        if into and case.id in self.alarms and into not in self.alarms:
            self.alarms[into] = self.alarms.pop(case.id)
            self.last_why[into] = "merged"

    def _follow(self, case: Case, at: int) -> None:
        alarm = self.alarms.get(case.id)
        if alarm is None and case.state not in COUNTING:
            return
        for step in next_steps(matter_of_case(case), alarm, at, self.last_why.get(case.id, "")):
            alarm = self._alarm(case, at) if alarm is None else alarm
            alarm = structs.replace(alarm, state=step.after, severity=step.severity)
            self.last_why[case.id] = step.why
            self._ring(case, step.why, step.after, at)
        if alarm is not None:
            self.alarms[case.id] = alarm

    def _alarm(self, case: Case, at: int) -> Alarm:
        return Alarm(
            id=len(self.alarms),
            kind=case.facts.kind,
            severity=case.facts.severity,
            state=AlarmState.RINGING,
            raised_at=at,
        )

    def _ring(self, case: Case, why: str, after: AlarmState, at: int) -> None:
        facts, is_past = case.facts, why == "past"
        if not (is_past or after is AlarmState.RINGING):
            return
        side, is_call = SIDES.get(facts.kind), not is_past and not facts.waits_at_night
        ring = Ring(at, facts.first_bad, facts.last_bad, side or Side.INSIDE, is_call, why != "worsened")
        if side is None:
            self.others.append((facts.kind, ring))
        else:
            self.rings.append(ring)
            self.about.append(case.id)


def play(ours: Ours, year: Year, journal: Journal) -> None:
    """Let the year arrive."""
    waiting = list(reversed(journal.restarts))
    queue: list[Arrival] = []  # what comes while it is down
    for arrival in journal.arrivals:
        while waiting and waiting[-1].back <= arrival.at:
            _come_back(ours, year, waiting.pop(), queue)
        if waiting and waiting[-1].at <= arrival.at:
            queue.append(arrival)
        else:
            ours.arrive(_traces(ours, year, [arrival]), arrival.at)
    while waiting:
        _come_back(ours, year, waiting.pop(), queue)


def _come_back(ours: Ours, year: Year, restart: Restart, queue: list[Arrival]) -> None:
    ours.restart()
    if queue:
        ours.arrive(_traces(ours, year, queue), restart.back, is_killed=restart.is_kill)
        queue.clear()


def _traces(ours: Ours, year: Year, arrivals: Iterable[Arrival]) -> list[Trace]:
    part = partial(Trace, ours.channel)
    return [part(year.t[a.first : a.stop], year.v[a.first : a.stop], year.q[a.first : a.stop]) for a in arrivals]


def done(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine that waits for nothing, without a loop."""
    try:
        work.send(None)
    except StopIteration as end:
        return cast("Result", end.value)
    raise RuntimeError("judging in memory waited for something")
