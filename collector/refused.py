"""What goes into the archive: messages that are not taken, whole and with their reason, and what gateways' guards said.

Only then may the gateway delete it. The archive's library is loaded at the first refusal: most collectors never see one.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from coldchain.settings import ArchiveSettings
from coldchain.wire import Refusal, Told
from collector.batch import Judged

if TYPE_CHECKING:
    from coldchain.archive.db import Archive
    from coldchain.archive.edge import EdgeNotice


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message, or a part of it, that was not taken for one reason. `payload` is the whole message as it came."""

    gateway: str
    topic: str
    received: int
    spool: str | None
    seq: int | None
    reason: Refusal
    detail: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Notice:
    """One event of a gateway's guard, as it came; its times are ms since `boot` where one is named."""

    gateway: str
    boot: str
    received: int
    told: Told


class Keeper(Protocol):
    """Makes them durable; one that it has already is not kept twice."""

    async def keep(self, rejected: Sequence[Rejected]) -> None:
        """Return once they are durable.

        Raises:
            Unavailable: nothing was kept: the gateways must not delete.
        """

    async def keep_told(self, told: Sequence[Notice]) -> None:
        """Return once they are durable.

        Raises:
            Unavailable: nothing was kept: the gateways must not delete.
        """


def notices(judged: Iterable[Judged]) -> list[Notice]:
    """What the guards said in these messages."""
    return [Notice(one.gateway, one.boot, one.delivery.received, told) for one in judged for told in one.told]


def rejections(judged: Iterable[Judged]) -> list[Rejected]:
    """What there is to keep of these messages: one row per message and reason."""
    return [
        Rejected(
            one.gateway,
            one.delivery.topic,
            one.delivery.received,
            one.spool,
            one.seq,
            reason,
            detail,
            one.delivery.payload,
        )
        for one in judged
        for reason, detail in one.reasons().items()
    ]


class ArchiveKeeper:
    """`Keeper` on the archive. Made by `open_keeper`."""

    def __init__(self, settings: ArchiveSettings, collector: str, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._collector = collector
        self._stack = stack
        self._archive: Archive | None = None
        self._opening = asyncio.Lock()

    async def keep(self, rejected: Sequence[Rejected]) -> None:
        """See `Keeper`."""
        if not rejected:
            return
        from coldchain.archive import refused  # noqa: PLC0415 - 20 MB, see above

        messages = [
            refused.RefusedMessage(
                self._collector, r.gateway, r.topic, r.received, r.spool, r.seq, r.reason, r.detail, r.payload
            )
            for r in rejected
        ]
        await refused.keep(await self._opened(), messages)

    async def keep_told(self, told: Sequence[Notice]) -> None:
        """See `Keeper`."""
        if not told:
            return
        from coldchain.archive import edge  # noqa: PLC0415 - 20 MB, see above

        await edge.keep(await self._opened(), [_noticed(one) for one in told])

    async def _opened(self) -> "Archive":
        from coldchain.archive.db import open_archive  # noqa: PLC0415 - 20 MB, see above

        async with self._opening:
            if self._archive is None:
                self._archive = await self._stack.enter_async_context(open_archive(self._settings))
        return self._archive


def _noticed(one: Notice) -> "EdgeNotice":
    from coldchain.archive.edge import EdgeNotice  # noqa: PLC0415 - 20 MB, see above

    told = one.told
    return EdgeNotice(
        gateway=one.gateway,
        boot=one.boot,
        channel=f"{one.gateway}/{told.channel}",
        anchor=told.anchor,
        at=told.at,
        way=told.way,
        act=told.act,
        person=told.person,
        phone_number=told.number,
        answer=told.answer,
        words=told.words,
        received_at=one.received,
    )


@asynccontextmanager
async def open_keeper(settings: ArchiveSettings, collector: str) -> AsyncIterator[ArchiveKeeper]:
    """A keeper that opens the archive when it is first needed, and closes it on leaving."""
    async with AsyncExitStack() as stack:
        yield ArchiveKeeper(settings, collector, stack)
