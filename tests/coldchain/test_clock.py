import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.clock import Scale, iso, parse_iso
from coldchain.errors import BadInput

HOUR = 3_600_000


def test_a_scaled_clock_runs_until_it_meets_the_wall_and_then_with_it():
    scale = Scale(wall=10 * HOUR, domain=4 * HOUR, speed=60)
    assert scale.at(10 * HOUR) == 4 * HOUR
    assert scale.at(10 * HOUR + 60_000) == 5 * HOUR
    assert scale.at(11 * HOUR) == 11 * HOUR


@given(st.integers(0, 10**9), st.floats(1, 60), st.lists(st.integers(-(10**9), 10**10), min_size=2))
def test_a_scaled_clock_is_never_ahead_and_never_goes_back(behind, speed, steps):
    scale = Scale(wall=10**12, domain=10**12 - behind, speed=speed)
    times = [scale.at(10**12 + step) for step in sorted(steps)]
    assert times == sorted(times)
    assert all(time <= 10**12 + step for time, step in zip(times, sorted(steps), strict=True))


def test_a_restarted_process_reads_the_same_clock():
    scale = Scale(wall=5, domain=1, speed=12.5)
    assert Scale.parse(scale.text()) == scale


@pytest.mark.parametrize("text", ["x", "1:2", "1:2:3", "9:1:3601", "9:1:0.5"])
def test_a_clock_that_would_run_ahead_or_too_fast_is_refused(text):
    with pytest.raises(BadInput, match="COLDCHAIN_CLOCK"):
        Scale.parse(text)


def test_times_are_written_with_their_offset_and_read_back():
    assert iso(1_763_790_000_000) == "2025-11-22T05:40:00+00:00"
    assert parse_iso("2025-11-22T13:40:00+08:00") == 1_763_790_000_000
    assert parse_iso("1763790000000") == 1_763_790_000_000
    assert parse_iso(iso(1_763_790_000_123)) == 1_763_790_000_123


@pytest.mark.parametrize("text", ["2025-11-22T13:40:00", "yesterday", "", "²", "9" * 5000])
def test_a_time_without_a_zone_is_no_time(text):
    with pytest.raises(BadInput, match="start"):
        parse_iso(text, "start")
