"""How long doses were outside of their band, and unknown, from each stay's beginning until many moments; before: lots.

A lot that left a store on a hundred days has a hundred ways. To tell which is the worst, sums suffice: of the day in
which a moment lies, what its row leaves open, and of that the shorter part, comes from readings.

    stay, moments ─┬─ whole days before ─► rows ───────────────────────────────┐
                   └─ the day of a moment ─► its row, when that says all of it ─┼─► (outside, unknown, all) until then
                                        └─► else the readings on one side of it ┘
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from coldchain.archive.db import Archive
from coldchain.exposure import DAY, Exposure
from coldchain.ledger.raw import Window
from coldchain.ledger.stays import NONE, Rows, from_readings, without
from coldchain.ledger.ways import Badness
from coldchain.profile import Profile
from coldchain.series import Series

NOTHING: Badness = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Term:
    """What is known at once, and windows that must be read: added, or taken away."""

    known: Badness = NOTHING
    added: tuple[Window, ...] = ()
    taken: tuple[Window, ...] = ()

    def __add__(self, other: "_Term") -> "_Term":
        return _Term(_plus(self.known, other.known), self.added + other.added, self.taken + other.taken)


@dataclass(frozen=True, slots=True)
class Ground:
    """From what it is reckoned: both doors, the rows of the compartments asked about, and the band."""

    archive: Archive
    series: Series
    rows: Mapping[int, Rows]
    band: Profile


async def until(ground: Ground, moments: Mapping[Window, Collection[int]]) -> dict[Window, dict[int, Badness]]:
    """Of each window how bad it was from its start until each of these moments in it."""
    band = ground.band
    sums = {room: _Sums.of(its, band) for room, its in ground.rows.items()}
    terms = {w: dict(_terms(w, sorted(its), sums.get(w.compartment, _NO_SUMS))) for w, its in moments.items()}
    wanted = {part for its in terms.values() for term in its.values() for part in (*term.added, *term.taken)}
    found = await from_readings(ground.archive, ground.series, wanted)
    read = {part: _bad(went, band) for part, went in found.items()}
    return {window: {at: _all_of(term, read) for at, term in its.items()} for window, its in terms.items()}


@dataclass(frozen=True, slots=True)
class _Sums:
    """A compartment's rows, each day's badness, and the sums of all days before it."""

    rows: Rows
    each: Sequence[Badness]
    before: Sequence[Badness]

    @classmethod
    def of(cls, rows: Rows, band: Profile) -> "_Sums":
        each = [_bad(went, band) for went in rows.went]
        return cls(rows, each, [NOTHING, *accumulate(each, _plus)])

    def whole(self, room: int, start: int, end: int) -> _Term:
        """[start, end), both midnights."""
        its = self.rows.within(start, end)
        known = _less(self.before[its.stop], self.before[its.start]) if its.start < its.stop else NOTHING
        if (its.stop - its.start) * DAY == end - start:
            return _Term(known)
        return _Term(known, tuple(without(Window(room, start, end), self.rows)))

    def part(self, room: int, start: int, end: int) -> _Term:
        """[start, end) within one day."""
        if start >= end:
            return _Term()
        day, length = start - start % DAY, end - start
        row = self.rows.of(day)
        if row is None:
            return _Term(added=(Window(room, start, end),))
        bad = self.each[self.rows.within(day, day + DAY)][0]
        if bad[:2] == (0, 0) or bad[:2] == (0, DAY):  # all of it was good, or nobody knew any of it
            return _Term((0, length if bad[1] else 0, length))
        if 2 * length <= DAY or (start > day and end < day + DAY):
            return _Term(added=(Window(room, start, end),))
        rest = Window(room, day, start) if start > day else Window(room, end, day + DAY)
        return _Term(bad, taken=(rest,) if rest.start < rest.end else ())


_NO_SUMS = _Sums(NONE, (), (NOTHING,))


def _terms(window: Window, moments: Sequence[int], sums: _Sums) -> Iterator[tuple[int, _Term]]:
    """Up to each moment, rising: the part before the first midnight, whole days, the part after the last."""
    room, start = window.compartment, window.start
    midnight = -(-start // DAY) * DAY
    so_far, reached = sums.part(room, start, midnight), midnight
    for at in moments:
        if at <= midnight:
            yield at, sums.part(room, start, at)
            continue
        last = at - at % DAY
        so_far, reached = so_far + sums.whole(room, reached, last), last
        yield at, so_far + sums.part(room, last, at)


def _bad(went: Exposure, band: Profile) -> Badness:
    return went.outside_ms(band.low_c, band.high_c), went.unknown_ms, went.total_ms


def _all_of(term: _Term, read: Mapping[Window, Badness]) -> Badness:
    found = term.known
    for part in term.added:
        found = _plus(found, read[part])
    for part in term.taken:
        found = _less(found, read[part])
    return found


def _plus(one: Badness, other: Badness) -> Badness:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _less(one: Badness, other: Badness) -> Badness:
    return tuple(a - b for a, b in zip(one, other, strict=True))
