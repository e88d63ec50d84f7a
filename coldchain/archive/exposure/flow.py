"""Where doses that were somewhere went, and how many of them at most are now where. Pure.

    levels now, movements since ─► levels then ─► with each movement: at most so many of those that moved are meant

Doses of a lot cannot be told from each other, so of what left a compartment at most all are meant, and never more than
are left there: each figure is an upper bound by itself. What comes back unopened may be what was issued before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from coldchain.archive.stock.words import Reason


class Went(NamedTuple):
    """What of a movement says where doses went; None: outside of what we see."""

    at: int
    source: int | None
    target: int | None
    doses: int
    reason: str


class Left(NamedTuple):
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


def follow(
    now: Mapping[int, int],
    since: Sequence[Went],
    places: Collection[int],
    end: int,
    facilities: Mapping[int, str] | None = None,
) -> Flow:
    """Follow the doses of one lot that were in these places at any time from the first of the movements on until `end`.

    Args:
        now: the levels after all movements, by compartment.
        since: all movements of the lot from the beginning of what is asked for on, in time.
        places: the compartments that are asked for.
        end: whoever comes there before this is meant as well.
        facilities: of each compartment; what comes back unopened is of what that facility issued. None: it is all one.
    """
    levels = _levels_before(now, since)
    meant = {place: levels[place] for place in places if levels.get(place, 0) > 0}
    away: dict[str | None, int] = defaultdict(int)  # issued, by facility: some may come back
    home = facilities or {}
    left: list[Left] = []
    for at, source, target, doses, reason in _in_order(since):
        gone = 0
        if source is not None:
            gone = min(doses, meant.get(source, 0))
            levels[source] -= doses
            meant[source] = min(meant.get(source, 0), max(0, levels[source]))
        elif target is not None and reason == Reason.RETURNED:
            gone = min(doses, away[home.get(target)])
        if target is not None:
            levels[target] += doses
            is_there = target in places and at < end
            meant[target] = levels[target] if is_there else meant.get(target, 0) + gone
        elif source is not None and gone:
            left.append(Left(at, source, reason, doses, gone))
            away[home.get(source)] += gone if reason == Reason.ISSUED else 0
    return Flow({place: (levels[place], most) for place, most in meant.items() if most > 0}, left)


def _levels_before(now: Mapping[int, int], since: Sequence[Went]) -> dict[int, int]:
    levels: dict[int, int] = defaultdict(int, now)
    for _, source, target, doses, _ in since:
        if source is not None:
            levels[source] += doses
        if target is not None:
            levels[target] -= doses
    return levels


def _in_order(since: Sequence[Went]) -> Iterable[Went]:
    """In time; of one instant, what came to a place before what left it, for it may be the same doses."""
    times = [each[0] for each in since]
    if len(set(times)) == len(times):
        return since
    groups = (list(its) for _, its in groupby(since, key=itemgetter(0)))
    return [each for its in groups for each in (its if len(its) == 1 else _arrivals_first(its))]


def _arrivals_first(rest: list[Went]) -> Iterator[Went]:
    while rest:
        targets = {each.target for each in rest} - {None}
        following = next((each for each in rest if each.source not in targets), rest[0])  # or they go in a ring
        rest.remove(following)
        yield following
