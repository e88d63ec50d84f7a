"""Watching a small clinic: silences that grow and shrink, mains and their forecasts, gateways, pairs and certificates."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event

from alerting.decide import settle
from coldchain.archive import cases, equipment, occasions
from coldchain.archive.audit import By
from coldchain.archive.cases import Observation
from coldchain.archive.equipment import Equipment, EquipmentType, NewAssignment, NewCompartment, Purpose
from coldchain.archive.metrology import certificates
from coldchain.archive.metrology.certificates import NewCalibration
from coldchain.archive.occasions import NewOccasion, OccasionKind
from coldchain.excursion import Kind, Severity
from coldchain.reading import Fault, Trace
from coldchain.series import DAY, Rollup, Series
from coldchain.series import HOUR as HOURLY
from coldchain.wire import BusHealth, DeviceHealth, Health, OffsetHealth, SpoolHealth
from tests.alerting.cast import BY, HOUR, MAINS, MINUTE, PROBE, SINCE, T0, Clinic, trace_of

SECOND = "gw-1/28ff9999/temperature"
FAR = "gw-2/28ff7777/temperature"
FACILITY = "511900012000"
both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


async def hang(clinic: Clinic, *channels: str, interval_s: int = 60) -> None:
    async with clinic.archive.writing() as tx:
        for channel in channels:
            new = NewAssignment(channel=channel, equipment="F1", compartment="cold", start=SINCE, interval_s=interval_s)
            await equipment.assign(tx, new, BY)


async def going_on(clinic: Clinic, kind: Kind) -> list[Observation]:
    async with clinic.archive.reading() as tx:
        return await cases.open_observations(tx, kind)


async def seen_in_all(clinic: Clinic, kind: Kind) -> int:
    async with clinic.archive.reading() as tx:
        return len(await cases.recent_observations(tx, kind, 0))


async def last(clinic: Clinic, kind: Kind, subject: str) -> Observation:
    async with clinic.archive.reading() as tx:
        found = await cases.last_observation(tx, kind, subject)
    assert found is not None
    return found


async def silent(clinic: Clinic) -> list[str]:
    return [seen.subject for seen in await going_on(clinic, Kind.SILENCE)]


def every_minute(start: int, minutes: int, *channels: str, value: float = 5.0) -> list[Trace]:
    return [trace_of([value] * minutes, start=T0 + start * MINUTE, channel=channel) for channel in channels]


async def hear(clinic: Clinic, at_min: float, *traces: Trace) -> None:
    """Arrive and be looked at, at that minute."""
    clinic.now = T0 + round(at_min * MINUTE)
    await clinic.hear(*traces)


@both
async def test_a_silence_that_grows_wider_goes_on_in_the_wider_one(clinic: Clinic):
    await hang(clinic, SECOND, FAR)
    await hear(clinic, 10, *every_minute(0, 10, PROBE, SECOND, FAR), trace_of([1.0], channel=MAINS))
    await hear(clinic, 250, *every_minute(10, 240, FAR, SECOND), *every_minute(240, 10, MAINS, value=1.0))
    assert await silent(clinic) == ["gw-1/28ff641e"]
    await hear(clinic, 290, *every_minute(250, 40, FAR))
    assert await silent(clinic) == ["gw-1"]
    narrow, wide = await last(clinic, Kind.SILENCE, "gw-1/28ff641e"), await last(clinic, Kind.SILENCE, "gw-1")
    assert (narrow.detail["ended"], narrow.detail["into"], narrow.end) == ("merged", "gw-1", clinic.now)
    assert wide.severity is narrow.severity is Severity.WARNING  # as long silent as its longest silent channel
    assert (wide.start, wide.detail["mains"]) == (T0 + 249 * MINUTE, "unknown")


async def test_a_silence_that_grows_narrower_goes_on_in_the_narrower_one(clinic: Clinic):
    await hang(clinic, SECOND, FAR)
    await hear(clinic, 10, *every_minute(0, 10, FAR))
    await hear(clinic, 60)
    assert await silent(clinic) == ["gw-1", "gw-2"]  # gw-1 never spoke at all
    await hear(clinic, 61, trace_of([5.0], start=T0 + 60 * MINUTE, channel=SECOND))
    assert await silent(clinic) == ["gw-2", "gw-1/28ff641e", "gw-1/plug"]
    wide = await last(clinic, Kind.SILENCE, "gw-1")
    assert (wide.end, wide.detail["ended"], wide.detail["into"]) == (T0 + 60 * MINUTE, "merged", "gw-1/28ff641e")


async def test_a_gateway_that_is_back_is_not_silent_in_its_slow_channels(clinic: Clinic):
    await hang(clinic, FAR)
    await hang(clinic, SECOND, interval_s=600)
    await hear(clinic, 10, *every_minute(0, 10, PROBE, MAINS, FAR), trace_of([5.0], channel=SECOND))
    await hear(clinic, 120, *every_minute(10, 110, FAR))
    assert await silent(clinic) == ["gw-1"]
    await hear(clinic, 121, *every_minute(120, 1, PROBE, MAINS, FAR))
    assert await silent(clinic) == []
    ended = await last(clinic, Kind.SILENCE, "gw-1")
    assert (ended.end, "ended" in ended.detail) == (T0 + 120 * MINUTE, False)
    await hear(clinic, 151, *every_minute(121, 30, PROBE, MAINS, FAR))
    assert await silent(clinic) == ["gw-1/28ff9999"]


async def test_a_silence_is_over_at_once_when_everything_was_heard_again(clinic: Clinic):
    await hear(clinic, 10, *every_minute(0, 10, PROBE, MAINS))
    clinic.now = T0 + 60 * MINUTE
    await clinic.sweep()
    [silence] = await going_on(clinic, Kind.SILENCE)
    async with clinic.archive.writing() as tx:
        await clinic.court.watch.hear(tx, every_minute(60, 1, PROBE), clinic.now)
        assert await cases.open_observations(tx, Kind.SILENCE) == [silence]
        await clinic.court.watch.hear(tx, every_minute(60, 1, MAINS), clinic.now)
        assert await cases.open_observations(tx, Kind.SILENCE) == []


def warming(start: int, minutes: int, *, from_c: float = 4.5, tau_min: float = 110.0, channel: str = PROBE) -> Trace:
    """What a fridge without mains says: first-order in a room of 25 °C, from minute `start` of its own way."""
    values = [round(25 + (from_c - 25) * math.exp(-m / tau_min), 2) for m in range(start, start + minutes)]
    return trace_of(values, start=T0 + start * MINUTE, channel=channel)


async def forecasts(clinic: Clinic) -> list[Observation]:
    return await going_on(clinic, Kind.FORECAST)


async def test_without_mains_the_forecast_is_renewed_every_five_minutes(clinic: Clinic):
    await hear(clinic, 0.1, warming(0, 1, tau_min=400.0), trace_of([0.0], channel=MAINS))
    [first] = await forecasts(clinic)
    assert (first.subject, first.detail["basis"], first.start) == ("F1", "type figure", T0)
    await hear(clinic, 4.1, warming(1, 4, tau_min=400.0))
    assert [seen.id for seen in await forecasts(clinic)] == [first.id]
    await hear(clinic, 30.1, warming(5, 26, tau_min=400.0))
    [later] = await forecasts(clinic)
    assert (later.detail["basis"], later.detail["because"], later.severity) == ("readings", "mains", Severity.NOTE)
    assert later.detail["minutes"] == pytest.approx(400 * math.log(20.5 / 17) - 30, abs=1)
    replaced = await last(clinic, Kind.FORECAST, "F1")
    assert replaced.id == later.id
    async with clinic.archive.reading() as tx:
        old = await cases.observation(tx, first.id)
    assert (old.detail["ended"], old.detail["into"], old.end) == ("merged", "F1", clinic.now)


async def test_a_forecast_is_over_when_its_limit_is_passed(clinic: Clinic):
    await hear(clinic, 15, warming(0, 15), trace_of([0.0], channel=MAINS))
    assert len(await forecasts(clinic)) == 1
    await hear(clinic, 25, warming(15, 10))
    assert await forecasts(clinic) == []


async def test_a_forecast_is_over_when_the_mains_are_back(clinic: Clinic):
    await hear(clinic, 0.1, warming(0, 1), trace_of([0.0], channel=MAINS))
    await hear(clinic, 15, warming(1, 14), trace_of([1.0], start=T0 + 15 * MINUTE, channel=MAINS))
    assert await forecasts(clinic) == []
    assert "ended" not in (await last(clinic, Kind.FORECAST, "F1")).detail


async def test_a_gateway_that_is_dark_keeps_the_forecast_that_it_had(clinic: Clinic):
    await hear(clinic, 20, warming(0, 20), trace_of([0.0], channel=MAINS))
    [before] = await forecasts(clinic)
    await hear(clinic, 120)
    assert await forecasts(clinic) == [before]


async def test_its_own_earlier_outage_is_remembered(clinic: Clinic):
    await hear(clinic, 60, warming(0, 60), trace_of([0.0], channel=MAINS))
    await hear(clinic, 70, trace_of([1.0], start=T0 + 60 * MINUTE, channel=MAINS))
    again = trace_of([4.5], start=T0 + 600 * MINUTE)
    await hear(clinic, 600.1, again, trace_of([0.0], start=T0 + 600 * MINUTE, channel=MAINS))
    [found] = await forecasts(clinic)
    assert (found.detail["basis"], found.detail["source"]) == ("own history", "1 earlier outage of this equipment")
    assert found.detail["minutes"] == pytest.approx(110 * math.log(20.5 / 17), abs=1)


async def test_lost_mains_are_louder_when_the_limit_comes_near(clinic: Clinic):
    await hear(clinic, 29, warming(0, 29, tau_min=400.0), trace_of([0.0], channel=MAINS))
    [lost] = await going_on(clinic, Kind.POWER_LOSS)
    assert lost.severity is Severity.NOTE
    await hear(clinic, 31, warming(29, 2, tau_min=400.0))
    [lost] = await going_on(clinic, Kind.POWER_LOSS)
    assert (lost.severity, lost.detail["forecast"]["basis"]) == (Severity.WARNING, "type figure")


async def test_lost_mains_stay_a_note_while_there_is_time(clinic: Clinic):
    await hear(clinic, 60, warming(0, 60, tau_min=4000.0), trace_of([0.0], channel=MAINS))
    assert [lost.severity for lost in await going_on(clinic, Kind.POWER_LOSS)] == [Severity.NOTE]
    await hear(clinic, 8 * 60, warming(60, 7 * 60, tau_min=4000.0))
    [lost] = await going_on(clinic, Kind.POWER_LOSS)
    assert (lost.severity, lost.waits_at_night) == (Severity.WARNING, True)


async def plan(clinic: Clinic, minutes: float, *, after_min: int = -1) -> None:
    """An outage of the facility, until so many minutes after T0."""
    async with clinic.archive.writing() as tx:
        end = T0 + round(minutes * MINUTE)
        new = NewOccasion(kind=OccasionKind.PLANNED_OUTAGE, start=T0 + after_min * MINUTE, end=end, facility=FACILITY)
        await occasions.enter(tx, new, BY)


@pytest.mark.parametrize(("hours", "severity"), [(0.75, Severity.NOTE), (3, Severity.WARNING)])
async def test_a_planned_outage_is_a_note_unless_a_limit_is_passed_within_it(
    clinic: Clinic, hours: float, severity: Severity
):
    await plan(clinic, 60 * hours)
    await hear(clinic, 31, warming(0, 31, tau_min=400.0), trace_of([0.0], channel=MAINS))  # some 40 minutes are left
    [lost] = await going_on(clinic, Kind.POWER_LOSS)
    assert (lost.detail["planned"], lost.severity) == (T0 + round(hours * HOUR), severity)


async def test_an_outage_that_outlasts_its_plan_is_as_loud_as_any(clinic: Clinic):
    await plan(clinic, 35)
    await hear(clinic, 34, warming(0, 34, tau_min=400.0), trace_of([0.0], channel=MAINS))
    assert [lost.severity for lost in await going_on(clinic, Kind.POWER_LOSS)] == [Severity.NOTE]
    await hear(clinic, 36, warming(34, 2, tau_min=400.0))
    assert [lost.severity for lost in await going_on(clinic, Kind.POWER_LOSS)] == [Severity.WARNING]


async def test_a_long_outage_that_is_found_when_it_is_over_is_as_loud_as_its_length(clinic: Clinic):
    hours = [1.0, *[0.0] * 9, 1.0]
    await hear(clinic, 700, trace_of(hours, step=HOUR, channel=MAINS))
    found = await last(clinic, Kind.POWER_LOSS, "F1")
    assert (found.severity, found.end) == (Severity.WARNING, T0 + 10 * HOUR)


async def roll(clinic: Clinic, channel: str, start: int, means: Iterable[float], step: int = HOURLY) -> None:
    rows = [
        Rollup(channel, start + i * step, mean - 0.5, mean + 0.5, mean, step / 1000, 60) for i, mean in enumerate(means)
    ]
    await clinic.series.write_rollups(rows, step)


async def hang_long_ago(clinic: Clinic, *channels: str) -> None:
    async with clinic.archive.writing() as tx:
        for channel in channels:
            new = NewAssignment(channel=channel, equipment="F1", compartment="cold", start=SINCE - 90 * DAY)
            await equipment.assign(tx, new, BY)


async def test_a_temperature_that_leaves_its_usual_band_with_the_mains_on_is_foretold(clinic: Clinic):
    await hang_long_ago(clinic, SECOND)
    await roll(clinic, SECOND, T0 - 80 * HOUR, [4.5] * 79)
    calm = trace_of([4.5] * 60, start=T0 - HOUR, channel=SECOND)
    await hear(clinic, 40, calm, trace_of([4.8 + m * 0.03 for m in range(40)], channel=SECOND))
    [found] = await forecasts(clinic)
    assert (found.detail["because"], found.detail["limit_c"], found.detail["channel"]) == ("departure", 8.0, SECOND)
    assert found.severity is Severity.NOTE  # the shipped policy lets it call nobody
    await hear(clinic, 60, trace_of([5.9 - m * 0.08 for m in range(20)], start=T0 + 40 * MINUTE, channel=SECOND))
    assert await forecasts(clinic) == []


FULL = SpoolHealth("ab", readings=9, hours_left=3.0, bytes=60, limit_bytes=64)


async def test_what_a_gateway_says_of_itself_begins_and_ends_an_observation(clinic: Clinic):
    gateways = clinic.court.watch.gateways
    gateways.take("gw-1", Health("online", sent=T0, clock="unknown", spool=FULL), T0)
    await hear(clinic, 1)
    [full], [lost] = await going_on(clinic, Kind.SPOOL_NEARLY_FULL), await going_on(clinic, Kind.CLOCK_LOST)
    assert (full.subject, full.equipment, full.start, lost.start) == ("gw-1", "F1", T0, T0)
    gateways.take("gw-1", Health("online", sent=T0 + MINUTE, clock="ntp"), T0 + MINUTE)
    await hear(clinic, 2)
    assert await going_on(clinic, Kind.SPOOL_NEARLY_FULL) == await going_on(clinic, Kind.CLOCK_LOST) == []
    assert (await last(clinic, Kind.SPOOL_NEARLY_FULL, "gw-1")).end == T0 + MINUTE


async def test_what_a_gateway_said_before_a_restart_goes_on_until_it_says_otherwise(clinic: Clinic):
    clinic.court.watch.gateways.take("gw-1", Health("online", sent=T0, spool=FULL), T0)
    await hear(clinic, 1)
    again = await clinic.restarted()
    await again.sweep()
    assert len(await going_on(again, Kind.SPOOL_NEARLY_FULL)) == 1


async def test_another_offset_of_a_device_ends_the_one_before(clinic: Clinic):
    await clinic.hear(trace_of([5.0]))
    for hour, adds in enumerate((-0.5, -0.5, 1.0)):
        device = DeviceHealth("28ff641e", "ok", offsets=[OffsetHealth("temperature", adds, 0x0103)])
        health = Health("online", sent=clinic.now, clock="ntp", buses=[BusHealth("b", "modbus-rtu", "ok", [device])])
        clinic.court.watch.gateways.take("gw-1", health, clinic.now)
        await clinic.sweep(T0 + hour * HOUR)
    [found] = await going_on(clinic, Kind.OFFSET_SET)
    assert (found.subject, found.equipment) == ("gw-1/28ff641e", "F1")
    assert await seen_in_all(clinic, Kind.OFFSET_SET) == 2
    assert found.detail["offsets"][0]["adds"] == 1.0


async def test_two_probes_that_disagree_are_said_to(clinic: Clinic):
    await hang_long_ago(clinic, SECOND)
    for channel, mean in ((PROBE, 5.0), (SECOND, 7.5)):
        await roll(clinic, channel, T0, [5.0, *[mean] * 4])
    await hear(clinic, 5 * 60 + 11, *every_minute(5 * 60, 10, PROBE, SECOND, MAINS))
    [found] = await going_on(clinic, Kind.DISAGREEMENT)
    assert (found.subject, found.detail["against"], found.detail["by_k"]) == (PROBE, SECOND, -2.5)
    assert (found.start, found.severity, found.equipment) == (T0 + HOUR, Severity.NOTE, "F1")
    await roll(clinic, SECOND, T0 + 5 * HOUR, [5.2])
    await roll(clinic, PROBE, T0 + 5 * HOUR, [5.0])
    await hear(clinic, 6 * 60 + 11, *every_minute(6 * 60, 10, PROBE, SECOND, MAINS))
    assert await going_on(clinic, Kind.DISAGREEMENT) == []


async def test_a_probe_that_stops_speaking_neither_ends_nor_begins_a_disagreement(clinic: Clinic):
    await hang_long_ago(clinic, SECOND)
    await roll(clinic, PROBE, T0, [5.0] * 5)
    await roll(clinic, SECOND, T0, [7.5] * 5)
    await hear(clinic, 5 * 60 + 11)
    await hear(clinic, 4 * 24 * 60)
    assert len(await going_on(clinic, Kind.DISAGREEMENT)) == 1


async def test_a_drift_is_measured_from_the_first_fortnight_or_the_last_calibration(clinic: Clinic):
    third = "gw-1/28ff3333/temperature"
    await hang_long_ago(clinic, SECOND, third)
    start = (SINCE - 90 * DAY) // DAY * DAY + DAY
    await roll(clinic, SECOND, start, [5.0] * 89, DAY)
    await roll(clinic, third, start, [*[5.2] * 84, *[5.8] * 5], DAY)
    clinic.now = start + 89 * DAY + HOUR
    await clinic.sweep()
    [found] = await going_on(clinic, Kind.DRIFT)
    assert (found.subject, found.detail["by_k"]) == (SECOND, pytest.approx(-0.6))
    assert (found.start, found.severity) == (start + 84 * DAY, Severity.WARNING)
    await certify(clinic, "gw-1/28ff3333", "2026-06-28", "2027-06-28")
    clinic.now += HOUR
    await clinic.sweep()
    assert await going_on(clinic, Kind.DRIFT) == []


async def certify(clinic: Clinic, device: str, done_on: str, due_on: str) -> None:
    async with clinic.archive.writing() as tx:
        new = NewCalibration(device=device, certificate=f"C {due_on}", done_on=done_on, due_on=due_on, by="lab")
        await certificates.add(tx, new, By("tests", clinic.now, "the cast"))


async def test_a_certificate_runs_out_at_the_end_of_its_last_day(clinic: Clinic):
    await certify(clinic, "gw-1/28ff641e", "2025-06-30", "2026-06-29")
    await hear(clinic, 0, trace_of([5.0]))
    assert await going_on(clinic, Kind.CALIBRATION_EXPIRED) == []
    await hear(clinic, 15 * 60)
    [found] = await going_on(clinic, Kind.CALIBRATION_EXPIRED)
    midnight = 1_782_748_800_000  # of Shanghai
    assert (found.subject, found.start, found.equipment) == ("gw-1/28ff641e", midnight, "F1")
    await certify(clinic, "gw-1/28ff641e", "2026-06-30", "2027-06-29")
    await hear(clinic, 17 * 60)
    assert await going_on(clinic, Kind.CALIBRATION_EXPIRED) == []
    assert clinic.court.zone == ZoneInfo("Asia/Shanghai")


# ── A probe that speaks and says nothing that can be believed ──


def faulty(start: int, minutes: int) -> Trace:
    """Some frames garbled, some lost: no fault has a run of its own."""
    times = [T0 + (start + m) * MINUTE for m in range(minutes)]
    faults = [int(Fault.GARBLED if m % 2 else Fault.NO_ANSWER) for m in range(minutes)]
    return Trace(PROBE, times, [None] * minutes, faults)


async def test_a_probe_of_which_nothing_is_believed_is_silent(clinic: Clinic):
    await hear(clinic, 10, *every_minute(0, 10, PROBE, MAINS))
    await hear(clinic, 260, faulty(10, 250), *every_minute(10, 250, MAINS, value=1.0))
    [silence] = await going_on(clinic, Kind.SILENCE)
    assert (silence.subject, silence.start, silence.severity) == ("gw-1/28ff641e", T0 + 9 * MINUTE, Severity.WARNING)
    assert silence.detail["is_faulty"] is True
    again = await clinic.restarted()
    again.now = T0 + 260 * MINUTE + 5
    await again.sweep()
    assert [seen.id for seen in await going_on(again, Kind.SILENCE)] == [silence.id]
    await hear(again, 262, *every_minute(260, 2, PROBE, MAINS))
    assert await silent(again) == []


async def test_a_probe_that_fails_while_it_is_warm_is_critical(clinic: Clinic):
    warm = trace_of([5.0, *[9.5] * 9])
    await hear(clinic, 10, warm, *every_minute(0, 10, MAINS, value=1.0))
    await hear(clinic, 60, faulty(10, 50), *every_minute(10, 50, MAINS, value=1.0))
    [silence] = await going_on(clinic, Kind.SILENCE)
    assert (silence.severity, silence.detail["is_out"]) == (Severity.CRITICAL, True)


# ── Mains whose plug is moved ──


async def another_fridge(clinic: Clinic, code: str) -> None:
    new = Equipment(
        code=code, facility=FACILITY, name_zh=code, name_en=code, short_zh=code, type=EquipmentType.DOMESTIC_FRIDGE
    )
    cold = NewCompartment(
        equipment=code, name="cold", name_zh="冷藏室", name_en="cold", purpose=Purpose.VACCINE, profile="2-8"
    )
    async with clinic.archive.writing() as tx:
        await equipment.put_equipment(tx, [new], BY)
        await equipment.put_compartments(tx, [cold], BY)


async def move_plug(clinic: Clinic, code: str, minute: int) -> None:
    async with clinic.archive.writing() as tx:
        await equipment.assign(tx, NewAssignment(channel=MAINS, equipment=code, start=T0 + minute * MINUTE), BY)


async def test_lost_mains_are_over_when_the_plug_that_said_so_is_moved_elsewhere(clinic: Clinic):
    await another_fridge(clinic, "F2")
    await hear(clinic, 5, *every_minute(0, 5, PROBE), *every_minute(0, 5, MAINS, value=0.0))
    assert [lost.subject for lost in await going_on(clinic, Kind.POWER_LOSS)] == ["F1"]
    await move_plug(clinic, "F2", 6)
    await hear(clinic, 7)
    assert await going_on(clinic, Kind.POWER_LOSS) == await forecasts(clinic) == []
    assert (await last(clinic, Kind.POWER_LOSS, "F1")).end == clinic.now
    await hear(clinic, 9, *every_minute(5, 4, PROBE), *every_minute(7, 2, MAINS, value=0.0))
    assert [lost.subject for lost in await going_on(clinic, Kind.POWER_LOSS)] == ["F2"]


async def test_lost_mains_go_on_while_the_plug_that_said_so_is_silent(clinic: Clinic):
    await hear(clinic, 5, *every_minute(0, 5, PROBE), *every_minute(0, 5, MAINS, value=0.0))
    await hear(clinic, 300)
    assert [lost.subject for lost in await going_on(clinic, Kind.POWER_LOSS)] == ["F1"]


async def test_lost_mains_of_a_gateway_go_on_until_its_plug_has_a_place(clinic: Clinic):
    plug = "gw-9/plug/power"
    await hear(clinic, 5, *every_minute(0, 5, PROBE, MAINS), *every_minute(0, 5, plug, value=0.0))
    assert [lost.subject for lost in await going_on(clinic, Kind.POWER_LOSS)] == ["gw-9"]
    await hear(clinic, 6, *every_minute(5, 1, plug, value=0.0))
    assert [lost.subject for lost in await going_on(clinic, Kind.POWER_LOSS)] == ["gw-9"]
    async with clinic.archive.writing() as tx:
        await equipment.assign(tx, NewAssignment(channel=plug, equipment="F1", start=T0 + 6 * MINUTE), BY)
    await hear(clinic, 7)
    assert await going_on(clinic, Kind.POWER_LOSS) == []
    await hear(clinic, 8, *every_minute(7, 1, plug, value=0.0))
    assert [lost.subject for lost in await going_on(clinic, Kind.POWER_LOSS)] == ["F1"]


# ── Silences with a planned outage, and a gateway of any name ──


@pytest.mark.parametrize(("early_min", "is_planned"), [(10, True), (11, False)])
async def test_a_gateway_that_goes_dark_with_a_planned_outage_says_until_when(
    clinic: Clinic, early_min: int, *, is_planned: bool
):
    await plan(clinic, 120, after_min=early_min)
    await hear(clinic, 60, *every_minute(0, 1, PROBE, MAINS))
    [silence] = await going_on(clinic, Kind.SILENCE)
    assert silence.detail.get("planned") == (T0 + 120 * MINUTE if is_planned else None)


async def test_a_planned_outage_quiets_no_silence(clinic: Clinic):
    await plan(clinic, 24 * 60)
    await hear(clinic, 10, trace_of([5.0, *[9.5] * 9]), *every_minute(0, 10, MAINS))
    await hear(clinic, 60)
    [silence] = await going_on(clinic, Kind.SILENCE)
    assert (silence.severity, silence.detail["planned"]) == (Severity.CRITICAL, T0 + 24 * HOUR)


async def test_what_is_silent_with_its_mains_on_has_no_planned_outage(clinic: Clinic):
    await plan(clinic, 24 * 60)
    await hear(clinic, 10, *every_minute(0, 10, PROBE, MAINS))
    await hear(clinic, 60, *every_minute(10, 50, MAINS, value=1.0))
    [silence] = await going_on(clinic, Kind.SILENCE)
    assert (silence.detail["mains"], "planned" in silence.detail) == ("on", False)


async def test_a_gateway_may_be_called_site(clinic: Clinic):
    await hang(clinic, "site/28ff7777/temperature")
    await hear(clinic, 10, *every_minute(0, 10, "site/28ff7777/temperature", PROBE, MAINS))
    await hear(clinic, 60, *every_minute(10, 50, PROBE, MAINS))
    [silence] = await going_on(clinic, Kind.SILENCE)
    await hear(clinic, 61, *every_minute(60, 1, PROBE, MAINS))
    assert await going_on(clinic, Kind.SILENCE) == [silence]
    assert silence.subject == "site"
    await hear(clinic, 120)
    assert await silent(clinic) == ["site", "gw-1"]


# ── As many questions for a county as for a clinic ──


@dataclass
class Asked:
    """How often something was asked."""

    times: int = 0


@contextmanager
def asking() -> Iterator[Asked]:
    """Count what databases are asked meanwhile."""
    asked = Asked()

    def count(*_: Any) -> None:
        asked.times += 1

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", count)


class Counted:
    """A store that counts what it is asked."""

    def __init__(self, series: Series, asked: Asked) -> None:
        self._series, self._asked = series, asked

    def __getattr__(self, name: str) -> Any:
        self._asked.times += 1
        return getattr(self._series, name)


def of_gateway(number: int, value: float, time: int) -> list[Trace]:
    """What a gateway's probe says, and its plug."""
    said = {f"g{number}/probe/temperature": 5.0, f"g{number}/plug/power": value}
    return [trace_of([each], start=time, channel=channel) for channel, each in said.items()]


