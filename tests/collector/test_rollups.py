"""Rollups follow the journal, are recomputed whole, and come out the same however often."""

import pytest

from coldchain.reading import Trace
from coldchain.series import DAY, Rollup, Series
from coldchain.wire import Arrival, ArrivedBatch
from collector import rollups
from collector.rollups import roll_up
from tests.collector.cast import CHANNEL, HOUR, MINUTE, NOW

H0 = NOW // DAY * DAY


async def arrive(series: Series, position: int, times: list[int], value: float = 4.0, shard: int = 3) -> None:
    await series.write([Trace(CHANNEL, times, [value] * len(times), [0] * len(times))])
    batch = ArrivedBatch("gw-1", "ab" * 16, position, [CHANNEL], times[0], times[-1], "cd" * 32)
    await series.write_arrivals([Arrival("main", shard, position, [batch])])


async def all_of(series: Series) -> tuple[list[Rollup], list[Rollup]]:
    while await roll_up(series):
        pass
    return (
        await series.rollups(CHANNEL, H0 - 400 * DAY, H0 + DAY, HOUR),
        await series.rollups(CHANNEL, H0 - 400 * DAY, H0 + DAY, DAY),
    )


async def test_an_arrival_is_rolled_up_into_its_hours_and_day(series: Series):
    await arrive(series, 1, [H0 + n * MINUTE for n in range(90)])
    hourly, [day] = await all_of(series)
    assert [(hour.start, hour.count) for hour in hourly] == [(H0, 60), (H0 + HOUR, 30)]
    assert (day.start, day.count, day.seconds_known) == (H0, 90, 5400.0)


async def test_late_readings_change_the_hour_they_belong_to(series: Series):
    await arrive(series, 1, [H0 + n * MINUTE for n in range(120)])
    await all_of(series)
    await arrive(series, 2, [H0 + 30_000], value=9.0)
    hourly, [day] = await all_of(series)
    assert [hour.high for hour in hourly] == [9.0, 4.0]
    assert (day.high, day.count) == (9.0, 121)


async def test_nothing_new_is_nothing_to_do(series: Series):
    await arrive(series, 1, [H0])
    await all_of(series)
    assert await roll_up(series) is False


async def test_it_goes_on_from_its_mark_in_each_shard(series: Series):
    await arrive(series, 5, [H0], shard=3)
    await arrive(series, 9, [H0 + HOUR], shard=4)
    await all_of(series)
    marks = await series.marks()
    assert (marks["rollups/main/3"], marks["rollups/main/4"]) == (5, 9)


async def test_doing_it_again_gives_the_same(series: Series):
    await arrive(series, 1, [H0 + n * MINUTE for n in range(200)])
    before = await all_of(series)
    await series.set_marks({"rollups/main/3": 0})
    assert await all_of(series) == before


async def test_a_long_journal_is_rolled_up_in_steps(series: Series, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rollups, "LINES", 2)
    for n in range(7):
        await arrive(series, n + 1, [H0 + n * HOUR])
    assert len((await all_of(series))[0]) == 7


async def test_years_are_read_in_pages(series: Series, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rollups, "PAGE", 7)
    times = [H0 - 300 * DAY + n * HOUR // 2 for n in range(40)]
    dense = [H0 + n * MINUTE for n in range(60)]
    await arrive(series, 1, [*times, *dense])
    hourly, daily = await all_of(series)
    assert [hour.count for hour in hourly] == [2] * 20 + [60]
    assert sum(day.count for day in daily) == 100
