"""What MQTT devices publish."""

import pytest

from coldchain.errors import BadInput
from coldchain.reading import Fault, Quantity
from gateway.protocol.payloads import plain, tasmota, zigbee2mqtt


def test_a_tasmota_probe_is_named_by_its_hardware_id_whatever_its_place():
    one = b'{"Time":"2026-07-03T16:00:00","DS18B20":{"Id":"00000328AAAA","Temperature":4.6},"TempUnit":"C"}'
    two = (
        b'{"Time":"1970-01-01T00:00:00","DS18B20-1":{"Id":"00000111BBBB","Temperature":-18.2},'
        b'"DS18B20-2":{"Id":"00000328AAAA","Temperature":4.7},"TempUnit":"C"}'
    )
    assert [(w.device, w.value) for w in tasmota(one, "fridge").words] == [("00000328aaaa", 4.6)]
    assert [(w.device, w.value) for w in tasmota(two, "fridge").words] == [
        ("00000111bbbb", -18.2),
        ("00000328aaaa", 4.7),
    ]


def test_fahrenheit_is_converted_once():
    (word,) = tasmota(b'{"DS18B20":{"Id":"aa","Temperature":39.2},"TempUnit":"F"}', "fridge").words
    assert word.value == 4.0


def test_a_tasmota_sensor_without_an_id_is_named_by_its_topic():
    words = tasmota(b'{"AM2301":{"Temperature":21.5,"Humidity":48.1,"DewPoint":10.1}}', "room").words
    assert [(w.device, w.quantity, w.value) for w in words] == [
        ("room.am2301", Quantity.TEMPERATURE, 21.5),
        ("room.am2301", Quantity.HUMIDITY, 48.1),
    ]


def test_a_null_is_a_fault_not_a_zero():
    (word,) = tasmota(b'{"DS18B20":{"Id":"aa","Temperature":null}}', "fridge").words
    assert (word.value, word.fault) == (None, Fault.NOT_A_NUMBER)


@pytest.mark.parametrize(
    ("payload", "wrong"),
    [
        (b"{", "payload"),
        (b"[1]", "no JSON object"),
        (b"\xff\xfe", "payload"),
        (b'{"TempUnit":"K"}', "TempUnit"),
        (b'{"DS18B20":{"Id":"a/b","Temperature":1}}', "Id"),
        (b'{"a":"' + b"x" * 20_000 + b'"}', "bytes"),
    ],
)
def test_a_bad_tasmota_message_is_refused_by_name(payload, wrong):
    with pytest.raises(BadInput, match=wrong):
        tasmota(payload, "fridge")


def test_zigbee_values_come_in_our_units():
    report = zigbee2mqtt(
        b'{"temperature":4.62,"humidity":61.2,"battery":86,"voltage":2975,"contact":false,"linkquality":97,'
        b'"last_seen":"2026-07-03T16:00:00+08:00"}',
        "0x00158d0001",
    )
    assert {w.quantity: w.value for w in report.words} == {
        Quantity.TEMPERATURE: 4.62,
        Quantity.HUMIDITY: 61.2,
        Quantity.BATTERY: 86,
        Quantity.VOLTAGE: 2.975,
        Quantity.DOOR: 1.0,
    }
    assert report.seen == 1_783_065_600_000


def test_zigbee_without_last_seen_is_refused_with_the_cure():
    with pytest.raises(BadInput, match=r"last_seen: is missing; set advanced\.last_seen"):
        zigbee2mqtt(b'{"temperature":4.62}', "a")


@pytest.mark.parametrize(
    ("text", "quantity", "value", "fault"),
    [
        (b"4.56", Quantity.TEMPERATURE, 4.56, Fault.NONE),
        (b"nan", Quantity.TEMPERATURE, None, Fault.NOT_A_NUMBER),
        (b"inf", Quantity.TEMPERATURE, None, Fault.NOT_A_NUMBER),
        (b"ON", Quantity.DOOR, 1.0, Fault.NONE),
    ],
)
def test_a_plain_topic_is_a_number(text, quantity, value, fault):
    (word,) = plain(text, "esp", quantity).words
    assert (word.value, word.fault) == (value, fault)


def test_a_plain_word_is_refused():
    with pytest.raises(BadInput, match="no number"):
        plain(b"warm", "esp", Quantity.TEMPERATURE)


def test_a_number_too_large_for_any_float_is_no_number():
    (word,) = tasmota(b'{"DS18B20":{"Id":"a1","Temperature":%s}}' % (b"9" * 400), "x").words
    assert (word.value, word.fault) == (None, Fault.NOT_A_NUMBER)


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 8000,
        b'{"a":' * 3000,
        b'{"temperature":4,"last_seen":"%s"}' % (b"9" * 5000),
        '{"temperature":4,"last_seen":"²"}'.encode(),
        b'{"temperature":4,"last_seen":"2026-07-03T16:00:00"}',
        b'{"temperature":4,"last_seen":true}',
    ],
)
def test_nothing_that_a_device_publishes_ends_its_bus(payload):
    with pytest.raises(BadInput):
        zigbee2mqtt(payload, "a")
