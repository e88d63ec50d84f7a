"""One measured value: what it is called, what it may be, and how far it is believed.

A reading is `(channel, time, value, quality)`. A channel is one quantity of one device behind one gateway:
`511900012-1/28ff641e/temperature`. Its device part is the hardware's own number, never a label that people change.
"""

import math
import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache

from coldchain.errors import BadInput

NAME_PART = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Quantity(StrEnum):
    """What a channel measures; the unit follows from it."""

    TEMPERATURE = "temperature"
    HUMIDITY = "humidity"
    DOOR = "door"
    POWER = "power"
    COMPRESSOR = "compressor"
    VOLTAGE = "voltage"
    BATTERY = "battery"
    SIGNAL = "signal"

    @property
    def unit(self) -> str:
        """The unit as it is printed beside a value; empty for 0/1 quantities."""
        return UNITS[self]

    @property
    def is_binary(self) -> bool:
        """True for quantities whose only values are 0 and 1 (door 1 = open, power 1 = mains)."""
        return self in BINARY


UNITS = {
    Quantity.TEMPERATURE: "°C",
    Quantity.HUMIDITY: "%RH",
    Quantity.DOOR: "",
    Quantity.POWER: "",
    Quantity.COMPRESSOR: "",
    Quantity.VOLTAGE: "V",
    Quantity.BATTERY: "%",
    Quantity.SIGNAL: "dBm",
}
BINARY = frozenset({Quantity.DOOR, Quantity.POWER, Quantity.COMPRESSOR})

# What any sensor of the quantity can physically say. Outside of it a number is a fault, not a measurement.
PHYSICAL_RANGE = {
    Quantity.TEMPERATURE: (-110.0, 80.0),
    Quantity.HUMIDITY: (0.0, 100.0),
    Quantity.DOOR: (0.0, 1.0),
    Quantity.POWER: (0.0, 1.0),
    Quantity.COMPRESSOR: (0.0, 1.0),
    Quantity.VOLTAGE: (0.0, 1000.0),
    Quantity.BATTERY: (0.0, 100.0),
    Quantity.SIGNAL: (-200.0, 0.0),
}


class Fault(IntEnum):
    """Why a value is not a measurement; known from the reading itself. 0 = it is one. Numbers are on the wire: never reuse."""

    NONE = 0
    GARBLED = 1  # checksum or CRC wrong, half a frame
    POWER_ON = 2  # DS18B20 85.0: conversion was not done
    DISCONNECTED = 3  # DS18B20 -127, open circuit, probe unplugged
    ZERO_SCRATCHPAD = 4  # DS18B20 with a shorted line: all zeros has a valid CRC
    OUT_OF_PHYSICS = 5  # outside PHYSICAL_RANGE
    NO_ANSWER = 6  # the device was asked and was silent
    DEVICE_ERROR = 7  # the device answered that it cannot (Modbus exception, its own error text)
    NOT_A_NUMBER = 8  # null, nan or infinity from the device


RECONSTRUCTED = 64  # the time was reconstructed from a monotonic clock when the gateway learned the date
_FLAGS = RECONSTRUCTED


@dataclass(frozen=True, slots=True)
class Quality:
    """A quality code taken apart: the fault, and whether the time was reconstructed."""

    fault: Fault = Fault.NONE
    reconstructed: bool = False

    @property
    def code(self) -> int:
        """The integer stored and sent."""
        return int(self.fault) | (RECONSTRUCTED if self.reconstructed else 0)

    @classmethod
    def of(cls, code: int) -> "Quality":
        """Take a stored code apart.

        Raises:
            BadInput: when the code is of no known fault.
        """
        try:
            return cls(Fault(code & ~_FLAGS), bool(code & RECONSTRUCTED))
        except ValueError:
            raise BadInput("q", f"quality code {code} is unknown", "send one of coldchain.reading.Fault") from None


GOOD = 0
KNOWN_CODES = frozenset(int(fault) | flag for fault in Fault for flag in (0, RECONSTRUCTED))


def is_believed(code: int) -> bool:
    """True when the value is a measurement: no fault; a reconstructed time is as good as any."""
    return code & ~_FLAGS == 0


@dataclass(frozen=True, slots=True, order=True)
class Reading:
    """One value at one time. `time` is ms UTC; `value` is in the quantity's unit, None when `quality` names a fault."""

    channel: str
    time: int
    value: float | None
    quality: int = GOOD


@dataclass(frozen=True, slots=True)
class ChannelName:
    """`gateway/device/quantity`, each part `[A-Za-z0-9._-]{1,64}`."""

    gateway: str
    device: str
    quantity: Quantity

    def __str__(self) -> str:
        return f"{self.gateway}/{self.device}/{self.quantity}"

    @classmethod
    def parse(cls, text: str) -> "ChannelName":
        """Read a channel's name.

        Raises:
            BadInput: naming the part that is wrong.
        """
        return _parsed(text)


@lru_cache(maxsize=20_000)  # a county's, each of which is read many times a minute
def _parsed(text: str) -> ChannelName:
    parts = text.split("/")
    if len(parts) != 3:
        raise BadInput("channel", f"{text!r} has {len(parts)} parts", "write gateway/device/quantity")
    gateway, device, quantity = parts
    return ChannelName(name_part("gateway", gateway), name_part("device", device), quantity_of(quantity))


def name_part(field: str, text: str) -> str:
    """Return `text` if it may stand in a topic and a channel.

    Raises:
        BadInput: naming `field`.
    """
    if not NAME_PART.fullmatch(text):
        raise BadInput(field, f"{text[:80]!r} is no name", "use 1 to 64 of A-Z a-z 0-9 . _ -")
    return text


def quantity_of(text: str) -> Quantity:
    """Return the quantity named `text`.

    Raises:
        BadInput: listing the quantities there are.
    """
    try:
        return Quantity(text)
    except ValueError:
        raise BadInput("quantity", f"{text[:80]!r} is unknown", f"use one of {', '.join(Quantity)}") from None


def fault_of(quantity: Quantity, value: float | None) -> Fault:
    """The fault that a bare number shows by itself, whatever device it came from."""
    if value is None or not math.isfinite(value):
        return Fault.NOT_A_NUMBER
    low, high = PHYSICAL_RANGE[quantity]
    return Fault.NONE if low <= value <= high else Fault.OUT_OF_PHYSICS


@dataclass(frozen=True, slots=True)
class Trace:
    """Readings of one channel in columns, rising in time: `t` ms UTC, `v` values, `q` quality codes, all of one length."""

    channel: str
    t: list[int]
    v: list[float | None]
    q: list[int]

    def __len__(self) -> int:
        return len(self.t)

    def readings(self) -> list[Reading]:
        """The same as rows."""
        return [Reading(self.channel, t, v, q) for t, v, q in zip(self.t, self.v, self.q, strict=True)]

    @classmethod
    def of(cls, channel: str, readings: list[Reading]) -> "Trace":
        """Columns of rows that all belong to `channel`, sorted by time."""
        rows = sorted(readings, key=lambda row: row.time)
        return cls(channel, [r.time for r in rows], [r.value for r in rows], [r.quality for r in rows])
