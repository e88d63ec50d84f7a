"""Losses of mains, and what the temperature did: held how long, warmed how fast, back when. Pure; before: machines.

    power ─► cut (start, end) ──┐
    temperatures, limit ────────┴─► held until the first reading beyond the limit; back in its band when the mains were too

A holdover is measured only where somebody saw both its ends: mains shortly before they were lost, none all the while, and
the reading before the first one beyond the limit was near. Where the gateway or the plug went dark, it held at least until
then: the mains may have been back before anybody heard of it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from alerting.ledger.states import Points

HOUR: Final = 3_600_000
RECOVERY_MS: Final = 24 * HOUR  # after that what warms has another cause
OVERSHOOT_MS: Final = HOUR // 2  # what warms later has another cause too
LEAST_WARMING_MS: Final = 10 * 60_000


@dataclass(frozen=True, slots=True)
class Cut:
    """The mains were out in [start, end); None: as far as anybody knows they still are."""

    start: int
    end: int | None
    is_sharp: bool  # they were there shortly before; else they were lost at any time since somebody heard of them
    heard_to: int  # up to then it was heard without a gap that they are out; `end`, where that was near

    def until(self, newest: int) -> int:
        """Its end, or the newest that is known."""
        return newest if self.end is None else self.end


@dataclass(frozen=True, slots=True)
class Room:
    """A vaccine compartment's probe while the mains were out."""

    compartment: int
    low_mc: int | None
    limit_mc: int
    gap_ms: int
    points: Points  # °C, from a gap limit before the cut to `RECOVERY_MS` after it


@dataclass(frozen=True, slots=True)
class Held:
    """What became of a compartment."""

    compartment: int
    limit_mc: int
    start_mc: int
    peak_mc: int
    held_until: int | None = None
    holdover_ms: int | None = None
    held_ms: int = 0
    warming_mk_h: int | None = None
    back_at: int | None = None


def cuts_of(points: Points, gap_ms: int) -> Iterator[Cut]:
    """Each loss: from the first reading of no mains to the next one of mains; beyond a gap nothing is heard."""
    first: int | None = None  # of the loss that goes on
    for at, (_, value) in enumerate(points):
        if not value and first is None:
            first = at
        elif value and first is not None:
            yield _cut(points, first, at, gap_ms)
            first = None
    if first is not None:
        yield _cut(points, first, None, gap_ms)


def merged(cuts: Iterable[Cut]) -> list[Cut]:
    """The losses of a piece with several plugs: what overlaps is one, and over when the last that is heard of is back."""
    found: list[Cut] = []
    for cut in sorted(cuts, key=lambda each: each.start):
        last = found[-1] if found else None
        if last is None or last.until(last.heard_to) < cut.start:
            found.append(cut)
            continue
        ends = [each.end for each in (last, cut) if each.end is not None]
        found[-1] = Cut(last.start, max(ends, default=None), last.is_sharp, max(last.heard_to, cut.heard_to))
    return found


def held_through(cut: Cut, room: Room) -> Held | None:
    """How a compartment went through a cut; None where nothing of it is known then."""
    if not room.points:
        return None
    end = cut.until(room.points[-1][0])
    times = [t for t, _ in room.points]
    first = max(0, bisect_right(times, cut.start) - 1)
    inside = room.points[first : bisect_right(times, end)]
    if not inside or cut.start - inside[0][0] > room.gap_ms:
        return None
    beyond = next((i for i, (_, v) in enumerate(inside) if _mc(v) > room.limit_mc), None)
    back_at = _back_at(cut, room, is_out=_mc(inside[-1][1]) > room.limit_mc)
    after = room.points[bisect_left(times, cut.start) : bisect_right(times, back_at or end + RECOVERY_MS)]
    seen_to = _seen_to(inside[: beyond or None], room.gap_ms) if beyond != 0 else cut.start
    return Held(
        room.compartment,
        room.limit_mc,
        start_mc=_mc(inside[0][1]),
        peak_mc=max(_mc(v) for _, v in (*inside[:1], *after)),
        held_until=None if beyond is None else max(cut.start, inside[beyond][0]),
        holdover_ms=_holdover(cut, inside, beyond, room.gap_ms),
        held_ms=max(0, min(seen_to, end, cut.heard_to) - cut.start),
        warming_mk_h=_warming([p for p in inside[: None if beyond is None else beyond + 1] if p[0] <= cut.heard_to]),
        back_at=back_at,
    )


def worst(found: Sequence[Held]) -> Held | None:
    """The compartment that left its band first, or came nearest to leaving it."""
    return min(
        found,
        key=lambda held: (
            held.held_until is None,
            held.held_until or 0,
            held.limit_mc - held.peak_mc,
            held.compartment,
        ),
        default=None,
    )


def mean_mc(points: Points, start: int, end: int) -> int | None:
    """The mean of what was read in [start, end]; None where nothing was."""
    values = [value for t, value in points if start <= t <= end]
    return _mc(sum(values) / len(values)) if values else None


def _cut(points: Points, first: int, back: int | None, gap_ms: int) -> Cut:
    """The loss from the reading number `first` to the one that says that the mains are back; None: to the last."""
    is_sharp = first > 0 and points[first][0] - points[first - 1][0] <= gap_ms
    heard_to = _seen_to(points[first : None if back is None else back + 1], gap_ms)
    return Cut(points[first][0], None if back is None else points[back][0], is_sharp, heard_to)


def _holdover(cut: Cut, inside: Points, beyond: int | None, gap_ms: int) -> int | None:
    """Measured only from a loss that somebody saw begin, from inside its band, to a crossing that somebody saw."""
    if not cut.is_sharp or not beyond or inside[beyond][0] > cut.heard_to + gap_ms:
        return None
    if inside[beyond][0] - inside[beyond - 1][0] > gap_ms:
        return None
    if _seen_to(inside[: beyond + 1], gap_ms) != inside[beyond][0]:
        return None  # it may have been outside before, while nobody saw
    return inside[beyond][0] - cut.start


def _seen_to(points: Points, gap_ms: int) -> int:
    """Up to when it was seen without a gap."""
    reached = points[0][0]
    for (_, _), (t, _) in pairwise(points):
        if t - reached > gap_ms:
            break
        reached = t
    return reached


def _warming(points: Points) -> int | None:
    """In mK per hour, from the first point to the last."""
    if not points:
        return None
    (first, start), (last, end) = points[0], points[-1]
    return round((end - start) * 1000 * HOUR / (last - first)) if last - first >= LEAST_WARMING_MS else None


def _back_at(cut: Cut, room: Room, *, is_out: bool) -> int | None:
    if cut.end is None:
        return None
    since = cut.end if is_out else _over_after(cut.end, room)
    if since is None:
        return cut.end
    later = (
        t
        for t, v in room.points
        if since <= t <= cut.end + RECOVERY_MS
        and _mc(v) <= room.limit_mc
        and (room.low_mc is None or _mc(v) >= room.low_mc)
    )
    return next(later, None)


def _over_after(end: int, room: Room) -> int | None:
    """When it passed its limit with the mains already back: a compressor waits some minutes, and a probe lags behind."""
    return next((t for t, v in room.points if end <= t <= end + OVERSHOOT_MS and _mc(v) > room.limit_mc), None)


def _mc(celsius: float) -> int:
    return round(celsius * 1000)
