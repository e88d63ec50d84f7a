"""Figures people manage by, of alarms whose minutes are known; and the rows they are counted from."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from coldchain.archive import alarms, tables
from coldchain.archive.alarms import Alarm, Arrow, NewAlarm
from coldchain.archive.db import Archive
from coldchain.archive.telling import counted, receipts, taking
from coldchain.archive.telling.counted import Figures
from coldchain.archive.telling.figures import (
    Band,
    Call,
    Life,
    Patience,
    Shift,
    band_of,
    loads,
    patience,
    responses,
    shift_of,
    total,
    totals,
)
from coldchain.archive.telling.receipts import NewReceipt
from coldchain.archive.telling.taking import Act
from coldchain.archive.views import Scope
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState, Kind, Severity
from tests.archive.small import T0, fill
from tests.archive.telling.cast import queued, sent

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = 60_000
DAY = 86_400_000
PLACE = "511900012"
NIGHT = T0 + 15 * 60 * MINUTE  # 23:00


@pytest.mark.parametrize(
    ("minutes", "band"),
    [(0, "<=30"), (30, "<=30"), (30.01, "30-60"), (60, "30-60"), (120, "60-120"), (120.01, ">120"), (9999, ">120")],
)
def test_minutes_lie_in_bands(minutes: float, band: str):
    assert band_of(round(minutes * MINUTE)) == band


@pytest.mark.parametrize(("hour", "shift"), [(6, "night"), (7, "day"), (20, "day"), (21, "night")])
def test_a_shift_is_the_sites_own(hour: int, shift: str):
    assert (
        shift_of(round(datetime(2026, 7, 1, hour, 59 * (hour in {6, 20}), tzinfo=ZONE).timestamp() * 1000), ZONE)
        == shift
    )


def life(
    raised: int, told: int | None = None, taken: int | None = None, ended: int | None = None, **more: bool
) -> Life:
    def then(minutes: int | None) -> int | None:
        return None if minutes is None else raised + minutes * MINUTE

    return Life("F", raised, then(told), then(taken), then(ended), **more)


def test_each_clinic_and_shift_has_its_bands_and_medians():
    its = [life(T0, 1, 40, 150), life(T0, 3, 20, 50), life(NIGHT, 31, None, 90)]
    day, night = responses(its, ZONE, T0 + DAY)
    assert (day.shift, day.alarms, night.shift) == (Shift.DAY, 2, Shift.NIGHT)
    assert (day.told.median_min, day.taken.median_min) == (2, 30)
    assert dict(day.recovered.bands) == {
        Band.UP_TO_30: 0, Band.UP_TO_60: 1, Band.UP_TO_120: 0, Band.OVER_120: 1, Band.NEVER: 0,
    }  # fmt: skip
    assert (night.told.bands[Band.UP_TO_60], night.taken.bands[Band.NEVER], night.taken.median_min) == (1, 1, None)


def test_what_goes_on_counts_when_its_band_is_certain_and_what_is_past_never():
    young, old = life(T0 + 60 * MINUTE), life(T0)
    [found] = responses([young, old, life(T0, 1, 2, 3, is_past=True)], ZONE, T0 + 121 * MINUTE)
    assert (found.alarms, sum(found.taken.bands.values()), found.taken.bands[Band.OVER_120]) == (2, 1, 1)


def test_people_bear_alarms_and_calls_at_night_by_fridge_and_month():
    lives = [life(T0, is_false=True), life(T0), life(T0, is_past=True)]
    calls = [Call("F", NIGHT, True), Call("F", NIGHT, False), Call("F", T0, False)]
    empty, found = loads(lives, calls, {"F": 2.0, "E": 1.0}, ZONE)
    assert (empty.facility, empty.alarms, empty.alarms_per_fridge_month) == ("E", 0, 0)
    assert (found.alarms, found.false_alarms, found.past) == (3, 1, 1)
    assert (found.night_calls, found.night_calls_for_nothing, found.night_calls_per_fridge_month) == (2, 1, 1)
    assert loads(lives, [], {}, ZONE)[0].alarms_per_fridge_month is None


async def raised(archive: Archive, at: int, *, is_drill: bool = False) -> Alarm:
    async with archive.writing() as tx:
        new = NewAlarm(
            kind=Kind.DRILL if is_drill else Kind.HEAT, severity=Severity.CRITICAL, state=AlarmState.RINGING,
            raised_at=at, facility=PLACE, is_drill=is_drill,
        )  # fmt: skip
        return await alarms.raise_alarm(tx, new, Arrow(AlarmState.RINGING, "raised", at))


async def lived(archive: Archive, at: int, *, is_drill: bool = False) -> None:
    """Rung, called, taken, called false, over."""
    alarm = await raised(archive, at, is_drill=is_drill)
    await queued(archive, alarm, channel="voice", created_at=at)
    await sent(archive, at=at + MINUTE, provider_id=f"m{alarm.id}")
    async with archive.writing() as tx:
        await taking.take(tx, Act(alarm.id, "going", "Ada", at + 10 * MINUTE))
        await taking.take(tx, Act(alarm.id, "false", "Ada", at + 20 * MINUTE))
        done = Arrow(AlarmState.ENDED, "ended", at + 45 * MINUTE)
        await alarms.change(tx, await alarms.alarm(tx, alarm.id), done)


async def asked(archive: Archive, scope: Scope = None, end: int = T0 + DAY) -> Figures:
    async with archive.reading() as tx:
        return await counted.figures(tx, scope, T0, end, zone=ZONE, at=T0 + 31 * DAY)


@pytest.fixture
async def county(archive: Archive) -> Archive:
    await fill(archive)
    return archive


async def test_figures_come_from_the_rows(county: Archive):
    await lived(county, T0)
    found = await asked(county, end=T0 + 30 * DAY)
    [day] = found.responses
    assert (day.facility, day.told.median_min, day.taken.median_min, day.recovered.median_min) == (PLACE, 1, 10, 45)
    [load] = found.loads
    assert (load.alarms, load.false_alarms, load.alarms_per_fridge_month) == (1, 1, 1.01)
    assert load.night_calls == 0


async def test_drills_are_in_no_figure(county: Archive):
    before = await asked(county)
    await lived(county, T0 + 9, is_drill=True)
    assert await asked(county) == before


async def test_others_clinics_are_in_nobodys_figures(county: Archive):
    await lived(county, T0)
    found = await asked(county, frozenset({"511900013"}))
    assert (found.responses, found.loads) == ([], [])


async def test_a_number_that_never_answers_is_listed_with_whose_it_is_and_not_shown(county: Archive):
    for n in range(3):
        alarm = await raised(county, T0 + n)
        await queued(county, alarm)
        await sent(county, provider_id=f"m{n}")
        failed = NewReceipt(provider="sms", state="rang_out", at=T0 + n + 1, message_id=f"m{n}")
        async with county.writing() as tx:
            await receipts.keep(tx, [failed], T0 + n + 1)
    [silent] = (await asked(county)).silent
    assert (silent.name, silent.facility, silent.sent_to, silent.times) == ("李小琴", PLACE, "138••••", 3)


@pytest.mark.parametrize("end", [T0, T0 - 1, T0 + 401 * DAY])
async def test_a_time_that_cannot_be_is_refused(county: Archive, end: int):
    with pytest.raises(BadInput, match="end"):
        await asked(county, end=end)


async def test_the_refrigerators_of_a_month_are_counted_from_their_first_day(county: Archive):
    async with county.writing() as tx:
        row = await tx.get_one(tables.Equipment, "511900012-BX1")
        row.started_on = "2026-07-16"
    [load] = (await asked(county, end=T0 + 30 * DAY)).loads
    assert load.fridge_months == pytest.approx(15.33 / 30.4375, abs=0.01)


def test_more_patience_spares_what_passed_by_itself_and_hides_what_somebody_mended():
    its = [
        life(T0, 1, None, 4, is_temperature=True), life(NIGHT, 1, None, 4, is_temperature=True),
        life(T0, 1, 2, 4, is_temperature=True), life(T0, 1, None, 40, is_temperature=True),
        life(T0, 1, None, None, is_temperature=True), life(T0, 1, None, 4),
        life(T0, 1, None, 4, is_temperature=True, is_past=True),
    ]  # fmt: skip
    five, _, _, thirty = patience(its, ZONE)
    assert five == Patience(minutes=5, spared=2, spared_at_night=1, hidden=1, later=2)
    assert (thirty.minutes, thirty.spared) == (30, 2)


def test_all_clinics_together_are_one_of_each_shift():
    its = [life(T0, 1, 40, 150), replace(life(T0, 3, 20, 50), facility="G")]
    (day,) = totals(its, ZONE, T0 + DAY)
    assert (day.facility, day.alarms, day.taken.median_min) == (None, 2, 30)
    both = total(loads(its, [], {"F": 1.5, "G": 0.5}, ZONE))
    assert (both.alarms, both.fridge_months, both.alarms_per_fridge_month) == (2, 2.0, 1.0)
