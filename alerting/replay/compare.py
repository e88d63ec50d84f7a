"""Two runs over the same readings: what would be new, gone, changed and the same. Pure. Before: `whatif`. After: `report`.

Excursions are paired by channel and overlap in time: first those of the very same rule, then those of the same kind, so
that two packs with limits of their own can be compared. What overlaps but has lost its partner to a better one is told
with what it lies in: rules that split or join an excursion invent none.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from coldchain.excursion import Case, excursion_shape

NAMES: Final = ("id", "revision", "rule")  # what two packs differ in by nature


@dataclass(frozen=True, slots=True)
class Change:
    """The same excursion under both; `fields` = what it says otherwise, as (before, after)."""

    before: Case
    after: Case
    fields: dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Lone:
    """An excursion that only one of them has; `within` names one of the other's that it overlaps all the same."""

    case: Case
    within: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What other rules would change."""

    new: list[Lone]
    gone: list[Lone]
    changed: list[Change]
    same: int


def compare(before: Sequence[Case], after: Sequence[Case]) -> Comparison:
    """Pair the cases of two runs."""
    pairs = sorted(_overlaps(before, after), key=lambda pair: _preference(*pair))
    partner: dict[str, Case] = {}
    beside: dict[tuple[bool, str], str] = {}
    taken: set[str] = set()
    for old, new in pairs:
        beside.setdefault((False, old.id), new.id)
        beside.setdefault((True, new.id), old.id)
        if old.id not in partner and new.id not in taken:
            partner[old.id] = new
            taken.add(new.id)
    changes = [Change(old, partner[old.id], _differences(old, partner[old.id])) for old in before if old.id in partner]
    changed = [change for change in changes if change.fields]
    return Comparison(
        new=[Lone(case, beside.get((True, case.id))) for case in after if case.id not in taken],
        gone=[Lone(case, beside.get((False, case.id))) for case in before if case.id not in partner],
        changed=changed,
        same=len(changes) - len(changed),
    )


def _overlaps(before: Sequence[Case], after: Sequence[Case]) -> Iterator[tuple[Case, Case]]:
    """All pairs of one channel and kind that share a moment."""
    by_place: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in sorted(after, key=lambda case: case.facts.first_bad):
        by_place[_place(case)].append(case)
    for old in before:
        for new in by_place[_place(old)]:
            if new.facts.first_bad > old.facts.last_bad:
                break
            if new.facts.last_bad >= old.facts.first_bad:
                yield old, new


def _place(case: Case) -> tuple[str, str]:
    return case.channel, case.facts.kind


def _preference(old: Case, new: Case) -> tuple[bool, int, int, int]:
    shared = min(old.facts.last_bad, new.facts.last_bad) - max(old.facts.first_bad, new.facts.first_bad)
    return old.facts.rule != new.facts.rule, -shared, old.facts.first_bad, new.facts.first_bad


def _differences(old: Case, new: Case) -> dict[str, tuple[Any, Any]]:
    before, after = excursion_shape(old, None), excursion_shape(new, None)
    return {name: (value, after[name]) for name, value in before.items() if name not in NAMES and value != after[name]}
