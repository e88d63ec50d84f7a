"""The task that keeps the books: under its own lease, in small slices, and never in the way of who decides.

every 20 s ─► follow both journals ─► ready days, some at a time ─► seals, exposures, machines ─► made ─► rest
          ├─► what-ifs of probes that were found wrong (`wrong`)
          └─► once a day, whatever there was to do or failed: a root over all chains
"""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from alerting.ledger import exposures, machines, seals
from alerting.ledger.days import ChannelDay
from alerting.ledger.due import Due
from alerting.ledger.wrong import WhatIf, Wrong
from alerting.shift import whole
from coldchain import clock, logs
from coldchain.archive import journal
from coldchain.archive.db import Archive
from coldchain.archive.evidence import roots
from coldchain.archive.journal import Fence
from coldchain.backoff import delays
from coldchain.errors import ColdchainError, Unavailable
from coldchain.series import Series

log = logging.getLogger(__name__)

LEASE: Final = "ledger"
LOOK_S: Final = 20.0  # between looks at the journals: a day's books are made within a minute
RENEWALS: Final = 3  # within the time that a lease lasts
RELEASE_S: Final = 2.0
ROOT_WAITS_MS: Final = 3_600_000  # so long the day's root waits for the day's books; then it is taken without them
LONGEST_REST_S: Final = 1.0
FIRST_WAIT_S, MOST_WAIT_S = 0.5, 30.0

Build = Callable[[Archive, Series, Sequence[ChannelDay], int], Awaitable[None]]
BOOKS: Final[Sequence[Build]] = (seals.build, exposures.build, machines.build)


class Ledger:
    """Keeps the books while it holds the lease."""

    def __init__(
        self, archive: Archive, series: Series, *, lease_s: float, look_s: float = LOOK_S, what_if: WhatIf | None = None
    ) -> None:
        self._archive = archive
        self._series = series
        self._due = Due(archive, series)
        self._wrong = None if what_if is None else Wrong(archive, what_if)
        self._name = f"{socket.gethostname()[:20]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._lease_s = lease_s
        self._look_s = look_s
        self._renew_at = 0.0

    async def work(self) -> None:
        """Keep the books until cancelled, whatever fails on the way: whoever decides must not end with us."""
        waits = delays(FIRST_WAIT_S, MOST_WAIT_S)
        while True:
            try:
                async with self._lease() as fence:
                    await self._due.start()
                    while True:
                        await self.look(fence)
                        waits = delays(FIRST_WAIT_S, MOST_WAIT_S)
                        await asyncio.sleep(min(self._look_s, self._lease_s / RENEWALS))
            except ColdchainError as error:
                log.warning("no books kept, again soon: %s", error)
            except Exception:
                log.exception("no books kept, again soon")
            await asyncio.sleep(next(waits))

    async def look(self, fence: Fence) -> None:
        """Follow the journals, and make the books of all days that are ready."""
        await self._renew(fence)
        await self._root(ROOT_WAITS_MS)
        await self._due.follow(fence, clock.now())
        while days := await self._due.ready(clock.now()):
            began = clock.monotonic()
            await self._make(days, fence)
            await self._renew(fence)
            await self._due.follow(fence, clock.now())
            await asyncio.sleep(min(LONGEST_REST_S, clock.monotonic() - began))  # as long as it took
        if self._wrong is not None:
            await whole(self._wrong.look(fence))
        await self._root()

    async def _root(self, patience_ms: int = 0) -> None:
        """The day's root, when it has been due for so long; it is logged, for whoever carries it out of the house."""
        root = await whole(roots.daily(self._archive, clock.now(), patience_ms))
        if root is not None:
            log.info("root %s", logs.fields(n=root.n, hash=root.hash))

    async def _make(self, days: Sequence[ChannelDay], fence: Fence) -> None:
        """All of these together; where that fails, each by itself, so that one day stops no others."""
        try:
            await self._made(days, fence)
        except Unavailable:
            raise
        except Exception:
            if len(days) > 1:
                for day in days:
                    await self._renew(fence)
                    await self._make([day], fence)
                return
            log.exception("books not made %s", logs.fields(channel=days[0].channel, day=days[0].day))
            self._due.set_aside(days)

    async def _made(self, days: Sequence[ChannelDay], fence: Fence) -> None:
        for build in BOOKS:
            await whole(_built(build, self._archive, self._series, days))
        if self._wrong is not None:
            await whole(self._wrong.doubt(days, fence))
        await whole(self._due.made(days, fence))

    @asynccontextmanager
    async def _lease(self) -> AsyncIterator[Fence]:
        fence = await self._taken()
        try:
            yield fence
        finally:
            with suppress(ColdchainError, TimeoutError):
                async with asyncio.timeout(RELEASE_S), self._archive.writing() as tx:
                    await journal.release_lease(tx, fence)

    async def _taken(self) -> Fence:
        while True:
            fence = await whole(self._take())
            if fence is not None:
                log.info("keeping the books %s", logs.fields(lease=LEASE, fence=fence.number))
                return fence
            await asyncio.sleep(self._lease_s / RENEWALS)

    async def _take(self) -> Fence | None:
        self._renew_at = clock.monotonic() + self._lease_s / RENEWALS
        async with self._archive.writing() as tx:
            return await journal.take_lease(tx, LEASE, self._name, clock.wall(), round(self._lease_s * 1000))

    async def _renew(self, fence: Fence) -> None:
        if clock.monotonic() >= self._renew_at and await whole(self._take()) != fence:
            raise Unavailable(f"lease {LEASE}: another process took it over")


async def _built(build: Build, archive: Archive, series: Series, days: Sequence[ChannelDay]) -> None:
    await build(archive, series, days, clock.now())
