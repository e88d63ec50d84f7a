"""Which serial ports there are, and what answers on them. For whoever sets up a box; reads only, writes no register."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field
from glob import glob

from serial.tools import list_ports

from coldchain import clock
from coldchain.errors import Unavailable
from coldchain.reading import Fault
from gateway.drivers.modbus import AskError, RtuClient
from gateway.drivers.port import PortSettings, open_line
from gateway.protocol import cclog
from gateway.protocol.registers import RegisterMap, meaning, register_map
from gateway.protocol.word import Word
from gateway.settings import ModbusBus

LOGGER_BAUD = 9600
MAPS = ("xy-md02", "rs-ws-n01")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to listen, and how far to look."""

    listen_s: float = 2.0
    addresses: int = 8
    timeout_s: float = 0.25


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that answered, or a port on which nothing did (`kind` is then empty)."""

    port: str
    kind: str = ""
    baud: int = 0
    id: str = ""  # a logger's own number, or a slave's address
    registers: str = ""
    says: dict[str, float | None] = field(default_factory=dict)
    trouble: str = ""

    def as_item(self) -> dict[str, object]:
        """As `--json` prints it."""
        return asdict(self)


def ports(patterns: Sequence[str] = ()) -> list[str]:
    """The ports of this machine, or those that match the patterns."""
    if patterns:
        return sorted({path for pattern in patterns for path in glob(pattern)})  # noqa: PTH207 - absolute patterns
    return sorted(port.device for port in list_ports.comports())


async def scan(port: str, patience: Patience) -> AsyncIterator[Found]:
    """What answers on one port. A logger has its line for itself; only without one are Modbus slaves looked for."""
    found = 0
    try:
        async for logger in _loggers(port, patience):
            found += 1
            yield logger
    except Unavailable as error:
        yield Found(port, trouble=str(error))
        return
    if not found:
        async for slave in _slaves(port, patience):
            found += 1
            yield slave
    if not found:
        yield Found(port)


async def _loggers(port: str, patience: Patience) -> AsyncIterator[Found]:
    """Listen for CCLOG lines, asking once; the first good line is enough."""
    async with open_line(PortSettings(port, LOGGER_BAUD)) as line:
        await line.write(cclog.POLL)
        data, deadline = b"", clock.monotonic() + patience.listen_s
        while (left_s := deadline - clock.monotonic()) > 0:
            data += await line.read(left_s)
            used, what = cclog.decode(data)
            data = data[used:]
            if isinstance(what, cclog.Line):
                yield Found(port, "serial-ascii", LOGGER_BAUD, what.id, says=_says(what.words))
                return


async def _slaves(port: str, patience: Patience) -> AsyncIterator[Found]:
    maps = {name: register_map(name) for name in MAPS}
    for baud in sorted({registers.bauds[0] for registers in maps.values()}, reverse=True):
        bus = ModbusBus(kind="modbus-rtu", name="scan", port=port, baud=baud, timeout_s=patience.timeout_s, retries=0)
        client = RtuClient(bus)
        try:
            if not await client.is_open():
                return
            answered = [found async for found in _on_bus(client, maps, patience, bus)]
        finally:
            client.close()
            await asyncio.sleep(0)  # the transport lets go of the port in the next turn
        for found in answered:
            yield found
        if answered:  # a line has one speed
            return


async def _on_bus(
    client: RtuClient, maps: dict[str, RegisterMap], patience: Patience, bus: ModbusBus
) -> AsyncIterator[Found]:
    for address in range(1, patience.addresses + 1):
        trouble = ""
        for name, registers in maps.items():
            try:
                words = await client.read(address, registers.function, registers.first, registers.count)
            except AskError as error:
                if error.fault is Fault.NO_ANSWER:
                    break  # silent to one question, silent to all
                trouble = error.trouble
                continue
            says = _says(meaning(registers, words, str(address)))
            yield Found(bus.port, bus.kind, bus.baud, str(address), name, says)
            trouble = ""
            break
        if trouble:
            yield Found(bus.port, bus.kind, bus.baud, str(address), trouble=trouble)


def _says(words: Sequence[Word]) -> dict[str, float | None]:
    return {f"{word.device}/{word.quantity}": word.value for word in words}
