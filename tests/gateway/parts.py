"""What the gateway's tests stand on: a boot whose ticks are moved by hand, settings in a folder, waiting for something."""

import asyncio
import os
import random
import tty
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any

from coldchain import clock
from gateway.boot import Boot
from gateway.settings import GatewaySettings

NOON = 1_790_000_000_000  # some instant of 2026, ms UTC


@dataclass
class HandClock:
    """Ticks that only a test moves."""

    ticks: int = 1_000

    def boot(self, name: str = "boot-1") -> Boot:
        return Boot(name, lambda: self.ticks)


def settings_in(folder: Path, **tables: Any) -> GatewaySettings:
    """Settings with a spool in `folder`; `gateway={…}` and other tables on top."""
    gateway = {"name": "gw-1", "spool": folder / "spool.sqlite", "trust_clock": "always"} | tables.pop("gateway", {})
    return GatewaySettings(gateway=gateway, **tables)


def line(hardware_id: str, n: int, fields: str) -> bytes:
    """A CCLOG line with a right checksum."""
    body = f"CCLOG,{hardware_id},{n},{fields}".encode()
    return b"$%s*%02X\r\n" % (body, reduce(xor, body))


async def until(is_so: Callable[[], object], seconds: float = 60.0) -> None:
    """Return once `is_so()`; fail after `seconds`."""
    deadline = clock.monotonic() + seconds
    while not is_so():
        assert clock.monotonic() < deadline, f"not within {seconds:g} s"
        await asyncio.sleep(0.01)


class Pty:
    """A serial port whose other end the test holds. `vanish` and `come_back` are the adapter pulled and plugged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.come_back()

    def come_back(self) -> None:
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)
        self.path.symlink_to(os.ttyname(self._slave))

    def vanish(self) -> None:
        self.path.unlink()
        os.close(self.master)
        os.close(self._slave)

    def say(self, data: bytes) -> None:
        os.write(self.master, data)

    def heard(self) -> bytes:
        try:
            return os.read(self.master, 4096)
        except BlockingIOError:
            return b""


def seeded() -> random.Random:
    return random.Random(20261122)
