"""Refusals, and what gateways' guards said, on their way into the archive beside the flushes.

An archive that does not answer holds up no clean batch.

    store ─► ahead ─► what guards said, before anybody can judge what they said it of
    store ─► take ─► waiting, bounded ─► kept durably ─► settled (only now may the gateway delete)

What does not fit, or could not be kept, is forgotten: nobody acknowledged it, so its gateway sends it again. The good
readings of a flawed message are durable before it comes here.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from coldchain import crash, logs
from coldchain.errors import Unavailable
from collector.batch import Judged
from collector.refused import Keeper, Notice, notices, rejections

log = logging.getLogger(__name__)

MOST_BYTES = 8 * 1024 * 1024  # of payloads that wait; a single longer one is taken when nothing else waits
AT_ONCE = 200  # messages in one transaction of the archive
AHEAD_S = 5.0  # that a flush waits for what guards said; without the archive nobody is told anything meanwhile

Key = tuple[str, bool, bytes]


class Keeping:
    """The waiting refusals. `run` brings them to their end, one group after the other."""

    def __init__(self, keeper: Keeper, settled: Callable[[Sequence[Judged]], Awaitable[None]]) -> None:
        self._keeper = keeper
        self._settled = settled
        self._waiting: dict[Key, Judged] = {}
        self._bytes = 0
        self._some = asyncio.Event()
        self._none = asyncio.Event()
        self._none.set()
        self._early: asyncio.Task[None] | None = None

    async def ahead(self, judged: Sequence[Judged]) -> None:
        """Keep what guards said before the readings come, or alerting calls people whom their gateway told already.

        For a moment only, and never two such moments for one silence of the archive: `take` brings it to its end in any case.
        """
        told = notices(judged)
        if not told or (self._early and not self._early.done()):
            return
        self._early = asyncio.create_task(self._keep_ahead(told), name="what guards said")
        await asyncio.wait({self._early}, timeout=AHEAD_S)

    async def _keep_ahead(self, told: Sequence[Notice]) -> None:
        try:
            await self._keeper.keep_told(told)
        except Unavailable as error:
            log.info("what guards said is kept after their readings: %s", error)
        except Exception:
            log.exception("what guards said is kept one by one, after their readings")

    def has(self, one: Judged) -> bool:
        """True if this very message waits already: sent again, it needs nothing more, its good readings are stored."""
        return _key(one) in self._waiting

    def take(self, flawed: Sequence[Judged]) -> None:
        """Let these wait to be kept."""
        dropped = 0
        for one in flawed:
            size = len(one.delivery.payload)
            if self._waiting and self._bytes + size > MOST_BYTES:
                dropped += 1
            elif not self.has(one):
                self._waiting[_key(one)] = one
                self._bytes += size
                self._some.set()
                self._none.clear()
        if dropped:
            log.warning("too many refusals wait for the archive; gateways send again %s", logs.fields(dropped=dropped))

    async def run(self) -> None:
        """Keep what waits, for ever."""
        try:
            while True:
                await self._some.wait()
                await self._keep_some(list(self._waiting.values())[:AT_ONCE])
        finally:
            if self._early:
                self._early.cancel()

    async def _keep_some(self, some: Sequence[Judged]) -> None:
        try:
            await self._keep(some)
        except Exception:
            log.exception("refusals left unanswered")
        finally:
            self._forget(some)

    async def idle(self) -> None:
        """Return once nothing waits."""
        await self._none.wait()

    async def _keep(self, flawed: Sequence[Judged]) -> None:
        """Keep them and say so; what cannot be kept for a reason of its own costs no other its place."""
        try:
            await self._keeper.keep(rejections(flawed))
            await self._keeper.keep_told(notices(flawed))
        except Unavailable as error:
            log.warning("refusals not kept, their gateways send them again: %s", error)
        except Exception:
            if len(flawed) == 1:
                log.exception("refusal not kept %s", logs.fields(topic=flawed[0].delivery.topic))
                return
            for one in flawed:
                await self._keep([one])
        else:
            crash.point("refused.after_keep")
            await self._settled(flawed)

    def _forget(self, flawed: Sequence[Judged]) -> None:
        for one in flawed:
            del self._waiting[_key(one)]
            self._bytes -= len(one.delivery.payload)
        if not self._waiting:
            self._some.clear()
            self._none.set()


def _key(one: Judged) -> Key:
    return one.delivery.topic, one.delivery.retained, one.delivery.payload
