"""The arithmetic of envelopes: few points, no peak hidden, hours and days where they are whole."""

import pytest

from coldchain.errors import BadInput
from coldchain.series import DAY, HOUR
from coldchain.series.buckets import Bucket, Grid, folded, grid_of

T0 = 1_763_740_800_000  # 16:00 UTC


@pytest.mark.parametrize(
    ("start", "end", "points", "grid"),
    [
        (T0, T0 + HOUR, 60, Grid(T0, 60_000, 0)),
        (T0 + 7, T0 + 8, 100, Grid(T0 + 7, 1, 0)),
        (T0, T0 + 7 * DAY, 1000, Grid(T0, 604_800, 0)),
        (T0 + 1, T0 + 2 * DAY, 48, Grid(T0, HOUR, HOUR)),
        (T0, T0 + 30 * DAY, 100, Grid(T0, 8 * HOUR, HOUR)),
        (T0, T0 + 3 * DAY, 3, Grid(T0 // DAY * DAY, 2 * DAY, DAY)),
        (T0, T0 + 365 * DAY, 12, Grid(T0 // DAY * DAY, 31 * DAY, DAY)),
    ],
)
def test_the_grid_is_the_finest_that_fits(start: int, end: int, points: int, grid: Grid):
    assert grid_of(start, end, points) == grid
    assert -(-(end - grid.first) // grid.step) <= points


@pytest.mark.parametrize(("end", "points"), [(T0, 10), (T0 - 1, 10), (T0 + 1, 0)])
def test_there_must_be_something_to_fill(end: int, points: int):
    with pytest.raises(BadInput, match="at least one point"):
        grid_of(T0, end, points)


def test_folding_keeps_extremes_and_weighs_means():
    fine = [Bucket(T0, 2, 4, 3, 1), Bucket(T0 + HOUR, 3, 9, 5, 3), Bucket(T0 + 5 * HOUR, 1, 1, 1, 1)]
    envelope = folded("a/b/temperature", Grid(T0, 2 * HOUR, HOUR), fine)
    assert (envelope.t, envelope.low, envelope.high) == ([T0, T0 + 4 * HOUR], [2, 1], [9, 1])
    assert envelope.mean == [4.5, 1]
