"""What MQTT devices publish, told in our words: a payload in, words out. Shapes: Tasmota, Zigbee2MQTT, plain text.

None of them carries a time that can be believed (Tasmota's has no zone, plain has none): the arrival stamps the reading.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from coldchain.clock import parse_iso
from coldchain.errors import BadInput
from coldchain.reading import NAME_PART, Fault, Quantity
from gateway.protocol.word import Word

MOST_BYTES = 16 * 1024  # a sensor's message is a few hundred


@dataclass(frozen=True, slots=True)
class Report:
    """What one message said. `seen` is the device's own mark of its last report, where it gives one."""

    words: tuple[Word, ...]
    seen: int | None = None


_TASMOTA = {"Temperature": Quantity.TEMPERATURE, "Humidity": Quantity.HUMIDITY}
_ZIGBEE = {
    "temperature": (Quantity.TEMPERATURE, 1.0),
    "humidity": (Quantity.HUMIDITY, 1.0),
    "battery": (Quantity.BATTERY, 1.0),
    "voltage": (Quantity.VOLTAGE, 0.001),  # mV
}


def tasmota(payload: bytes, topic_id: str) -> Report:
    """`tele/<topic>/SENSOR`. A sensor is named by its hardware `Id`: `DS18B20-1` shifts when a probe is added.

    A sensor without an Id (there can be one of a kind on a board) is `<topic_id>.<its name>`.

    Raises:
        BadInput: no JSON object, or a `TempUnit` nobody knows.
    """
    message = _object(payload)
    unit = message.get("TempUnit", "C")
    if unit not in ("C", "F"):
        raise BadInput("TempUnit", f"{unit!r} is unknown", "set the device to C (SetOption8 0)")
    words = []
    for name, sensor in message.items():
        if isinstance(sensor, dict):
            words += _tasmota_sensor(_tasmota_device(sensor.get("Id"), topic_id, name), sensor, unit)
    return Report(tuple(words))


def _tasmota_device(hardware_id: object, topic_id: str, name: str) -> str:
    device = hardware_id.lower() if isinstance(hardware_id, str) else f"{topic_id}.{name.lower()}"
    if not NAME_PART.fullmatch(device):
        raise BadInput("Id", f"{device[:80]!r} is no name", "use 1 to 64 of A-Z a-z 0-9 . _ -")
    return device


def _tasmota_sensor(device: str, sensor: Mapping[str, Any], unit: str) -> list[Word]:
    words = []
    for key, quantity in _TASMOTA.items():
        if key in sensor:
            value, fault = _number(sensor[key])
            if value is not None and quantity is Quantity.TEMPERATURE and unit == "F":
                value = round((value - 32) * 5 / 9, 2)
            words.append(Word(device, quantity, value, fault))
    return words


def zigbee2mqtt(payload: bytes, device: str) -> Report:
    """`zigbee2mqtt/<friendly_name>`. Without `last_seen` a cached state looks like news, so it is required.

    Raises:
        BadInput: no JSON object, or no `last_seen`.
    """
    message = _object(payload)
    words = []
    for key, (quantity, scale) in _ZIGBEE.items():
        if key in message:
            value, fault = _number(message[key])
            words.append(Word(device, quantity, None if value is None else round(value * scale, 6), fault))
    if isinstance(contact := message.get("contact"), bool):  # a door sensor: contact = closed
        words.append(Word(device, Quantity.DOOR, 0.0 if contact else 1.0))
    return Report(tuple(words), _last_seen(message.get("last_seen")))


def _last_seen(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            return parse_iso(value, "last_seen")
        except ValueError:
            raise BadInput("last_seen", f"{value[:64]!r} is no time", "set advanced.last_seen to ISO_8601") from None
    raise BadInput("last_seen", "is missing", "set advanced.last_seen to ISO_8601 in zigbee2mqtt's configuration")


def plain(payload: bytes, device: str, quantity: Quantity) -> Report:
    """A number as text, such as ESPHome's `<prefix>/sensor/<object_id>/state`; `nan` when its sensor is invalid.

    Raises:
        BadInput: when it is no number.
    """
    text = payload[:64].decode("utf-8", errors="replace").strip()
    states = {"ON": 1.0, "OFF": 0.0} if quantity.is_binary else {}
    try:
        value, fault = _number(states[text] if text in states else float(text))
    except ValueError:
        raise BadInput("payload", f"{text!r} is no number", "publish the bare value") from None
    return Report((Word(device, quantity, value, fault),))


def _number(value: object) -> tuple[float | None, Fault]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None, Fault.NOT_A_NUMBER
    try:
        number = float(value)
    except OverflowError:  # JSON knows no largest integer
        return None, Fault.NOT_A_NUMBER
    return (number, Fault.NONE) if math.isfinite(number) else (None, Fault.NOT_A_NUMBER)


def _object(payload: bytes) -> dict[str, Any]:
    if len(payload) > MOST_BYTES:
        raise BadInput("payload", f"{len(payload)} bytes", f"a sensor's message has at most {MOST_BYTES}")
    try:
        message = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # recursion: "[[[[[…"
        raise BadInput("payload", str(error), "publish one JSON object") from None
    if not isinstance(message, dict):
        raise BadInput("payload", "is no JSON object", "publish one JSON object")
    return message
