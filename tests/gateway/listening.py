"""A driver's samples, collected while a test goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field

from coldchain import wire
from coldchain.reading import Fault
from gateway.drivers.source import Source
from gateway.sample import Sample


@dataclass
class Heard:
    source: Source
    samples: list[Sample] = field(default_factory=list)

    def values(self, series: str) -> list[float]:
        return [s.value for s in self.samples if s.series == series and s.value is not None]

    def faults(self, series: str) -> list[Fault]:
        return [s.fault for s in self.samples if s.series == series and s.fault]

    def device(self, name: str) -> wire.DeviceHealth:
        return next(device for device in self.source.health().devices if device.device == name)

    async def listen(self) -> None:
        async with aclosing(self.source.samples()) as samples:
            async for sample in samples:
                self.samples.append(sample)


@asynccontextmanager
async def listening(bus: AbstractAsyncContextManager[Source]) -> AsyncIterator[Heard]:
    async with bus as source:
        heard = Heard(source)
        task = asyncio.create_task(heard.listen())
        try:
            yield heard
        finally:
            task.cancel()
            (error,) = await asyncio.gather(task, return_exceptions=True)
            assert isinstance(error, asyncio.CancelledError), error
