"""Load: many gateways that send made-up readings at a rate, and what became of them.

The readings' times begin days before now and rise by a second, so that a long run never reaches the future.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from coldchain import clock
from coldchain.settings import BrokerSettings
from coldchain.wire import Block
from firmware_sim.fleet.spool import MemorySpool
from firmware_sim.fleet.uplink import Uplink
from firmware_sim.tending import tended

_BEFORE_NOW_MS = 30 * 86_400_000
_DEVICES = 4  # probes behind each gateway
_MOST_WAITING = 64  # batches in a gateway's spool: beyond it the broker or the collector is the limit, not we


@dataclass(frozen=True, slots=True)
class Load:
    """What to send."""

    gateways: int = 50
    readings_per_s: float = 1000.0  # of all together
    batch: int = 60  # readings in a message
    seconds: float = 30.0
    prefix: str = "load"
    seed: str = "load"

    def names(self) -> list[str]:
        """The gateways' names, which are also their users on the broker."""
        return [f"{self.prefix}-{number}" for number in range(1, self.gateways + 1)]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, in readings."""

    sent: int
    stored: int
    refused: int
    waiting: int
    resent_batches: int
    seconds: float

    @property
    def stored_per_s(self) -> float:
        """Readings acknowledged as stored, per second of the run."""
        return self.stored / self.seconds


class _Sender:
    """One gateway's stream of made-up temperatures."""

    def __init__(self, uplink: Uplink, load: Load, rng: random.Random) -> None:
        self.uplink = uplink
        self._load = load
        self._rng = rng
        self._time_ms = clock.now() - _BEFORE_NOW_MS
        self._turn = 0

    async def run(self) -> None:
        """Put a batch whenever its time has come; a run that falls behind does not pile up."""
        every_s = self._load.batch * self._load.gateways / self._load.readings_per_s
        due = clock.monotonic() + self._rng.uniform(0, every_s)
        while True:
            await asyncio.sleep(max(0.0, due - clock.monotonic()))
            due += every_s
            if len(self.uplink.spool) < _MOST_WAITING:
                self.uplink.spool.put(self._series(), clock.now())
                self.uplink.nudge()

    def _series(self) -> dict[str, Block]:
        size = self._load.batch
        values: list[float | None] = [round(self._rng.gauss(5.0, 0.4), 2) for _ in range(size)]
        block = Block(v=values, t0=self._time_ms, step=1000)
        self._turn = (self._turn + 1) % _DEVICES
        self._time_ms += size * 1000
        return {f"28ff{self._turn:04x}.1/temperature": block}


def broker_of(broker: BrokerSettings, gateway: str, passwords: Mapping[str, str]) -> BrokerSettings:
    """The broker as one gateway reaches it: as itself where its password is known, else as `broker` says."""
    if gateway not in passwords:
        return broker
    return BrokerSettings.model_validate({**broker.model_dump(), "user": gateway, "password": passwords[gateway]})


@asynccontextmanager
async def sending(load: Load, broker: BrokerSettings, passwords: Mapping[str, str]) -> AsyncIterator[list[Uplink]]:
    """Gateways that send for as long as the context lasts."""
    senders = []
    for name in load.names():
        rng = random.Random(f"{load.seed}/{name}")
        uplink = Uplink(name, broker_of(broker, name, passwords), MemorySpool(rng), rng)
        senders.append(_Sender(uplink, load, rng))
    async with tended(job for sender in senders for job in (sender.uplink.run(), sender.run())):
        yield [sender.uplink for sender in senders]


async def run(load: Load, broker: BrokerSettings, passwords: Mapping[str, str]) -> Outcome:
    """Send for the time that the load names, and count."""
    began = clock.monotonic()
    async with sending(load, broker, passwords) as uplinks:
        await asyncio.sleep(load.seconds)
        tallies = [uplink.spool.tally for uplink in uplinks]
        waiting = sum(uplink.spool.readings for uplink in uplinks)
        return Outcome(
            sent=sum(t.readings for t in tallies),
            stored=sum(t.stored for t in tallies),
            refused=sum(t.refused for t in tallies),
            waiting=waiting,
            resent_batches=sum(t.resent for t in tallies),
            seconds=clock.monotonic() - began,
        )
