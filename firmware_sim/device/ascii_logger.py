"""A logger that prints a line of text per sample on a serial line: `docs/protocols/cclog.md`.

It sends unasked, answers the poll `?` with its newest line, and knows nothing of the time of day.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import reduce
from operator import xor

from firmware_sim.device.probe import Probe, ProbeFault
from firmware_sim.device.serial_line import SerialLine

COUNTER_END = 65_536
_POLL = b"?\r\n"
_FAULT_TEXTS = {
    ProbeFault.POWER_ON: "+85.00",
    ProbeFault.DISCONNECTED: "-127.00",
    ProbeFault.ZERO_SCRATCHPAD: "SP0",
    ProbeFault.ABSENT: "---",
}

Fields = Mapping[str, str]


def encode(hardware_id: str, counter: int, fields: Fields) -> bytes:
    """One line, with its checksum and its end."""
    body = f"CCLOG,{hardware_id},{counter}," + ",".join(f"{name}={text}" for name, text in fields.items())
    return f"${body}*{reduce(xor, body.encode('ascii')):02X}\r\n".encode("ascii")


def temperature_text(probe: Probe) -> str:
    """What the bridge prints for a DS18B20 on one of its inputs."""
    if probe.fault is not None:
        return _FAULT_TEXTS[probe.fault]
    return celsius_text(probe.reads())


def celsius_text(value_c: float) -> str:
    """A measured temperature: always with its sign, and never minus nothing."""
    return f"{round(value_c, 2) + 0.0:+.2f}"


class AsciiLogger:
    """The firmware: a counter, the newest line, and two things to do at once."""

    def __init__(self, hardware_id: str, sample: Callable[[], Fields | None]) -> None:
        """`sample` reads the inputs; None = the device says nothing this time (hung, or without power)."""
        self._id = hardware_id
        self._sample = sample
        self._counter = 0
        self._newest = b""

    def take(self) -> bytes:
        """Sample once: the new line, or nothing when the device is silent."""
        fields = self._sample()
        if fields is None:
            self._newest = b""
            return b""
        self._newest = encode(self._id, self._counter, fields)
        self._counter = (self._counter + 1) % COUNTER_END
        return self._newest

    async def run(self, path: str, wait: Callable[[], Awaitable[object]]) -> None:
        """Serve the line at `path` for ever; `wait` returns when the next sample is due."""
        async with SerialLine(path) as line, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._answer(line), name=f"cclog[{self._id}].answer")
            while True:
                line.write(self.take())
                await wait()

    async def _answer(self, line: SerialLine) -> None:
        heard = b""
        while True:
            heard = (heard + await line.read())[-64:]
            while (found := heard.find(_POLL)) >= 0:
                heard = heard[found + len(_POLL) :]
                line.write(self._newest)
