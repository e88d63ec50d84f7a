"""Temperature and humidity transmitters on an RS-485 bus: the XY-MD02 and the RS-WS-N01, by their makers' register maps.

One pymodbus server plays all slaves of a bus. It would answer with an exception for an address that nobody has, which no
real bus does, so what leaves it passes `_only_from`: a slave that is dead, unplugged or was never there is silent.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

_READ_HOLDING, _READ_INPUT, _WRITE_ONE, _WRITE_MANY = 3, 4, 6, 16
_EVERYBODY_ELSE = 0  # pymodbus: the slave that stands for all addresses not defined
_TURNAROUND_S = 0.02  # these chips need it before they answer


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """Where a type keeps what. All values are signed tenths."""

    baud: int
    measured_by: int  # the function code that reads the two measured registers
    temperature: int
    humidity: int
    temperature_offset: int
    humidity_offset: int
    settings: tuple[tuple[int, int], ...]  # (register, value) that can be read and not written: address, baud


def xy_md02(address: int) -> RegisterMap:
    """The SHT20 board sold as XY-MD02."""
    return RegisterMap(9600, _READ_INPUT, 0x0001, 0x0002, 0x0103, 0x0104, ((0x0101, address), (0x0102, 9600)))


def rs_ws_n01(address: int) -> RegisterMap:
    """The RS-WS-N01: humidity comes first, and a baud of 4800 is written as 1."""
    return RegisterMap(4800, _READ_HOLDING, 0x0001, 0x0000, 0x0050, 0x0051, ((0x07D0, address), (0x07D1, 1)))


MAPS: dict[str, Callable[[int], RegisterMap]] = {"xy-md02": xy_md02, "rs-ws-n01": rs_ws_n01}


class Mood(Enum):
    """How a slave treats a request."""

    ANSWERS = "answers"
    SILENT = "silent"
    FAILS = "fails"  # exception 04: its sensor chip does not answer it
    BUSY = "busy"  # exception 06


_EXCEPTIONS = {Mood.FAILS: ExcCodes.DEVICE_FAILURE, Mood.BUSY: ExcCodes.DEVICE_BUSY}


@dataclass(slots=True)
class Transmitter:
    """One slave. `measure` gives (°C, %RH); None is the silence of a slave without power."""

    address: int
    map: RegisterMap
    measure: Callable[[], tuple[float, float] | None]
    mood: Mood = Mood.ANSWERS
    offsets: dict[int, int] = field(default_factory=dict)  # register → tenths, as a host wrote them

    def is_silent(self) -> bool:
        """True when a host hears nothing of it."""
        return self.mood is Mood.SILENT or self.measure() is None

    def registers(self) -> dict[int, int]:
        """The measured registers as they are read now."""
        celsius, humidity = self.measure() or (0.0, 0.0)
        shown = {
            self.map.temperature: celsius + self.offsets.get(self.map.temperature_offset, 0) / 10,
            self.map.humidity: humidity + self.offsets.get(self.map.humidity_offset, 0) / 10,
        }
        return {register: round(value * 10) & 0xFFFF for register, value in shown.items()}

    async def act(
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        current: list[int],
        written: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """Called by pymodbus before each access: measure, or refuse."""
        await asyncio.sleep(_TURNAROUND_S)
        if self.mood in _EXCEPTIONS:
            return _EXCEPTIONS[self.mood]
        if function not in {self.map.measured_by, _READ_HOLDING, _WRITE_ONE, _WRITE_MANY}:
            return ExcCodes.ILLEGAL_FUNCTION
        if written is not None:
            self.offsets.update((address + i, _signed(int(value))) for i, value in enumerate(written[:count]))
        elif function == self.map.measured_by:
            for register, value in self.registers().items():
                if start <= register < start + len(current):
                    current[register - start] = value
        return None

    def device(self) -> SimDevice:
        """The slave as pymodbus wants it told."""
        measured = [
            SimData(register, values=0, datatype=DataType.UINT16, readonly=True)
            for register in (self.map.temperature, self.map.humidity)
        ]
        holding = [
            *(
                SimData(r, values=0, datatype=DataType.INT16)
                for r in (self.map.temperature_offset, self.map.humidity_offset)
            ),
            *(SimData(r, values=v, datatype=DataType.UINT16, readonly=True) for r, v in self.map.settings),
        ]
        blocks = (holding, measured) if self.map.measured_by == _READ_INPUT else (holding + measured, _nothing())
        return SimDevice(self.address, simdata=(_no_bits(), _no_bits(), *blocks), action=self.act)


def _signed(register: int) -> int:
    return register - 0x10000 if register & 0x8000 else register


def _nothing() -> list[SimData]:
    return [SimData(0, datatype=DataType.INVALID)]


def _no_bits() -> list[SimData]:
    return [SimData(0, values=[False] * 16, datatype=DataType.BITS)]


def _only_from(slaves: dict[int, Transmitter]) -> Callable[[bool, bytes], bytes]:
    """Let through, of what would leave the bus, only what a slave that is there and alive says."""

    def passes(sending: bool, frame: bytes) -> bytes:
        if not sending or (frame and frame[0] in slaves and not slaves[frame[0]].is_silent()):
            return frame
        return b""

    return passes


@asynccontextmanager
async def serve(path: str, slaves: Sequence[Transmitter]) -> AsyncIterator[None]:
    """Put slaves on the bus at `path`; they answer until the context ends.

    Raises:
        ValueError: when two slaves have one address, or do not share a baud rate.
    """
    by_address = {slave.address: slave for slave in slaves}
    bauds = {slave.map.baud for slave in slaves}
    if len(by_address) != len(slaves) or len(bauds) != 1:
        raise ValueError(f"{path}: the slaves of a bus need one baud rate and an address each; found {bauds}")
    devices = [slave.device() for slave in slaves]
    devices.append(SimDevice(_EVERYBODY_ELSE, simdata=SimData(0, datatype=DataType.INVALID)))
    server = ModbusSerialServer(devices, port=path, baudrate=bauds.pop(), trace_packet=_only_from(by_address))
    await server.serve_forever(background=True)
    await asyncio.sleep(0)  # its transport finishes opening in the loop's next turn, and must not be closed before
    try:
        yield
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it so
