"""A CCLOG logger on a serial line. After: protocol/cclog_session; before: sampler."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

from coldchain import clock, wire
from coldchain.backoff import delays
from coldchain.errors import Unavailable
from coldchain.reading import Fault, Quantity
from gateway.drivers.port import Line, PortSettings, open_line
from gateway.drivers.source import BusRecord, nulls, samples_of
from gateway.protocol import cclog
from gateway.protocol.cclog_session import Act, Session
from gateway.sample import Sample
from gateway.settings import AsciiBus, Device

log = logging.getLogger(__name__)

_FIRST_RETRY_S = 0.5
_LONGEST_RETRY_S = 15.0


class AsciiSource:
    """A line that is listened to, and asked when it is silent or garbled. Made by `open_ascii`."""

    def __init__(self, bus: AsciiBus, interval_s: float, ticks: Callable[[], int]) -> None:
        self._port = PortSettings(bus.port, bus.baud, bus.parity, bus.stopbits)
        self._interval_s = interval_s
        self._ticks = ticks
        self._record = BusRecord(bus.name, bus.kind)
        self._series: set[tuple[str, Quantity]] = set()  # all that was ever heard on this line
        self._counters: dict[str, int] = {}
        self._missed = 0

    def expect(self, device: Device) -> None:
        """A device that should be there: it is told as silent until it speaks."""
        self._record.device(device.id)

    def health(self) -> wire.BusHealth:
        """The line and what was heard on it."""
        return self._record.health()

    async def samples(self) -> AsyncGenerator[Sample]:
        """What the logger says. A port that vanishes is opened again when it is back."""
        waits = delays(_FIRST_RETRY_S, _LONGEST_RETRY_S)
        while True:
            try:
                async with open_line(self._port) as line:
                    self._opened()
                    waits = delays(_FIRST_RETRY_S, _LONGEST_RETRY_S)
                    async for sample in self._listen(line):
                        yield sample
            except Unavailable as error:
                for sample in self._gone(str(error)):
                    yield sample
            await asyncio.sleep(next(waits))

    def _opened(self) -> None:
        self._record.state = "ok"
        log.info("bus %s: %s is open", self._record.name, self._port.port)

    def _gone(self, why: str) -> list[Sample]:
        if self._record.state == "gone":
            return []
        self._record.state = "gone"
        log.warning("bus %s: %s", self._record.name, why)
        return self._fail(Fault.NO_ANSWER, "silent", why)

    async def _listen(self, line: Line) -> AsyncIterator[Sample]:
        session = Session(lambda: self._interval_s / clock.speed(), clock.monotonic())
        while True:
            data = await line.read(session.next_at() - clock.monotonic())
            now, ticks = clock.monotonic(), self._ticks()
            for news in session.feed(data, now):
                for sample in self._heard(news, ticks):
                    yield sample
            match session.act(now):
                case Act.ASK:
                    await line.write(cclog.POLL)
                case Act.GIVE_UP_GARBLED:
                    for sample in self._fail(Fault.GARBLED, "failing", "what it says is garbled"):
                        yield sample
                case Act.GIVE_UP_SILENT:
                    for sample in self._fail(Fault.NO_ANSWER, "silent", "it does not answer"):
                        yield sample

    def _heard(self, line: cclog.Line, ticks: int) -> list[Sample]:
        self._series.update((word.device, word.quantity) for word in line.words)
        self._record.device(line.id).spoke(ticks)
        self._count(line)
        return samples_of(line.words, ticks)

    def _count(self, line: cclog.Line) -> None:
        """Lines that neither came nor could be asked for again are told in health."""
        before = self._counters.get(line.id)
        self._counters[line.id] = line.n
        if before is not None and 1 < (step := (line.n - before) % 65536) < 32768:
            self._missed += step - 1
            self._record.device(line.id).notes["missed"] = f"{self._missed} lines were lost on the cable"

    def _fail(self, fault: Fault, state: str, trouble: str) -> list[Sample]:
        for device in self._record.devices.values():
            device.failed(state, trouble)
        return nulls(self._series, self._ticks(), fault)


@asynccontextmanager
async def open_ascii(
    bus: AsciiBus, devices: tuple[Device, ...], interval_s: float, ticks: Callable[[], int]
) -> AsyncIterator[AsciiSource]:
    """The line of a `serial-ascii` bus; it need not be there yet."""
    source = AsciiSource(bus, bus.interval_s or interval_s, ticks)
    for device in devices:
        source.expect(device)
    yield source
