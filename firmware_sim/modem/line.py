"""The modem on a serial line: a pty at a path, whose plug can be pulled. After: whoever opens the port; before: at."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from firmware_sim.cable import Cable
from firmware_sim.device.serial_line import SerialLine
from firmware_sim.modem.at import Modem
from firmware_sim.modem.network import Network

TICK_S = 0.05


@dataclass(frozen=True, slots=True)
class PluggedIn:
    """A modem at the end of its cable. `cable.cut()` pulls the plug."""

    modem: Modem
    cable: Cable
    now_s: Callable[[], float]

    @property
    def network(self) -> Network:
        """What it sends into."""
        return self.modem.network

    def hears(self, number: str, text: str) -> None:
        """A telephone writes to it now."""
        self.network.text_from(number, text, self.now_s())


@asynccontextmanager
async def modem_at(path: Path, now_s: Callable[[], float]) -> AsyncIterator[PluggedIn]:
    """A running modem whose port is `path`; `now_s` is the network's clock in seconds UTC."""
    async with Cable(path) as cable, SerialLine(cable.device_path) as line:
        plugged = PluggedIn(Modem(Network()), cable, now_s)
        serving = asyncio.create_task(_serve(plugged, line))
        try:
            yield plugged
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


async def _serve(plugged: PluggedIn, line: SerialLine) -> None:
    while True:
        try:
            async with asyncio.timeout(TICK_S):
                data = await line.read()
        except TimeoutError:
            data = b""
        modem, at_s = plugged.modem, plugged.now_s()
        if out := modem.take(data, at_s) + modem.tick(at_s):
            line.write(out)
