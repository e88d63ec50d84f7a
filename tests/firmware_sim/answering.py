"""A stand-in for the collector on a real broker: it acknowledges what it is told to, and keeps what it heard."""

import asyncio
import contextlib
from collections import defaultdict

from coldchain.broker import connect
from coldchain.wire import Stored, decode_batch, encode, parse_topic, topic_of, traces_of


class Answering:
    """`readings` = {channel: {time: value}} of every batch that was acknowledged; `deaf` = numbers it leaves unanswered once."""

    def __init__(self, prefix, deaf=()):
        self.prefix = prefix
        self.deaf = set(deaf)
        self.readings: defaultdict[str, dict[int, float | None]] = defaultdict(dict)
        self.heard = []  # (gateway, seq) in order
        self.changed = []
        self.twice = 0

    async def serve(self, link):
        async for message in link.messages():
            gateway = parse_topic(message.topic)[1]
            if gateway.startswith(self.prefix):
                await self._answer(link, gateway, message.payload)

    async def _answer(self, link, gateway, payload):
        batch = decode_batch(payload)
        self.heard.append((gateway, batch.seq))
        if batch.seq in self.deaf:
            self.deaf.discard(batch.seq)
            return
        for trace in traces_of(batch.series, f"{gateway}/"):
            for time, value in zip(trace.t, trace.v, strict=True):
                if time in self.readings[trace.channel]:
                    self.twice += 1
                    if self.readings[trace.channel][time] != value:
                        self.changed.append((trace.channel, time))
                self.readings[trace.channel][time] = value
        await link.publish(topic_of(gateway, "stored"), encode(Stored(spool=batch.spool, stored=[batch.seq])))


@contextlib.asynccontextmanager
async def answering(settings, prefix, **how):
    """An `Answering` that listens for as long as the context lasts."""
    one = Answering(prefix, **how)
    async with connect(settings, f"answering-{prefix}") as link:
        await link.subscribe("coldchain/v1/gw/+/readings")
        task = asyncio.create_task(one.serve(link))
        yield one
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(is_so, seconds=60.0):
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.02)
