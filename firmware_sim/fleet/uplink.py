"""A simulated gateway's end of the wire: connects, sends what its spool gives, settles what is stored, comes back.

Its cable can be pulled and plugged in again; meanwhile the spool grows.
"""

import asyncio
import contextlib
import random

from coldchain import clock
from coldchain.backoff import delays
from coldchain.broker import Link, Will, connect
from coldchain.errors import Unavailable
from coldchain.settings import BrokerSettings
from coldchain.wire import Health, SpoolHealth, decode_stored, encode, topic_of
from firmware_sim.fleet.spool import MemorySpool

_HEALTH_EVERY_S = 30.0
_OFFLINE = encode(Health(state="offline"))


class Uplink:
    """One gateway on the broker. `run` for ever; `put` batches into `spool` and call `nudge`."""

    def __init__(self, gateway: str, broker: BrokerSettings, spool: MemorySpool, rng: random.Random) -> None:
        self.gateway = gateway
        self.spool = spool
        self._broker = broker
        self._rng = rng
        self._work = asyncio.Event()
        self._empty = asyncio.Event()
        self._plugged = asyncio.Event()
        self._plugged.set()
        self._pulled = asyncio.Event()

    def nudge(self) -> None:
        """There is something new in the spool."""
        if len(self.spool):
            self._empty.clear()
        self._work.set()

    def pull(self) -> None:
        """Pull the network cable."""
        self._plugged.clear()
        self._pulled.set()

    def plug(self) -> None:
        """Plug it in again."""
        self._pulled.clear()
        self._plugged.set()

    @property
    def is_plugged(self) -> bool:
        """False between `pull` and `plug`."""
        return self._plugged.is_set()

    async def emptied(self) -> None:
        """Wait until everything put so far is settled."""
        if len(self.spool):
            await self._empty.wait()

    async def run(self) -> None:
        """Serve until cancelled; a lost broker is tried again after growing, jittered waits."""
        waits = delays(0.5, 30.0, self._rng)
        while True:
            await self._plugged.wait()
            try:
                async with connect(
                    self._broker, self.gateway, will=Will(topic_of(self.gateway, "health"), _OFFLINE)
                ) as link:
                    waits = delays(0.5, 30.0, self._rng)
                    await self._session(link)
            except* Unavailable:
                await asyncio.sleep(next(waits))

    async def _session(self, link: Link) -> None:
        self.spool.forget_tries()
        await link.subscribe(topic_of(self.gateway, "stored"))
        async with asyncio.TaskGroup() as tasks:
            work = [tasks.create_task(job(link)) for job in (self._hear, self._send, self._tell)]
            await self._pulled.wait()
            for task in work:
                task.cancel()
        # A pulled cable leaves the broker to find out by its keep-alive; the will it would then publish, at once.
        await link.publish(topic_of(self.gateway, "health"), _OFFLINE, retain=True)

    async def _hear(self, link: Link) -> None:
        async for message in link.messages():
            self.spool.settle(decode_stored(message.payload))
            if not len(self.spool):
                self._empty.set()
            self._work.set()
        raise Unavailable("broker: the connection ended")

    async def _send(self, link: Link) -> None:
        while True:
            self._work.clear()
            for batch in self.spool.due(clock.monotonic()):
                await link.publish(topic_of(self.gateway, "readings"), batch.payload)
            next_due = self.spool.next_due()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if next_due is None else max(0.0, next_due - clock.monotonic())):
                    await self._work.wait()

    async def _tell(self, link: Link) -> None:
        while True:
            await link.publish(topic_of(self.gateway, "health"), encode(self._health()), retain=True)
            await asyncio.sleep(_HEALTH_EVERY_S)

    def _health(self) -> Health:
        spool = SpoolHealth(id=self.spool.id, readings=self.spool.readings, rule="kept in memory until stored")
        return Health(
            state="online",
            sent=clock.now(),
            boot=self.spool.id[:8],
            clock="ntp",
            offset_ms=0,
            spool=spool,
            versions={"firmware_sim": "1"},
        )
