"""What may wait for the morning."""

import pytest

from coldchain.archive.duty.policy import shipped
from coldchain.archive.duty.quiet import HOUR_MS, Trouble, patience_ms, waits
from coldchain.excursion import Kind, Severity

TEMPERATURES = [kind for kind in Kind if kind.is_temperature]


@pytest.mark.parametrize("kind", TEMPERATURES)
@pytest.mark.parametrize("severity", list(Severity))
def test_a_temperature_never_waits_whatever_the_row_says(kind: Kind, severity: Severity):
    assert not waits(Trouble(kind, severity, waits_at_night=True), shipped())


@pytest.mark.parametrize("kind", [Kind.BATTERY_LOW, Kind.POWER_LOSS, Kind.DOOR_OPEN])
def test_other_kinds_wait_as_alerting_s_policy_says(kind: Kind):
    assert waits(Trouble(kind, Severity.WARNING, waits_at_night=True), shipped())
    assert not waits(Trouble(kind, Severity.WARNING, waits_at_night=False), shipped())


@pytest.mark.parametrize(("hours", "does_wait"), [(1, True), (17, True), (18, False)])
def test_silence_alone_waits_until_it_is_longer_than_the_holdover(hours: int, does_wait: bool):
    trouble = Trouble(
        Kind.SILENCE, Severity.WARNING, waits_at_night=False, unknown_ms=hours * HOUR_MS, holdovers_h=(18,)
    )
    assert waits(trouble, shipped()) is does_wait


def test_silence_while_it_was_out_of_its_band_does_not_wait():
    trouble = Trouble(Kind.SILENCE, Severity.CRITICAL, waits_at_night=True, holdovers_h=(18,))
    assert not waits(trouble, shipped())


def test_of_several_the_least_holdover_counts_and_where_nobody_knows_the_policy_s_hours():
    def patience(*hours: float | None) -> float:
        return patience_ms(Trouble(Kind.SILENCE, Severity.WARNING, False, holdovers_h=hours), shipped()) / HOUR_MS

    assert [patience(), patience(None), patience(18, 2.5), patience(18, None)] == [4, 4, 2.5, 4]
