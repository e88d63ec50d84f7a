"""A county's rows, made up: 300 facilities, 3,000 pieces of equipment, 20,000 lots and all their movements, each day.

A lot comes to the county's store, goes out to ten clinics within two months, and is issued there in four parts.
"""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from coldchain.archive.exposure.days import row_of
from coldchain.archive.stock.presence import FOREVER
from coldchain.archive.tables import Base
from coldchain.exposure import DAY, Bands, Exposure

HOUR = 3_600_000
DAY_MS = DAY
END = 1_782_864_000_000 - 1_782_864_000_000 % DAY  # a midnight in 2026
Row = tuple[object, ...]
Rows = tuple[type[Base], tuple[str, ...], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Size:
    """How large the county is."""

    facilities: int = 300
    pieces: int = 3000
    lots: int = 20_000
    days: int = 1826
    stores: int = 10  # pieces of the county's store
    clinics: int = 10  # to which a lot goes
    raw: int = 30  # pieces of which there are readings; the first are the store's
    cases: int = 5  # excursions per piece

    @property
    def start(self) -> int:
        """The first midnight."""
        return END - self.days * DAY


SMALL = Size(facilities=12, pieces=40, lots=60, days=30, stores=2, clinics=3, raw=8, cases=2)


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement, before it has a number."""

    lot: int
    at: int
    source: int | None
    target: int | None
    doses: int
    reason: str


class County:
    """The same county each time: everything follows from a seed."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._rng = random.Random(20_260_701)
        self.moves = sorted((move for lot in range(size.lots) for move in self._way(lot)), key=lambda move: move.at)

    @property
    def watched(self) -> list[int]:
        """Lots that stood only where there are readings."""
        step = max(1, self.size.lots // 40)
        return list(range(step - 1, self.size.lots, step))

    def facility(self, piece: int) -> int:
        """The county's store has the first pieces."""
        return 0 if piece <= self.size.stores else piece % (self.size.facilities - 1) + 1

    def home(self, piece: int) -> str:
        """The code of the facility at which a piece stands."""
        return f"F{self.facility(piece)}"

    @staticmethod
    def channel(piece: int) -> str:
        """The one probe of a piece."""
        return f"gw-{piece}/28ff01/temperature"

    def _way(self, lot: int) -> list[Moved]:
        size, rng = self.size, self._rng
        came = size.start + round(lot / size.lots * (size.days - 5) * DAY) + rng.randrange(8, 17) * HOUR
        store = lot % size.stores + 1
        ends = range(size.stores + 1, (size.raw if lot in set(self.watched) else size.pieces) + 1)
        ways = [Moved(lot, came, None, store, 100 * size.clinics, "received")]
        for clinic in rng.sample(ends, min(size.clinics, len(ends))):
            at = came + rng.randrange(1, 60) * DAY + rng.randrange(8 * 60) * 60_000
            ways.append(Moved(lot, at, store, clinic, 100, "moved"))
            ways += [Moved(lot, at + rng.randrange(1, 90) * DAY, clinic, None, 25, "issued") for _ in range(4)]
        return [move for move in ways if move.at < END]

    def stays(self) -> Iterator[Row]:
        """Lot, compartment, start, end, doses there now."""
        levels: dict[tuple[int, int], int] = {}
        since: dict[tuple[int, int], int] = {}
        for move in self.moves:
            for place, change in ((move.source, -move.doses), (move.target, move.doses)):
                if place is None:
                    continue
                key = move.lot, place
                before = levels.get(key, 0)
                levels[key] = before + change
                if not before:
                    since[key] = move.at
                if not levels[key]:
                    yield f"L{key[0]}", key[1], since[key], move.at, 0
        yield from (
            (f"L{lot}", place, since[lot, place], FOREVER, doses) for (lot, place), doses in levels.items() if doses
        )

    def cases(self) -> Iterator[tuple[int, int, int, list[dict[str, object]]]]:
        """Piece, first and last bad reading, and the lots that were there."""
        there: dict[int, list[tuple[str, int, int]]] = {}
        for lot, place, start, end, _ in self.stays():
            there.setdefault(int(str(place)), []).append((str(lot), int(str(start)), int(str(end))))
        for piece in range(1, self.size.pieces + 1):
            for _ in range(self.size.cases):
                first = self.size.start + self._rng.randrange(self.size.days * DAY)
                last = first + 2 * HOUR
                lots = [
                    {"lot": lot, "vaccine": "V0", "doses": 80, "out_ms": HOUR}
                    for lot, start, end in there.get(piece, ())
                    if start <= last and end > first
                ]
                yield piece, first, last, lots

    def days(self) -> Iterator[Row]:
        """The rows of `exposure_day`, in their columns' order: ordinary days, and now and then a warm one."""
        shapes = [_shape(self._rng, n) for n in range(60)]
        for piece in range(1, self.size.pieces + 1):
            for n in range(self.size.days):
                yield (piece, self.size.start + n * DAY, *shapes[(piece * 7 + n * 13) % 60])


def every(county: County, count: int) -> list[int]:
    """So many moments, evenly over all the years, none at midnight."""
    span = county.size.days * DAY - 12 * HOUR
    return [county.size.start + n * span // count + 11 * HOUR for n in range(count)]


DAY_COLUMNS = tuple(row_of((0, 0), Exposure(), 0))


def _shape(rng: random.Random, n: int) -> Row:
    warm = rng.randrange(HOUR) if n % 12 == 0 else 0
    ms = (0, 0, 0, 0, DAY - warm - 60_000, warm, 0, 0, 0)
    bands = Bands(ms, tuple(time * mc for time, mc in zip(ms, (0, 0, 0, 0, 4800, 9000, 0, 0, 0), strict=True)))
    heat = tuple(DAY * rng.uniform(0.9, 1.2) for _ in range(6))
    found = Exposure(DAY, DAY - 60_000, 0, 3100, 9900 if warm else 6600, None, None, bands, bands, heat)
    row = row_of((0, 0), found, END)
    return tuple(json.dumps(value) if isinstance(value, list) else value for value in list(row.values())[2:])
