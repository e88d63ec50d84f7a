import pytest

from coldchain.errors import BadInput
from coldchain.reading import (
    RECONSTRUCTED,
    ChannelName,
    Fault,
    Quality,
    Quantity,
    Reading,
    Trace,
    fault_of,
    is_believed,
)


def test_a_channel_name_comes_apart_and_together_again():
    name = ChannelName.parse("511900012-1/28ff641e/temperature")
    assert (name.gateway, name.device, name.quantity) == ("511900012-1", "28ff641e", Quantity.TEMPERATURE)
    assert str(name) == "511900012-1/28ff641e/temperature"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("a/b", "channel"),
        ("a/b/c/temperature", "channel"),
        ("a b/c/temperature", "gateway"),
        ("a//temperature", "device"),
        ("a/" + "b" * 65 + "/temperature", "device"),
        ("a/b/heat", "quantity"),
        ("a/冰箱/temperature", "device"),
    ],
)
def test_a_wrong_channel_name_is_refused_by_the_part_that_is_wrong(text, field):
    with pytest.raises(BadInput) as caught:
        ChannelName.parse(text)
    assert caught.value.field == field
    assert caught.value.cure in str(caught.value)


def test_a_quality_code_carries_fault_and_reconstruction_apart():
    quality = Quality(Fault.POWER_ON, reconstructed=True)
    assert quality.code == RECONSTRUCTED | 2
    assert Quality.of(quality.code) == quality


def test_a_reconstructed_time_is_believed_and_a_fault_is_not():
    assert is_believed(RECONSTRUCTED)
    assert not is_believed(int(Fault.GARBLED))


@pytest.mark.parametrize("code", [63, 128, -1])
def test_a_quality_code_that_nobody_knows_is_refused(code):
    with pytest.raises(BadInput, match="quality code"):
        Quality.of(code)


@pytest.mark.parametrize(
    ("quantity", "value", "fault"),
    [
        (Quantity.TEMPERATURE, 4.5, Fault.NONE),
        (Quantity.TEMPERATURE, -127.0, Fault.OUT_OF_PHYSICS),
        (Quantity.TEMPERATURE, float("nan"), Fault.NOT_A_NUMBER),
        (Quantity.TEMPERATURE, float("inf"), Fault.NOT_A_NUMBER),
        (Quantity.HUMIDITY, 100.1, Fault.OUT_OF_PHYSICS),
        (Quantity.DOOR, 2.0, Fault.OUT_OF_PHYSICS),
        (Quantity.BATTERY, None, Fault.NOT_A_NUMBER),
    ],
)
def test_a_bare_number_shows_its_own_fault(quantity, value, fault):
    assert fault_of(quantity, value) is fault


def test_every_quantity_has_a_unit_and_a_physical_range():
    for quantity in Quantity:
        assert isinstance(quantity.unit, str)
        assert fault_of(quantity, -1e9) is Fault.OUT_OF_PHYSICS


def test_a_trace_is_rows_sorted_by_time_in_columns():
    rows = [Reading("g/d/temperature", 3, 5.0), Reading("g/d/temperature", 1, None, 6)]
    trace = Trace.of("g/d/temperature", rows)
    assert (trace.t, trace.v, trace.q) == ([1, 3], [None, 5.0], [6, 0])
    assert trace.readings() == sorted(rows, key=lambda row: row.time)
    assert len(trace) == 2
