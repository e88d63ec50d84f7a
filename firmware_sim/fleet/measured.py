"""What the wire calls the readings of a simulated device, as a gateway that read it would have written them."""

from collections.abc import Iterator
from dataclasses import dataclass

from coldchain.reading import Fault, Quantity, Trace
from coldchain.wire import Block, block_of
from firmware_sim.device.probe import Probe, ProbeFault
from firmware_sim.installation import Installation
from firmware_sim.scenario import Device

SLOW_S = 300  # door, mains, compressor, humidity and battery are repeated this often; a change is told at once
_QUALITY = {
    ProbeFault.POWER_ON: Fault.POWER_ON,
    ProbeFault.DISCONNECTED: Fault.DISCONNECTED,
    ProbeFault.ZERO_SCRATCHPAD: Fault.ZERO_SCRATCHPAD,
    ProbeFault.ABSENT: Fault.DISCONNECTED,
}
_HAS_HUMIDITY = frozenset({"xy-md02", "rs-ws-n01"})


@dataclass(frozen=True, slots=True)
class Measured:
    """One reading without its gateway: the series is `device/quantity`."""

    series: str
    time_ms: int
    value: float | None
    quality: int = 0


def temperature_device(device: Device, input_name: str) -> str:
    """The device part of a temperature's channel: an ASCII logger's inputs are devices of their own."""
    return f"{device.id}.{input_name[1:]}" if device.kind == "cclog" else device.id


def series_of(device: Device) -> Iterator[tuple[str, Quantity, str | None, int]]:
    """(device part, quantity, probe input or None, interval in s) of everything that a device tells."""
    for probe in device.probes:
        yield temperature_device(device, probe.input), Quantity.TEMPERATURE, probe.input, device.interval_s
    if device.kind in _HAS_HUMIDITY:
        yield device.id, Quantity.HUMIDITY, None, SLOW_S
    if device.kind == "cclog":
        for quantity in (Quantity.DOOR, Quantity.POWER, Quantity.BATTERY):
            yield device.id, quantity, None, SLOW_S
    if device.clamp:
        yield device.id, Quantity.COMPRESSOR, None, SLOW_S


def temperatures(device: Device, here: Installation, time_ms: int) -> Iterator[Measured]:
    """What its probes say now."""
    for of_probe in device.probes:
        probe = here.probe(device, of_probe.input)
        series = f"{temperature_device(device, of_probe.input)}/{Quantity.TEMPERATURE}"
        yield _temperature(series, probe, time_ms)


def _temperature(series: str, probe: Probe, time_ms: int) -> Measured:
    if probe.fault is not None:
        return Measured(series, time_ms, None, int(_QUALITY[probe.fault]))
    return Measured(series, time_ms, round(probe.reads(), 2) + 0.0)


def slow(device: Device, here: Installation, time_ms: int) -> Iterator[Measured]:
    """Everything else that it says now."""
    if device.kind in _HAS_HUMIDITY:
        yield Measured(f"{device.id}/{Quantity.HUMIDITY}", time_ms, here.humidity_pct())
    if device.kind == "cclog":
        yield from contacts(device, here, time_ms)
        yield Measured(f"{device.id}/{Quantity.BATTERY}", time_ms, float(here.battery_pct()))


def compressor(device: Device, here: Installation, time_ms: int) -> Iterator[Measured]:
    """Whether its clamp feels a current."""
    if device.clamp:
        yield Measured(f"{device.id}/{Quantity.COMPRESSOR}", time_ms, float(here.compressor_runs()))


def contacts(device: Device, here: Installation, time_ms: int) -> Iterator[Measured]:
    """Door and mains."""
    yield Measured(f"{device.id}/{Quantity.DOOR}", time_ms, float(here.door_open))
    yield Measured(f"{device.id}/{Quantity.POWER}", time_ms, float(here.mains))


def blocks(readings: list[Measured]) -> dict[str, Block]:
    """The series of a batch, from readings in the order of their times."""
    traces: dict[str, Trace] = {}
    for reading in readings:
        trace = traces.setdefault(reading.series, Trace(reading.series, [], [], []))
        if trace.t and trace.t[-1] == reading.time_ms:
            continue  # a change at the very moment of a repetition: said once
        trace.t.append(reading.time_ms)
        trace.v.append(reading.value)
        trace.q.append(reading.quality)
    return {name: block_of(trace) for name, trace in traces.items()}
