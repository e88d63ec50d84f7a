"""One word per compartment: excursions first, then the newest readings, and silence is unknown with its reason."""

import pytest

from coldchain.excursion import Kind, Severity
from coldchain.profile import PROFILES
from coldchain.reading import Fault, Reading
from dashboards.county import Forecast
from dashboards.drawing import still_to_come
from dashboards.status import Condition, Probe, State, Trouble, Why, condition, worst

FRIDGE = PROFILES["2-8"]
MINUTE = 60_000
NOW = 1000 * MINUTE


def probe(value: float | None, age_min: float = 1, fault: Fault = Fault.NONE, earlier: float | None = None) -> Probe:
    """A probe whose newest reading is so old; `earlier` is what it measured ten minutes before a fault."""
    newest = Reading("g/d/temperature", NOW - round(age_min * MINUTE), value, int(fault))
    before = None if earlier is None else Reading("g/d/temperature", newest.time - 10 * MINUTE, earlier, 0)
    return Probe("g/d/temperature", "", MINUTE, newest, newest if fault is Fault.NONE else before)


def found(
    *probes: Probe, troubles: tuple[Trouble, ...] = (), offline: bool = False, mains_gone: bool = False
) -> Condition:
    return condition(FRIDGE, probes, troubles, NOW, offline=offline, mains_gone=mains_gone)


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (2.0, State.NORMAL),
        (8.0, State.NORMAL),
        (5.1, State.NORMAL),
        (8.01, State.HIGH),
        (1.99, State.LOW),
        (-3.0, State.LOW),
    ],
)
def test_both_ends_of_the_band_are_inside_it(value: float, state: State) -> None:
    assert found(probe(value)).state is state


def test_an_open_excursion_is_worn_until_it_ends() -> None:
    heat = found(probe(7.9), troubles=(Trouble(Kind.HEAT, NOW - 50 * MINUTE),))
    assert (heat.state, heat.since) == (State.HEAT, NOW - 50 * MINUTE)
    assert found(probe(1.0), troubles=(Trouble(Kind.FREEZE, 0),)).state is State.FREEZE
    assert found(probe(9.0), troubles=(Trouble(Kind.CUMULATIVE_HEAT, 0),)).state is State.HEAT


def test_an_excursion_that_nobody_need_be_told_of_is_said_quietly() -> None:
    assert found(probe(8.4), troubles=(Trouble(Kind.HEAT, 0, Severity.NOTE),)).state is State.HIGH


def test_the_loudest_of_several_excursions_is_worn() -> None:
    troubles = (Trouble(Kind.HEAT, 0, Severity.NOTE), Trouble(Kind.FREEZE, 5, Severity.CRITICAL))
    assert found(probe(1.0), troubles=troubles).state is State.FREEZE


def test_three_intervals_of_silence_are_still_known_and_more_are_not() -> None:
    assert found(probe(5.0, age_min=3)).state is State.NORMAL
    silent = found(probe(5.0, age_min=3.1))
    assert (silent.state, silent.why, silent.value) == (State.UNKNOWN, Why.SILENT, 5.0)
    assert silent.since == silent.time


@pytest.mark.parametrize(
    ("offline", "mains_gone", "why"),
    [(True, True, Why.GATEWAY_POWER), (True, False, Why.GATEWAY_OFFLINE), (False, True, Why.SILENT)],
)
def test_silence_has_a_reason_as_far_as_it_is_known(offline: bool, mains_gone: bool, why: Why) -> None:
    assert found(probe(5.0, age_min=47), offline=offline, mains_gone=mains_gone).why is why


def test_a_fault_is_unknown_since_the_last_measurement() -> None:
    broken = found(probe(None, fault=Fault.DISCONNECTED, earlier=4.4))
    assert (broken.state, broken.why, broken.fault) == (State.UNKNOWN, Why.PROBE_FAULT, Fault.DISCONNECTED)
    assert (broken.value, broken.since) == (4.4, NOW - 11 * MINUTE)


def test_silence_in_an_excursion_remembers_it() -> None:
    assert found(probe(9.0, age_min=20), troubles=(Trouble(Kind.HEAT, 0),)).was is State.HEAT


def test_a_probe_that_never_spoke_is_unknown_and_none_at_all_is_none() -> None:
    never = found(Probe("g/d/temperature", "", MINUTE, None, None))
    assert (never.state, never.why, never.since) == (State.UNKNOWN, Why.NEVER, None)
    assert found().state is State.NONE


def test_of_several_probes_the_one_furthest_out_speaks_and_never_a_mean() -> None:
    assert found(probe(3.0), probe(9.0)).value == 9.0
    assert found(probe(1.0), probe(5.0)).value == 1.0
    assert found(probe(5.0), probe(7.5)).value == 7.5


def test_one_probe_that_speaks_is_enough() -> None:
    assert found(probe(5.0, age_min=60), probe(4.0)).state is State.NORMAL


def test_the_worst_of_a_cabinet_s_compartments_is_its_own() -> None:
    assert worst([State.NORMAL, State.UNKNOWN, State.HIGH]) is State.UNKNOWN
    assert worst([State.UNKNOWN, State.HEAT]) is State.HEAT
    assert worst([]) is State.NONE


@pytest.mark.parametrize(
    ("from_c", "state", "is_shown"),
    [
        (5.0, State.NORMAL, True),
        (5.0, State.UNKNOWN, True),  # nobody measures it: the estimate is all there is
        (5.0, State.HIGH, False),
        (5.0, State.HEAT, False),
        (5.0, State.LOW, True),
        (12.0, State.HEAT, True),
        (12.0, State.FREEZE, False),
    ],
)
def test_what_is_measured_is_not_expected_any_more(from_c: float, state: State, *, is_shown: bool) -> None:
    expected = Forecast(limit_c=8.0, from_c=from_c, at=0)
    assert (still_to_come(expected, [State.NORMAL, state]) is expected) is is_shown
