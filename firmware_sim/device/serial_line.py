"""A device's end of a serial line: bytes in and out of a tty, without blocking the loop."""

import asyncio
import os
import tty
from types import TracebackType
from typing import Self


class SerialLine:
    """An open tty in raw mode.

    A pty has no baud rate, so nothing is paced here; a device that wants to be slow waits itself.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._fd = -1
        self._received: asyncio.Queue[bytes] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._fd = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._fd)
        asyncio.get_running_loop().add_reader(self._fd, self._take)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)

    def _take(self) -> None:
        try:
            data = os.read(self._fd, 4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:  # the other end is gone for good: stop asking, or the loop would spin
            asyncio.get_running_loop().remove_reader(self._fd)
            return
        self._received.put_nowait(data)

    async def read(self) -> bytes:
        """The next bytes from the host."""
        return await self._received.get()

    def write(self, data: bytes) -> None:
        """Send; a line whose host does not read loses what no longer fits, as a UART does."""
        try:
            os.write(self._fd, data)
        except (BlockingIOError, OSError):
            return
