"""The worst way along which doses of a lot came to where they are; after: its movements; before: lots. Pure.

    stays, movements ─► steps that may have led doses to the ends asked for ─► back from the worst end: its legs

Doses of one lot lie in several places and met in others, so a lot has no single history. A way is one that some of its
doses may have had: arrival from outside, stay, movement, stay, … There may be more ways than anybody could count; the
worst is found without looking at each, for what doses went through before they met others only adds to what came after.
Doses that a facility issued and that came back to it unopened go on with their way; the time between is out of sight.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from coldchain.archive.lots import Movement, Reason, Stay


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a way: in this compartment from `start` to `end`; None = still there."""

    stay: Stay
    start: int
    end: int | None


Way = tuple[Leg, ...]
Badness = tuple[int, ...]  # what is compared first, what among equals, and so on; each adds up over time
Until = Callable[
    [int, int | None], Badness
]  # how bad a stay, by its place in the list, was until then; None: all of it


@dataclass(frozen=True, slots=True)
class Step:
    """A movement between stays, by their place in the list; None: outside, or doses that only passed through."""

    at: int
    source: int | None
    target: int | None
    left: int | None
    entered: int | None
    issued: str | None = None  # the facility that let the doses out of our sight
    returned: str | None = None  # the facility to which some that it had issued came back unopened


@dataclass(frozen=True, slots=True)
class Paths:
    """The stays and steps by which doses may have come to the ends."""

    stays: Sequence[Stay]
    ends: Collection[int]
    groups: Sequence[Sequence[Step]]  # steps of the same instant together, in time
    last: Mapping[int, int | None]  # of each stay that leads there, the last moment that matters; None: still

    def legs(self) -> list[Leg]:
        """All that leads there: each stay from its first moment until the last that matters."""
        return [Leg(self.stays[n], self.stays[n].start, end) for n, end in self.last.items()]

    def moments(self) -> dict[int, list[int | None]]:
        """Up to when it must be known how each stay was, to tell which way is the worst."""
        found: dict[int, set[int | None]] = defaultdict(set)
        for step in (step for group in self.groups for step in group):
            for stay in (step.left, step.entered):
                if stay is not None and stay in self.last:
                    found[stay].add(step.at)
        for stay in self.ends:
            found[stay].add(self.stays[stay].end)
        return {stay: list(times) for stay, times in found.items()}

    def is_one_way(self) -> bool:
        """True when there is nothing to choose: no doses met others on their way."""
        came = Counter(step.entered for group in self.groups for step in group if step.entered is not None)
        is_away = any(step.returned for group in self.groups for step in group)
        return len(self.ends) == 1 and not is_away and all(count == 1 for count in came.values())


def ends_of(stays: Sequence[Stay]) -> list[Stay]:
    """Where doses are now; or, when none are left, each of the places where they were."""
    return [stay for stay in stays if stay.end is None] or list(stays)


def paths_to(
    ends: Collection[Stay], stays: Sequence[Stay], movements: Iterable[Movement], facilities: Mapping[int, str]
) -> Paths:
    """All that may have led doses to these ends; `facilities` is where each compartment stands."""
    wanted = {(stay.compartment, stay.start) for stay in ends}
    chosen = [n for n, stay in enumerate(stays) if (stay.compartment, stay.start) in wanted]
    last: dict[int, int | None] = {n: stays[n].end for n in chosen}
    steps = _steps(stays, [move for move in movements if move.withdrawn_at is None], facilities)
    groups = [list(group) for _, group in groupby(steps, key=lambda step: step.at)]
    back: set[str] = set()
    leading = [_leading(group, last, back) for group in reversed(groups)]
    return Paths(stays, chosen, [group for group in reversed(leading) if group], last)


def _steps(stays: Sequence[Stay], movements: Sequence[Movement], facilities: Mapping[int, str]) -> list[Step]:
    by_place: dict[int, list[int]] = defaultdict(list)
    for n in sorted(range(len(stays)), key=lambda n: stays[n].start):
        by_place[stays[n].compartment].append(n)
    starts = {place: [stays[n].start for n in its] for place, its in by_place.items()}

    def left(move: Movement) -> int | None:
        at = bisect_left(starts.get(move.source or 0, ()), move.at) - 1  # some were there before
        found = by_place[move.source or 0][at] if at >= 0 else None
        return None if found is None or _is_before(stays[found].end, move.at) else found

    def entered(move: Movement) -> int | None:
        at = bisect_right(starts.get(move.target or 0, ()), move.at) - 1
        found = by_place[move.target or 0][at] if at >= 0 else None
        return found if found is not None and _is_before(move.at, stays[found].end) else None

    def step(move: Movement) -> Step:
        is_issue = move.target is None and move.reason == Reason.ISSUED
        is_return = move.source is None and move.reason == Reason.RETURNED
        issued = facilities.get(move.source or 0) if is_issue else None
        returned = facilities.get(move.target or 0) if is_return else None
        return Step(move.at, move.source, move.target, left(move), entered(move), issued, returned)

    return [step(move) for move in sorted(movements, key=lambda move: (move.at, move.id))]


