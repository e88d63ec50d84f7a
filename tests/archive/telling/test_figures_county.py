"""The figures of one month of a small county, each reckoned by hand; on both databases."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from coldchain.archive import alarms, tables
from coldchain.archive.alarms import Alarm, Arrow, NewAlarm
from coldchain.archive.db import Archive
from coldchain.archive.telling import counted, receipts, taking
from coldchain.archive.telling.counted import Figures
from coldchain.archive.telling.figures import Band, Load, Response, Shift
from coldchain.archive.telling.receipts import NewReceipt
from coldchain.archive.telling.taking import Act, Closing
from coldchain.errors import BadInput
from coldchain.excursion import AlarmState, Kind, Severity
from tests.archive.small import fill
from tests.archive.telling.cast import queued, sent

ZONE = ZoneInfo("Asia/Shanghai")
CLINIC, POST = "511900012", "511900013"
ENDED = AlarmState.ENDED


def on(day: int, clock: str, month: int = 7) -> int:
    """A moment of 2026 by the site's clocks."""
    hour, minute = clock.split(":")
    return int(datetime(2026, month, day, int(hour), int(minute), tzinfo=ZONE).timestamp() * 1000)


async def ring(archive: Archive, at: int, facility: str = CLINIC, *, is_drill: bool = False) -> Alarm:
    new = NewAlarm(
        kind=Kind.DRILL if is_drill else Kind.HEAT, severity=Severity.CRITICAL, state=AlarmState.RINGING, raised_at=at,
        facility=facility, is_drill=is_drill,
    )  # fmt: skip
    async with archive.writing() as tx:
        return await alarms.raise_alarm(tx, new, Arrow(AlarmState.RINGING, "raised", at))


