"""The queue of notices and the chain that each goes through; the rows are the queue, a claim runs out by itself.

    climb ─► expand ─► claimed, many at once ─► each its own task, as many as there are hands ─► remembered, many at once
      └─► claimed: calls leave before anything else is made ready

A provider that hangs holds up its own messages and no others: what comes meanwhile is claimed and sent beside them.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from alerting.ladder.book import Kept, Levels
from alerting.ladder.climb import Desk, climb
from alerting.notify.claiming import Claiming, Money, claimed
from alerting.notify.expand import expand
from alerting.notify.remember import Remember
from alerting.notify.stages import Sending, Stage, dedup, deliver, quiet
from alerting.shift import whole
from coldchain import clock, crash
from coldchain.archive.db import Archive
from coldchain.archive.telling import notices
from coldchain.archive.telling.attempts import Moment
from coldchain.archive.telling.notices import TOLD, WAITING
from coldchain.providers.outcome import Channel

CLAIM_S: Final = 60.0  # real seconds within which a claimed notice is told, or somebody else may try
HANDS: Final = 64  # messages on their way at once
LOOK_EVERY_S: Final = 1.0  # while something is on its way
CLAIM_EVERY_S: Final = 0.2  # while few hands are free: one transaction for many


@dataclass(frozen=True, slots=True)
class Telling:
    """How a site tells."""

    zone: ZoneInfo
    levels: Levels = field(default_factory=Kept)
    url: str = ""  # the fixed address that was filed with the providers; an alarm's code is added
    claim_s: float = CLAIM_S
    hands: int = HANDS
    money: Money = field(default_factory=Money)


def build(channels: Mapping[str, Channel], telling: Telling, remember: Remember) -> tuple[Stage, ...]:
    """The order of the stages, in one expression."""
    return (quiet(channels), dedup(), deliver(channels, telling.url), remember.stage)


class Outbox:
    """Tells what waits to be told. `news` is set when there may be something, also while it tells."""

    def __init__(
        self,
        archive: Archive,
        channels: Mapping[str, Channel],
        telling: Telling,
        worker: str,
        news: asyncio.Event | None = None,
    ) -> None:
        self._archive = archive
        self._news = news or asyncio.Event()
        self._hands = telling.hands
        self._wakes = frozenset(name for name, channel in channels.items() if channel.wakes)
        of_groups = frozenset(name for name, channel in channels.items() if not channel.names_person)
        self._desk = Desk(telling.levels, list(channels), of_groups, telling.zone)
        self._remember = Remember(archive, self._wakes)
        stages = build(channels, telling, self._remember)
        self._after = stages[2:]
        self._claiming = Claiming(worker, telling.claim_s, channels, telling.zone, telling.money, stages[:2])
        self._flying: set[asyncio.Task[Sending]] = set()
        self._looked_at = 0.0
        self._claimed_at = 0.0

    async def tell(self, now: Callable[[], int], wall_ms: Callable[[], int]) -> int:
        """Make and tell all that waits; returns how many notices went to their end.

        Raises:
            Unavailable: the archive is not there; what was claimed is told when its claim has run out.
        """
        done, is_more = 0, True
        try:
            while True:
                sent = stopped = 0
                if is_more or self._news.is_set() or clock.monotonic() - self._looked_at > LOOK_EVERY_S:
                    is_more = await whole(self._climb(now()))
                    if is_more:  # whoever is called is called before anything else is made ready
                        sent, stopped = await whole(self._launch(now(), wall_ms() / 1000))
                    is_more |= await whole(self._expand(now()))
                flown, ended_here = await whole(self._launch(now(), wall_ms() / 1000))
                sent, stopped = sent + flown, stopped + ended_here
                done += stopped
                if not (self._flying or sent or stopped or is_more):
                    return done
                ended = await self._landed(0.0 if is_more else LOOK_EVERY_S if self._is_free() else CLAIM_EVERY_S)
                done += sum(_is_over(each) for each in ended)
                is_more |= stopped > 0 or any(each.outcome is None or each.outcome.state != TOLD for each in ended)
        finally:
            await self._stop()

    async def _climb(self, at: int) -> bool:
        """Calls of some ladders that are due; True when there may be more."""
        self._news.clear()
        self._looked_at = clock.monotonic()
        return await climb(self._archive, self._desk, at) > 0

    async def _expand(self, at: int) -> bool:
        """Notices of some changes; True when there may be more."""
        return await expand(self._archive, self._desk, self._wakes, at) > 0

    async def _launch(self, at: int, wall_s: float) -> tuple[int, int]:
        """Claim as many as there are free hands, and let them go; how many left, and how many came to their end here."""
        free = self._hands - len(self._flying)
        if free <= 0 or not (self._is_free() or clock.monotonic() - self._claimed_at >= CLAIM_EVERY_S):
            return 0, 0
        self._claimed_at = clock.monotonic()
        async with self._archive.reading() as tx:
            if not await notices.is_waiting(tx, wall_s):
                return 0, 0
        async with self._archive.writing() as tx:
            leaving, stopped = await claimed(tx, self._claiming, Moment(at, wall_s), free)
        crash.point("notify.after_claim")
        self._flying |= {asyncio.create_task(self._send(sending)) for sending in leaving}
        return len(leaving), sum(_is_over(sending) for sending in stopped)

    def _is_free(self) -> bool:
        """Many hands are: what waits is claimed at once. Of a burst, whoever landed is not replaced one by one."""
        return len(self._flying) <= self._hands // 2

    async def _send(self, sending: Sending) -> Sending:
        for stage in self._after:
            sending = await stage(sending)
        return sending

    async def _landed(self, wait_s: float) -> list[Sending]:
        """Wait until one has landed, or there is news, or so long; those that have landed."""
        if not self._flying:
            return []
        news = asyncio.create_task(self._news.wait())
        try:
            await asyncio.wait({*self._flying, news}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
        landed = {task for task in self._flying if task.done()}
        self._flying -= landed
        return [task.result() for task in landed]

    async def _stop(self) -> None:
        """Whoever is still on their way is called back: their claims run out, and somebody asks what became of them."""
        for task in self._flying:
            task.cancel()
        if self._flying:
            await asyncio.wait(self._flying)
        for task in self._flying:
            if not task.cancelled():
                task.exception()  # seen; what stopped us counts for more
        self._flying.clear()
        await self._remember.rest()


def _is_over(sending: Sending) -> bool:
    """It came to its end: told, refused, dropped."""
    return sending.outcome is not None and sending.outcome.state != WAITING
