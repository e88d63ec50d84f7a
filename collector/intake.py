"""Messages in, as many as memory allows. What does not fit is dropped: nobody acknowledged it, so it comes again."""

import asyncio
import logging
from collections import deque
from contextlib import suppress

from coldchain import logs
from coldchain.clock import monotonic
from collector.batch import Delivery

log = logging.getLogger(__name__)

SHARE = 4  # no topic may hold more than one part in so many of the room
FLUSH_BYTES = 4 * 1024 * 1024
TELL_DROPS_EVERY_S = 60.0


class Inbox:
    """Deliveries that wait for a flush. Bytes that wait already are not taken twice: a resend while the database is away."""

    def __init__(self, most_messages: int, most_bytes: int) -> None:
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._waiting: deque[Delivery] = deque()
        self._known: set[tuple[str, bytes]] = set()
        self._bytes = 0
        self._shares: dict[str, tuple[int, int]] = {}  # messages and bytes of each topic
        self._arrived = asyncio.Event()
        self._enough = asyncio.Event()
        self._wanted = 1
        self._dropped = 0
        self._told_at = -TELL_DROPS_EVERY_S

    def __len__(self) -> int:
        return len(self._known)

    def put(self, delivery: Delivery) -> None:
        """Take a message, or drop it when memory is full."""
        key = (delivery.topic, delivery.payload)
        if key in self._known:
            return
        size = len(delivery.payload)
        messages, held = self._shares.get(delivery.topic, (0, 0))
        if not self._has_room(size, messages, held):
            self._drop()
            return
        self._known.add(key)
        self._bytes += size
        self._shares[delivery.topic] = (messages + 1, held + size)
        self._waiting.append(delivery)
        self._arrived.set()
        if len(self._waiting) >= self._wanted:
            self._enough.set()

    def _has_room(self, size: int, messages: int, held: int) -> bool:
        """Room in all, and in the share of a topic that holds so much already: a gateway gone wild starves nobody."""
        fits = len(self._known) < self._most_messages and self._bytes + size <= self._most_bytes
        return fits and (messages == 0 or (messages * SHARE < self._most_messages and held * SHARE < self._most_bytes))

    def _drop(self) -> None:
        self._dropped += 1
        if monotonic() - self._told_at >= TELL_DROPS_EVERY_S:
            self._told_at = monotonic()
            fields = logs.fields(dropped=self._dropped, waiting=len(self), bytes=self._bytes)
            log.warning("inbox full, messages dropped; their gateways send them again %s", fields)

    async def take(self, most: int, patience_s: float) -> list[Delivery]:
        """Wait for a message, then until `most` wait or `patience_s` have passed; the oldest of what there is.

        They count against memory until `done` is called with them.
        """
        await self._arrived.wait()
        self._wanted = most
        if len(self._waiting) < most:
            self._enough.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await self._enough.wait()
        taken: list[Delivery] = []
        size = 0
        while self._waiting and len(taken) < most and size < FLUSH_BYTES:
            taken.append(self._waiting.popleft())
            size += len(taken[-1].payload)
        if not self._waiting:
            self._arrived.clear()
        return taken

    def done(self, deliveries: list[Delivery]) -> None:
        """Forget them: they are settled, or their gateways must send them again."""
        for delivery in deliveries:
            self._known.discard((delivery.topic, delivery.payload))
            size = len(delivery.payload)
            self._bytes -= size
            messages, held = self._shares.pop(delivery.topic)
            if messages > 1:
                self._shares[delivery.topic] = (messages - 1, held - size)
