"""A Wi-Fi board with Tasmota on it: publishes its probes every TelePeriod, straight to a broker.

Its quirks are kept: the time is local and names no zone, a probe that fails its CRC disappears from the message, 85.0 does
not, a single probe is called `DS18B20` and several `DS18B20-1`, `-2` in the order of their ROM ids.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiomqtt

from firmware_sim.device.probe import Probe, ProbeFault


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the board publishes, and as whom."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """One board's settings."""

    topic: str
    utc_offset_h: float = 8.0

    @property
    def sensor_topic(self) -> str:
        """Where telemetry goes."""
        return f"tele/{self.topic}/SENSOR"

    @property
    def will_topic(self) -> str:
        """Where `Online` and `Offline` go, retained."""
        return f"tele/{self.topic}/LWT"


Probes = Mapping[str, Probe]  # by ROM id, 12 upper-case hex digits


def encode(probes: Probes, at_ms: int, utc_offset_h: float) -> bytes:
    """One SENSOR message."""
    local = datetime.fromtimestamp(at_ms // 1000, UTC) + timedelta(hours=utc_offset_h)
    message: dict[str, object] = {"Time": local.strftime("%Y-%m-%dT%H:%M:%S")}
    single = len(probes) == 1
    for index, (rom, probe) in enumerate(sorted(probes.items()), start=1):
        value_c = _shown_c(probe)
        if value_c is not None:
            message["DS18B20" if single else f"DS18B20-{index}"] = {"Id": rom, "Temperature": value_c}
    message["TempUnit"] = "C"
    return json.dumps(message, separators=(",", ":")).encode()


def _shown_c(probe: Probe) -> float | None:
    """The driver drops what fails its CRC; a shorted line reads all zeros with a valid CRC, and 85.0 passes too."""
    if probe.fault is None:
        return round(probe.reads(), 1) + 0.0
    if probe.fault in {ProbeFault.POWER_ON, ProbeFault.ZERO_SCRATCHPAD}:
        return float(probe.fault.value)
    return None


async def run(
    broker: Broker,
    board: Board,
    sample: Callable[[], tuple[int, Probes] | None],
    wait: Callable[[], Awaitable[object]],
) -> None:
    """Publish for ever; `sample` gives (its clock in ms UTC, its probes), None = it hangs and says nothing.

    Raises:
        aiomqtt.MqttError: when the broker is not there; the real board restarts its Wi-Fi, the caller calls again.
    """
    will = aiomqtt.Will(board.will_topic, "Offline", qos=1, retain=True)
    async with aiomqtt.Client(
        broker.host, broker.port, username=broker.user, password=broker.password, will=will
    ) as client:
        await client.publish(board.will_topic, "Online", qos=1, retain=True)
        while True:
            sampled = sample()
            if sampled is not None:
                at_ms, probes = sampled
                await client.publish(board.sensor_topic, encode(probes, at_ms, board.utc_offset_h))
            await wait()
