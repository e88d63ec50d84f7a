"""At night a silence waits as long as what is silent keeps cold: as measured, else as claimed, else as the policy says."""

from dataclasses import replace

import pytest

from alerting.excursion.observations import Mains, Silence
from alerting.excursion.policy import Loudness
from alerting.patience import lost_at, patient
from coldchain.archive import tables, views
from coldchain.archive.cases import Observation
from coldchain.archive.duty.policy import shipped
from coldchain.excursion import Kind, Severity
from tests.alerting.cast import HOUR, MAINS, MINUTE, PROBE, T0, Clinic, trace_of
from tests.alerting.watching import every_minute, going_on, hear

HOLDOVER = {"hours": 18.0, "basis": "catalogue", "source": "WHO PQS", "equipment": "F1"}
WARNING = Loudness(Severity.WARNING)
SILENCE = Silence("gw-1", T0, WARNING, Mains.UNKNOWN, ("F1",), (PROBE,), is_out=False)


@pytest.mark.parametrize(("hours", "waits"), [(4, True), (17.9, True), (18, False), (30, False)])
def test_silence_waits_at_night_until_unknown_time_is_longer_than_the_holdover(hours: float, waits: bool):
    found = patient(SILENCE, HOLDOVER, None, T0 + round(hours * HOUR))
    assert (found.loudness.severity, found.loudness.waits_at_night) == (Severity.WARNING, waits)
    assert found.seen().detail["holdover"] == HOLDOVER


def test_a_loss_of_mains_that_was_told_before_has_begun_to_use_the_holdover_up():
    assert not patient(SILENCE, HOLDOVER, T0 - 8 * HOUR, T0 + 10 * HOUR).loudness.waits_at_night


def test_what_was_out_of_its_band_when_it_was_last_heard_never_waits():
    critical = replace(SILENCE, loudness=Loudness(Severity.CRITICAL), is_out=True)
    assert patient(critical, HOLDOVER, None, T0 + HOUR).loudness == Loudness(Severity.CRITICAL)


def test_where_nobody_knows_what_is_silent_it_does_not_wait():
    assert patient(SILENCE, None, None, T0 + HOUR) == SILENCE


def test_a_silence_that_the_county_lets_wait_still_does():
    patiently = replace(SILENCE, loudness=Loudness(Severity.WARNING, waits_at_night=True))
    assert patient(patiently, HOLDOVER, None, T0 + 30 * HOUR).loudness.waits_at_night


def test_of_several_losses_the_first_counts():
    def loss(at: int) -> Observation:
        return Observation(
            id=1, kind=Kind.POWER_LOSS, subject="F1", severity=Severity.NOTE, start=at, seen_at=at, detail={}
        )

    both = replace(SILENCE, equipment=("F1", "F2", "F3"))
    assert lost_at(both, {"F1": loss(T0 + 2), "F2": loss(T0 + 1), "F9": loss(T0)}) == T0 + 1
    assert lost_at(both, {}) is None


async def claims(clinic: Clinic, hours: float | None) -> None:
    async with clinic.archive.writing() as tx:
        row = await tx.get_one(tables.Equipment, "F1")
        row.holdover_h_catalogue, row.holdover_source = hours, "WHO PQS E003/012"


async def the_silence(clinic: Clinic, hours: float) -> Observation:
    await hear(clinic, 10 + hours * 60)
    [silence] = await going_on(clinic, Kind.SILENCE)
    return silence


async def test_a_silence_rings_by_its_ordinary_patience_and_wakes_people_once_the_holdover_is_used_up(clinic: Clinic):
    await claims(clinic, 18)
    await hear(clinic, 10, *every_minute(0, 10, PROBE), *every_minute(0, 10, MAINS, value=1.0))
    patiently = await the_silence(clinic, 5)
    assert (patiently.severity, patiently.waits_at_night) == (Severity.WARNING, True)
    assert patiently.detail["holdover"] == {**HOLDOVER, "source": "WHO PQS E003/012"}
    still, used_up = await the_silence(clinic, 17), await the_silence(clinic, 18)
    assert (still.waits_at_night, used_up.waits_at_night) == (True, False)
    async with clinic.archive.reading() as tx:
        assert [t.why for t in await views.transitions(tx, [1])] == ["raised", "worsened"]


async def test_where_no_catalogue_says_it_the_policy_s_hours_count(clinic: Clinic):
    await hear(clinic, 10, *every_minute(0, 10, PROBE), *every_minute(0, 10, MAINS, value=1.0))
    silence = await the_silence(clinic, 5)
    assert (silence.detail["holdover"]["basis"], silence.detail["holdover"]["hours"]) == ("policy", shipped().silence_h)
    assert silence.detail["holdover"]["source"] == shipped().source
    assert not silence.waits_at_night


async def test_mains_lost_and_then_silence_does_not_stay_silent_for_ever_without_a_forecast(clinic: Clinic):
    await claims(clinic, 10)
    lost = trace_of([0.0] * 5, start=T0 + 5 * MINUTE, channel=MAINS)
    await hear(clinic, 10, *every_minute(0, 10, PROBE), trace_of([1.0] * 5, channel=MAINS), lost)
    assert (await the_silence(clinic, 9)).waits_at_night
    assert not (await the_silence(clinic, 10)).waits_at_night
    [loss] = await going_on(clinic, Kind.POWER_LOSS)
    assert (loss.severity, loss.waits_at_night) == (Severity.WARNING, True)  # it alone would wait
