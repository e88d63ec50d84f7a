"""The only queue between probe and collector: readings go in and are on the disk, batches come out until confirmed.

    async with open_spool(settings, boot) as spool:
        await spool.append(rows)                  # from the sampler
        seq = await spool.form("newest", …)       # from the uplink
        await spool.settle(stored, refused)

All of it happens in one thread of its own, so a slow card never holds up a bus. When the disk refuses, the newest readings
wait in memory, bounded and told in health, and go to the disk as soon as it takes them again. After: sampler; before: uplink.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import islice
from typing import Literal, TypeVar

from coldchain import wire
from gateway.boot import Boot
from gateway.clockwatch import Learned
from gateway.settings import GatewaySection
from gateway.spoolfile import Depth, SpoolFile, Stamped
from gateway.spoollayout import DiskRefuses, connect, held_alone

log = logging.getLogger(__name__)

RULE = "thin the oldest"
_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000
_AT_ONCE = 500  # readings from memory in one transaction

R = TypeVar("R")


class Spool:
    """An open spool. Made by `open_spool`. Everything but `append` may raise `DiskRefuses`."""

    def __init__(self, file: SpoolFile, thread: ThreadPoolExecutor, most_in_memory: int) -> None:
        self.id = file.id
        self.learned = file.learned()
        self._file = file
        self._thread = thread
        self._coming: list[Stamped] = []
        self._writing = asyncio.Lock()
        self._memory: deque[Stamped] = deque()
        self._most_in_memory = most_in_memory
        self._lost_in_memory = 0
        self._trouble = ""
        self._pace = Pace()

    async def _do(self, work: Callable[[], R]) -> R:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise DiskRefuses(f"spool: {error}") from error

    async def append(self, rows: Sequence[Stamped]) -> None:
        """Keep readings; on return they are on the disk, or in memory because the disk refused.

        Calls that wait for each other share one transaction.
        """
        self._coming += rows
        async with self._writing:
            together, self._coming = self._coming, []
            if together:
                await self._do(lambda: self._write(together))

    def _write(self, rows: Sequence[Stamped]) -> None:
        """In the spool's thread: what waits in memory first, then `rows`."""
        self._memory.extend(rows)
        self._pace.add([row.ticks for row in rows])
        self._flush()

    def _flush(self) -> None:
        """Bring to the disk what it takes."""
        try:
            self._empty_memory()
            self._file.make_room()
        except (DiskRefuses, sqlite3.Error) as error:
            self._hold(str(error))
        else:
            if self._trouble:
                log.warning("the spool's disk takes readings again")
            self._trouble = ""

    def _empty_memory(self) -> None:
        at_once = _AT_ONCE
        while self._memory:
            some = list(islice(self._memory, at_once))
            try:
                self._file.append(some)
            except DiskRefuses:
                if at_once == 1:
                    raise
                at_once = max(1, at_once // 10)  # a little may still fit
                continue
            for _ in some:
                self._memory.popleft()

    def _hold(self, trouble: str) -> None:
        if not self._trouble:
            log.error("%s: readings are held in memory until the disk takes them", trouble)
        self._trouble = trouble
        while len(self._memory) > self._most_in_memory:
            self._memory.popleft()
            self._lost_in_memory += 1

    async def learn(self, learned: Learned) -> None:
        """Note the present boot's time and date what waited for it."""
        dated = await self._do(lambda: self._file.learn(learned))
        self.learned = learned
        log.info("the time is known from %s; %d readings were dated", learned.source, dated)

    async def newest(self) -> int:
        """The mark behind the newest reading."""
        return await self._do(self._file.newest)

    async def form(self, end: Literal["newest", "oldest"], up_to: int, most: int, sent_ms: int) -> int | None:
        """Make a batch of readings up to a mark, from that end; its seq, or None if none wait."""
        return await self._do(lambda: self._file.form(end, up_to, most, sent_ms))

    async def form_undated(self, most: int, sent_ms: int) -> int | None:
        """Make a batch of an earlier boot that never learned the time; None if there is none."""
        return await self._do(lambda: self._file.form_undated(most, sent_ms))

    async def form_question(self) -> int:
        """Make the empty batch that asks for the time."""
        return await self._do(self._file.form_question)

    async def unanswered(self) -> list[int]:
        """The seqs of all batches without an answer, oldest first."""
        return await self._do(self._file.unanswered)

    async def payload(self, seq: int) -> bytes | None:
        """A batch's bytes; None when it is settled."""
        return await self._do(lambda: self._file.payload(seq))

    async def settle(self, stored: Iterable[int], refused: Iterable[int] = ()) -> None:
        """Forget batches that the collector has."""
        await self._do(lambda: self._settle(stored, refused))

    def _settle(self, stored: Iterable[int], refused: Iterable[int]) -> None:
        self._file.settle(stored, refused)
        if self._memory:  # there is room again
            self._flush()

    async def health(self) -> wire.SpoolHealth:
        """How full it is, how long it will last, and what was lost."""
        depth = await self._do(self._file.depth)
        return wire.SpoolHealth(
            id=self.id,
            readings=depth.readings + len(self._memory),
            hours_left=self._pace.hours_for(depth.capacity - depth.readings),
            bytes=depth.bytes,
            limit_bytes=depth.limit_bytes,
            dropped=depth.dropped + self._lost_in_memory,
            rule=self._rule(depth),
        )

    def _rule(self, depth: Depth) -> str:
        words = [RULE]
        if depth.last_loss:
            words.append(depth.last_loss)
        if depth.refused:
            words.append(f"{depth.refused} readings in batches that the collector keeps as refused")
        if self._trouble:
            words.append(f"{self._trouble}: {len(self._memory)} readings in memory, {self._lost_in_memory} lost there")
        return "; ".join(words)


class Pace:
    """How many readings come in an hour, by the last one; in ticks."""

    def __init__(self) -> None:
        self._minutes: deque[tuple[int, int]] = deque()  # (ticks at which the minute began, readings)
        self._last = 0

    def add(self, ticks: Sequence[int]) -> None:
        """Count readings."""
        if not ticks:
            return
        self._last = ticks[-1]
        if self._minutes and self._last - self._minutes[-1][0] < _MINUTE_MS:
            began, count = self._minutes.pop()
            self._minutes.append((began, count + len(ticks)))
        else:
            self._minutes.append((self._last, len(ticks)))
        while self._minutes[0][0] < self._last - _HOUR_MS:
            self._minutes.popleft()

    def hours_for(self, readings: int) -> float | None:
        """How long until so many more have come; None before there is a pace."""
        span_ms = self._last - self._minutes[0][0] if self._minutes else 0
        if span_ms <= 0:
            return None
        per_hour = sum(n for _, n in self._minutes) * _HOUR_MS / span_ms
        return round(max(0, readings) / per_hour, 1)


@asynccontextmanager
async def open_spool(settings: GatewaySection, boot: Boot) -> AsyncIterator[Spool]:
    """The spool of `[gateway] spool`, for the present boot.

    Raises:
        BadInput: a path that cannot be used, or another gateway that uses it.
    """
    with held_alone(settings.spool), ThreadPoolExecutor(1, thread_name_prefix="spool") as thread:
        loop = asyncio.get_running_loop()
        limit_bytes = int(settings.spool_max_mb * 1_000_000)
        db = await loop.run_in_executor(thread, connect, settings.spool, limit_bytes)
        file = await loop.run_in_executor(thread, SpoolFile, db, limit_bytes, boot.id)
        try:
            yield Spool(file, thread, settings.memory_readings)
        finally:
            await loop.run_in_executor(thread, file.close)
