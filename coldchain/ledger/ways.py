"""Along which ways doses of a lot came to where they are; after: its movements; before: lots. Pure.

Doses of one lot lie in several places and met in others, so a lot has no single history. A way is one that some of its
doses may have had: arrival from outside, stay, movement, stay, …
"""

from collections.abc import Sequence
from dataclasses import dataclass

from coldchain.archive.lots import Movement, Stay

MOST = 500  # ways looked at; a lot that crossed more is summed over these


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a way: in this compartment from `start` to `end`; None = still there."""

    stay: Stay
    start: int
    end: int | None


Way = tuple[Leg, ...]


def ways(stays: Sequence[Stay], movements: Sequence[Movement]) -> list[Way]:
    """The ways to where doses are now; or, when none are left anywhere, to each of their last places."""
    counting = [move for move in movements if move.withdrawn_at is None]
    ends = [stay for stay in stays if stay.end is None] or list(stays)
    found: list[Way] = []
    for stay in ends:
        found += _ways_to(stay, stay.end, stays, counting)
    return found[:MOST]


def _ways_to(stay: Stay, end: int | None, stays: Sequence[Stay], movements: Sequence[Movement]) -> list[Way]:
    """Ways that end in this stay, each by another source; of several arrivals from one, the first is the longest."""
    arrivals: dict[int | None, Movement] = {}
    for move in movements:
        if move.target == stay.compartment and stay.start <= move.at and (end is None or move.at < end):
            arrivals.setdefault(move.source, move)
    found: list[Way] = []
    for source, move in arrivals.items():
        leg = Leg(stay, move.at, end)
        before = _stay_at(stays, source, move.at)
        earlier = _ways_to(before, move.at, stays, movements) if before else []
        found += [(*way, leg) for way in earlier] or [(leg,)]
    return found[:MOST]


def _stay_at(stays: Sequence[Stay], compartment: int | None, at: int) -> Stay | None:
    """The stay that doses left at that moment; its start lies before, so every step goes back in time."""
    held = (s for s in stays if s.compartment == compartment and s.start < at and (s.end is None or at <= s.end))
    return next(held, None)
