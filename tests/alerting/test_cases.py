"""Cases: verdicts against what people already know. Each decision by its smallest example, then any sequence of verdicts."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.excursion.cases import PACE_MS, Concerned, Finding, Revision, Scope, Why, case_id, finding_of, reconcile
from alerting.excursion.occasions import Occasion
from alerting.excursion.policy import load_policy
from alerting.excursion.rules import load_pack
from alerting.excursion.stretch import Place, Stay, stretches_of
from alerting.excursion.verdicts import End, judge
from coldchain.excursion import Case, CaseState, Certainty, Facts, Kind, LotShare, LotsKnown, Severity, excursion_shape
from coldchain.reading import Trace
from tests.alerting.cast import HOUR, MINUTE, PROBE, T0, sparse, trace_of

POLICY = load_policy("default")
STRETCHES = stretches_of([Stay(Place(MINUTE, "2-8"), 0, None)], {"cn-2017": load_pack("cn-2017")}, ["cn-2017"])
ALL = Scope(PROBE, 0, 2**60)
SEED = settings(max_examples=200, deadline=None, derandomize=True)
SOME_LOTS = (LotShare("L-1", "HepB", 120, 3 * MINUTE),)


def findings(trace: Trace, concerned: Concerned | None = None, occasions: Sequence[Occasion] = ()) -> list[Finding]:
    known = concerned or Concerned()
    return [finding_of(verdict, POLICY, known, occasions) for verdict in judge(STRETCHES, trace)]


def opened(trace: Trace, at: int = T0) -> list[Case]:
    return [revision.after for revision in reconcile(ALL, [], findings(trace), at)]


TWO = sparse([(0, 5.0), (1, 9.0), (2, 5.0), (10, 5.0), (11, 9.0), (12, 5.0)])
ONE = trace_of([5.0, 9.0, 9.0, 5.0])


def test_ids_are_the_same_wherever_they_are_made():
    [one] = opened(trace_of([5.0, 9.0]))
    assert one.id == case_id(PROBE, "cn-2017/heat", T0 + MINUTE)
    assert len(one.id) == 24


def test_what_says_the_same_is_not_revised():
    trace = trace_of([5.0, 9.0, 5.0])
    assert reconcile(ALL, opened(trace), findings(trace), T0 + 1) == []


def test_the_first_opened_survives_whatever_its_anchor():
    early, late = opened(TWO)
    early, late = replace(early, opened_at=T0 + 2), replace(late, opened_at=T0 + 1)
    wide = findings(sparse([(0, 5.0), *((m, 9.0) for m in range(1, 12)), (12, 5.0)]))
    revisions = reconcile(ALL, [early, late], wide, T0 + 3)
    assert [(r.after.id, r.after.state, r.after.merged_into, r.why) for r in revisions] == [
        (late.id, CaseState.CLOSED, None, Why.LATE_DATA),
        (early.id, CaseState.MERGED, late.id, Why.MERGED),
    ]


def test_a_merged_case_comes_back_when_it_is_parted_again():
    early, late = opened(TWO)
    merged = replace(late, state=CaseState.MERGED, merged_into=early.id, revision=2)
    revisions = reconcile(ALL, [early, merged], findings(TWO), T0 + 5)
    assert [(r.after.id, r.after.state, r.after.merged_into, r.why) for r in revisions] == [
        (late.id, CaseState.CLOSED, None, Why.REOPENED)
    ]


def test_a_case_outside_of_the_scope_is_left_alone():
    early, late = opened(TWO)
    scope = Scope(PROBE, late.anchor, late.anchor)
    assert [r.after.id for r in reconcile(scope, [early, late], [], T0 + 5)] == [late.id]
    other = Scope(PROBE, 0, 2**60, rule="cn-2017/cold")
    assert reconcile(other, [early, late], [], T0 + 5) == []


def test_a_withdrawn_case_is_withdrawn_once():
    [one] = opened(trace_of([5.0, 9.0]))
    [gone] = reconcile(ALL, [one], [], T0 + 5)
    assert (gone.after.state, gone.after.facts.is_open, gone.why) == (CaseState.WITHDRAWN, False, Why.WITHDRAWN)
    assert reconcile(ALL, [gone.after], [], T0 + 6) == []


def test_the_shape_of_an_excursion_is_the_api_s():
    [one] = opened(trace_of([5.0, 9.0, 5.0]))
    shape = excursion_shape(one, "cold")
    assert shape["end"] == {"last_bad": "2026-06-29T02:41:00+00:00", "known_good": "2026-06-29T02:42:00+00:00"}
    assert (shape["extreme_c"], shape["minutes_out"], shape["compartment"]) == (9.0, 0.5, "cold")
    assert excursion_shape(opened(trace_of([5.0, 9.0]))[0], None)["end"] is None


# ── What a finding says ──


def test_lots_that_nobody_recorded_make_nothing_quieter():
    warm = trace_of([5.0] + [9.0] * 70)
    said = []
    for known, lots in [(LotsKnown.NO, ()), (LotsKnown.FACILITY, SOME_LOTS), (LotsKnown.COMPARTMENT, ())]:
        [one] = findings(warm, Concerned(known, lots))
        said.append((one.facts.severity, one.facts.certainty, one.facts.is_held, one.facts.waits_at_night))
    assert said == [(Severity.CRITICAL, Certainty.CERTAIN, True, False)] * 3


def test_a_finding_says_what_explains_it():
    session = Occasion("session", T0, T0 + HOUR)
    [one] = findings(trace_of([5.0] + [9.0] * 25), occasions=[session])
    assert (one.facts.explained, one.facts.severity) == ("session", Severity.NOTE)
    [longer] = findings(trace_of([5.0] + [9.0] * 40), occasions=[session])
    assert (longer.facts.explained, longer.facts.severity) == (None, Severity.WARNING)


def test_a_finding_says_how_warm_the_product_became():
    verdict = replace(judge(STRETCHES, ONE)[0], product_mc=6_400)
    facts = finding_of(verdict, POLICY, Concerned()).facts
    assert (facts.product_mc, facts.extreme_mc) == (6_400, 9_000)


# ── Why a case is revised ──


def whys(before: Trace, after: Sequence[Finding]) -> list[Why]:
    return [r.why for r in reconcile(ALL, opened(before), after, T0 + HOUR)]


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (trace_of([5.0, 9.0, 9.0, 9.0]), Why.CONTINUED),
        (trace_of([5.0, 9.0, 9.0, 5.0]), Why.ENDED),
        (sparse([(0, 5.0), (0.5, 9.0), (1, 9.0), (2, 9.0)]), Why.LATE_DATA),
        (sparse([(0.5, 5.0), (1, 9.0), (2, 9.0)]), Why.LATE_DATA),
        (sparse([(0, 5.0), (1, 9.0), (1.5, 9.0), (2, 9.0)]), None),
        (sparse([(0, 5.0), (1, 9.0), (1.5, 11.0), (2, 9.0)]), Why.LATE_DATA),
    ],
)
def test_a_revision_tells_what_the_readings_did(after: Trace, why: Why | None):
    assert whys(trace_of([5.0, 9.0, 9.0]), findings(after)) == ([why] if why else [])


def test_a_revision_tells_what_no_reading_did():
    [base] = findings(ONE)
    facts = base.facts

    def why(**changes: object) -> list[Why]:
        return whys(ONE, [Finding(replace(facts, **changes), base.end)])  # type: ignore[arg-type] # a table of tests

    assert why(lots=SOME_LOTS, lots_known=LotsKnown.COMPARTMENT) == [Why.LOTS]
    assert why(explained="session") == [Why.EXPLAINED]
    assert why(explained="session", severity=Severity.CRITICAL, lots=SOME_LOTS) == [Why.EXPLAINED]
    assert why(severity=Severity.WARNING) == [Why.POLICY]
    assert why(is_held=True, lots=SOME_LOTS) == [Why.POLICY]
    assert why(product_mc=7_000) == [Why.POLICY]
    assert why(out_ms=7, severity=Severity.WARNING) == [Why.LATE_DATA]


def test_a_change_of_rules_is_told_as_such():
    [base] = findings(trace_of([5.0, 9.0, 9.0]))
    cut = Finding(replace(base.facts, is_open=False), End.CHANGED)
    assert whys(trace_of([5.0, 9.0]), [cut]) == [Why.RULE_CHANGED]


# ── A case that merely goes on ──

START = T0 - T0 % PACE_MS  # a step of the clock


def night(minutes: int, value: float = 9.0) -> Trace:
    return trace_of([5.0] + [value] * minutes, start=START)


def revised(before: Finding, after: Finding) -> Revision:
    [first] = reconcile(ALL, [], [before], T0)
    [second] = reconcile(ALL, [first.after], [after], T0 + 1, pace_ms=PACE_MS)
    assert second.after.facts == after.facts  # whatever the history keeps, the case says what the verdict says
    return second


def test_a_minute_more_is_no_history():
    [before], [after] = findings(night(8)), findings(night(9))
    quiet = revised(before, after)
    assert (quiet.why, quiet.is_history, quiet.after.revision) == (Why.CONTINUED, False, 1)


def test_without_a_pace_every_change_is_history():
    [one] = opened(night(8))
    [loud] = reconcile(ALL, [one], findings(night(9)), T0)
    assert (loud.is_history, loud.after.revision) == (True, 2)


def test_a_quarter_of_an_hour_of_the_clock_is_history():
    [before], [after] = findings(night(14)), findings(night(15))
    assert revised(before, after).after.revision == 2


def test_half_a_degree_further_is_history():
    [base] = findings(night(9))
    for extreme_mc, is_history in [(9_400, False), (9_500, True)]:
        further = replace(base.facts, extreme_mc=extreme_mc, last_bad=base.facts.last_bad + MINUTE)
        assert revised(base, Finding(further, End.OPEN)).is_history is is_history


@pytest.mark.parametrize(
    "changes",
    [
        {"severity": Severity.CRITICAL},
        {"certainty": Certainty.POSSIBLE},
        {"unknown_ms": HOUR},
        {"lots": (replace(SOME_LOTS[0], doses=60),)},
        {"lots": ()},
        {"is_held": True},
        {"explained": "delivery"},
        {"first_bad": START - MINUTE},
        {"is_open": False},
    ],
)
def test_what_a_person_would_care_about_is_history(changes: dict[str, object]):
    [base] = findings(night(8), Concerned(LotsKnown.COMPARTMENT, SOME_LOTS))
    later = replace(base.facts, last_bad=base.facts.last_bad + MINUTE)
    after = replace(later, **changes)  # type: ignore[arg-type] # a table of tests
    assert not revised(base, Finding(later, End.OPEN)).is_history
    assert revised(base, Finding(after, End.OPEN)).is_history


def test_what_came_late_or_back_is_history_however_small():
    [base] = findings(night(8))
    late = Finding(replace(base.facts, out_ms=base.facts.out_ms + 1), End.OPEN)
    assert (revised(base, late).why, revised(base, late).is_history) == (Why.LATE_DATA, True)
    [one] = reconcile(ALL, [], [base], T0)
    merged = replace(one.after, state=CaseState.MERGED, merged_into="another")
    longer = Finding(replace(base.facts, last_bad=base.facts.last_bad + MINUTE), End.OPEN)
    [back] = reconcile(ALL, [merged], [longer], T0 + 1, pace_ms=PACE_MS)
    assert (back.why, back.is_history) == (Why.REOPENED, True)


def test_a_lot_that_merely_goes_on_is_no_history():
    [base] = findings(night(8), Concerned(LotsKnown.COMPARTMENT, SOME_LOTS))
    longer = (replace(SOME_LOTS[0], out_ms=4 * MINUTE),)
    after = replace(base.facts, lots=longer, last_bad=base.facts.last_bad + MINUTE)
    assert not revised(base, Finding(after, End.OPEN)).is_history


# ── Any verdicts, in any sequence ──

RULES = ("test/heat", "test/cold")
WIDTH = 40  # moments; a calm one lies between any two verdicts of a rule
Span = tuple[int, int]


def finding(rule: str, span: Span, *, is_open: bool = False, extreme_mc: int = 9_000) -> Finding:
    first, last = span
    facts = Facts(
        kind=Kind.HEAT, rule=rule, rule_version="1", severity=Severity.WARNING, certainty=Certainty.CERTAIN,
        is_open=is_open, known_good_before=first - 1, first_bad=first, last_bad=last,
        known_good_after=None if is_open else last + 1, extreme_mc=extreme_mc, out_ms=last - first, unknown_ms=0,
        degree_ms=0, mkt_mc=None, equipment="F1", compartment=1, lots_known=LotsKnown.NO, lots=(),
    )  # fmt: skip
    return Finding(facts, End.OPEN if is_open else End.RECOVERED)


@st.composite
def verdicts(draw: st.DrawFn, rule: str, start: int, end: int) -> list[Finding]:
    """Verdicts of a rule in [start, end], a good moment between any two; the last may be open."""
    spans: list[Span] = []
    at = start + draw(st.integers(0, 9))
    for length, pause in draw(st.lists(st.tuples(st.integers(0, 15), st.integers(2, 9)), max_size=5)):
        if at + length <= end:
            spans.append((at, at + length))
        at += length + pause
    is_open = draw(st.booleans())
    warmth = st.sampled_from([8_500, 9_000, 20_000])
    return [finding(rule, span, is_open=is_open and span == spans[-1], extreme_mc=draw(warmth)) for span in spans]


class World:
    """The archive's cases, their history, and the verdicts as they are now."""

    def __init__(self, pace_ms: int | None) -> None:
        self.pace_ms = pace_ms
        self.cases: dict[str, Case] = {}
        self.history: dict[str, list[Case]] = {}
        self.now: list[Finding] = []

    def judge(self, scope: Scope, new: Iterable[Finding], at: int) -> list[Revision]:
        """Decide about a scope; whatever lies outside of it stays as it was."""
        kept = [f for f in self.now if not self.is_inside(scope, f)]
        its = sorted(new, key=lambda f: (f.facts.first_bad, f.facts.rule))
        self.now = kept + its
        revisions = reconcile(scope, list(self.cases.values()), its, at, pace_ms=self.pace_ms)
        for revision in revisions:
            self._write(revision)
        return revisions

    @staticmethod
    def is_inside(scope: Scope, one: Finding) -> bool:
        return scope.rule in (None, one.facts.rule) and scope.start <= one.facts.first_bad <= scope.end

    def _write(self, revision: Revision) -> None:
        before, after = self.cases.get(revision.after.id), revision.after
        assert revision.before == before  # an id is never opened twice
        if before is not None:
            assert (before.anchor, before.opened_at, before.channel) == (after.anchor, after.opened_at, after.channel)
        self.cases[after.id] = after
        kept = self.history.setdefault(after.id, [])
        if revision.is_history:
            assert after.revision == len(kept) + 1  # no number is left out, none stands twice
            kept.append(after)
        else:
            assert after.state is CaseState.OPEN

    def living(self) -> list[Case]:
        return [c for c in self.cases.values() if c.state in {CaseState.OPEN, CaseState.CLOSED}]

    def check(self) -> None:
        owners = self.living()
        for one in self.now:
            facts = one.facts
            mine = [c for c in owners if c.facts.rule == facts.rule and facts.first_bad <= c.anchor <= facts.last_bad]
            assert len(mine) == 1
            assert mine[0].facts == facts
            assert (mine[0].state is CaseState.OPEN) == facts.is_open
        assert len(owners) == len(self.now)
        for case in self.cases.values():
            assert case.id == case_id(PROBE, case.facts.rule, case.anchor)
            assert (case.merged_into is not None) == (case.state is CaseState.MERGED)
            if case.merged_into is not None:
                assert self.cases[case.merged_into].opened_at <= case.opened_at
            assert self.history[case.id][-1].state is case.state
            if case.state is not CaseState.OPEN:
                assert self.history[case.id][-1] == case


