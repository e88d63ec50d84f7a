"""A spool and its uplink on the real broker, without buses."""

import asyncio
from contextlib import asynccontextmanager

from coldchain import clock, wire
from gateway.clockwatch import Clockwatch, Learned, Source
from gateway.spool import open_spool
from gateway.uplink import Uplink
from tests.gateway.parts import HandClock, settings_in
from tests.gateway.peer import peer_of, stored


class SecondBoot(HandClock):
    def boot(self, name="boot-2"):
        return super().boot(name)


class Box:
    """A spool and its uplink, without buses."""

    def __init__(self, settings, spool, hand, watch):
        self.settings, self.spool, self.hand, self.watch = settings, spool, hand, watch
        self.uplink = Uplink(settings, spool, watch, hand.boot())

    async def health(self):
        return wire.Health(state="online", spool=await self.spool.health())

    async def left(self):
        return (await self.spool.health()).readings

    async def empty(self):
        while await self.left():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def box(folder, broker, name, *, hand=None, knows_time=True, running=True, **gateway):
    hand = hand or HandClock()
    settings = settings_in(
        folder,
        gateway={"name": name, "send_every_s": 0.2, "ack_timeout_s": 0.3} | gateway,
        broker=broker.settings(name).model_dump(),
    )
    async with open_spool(settings.gateway, hand.boot()) as spool:
        one = Box(settings, spool, hand, Clockwatch(Learned(clock.now(), Source.NTP) if knows_time else spool.learned))
        task = asyncio.create_task(one.uplink.run(one.health)) if running else None
        try:
            yield one
        finally:
            if task:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


def talk(mosquitto, name, answer=stored):
    return peer_of(name, mosquitto.settings("tester"), answer)


async def within(seconds, awaitable):
    async with asyncio.timeout(seconds):
        return await awaitable
