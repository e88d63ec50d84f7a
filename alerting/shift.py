"""The deciding task: one process at a time, under the lease of all shards; another one waits until it falls.

feeds ─────┐
every 10 s ┼─► chunk ─► decide ─► moved          what fails is done again from where the cursors stand
changes ───┘
"""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from alerting import in_force
from alerting.decide import Chunk, Court, Key, decide, settle
from alerting.excursion.cases import Revision
from alerting.feed import Follower, Inbox
from alerting.settings import AlertingSection
from coldchain import clock, logs
from coldchain.archive import journal
from coldchain.archive.journal import Fence
from coldchain.backoff import delays
from coldchain.errors import ColdchainError, Unavailable

log = logging.getLogger(__name__)

LEASE = "alerting"  # of all shards: on one machine one process holds them
RENEWALS = 3  # within the time that a lease lasts
CORRECTING_S = 2.0  # at a time
FED_S = 0.5  # by then the feed has said what stood in the journal, unless a message of it was lost
RELEASE_S = 2.0  # else it runs out by itself
FIRST_WAIT_S, MOST_WAIT_S = 0.5, 15.0
T = TypeVar("T")


class Shift:
    """Decides while it holds the lease. `news` is set when there may be something to tell."""

    def __init__(
        self,
        court: Court,
        follower: Follower,
        section: AlertingSection,
        news: asyncio.Event,
        worked: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = f"{socket.gethostname()[:20]}:{os.getpid()}:{secrets.token_hex(4)}"  # fits a claim
        self._court = court
        self._follower = follower
        self._section = section
        self._news = news
        self._worked = worked  # called after each round under the lease, and while another process has it
        self._renew_at = 0.0
        self._decided_until = 0
        self._heads: dict[Key, int] | None = None  # how far the feed must have come before the next sweep …
        self._fed_until = 0.0  # … which waits for it no longer than this

    async def work(self, inbox: Inbox) -> None:
        """Decide until cancelled, whatever fails on the way."""
        waits = delays(FIRST_WAIT_S, MOST_WAIT_S)
        while True:
            try:
                async with self._lease() as fence:
                    await self._begin(fence)
                    while True:
                        await self._round(inbox, fence)
                        self._worked()
                        waits = delays(FIRST_WAIT_S, MOST_WAIT_S)
            except ColdchainError as error:
                # Unavailable passes; Refused means a row that somebody must look at. Neither may end the watch.
                (log.warning if error.retry else log.error)("nothing decided, again soon: %s", error)
                await asyncio.sleep(next(waits))

    async def _begin(self, fence: Fence) -> None:
        """After a start or a failure: say what is in force, and learn again how far we are."""
        await whole(self._say(fence))
        await self._follower.start(self._court.judge)
        await self._court.watch.refill(self._court.series)
        self._corrections = self._follower.corrections(self._court.judge, self._court.newest)
        self._court.timelines.reach(self._at())
        await self._decide(await self._follower.opened(), fence)
        self._sweep_at = 0.0
        self._heads, self._fed_until = await self._follower.heads(), 0.0  # nobody fed us that

    async def _say(self, fence: Fence) -> None:
        court = self._court
        async with court.archive.writing() as tx:
            await journal.check_fence(tx, fence)
            await in_force.say(tx, court.packs.values(), court.own, court.timelines, self._at())

    async def _round(self, inbox: Inbox, fence: Fence) -> None:
        """One chunk of feed messages, and a sweep when it is time or the feed left something out."""
        feeds = await inbox.take(max(0.0, min(self._sweep_at - clock.monotonic(), self._section.lease_s / RENEWALS)))
        await self._renew(fence)
        elapsed = self._follower.elapsed(self._court.judge, self._court.newest, self._at())
        if elapsed.touches:
            await self._decide(elapsed, fence)
        chunk, is_broken = self._follower.take(feeds, self._court.judge.goes_on)
        if chunk.cursors:
            await self._decide(chunk, fence)
        if is_broken or (clock.monotonic() >= self._sweep_at and await self._is_fed(inbox)):
            is_done = await self._sweep(fence, None if is_broken else self._heads)
            self._heads = None
            self._sweep_at = clock.monotonic() + (self._section.sweep_s if is_done else 0.0)

    async def _is_fed(self, inbox: Inbox) -> bool:
        """True when the feed has had its time to say what stands in the journal: reading that again would be done for nothing.

        While its messages wait they are taken first; when one was lost, the next does not go on from where we are.
        """
        now = clock.monotonic()
        if self._heads is None:
            self._heads = await self._follower.heads()
            self._fed_until = now + self._section.sweep_s
            if self._follower.behind(self._heads):
                self._sweep_at = now + min(FED_S, self._section.sweep_s)
                return False
        is_coming = inbox.is_waiting and bool(self._follower.behind(self._heads))
        return not is_coming or now >= self._fed_until

    async def _sweep(self, fence: Fence, heads: Mapping[Key, int] | None = None) -> bool:
        """What the arrival journal and corrections say beyond our cursors; then who is silent. False when some is left."""
        async for arrived in self._follower.catch_up(heads):
            await self._decide(arrived, fence)
        is_corrected = await self._correct(fence)
        await whole(settle(self._court, fence, self._at()))
        self._news.set()
        return is_corrected

    async def _correct(self, fence: Fence) -> bool:
        """Judge again what was corrected, for a moment: years of it must not hold up what arrives. True when all is done."""
        until = clock.monotonic() + CORRECTING_S
        async for corrected in self._corrections:
            await self._decide(corrected, fence)
            if clock.monotonic() >= until:
                return False
        self._corrections = self._follower.corrections(self._court.judge, self._court.newest)
        return True

    async def _decide(self, chunk: Chunk, fence: Fence) -> None:
        await self._renew(fence)
        decided = await whole(decide(self._court, chunk, fence, self._at()))
        self._follower.moved(chunk)
        self._decided_until = decided.until
        for revision in decided.revisions:
            if revision.is_history:
                log.info("%s", _line(revision))
        if decided.is_news:  # what tells looks at the archive then: hundreds of times a second it would do nothing else
            self._news.set()

    def _at(self) -> int:
        """Domain time, later than every decision before: the order of decisions is that of their times."""
        self._decided_until = max(clock.now(), self._decided_until + 1)
        return self._decided_until

    @asynccontextmanager
    async def _lease(self) -> AsyncIterator[Fence]:
        fence = await self._taken()
        try:
            yield fence
        finally:
            with suppress(ColdchainError, TimeoutError):
                async with asyncio.timeout(RELEASE_S), self._court.archive.writing() as tx:
                    await journal.release_lease(tx, fence)

    async def _taken(self) -> Fence:
        is_waiting = False
        while True:
            fence = await self._take()
            if fence is not None:
                log.info("deciding %s", logs.fields(lease=LEASE, fence=fence.number))
                return fence
            if not is_waiting:
                log.info("another process decides; waiting for its lease")
                is_waiting = True
            self._worked()
            await asyncio.sleep(self._section.lease_s / RENEWALS / 3)

    async def _take(self) -> Fence | None:
        return await whole(self._take_now())

    async def _take_now(self) -> Fence | None:
        self._renew_at = clock.monotonic() + self._section.lease_s / RENEWALS
        async with self._court.archive.writing() as tx:
            return await journal.take_lease(tx, LEASE, self.name, clock.wall(), round(self._section.lease_s * 1000))

    async def _renew(self, fence: Fence) -> None:
        if clock.monotonic() >= self._renew_at and await self._take() != fence:
            raise Unavailable(f"lease {LEASE}: another process took it over")


async def whole(work: Coroutine[Any, Any, T]) -> T:
    """Bring a transaction to its end even if we are told to stop meanwhile: one that is cut leaves its connection."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # seen; being told to stop counts for more
        raise


def _line(revision: Revision) -> str:
    case = revision.after
    fields = logs.fields(
        case=case.id,
        revision=case.revision,
        channel=case.channel,
        rule=case.facts.rule,
        state=case.state,
        severity=case.facts.severity,
        since=clock.iso(case.facts.first_bad),
    )
    return f"excursion {revision.why} {fields}"