def _is_before(one: int | None, other: int | None) -> bool:
    """None is no end."""
    return one is not None and (other is None or one < other)


def _leading(group: Sequence[Step], last: dict[int, int | None], back: set[str]) -> list[Step]:
    """The steps of an instant that lead to what matters later; also through a place where no dose stayed.

    `back` are the facilities to which doses came back later that they had issued.
    """
    found: list[Step] = []
    rest = list(group)
    while True:
        through = {step.source for step in found} - {None}
        more = [step for step in rest if _matters(step, last) or step.target in through or step.issued in back]
        if not more:
            break
        found += more
        rest = [step for step in rest if step not in more]
    for step in found:
        if step.left is not None and (step.left not in last or _is_before(last[step.left], step.at)):
            last[step.left] = step.at
    back.update(step.returned for step in found if step.returned is not None)
    return [step for step in group if step in found]


def _matters(step: Step, last: Mapping[int, int | None]) -> bool:
    return step.entered is not None and step.entered in last and _is_before(step.at, last[step.entered])


# ── The worst ──


@dataclass(frozen=True, slots=True)
class _Came:
    """Doses that came into a stay, with the worst that they may have been through before, and along where."""

    bad: Badness
    before: "_Left | None" = None
    at: int = 0
    stay: int = -1


@dataclass(frozen=True, slots=True)
class _Left:
    """… and left it again; empty badness is that of doses of which nothing is known."""

    bad: Badness
    came: _Came | None = None
    at: int = 0


_FROM_OUTSIDE: Final = _Left(())


@dataclass(slots=True)
class _Best:
    """Who was worst so far: of all who came into each stay, counted as if there from its beginning; and of the issued."""

    inside: dict[int, tuple[Badness, _Came]] = field(default_factory=dict)
    away: dict[str, _Left] = field(default_factory=dict)

    def left(self, step: Step, until: Until) -> _Left:
        """What the doses of a step were through at worst, if they did not pass through in this very instant."""
        if step.returned is not None:
            return self.away.get(step.returned, _FROM_OUTSIDE)
        if step.left is None or step.left not in self.inside:
            return _FROM_OUTSIDE
        lead, came = self.inside[step.left]
        return _Left(_more(lead, until(came.stay, step.at)), came, step.at)

    def enter(self, stay: int, came: _Came, until: Until) -> None:
        """Doses came into a stay."""
        lead = _less(came.bad, until(stay, came.at))
        if stay not in self.inside or lead > self.inside[stay][0]:
            self.inside[stay] = lead, came


def worst(paths: Paths, until: Until) -> Way:
    """The way that is worst by all that its doses went through; empty where there is no end."""
    best = _Best()
    for group in paths.groups:
        for step, left in zip(group, _left(group, best, until), strict=True):
            if step.entered is not None and step.entered in paths.last:
                best.enter(step.entered, _Came(left.bad, left, step.at, step.entered), until)
            if step.issued is not None and left.bad > best.away.get(step.issued, _FROM_OUTSIDE).bad:
                best.away[step.issued] = left
    its = [(_more(best.inside[n][0], until(n, paths.stays[n].end)), n) for n in paths.ends if n in best.inside]
    if not its:
        return ()
    end = max(its, key=lambda each: each[0])[1]
    return tuple(_back(paths, best.inside[end][1], paths.stays[end].end))[::-1]


def _left(group: Sequence[Step], best: _Best, until: Until) -> list[_Left]:
    """What the doses of each of these steps may have been through at worst; some pass through several in one instant."""
    found = [best.left(step, until) for step in group]
    passed: dict[int, list[int]] = defaultdict(list)
    for n, step in enumerate(group):
        if step.source is not None:
            passed[step.source].append(n)
    waiting = list(range(len(group)))
    while waiting:
        target = group[n := waiting.pop()].target
        for after in passed.get(target, ()) if target is not None else ():
            if found[n].bad > found[after].bad:
                found[after] = found[n]
                waiting.append(after)
    return found


def _back(paths: Paths, came: _Came | None, end: int | None) -> Iterator[Leg]:
    while came is not None:
        yield Leg(paths.stays[came.stay], came.at, end)
        left = came.before
        came, end = (None, None) if left is None else (left.came, left.at)


def _more(one: Badness, other: Badness) -> Badness:
    return tuple(a + b for a, b in zip(one, other, strict=True)) if one else other


def _less(one: Badness, other: Badness) -> Badness:
    return tuple(a - b for a, b in zip(one or (0,) * len(other), other, strict=True))