async def call(archive: Archive, alarm: Alarm, at: int, channel: str = "aliyun_voice", **more: object) -> None:
    await queued(archive, alarm, channel=channel, created_at=at, step=at // 60_000 % 1_000_000, **more)
    await sent(archive, at=at, provider_id=f"{alarm.id}-{at}")


async def rang_out(archive: Archive, alarm: Alarm, called_at: int) -> None:
    said = NewReceipt(provider="aliyun_voice", state="rang_out", at=called_at, message_id=f"{alarm.id}-{called_at}")
    async with archive.writing() as tx:
        await receipts.keep(tx, [said], called_at)


async def go(archive: Archive, alarm: Alarm, at: int, act: Literal["going", "false"] = "going") -> None:
    async with archive.writing() as tx:
        await taking.take(tx, Act(alarm.id, act, "李小琴", at))


async def become(archive: Archive, alarm: Alarm, at: int, why: str = "ended") -> None:
    after = AlarmState.RINGING if why == "reopened" else ENDED
    async with archive.writing() as tx:
        await alarms.change(tx, await alarms.alarm(tx, alarm.id), Arrow(after, why, at))


async def close(archive: Archive, alarm: Alarm, at: int) -> None:
    async with archive.writing() as tx:
        await taking.close(tx, Closing(alarm.id, "停电", "已转移", "李小琴", at))


async def asked(archive: Archive, month: str) -> Figures:
    start, end = counted.month(month, ZONE)
    async with archive.reading() as tx:
        return await counted.figures(tx, None, start, end, zone=ZONE, at=on(20, "12:00", 8))


async def lived(archive: Archive) -> None:
    """A month, of which every case that could be counted twice or not at all is one."""
    early = await ring(archive, on(30, "23:59", 6))  # June's, also where it was over in July
    await become(archive, early, on(1, "02:00"))

    long = await ring(
        archive, on(1, "08:00")
    )  # told after 5, taken after 40, over after 150 minutes; closed a day later
    await call(archive, long, on(1, "08:05"))
    await go(archive, long, on(1, "08:40"))
    await become(archive, long, on(1, "10:30"))
    await close(archive, long, on(2, "10:30"))

    again = await ring(archive, on(2, "12:00"))  # one alarm, over after 90 minutes, though it came again
    await become(archive, again, on(2, "12:20"))
    await become(archive, again, on(2, "12:40"), "reopened")
    await become(archive, again, on(2, "13:30"))

    last = await ring(
        archive, on(31, "23:50")
    )  # July's; its first call rings out in July, its second reaches in August
    await call(archive, last, on(31, "23:52"))
    await rang_out(archive, last, on(31, "23:52"))
    await call(archive, last, on(1, "00:10", 8))
    await call(archive, last, on(1, "00:10", 8), "aliyun_sms")  # wakes nobody
    await go(archive, last, on(1, "00:20", 8))
    await become(archive, last, on(1, "00:45", 8))

    undone = await ring(archive, on(3, "02:00"))  # later data withdrew it, and somebody closed it all the same
    await call(archive, undone, on(3, "02:01"))
    await become(archive, undone, on(3, "02:30"), "withdrawn")
    await close(archive, undone, on(3, "09:00"))

    merged = await ring(
        archive, on(5, "03:00")
    )  # turned out to be part of the next: its call rang, it is no alarm more
    await call(archive, merged, on(5, "03:01"))
    whole = await ring(archive, on(5, "03:05"))
    await become(archive, merged, on(5, "03:06"), "merged")
    await become(archive, whole, on(5, "04:00"))

    # a feeder: one call tells of two clinics, at one of which it was nothing
    here, there = await ring(archive, on(9, "22:00")), await ring(archive, on(9, "22:00"), POST)
    await call(archive, here, on(9, "22:01"), fold="f1")
    await queued(archive, there, channel="aliyun_voice", fold="f1", state="folded")
    await go(archive, here, on(9, "22:10"), "false")
    await become(archive, here, on(9, "22:20"))

    drill = await ring(archive, on(10, "10:00"), is_drill=True)
    await call(archive, drill, on(10, "23:00"))
    await become(archive, drill, on(10, "23:10"))


@pytest.fixture
async def county(archive: Archive) -> Archive:
    await fill(archive)
    await lived(archive)
    return archive


def bands(found: list[Response], shift: Shift, what: str, facility: str = CLINIC) -> dict[str, int]:
    [its] = [each for each in found if (each.facility, each.shift) == (facility, shift)]
    return {str(band): count for band, count in getattr(its, what).bands.items() if count}


async def test_minutes_by_clinic_and_shift_are_those_reckoned_by_hand(county: Archive):
    found = list((await asked(county, "2026-07")).responses)
    assert [(each.facility, each.shift, each.alarms) for each in found] == [
        (CLINIC, Shift.DAY, 2), (CLINIC, Shift.NIGHT, 4), (POST, Shift.NIGHT, 1),
    ]  # fmt: skip
    assert bands(found, Shift.DAY, "told") == {"<=30": 1, "never": 1}
    assert bands(found, Shift.DAY, "taken") == {"30-60": 1, "never": 1}
    assert bands(found, Shift.DAY, "recovered") == {"60-120": 1, ">120": 1}
    assert bands(found, Shift.NIGHT, "told") == {"<=30": 3, "never": 1}
    assert bands(found, Shift.NIGHT, "taken") == {"<=30": 1, "never": 3}
    assert bands(found, Shift.NIGHT, "recovered") == {"<=30": 2, "30-60": 2}
    assert bands(found, Shift.NIGHT, "taken", POST) == {">120": 1}  # it goes on, and nobody ever went


async def test_who_did_not_answer_was_not_told(county: Archive):
    """The call at 23:52 rang out: somebody was told at 00:10, 20 minutes after it rang."""
    async with county.writing() as tx:
        for alarm in await tx.scalars(tables.Alarm.__table__.select().with_only_columns(tables.Alarm.id)):
            row = await tx.get_one(tables.Alarm, alarm)
            if row.raised_at != on(31, "23:50"):
                row.is_drill = True
    [night] = (await asked(county, "2026-07")).responses
    assert (night.told.median_min, night.taken.median_min, night.recovered.median_min) == (20, 30, 55)
    assert night.told.bands[Band.UP_TO_30] == 1


def load(found: Figures, facility: str = CLINIC) -> Load:
    return next(each for each in found.loads if each.facility == facility)


async def test_what_people_had_to_bear_is_what_was_reckoned_by_hand(county: Archive):
    """Calls at night: 23:52, 02:01 for nothing, 03:01, 22:01 of two alarms of which one was something."""
    found = await asked(county, "2026-07")
    its = load(found)
    assert (its.alarms, its.false_alarms, its.night_calls, its.night_calls_for_nothing) == (6, 2, 4, 1)
    assert its.fridge_months == pytest.approx(31 / 30.4375, abs=0.001)
    assert (its.alarms_per_fridge_month, its.night_calls_per_fridge_month) == (5.89, 3.93)
    assert (load(found, POST).alarms, load(found, POST).night_calls) == (1, 0)


async def test_a_month_begins_and_ends_by_the_sites_clocks(county: Archive):
    # the call of July's last alarm at 00:10 counts in the month in which it rang
    found = await asked(county, "2026-08")
    assert list(found.responses) == []
    assert (load(found).alarms, load(found).night_calls) == (0, 1)
    june = await asked(county, "2026-06")
    assert [(each.facility, each.alarms) for each in june.responses] == [(CLINIC, 1)]
    assert counted.month("2026-12", ZONE) == (on(1, "00:00", 12), on(31, "23:59", 12) + 60_000)


@pytest.mark.parametrize("month", ["2026-13", "2026-7", "july", "", "2026-07-01", "9999-12"])
async def test_what_is_no_month_is_refused(month: str):
    with pytest.raises(BadInput, match=r"month: .* is no month; write it as 2026-07"):
        counted.month(month, ZONE)


@pytest.mark.parametrize(
    ("changes", "months"),
    [
        ({"status": "scrapped", "scrapped_on": "2026-07-11"}, 10 / 30.4375),
        ({"status": "scrapped", "scrapped_on": None}, None),
        ({"status": "spare"}, None),
        ({"type": "vehicle"}, None),
    ],
)
async def test_only_refrigerators_that_stood_there_are_counted_by(
    archive: Archive, changes: dict[str, str | None], months: float | None
):
    await fill(archive)
    async with archive.writing() as tx:
        row = await tx.get_one(tables.Equipment, "511900012-BX1")
        for name, value in changes.items():
            setattr(row, name, value)
    found = [each.fridge_months for each in (await asked(archive, "2026-07")).loads]
    assert found == ([] if months is None else [pytest.approx(months, abs=0.001)])
