"""The gateway's parts in the order of the flow, started in it and stopped against it. Tests run it in their own process."""

import asyncio
import logging
from contextlib import AsyncExitStack, aclosing

from coldchain import clock
from coldchain.backoff import delays
from coldchain.errors import BadInput
from gateway.boot import Boot, kernel_says_synchronized, this_boot
from gateway.clockwatch import Clockwatch
from gateway.drivers.opening import open_bus
from gateway.drivers.source import Source
from gateway.guard.guard import Guard, hush_file
from gateway.guard.ledger import Ledger
from gateway.health import Vitals
from gateway.sample import Sample
from gateway.sampler import Sampler
from gateway.settings import GatewaySettings
from gateway.spool import open_spool
from gateway.spoollayout import DiskRefuses
from gateway.uplink import Uplink

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 10.0
_AT_ONCE_MS = 500
_FIRST_RETRY_S = 1.0
_LONGEST_RETRY_S = 60.0


class Gateway:
    """The running parts. Made by `run`."""

    def __init__(
        self, settings: GatewaySettings, boot: Boot, vitals: Vitals, uplink: Uplink, guard: Guard | None
    ) -> None:
        self._trust = settings.gateway.trust_clock
        self._boot = boot
        self._vitals = vitals
        self._watch = vitals.watch
        self._spool = vitals.spool
        self._uplink = uplink
        self._guard = guard
        self._sampler = Sampler(settings)
        self._states: list[tuple[str, str, str]] = []

    async def take(self, sample: Sample) -> None:
        """One sample's way: judged, stamped, on the disk; in haste sent at once."""
        taken = self._sampler.take(sample, self._watch.time_of(sample.ticks))
        if taken is None:
            return
        reading, urgent = taken
        await self._spool.append([reading])
        if self._guard:
            self._guard.take(reading)
        if urgent:
            self._uplink.hurry()
        now = self._vitals.states()
        if now != self._states:
            self._states = now
            self._uplink.tell_health()

    async def keep_time(self) -> None:
        """Compare with the system clock now and then, and let the spool try a disk that refused."""
        while True:
            self.look_at_clock()
            await self._spool.relieve()
            self._watch.recall(self._spool.learned)
            try:
                await self._uplink.remember_the_time()
            except DiskRefuses as error:
                log.warning("the time is known but not written down yet: %s", error)
            await asyncio.sleep(_LOOK_EVERY_S)

    def look_at_clock(self) -> None:
        """One look. If the machine slept between the readings of the two clocks, they are of different moments."""
        trusted = self._trust == "always" or (self._trust == "synchronized" and kernel_says_synchronized())
        before, now, after = self._boot.ticks(), clock.now(), self._boot.ticks()
        if after - before <= _AT_ONCE_MS * clock.speed():
            self._watch.look(now, after, trusted=trusted)

    async def keep_reading(self, name: str, source: Source) -> None:
        """Take what one bus says, for ever. A fault in its driver is logged whole and holds up no other bus."""
        waits = delays(_FIRST_RETRY_S, _LONGEST_RETRY_S)
        while True:
            began = clock.monotonic()
            try:
                async with aclosing(source.samples()) as samples:
                    async for sample in samples:
                        await self.take(sample)
            except Exception:
                log.exception("bus %s: its driver failed; it is started again", name)
            if clock.monotonic() - began > _LONGEST_RETRY_S:
                waits = delays(_FIRST_RETRY_S, _LONGEST_RETRY_S)
            await asyncio.sleep(next(waits))

    async def keep_guarding(self, guard: Guard) -> None:
        """Guard, for ever. A fault in it is logged whole and costs no reading."""
        waits = delays(_FIRST_RETRY_S, _LONGEST_RETRY_S)
        while True:
            try:
                await guard.run()
            except Exception:
                log.exception("the guard failed; it is started again")
            await asyncio.sleep(next(waits))


async def run(settings: GatewaySettings, boot: Boot | None = None) -> None:
    """Run a gateway until it is cancelled.

    A spool whose disk is full or fails does not keep it from taking readings: they wait in memory.

    Raises:
        BadInput: settings that cannot work: no bus, a spool that cannot be written, an unknown register map.
    """
    if not settings.bus:
        raise BadInput(
            "bus", "there is none", "add a [[bus]]; `coldchain gateway scan` shows what answers on the ports"
        )
    boot = boot or this_boot()
    async with AsyncExitStack() as stack:
        spool = await stack.enter_async_context(open_spool(settings.gateway, boot))
        watch = Clockwatch(spool.learned)
        sources = {
            bus.name: await stack.enter_async_context(
                open_bus(bus, settings, boot.ticks, f"{settings.gateway.name}-{boot.id[:8]}-{bus.name}")
            )
            for bus in settings.bus
        }
        vitals = Vitals(boot, watch, spool, sources)
        uplink = Uplink(settings, spool, watch, boot)
        guard = _guard_of(settings, vitals, uplink)
        gateway = Gateway(settings, boot, vitals, uplink, guard)
        gateway.look_at_clock()
        log.info("gateway %s: spool %s, %d buses", settings.gateway.name, spool.id or "waits", len(sources))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        tasks.create_task(gateway.keep_time(), name="clock")
        tasks.create_task(uplink.run(vitals.health), name="uplink")
        if guard:
            tasks.create_task(gateway.keep_guarding(guard), name="guard")
        for name, source in sources.items():
            tasks.create_task(gateway.keep_reading(name, source), name=f"bus {name}")


def _guard_of(settings: GatewaySettings, vitals: Vitals, uplink: Uplink) -> Guard | None:
    if settings.guard is None:
        return None
    ledger = Ledger(vitals.spool, vitals.boot, vitals.watch)
    return Guard(settings.guard, settings.gateway.interval_s, ledger, uplink, hush_file(settings.gateway.spool))