async def add_gateways(clinic: Clinic, numbers: Iterable[int]) -> None:
    for number in numbers:
        await another_fridge(clinic, f"E{number}")
        async with clinic.archive.writing() as tx:
            for what, room in (("probe/temperature", "cold"), ("plug/power", None)):
                new = NewAssignment(
                    channel=f"g{number}/{what}", equipment=f"E{number}", compartment=room, start=T0 - DAY
                )
                await equipment.assign(tx, new, BY)


async def questions(clinic: Clinic, at: int) -> int:
    """How many it takes to look around once more."""
    with asking() as asked:
        court = replace(clinic.court, series=Counted(clinic.series, asked))
        await settle(court, clinic.fence, at)
    return asked.times


@both
async def test_a_look_around_asks_as_little_of_many_silent_gateways_as_of_few(clinic: Clinic):
    """Some lost their mains before, some fell silent before and were back: all that is remembered is there."""
    asked = []
    for numbers in (range(2), range(2, 12)):
        await add_gateways(clinic, numbers)
        start = T0 + numbers.start * DAY
        for minute, value in ((0, 1.0), (1, 0.0), (2, 1.0), (60, 1.0), (61, 0.0)):
            its = [
                trace for number in range(numbers.stop) for trace in of_gateway(number, value, start + minute * MINUTE)
            ]
            await hear(clinic, (start - T0) / MINUTE + minute, *its, trace_of([5.0], start=start + minute * MINUTE))
        await hear(clinic, (start - T0) / MINUTE + 120, trace_of([5.0], start=start + 119 * MINUTE))
        assert len(await going_on(clinic, Kind.POWER_LOSS)) == numbers.stop
        assert len(await going_on(clinic, Kind.SILENCE)) == numbers.stop + 1  # and the clinic's own plug
        asked.append(await questions(clinic, clinic.now + 10_000))
    assert asked[0] == asked[1]


@both
async def test_plugs_that_speak_are_looked_up_together(clinic: Clinic):
    asked = []
    await add_gateways(clinic, range(12))
    for minute, count in ((1, 2), (2, 12)):
        traces = [trace for number in range(count) for trace in of_gateway(number, 1.0, T0 + minute * MINUTE)]
        async with clinic.archive.reading() as tx:
            await clinic.court.timelines.read(tx, [trace.channel for trace in traces])
        async with clinic.archive.writing() as tx:
            with asking() as its:
                await clinic.court.watch.hear(tx, traces, T0 + 3 * MINUTE)
        asked.append(its.times)
    assert asked[0] == asked[1]
