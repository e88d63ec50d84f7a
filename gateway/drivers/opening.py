"""Which driver a bus's kind means."""

from collections.abc import Callable

from gateway.drivers.ascii_serial import open_ascii
from gateway.drivers.modbus import open_modbus
from gateway.drivers.mqtt import open_mqtt
from gateway.drivers.source import OpenSource
from gateway.settings import AsciiBus, Bus, GatewaySettings, ModbusBus


def open_bus(bus: Bus, settings: GatewaySettings, ticks: Callable[[], int], client_id: str) -> OpenSource:
    """The source of a bus, to be entered. `ticks` stamps its samples; `client_id` names it on an MQTT broker."""
    devices, interval_s = settings.devices_on(bus.name), settings.gateway.interval_s
    if isinstance(bus, AsciiBus):
        return open_ascii(bus, devices, interval_s, ticks)
    if isinstance(bus, ModbusBus):
        return open_modbus(bus, devices, interval_s, ticks)
    return open_mqtt(bus, devices, ticks, client_id)
