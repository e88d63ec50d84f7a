"""Modbus RTU transmitters on an RS-485 line, asked in turn. After: protocol/registers; before: sampler.

A slave that does not answer is asked less and less often, by itself, so it never stalls the others; it is back with its first
answer. Only silence and broken frames are tried again at once; an exception is the device's own word. Nothing is ever written.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pymodbus import ModbusException
from pymodbus.client import AsyncModbusSerialClient
from pymodbus.pdu import ModbusPDU

from coldchain import clock, wire
from coldchain.backoff import delays
from coldchain.reading import Fault
from gateway.drivers.source import BusRecord, DeviceRecord, nulls, samples_of
from gateway.protocol.registers import Offset, RegisterMap, device_of, meaning, register_map, signed
from gateway.sample import Sample
from gateway.settings import Device, ModbusBus

log = logging.getLogger(__name__)
# It logs each unanswered question as an error with its bytes; a dead slave is told once here, and in health.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)

OFFSETS_EVERY_S = 24 * 3600.0  # domain time between two looks at what devices add by themselves
_EXCEPTIONS = {1: "illegal function", 2: "illegal address", 3: "illegal value", 4: "device failure", 6: "busy"}


class AskError(Exception):
    """A question without a usable answer."""

    def __init__(self, fault: Fault, trouble: str) -> None:
        self.fault = fault
        self.trouble = trouble
        super().__init__(trouble)


class RtuClient:
    """Questions over one RS-485 line; tells silence, noise and refusals apart."""

    def __init__(self, bus: ModbusBus) -> None:
        self._retries = bus.retries
        self._settle_s = bus.settle_ms / 1000
        self._heard = b""
        self._client = AsyncModbusSerialClient(
            bus.port,
            baudrate=bus.baud,
            parity=bus.parity,
            stopbits=bus.stopbits,
            timeout=bus.timeout_s,
            retries=0,  # ours know why they try again
            reconnect_delay=0,  # the next question opens the port again
            trace_packet=self._trace,
        )

    def _trace(self, sending: bool, data: bytes) -> bytes:
        self._heard = b"" if sending else data
        return data

    def close(self) -> None:
        """Let go of the port."""
        self._client.close()

    async def is_open(self) -> bool:
        """Open the port if it is not; False when there is none."""
        return bool(self._client.connected) or await self._client.connect()

    async def read(self, address: int, function: int, first: int, count: int, *, patient: bool = True) -> list[int]:
        """Words of one slave. An impatient question is asked once.

        Raises:
            AskError: silence, noise, or the slave's own exception.
        """
        for tries_left in reversed(range(1 + self._retries * patient)):
            await asyncio.sleep(self._settle_s)  # a transmitter needs the line quiet between two frames
            try:
                return self._words(await self._ask(address, function, first, count), count)
            except AskError as error:
                if error.fault is Fault.DEVICE_ERROR or not tries_left:
                    raise
        raise AssertionError("unreachable: the last try returns or raises")

    async def _ask(self, address: int, function: int, first: int, count: int) -> ModbusPDU:
        self._heard = b""
        client = self._client
        ask = client.read_holding_registers if function == 3 else client.read_input_registers
        try:
            return await ask(first, count=count, device_id=address)
        except ModbusException as error:
            if self._heard:
                raise AskError(Fault.GARBLED, f"garbled answer {self._heard.hex(' ')}") from error
            raise AskError(Fault.NO_ANSWER, "no answer") from error

    @staticmethod
    def _words(answer: ModbusPDU, count: int) -> list[int]:
        if answer.isError():
            code = int(answer.exception_code)
            raise AskError(Fault.DEVICE_ERROR, f"exception {code:02d} ({_EXCEPTIONS.get(code, 'unknown')})")
        if len(answer.registers) != count:
            raise AskError(Fault.GARBLED, f"{len(answer.registers)} words instead of {count}")
        return list(answer.registers)


@dataclass(slots=True)
class Slave:
    """One transmitter: what is asked of it, and when it is next worth asking."""

    name: str
    address: int
    registers: RegisterMap
    record: DeviceRecord
    waits: Iterator[float]
    not_before: float = 0.0
    offsets: list[Offset] = field(default_factory=list)  # still to be looked at
    found: list[wire.OffsetHealth] = field(default_factory=list)  # not zero, in this look so far
    look_at: int = 0  # ticks of the next look

    def nulls(self, ticks: int, fault: Fault) -> list[Sample]:
        """A null for each of its values."""
        return nulls([(device_of(v, self.name), v.quantity) for v in self.registers.values], ticks, fault)


class ModbusSource:
    """A bus whose slaves are asked once an interval. Made by `open_modbus`."""

    def __init__(
        self, bus: ModbusBus, devices: tuple[Device, ...], interval_s: float, ticks: Callable[[], int]
    ) -> None:
        self._bus = bus
        self._interval_ms = max(1, round(interval_s * 1000))
        self._ticks = ticks
        self._record = BusRecord(bus.name, bus.kind)
        self._client = RtuClient(bus)
        self._slaves = [self._slave(device) for device in devices]

    def _slave(self, device: Device) -> Slave:
        assert device.address is not None  # the settings were checked
        name = device.id or f"{self._bus.name}-{device.address}"
        registers = register_map(device.registers).only(device.inputs)
        return Slave(name, device.address, registers, self._record.device(name), self._waits())

    def _waits(self) -> Iterator[float]:
        return delays(min(1.0, self._bus.dead_retry_s), self._bus.dead_retry_s)

    def close(self) -> None:
        """Let go of the port."""
        self._client.close()

    def health(self) -> wire.BusHealth:
        """The bus and its slaves."""
        return self._record.health()

    async def samples(self) -> AsyncGenerator[Sample]:
        """What the slaves say, round after round."""
        while True:
            await self._look_at_port()
            for slave in self._slaves:
                if clock.monotonic() >= slave.not_before:
                    for sample in await self._ask(slave):
                        yield sample
            await self._next_round()

    async def _next_round(self) -> None:
        """Wait for the next whole interval of the boot's ticks: all buses ask together, and the spacing is even."""
        ahead_ms = self._interval_ms - self._ticks() % self._interval_ms
        await asyncio.sleep(ahead_ms / 1000 / clock.speed())

    async def _look_at_port(self) -> None:
        state = "ok" if await self._client.is_open() else "gone"
        if state != self._record.state:
            level = logging.INFO if state == "ok" else logging.WARNING
            log.log(level, "bus %s: %s is %s", self._bus.name, self._bus.port, "open" if state == "ok" else "gone")
            for slave in self._slaves:  # a silence was the port's, not the slaves'
                slave.not_before = 0.0
        self._record.state = state

    async def _ask(self, slave: Slave) -> list[Sample]:
        registers = slave.registers
        patient = slave.record.failures == 0  # one known to be dead gets one chance, not three
        try:
            words = await self._client.read(
                slave.address, registers.function, registers.first, registers.count, patient=patient
            )
        except AskError as error:
            return self._failed(slave, error)
        ticks = self._ticks()
        slave.waits = self._waits()
        slave.record.spoke(ticks)
        await self._look_at_offsets(slave)
        return samples_of(meaning(registers, words, slave.name), ticks)

    def _failed(self, slave: Slave, error: AskError) -> list[Sample]:
        if slave.record.failures == 0:
            log.warning("bus %s: %s: %s", self._bus.name, slave.name, error.trouble)
        slave.record.failed("silent" if error.fault is Fault.NO_ANSWER else "failing", error.trouble)
        if error.fault is not Fault.DEVICE_ERROR:  # a slave that answers costs no time
            slave.not_before = clock.monotonic() + next(slave.waits)
        return slave.nulls(self._ticks(), error.fault)

    async def _look_at_offsets(self, slave: Slave) -> None:
        """At first and once a day: somebody may have made the device itself add to what it measures. Told, never changed."""
        if not slave.offsets and slave.registers.offsets and self._ticks() >= slave.look_at:
            slave.offsets, slave.found = list(slave.registers.offsets), []
        if not slave.offsets:
            return
        while slave.offsets:
            offset = slave.offsets[0]
            try:
                (word,) = await self._client.read(slave.address, offset.function, offset.address, 1, patient=False)
            except AskError as error:
                if error.fault is not Fault.DEVICE_ERROR:
                    return  # at the next answer again
                word = 0  # a clone without this register
            slave.offsets.pop(0)
            if word:
                adds = round(signed(word) * offset.scale, 6)
                slave.found.append(wire.OffsetHealth(offset.quantity.value, adds, offset.address))
        slave.look_at = self._ticks() + round(OFFSETS_EVERY_S * 1000)
        self._note_offsets(slave)

    def _note_offsets(self, slave: Slave) -> None:
        """What a whole look found stands in health until the next one."""
        said = "; ".join(
            f"the device adds {each.adds:+g} to its {each.quantity} (register 0x{each.register:04X})"
            for each in slave.found
        )
        if said and slave.found != slave.record.offsets:
            log.warning("bus %s: %s: %s", self._bus.name, slave.name, said)
        slave.record.offsets = slave.found
        slave.record.notes.pop("offsets", None)
        if said:
            slave.record.notes["offsets"] = said


@asynccontextmanager
async def open_modbus(
    bus: ModbusBus, devices: tuple[Device, ...], interval_s: float, ticks: Callable[[], int]
) -> AsyncIterator[ModbusSource]:
    """The line of a `modbus-rtu` bus; it need not be there yet.

    Raises:
        BadInput: a device names a register map that there is not.
    """
    source = ModbusSource(bus, devices, interval_s, ticks)
    try:
        yield source
    finally:
        source.close()
