"""A stretch: from when to when one set of rules judged a channel at one place. The timeline of a channel is its stretches.

A change of place, profile, interval, pack or rule version begins a new stretch. It ends only what changed: a rule that
is in force on both sides of it, at the very same place, goes on as if nothing had happened. Time that no stretch covers
is recorded, never judged. After: the archive's assignments, or a replay's assumption. Before: `verdicts`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from alerting.excursion.rule import Counts, Reads, Rule
from alerting.excursion.rules import Pack
from coldchain.errors import BadInput
from coldchain.excursion import Kind
from coldchain.reading import Quantity

VACCINE = "vaccine"  # the purpose of a compartment that holds some
BEGINNING = -(2**62)
NEVER = 2**62  # the end of a stretch that still goes on
Term = tuple[int, int]  # from–to


@dataclass(frozen=True, slots=True)
class Place:
    """Where a channel measured, and how often it spoke."""

    interval_ms: int
    profile: str
    equipment: str | None = None
    compartment: int | None = None
    purpose: str = VACCINE
    type: str | None = None  # of the equipment
    buffer_ms: int | None = None  # time constant of the product behind the probe; only where an approval is on file


@dataclass(frozen=True, slots=True)
class Stay:
    """From–to, a channel was at a place; `end` None = it still is."""

    place: Place
    start: int
    end: int | None
    packs: tuple[str, ...] | None = None  # names of those that judge here; None = the site's default ones


@dataclass(frozen=True, slots=True)
class InForce:
    """A rule at a place, and from when to when it is in force there without a break: while this is equal, it goes on."""

    rule: Rule
    place: Place
    since: int
    until: int = field(compare=False)
    gap_ms: int = field(init=False, repr=False, compare=False)  # the longest pause that still counts as known
    is_warm: bool = field(
        init=False, repr=False, compare=False
    )  # it is about heat: its mean kinetic temperature is told
    tau_ms: int | None = field(init=False, repr=False, compare=False)  # of the product, if the rule may follow it

    def __post_init__(self) -> None:
        object.__setattr__(self, "gap_ms", self.rule.gap_factor * self.place.interval_ms)
        object.__setattr__(self, "is_warm", self.rule.kind in {Kind.HEAT, Kind.CUMULATIVE_HEAT})
        object.__setattr__(self, "tau_ms", self.place.buffer_ms if self.rule.kind is Kind.HEAT else None)

    def period_at(self, time: int) -> tuple[int, int]:
        """[start, end) of the time over which the rule counts; a run is counted for as long as the rule is in force."""
        return (self.since, NEVER) if self.rule.counts is Counts.RUN else self.rule.period_at(time, self.since)


@dataclass(frozen=True, slots=True)
class Band:
    """Values of which no rule has anything to say, whatever came before: what lets most of any trace be passed over."""

    low: int
    high: int
    jump: int  # no two of them may be further apart

    def holds(self, low: int, high: int) -> bool:
        """True when all values from `low` to `high` are such."""
        return self.low <= low and high <= self.high and high - low <= self.jump


def band_of(rules: Iterable[Rule]) -> Band:
    """The band in which every one of these rules is calm."""
    low, high, jump = BEGINNING, NEVER, NEVER
    for rule in rules:
        if rule.reads is Reads.JUMP:
            jump = min(jump, rule.jump)
        elif rule.reads is Reads.VALUE and rule.counts is not Counts.MEAN_KINETIC:
            edge = rule.limit + rule.operator.sign * (rule.operator.least - 1)  # the last good value
            low, high = (low, min(high, edge)) if rule.operator.sign > 0 else (max(low, edge), high)
    return Band(low, high, jump)


@dataclass(frozen=True, slots=True)
class Stretch:
    """[start, end) with its rules. `is_left`: the channel went away from the place, so nothing there is open any more."""

    start: int
    end: int
    place: Place
    rules: tuple[Rule, ...]
    is_left: bool = False
    terms: tuple[Term, ...] = ()  # of each rule: it may have begun before this stretch, and end after it
    in_force: tuple[InForce, ...] = field(init=False, repr=False, compare=False)
    runs: tuple[InForce, ...] = field(init=False, repr=False, compare=False)  # those about runs and sums
    band: Band = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        terms = self.terms or ((self.start, self.end),) * len(self.rules)
        in_force = tuple([InForce(rule, self.place, *term) for rule, term in zip(self.rules, terms, strict=True)])
        object.__setattr__(self, "terms", terms)
        object.__setattr__(self, "in_force", in_force)
        object.__setattr__(self, "runs", tuple([force for force in in_force if not force.rule.is_always]))
        object.__setattr__(self, "band", band_of(self.rules))

    def gap_ms(self, rule: Rule) -> int:
        """The longest pause between two readings that still counts as known."""
        return rule.gap_factor * self.place.interval_ms


def stretches_of(
    stays: Iterable[Stay],
    packs: Mapping[str, Pack] | Iterable[Pack],
    default: Sequence[str] | None = None,
    quantity: Quantity = Quantity.TEMPERATURE,
) -> tuple[Stretch, ...]:
    """Cut a channel's stays where what judges it changes; neighbours that differ in nothing are one stretch.

    Args:
        stays: where the channel was; they do not overlap.
        packs: those that are loaded.
        default: names of those that judge where a stay names none; None = all of them.
        quantity: what the channel measures.

    Raises:
        BadInput: when a pack is named that is not loaded.
    """
    loaded = packs if isinstance(packs, Mapping) else {pack.name: pack for pack in packs}
    usual = tuple(loaded) if default is None else tuple(default)
    cut: list[Stretch] = []
    for stay in sorted(stays, key=lambda s: s.start):
        names = usual if stay.packs is None else stay.packs
        cut += _cut(stay, [_pack(loaded, name) for name in dict.fromkeys(names)], quantity)
    return tuple(_with_terms(_joined(cut)))


def _pack(loaded: Mapping[str, Pack], name: str) -> Pack:
    if name not in loaded:
        known = ", ".join(loaded) or "none"
        raise BadInput("packs", f"{name!r} is not loaded", f"load it, or choose from {known}")
    return loaded[name]


def _cut(stay: Stay, packs: Sequence[Pack], quantity: Quantity) -> Iterable[Stretch]:
    end = NEVER if stay.end is None else stay.end
    changes = sorted({t for pack in packs for t in pack.changes() if stay.start < t < end})
    for start, stop in pairwise([stay.start, *changes, end]):
        rules = tuple(rule for pack in packs for rule in pack.rules_of(quantity, stay.place, start))
        yield Stretch(start, stop, stay.place, rules, is_left=stop == end != NEVER)


def _joined(cut: Iterable[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for stretch in cut:
        last = joined[-1] if joined else None
        if last and last.end == stretch.start and (last.place, last.rules) == (stretch.place, stretch.rules):
            joined[-1] = Stretch(last.start, stretch.end, last.place, last.rules, stretch.is_left)
        else:
            joined.append(stretch)
    return joined


def _with_terms(cut: Sequence[Stretch]) -> Iterable[Stretch]:
    """Tell each stretch what of it goes on before and after."""
    goes_on = [one.end == following.start and one.place == following.place for one, following in pairwise(cut)]
    begins = [0, *(at + 1 for at, is_on in enumerate(goes_on) if not is_on), len(cut)]
    for first, stop in pairwise(begins):
        stay = cut[first:stop]  # the whole time at one place
        for at, stretch in enumerate(stay):
            terms = tuple(_term(rule, stay, at) for rule in stretch.rules)
            yield replace(stretch, terms=terms, is_left=stay[-1].is_left)


def _term(rule: Rule, stay: Sequence[Stretch], at: int) -> Term:
    first = last = at
    while first > 0 and rule in stay[first - 1].rules:
        first -= 1
    while last + 1 < len(stay) and rule in stay[last + 1].rules:
        last += 1
    return stay[first].start, stay[last].end
