"""The one shape of all drivers, and the record that each keeps of its devices for health."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from coldchain import wire
from coldchain.reading import Fault, Quantity
from gateway.protocol.word import Word
from gateway.sample import Sample


class Source(Protocol):
    """An open bus."""

    def samples(self) -> AsyncGenerator[Sample]:
        """What its devices say, for ever. A port that vanishes, a dead device or noise never end it."""
        ...

    def health(self) -> wire.BusHealth:
        """The bus and its devices as they are now."""
        ...


OpenSource = AbstractAsyncContextManager[Source]


@dataclass(slots=True)
class DeviceRecord:
    """How one device has been doing."""

    state: str = "silent"  # ok | silent | failing
    last_ticks: int | None = None
    failures: int = 0  # in a row
    notes: dict[str, str] = field(default_factory=dict)
    offsets: list[wire.OffsetHealth] | None = None  # None: not looked at

    def spoke(self, ticks: int) -> None:
        """It gave readings."""
        self.state, self.last_ticks, self.failures = "ok", ticks, 0
        self.notes.pop("trouble", None)

    def failed(self, state: str, trouble: str) -> None:
        """It was silent, or answered that it cannot."""
        self.state = state
        self.failures += 1
        self.notes["trouble"] = trouble


@dataclass(slots=True)
class BusRecord:
    """A bus and its devices."""

    name: str
    kind: str
    state: str = "gone"
    devices: dict[str, DeviceRecord] = field(default_factory=dict)

    def device(self, name: str) -> DeviceRecord:
        """The record of a device, begun when it is first heard of."""
        return self.devices.setdefault(name, DeviceRecord())

    def health(self) -> wire.BusHealth:
        """As it is told in health. `last_ms` is still in ticks: `gateway.health` knows what time that was."""
        devices = [
            wire.DeviceHealth(name, d.state, d.last_ticks, d.failures, "; ".join(d.notes.values()), d.offsets)
            for name, d in sorted(self.devices.items())
        ]
        return wire.BusHealth(self.name, self.kind, self.state, devices)


def samples_of(words: Iterable[Word], ticks: int) -> list[Sample]:
    """Words of one moment."""
    return [Sample(word.device, word.quantity, word.value, ticks, word.fault) for word in words]


def nulls(series: Iterable[tuple[str, Quantity]], ticks: int, fault: Fault) -> list[Sample]:
    """A null for each (device, quantity), with the fault that stands in its place."""
    return [Sample(device, quantity, None, ticks, fault) for device, quantity in sorted(series)]
