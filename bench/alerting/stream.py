"""Gateways that only know the wire, at a steady pace: most are well, the others freeze when they are told to.

    python -m bench.alerting.stream PORT SIZE     (SIZE is JSON of `county.Size`)

Orders come by lines on its input: `single` lets one after the other freeze, `burst` the rest at once, `report` is answered by a
line of JSON. It ends with its input. A batch's time is the one at which it is handed to the kernel, before the broker has it.
"""

import asyncio
import json
import random
import struct
import sys
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import uvloop

from bench.alerting.county import Fridge, Size, freezing
from bench.load import CONNACK, PUBLISH, SUBACK, packet, packets, text
from coldchain import clock

CONNECTIONS = 16  # of a user that may speak for every gateway
PER_CHANNEL = 15
BATCH = 4 * PER_CHANNEL
MINUTE = 60_000
AGO_MS = 20 * MINUTE  # a gateway that will freeze has spoken until then
READINGS = "coldchain/v1/gw/{}/readings"
STORED = "coldchain/v1/gw/+/stored"


class Wire(asyncio.Protocol):
    """One connection: says what it is given, and hears what is stored."""

    def __init__(self, number: int, hears: "Flow") -> None:
        self.number = number
        self.flow = hears
        self.buffer = bytearray()
        self.next_id = 0
        self.transport: asyncio.Transport | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Introduce ourselves."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        head = text("MQTT") + bytes([4, 0xC2]) + struct.pack(">H", 600)
        self._write(packet(0x10, head + text(f"stream-{self.number}") + text("tester") + text("tester"[::-1])))

    def _write(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        """Take what the broker says."""
        self.buffer += data
        for kind, _, body in packets(self.buffer):
            if kind == CONNACK:
                assert body[1] == 0, f"connection refused, code {body[1]}"
                if self.number:
                    self.ready.set_result(None)
                else:  # one hears for all
                    self._write(packet(0x82, struct.pack(">H", 1) + text(STORED) + b"\x00"))
            elif kind == SUBACK:
                self.ready.set_result(None)
            elif kind == PUBLISH:
                size = struct.unpack(">H", body[:2])[0]
                self.flow.stored(body[2 : 2 + size].decode().split("/")[3], body[2 + size :])

    def publish(self, gateway: str, payload: bytes) -> None:
        """With QoS 1, as gateways do."""
        self.next_id = self.next_id % 65_535 + 1
        self._write(packet(0x32, text(READINGS.format(gateway)) + struct.pack(">H", self.next_id) + payload))


@dataclass(slots=True)
class Flow:
    """What was sent, when, and what came back."""

    size: Size
    wires: list[Wire] = field(default_factory=list)
    seq: dict[str, int] = field(default_factory=dict)
    froze: dict[int, int] = field(default_factory=dict)  # refrigerator -> when its batch left, ms
    kept: dict[int, int] = field(default_factory=dict)  # … and when it was answered as stored
    settled: int = 0  # batches of the flow
    late_ms: float = 0.0  # how far the stream itself ever was behind its pace
    waiting: dict[tuple[str, int], int] = field(default_factory=dict)
    cold: list[Fridge] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Whose they are is known once."""
        self.cold = freezing(self.size)

    def send(self, gateway: str, series: dict[str, object]) -> int:
        """One batch; its number."""
        seq = self.seq[gateway] = self.seq.get(gateway, 0) + 1
        spool = f"{hash(gateway) & (2**128 - 1):032x}"
        body = {"spool": spool, "seq": seq, "sent": clock.wall(), "series": series}
        self.wires[hash(gateway) % len(self.wires)].publish(gateway, json.dumps(body, separators=(",", ":")).encode())
        return seq

    def stored(self, gateway: str, payload: bytes) -> None:
        """The collector has made batches durable."""
        answer = json.loads(payload)
        assert not answer.get("refused"), answer
        self.settled += len(answer["stored"]) if gateway.startswith("gw-") else 0
        for seq in answer["stored"]:
            n = self.waiting.pop((gateway, seq), None)
            if n is not None:
                self.kept[n] = clock.wall()

    async def run(self) -> None:
        """The flow, until cancelled: each gateway in turn, so that all together keep the pace."""
        size, loop = self.size, asyncio.get_running_loop()
        gap_s = BATCH / size.readings_per_s
        step = max(1, round(gap_s * size.flowing * 1000 / PER_CHANNEL))
        names = [f"gw-{n + 1}" for n in range(size.flowing)]
        then = {name: clock.wall() - round((1 - n / size.flowing) * PER_CHANNEL * step) for n, name in enumerate(names)}
        began, sent = loop.time(), 0
        while True:
            name = names[sent % len(names)]
            values = {
                f"28ff{n}/temperature": [round(4 + (sent + i) % 97 / 50, 2) for i in range(PER_CHANNEL)]
                for n in range(4)
            }
            self.send(name, {key: {"t0": then[name], "step": step, "v": v} for key, v in values.items()})
            then[name] += PER_CHANNEL * step
            sent += 1
            ahead_s = began + sent * gap_s - loop.time()
            self.late_ms = max(self.late_ms, -ahead_s * 1000)
            await asyncio.sleep(max(0.0, ahead_s))

    def greet(self) -> None:
        """Those that will freeze have been well."""
        for fridge in self.cold:
            t0 = clock.wall() - AGO_MS - PER_CHANNEL * MINUTE
            block = {"t0": t0, "step": MINUTE, "v": [4.5] * PER_CHANNEL}
            self.send(fridge.gateway, {f"{fridge.device}/temperature": block})

    def freeze(self, index: int) -> None:
        """Fifteen minutes of one refrigerator, of which the last four are frost: an alarm that calls at once."""
        fridge = self.cold[index]
        block = {"t0": clock.wall() - (PER_CHANNEL - 1) * MINUTE, "step": MINUTE, "v": [4.5] * 11 + [-1.5] * 4}
        self.froze[fridge.n] = clock.wall()
        seq = self.send(fridge.gateway, {f"{fridge.device}/temperature": block})
        self.waiting[fridge.gateway, seq] = fridge.n

    async def one_by_one(self) -> None:
        """At moments that nobody can foresee, over the whole time."""
        rng, loop = random.Random(20_260_701), asyncio.get_running_loop()
        began = loop.time()
        for index, at in enumerate(sorted(rng.uniform(0, self.size.seconds) for _ in range(self.size.single))):
            await asyncio.sleep(max(0.0, began + at - loop.time()))
            self.freeze(index)

    async def all_at_once(self) -> None:
        """The rest; a breath now and then, so that what is well goes on."""
        for n, index in enumerate(range(self.size.single, self.size.single + self.size.burst)):
            self.freeze(index)
            if n % 50 == 0:
                await asyncio.sleep(0)

    def report(self) -> str:
        """All that was seen."""
        found = {"froze": self.froze, "kept": self.kept, "readings": self.settled * BATCH, "late_ms": self.late_ms}
        return json.dumps(found)


async def main(port: int, size: Size) -> None:
    flow, loop = Flow(size), asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    for n in range(CONNECTIONS):
        flow.wires.append(Wire(n, flow))
        await loop.create_connection(partial(flow.wires.__getitem__, -1), "127.0.0.1", port)
    await asyncio.gather(*(wire.ready for wire in flow.wires))
    flow.greet()
    async with asyncio.TaskGroup() as tasks:
        steady = tasks.create_task(flow.run())
        while order := (await lines.readline()).decode().strip():
            if order == "report":
                print(flow.report(), flush=True)
            else:
                tasks.create_task(flow.one_by_one() if order == "single" else flow.all_at_once())
        steady.cancel()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), Size(**json.loads(sys.argv[2]))))
