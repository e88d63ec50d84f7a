"""Hours and days from raw readings: extremes that nothing hides, and time that is known or not."""

import random

import pytest

from coldchain.reading import Trace
from coldchain.series import DAY, HOUR, Rollup
from collector.known import days, hours, known
from tests.collector.cast import CHANNEL, MINUTE

H0 = 1_763_740_800_000 // DAY * DAY


def trace(times: list[int], values: list[float | None] | None = None, codes: list[int] | None = None) -> Trace:
    return Trace(CHANNEL, times, values or [4.0] * len(times), codes or [0] * len(times))


def test_a_full_hour_is_wholly_known():
    values: list[float | None] = [4.0] * 60
    values[17] = 11.5
    [hour] = hours(trace([H0 + n * MINUTE for n in range(60)], values))
    assert (hour.start, hour.low, hour.high, hour.count, hour.seconds_known) == (H0, 4.0, 11.5, 60, 3600.0)
    assert hour.mean == pytest.approx(4.125)


def test_readings_off_the_minute_lose_only_the_start():
    [hour] = hours(trace([H0 + 30_000 + n * MINUTE for n in range(60)]))
    assert hour.seconds_known == 3570.0


def test_a_gap_is_not_known():
    [hour] = hours(trace([H0 + n * MINUTE for n in (*range(10), *range(40, 60))]))
    assert hour.seconds_known == 30 * 60


def test_one_missed_reading_is_no_gap():
    [hour] = hours(trace([H0 + n * MINUTE for n in range(60) if n != 30]))
    assert hour.seconds_known == 3600.0


def test_faults_and_nulls_are_not_known():
    times = [H0 + n * MINUTE for n in range(60)]
    values: list[float | None] = [4.0] * 20 + [85.0] * 20 + [None] * 20
    [hour] = hours(trace(times, values, [0] * 20 + [2] * 20 + [3] * 20))
    assert (hour.high, hour.count, hour.seconds_known) == (4.0, 20, 1200.0)


def test_an_hour_of_faults_has_no_rollup():
    assert hours(trace([H0], [85.0], [2])) == []


def test_a_reading_alone_speaks_for_a_minute():
    assert known([H0], H0 + HOUR) == MINUTE
    assert known([H0 + HOUR - 10], H0 + HOUR) == 10


def test_slow_loggers_are_known_too():
    [hour] = hours(trace([H0, H0 + HOUR // 2]))
    assert hour.seconds_known == 3600.0


def test_hours_are_kept_apart():
    found = hours(trace([H0 + n * 20 * MINUTE for n in range(9)]))
    assert [(hour.start, hour.count) for hour in found] == [(H0, 3), (H0 + HOUR, 3), (H0 + 2 * HOUR, 3)]


def test_a_day_is_the_sum_of_its_hours():
    rng = random.Random(7)
    times = sorted(rng.sample(range(H0, H0 + 2 * DAY, 1000), 3000))
    values: list[float | None] = [round(rng.uniform(2, 8), 2) for _ in times]
    hourly = hours(trace(times, values))
    first, second = days(hourly)
    of_first = [v for t, v in zip(times, values, strict=True) if t < H0 + DAY and v is not None]
    assert (first.start, second.start) == (H0, H0 + DAY)
    assert (first.low, first.high, first.count) == (min(of_first), max(of_first), len(of_first))
    assert first.mean == pytest.approx(sum(of_first) / len(of_first))
    assert first.seconds_known == pytest.approx(sum(h.seconds_known for h in hourly if h.start < H0 + DAY))


def test_nothing_known_is_no_day():
    assert days(list[Rollup]()) == []
