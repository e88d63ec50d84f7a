"""Which words are temperatures, which are faults, and what is urgent."""

import math

import pytest

from coldchain.reading import Fault, Quantity
from gateway.sample import Sample
from gateway.sampler import Sampler, believed
from tests.gateway.parts import NOON, settings_in

TEMPERATURE, DOOR, POWER = Quantity.TEMPERATURE, Quantity.DOOR, Quantity.POWER


def sample(value, quantity=TEMPERATURE, ticks=0, fault=Fault.NONE, device="28ff.1"):
    return Sample(device, quantity, value, ticks, fault)


def taken(sampler, one, time=NOON):
    found = sampler.take(one, time)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("value", "before", "fault"),
    [
        (4.5, None, Fault.NONE),
        (0.0, None, Fault.NONE),
        (85.0, None, Fault.POWER_ON),
        (85.0, 4.5, Fault.POWER_ON),
        (85.0, 84.0, Fault.OUT_OF_PHYSICS),  # a hot-air test: true, and beyond what a store can be
        (84.9, 4.5, Fault.OUT_OF_PHYSICS),
        (-127.0, 4.5, Fault.DISCONNECTED),
        (-120.0, 4.5, Fault.OUT_OF_PHYSICS),
        (math.nan, 4.5, Fault.NOT_A_NUMBER),
        (math.inf, 4.5, Fault.NOT_A_NUMBER),
    ],
)
def test_sentinels_are_told_from_temperatures(value, before, fault):
    judged = believed(sample(value), before)
    assert judged.fault is fault
    assert (judged.value is None) is bool(fault)


def test_85_percent_humidity_is_no_sentinel():
    assert believed(sample(85.0, Quantity.HUMIDITY), None).fault is Fault.NONE


def test_a_second_power_on_value_is_not_believed_because_of_the_first(tmp_path):
    sampler = Sampler(settings_in(tmp_path))
    qualities = [taken(sampler, sample(v, ticks=n))[0].quality for n, v in enumerate([4.5, 85.0, 85.0, 4.6])]
    assert qualities == [Fault.NONE, Fault.POWER_ON, Fault.POWER_ON, Fault.NONE]


def urgency(sampler, *samples):
    return [taken(sampler, one, NOON + one.ticks)[1] for one in samples]


def test_leaving_the_band_is_urgent_once(tmp_path):
    values = [4.0, 8.1, 8.2, 7.9, 1.9]
    samples = [sample(v, ticks=n) for n, v in enumerate(values)]
    assert urgency(Sampler(settings_in(tmp_path)), *samples) == [False, True, False, False, True]


def test_a_fault_and_its_end_are_urgent(tmp_path):
    samples = [sample(4.0), sample(None, ticks=1, fault=Fault.NO_ANSWER), sample(None, ticks=2, fault=Fault.NO_ANSWER)]
    assert urgency(Sampler(settings_in(tmp_path)), *samples, sample(4.0, ticks=3)) == [False, True, False, True]


def test_a_fault_amid_an_excursion_does_not_hide_that_it_goes_on(tmp_path):
    samples = [sample(9.0), sample(None, ticks=1, fault=Fault.NO_ANSWER), sample(9.1, ticks=2), sample(9.2, ticks=3)]
    assert urgency(Sampler(settings_in(tmp_path)), *samples) == [True, True, True, False]


@pytest.mark.parametrize("quantity", [DOOR, POWER])
def test_door_and_mains_are_urgent_when_they_change(tmp_path, quantity):
    samples = [sample(v, quantity, n) for n, v in enumerate([0.0, 0.0, 1.0, 1.0, 0.0])]
    assert urgency(Sampler(settings_in(tmp_path)), *samples) == [False, False, True, False, True]


def test_a_device_may_have_its_own_band_or_not_be_kept(tmp_path):
    options = {"temperature": {"urgent_low": -25.0, "urgent_high": -15.0}, "battery": {"keep": False}}
    settings = settings_in(
        tmp_path,
        bus=[{"kind": "serial-ascii", "name": "s", "port": "/dev/null"}],
        device=[{"bus": "s", "id": "28ff", "quantities": options}],
    )
    sampler = Sampler(settings)
    assert urgency(sampler, sample(-18.0), sample(-14.0, ticks=1)) == [False, True]
    assert sampler.take(sample(90.0, Quantity.BATTERY, device="28ff"), NOON) is None


def test_two_samples_of_one_millisecond_are_two_readings(tmp_path):
    sampler = Sampler(settings_in(tmp_path))
    rows = [taken(sampler, sample(v, ticks=5))[0] for v in (4.0, 4.1, 4.2)]
    assert [(row.ticks, row.time) for row in rows] == [(5, NOON), (6, NOON + 1), (7, NOON + 2)]


def test_what_waits_for_the_time_has_none(tmp_path):
    assert taken(Sampler(settings_in(tmp_path)), sample(4.0), None)[0].time is None


def stamps(sampler, *moments):
    return [taken(sampler, sample(4.0, ticks=n), moment)[0].time for n, moment in enumerate(moments)]


def test_a_small_correction_of_the_clock_turns_no_order_round(tmp_path):
    corrected = stamps(Sampler(settings_in(tmp_path)), NOON, NOON + 1000, NOON - 2000, NOON - 1000, NOON + 3000)
    assert corrected == [NOON, NOON + 1000, NOON + 1001, NOON + 1002, NOON + 3000]


def test_a_clock_that_was_an_hour_ahead_holds_nothing_back(tmp_path):
    ahead = NOON + 3_600_000
    assert stamps(Sampler(settings_in(tmp_path)), ahead, NOON, NOON + 1) == [ahead, NOON, NOON + 1]


def test_what_came_before_the_time_was_known_stays_without_one(tmp_path):
    assert stamps(Sampler(settings_in(tmp_path)), None, NOON, None) == [None, NOON, None]
