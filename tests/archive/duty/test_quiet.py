"""What may wait for the morning, and when people sleep: one place for both."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from coldchain.archive.duty.book import Special
from coldchain.archive.duty.policy import Quiet, shipped
from coldchain.archive.duty.quiet import HOUR_MS, Holdover, Night, least, may_wait, night_of, silence_waits
from coldchain.archive.facilities.calendar import DayKind
from coldchain.excursion import Kind, Severity

ZONE = ZoneInfo("Asia/Shanghai")
QUIET = Quiet(start="22:00", until="07:00", rest_until="09:00")
TEMPERATURES = [kind for kind in Kind if kind.is_temperature]
HOLIDAY, MAKE_UP = Special(DayKind.HOLIDAY), Special(DayKind.WORKDAY, as_weekday=4)


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZONE).timestamp() * 1000)


def night(text: str, quiet: Quiet = QUIET, special: Mapping[str, Special] | None = None) -> Night:
    return night_of(quiet, special or {}, at(text), ZONE)


@pytest.mark.parametrize("kind", TEMPERATURES)
@pytest.mark.parametrize("severity", list(Severity))
def test_a_temperature_never_waits_whatever_the_row_says(kind: Kind, severity: Severity):
    assert not may_wait(kind, severity, waits_at_night=True)


@pytest.mark.parametrize("kind", [Kind.BATTERY_LOW, Kind.POWER_LOSS, Kind.DOOR_OPEN, Kind.SILENCE])
def test_other_kinds_wait_as_the_alarm_s_row_says_and_nothing_critical_does(kind: Kind):
    assert may_wait(kind, Severity.WARNING, waits_at_night=True)
    assert not may_wait(kind, Severity.WARNING, waits_at_night=False)
    assert not may_wait(kind, Severity.CRITICAL, waits_at_night=True)


@pytest.mark.parametrize(("hours", "does_wait"), [(1, True), (17, True), (18, False)])
def test_silence_alone_waits_until_it_is_longer_than_the_holdover(hours: int, does_wait: bool):
    assert silence_waits(hours * HOUR_MS, 18) is does_wait


def test_of_several_the_least_holdover_counts():
    one, two = Holdover(18, "catalogue", "WHO"), Holdover(2.5, "measured", "")
    assert (least([one, two]), least([])) == (two, None)


@pytest.mark.parametrize(
    ("clock", "sleeps"), [("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("06:59", True), ("07:00", False)]
)  # fmt: skip
def test_quiet_hours_go_over_midnight(clock: str, sleeps: bool):
    assert night(f"06-24T{clock}").is_now is sleeps  # a Wednesday


def test_a_night_says_when_it_ends_and_a_day_since_when_people_are_awake():
    assert night("06-23T23:00") == night("06-24T03:00") == Night(at("06-24T07:00"), None)
    assert night("06-24T07:00") == night("06-24T21:00") == Night(None, at("06-24T07:00"))


def test_hours_that_begin_after_midnight_end_on_the_same_day():
    late = Quiet(start="01:00", until="05:00")
    assert night("06-24T02:00", late) == Night(at("06-24T05:00"), None)
    assert night("06-24T00:30", late) == Night(None, at("06-23T05:00"))


def test_hours_that_begin_and_end_together_are_none():
    assert night("06-24T03:00", Quiet(start="00:00", until="00:00")) == Night(None, None)


@pytest.mark.parametrize(
    ("day", "special", "until"),
    [
        ("06-27", {}, "09:00"),  # a Saturday
        ("06-28", {}, "09:00"),
        ("06-28", {"2026-06-28": MAKE_UP}, "07:00"),
        ("06-24", {}, "07:00"),
        ("06-24", {"2026-06-24": HOLIDAY}, "09:00"),
    ],
)
def test_on_a_day_off_people_sleep_longer_but_not_on_a_make_up_day(day: str, special: dict[str, Special], until: str):
    assert night(f"{day}T03:00", special=special).until == at(f"{day}T{until}")
    assert night(f"{day}T23:30", special=special).is_now


def test_without_hours_of_their_own_days_off_are_as_others():
    assert night("06-27T07:00", Quiet(start="22:00", until="07:00")).awake_since == at("06-27T07:00")


def test_what_ships_lets_people_sleep_longer_on_days_off():
    assert night("06-27T07:30", shipped().quiet).is_now
    assert not night("06-26T07:30", shipped().quiet).is_now
