"""Stays: where doses were follows from movements alone. Pure.

movements of lots ─► steps of each (lot, compartment) ─► levels ─► stays, each without a break
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from coldchain.archive.stock.words import Lot

Step = tuple[int, int]  # (time, doses more or fewer), or (time, doses there from then on)
Place = tuple[str, int]  # (lot, compartment)
Span = tuple[int, int | None]  # from when until when; None: still


class Moved(Protocol):
    """What of a movement says where doses were: a record's fields, or a row's columns."""

    @property
    def lot(self) -> str:
        """Its lot."""

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
    def withdrawn_at(self) -> int | None:
        """Since when it counts no more."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Doses of one lot in one compartment without a break; `levels` is how many from when, `end` None = still there."""

    lot: str
    compartment: int
    start: int
    end: int | None
    levels: tuple[tuple[int, int], ...]

    @property
    def doses(self) -> int:
        """The most there were at once."""
        return max(doses for _, doses in self.levels)

    def touches(self, start: int, end: int) -> bool:
        """True when it has a moment in [start, end)."""
        return self.start < end and (self.end is None or self.end > start)

    def doses_within(self, start: int, end: int) -> int:
        """How many doses were there at any moment of [start, end): those at its start and all that came later.

        Doses that left and came back within it count twice: rather a dose too many than one unnamed.
        """
        if not self.touches(start, end):
            return 0
        before = 0
        within = 0
        for at, doses in self.levels:
            if at >= end:
                break
            within = doses if at <= start else within + max(0, doses - before)
            before = doses
        return within


@dataclass(frozen=True, slots=True)
class Inside:
    """A lot with the stays that brought it into a window, and how many of its doses were inside."""

    lot: Lot
    stays: tuple[Stay, ...]
    doses: int


def stays_of(movements: Iterable[Moved]) -> list[Stay]:
    """The stays that follow from movements; each is of a lot and a compartment, without a break."""
    found = [stay for place, its in steps_of(movements).items() for stay in split(place, levels_of(its))]
    return sorted(found, key=lambda stay: (stay.start, stay.lot, stay.compartment))


def steps_of(movements: Iterable[Moved]) -> dict[Place, list[Step]]:
    """What came and went, by lot and compartment."""
    steps: dict[Place, list[Step]] = defaultdict(list)
    for each in movements:
        if each.withdrawn_at is not None:
            continue
        if each.source is not None:
            steps[each.lot, each.source].append((each.at, -each.doses))
        if each.target is not None:
            steps[each.lot, each.target].append((each.at, each.doses))
    return steps


def levels_of(steps: Iterable[Step]) -> list[Step]:
    """How many doses were there from when; steps of the same instant count as one."""
    levels = []
    doses = 0
    for at, group in groupby(sorted(steps), key=lambda step: step[0]):
        doses += sum(step for _, step in group)
        levels.append((at, doses))
    return levels


def least_of(levels: Iterable[Step], at: int) -> Step:
    """When from `at` on there were fewest, and how many; before the first level there were none."""
    known = list(levels)
    at_start = max((level for level in known if level[0] <= at), default=(at, 0))
    when, least = min([at_start, *(level for level in known if level[0] > at)], key=lambda level: level[1])
    return max(when, at), least


def split(place: Place, levels: list[Step]) -> list[Stay]:
    """One stay for each unbroken run of levels above nothing."""
    lot_id, compartment = place
    found = []
    run: list[Step] = []
    for at, doses in levels:
        if doses > 0:
            run.append((at, doses))
        elif run:
            found.append(Stay(lot_id, compartment, run[0][0], at, tuple(run)))
            run = []
    if run:
        found.append(Stay(lot_id, compartment, run[0][0], None, tuple(run)))
    return found
