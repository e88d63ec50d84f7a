"""Lost mains of a small clinic: forecasts while they last, planned outages, and a plug that is moved."""

import math

import pytest

from coldchain.archive import cases, equipment
from coldchain.archive.cases import Observation
from coldchain.archive.equipment import NewAssignment
from coldchain.excursion import Kind, Severity
from coldchain.reading import Trace
from tests.alerting.cast import BY, HOUR, MAINS, MINUTE, PROBE, T0, Clinic, trace_of
from tests.alerting.watching import (
    SECOND,
    another_fridge,
    every_minute,
    going_on,
    hang_long_ago,
    hear,
    last,
    plan,
    roll,
)


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
