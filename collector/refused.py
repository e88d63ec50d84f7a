"""What the collector does not take is kept whole, with its reason, where a person sees it: in the archive.

Only then may the gateway delete it. The archive's library is loaded at the first refusal: most collectors never see one.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from coldchain.settings import ArchiveSettings
from coldchain.wire import Refusal
from collector.batch import Judged

if TYPE_CHECKING:
    from coldchain.archive.db import Archive


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


class RefusedKeeper(Protocol):
    """Makes refusals durable; one that it has already (same gateway, payload, reason) is not kept twice."""

    async def keep(self, rejected: Sequence[Rejected]) -> None:
        """Return once they are durable.

        Raises:
            Unavailable: nothing was kept: the gateways must not delete.
        """


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
    """`RefusedKeeper` on the archive. Made by `open_keeper`."""

    def __init__(self, settings: ArchiveSettings, collector: str, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._collector = collector
        self._stack = stack
        self._archive: Archive | None = None

    async def keep(self, rejected: Sequence[Rejected]) -> None:
        """See `RefusedKeeper`."""
        from coldchain.archive import refused  # noqa: PLC0415 - 20 MB, see above
        from coldchain.archive.db import open_archive  # noqa: PLC0415

        if self._archive is None:
            self._archive = await self._stack.enter_async_context(open_archive(self._settings))
        messages = [
            refused.RefusedMessage(
                self._collector, r.gateway, r.topic, r.received, r.spool, r.seq, r.reason, r.detail, r.payload
            )
            for r in rejected
        ]
        await refused.keep(self._archive, messages)


@asynccontextmanager
async def open_keeper(settings: ArchiveSettings, collector: str) -> AsyncIterator[ArchiveKeeper]:
    """A keeper that opens the archive when it is first needed, and closes it on leaving."""
    async with AsyncExitStack() as stack:
        yield ArchiveKeeper(settings, collector, stack)
