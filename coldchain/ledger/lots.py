"""What a lot went through: every stay of its ways, and the sums of the way with most time outside of its band.

archive ─► story (stays, movements, places) ─► ways ─► passages (a leg with its exposure) ─► the worst way

A lot's doses may have had different ways to where they are; estimates support a decision; they are none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from coldchain.archive import lots, views
from coldchain.archive.db import Archive, Tx
from coldchain.archive.exposure import ground
from coldchain.archive.exposure.ground import Episode, touching
from coldchain.archive.lots import Movement, Stay
from coldchain.archive.tables import Compartment, Equipment, Lot, Vaccine
from coldchain.exposure import Exposure, total
from coldchain.ledger import stays
from coldchain.ledger.raw import Window
from coldchain.ledger.ways import Leg, Way, ways
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

    def ways(self) -> list[Way]:
        """Along which stays doses came to where they are."""
        return ways(self.stays, self.movements)


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a way: what its doses went through, and which excursions touch it."""

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


async def tell(archive: Archive, series: Series, story: Story, chosen: Sequence[Way], now: int) -> Told:
    """What the lot went through along the chosen of its ways, up to `now`."""
    legs = sorted({leg for way in chosen for leg in way}, key=lambda leg: (leg.start, leg.stay.compartment))
    windows = [_window(leg, now) for leg in legs]
    went = dict(zip(legs, await stays.went_through(archive, series, windows), strict=True))
    episodes = await _episodes(archive, windows)
    worst = max(chosen, key=lambda way: _badness(story, [went[leg] for leg in way]), default=())
    passages = [
        Passage(leg, went[leg], _touching(episodes, window), leg in worst)
        for leg, window in zip(legs, windows, strict=True)
    ]
    counted = [each for each in passages if each.is_counted]
    return Told(passages, total(each.went for each in counted), frozenset().union(*(p.excursions for p in counted)))


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


def _badness(story: Story, went: Sequence[Exposure]) -> tuple[int, int]:
    band = profile_of(story.vaccine.profile)
    found = total(went)
    return found.outside_ms(band.low_c, band.high_c), found.unknown_ms
