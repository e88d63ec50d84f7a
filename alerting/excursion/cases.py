"""Verdicts against what people already know: which cases to open, revise, merge, withdraw or reopen. Pure.

A case is for people: it keeps its id and its anchor for ever, whatever late data does to the verdict under it. A verdict
owns every case whose anchor lies in it. None: open one. One: revise it if it says something else. Several: the first
opened survives, the others are merged into it. A case that no verdict owns any more is withdrawn, never deleted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from alerting.excursion.policy import Policy
from alerting.excursion.verdicts import End, Verdict
from coldchain.excursion import Case, CaseState, Facts, LotShare, LotsKnown


class Why(StrEnum):
    """Why a case has a new revision; the same word in the archive, in notices and on pages."""

    OPENED = "opened"
    CONTINUED = "continued"
    ENDED = "ended"
    LATE_DATA = "late_data"
    RULE_CHANGED = "rule_changed"
    LOTS = "lots"
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


def finding_of(verdict: Verdict, policy: Policy, concerned: Concerned) -> Finding:
    """A verdict with its loudness and its lots."""
    severity, certainty = policy.loudness(verdict)
    facts = Facts(
        kind=verdict.kind,
        rule=verdict.rule,
        rule_version=verdict.version,
        severity=severity,
        certainty=certainty,
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
    )
    return Finding(facts, verdict.end)


def case_id(channel: str, rule: str, anchor: int) -> str:
    """The id of a case: the same wherever and whenever it is made."""
    return sha256(f"{channel}\n{rule}\n{anchor}".encode()).hexdigest()[:24]


def reconcile(scope: Scope, cases: Iterable[Case], findings: Sequence[Finding], at: int) -> list[Revision]:
    """What must change so that the cases say what the verdicts say.

    Args:
        scope: what was judged.
        cases: the channel's cases in whatever state; at least all that the scope covers.
        findings: every verdict of the scope.
        at: domain time of the decision; later decisions have a later one.
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
        revisions += _own(mine, finding) if mine else [_opened(scope.channel, finding, at)]
    lost = [c for its in by_rule.values() for c in its if c.id not in owned and c.state is not CaseState.WITHDRAWN]
    return revisions + [_changed(case, CaseState.WITHDRAWN, None, Why.WITHDRAWN) for case in lost]


def _opened(channel: str, finding: Finding, at: int) -> Revision:
    facts = finding.facts
    identity = case_id(channel, facts.rule, facts.first_bad)
    case = Case(identity, channel, facts.first_bad, at, 1, _state(finding), None, facts)
    return Revision(case, None, Why.OPENED)


def _own(mine: Sequence[Case], finding: Finding) -> list[Revision]:
    first, *others = mine
    revisions = []
    state = _state(finding)
    if (first.state, first.merged_into, first.facts) != (state, None, finding.facts):
        after = replace(first, revision=first.revision + 1, state=state, merged_into=None, facts=finding.facts)
        revisions.append(Revision(after, first, _why(first, finding)))
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
    readings_same = replace(old, lots=new.lots, lots_known=new.lots_known) == new
    return Why.LOTS if readings_same else Why.LATE_DATA
