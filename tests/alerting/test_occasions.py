"""Occasions: weekly sessions by the clinic's own clock become times, in zones with and without summer time."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.excursion.occasions import Occasion, SessionHours, deliveries, sessions
from coldchain.clock import iso, parse_iso
from coldchain.errors import BadInput

SHANGHAI, BERLIN, KATHMANDU = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")
MONDAY, SUNDAY = 0, 6
MORNING = SessionHours(MONDAY, 8 * 60, 11 * 60 + 30, date(2026, 1, 1))
SEED = settings(max_examples=150, deadline=None, derandomize=True)


def spans(hours: SessionHours, zone: ZoneInfo, start: str, end: str) -> list[tuple[str, str]]:
    found = sessions([hours], zone, parse_iso(start), parse_iso(end))
    assert all(occasion.kind == "session" for occasion in found)
    return [(iso(occasion.start), iso(occasion.end)) for occasion in found]


def test_a_monday_morning_in_china_is_early_in_utc():
    week = spans(MORNING, SHANGHAI, "2026-06-28T00:00:00Z", "2026-07-06T00:30:00Z")
    assert week == [
        ("2026-06-29T00:00:00+00:00", "2026-06-29T03:30:00+00:00"),
        ("2026-07-06T00:00:00+00:00", "2026-07-06T03:30:00+00:00"),
    ]


def test_a_zone_of_quarter_hours_is_as_good():
    assert spans(MORNING, KATHMANDU, "2026-06-29T00:00:00Z", "2026-06-29T12:00:00Z") == [
        ("2026-06-29T02:15:00+00:00", "2026-06-29T05:45:00+00:00")
    ]


def test_a_session_keeps_its_local_hours_through_summer_time():
    year = [spans(MORNING, BERLIN, day + "T00:00:00Z", day + "T23:00:00Z") for day in ("2026-03-23", "2026-03-30")]
    assert year == [
        [("2026-03-23T07:00:00+00:00", "2026-03-23T10:30:00+00:00")],
        [("2026-03-30T06:00:00+00:00", "2026-03-30T09:30:00+00:00")],
    ]


@pytest.mark.parametrize(
    ("day", "hours", "expected"),
    [
        # the last Sunday of March: 02:00 to 03:00 is not shown
        ("2026-03-29", (60, 240), ("2026-03-29T00:00:00+00:00", "2026-03-29T02:00:00+00:00")),
        ("2026-03-29", (130, 140), None),
        # the last Sunday of October: 02:00 to 03:00 is shown twice
        ("2026-10-25", (60, 240), ("2026-10-24T23:00:00+00:00", "2026-10-25T03:00:00+00:00")),
        ("2026-10-25", (130, 140), ("2026-10-25T00:10:00+00:00", "2026-10-25T01:20:00+00:00")),
    ],
)
def test_the_hour_that_is_missing_or_doubled(day: str, hours: tuple[int, int], expected: tuple[str, str] | None):
    its = SessionHours(SUNDAY, *hours, date(2026, 1, 1))
    assert spans(its, BERLIN, day + "T00:00:00Z", day + "T12:00:00Z") == ([expected] if expected else [])


def test_a_session_until_midnight_ends_with_the_day():
    late = SessionHours(MONDAY, 23 * 60, 24 * 60, date(2026, 1, 1))
    assert spans(late, SHANGHAI, "2026-06-29T12:00:00Z", "2026-06-29T18:00:00Z") == [
        ("2026-06-29T15:00:00+00:00", "2026-06-29T16:00:00+00:00")
    ]


def test_sessions_are_held_only_while_they_are_valid():
    its = SessionHours(MONDAY, 480, 690, date(2026, 6, 29), date(2026, 7, 6))
    found = spans(its, SHANGHAI, "2026-06-01T00:00:00Z", "2026-08-01T00:00:00Z")
    assert [start[:10] for start, _ in found] == ["2026-06-29", "2026-07-06"]


def test_the_same_session_entered_twice_is_one():
    twice = sessions([MORNING, MORNING], SHANGHAI, parse_iso("2026-06-29T00:00:00Z"), parse_iso("2026-06-30T00:00:00Z"))
    assert len(twice) == 1


def test_deliveries_are_moments_in_order():
    assert deliveries([7, 3, 7]) == [Occasion("delivery", 3, 3), Occasion("delivery", 7, 7)]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ((7, 480, 690), "weekday: 7 is no weekday; write 0"),
        ((0, 690, 480), "to_min: 690 to 480 is no span of a day"),
        ((0, 480, 1441), "to_min: 480 to 1441"),
        ((0, -1, 480), "to_min: -1 to 480"),
    ],
)
def test_hours_that_no_clock_shows_are_refused(wrong: tuple[int, int, int], words: str):
    with pytest.raises(BadInput) as caught:
        SessionHours(*wrong, date(2026, 1, 1))
    assert words in str(caught.value)


def test_a_session_that_ends_before_it_begins_to_be_held_is_refused():
    with pytest.raises(BadInput, match="valid_to: 2025-12-31 is before 2026-01-01"):
        SessionHours(MONDAY, 480, 690, date(2026, 1, 1), date(2025, 12, 31))


@SEED
@given(
    weekday=st.integers(0, 6),
    minutes=st.lists(st.integers(0, 1440), min_size=2, max_size=2, unique=True).map(sorted),
    zone=st.sampled_from([SHANGHAI, BERLIN, KATHMANDU]),
    start=st.integers(1_767_225_600, 1_798_761_600),
    length=st.integers(0, 20 * 86_400),
)
def test_a_part_of_a_span_finds_what_the_whole_year_finds_there(
    weekday: int, minutes: list[int], zone: ZoneInfo, start: int, length: int
):
    hours = [SessionHours(weekday, minutes[0], minutes[1], date(2026, 1, 1), date(2026, 12, 31))]
    year = sessions(hours, zone, 0, 2_000_000_000_000)
    first, last = start * 1000, (start + length) * 1000
    assert sessions(hours, zone, first, last) == [o for o in year if o.start <= last and o.end >= first]