def scope_of(world: World, rule: str | None, wanted: Span) -> Scope:
    """The smallest scope around a span that cuts no verdict, as a window of readings from calm to calm does."""
    start, end = wanted
    while True:
        cut = [f.facts for f in world.now if f.facts.first_bad <= end and f.facts.last_bad >= start]
        around = (min([start, *(f.first_bad for f in cut)]), max([end, *(f.last_bad for f in cut)]))
        if around == (start, end):
            return Scope(PROBE, start, end, rule)
        start, end = around


def play(data: st.DataObject, pace_ms: int | None) -> World:
    """Some scopes judged one after the other, in any order, each with whatever verdicts."""
    world = World(pace_ms)
    for at in range(data.draw(st.integers(1, 8), label="scopes")):
        rule = data.draw(st.sampled_from([None, *RULES]))
        first, last = sorted(data.draw(st.tuples(st.integers(0, WIDTH), st.integers(0, WIDTH))))
        scope = scope_of(world, rule, (first, last))
        new = [f for its in RULES if rule in (None, its) for f in data.draw(verdicts(its, scope.start, scope.end))]
        world.judge(scope, new, at)
        world.check()
        assert world.judge(scope, new, at) == []  # what is judged twice says nothing new
    return world


@SEED
@given(st.data(), st.sampled_from([None, 1, 10]))
def test_every_verdict_owns_one_living_case_and_nothing_is_lost(data: st.DataObject, pace_ms: int | None):
    play(data, pace_ms)


