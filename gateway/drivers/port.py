"""A serial line: opened, read and written, and gone when it is gone. pyserial is known here and in `modbus` and `scan`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import serial
import serial_asyncio_fast

from coldchain.errors import Unavailable


@dataclass(frozen=True, slots=True)
class PortSettings:
    """How a line is opened; always eight data bits."""

    port: str
    baud: int
    parity: str = "N"
    stopbits: int = 1


class Line:
    """An open serial line. Made by `open_line`."""

    def __init__(self, settings: PortSettings, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._settings = settings
        self._reader = reader
        self._writer = writer

    async def read(self, wait_s: float) -> bytes:
        """What comes within `wait_s`; empty when nothing does.

        Raises:
            Unavailable: the port is gone.
        """
        try:
            async with asyncio.timeout(max(0.0, wait_s)):
                data = await self._reader.read(256)
        except TimeoutError:
            return b""
        except (serial.SerialException, OSError) as error:
            raise Unavailable(f"port {self._settings.port}: {error}") from error
        if not data:
            raise Unavailable(f"port {self._settings.port}: hung up")
        return data

    async def write(self, data: bytes) -> None:
        """Send.

        Raises:
            Unavailable: the port is gone.
        """
        try:
            self._writer.write(data)
            await self._writer.drain()
        except (serial.SerialException, OSError) as error:
            raise Unavailable(f"port {self._settings.port}: {error}") from error


@asynccontextmanager
async def open_line(settings: PortSettings) -> AsyncIterator[Line]:
    """Open a line for ourselves alone. What had been waiting in it is forgotten: nobody knows when it was said.

    Raises:
        Unavailable: there is no such port, or another program has it.
    """
    try:
        reader, writer = await serial_asyncio_fast.open_serial_connection(
            url=settings.port,
            baudrate=settings.baud,
            parity=settings.parity,
            stopbits=settings.stopbits,
            exclusive=True,
        )
        writer.get_extra_info("serial").reset_input_buffer()
    except (serial.SerialException, OSError) as error:
        raise Unavailable(f"port {settings.port}: {error}") from error
    try:
        yield Line(settings, reader, writer)
    finally:
        writer.close()
        with suppress(serial.SerialException, OSError):  # it was gone already
            await writer.wait_closed()
