"""Buzzer and light: files of the kernel, or coils of a relay. The only thing that this box ever switches."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from pymodbus import ModbusException
from pymodbus.client import AsyncModbusSerialClient

from coldchain.errors import Unavailable
from gateway.guard.settings import GpioSiren, RelaySiren


class Siren(Protocol):
    """Something that can be heard and seen."""

    async def set(self, *, buzzer: bool, light: bool) -> None:
        """Switch both.

        Raises:
            Unavailable: it did not take it.
        """

    async def is_pressed(self) -> bool:
        """True while somebody presses its button; False where it has none."""


class GpioFiles:
    """Files that take and give 0 and 1."""

    def __init__(self, settings: GpioSiren) -> None:
        self._settings = settings

    async def set(self, *, buzzer: bool, light: bool) -> None:
        """See `Siren`."""
        for path, is_on in ((self._settings.buzzer, buzzer), (self._settings.light, light)):
            if path is not None:
                await asyncio.to_thread(self._write, path, is_on is not self._settings.active_low)

    @staticmethod
    def _write(path: Path, level: bool) -> None:
        try:
            register = os.open(path, os.O_WRONLY | os.O_TRUNC)  # never made: a wrong path must be told
            try:
                os.write(register, b"1" if level else b"0")
            finally:
                os.close(register)
        except OSError as error:
            raise Unavailable(f"siren: {path}: {error.strerror}") from error

    async def is_pressed(self) -> bool:
        """See `Siren`. A button that cannot be read is not pressed."""
        if self._settings.button is None:
            return False
        try:
            level = self._settings.button.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return False
        return level in ("0", "1") and (level == "1") is not self._settings.active_low


class Relay:
    """Coils of a Modbus RTU relay; the port is opened when it is needed and again when it was gone."""

    def __init__(self, settings: RelaySiren) -> None:
        self._settings = settings
        self._client = AsyncModbusSerialClient(
            settings.port, baudrate=settings.baud, timeout=settings.timeout_s, retries=2, reconnect_delay=0
        )

    def close(self) -> None:
        """Let go of the port."""
        self._client.close()

    async def set(self, *, buzzer: bool, light: bool) -> None:
        """See `Siren`."""
        for coil, is_on in ((self._settings.buzzer, buzzer), (self._settings.light, light)):
            if coil is not None:
                await self._write(coil, is_on)

    async def _write(self, coil: int, is_on: bool) -> None:
        try:
            if not self._client.connected and not await self._client.connect():
                raise Unavailable(f"siren: port {self._settings.port}: cannot be opened")
            answer = await self._client.write_coil(coil, is_on, device_id=self._settings.address)
        except (ModbusException, OSError) as error:
            self._client.close()
            raise Unavailable(f"siren: relay {self._settings.address}: {error}") from error
        if answer.isError():
            raise Unavailable(f"siren: relay {self._settings.address} refuses coil {coil}")

    async def is_pressed(self) -> bool:
        """See `Siren`."""
        return False


class NoSiren:
    """Where there is none."""

    async def set(self, *, buzzer: bool, light: bool) -> None:
        """Nothing to switch."""

    async def is_pressed(self) -> bool:
        """Nothing to press."""
        return False


@asynccontextmanager
async def open_siren(settings: GpioSiren | RelaySiren | None) -> AsyncIterator[Siren]:
    """The siren that the settings name."""
    if isinstance(settings, RelaySiren):
        relay = Relay(settings)
        try:
            yield relay
        finally:
            relay.close()
    elif settings is None:
        yield NoSiren()
    else:
        yield GpioFiles(settings)
