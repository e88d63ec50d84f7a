"""Modbus register maps: which words of a transmitter mean what. A map is data (`gateway/registers/*.toml`), never code."""

import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError

from coldchain.errors import BadInput
from coldchain.reading import Fault, Quantity
from coldchain.settings import Section
from gateway.protocol.word import Word

_FAULTS = {fault.name.lower(): fault for fault in Fault if fault}
_READ_AT_ONCE = 64  # words in one request; small transmitters know no more


def _fault(name: object) -> object:
    if name not in _FAULTS:
        raise ValueError(f"{name!r} is no fault; use one of {', '.join(_FAULTS)}")
    return _FAULTS[str(name)]


class Sentinel(Section):
    """A raw word that is not a measurement."""

    raw: int = Field(ge=0, le=0xFFFF)
    fault: Annotated[Fault, BeforeValidator(_fault)]


class Value(Section):
    """One measured word. `input` names the probe of a transmitter with several: its device is `<device>.<input>`."""

    quantity: Quantity
    address: int = Field(ge=0, le=0xFFFF)
    type: Literal["int16", "uint16"] = "int16"
    scale: float = Field(default=0.1, gt=0)
    input: str = ""
    sentinels: tuple[Sentinel, ...] = ()


class Offset(Section):
    """A word that shifts what the device reports: read at first and daily, told in health when it is not zero, never written."""

    quantity: Quantity
    function: Literal[3, 4] = 3
    address: int = Field(ge=0, le=0xFFFF)
    scale: float = Field(default=0.1, gt=0)


class RegisterMap(Section):
    """A transmitter model."""

    title: str
    function: Literal[3, 4]
    bauds: tuple[int, ...] = (9600,)
    values: tuple[Value, ...] = Field(min_length=1)
    offsets: tuple[Offset, ...] = ()

    @property
    def first(self) -> int:
        """The lowest register to read."""
        return min(value.address for value in self.values)

    @property
    def count(self) -> int:
        """How many words from `first` hold all values."""
        return max(value.address for value in self.values) - self.first + 1

    def only(self, inputs: Sequence[str]) -> "RegisterMap":
        """The same map for the inputs that have a probe; all of them when none is named.

        Raises:
            BadInput: when the map has no such input.
        """
        known = {value.input for value in self.values}
        if unknown := set(inputs) - known:
            cure = f"use some of {', '.join(sorted(known))}"
            raise BadInput("device.inputs", f"{', '.join(sorted(unknown))}: {self.title} has no such input", cure)
        values = tuple(value for value in self.values if not inputs or value.input in inputs)
        return self.model_copy(update={"values": values})


def meaning(registers: RegisterMap, words: Sequence[int], device: str) -> list[Word]:
    """What the words read from `registers.first` on mean. An input's device is `<device>.<input>`."""
    return [_meaning(value, words[value.address - registers.first], device) for value in registers.values]


def _meaning(value: Value, raw: int, device: str) -> Word:
    name = device_of(value, device)
    for sentinel in value.sentinels:
        if raw == sentinel.raw:
            return Word(name, value.quantity, None, sentinel.fault)
    number = signed(raw) if value.type == "int16" else raw
    return Word(name, value.quantity, round(number * value.scale, 6))


def device_of(value: Value, device: str) -> str:
    """The device part of a value's channel."""
    return f"{device}.{value.input}" if value.input else device


def signed(word: int) -> int:
    """A 16-bit word as two's complement."""
    return word - 0x10000 if word & 0x8000 else word


def shipped() -> list[str]:
    """The names of the maps that come with the gateway."""
    files = resources.files("gateway.registers").iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def register_map(name: str) -> RegisterMap:
    """The map of a name, or of a path that ends in `.toml`.

    Raises:
        BadInput: no such map, or one that cannot be read, with what is wrong in it.
    """
    if name.endswith(".toml"):
        file, where = Path(name), name
    elif name in shipped():
        file, where = Path(str(resources.files("gateway.registers") / f"{name}.toml")), f"gateway/registers/{name}.toml"
    else:
        raise BadInput(
            "device.registers", f"there is no map {name!r}", f"use {', '.join(shipped())}, or a .toml's path"
        )
    try:
        found = RegisterMap.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadInput("device.registers", f"{error.strerror}", "name a file that can be read", where=where) from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput("device.registers", str(error), "write TOML", where=where) from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadInput(field, first["msg"], "see gateway/registers/xy-md02.toml", where=where) from None
    if found.count > _READ_AT_ONCE:
        raise BadInput(
            "values", f"they lie {found.count} words apart", f"keep a map within {_READ_AT_ONCE}", where=where
        )
    return found
