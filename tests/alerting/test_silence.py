"""Silences of a small clinic: they grow wider and narrower, end at once, and are told apart from probes that nobody believes."""

import pytest

from coldchain.archive import cases
from coldchain.excursion import Kind, Severity
from coldchain.reading import Fault, Trace
from tests.alerting.cast import HOUR, MAINS, MINUTE, PROBE, T0, Clinic, trace_of
from tests.alerting.watching import FAR, SECOND, both, every_minute, going_on, hang, hear, last, plan, silent


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
