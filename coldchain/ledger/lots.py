"""What a lot went through: every stay of its ways, and the sums of the way with most time outside of its band.

archive ─► story (stays, movements, places) ─► paths to the ends asked for ─► the worst way ─► passages, sums

A lot's doses may have had different ways to where they are; estimates support a decision; they are none.
"""

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass
from itertools import pairwise

from coldchain.archive import lots, views
from coldchain.archive.db import Archive, Tx
from coldchain.archive.exposure import ground
from coldchain.archive.exposure.ground import Episode, touching
from coldchain.archive.lots import Movement, Stay
from coldchain.archive.tables import Compartment, Equipment, Lot, Vaccine
from coldchain.exposure import Exposure, total
from coldchain.ledger import outside, stays
from coldchain.ledger.outside import Ground
from coldchain.ledger.raw import Window
from coldchain.ledger.ways import Leg, Paths, Until, Way, ends_of, paths_to, worst
from coldchain.profile import profile_of
from coldchain.series import Series


@dataclass(frozen=True, slots=True)
class Story:
    """All that the archive says of a lot."""

    lot: Lot
    vaccine: Vaccine
    stays: list[Stay]
    movements: list[Movement]
    rooms: dict[int, tuple[Compartment, Equipment]]

    def facility_of(self, stay: Stay) -> str:
        """Where a stay was."""
        return self.rooms[stay.compartment][1].facility

    def facilities(self) -> dict[int, str]:
        """Where each compartment of its stays stands."""
        return {number: unit.facility for number, (_, unit) in self.rooms.items()}

    def ends(self, facilities: Container[str] | None = None) -> list[Stay]:
        """Where doses are now, or were at last: anywhere, or at these facilities."""
        seen = self.stays
        if facilities is not None:
            seen = [stay for stay in self.stays if self.facility_of(stay) in facilities]
        return ends_of(seen)


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a way: what doses went through there, and which excursions touch it."""

    leg: Leg
    went: Exposure
    excursions: frozenset[str]
    is_counted: bool  # it is of the way whose sums are told


@dataclass(frozen=True, slots=True)
class Told:
    """What a lot went through."""

    passages: Sequence[Passage]
    worst: Exposure
    excursions: frozenset[str]


async def story_of(tx: Tx, lot: Lot, vaccine: Vaccine) -> Story:
    """What the archive says of this lot."""
    its = await lots.stays(tx, lot.id)
    rooms = await views.compartments_of(tx, sorted({stay.compartment for stay in its}))
    return Story(lot, vaccine, its, await lots.movements(tx, lot.id), rooms)


async def tell(archive: Archive, series: Series, story: Story, ends: Collection[Stay], now: int) -> Told:
    """What the lot went through up to `now`, along the worst of the ways that lead to these of its stays.

    Told are the legs of that way, which are counted, and all of each stay that leads there.
    """
    paths = paths_to(ends, story.stays, story.movements, story.facilities())
    rows = await stays.rows_of(archive, [_window(leg, now) for leg in paths.legs()])
    around = Ground(archive, series, rows, profile_of(story.vaccine.profile))
    way = worst(paths, await _until(around, paths, now))
    legs = sorted({*way, *paths.legs()}, key=lambda leg: (leg.start, leg.stay.compartment, leg.end or now))
    windows = [_window(leg, now) for leg in legs]
    went = await stays.went_through(archive, series, windows, rows)
    episodes = await _episodes(archive, windows)
    passages = [
        Passage(leg, each, _touching(episodes, window), leg in way)
        for leg, window, each in zip(legs, windows, went, strict=True)
    ]
    counted = [each for each in passages if each.is_counted]
    sums = total([*(each.went for each in counted), Exposure(total_ms=_out_of_sight(way))])
    return Told(passages, sums, frozenset().union(*(each.excursions for each in counted)))


def _out_of_sight(way: Way) -> int:
    """Time between being issued and coming back unopened: nobody knows where doses were."""
    return sum(two.start - one.end for one, two in pairwise(way) if one.end is not None)


async def _until(around: Ground, paths: Paths, now: int) -> Until:
    """How bad each stay was: time outside of the band; among equals time of which nobody knows; then how long."""
    if paths.is_one_way():
        return lambda *_: (0,)
    its = {n: _window(Leg(paths.stays[n], paths.stays[n].start, None), now) for n in paths.last}
    moments = {its[n]: {_within(its[n], at) for at in times} for n, times in paths.moments().items()}
    bad = await outside.until(around, moments)
    return lambda n, at: bad[its[n]][_within(its[n], at)]


def _within(window: Window, at: int | None) -> int:
    return window.end if at is None else max(window.start, min(at, window.end))


def _window(leg: Leg, now: int) -> Window:
    end = now if leg.end is None else min(leg.end, now)
    return Window(leg.stay.compartment, leg.start, max(leg.start, end))


async def _episodes(archive: Archive, windows: Sequence[Window]) -> list[Episode]:
    if not windows:
        return []
    start, end = min(window.start for window in windows), max(window.end for window in windows)
    async with archive.reading() as tx:
        return await ground.episodes(tx, {window.compartment for window in windows}, start, end)


def _touching(episodes: Sequence[Episode], window: Window) -> frozenset[str]:
    return frozenset(touching(episodes, window.compartment, [(window.start, window.end)]))
