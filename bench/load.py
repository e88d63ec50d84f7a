"""Gateways that only know the wire: many of them in one light process, each with a window of batches in the air.

    python -m bench.load PORT GATEWAYS MESSAGES SHAPE ACKS

SHAPE is `batch60` (four channels, 15 readings each) or `single`; ACKS is `stored` (a batch leaves the window when the
collector answers) or `broker` (when the broker has taken it: for receivers that answer nothing). Speaks just enough
MQTT 3.1.1 itself, so that what is measured is not the load. Prints the seconds from the first batch to the last answer.
"""

import asyncio
import json
import struct
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import cast

import uvloop

WINDOW = 8
MINUTE = 60_000
USER = "gw-{}"
CONNACK, PUBLISH, PUBACK, SUBACK = 2, 3, 4, 9


def packet(kind: int, body: bytes) -> bytes:
    """A control packet: type and flags, remaining length in base 128, body."""
    size, length = len(body), b""
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | (0x80 if size else 0)])
        if not size:
            return bytes([kind]) + length + body


def text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack(">H", len(encoded)) + encoded


def packets(buffer: bytearray) -> Iterator[tuple[int, int, bytes]]:
    """(type, flags, body) of each whole packet; what is left stays in the buffer."""
    while len(buffer) >= 2:
        size, shift, at = 0, 0, 1
        while True:
            if at == len(buffer):
                return
            size |= (buffer[at] & 0x7F) << shift
            at += 1
            if not buffer[at - 1] & 0x80:
                break
            shift += 7
        if len(buffer) < at + size:
            return
        head, body = buffer[0], bytes(buffer[at : at + size])
        del buffer[: at + size]
        yield head >> 4, head & 0x0F, body


def batch60(gateway: int, seq: int, first: int) -> bytes:
    start = first + (seq - 1) * 15 * MINUTE
    series = {
        f"28ff{gateway:04}/temperature": [round(4 + (seq + i) % 97 / 50, 2) for i in range(15)],
        f"28fe{gateway:04}/temperature": [round(-20 + (seq + i) % 89 / 50, 2) for i in range(15)],
        f"xy{gateway:04}/humidity": [round(45 + (seq + i) % 83 / 10, 1) for i in range(15)],
        f"xy{gateway:04}/temperature": [round(21 + (seq + i) % 79 / 20, 2) for i in range(15)],
    }
    return batch(gateway, seq, {name: {"t0": start, "step": MINUTE, "v": v} for name, v in series.items()})


def single(gateway: int, seq: int, first: int) -> bytes:
    value = round(4 + seq % 97 / 50, 2)
    return batch(gateway, seq, {f"28ff{gateway:04}/temperature": {"t": [first + seq * 1000], "v": [value]}})


def batch(gateway: int, seq: int, series: dict[str, object]) -> bytes:
    body = {"spool": f"{gateway:032x}", "seq": seq, "sent": 1_763_740_800_000, "series": series}
    return json.dumps(body, separators=(",", ":")).encode()


class Box(asyncio.Protocol):
    """One gateway: connects, listens for its answers, and keeps its window full until all is answered."""

    def __init__(self, number: int, payloads: list[bytes], acks: str, done: Callable[[], None]) -> None:
        self.name = USER.format(number)
        self.waiting = list(enumerate(payloads, 1))[::-1]
        self.in_air: set[int] = set()
        self.acks = acks
        self.done = done
        self.buffer = bytearray()
        self.transport: asyncio.Transport | None = None
        self.ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Introduce ourselves."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        head = text("MQTT") + bytes([4, 0xC2]) + struct.pack(">H", 600)  # 3.1.1; user, password, clean session
        self.send(packet(0x10, head + text(f"{self.name}-load") + text(self.name) + text(self.name[::-1])))

    def send(self, data: bytes) -> None:
        """Write to the broker."""
        assert self.transport is not None
        self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Take what the broker says."""
        self.buffer += data
        for kind, _, body in packets(self.buffer):
            if kind == CONNACK:
                assert body[1] == 0, f"{self.name}: connection refused, code {body[1]}"
                self.send(packet(0x82, struct.pack(">H", 1) + text(f"coldchain/v1/gw/{self.name}/stored") + b"\x01"))
            elif kind == SUBACK:
                self.ready.set_result(None)
            elif kind == PUBLISH:
                self.answered(body)
            elif kind == PUBACK and self.acks == "broker":
                self.settle([struct.unpack(">H", body[:2])[0]])

    def answered(self, body: bytes) -> None:
        """The collector said which batches are settled."""
        topic_size = struct.unpack(">H", body[:2])[0]
        self.send(packet(0x40, body[2 + topic_size : 4 + topic_size]))
        answer = json.loads(body[4 + topic_size :])
        assert not answer.get("refused"), answer
        if self.acks == "stored":
            self.settle(answer["stored"])

    def settle(self, seqs: list[int]) -> None:
        """These are out of the window."""
        self.in_air.difference_update(seqs)
        self.fill()
        if not self.waiting and not self.in_air:
            self.done()

    def fill(self) -> None:
        """Send until the window is full."""
        topic = text(f"coldchain/v1/gw/{self.name}/readings")
        while self.waiting and len(self.in_air) < WINDOW:
            seq, payload = self.waiting.pop()
            self.in_air.add(seq)
            self.send(packet(0x32, topic + struct.pack(">H", seq) + payload))  # seq serves as packet id: below 65,536


async def main(port: int, gateways: int, messages: int, shape: str, acks: str) -> None:
    make = {"batch60": batch60, "single": single}[shape]
    first = time.time_ns() // 1_000_000 - messages * 15 * MINUTE  # noqa: TID251 - outside of the product
    loop = asyncio.get_running_loop()
    left = set(range(1, gateways + 1))
    finished = loop.create_future()

    def done(number: int) -> None:
        left.discard(number)
        if not left and not finished.done():
            finished.set_result(None)

    boxes = []
    for n in range(1, gateways + 1):
        payloads = [make(n, seq, first) for seq in range(1, messages + 1)]
        boxes.append(Box(n, payloads, acks, partial(done, n)))
        await loop.create_connection(partial(boxes.__getitem__, -1), "127.0.0.1", port)
    await asyncio.gather(*(box.ready for box in boxes))
    began = time.monotonic()
    for box in boxes:
        box.fill()
    await finished
    print(time.monotonic() - began)


if __name__ == "__main__":
    port, gateways, messages = map(int, sys.argv[1:4])
    uvloop.run(main(port, gateways, messages, sys.argv[4], sys.argv[5]))
