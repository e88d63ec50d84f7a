"""Devices that publish by themselves: Tasmota, Zigbee2MQTT, plain topics. After: protocol/payloads; before: sampler."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from coldchain import wire
from coldchain.backoff import delays
from coldchain.broker import Link, Message, connect
from coldchain.errors import BadInput, Unavailable
from coldchain.reading import NAME_PART, Fault, Quantity
from coldchain.settings import BrokerSettings
from gateway.drivers.source import BusRecord, nulls, samples_of
from gateway.protocol import payloads
from gateway.protocol.payloads import Report
from gateway.sample import Sample
from gateway.settings import Device, MqttBus

log = logging.getLogger(__name__)

_FIRST_RETRY_S = 0.5
_LONGEST_RETRY_S = 60.0


@dataclass(slots=True)
class _Topic:
    """One device's topic: how its payloads are read, and what it has said so far."""

    device: Device
    name: str
    series: set[tuple[str, Quantity]] = field(default_factory=set)
    seen: int | None = None
    stale: int | None = None  # the mark of a report older than `seen`, which was taken for a cached state

    def has_seen(self, mark: int | None) -> bool:
        """True of a cached state that is said again: after a restart its bridge repeats the last one it has saved.

        Older marks that rise are no cache but a clock that was set back: to wait for its old time would lose hours.
        """
        if mark is None or self.seen is None:
            return False
        is_set_back = self.stale is not None and self.stale < mark < self.seen
        if mark > self.seen or is_set_back:
            self.stale = None
            return False
        if mark < self.seen:
            self.stale = mark
        return True

    def read(self, payload: bytes) -> Report:
        if self.device.shape == "tasmota":
            return payloads.tasmota(payload, self.name)
        if self.device.shape == "zigbee2mqtt":
            return payloads.zigbee2mqtt(payload, self.name)
        assert self.device.quantity is not None  # the settings were checked
        return payloads.plain(payload, self.name, self.device.quantity)


class MqttSource:
    """Topics of foreign devices. Made by `open_mqtt`."""

    def __init__(self, bus: MqttBus, devices: tuple[Device, ...], ticks: Callable[[], int], client_id: str) -> None:
        self._broker: BrokerSettings = bus.broker()
        self._client_id = client_id
        self._ticks = ticks
        self._record = BusRecord(bus.name, bus.kind)
        topics = [_Topic(device, _name_of(device)) for device in devices]
        self._topics = {topic.device.topic: topic for topic in topics}
        self._wills = {_will_of(topic.device.topic): topic for topic in topics if topic.device.shape == "tasmota"}
        for topic in topics:
            self._record.device(topic.name)

    def health(self) -> wire.BusHealth:
        """The connection and the devices."""
        return self._record.health()

    async def samples(self) -> AsyncGenerator[Sample]:
        """What the devices publish. A lost broker is connected to again."""
        waits = delays(_FIRST_RETRY_S, _LONGEST_RETRY_S)
        while True:
            try:
                async with connect(self._broker, self._client_id) as link:
                    await self._subscribe(link)
                    waits = delays(_FIRST_RETRY_S, _LONGEST_RETRY_S)
                    async for message in link.messages():
                        for sample in self._read(message):
                            yield sample
            except Unavailable as error:
                if self._record.state != "gone":
                    log.warning("bus %s: %s", self._record.name, error)
                self._record.state = "gone"
            await asyncio.sleep(next(waits))

    async def _subscribe(self, link: Link) -> None:
        for topic in (*self._topics, *self._wills):
            await link.subscribe(topic)
        self._record.state = "ok"

    def _read(self, message: Message) -> list[Sample]:
        ticks = self._ticks()
        if message.topic in self._wills:
            return self._will(self._wills[message.topic], message.payload, ticks)
        topic = self._topics.get(message.topic)
        if topic is None or message.retained:  # a retained value may be of any age
            return []
        try:
            report = topic.read(message.payload)
        except BadInput as error:
            self._record.device(topic.name).failed("failing", str(error))
            log.warning("bus %s: %s: %s", self._record.name, message.topic, error)
            return []
        return self._news(topic, report, ticks)

    def _news(self, topic: _Topic, report: Report, ticks: int) -> list[Sample]:
        """What a report says that was not said before."""
        if topic.has_seen(report.seen):
            return []
        topic.seen = report.seen
        said = {(word.device, word.quantity) for word in report.words}
        # Tasmota leaves a sensor out when it cannot read it; Zigbee2MQTT's reports are partial by design.
        vanished = topic.series - said if topic.device.shape == "tasmota" else set()
        topic.series |= said
        record = self._record.device(topic.name)
        record.spoke(ticks)
        if vanished:
            names = ", ".join(sorted({device for device, _ in vanished}))
            record.failed("failing", f"no longer reports {names}")
        return [*samples_of(report.words, ticks), *nulls(vanished, ticks, Fault.NO_ANSWER)]

    def _will(self, topic: _Topic, payload: bytes, ticks: int) -> list[Sample]:
        if payload != b"Offline" or self._record.device(topic.name).state == "silent":
            return []
        self._record.device(topic.name).failed("silent", "its broker says Offline")
        return nulls(topic.series, ticks, Fault.NO_ANSWER)


def _name_of(device: Device) -> str:
    """The device's own id, or its topic's distinctive part: `tele/<topic>/SENSOR`, `zigbee2mqtt/<friendly_name>`."""
    if device.id:
        return device.id
    parts = device.topic.split("/")
    name = parts[-2] if device.shape == "tasmota" and len(parts) > 1 else parts[-1]
    if not NAME_PART.fullmatch(name):
        raise BadInput("device.id", f"topic {device.topic!r} gives no name", "write the id into the [[device]]")
    return name


def _will_of(topic: str) -> str:
    return f"{topic.rpartition('/')[0]}/LWT"


@asynccontextmanager
async def open_mqtt(
    bus: MqttBus, devices: tuple[Device, ...], ticks: Callable[[], int], client_id: str
) -> AsyncIterator[MqttSource]:
    """The topics of an `mqtt` bus; its broker need not be there yet.

    Raises:
        BadInput: a topic from which no name can be made.
    """
    yield MqttSource(bus, devices, ticks, client_id)
