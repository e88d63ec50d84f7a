"""Rules of every kind, with the same in the words of the reference, and random readings and timelines to judge."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from alerting.excursion.rule import KIND_OF_FAULT, Counts, Operator, Reads, Rule
from alerting.excursion.rules import Pack, Version
from alerting.excursion.stretch import NEVER, Place, Stay, Stretch, stretches_of
from alerting.excursion.verdicts import Verdict
from coldchain.excursion import Kind
from coldchain.reading import Fault, Trace
from tests.alerting.cast import MINUTE, PROBE, T0
from tests.alerting.reference import Expected, Reading, Term, Text, expected

ABOVE, AT_OR_ABOVE, BELOW, AT_OR_BELOW = Operator
COLD: Final = Rule("who/frost", "1", Kind.FREEZE, operator=AT_OR_BELOW, limit=-500, patience_ms=3 * MINUTE)
HEAT: Final = Rule("cn/heat", "1", Kind.HEAT, operator=ABOVE, limit=8000)

RULES: Final = (
    HEAT,
    COLD,
    Rule("cn/at", "1", Kind.HEAT, operator=AT_OR_ABOVE, limit=8000, patience_ms=2 * MINUTE),
    Rule("own/held", "1", Kind.HEAT, operator=ABOVE, limit=8000, patience_ms=MINUTE, hysteresis=500, hold_ms=2 * MINUTE),
    Rule("own/slack", "1", Kind.FREEZE, operator=BELOW, limit=2000, hysteresis=3000, gap_factor=1),
    Rule("who/back", "1", Kind.HEAT, operator=ABOVE, limit=8000, until=5000, patience_ms=4 * MINUTE),
    Rule("who/thaw", "1", Kind.FREEZE, operator=BELOW, limit=0, until=5000, hold_ms=MINUTE),
    Rule(
        "ship/hot", "1", Kind.CUMULATIVE_HEAT, operator=ABOVE, limit=8000,
        counts=Counts.SUM, patience_ms=3 * MINUTE, period_ms=20 * MINUTE,
    ),
    Rule(
        "ship/cold", "1", Kind.CUMULATIVE_FREEZE, operator=BELOW, limit=0, until=4500,
        counts=Counts.SUM, patience_ms=2 * MINUTE, period_ms=13 * MINUTE,
    ),
    Rule("usp/warm", "1", Kind.MEAN_KINETIC_HEAT, operator=ABOVE, limit=7950, counts=Counts.MEAN_KINETIC, period_ms=9 * MINUTE),
    Rule("usp/cool", "1", Kind.MEAN_KINETIC_COLD, operator=BELOW, limit=6050, counts=Counts.MEAN_KINETIC, period_ms=7 * MINUTE),
    Rule("watch/reset", "1", Kind.POWER_ON_VALUE, reads=Reads.FAULT, faults=frozenset({Fault.POWER_ON})),
    Rule(
        "watch/mute", "1", Kind.NO_ANSWER, reads=Reads.FAULT, faults=frozenset({Fault.NO_ANSWER, Fault.GARBLED}),
        patience_ms=2 * MINUTE, hold_ms=2 * MINUTE,
    ),
    Rule("watch/flat", "1", Kind.FLAT_LINE, reads=Reads.STILLNESS, patience_ms=3 * MINUTE),
    Rule("watch/flatter", "1", Kind.FLAT_LINE, reads=Reads.STILLNESS, patience_ms=20 * MINUTE),
    Rule("watch/spike", "1", Kind.SPIKE, reads=Reads.JUMP, jump=3000),
    Rule("watch/spikes", "1", Kind.SPIKE, reads=Reads.JUMP, jump=400, hold_ms=2 * MINUTE, gap_factor=2),
)  # fmt: skip
BY_ID: Final = {rule.id: rule for rule in RULES}
USUAL: Final = (
    HEAT,
    Rule("cn/cold", "1", Kind.FREEZE, operator=BELOW, limit=2000),
    *(Rule(f"watch/{kind}", "1", kind, reads=Reads.FAULT, faults=frozenset({f})) for f, kind in KIND_OF_FAULT.items()),
    Rule("watch/still", "1", Kind.FLAT_LINE, reads=Reads.STILLNESS, patience_ms=360 * MINUTE),
    Rule("watch/jump", "1", Kind.SPIKE, reads=Reads.JUMP, jump=5000),
)  # what judges a vaccine fridge where nobody chose otherwise
WATCHED: Final = tuple(rule for rule in RULES if rule.id.startswith(("cn/heat", "who/frost", "watch/")))


def text_of(rule: Rule) -> Text:
    """A rule in the words of the reference."""
    return Text(
        reads=rule.reads.value,
        counts=rule.counts.value,
        is_heat=rule.operator in {ABOVE, AT_OR_ABOVE},
        inclusive=rule.operator in {AT_OR_ABOVE, AT_OR_BELOW},
        limit=rule.limit,
        until=rule.until,
        hysteresis=rule.hysteresis,
        hold=rule.hold_ms,
        patience=rule.patience_ms,
        period=rule.period_ms,
        faults=frozenset(int(fault) for fault in rule.faults),
        jump=rule.jump,
        is_binary=rule.quantity.is_binary,
        tells_mean=rule.kind in {Kind.HEAT, Kind.CUMULATIVE_HEAT},
        is_temperature=rule.kind.is_temperature,
    )


def readings_of(trace: Trace) -> list[Reading]:
    """A trace in the words of the reference."""
    rows = zip(trace.t, trace.v, trace.q, strict=True)
    return [Reading(t, None if v is None or q & 63 else round(v * 1000), q & 63) for t, v, q in rows]


def told(verdict: Verdict) -> Expected:
    """A verdict in the words of the reference."""
    return Expected(
        certainty=verdict.certainty.value,
        end=verdict.end.value,
        good_before=verdict.known_good_before,
        first_bad=verdict.first_bad,
        last_bad=verdict.last_bad,
        good_after=verdict.known_good_after,
        extreme=verdict.extreme_mc,
        run_ms=verdict.run_ms,
        out_ms=verdict.out_ms,
        unknown_ms=verdict.unknown_ms,
        before_ms=verdict.unknown_before_ms,
        degree_ms=verdict.degree_ms,
        mean=None if verdict.mkt_mc is None else verdict.mkt_mc / 1000,
        product=verdict.product_mc,
        product_run_ms=verdict.product_run_ms,
    )


def always(*rules: Rule, buffer_ms: int | None = None) -> tuple[Stretch, ...]:
    """One place for ever."""
    return (Stretch(0, NEVER, Place(MINUTE, "2-8", buffer_ms=buffer_ms), rules),)


# random readings

_FAULTS = (Fault.POWER_ON, Fault.POWER_ON, Fault.GARBLED, Fault.NO_ANSWER, Fault.DISCONNECTED)
_PAUSES = st.sampled_from([0.5, 1, 1, 1, 1, 1, 2, 3, 3.001, 4, 10, 25])
_VALUES = st.sampled_from(
    [4.0, 4.4, 4.5, 5.0, 5.001, 7.5, 8.0, 8.0, 8.001, 8.4, 9.0, 9.0, 30.0, 0.0, -0.5, -0.499, -1.0]
)


@st.composite
def traces(draw: st.DrawFn, *, most: int = 40) -> Trace:
    """Readings around all limits, on them, with faults, standstills, pauses at and beyond the gap limit."""
    time, value = T0, 5.0
    trace = Trace(PROBE, [], [], [])
    for pause in draw(st.lists(_PAUSES, min_size=1, max_size=most)):
        time += round(pause * MINUTE)
        what = draw(st.integers(0, 9))
        value = value if what in {0, 1, 2} else draw(_VALUES)
        fault = draw(st.sampled_from(_FAULTS)) if what == 9 else Fault.NONE
        trace.t.append(time)
        trace.v.append(None if fault else value)
        trace.q.append(int(fault))
    return trace


@st.composite
def calm_traces(draw: st.DrawFn) -> Trace:
    """Long, calm for the most part: what the short ways are for."""
    values: list[float | None] = []
    for length in draw(st.lists(st.sampled_from([1, 2, 20, 70, 130]), min_size=1, max_size=5)):
        kind = draw(st.sampled_from(["flat", "steps", "noise", "edge", "out"]))
        base = draw(st.sampled_from([2.0, 5.0, 7.9]))
        steps = {
            "flat": [0.0],
            "steps": [0.0, 0.0, 0.0625],
            "noise": [0.0, 0.1, -0.3, 0.05],
            "edge": [0.0, 0.1],
            "out": [3.0],
        }
        values += [base + steps[kind][i % len(steps[kind])] for i in range(length)]
    gap = draw(st.sampled_from([0, 0, 2, 3, 200]))
    times = [T0 + MINUTE * (i + (gap if i > len(values) // 2 else 0)) for i in range(len(values))]
    codes = [0] * len(values)
    if draw(st.booleans()):
        values[len(values) // 3], codes[len(values) // 3] = None, int(Fault.POWER_ON)
    return Trace(PROBE, times, values, codes)


# random timelines


@dataclass(frozen=True)
class Segment:
    """From–to at one place, with these rules."""

    start: int
    end: int
    place: Place
    rules: frozenset[str]


@dataclass(frozen=True)
class Timeline:
    segments: Sequence[Segment]

    def stretches(self) -> tuple[Stretch, ...]:
        """As the engine makes them: each rule is a pack of its own, and a stay names its packs."""
        packs = {rule.id: Pack(rule.id, "", "", (Version("1", 0, "", (rule,)),)) for rule in RULES}
        stays = [
            Stay(s.place, s.start, None if s.end == NEVER else s.end, tuple(sorted(s.rules))) for s in self.segments
        ]
        return stretches_of(stays, packs)

    def expected(self, trace: Trace) -> dict[tuple[int, str], Expected]:
        """All verdicts by the reference, rule by rule and term by term."""
        found = {}
        for rule in RULES:
            for term in self._terms(rule, trace.t[-1]):
                for one in expected(readings_of(trace), text_of(rule), term):
                    found[one.first_bad, rule.id] = one
        return found

    def _terms(self, rule: Rule, newest: int) -> list[Term]:
        """Neighbouring segments at one place that all have the rule are one term."""
        terms: list[list[Segment]] = []
        for segment in self.segments:
            if rule.id not in segment.rules:
                continue
            if terms and (terms[-1][-1].end, terms[-1][-1].place) == (segment.start, segment.place):
                terms[-1].append(segment)
            else:
                terms.append([segment])
        return [self._term(rule, parts, newest) for parts in terms]

    def _term(self, rule: Rule, parts: Sequence[Segment], newest: int) -> Term:
        place = parts[0].place
        return Term(
            since=parts[0].start,
            until=parts[-1].end,
            is_left=any(s.start <= newest < s.end and self._is_left(s) for s in parts),
            gap=rule.gap_factor * place.interval_ms,
            tau=place.buffer_ms if rule.kind is Kind.HEAT else None,
        )

    def _is_left(self, segment: Segment) -> bool:
        """Does the time at this place end, however many segments later?"""
        onward = next((s for s in self.segments if (s.start, s.place) == (segment.end, segment.place)), None)
        return segment.end != NEVER if onward is None else self._is_left(onward)


_PLACES = (Place(MINUTE, "2-8"), Place(MINUTE, "2-8"), Place(2 * MINUTE, "2-8", buffer_ms=5 * MINUTE))


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Up to four segments with moves, holes and rules that come and go."""
    lengths = draw(st.lists(st.sampled_from([3, 7, 15, 40]), max_size=3))
    segments, start = [], T0 + draw(st.sampled_from([-20, 0, 3])) * MINUTE
    for number, length in enumerate([*lengths, None]):
        end = NEVER if length is None and draw(st.booleans()) else start + (length or 60) * MINUTE
        rules = draw(st.frozensets(st.sampled_from(sorted(BY_ID)), min_size=1)) if number else frozenset(BY_ID)
        segments.append(Segment(start, end, draw(st.sampled_from(_PLACES)), rules))
        start = end + draw(st.sampled_from([0, 0, 0, 2])) * MINUTE
    return Timeline(segments)
