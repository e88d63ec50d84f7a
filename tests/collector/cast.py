"""The cast of these tests: one gateway in the clinic of Amberhill, its refrigerator, and the messages it sends."""

import json
from typing import Any

from coldchain import wire
from collector.batch import Delivery

NOW = 1_763_741_000_000  # 2025-11-21 16:03:20 UTC
T0 = 1_763_740_800_000  # 16:00
MINUTE = 60_000
HOUR = 60 * MINUTE
GATEWAY = "gw-1"
SPOOL = "ab" * 16
OTHER_SPOOL = "cd" * 16
PROBE = "28ff641e/temperature"
CHANNEL = f"{GATEWAY}/{PROBE}"


def payload(seq: int = 1, spool: str = SPOOL, series: dict[str, Any] | None = None, **more: Any) -> bytes:
    """A batch as any gateway may write it."""
    blocks = {PROBE: {"t0": T0, "step": MINUTE, "v": [4.0, 4.1, 4.2]}} if series is None else series
    return json.dumps({"spool": spool, "seq": seq, "sent": NOW, "series": blocks, **more}).encode()


def delivery(
    body: bytes | None = None, *, gateway: str = GATEWAY, received: int = NOW, retained: bool = False
) -> Delivery:
    """A message as the broker hands it over."""
    return Delivery(wire.topic_of(gateway, "readings"), payload() if body is None else body, retained, received)


def steady(seq: int, count: int = 3, *, start: int = T0, first: float = 4.0, gateway: str = GATEWAY) -> Delivery:
    """A batch of readings a minute apart."""
    values = [round(first + i / 100, 2) for i in range(count)]
    return delivery(payload(seq, series={PROBE: {"t0": start, "step": MINUTE, "v": values}}), gateway=gateway)
