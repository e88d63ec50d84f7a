"""Where doses that were somewhere went, and how many of them at most are now where. Pure.

    levels now, movements since ─► levels then ─► with each movement: at most so many of those that moved are meant

Doses of a lot cannot be told from each other, so of what left a compartment at most all are meant, and never more than
are left there: each figure is an upper bound by itself.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Went(Protocol):
    """What of a movement says where doses went: a record's fields, or a row's columns."""

    @property
    def at(self) -> int:
        """When."""

    @property
    def source(self) -> int | None:
        """From where; None: outside."""

    @property
    def target(self) -> int | None:
        """To where; None: outside."""

    @property
    def doses(self) -> int:
        """How many."""

    @property
    def reason(self) -> str:
        """Why."""


@dataclass(frozen=True, slots=True)
class Left:
    """Doses that left for outside of what we see: of them at most `meant` are those that are asked for."""

    at: int
    source: int
    reason: str
    doses: int
    meant: int


@dataclass(frozen=True, slots=True)
class Flow:
    """Where doses are: per compartment how many of the lot, and at most how many of those that are asked for."""

    now: Mapping[int, tuple[int, int]]
    left: Sequence[Left]


def follow(now: Mapping[int, int], since: Sequence[Went], places: Collection[int], end: int) -> Flow:
    """Follow the doses of one lot that were in these places at any time from the first of the movements on until `end`.

    Args:
        now: the levels after all movements, by compartment.
        since: all movements of the lot from the beginning of what is asked for on, in order.
        places: the compartments that are asked for.
        end: whoever comes there before this is meant as well.
    """
    levels = _levels_before(now, since)
    meant = {place: levels[place] for place in places if levels.get(place, 0) > 0}
    left: list[Left] = []
    for each in since:
        gone = 0
        if each.source is not None:
            gone = min(each.doses, meant.get(each.source, 0))
            levels[each.source] -= each.doses
            meant[each.source] = min(meant.get(each.source, 0), max(0, levels[each.source]))
        if each.target is not None:
            levels[each.target] += each.doses
            is_there = each.target in places and each.at < end
            meant[each.target] = levels[each.target] if is_there else meant.get(each.target, 0) + gone
        elif each.source is not None and gone:
            left.append(Left(each.at, each.source, each.reason, each.doses, gone))
    return Flow({place: (levels[place], most) for place, most in meant.items() if most > 0}, left)


def _levels_before(now: Mapping[int, int], since: Sequence[Went]) -> dict[int, int]:
    levels: dict[int, int] = defaultdict(int, now)
    for each in since:
        if each.source is not None:
            levels[each.source] += each.doses
        if each.target is not None:
            levels[each.target] -= each.doses
    return levels