@SEED
@given(st.data())
def test_what_was_withdrawn_comes_back_under_its_own_name(data: st.DataObject):
    world = play(data, None)
    before, verdicts_before = dict(world.cases), list(world.now)
    whole = Scope(PROBE, -1, WIDTH + 99)
    world.judge(whole, [], 100)
    assert world.living() == []
    world.judge(whole, verdicts_before, 101)
    world.check()
    assert set(world.cases) == set(before)


@SEED
@given(
    lasts=st.lists(st.integers(1, 200), min_size=1, max_size=12, unique=True).map(sorted),
    extremes=st.lists(st.integers(8_001, 12_000), min_size=12, max_size=12).map(sorted),
)
def test_a_pace_thins_the_history_and_changes_no_case(lasts: list[int], extremes: list[int]):
    worlds = [World(None), World(10)]
    for at, (last, extreme_mc) in enumerate(zip(lasts, extremes, strict=False)):
        for world in worlds:
            world.judge(ALL, [finding(RULES[0], (1, last), is_open=True, extreme_mc=extreme_mc)], at)
    every, thin = (list(world.cases.values()) for world in worlds)
    assert [replace(case, revision=0) for case in every] == [replace(case, revision=0) for case in thin]
    [kept] = worlds[1].history.values()
    steps = [(case.facts.last_bad // 10, (case.facts.extreme_mc or 0) // 500) for case in kept]
    assert all(one != other for one, other in pairwise(steps))
    assert steps[-1] == (lasts[-1] // 10, extremes[len(lasts) - 1] // 500)
