"""When a month's drill is due: in the facility's working hours, once, on a day of its own, with chances behind it."""

from datetime import date, datetime

import pytest

from alerting.drills import rounds
from alerting.drills.plan import LEAST_MS, Budget, Window, is_due, refusal, windows
from coldchain.archive import occasions
from coldchain.archive.audit import By
from coldchain.archive.drills import Used
from coldchain.archive.facilities import calendar
from coldchain.archive.facilities.calendar import DayKind, NewCalendarDay
from coldchain.archive.facilities.sessions import Held
from coldchain.archive.occasions import Hours
from tests.alerting.cast import HOUR, MINUTE, Clinic
from tests.alerting.drills.cast import PLACE, ZONE, Drilled

MONTH = [Window(day * 24 * HOUR, day * 24 * HOUR + 3 * HOUR) for day in range(20)]


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


def test_sessions_are_the_windows_where_there_are_any_and_else_the_hours_of_an_office():
    held = [Held(date(2026, 7, 1), 8 * 60, 11 * 60)]
    assert windows(held, {"2026-07-02"}, ZONE) == [Window(at("2026-07-01T08:00"), at("2026-07-01T11:00"))]
    assert windows([], {"2026-07-02"}, ZONE) == [Window(at("2026-07-02T09:00"), at("2026-07-02T16:00"))]


def test_it_is_due_from_the_facilitys_own_day_on_in_every_window_that_is_left():
    due = [n for n, each in enumerate(MONTH) if is_due("F", "2026-07", MONTH, each.start)]
    assert due == list(range(due[0], 20))
    assert len(due) >= 7


def test_facilities_have_days_of_their_own():
    firsts = {next(n for n, w in enumerate(MONTH) if is_due(f"F{i}", "2026-07", MONTH, w.start)) for i in range(40)}
    assert len(firsts) > 8


@pytest.mark.parametrize("away", [-1, 3 * HOUR - LEAST_MS, 3 * HOUR, 12 * HOUR])
def test_it_is_not_due_outside_of_working_hours_nor_at_their_end(away: int):
    assert not is_due("F", "2026-07", MONTH, MONTH[-1].start + away)


def test_a_place_where_nobody_ever_is_has_no_drill():
    assert not is_due("F", "2026-07", [], 0)


@pytest.mark.parametrize(
    ("used", "link"), [(Used(3, 99), None), (Used(4, 0), "times"), (Used(0, 100), "money"), (Used(9, 900), "times")]
)
def test_a_budget_is_of_times_and_of_money(used: Used, link: str | None):
    found = refusal(used, Budget(4, 100))
    assert (found and found[0]) == link


async def vaccinates(clinic: Clinic) -> None:
    """On Wednesdays, eight to eleven."""
    since = at("2026-06-01T00:00")
    async with clinic.archive.writing() as tx:
        hours = [Hours(weekday=2, from_min=480, to_min=660)]
        await occasions.set_session_hours(tx, PLACE, hours, By("t", since), start=since)


async def test_each_clinic_is_planned_once_a_month_in_a_session(clinic: Clinic):
    own = Drilled(clinic)
    await vaccinates(clinic)
    hours = [at(f"2026-07-{day:02}T{hour:02}:30") for day in range(1, 32) for hour in range(24)]
    planned = [each for each in hours if await own.plan(each)]
    assert len(planned) == 1
    then = datetime.fromtimestamp(planned[0] / 1000, ZONE)
    assert (then.weekday(), 8 <= then.hour < 11) == (2, True)
    drill = await own.drill()
    assert (drill.facility, drill.planned, drill.by, drill.state) == (PLACE, "2026-07", "", "asked")


async def test_a_holiday_is_no_day_for_a_drill(clinic: Clinic):
    own = Drilled(clinic)
    await vaccinates(clinic)
    async with clinic.archive.writing() as tx:
        for day in ("2026-07-01", "2026-07-08", "2026-07-15", "2026-07-22", "2026-07-29"):
            new = NewCalendarDay(day=day, kind=DayKind.HOLIDAY, name="holiday", source="county", facility=PLACE)
            await calendar.enter(tx, new, By("t", at("2026-06-01T00:00")))
    assert [await own.plan(at(f"2026-07-{day}T09:00")) for day in ("08", "22", "29")] == [0, 0, 0]


async def test_a_site_without_ways_and_one_that_wants_none_plan_no_drill(clinic: Clinic):
    await vaccinates(clinic)
    wednesday = at("2026-07-29T09:00")
    assert await Drilled(clinic, is_without_ways=True).plan(wednesday) == 0
    assert await Drilled(clinic, is_monthly=False).plan(wednesday) == 0
    assert await Drilled(clinic).plan(wednesday) == 1


async def test_a_planned_drill_waits_for_another_day_while_a_real_alarm_goes_on(clinic: Clinic):
    own = Drilled(clinic)
    await own.go()
    await own.warm()
    await vaccinates(clinic)
    assert await own.plan(at("2026-07-29T09:00")) == 0


async def test_planned_drills_go_on_a_few_at_a_time(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    own = Drilled(clinic)
    await vaccinates(clinic)
    monkeypatch.setattr(rounds, "AT_ONCE", 0)
    assert await own.plan(at("2026-07-29T09:00")) == 0
    monkeypatch.setattr(rounds, "AT_ONCE", 1)
    assert await own.plan(at("2026-07-29T09:00")) == 1


def test_people_have_real_minutes_to_answer_however_fast_the_clock_runs(clinic: Clinic):
    usual = Drilled(clinic).exercise
    assert rounds.unhurried(usual, 1.0) == usual
    assert rounds.unhurried(usual, 60.0).answer_ms == 120 * MINUTE
