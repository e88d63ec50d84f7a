"""When a channel was heard: the pauses between its records, held against the duty to record that a pack may carry.

A record is a believed value: a fault is no temperature. A pause counts where it begins; it belongs to the shorter duty
when the value there is out of the compartment's band. Also tells the times of which nothing is known at all.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress, islice, pairwise
from operator import sub
from typing import Final, cast

from alerting.excursion.rules import Duty, Pack
from alerting.excursion.stretch import BEGINNING, NEVER, Stay
from coldchain.profile import PROFILES
from coldchain.reading import KNOWN_CODES, Quantity, Trace, is_believed

BELIEVED: Final = frozenset(filter(is_believed, KNOWN_CODES))


@dataclass(slots=True)
class Tally:
    """One pack's duty over one stay: how it was kept."""

    pack: str
    duty: Duty
    profile: str
    start: int
    end: int
    longest: tuple[int, int] | None = None  # (ms, since when)
    beyond: int = 0
    beyond_out_of_band: int = 0

    def take(self, times: Sequence[int], values: Sequence[float], pauses: Sequence[int]) -> None:
        """Further pauses: the one at a position begins with the record there."""
        begin, stop = bisect_left(times, self.start), bisect_left(times, self.end) - 1
        if stop <= begin:
            return
        most = max(pauses[begin:stop])
        if self.longest is None or most > self.longest[0]:
            self.longest = (most, times[pauses.index(most, begin)])
        if most <= self.duty.out_of_band_ms:
            return
        for value, pause in zip(values[begin:stop], pauses[begin:stop], strict=True):
            if pause > self.duty.normal_ms:
                self.beyond += 1
            elif pause > self.duty.out_of_band_ms and not PROFILES[self.profile].holds(value):
                self.beyond_out_of_band += 1


@dataclass(slots=True)
class Heard:
    """One channel's records, a slice after the other."""

    channel: str
    gap_ms: int  # of a longer pause nothing is known
    tallies: Sequence[Tally] = ()
    first: int | None = None
    last: tuple[int, float] | None = None
    gaps: list[tuple[int, int]] = field(default_factory=list)

    def take(self, trace: Trace) -> None:
        """Further readings, newer than those before."""
        times, values = _records(trace)
        if not times:
            return
        if self.first is None:
            self.first = times[0]
        if self.last is not None:
            times, values = [self.last[0], *times], [self.last[1], *values]
        self.last = times[-1], values[-1]
        pauses = list(map(sub, islice(times, 1, None), times))
        if pauses and max(pauses) > self.gap_ms:
            self.gaps += [(times[at], times[at + 1]) for at, pause in enumerate(pauses) if pause > self.gap_ms]
        for tally in self.tallies:
            tally.take(times, values, pauses)

    def is_known(self, start: int, end: int) -> bool:
        """True unless nothing is known of more than half of [start, end] (of the moment, where that is all it is)."""
        if self.first is None or self.last is None:
            return False
        unknown = [(BEGINNING, self.first), *self.gaps, (self.last[0], NEVER)]
        if start == end:
            return not any(before < start < after for before, after in unknown)
        lost = sum(max(0, min(after, end) - max(before, start)) for before, after in unknown)
        return 2 * lost <= end - start


def tallies_of(judged: Iterable[tuple[Stay, Iterable[Pack]]], quantity: Quantity) -> list[Tally]:
    """The duties that lie on a channel: only of temperatures, and only where a pack has rules for the place."""
    if quantity is not Quantity.TEMPERATURE:
        return []
    found = [tally for stay, packs in judged for pack in packs for tally in _tallies(stay, pack)]
    found.sort(key=lambda tally: (tally.pack, tally.start))
    joined: list[Tally] = []
    for tally in found:
        last = joined[-1] if joined else None
        if last and (last.pack, last.duty, last.profile, last.end) == (
            tally.pack,
            tally.duty,
            tally.profile,
            tally.start,
        ):
            last.end = tally.end  # a stay is cut for many reasons, and the pause across the cut counts too
        else:
            joined.append(tally)
    return joined


def _tallies(stay: Stay, pack: Pack) -> Iterable[Tally]:
    end = NEVER if stay.end is None else stay.end
    changes = [at for at in pack.changes() if stay.start < at < end]
    for start, stop in pairwise([stay.start, *changes, end]):
        duty = pack.duty_at(start)
        if duty is not None and pack.rules_of(Quantity.TEMPERATURE, stay.place, start):
            yield Tally(pack.name, duty, stay.place.profile, start, stop)


def _records(trace: Trace) -> tuple[list[int], list[float]]:
    if not any(trace.q) and None not in trace.v:
        return trace.t, cast("list[float]", trace.v)  # every one has a value
    believed = [value is not None and code in BELIEVED for value, code in zip(trace.v, trace.q, strict=True)]
    values = list(compress(trace.v, believed))
    return list(compress(trace.t, believed)), cast("list[float]", values)
