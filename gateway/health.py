"""What the box says of itself: spool, clock, buses, versions. After: everything; published by: uplink."""

import platform
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from coldchain import wire
from gateway.boot import Boot
from gateway.clockwatch import Clockwatch
from gateway.drivers.source import Source
from gateway.spool import Spool


@dataclass(slots=True)
class Vitals:
    """The parts that health is asked of; `sources` grows as buses are opened."""

    boot: Boot
    watch: Clockwatch
    spool: Spool
    sources: dict[str, Source]

    async def health(self) -> wire.Health:
        """The message, as things are when the disk has said how it is."""
        spool = await self.spool.health()
        learned = self.watch.learned
        return wire.Health(
            state="online",
            sent=self.watch.time_of(self.boot.ticks()) or 0,
            boot=self.boot.id,
            clock=self.watch.source.value,
            offset_ms=learned.offset_ms if learned else None,
            spool=spool,
            buses=self.buses(),
            versions=versions(),
        )

    def buses(self) -> list[wire.BusHealth]:
        """Each bus with its devices; what they keep in ticks becomes a time where it is known."""
        return [self._dated(source.health()) for source in self.sources.values()]

    def states(self) -> list[tuple[str, str, str]]:
        """What is worth telling at once when it changes: where the spool writes, and how buses and their devices are."""
        buses = self.buses()
        return [
            ("", "", "memory" if self.spool.is_in_trouble else "disk"),
            *((bus.name, "", bus.state) for bus in buses),
            *((bus.name, device.device, device.state) for bus in buses for device in bus.devices),
        ]

    def _dated(self, bus: wire.BusHealth) -> wire.BusHealth:
        for device in bus.devices:
            if device.last_ms is not None:
                device.last_ms = self.watch.time_of(device.last_ms)
        return bus


@cache
def versions() -> dict[str, str]:
    """What runs here."""
    try:
        ours = version("coldchain")
    except PackageNotFoundError:  # run from a tree that was never installed
        ours = "unknown"
    return {"coldchain": ours, "python": platform.python_version(), "system": platform.platform(terse=True)}
