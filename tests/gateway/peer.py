"""A stand-in for the collector on the real broker: keeps each batch and answers as the test tells it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from coldchain import clock, wire
from coldchain.broker import Link, connect
from coldchain.settings import BrokerSettings

Answer = Callable[[wire.Batch], wire.Stored | None]


def stored(batch: wire.Batch) -> wire.Stored:
    return wire.Stored(batch.spool, [batch.seq], now=clock.now())


def silent(batch: wire.Batch) -> None:
    return None


@dataclass
class Peer:
    """What was heard of one gateway. `answer` may be changed at any time."""

    gateway: str
    link: Link
    answer: Answer = stored
    payloads: list[bytes] = field(default_factory=list)
    batches: list[wire.Batch] = field(default_factory=list)
    health: list[wire.Health] = field(default_factory=list)

    @property
    def values(self) -> dict[tuple[str, int], tuple[float | None, int]]:
        """(series, time) → (value, quality) of all dated batches."""
        found: dict[tuple[str, int], tuple[float | None, int]] = {}
        for batch in self.batches:
            if batch.undated is None:
                for trace in wire.traces_of(batch.series):
                    for t, v, q in zip(trace.t, trace.v, trace.q, strict=True):
                        assert found.setdefault((trace.channel, t), (v, q)) == (v, q), "a sent reading changed"
        return found

    def numbers(self, series: str) -> list[float | None]:
        """The values of a series, in order of time."""
        return [v for (name, _), (v, _) in sorted(self.values.items(), key=lambda kv: kv[0][1]) if name == series]

    async def say(self, answer: wire.Stored) -> None:
        await self.link.publish(wire.topic_of(self.gateway, "stored"), wire.encode(answer))

    async def listen(self) -> None:
        async for message in self.link.messages():
            if message.topic.endswith("/health"):
                if not message.retained:  # left on the shared broker by a test before this one
                    self.health.append(wire.decode_health(message.payload))
                continue
            batch = wire.decode_batch(message.payload)
            self.payloads.append(message.payload)
            self.batches.append(batch)
            if (answer := self.answer(batch)) is not None:
                await self.say(answer)


@asynccontextmanager
async def peer_of(gateway: str, broker: BrokerSettings, answer: Answer = stored) -> AsyncIterator[Peer]:
    """Listen to a gateway as the collector does. `broker` is the tester's, who also hears health."""
    async with connect(broker, f"peer-{gateway}") as link:
        peer = Peer(gateway, link, answer)
        for what in ("readings", "health"):
            await link.subscribe(wire.topic_of(gateway, what))
        listening = asyncio.create_task(peer.listen())
        try:
            yield peer
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
