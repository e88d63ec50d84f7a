"""The queue of notices and the chain that each goes through; the rows are the queue, a claim runs out by itself."""

import logging
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from alerting.notify.channels import Channel
from alerting.notify.expand import expand
from alerting.notify.stages import Sending, Stage, dedup, deliver, quiet, remember
from coldchain import crash
from coldchain.archive import alarms
from coldchain.archive.alarms import Notice
from coldchain.archive.db import Archive

log = logging.getLogger(__name__)

CLAIM_S = 60.0  # real seconds within which a claimed notice is told, or somebody else may try


def build(archive: Archive, channels: Mapping[str, Channel], zone: ZoneInfo) -> tuple[Stage, ...]:
    """The order of the stages, in one expression."""
    return (quiet(channels, zone), dedup(), deliver(channels), remember(archive))


class Outbox:
    """Tells what waits to be told."""

    def __init__(self, archive: Archive, channels: Mapping[str, Channel], zone: ZoneInfo, worker: str) -> None:
        self._archive = archive
        self._zone = zone
        self._worker = worker
        self._stages = build(archive, channels, zone)

    async def tell(self, now: Callable[[], int], wall_ms: Callable[[], int]) -> int:
        """Make and tell all that waits; returns how many notices went to their end.

        Raises:
            Unavailable: the archive is not there; what was claimed is told when its claim has run out.
        """
        while await expand(self._archive, now(), self._zone):
            pass
        async with self._archive.reading() as tx:
            waiting = await alarms.waiting(tx, wall_ms() / 1000)
        done = 0
        for notice in waiting:
            done += await self._tell_one(notice, now(), wall_ms() / 1000)
        return done

    async def _tell_one(self, notice: Notice, at: int, wall_s: float) -> bool:
        async with self._archive.writing() as tx:
            claimed = await alarms.claim(tx, notice.id, self._worker, wall_s, CLAIM_S)
            if claimed is None:
                return False
            sending: Sending | None = Sending(
                notice=claimed,
                alarm=await alarms.alarm(tx, claimed.alarm),
                why=await alarms.why(tx, claimed.transition),
                last_why=await alarms.last_why(tx, claimed.alarm),
                was_told=await alarms.was_told(tx, claimed),
                at=at,
            )
        crash.point("notify.after_claim")
        for stage in self._stages:
            sending = await stage(sending) if sending else None
        if sending is None:
            async with self._archive.writing() as tx:
                await alarms.put_back(tx, claimed)
            return False
        return True
