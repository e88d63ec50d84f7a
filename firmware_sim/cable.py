"""A serial cable between a device and its host: two ptys and what happens to the bytes on the way.

    device ─► device_path (pty) ─► drop, double, garble, delay ─► host_path (a link to a pty) ─► gateway
           ◄─                   ◄─ the same way back           ◄─

`cut()` is the pulled plug: the host's path disappears and whoever has it open sees the line hang up. `mend()` plugs it in
again under the same path. No socat, no root.
"""

import asyncio
import os
import random
import tty
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self


@dataclass(slots=True)
class Cruelty:
    """What the cable does to bytes; chances are per byte, and may be changed while it runs."""

    drop: float = 0.0
    double: float = 0.0
    garble: float = 0.0  # one bit of the byte flips
    delay_s: float = 0.0  # for whatever comes in one piece

    def is_kind(self) -> bool:
        """True when bytes pass as they are."""
        return not (self.drop or self.double or self.garble)

    def suffer(self, data: bytes, rng: random.Random) -> bytes:
        """The bytes that come out at the other end."""
        return data if self.is_kind() else bytes(self._pieces(data, rng))

    def _pieces(self, data: bytes, rng: random.Random) -> Iterator[int]:
        for byte in data:
            if rng.random() < self.drop:
                continue
            out = byte ^ (1 << rng.randrange(8)) if rng.random() < self.garble else byte
            yield out
            if rng.random() < self.double:
                yield out


@dataclass(slots=True)
class _Pty:
    """A pty of which the cable holds both ends, so that either user may come and go."""

    master: int
    slave: int
    path: str

    @classmethod
    def new(cls) -> Self:
        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        return cls(master, slave, os.ttyname(slave))

    def close(self) -> None:
        os.close(self.master)
        os.close(self.slave)


@dataclass(slots=True)
class Cable:
    """A running cable; `host_path` is where the gateway looks for its port."""

    host_path: Path
    cruelty: Cruelty = field(default_factory=Cruelty)
    rng: random.Random = field(default_factory=lambda: random.Random(0))
    _device: _Pty | None = field(init=False, default=None)
    _host: _Pty | None = field(init=False, default=None)
    _late: set[asyncio.TimerHandle] = field(init=False, default_factory=set)

    async def __aenter__(self) -> Self:
        self._device = _Pty.new()
        asyncio.get_running_loop().add_reader(self._device.master, self._from_device)
        self.mend()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        device = self._opened()
        asyncio.get_running_loop().remove_reader(device.master)
        device.close()
        self._device = None

    @property
    def device_path(self) -> str:
        """Where the device opens its end."""
        return self._opened().path

    @property
    def is_whole(self) -> bool:
        """False between `cut` and `mend`."""
        return self._host is not None

    def cut(self) -> None:
        """Pull the plug: the path goes, the line hangs up, bytes on their way are lost."""
        for handle in self._late:
            handle.cancel()
        self._late.clear()
        if self._host is None:
            return
        self.host_path.unlink(missing_ok=True)
        asyncio.get_running_loop().remove_reader(self._host.master)
        self._host.close()
        self._host = None

    def mend(self) -> None:
        """Plug it in again: the same path, another pty behind it."""
        if self._host is not None:
            return
        self._host = _Pty.new()
        asyncio.get_running_loop().add_reader(self._host.master, self._from_host)
        self.host_path.unlink(missing_ok=True)
        self.host_path.symlink_to(self._host.path)

    def _opened(self) -> _Pty:
        if self._device is None:
            raise RuntimeError("the cable is not laid: use it as `async with Cable(path) as cable`")
        return self._device

    def _from_device(self) -> None:
        self._pass_on(_take(self._opened()), to_host=True)

    def _from_host(self) -> None:
        if self._host is not None:
            self._pass_on(_take(self._host), to_host=False)

    def _pass_on(self, data: bytes, *, to_host: bool) -> None:
        data = self.cruelty.suffer(data, self.rng)
        if not data or not self.is_whole:
            return
        if not self.cruelty.delay_s:
            self._deliver(data, to_host=to_host)
            return

        def later() -> None:
            self._late.discard(handle)
            self._deliver(data, to_host=to_host)

        handle = asyncio.get_running_loop().call_later(self.cruelty.delay_s, later)
        self._late.add(handle)

    def _deliver(self, data: bytes, *, to_host: bool) -> None:
        end = self._host if to_host else self._device
        if end is None:
            return
        try:
            os.write(end.master, data)
        except BlockingIOError:
            return  # nobody reads at that end and its buffer is full: a UART loses the rest too


def _take(pty: _Pty) -> bytes:
    try:
        return os.read(pty.master, 4096)
    except BlockingIOError:
        return b""
