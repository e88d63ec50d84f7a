"""Watching a small clinic: what gateways say of themselves, pairs of probes, and certificates."""

from zoneinfo import ZoneInfo

import pytest

from coldchain.archive import cases
from coldchain.archive.audit import By
from coldchain.archive.metrology import certificates
from coldchain.archive.metrology.certificates import NewCalibration
from coldchain.excursion import Kind, Severity
from coldchain.series import DAY
from coldchain.wire import BusHealth, DeviceHealth, Health, OffsetHealth, SpoolHealth
from tests.alerting.cast import HOUR, MAINS, MINUTE, PROBE, SINCE, T0, Clinic, trace_of
from tests.alerting.watching import SECOND, every_minute, going_on, hang_long_ago, hear, last, roll


async def seen_in_all(clinic: Clinic, kind: Kind) -> int:
    async with clinic.archive.reading() as tx:
        return len(await cases.recent_observations(tx, kind, 0))


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
