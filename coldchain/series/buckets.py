"""Long ranges in few points: the grid of an envelope, and the folding of finer buckets into it. Pure.

Below an hour a bucket is counted from raw readings. From an hour on it is folded from rollups, and the last rolled-up
hour or day onwards is counted from raw again, because its rollup may lag behind.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from coldchain.errors import BadInput
from coldchain.series import DAY, HOUR, Envelope, Rollup


@dataclass(frozen=True, slots=True)
class Bucket:
    """What the believed readings of one stretch say; `count` of them."""

    start: int
    low: float
    high: float
    mean: float
    count: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Where an envelope's buckets begin, how long they are, and from what they are made (0 = raw, HOUR or DAY)."""

    first: int
    step: int
    source: int


class Store(Protocol):
    """What an envelope needs of a store."""

    async def buckets(self, channel: str, start: int, end: int, step: int) -> list[Bucket]:
        """Believed raw readings in buckets of `step` from `start` on."""

    async def rollups(self, channel: str, start: int, end: int, step: int) -> list[Rollup]:
        """The rollups of `step`."""


def grid_of(start: int, end: int, points: int) -> Grid:
    """The finest grid with at most `points` buckets over [start, end).

    Raises:
        BadInput: when there is no range or no point to fill.
    """
    if points < 1 or end <= start:
        raise BadInput(
            "points", f"{points} over {end - start} ms", "ask for at least one point of a range that is not empty"
        )
    step = -(-(end - start) // points)
    if step <= HOUR // 2:
        return Grid(start, step, 0)
    source = HOUR if step < DAY else DAY
    first = start // source * source
    step = -(-(end - first) // (points * source)) * source
    return Grid(first, step, source)


async def envelope_of(store: Store, channel: str, start: int, end: int, points: int) -> Envelope:
    """The envelope of one channel over [start, end)."""
    grid = grid_of(start, end, points)
    if not grid.source:
        return folded(channel, grid, await store.buckets(channel, grid.first, end, grid.step))
    rolled = await store.rollups(channel, grid.first, end, grid.source)
    stale_from = rolled[-1].start if rolled else grid.first
    fine = [Bucket(r.start, r.low, r.high, r.mean, r.count) for r in rolled[:-1]]
    return folded(channel, grid, [*fine, *await store.buckets(channel, stale_from, end, grid.source)])


def folded(channel: str, grid: Grid, fine: Iterable[Bucket]) -> Envelope:
    """Fold buckets, rising in time and none longer than the grid's step, into the grid."""
    out: dict[int, Bucket] = {}
    for bucket in fine:
        start = grid.first + (bucket.start - grid.first) // grid.step * grid.step
        known = out.get(start)
        out[start] = _joined(known, bucket) if known else bucket
    rows = out.values()
    return Envelope(
        channel, grid.step, list(out), [b.low for b in rows], [b.high for b in rows], [b.mean for b in rows]
    )


def _joined(a: Bucket, b: Bucket) -> Bucket:
    count = a.count + b.count
    mean = (a.mean * a.count + b.mean * b.count) / count
    return Bucket(a.start, min(a.low, b.low), max(a.high, b.high), mean, count)
