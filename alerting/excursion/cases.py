"""Verdicts against what people already know: which cases to open, revise, merge, withdraw or reopen. Pure.

A case is for people: it keeps its id and its anchor for ever, whatever late data does to the verdict under it. A verdict
owns every case whose anchor lies in it. None: open one. One: revise it if it says something else. Several: the first
opened survives, the others are merged into it. A case that no verdict owns any more is withdrawn, never deleted.

The case always says what the verdict says, to the millisecond. Its history need not repeat every minute of a long warm
night: where the caller asks for it, a case that merely goes on has no new revision until something changed that a
person would care about, or the readings have passed a quarter of an hour of the clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Final

from alerting.excursion.occasions import Occasion
from alerting.excursion.policy import Policy
from alerting.excursion.verdicts import End, Verdict
from coldchain.excursion import Case, CaseState, Certainty, Facts, LotShare, LotsKnown, Severity

PACE_MS: Final = 15 * 60_000  # of the readings' time, between two revisions that only say "it goes on"
_COUNTING: Final = frozenset({CaseState.OPEN, CaseState.CLOSED})
_SEVERITIES: Final = (Severity.NOTE, Severity.WARNING, Severity.CRITICAL)
_STEP_MC: Final = 500  # how much further out is worth a revision of its own


class Why(StrEnum):
    """Why a case has a new revision; the same word in the archive, in notices and on pages."""

    OPENED = "opened"
    CONTINUED = "continued"
    ENDED = "ended"
    LATE_DATA = "late_data"
    RULE_CHANGED = "rule_changed"
    LOTS = "lots"
    EXPLAINED = "explained"  # an occasion was entered or taken back
    POLICY = "policy"  # the county's own choice changed
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Concerned:
    """The lots of an excursion, and how surely they are known."""

    known: LotsKnown = LotsKnown.NO
    lots: tuple[LotShare, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What was judged anew: a channel from–to, bounds included, under one rule or (None) all; it has no other verdicts."""

    channel: str
    start: int
    end: int
    rule: str | None = None

    def covers(self, case: Case) -> bool:
        """True when the case is one of those that this judgement decides about."""
        return self.start <= case.anchor <= self.end and self.rule in (None, case.facts.rule)


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict in the words of a case."""

    facts: Facts
    end: End


@dataclass(frozen=True, slots=True)
class Revision:
    """A case as it becomes (`after.revision` is its number), and why. `before` None = it is new."""

    after: Case
    before: Case | None
    why: Why

    @property
    def is_history(self) -> bool:
        """False for a case that merely goes on: it says more than its last revision did, and no new one is due yet."""
        return self.before is None or self.after.revision > self.before.revision

    @property
    def is_eased(self) -> bool:
        """True when the case counts no more, or says anything milder than it did."""
        if self.before is None or self.before.state not in _COUNTING:
            return False
        if self.after.state not in _COUNTING:
            return True
        old, new = self.before.facts, self.after.facts
        sign = -1 if old.kind.is_cold else 1
        return (
            (old.is_held and not new.is_held)
            or _SEVERITIES.index(new.severity) < _SEVERITIES.index(old.severity)
            or (old.certainty, new.certainty) == (Certainty.CERTAIN, Certainty.POSSIBLE)
            or new.out_ms < old.out_ms
            or new.degree_ms < old.degree_ms
            or sign * ((new.extreme_mc or 0) - (old.extreme_mc or 0)) < 0
            or sum(share.doses for share in new.lots) < sum(share.doses for share in old.lots)
        )


def finding_of(verdict: Verdict, policy: Policy, concerned: Concerned, occasions: Sequence[Occasion] = ()) -> Finding:
    """A verdict with its loudness, its lots and what explains it. Lots that nobody recorded make nothing quieter."""
    loudness = policy.loudness(verdict, occasions)
    facts = Facts(
        kind=verdict.kind,
        rule=verdict.rule,
        rule_version=verdict.version,
        severity=loudness.severity,
        certainty=loudness.certainty,
        is_open=verdict.end is End.OPEN,
        known_good_before=verdict.known_good_before,
        first_bad=verdict.first_bad,
        last_bad=verdict.last_bad,
        known_good_after=verdict.known_good_after,
        extreme_mc=verdict.extreme_mc,
        out_ms=verdict.out_ms,
        unknown_ms=verdict.unknown_ms,
        degree_ms=verdict.degree_ms,
        mkt_mc=verdict.mkt_mc,
        equipment=verdict.place.equipment,
        compartment=verdict.place.compartment,
        lots_known=concerned.known,
        lots=concerned.lots,
        explained=loudness.explained,
        product_mc=verdict.product_mc,
        is_held=loudness.is_held,
        waits_at_night=loudness.waits_at_night,
    )
    return Finding(facts, verdict.end)


def case_id(channel: str, rule: str, anchor: int) -> str:
    """The id of a case: the same wherever and whenever it is made."""
    return sha256(f"{channel}\n{rule}\n{anchor}".encode()).hexdigest()[:24]


def reconcile(
    scope: Scope, cases: Iterable[Case], findings: Sequence[Finding], at: int, *, pace_ms: int | None = None
) -> list[Revision]:
    """What must change so that the cases say what the verdicts say.

    Args:
        scope: what was judged.
        cases: the channel's cases in whatever state; at least all that the scope covers.
        findings: every verdict of the scope.
        at: domain time of the decision; later decisions have a later one.
        pace_ms: how often a case that merely goes on has a new revision (`PACE_MS` is usual); None = at every change.
    """
    by_rule: dict[str, list[Case]] = {}
    for case in filter(scope.covers, cases):
        by_rule.setdefault(case.facts.rule, []).append(case)
    revisions: list[Revision] = []
    owned: set[str] = set()
    for finding in findings:
        facts = finding.facts
        mine = [c for c in by_rule.get(facts.rule, []) if facts.first_bad <= c.anchor <= facts.last_bad]
        mine.sort(key=lambda c: (c.opened_at, c.anchor))
        owned |= {case.id for case in mine}
        revisions += _own(mine, finding, pace_ms) if mine else [_opened(scope.channel, finding, at)]
    lost = [c for its in by_rule.values() for c in its if c.id not in owned and c.state is not CaseState.WITHDRAWN]
    return revisions + [_changed(case, CaseState.WITHDRAWN, None, Why.WITHDRAWN) for case in lost]


def _opened(channel: str, finding: Finding, at: int) -> Revision:
    facts = finding.facts
    identity = case_id(channel, facts.rule, facts.first_bad)
    case = Case(identity, channel, facts.first_bad, at, 1, _state(finding), None, facts)
    return Revision(case, None, Why.OPENED)


def _own(mine: Sequence[Case], finding: Finding, pace_ms: int | None) -> list[Revision]:
    first, *others = mine
    revisions = []
    state = _state(finding)
    if (first.state, first.merged_into, first.facts) != (state, None, finding.facts):
        why = _why(first, finding)
        is_quiet = pace_ms is not None and why is Why.CONTINUED and _merely_goes_on(first.facts, finding.facts, pace_ms)
        number = first.revision if is_quiet else first.revision + 1
        after = replace(first, revision=number, state=state, merged_into=None, facts=finding.facts)
        revisions.append(Revision(after, first, why))
    apart = [other for other in others if (other.state, other.merged_into) != (CaseState.MERGED, first.id)]
    return revisions + [_changed(other, CaseState.MERGED, first.id, Why.MERGED) for other in apart]


def _changed(case: Case, state: CaseState, into: str | None, why: Why) -> Revision:
    facts = replace(case.facts, is_open=False)
    after = replace(case, revision=case.revision + 1, state=state, merged_into=into, facts=facts)
    return Revision(after, case, why)


def _state(finding: Finding) -> CaseState:
    return CaseState.OPEN if finding.facts.is_open else CaseState.CLOSED


def _why(before: Case, finding: Finding) -> Why:
    """The most telling of the reasons that hold."""
    old, new = before.facts, finding.facts
    if before.state in {CaseState.MERGED, CaseState.WITHDRAWN} or (new.is_open and not old.is_open):
        return Why.REOPENED
    if finding.end is End.CHANGED and old.is_open:
        return Why.RULE_CHANGED
    if (old.first_bad, old.known_good_before) != (new.first_bad, new.known_good_before):
        return Why.LATE_DATA
    if old.is_open and not new.is_open:
        return Why.ENDED
    if new.last_bad > old.last_bad and old.is_open:
        return Why.CONTINUED
    return _why_beside_the_readings(old, new)


def _why_beside_the_readings(old: Facts, new: Facts) -> Why:
    """Which of the things that no reading says changed; late data when it was a reading after all."""
    judged = replace(
        old,
        severity=new.severity,
        certainty=new.certainty,
        explained=new.explained,
        is_held=new.is_held,
        waits_at_night=new.waits_at_night,
        product_mc=new.product_mc,  # without any other figure, it is an approval that changed
    )
    if replace(judged, lots=new.lots, lots_known=new.lots_known) != new:
        return Why.LATE_DATA
    if old.explained != new.explained:
        return Why.EXPLAINED
    return Why.LOTS if judged == old else Why.POLICY


def _merely_goes_on(old: Facts, new: Facts, pace_ms: int) -> bool:
    """True when only running sums grew, within one step of the clock and of the thermometer.

    The steps lie where they lie for everybody, so that it needs no memory of when the last revision was written.
    """
    grown = replace(
        old,
        last_bad=new.last_bad,
        extreme_mc=new.extreme_mc,
        product_mc=new.product_mc,
        out_ms=new.out_ms,
        degree_ms=new.degree_ms,
        mkt_mc=new.mkt_mc,
        lots=new.lots,
    )
    return (
        grown == new
        and _doses(old) == _doses(new)
        and old.last_bad // pace_ms == new.last_bad // pace_ms
        and _step(old.extreme_mc) == _step(new.extreme_mc)
        and _step(old.product_mc) == _step(new.product_mc)
    )


def _doses(facts: Facts) -> list[tuple[str, int]]:
    return [(share.lot, share.doses) for share in facts.lots]


def _step(value_mc: int | None) -> int | None:
    return None if value_mc is None else value_mc // _STEP_MC
