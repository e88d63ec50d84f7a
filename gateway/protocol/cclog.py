r"""CCLOG, the ASCII logger's lines (docs/protocols/cclog.md): bytes in, lines out.

    $CCLOG,<id>,<n>,<field>=<value>,...*HH\r\n        HH = XOR of everything between $ and *

A cable cuts, doubles and garbles: `decode` finds the next whole line, and says of everything else how many bytes to forget.
"""

import re
from dataclasses import dataclass
from functools import reduce
from operator import xor

from coldchain.reading import Fault, Quantity
from gateway.protocol.word import Word

POLL = b"?\r\n"
LONGEST = 128  # bytes of a line with its end; a longer run without an end is noise

_LINE = re.compile(rb"\$(CCLOG,([0-9a-f]{1,16}),([0-9]{1,5})((?:,[^,=*\s]+=[^,=*\s]+)+))\*([0-9A-F]{2})\r\n")
_TEMPERATURE = re.compile(r"[+-][0-9]{1,3}\.[0-9]{1,2}")
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
_SENTINELS = {"SP0": Fault.ZERO_SCRATCHPAD, "---": Fault.DISCONNECTED, "-127.00": Fault.DISCONNECTED}


@dataclass(frozen=True, slots=True)
class Line:
    """A line whose checksum is right. `text` tells a line from its own repetition."""

    id: str
    n: int
    words: tuple[Word, ...]
    text: bytes


@dataclass(frozen=True, slots=True)
class Garbled:
    """Bytes up to a line's end that are no line: a checksum that is wrong, a half, noise."""

    text: bytes


def decode(data: bytes) -> tuple[int, Line | Garbled | None]:
    """Take the first line off `data`.

    Returns:
        How many bytes are done with, and what they were. (0, None): no line's end yet, come again with more.
    """
    end = data.find(b"\n") + 1
    if end == 0:
        return (len(data), Garbled(data)) if len(data) > LONGEST else (0, None)
    start = data.rfind(b"$", 0, end)  # half a line may stand before a whole one
    line = _read(data[start:end]) if start >= 0 else None
    if line is None:
        return end, Garbled(data[:end])
    return end, line


def _read(text: bytes) -> Line | None:
    match = _LINE.fullmatch(text)
    if match is None or len(text) > LONGEST or checksum(match[1]) != int(match[5], 16) or int(match[3]) > 65535:
        return None
    device = match[2].decode()
    fields = [field.partition("=") for field in match[4].decode("latin-1")[1:].split(",")]
    names = [name for name, _, _ in fields]
    if len(set(names)) != len(names):
        return None
    words = [word for name, _, value in fields if (word := _word(device, name, value)) is not None]
    return Line(device, int(match[3]), tuple(words), text)


def _word(device: str, name: str, value: str) -> Word | None:
    """The meaning of one field; None for fields that a newer device may send and this host does not know."""
    match name:
        case "T1" | "T2":
            return Word(f"{device}.{name[1]}", Quantity.TEMPERATURE, *_temperature(value))
        case "H1":
            return Word(device, Quantity.HUMIDITY, *_number(value))
        case "D1":
            return Word(device, Quantity.DOOR, *_switch(value))
        case "P1":
            return Word(device, Quantity.POWER, *_switch(value))
        case "B1":
            return Word(device, Quantity.BATTERY, *_number(value))
    return None


def _temperature(text: str) -> tuple[float | None, Fault]:
    """85.00 stays a number here: only its neighbours tell whether it is one (`sampler`)."""
    if text in _SENTINELS:
        return None, _SENTINELS[text]
    return (float(text), Fault.NONE) if _TEMPERATURE.fullmatch(text) else (None, Fault.NOT_A_NUMBER)


def _number(text: str) -> tuple[float | None, Fault]:
    return (float(text), Fault.NONE) if _NUMBER.fullmatch(text) else (None, Fault.NOT_A_NUMBER)


def _switch(text: str) -> tuple[float | None, Fault]:
    return (float(text), Fault.NONE) if text in ("0", "1") else (None, Fault.NOT_A_NUMBER)


def checksum(text: bytes) -> int:
    """XOR of all bytes."""
    return reduce(xor, text, 0)
