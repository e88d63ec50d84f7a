"""What providers know and do not call us with: queues that are emptied, calls that are asked for, texts that a modem received.

    tencent_sms       Pulls ─► receipts, replies    each given once: held here until they are kept, and nothing is pulled meanwhile
    modem             Spools ─► replies             forgotten there only when they are kept
    aliyun_voice      Looks ─► by its own id  ┐
    modem, aliyun_sms ask ─► by ours          ┴─►   only while nothing was heard of the message, ever less often, for a day

What is heard goes through the same doors as a callback, so it does not matter which of them comes first, or how often.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Protocol, runtime_checkable

from coldchain import clock
from coldchain.archive.db import Archive, Tx
from coldchain.archive.telling import receipts, replying
from coldchain.archive.telling.receipts import NewReceipt, Unheard
from coldchain.errors import BadInput, Unavailable
from coldchain.providers.outcome import Channel, Looks, Pulls, Receipt, Reply, State

log = logging.getLogger(__name__)

FOR_S: Final = 86_400.0  # so long a message is asked for
FIRST_S: Final = 5.0  # real seconds until it is first asked for; then twice as long …
MOST_S: Final = 600.0  # … up to this
AT_ONCE: Final = 200
MOST_PULLS: Final = 20  # of one queue, one after the other: another way shall have its turn


@runtime_checkable
class Spools(Protocol):
    """A way whose replies lie in files until they are forgotten."""

    def replies(self) -> list[Reply]:
        """All that lie there.

        Raises:
            OSError: they cannot be read.
        """

    def forget(self, reply_id: str) -> None:
        """It is kept elsewhere now."""


@dataclass(slots=True)
class _Asked:
    """When a message is asked for next, in real seconds."""

    next_s: float
    wait_s: float


class Receipts:
    """Looks for what was said of messages. `news` is set when something was heard, for a ladder may follow from it."""

    def __init__(self, archive: Archive, ways: Mapping[str, Channel], news: asyncio.Event) -> None:
        self._archive = archive
        self._ways = ways
        self._news = news
        self._held: list[Receipt | Reply] = []  # given once, and not kept yet
        self._asked: dict[int, _Asked] = {}

    async def look(self, at: int, wall_s: float) -> int:
        """Look once at all ways; returns how much was heard.

        Raises:
            Unavailable: the archive is not there; what is held stays held.
        """
        heard = await self._keep_held(at)
        for name, way in self._ways.items():
            try:
                if isinstance(way, Pulls):
                    heard += await self._pulled(way, at)
                if isinstance(way, Spools):
                    heard += await self._spooled(way, at)
            except (_AskAgain, OSError) as error:
                log.warning("%s cannot be asked now: %s", name, error)
        heard += await self._unheard(at, wall_s)
        if heard:
            self._news.set()
        return heard

    async def _keep_held(self, at: int) -> int:
        kept = len(self._held)
        if kept:
            await keep(self._archive, self._held, at)
            self._held.clear()
        return kept

    async def _pulled(self, way: Pulls, at: int) -> int:
        """Empty the queues of one way; each page is kept before the next is asked for."""
        found = 0
        for pull in (way.pull_receipts, way.pull_replies):
            for _ in range(MOST_PULLS):
                try:
                    self._held += await pull()
                except Unavailable as error:
                    raise _AskAgain(str(error)) from None
                if not self._held:
                    break
                found += await self._keep_held(at)
        return found

    async def _spooled(self, way: Spools, at: int) -> int:
        replies = await asyncio.to_thread(way.replies)
        if replies:
            await keep(self._archive, replies, at)
        for reply in replies:
            await asyncio.to_thread(way.forget, reply.id)
        return len(replies)

    async def _unheard(self, at: int, wall_s: float) -> int:
        """Ask for the messages whose time has come."""
        async with self._archive.reading() as tx:
            waiting = await receipts.unheard(tx, list(self._ways), wall_s - FOR_S, AT_ONCE)
        now = clock.monotonic()
        self._asked = {each.notice: self._asked.get(each.notice) or _Asked(now + FIRST_S, FIRST_S) for each in waiting}
        found: list[Receipt | Reply] = []
        for each in waiting:
            asked = self._asked[each.notice]
            if asked.next_s > now:
                continue
            asked.wait_s = min(asked.wait_s * 2, MOST_S)
            asked.next_s = now + asked.wait_s
            found += await self._ask(each)
        if found:
            await keep(self._archive, found, at)
        return len(found)

    async def _ask(self, message: Unheard) -> list[Receipt]:
        """What is known of one message; a way that cannot be asked says nothing."""
        way, sent_at = self._ways[message.channel], round(message.sent_s * 1000)
        try:
            if isinstance(way, Looks) and message.provider_id:
                said: Sequence[Receipt] | None = await way.look(message.provider_id, message.sent_to, sent_at)
            else:
                said = await way.ask(receipts.out_id(message.notice), message.sent_to, sent_at)
        except Unavailable as error:
            log.info("%s cannot be asked now: %s", message.channel, error)
            return []
        return [_named(each, message) for each in said or () if each.state is not State.PENDING]


class _AskAgain(Exception):  # noqa: N818 - a provider's silence, told apart from the archive's
    """A provider cannot be asked now."""


def _named(receipt: Receipt, message: Unheard) -> Receipt:
    """A receipt that was asked for names our message, whatever of it the provider repeats."""
    return Receipt(
        message.channel,
        receipt.state,
        receipt.at,
        receipt.message_id or message.provider_id,
        receipt.out_id or receipts.out_id(message.notice),
        receipt.address or message.sent_to,
        receipt.code,
        receipt.words,
        receipt.key,
    )


async def keep(archive: Archive, heard: Sequence[Receipt | Reply], at: int) -> None:
    """Keep what was heard, and do what it says, in one transaction; what cannot be kept is logged, its neighbours live.

    Raises:
        Unavailable: the archive is not there; nothing was kept.
    """
    async with archive.writing() as tx:
        for each in heard:
            try:
                await _keep(tx, each, at)
            except BadInput as error:
                log.warning("%s says something that cannot be kept: %s", each.provider, error)


async def _keep(tx: Tx, heard: Receipt | Reply, at: int) -> None:
    if isinstance(heard, Reply):
        await replying.answer(tx, heard, at)
    elif heard.state is not State.PENDING:  # the provider knows no more than we do
        await receipts.keep(tx, [_new(heard)], at)
        if heard.state is State.KEYED:
            await replying.keyed(tx, heard, at)


def _new(receipt: Receipt) -> NewReceipt:
    return NewReceipt(**asdict(receipt) | {"state": receipt.state.value})
