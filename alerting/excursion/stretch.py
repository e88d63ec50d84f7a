"""A stretch: from when to when one set of rules judged a channel at one place. The timeline of a channel is its stretches.

A change of place, profile, interval or rule version begins a new stretch; an excursion never runs across it. Time that
no stretch covers is recorded, never judged.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerting.excursion.rules import Pack, Rule

BEGINNING = -(2**62)
NEVER = 2**62  # the end of a stretch that still goes on


@dataclass(frozen=True, slots=True)
class Place:
    """Where a channel measured, and how often it spoke."""

    interval_ms: int
    profile: str
    equipment: str | None = None
    compartment: int | None = None
    purpose: str = "vaccine"


@dataclass(frozen=True, slots=True)
class Stay:
    """From–to, a channel was at a place; `end` None = it still is."""

    place: Place
    start: int
    end: int | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """[start, end) with its rules. `is_left`: the channel went away at the end, so nothing there is open any more."""

    start: int
    end: int
    place: Place
    rules: tuple[Rule, ...]
    is_left: bool = False

    def gap_ms(self, rule: Rule) -> int:
        """The longest pause between two readings that still counts as known."""
        return rule.gap_factor * self.place.interval_ms


def stretches_of(stays: Iterable[Stay], packs: Sequence[Pack]) -> tuple[Stretch, ...]:
    """Cut a channel's stays where a rule pack changes; neighbours that differ in nothing are one stretch."""
    cut: list[Stretch] = []
    for stay in sorted(stays, key=lambda s: s.start):
        end = NEVER if stay.end is None else stay.end
        changes = sorted({t for pack in packs for t in pack.changes() if stay.start < t < end})
        for start, stop in zip([stay.start, *changes], [*changes, end], strict=True):
            rules = tuple(rule for pack in packs for rule in pack.rules_of(stay.place.profile, start))
            cut.append(Stretch(start, stop, stay.place, rules, is_left=stop == end != NEVER))
    return tuple(_joined(cut))


def _joined(cut: list[Stretch]) -> Iterable[Stretch]:
    held: Stretch | None = None
    for stretch in cut:
        if held and held.end == stretch.start and (held.place, held.rules) == (stretch.place, stretch.rules):
            held = Stretch(held.start, stretch.end, held.place, held.rules, stretch.is_left)
            continue
        if held:
            yield held
        held = stretch
    if held:
        yield held
