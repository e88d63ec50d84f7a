"""What providers know and do not call us with: queues that are emptied, calls that are asked for, texts that a modem received.

    tencent_sms       Pulls ─► pages            given once: on our disk before they are read, forgotten when they are kept
    modem             Spools ─► replies         ┐ forgotten there
    mail              Returns ─► bounces        ┘ only when they are kept
    tencent_, aliyun_sms  Lists ─► all of one number  ┐
    aliyun_voice          Looks ─► one by its own id  ├─► only while nothing was heard of the message, ever less often, for a
    modem, webhooks       ask ─► one by ours          ┘   day, and never before what is to be sent
    a gateway's own modem     what was answered there, once the collector has it

What is heard goes through the same doors as a callback, so it does not matter which of them comes first, or how often.
"""

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Final, Protocol, TypeVar, runtime_checkable

from alerting.notify.channels import OWN
from coldchain import clock
from coldchain.archive.db import Archive, Tx
from coldchain.archive.telling import at_edge, receipts, replying
from coldchain.archive.telling.receipts import NewReceipt, Unheard
from coldchain.errors import BadInput, ColdchainError, Unavailable
from coldchain.providers.outcome import Channel, Lists, Looks, Pulls, Receipt, Reply, Returns, Sent, State
from coldchain.providers.pages import Page, Pages

log = logging.getLogger(__name__)
T = TypeVar("T")

FOR_S: Final = 86_400.0  # so long a message is asked for
FIRST_S: Final = 15.0  # real seconds after which it is first asked for; then at twice its age …
MOST_S: Final = 1800.0  # … or after so long
AT_ONCE: Final = 1000  # messages that are asked for at the same time
MOST_ASKS: Final = 20  # questions to one way in one round …
MOST_PULLS: Final = 20  # … and pages of one queue: another way shall have its turn


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


class Receipts:
    """Looks for what was said of messages. `news` is set when something was heard, for a ladder may follow from it."""

    def __init__(self, archive: Archive, ways: Mapping[str, Channel], news: asyncio.Event, folder: Path) -> None:
        self._archive = archive
        self._ways = ways
        self._news = news
        self._askable = _askable(ways)
        self._pages = Pages(folder)
        self._waiting: list[Page] = []  # given once, and not kept yet
        self._is_new = True  # what a process before this one left is still to be read
        self._asked: dict[str, float] = {}  # when a message is asked for next, in real seconds

    async def look(self, at: int, wall_s: float) -> int:
        """Look once at all ways; returns how much was heard.

        Raises:
            Unavailable: the archive is not there; what was given once waits for it.
        """
        heard = await self._keep_pages(at)
        for name, way in self._ways.items():
            try:
                if isinstance(way, Pulls):
                    heard += await self._pulled(name, way, at)
                if isinstance(way, Spools):
                    heard += await self._spooled(way, at)
                if isinstance(way, Returns):
                    heard += await self._came_back(way, at)
            except (_AskAgain, OSError) as error:
                log.warning("%s cannot be asked now: %s", name, error)
            except ColdchainError:
                raise
            except Exception:  # a fault of ours in one way must not deafen us to all others
                log.exception("%s failed when it was heard", name)
        heard += await self._at_edge(at)
        heard += await self._unheard(at, wall_s)
        if heard:
            self._news.set()
        return heard

    async def _keep_pages(self, at: int) -> int:
        """Keep what waits, also what a process before this one left; returns how much it says."""
        if self._is_new:
            self._waiting += await asyncio.to_thread(self._pages.left)
            self._is_new = False
        kept = 0
        while self._waiting:
            page = self._waiting[0]
            heard = self._read(page, at)
            if heard is not None:
                await keep(self._archive, heard, at)
                await asyncio.to_thread(self._pages.forget, page)
                kept += len(heard)
            self._waiting.pop(0)
        return kept

    def _read(self, page: Page, at: int) -> list[Receipt | Reply] | None:
        """What a page says; None when it must stay where it is."""
        way: object = self._ways.get(page.way)
        if not isinstance(way, Pulls):
            log.warning("a page of %s stays in its file: that way is not open", page.way)
            return None
        try:
            return way.heard_in(page.queue, page.body, at)
        except BadInput as error:
            log.warning("a page of %s is set aside: %s", page.way, error)
        except Exception:  # else it would come again with every start, and nothing behind it would be heard
            log.exception("a page of %s is set aside", page.way)
        self._pages.set_aside(page)
        return None

    async def _pulled(self, name: str, way: Pulls, at: int) -> int:
        """Empty the queues of one way; each page is on the disk before it is read, and kept before the next is asked for."""
        found = 0
        for queue in way.queues:
            for _ in range(MOST_PULLS):
                body = await _asked(way.pull(queue))
                if not body:
                    break
                self._waiting += [await asyncio.to_thread(self._pages.put, name, queue, body)]
                found += await self._keep_pages(at)
        return found

    async def _spooled(self, way: Spools, at: int) -> int:
        replies = await asyncio.to_thread(way.replies)
        if replies:
            await keep(self._archive, replies, at)
        for reply in replies:
            await asyncio.to_thread(way.forget, reply.id)
        return len(replies)

    async def _came_back(self, way: Returns, at: int) -> int:
        mails = await _asked(way.returned(at))
        found = [receipt for mail in mails for receipt in mail.receipts]
        if mails:
            await keep(self._archive, found, at)
            await _asked(way.put_away([mail.name for mail in mails]))
        return len(found)

    async def _at_edge(self, at: int) -> int:
        """Do what people answered to gateways that nobody heard then: what they said stands in the archive already."""
        async with self._archive.reading() as tx:
            if not await at_edge.unheard(tx):
                return 0
        async with self._archive.writing() as tx:
            answered = await at_edge.unheard(tx)
            for each in answered:
                await replying.at_gateway(tx, each, each.alarm, at)
        return len(answered)

    async def _unheard(self, at: int, wall_s: float) -> int:
        """Ask for the messages whose time has come, those that wait longest first."""
        async with self._archive.reading() as tx:
            waiting = [
                each for names in self._askable for each in await receipts.unheard(tx, names, wall_s - FOR_S, AT_ONCE)
            ]
        now = clock.monotonic()
        self._asked = {
            each.out_id: self._asked.get(each.out_id, now + max(0.0, FIRST_S - max(0.0, wall_s - each.sent_s)))
            for each in waiting
        }
        due = sorted((each for each in waiting if self._asked[each.out_id] <= now), key=lambda each: each.sent_s)
        found: list[Receipt | Reply] = []
        for channel, messages in groupby(sorted(due, key=lambda each: each.channel), key=lambda each: each.channel):
            found += await self._of_way(self._ways[channel], list(messages), wall_s)
        if found:
            await keep(self._archive, found, at)
        return len(found)

    async def _of_way(self, way: Channel, messages: Sequence[Unheard], wall_s: float) -> list[Receipt]:
        """Ask one way; a provider that cannot be asked now is asked for none of them in this round."""
        groups: dict[str, list[Unheard]] = {}
        for each in messages:
            groups.setdefault(each.sent_to if isinstance(way, Lists) else each.out_id, []).append(each)
        found: list[Receipt] = []
        for group in list(groups.values())[:MOST_ASKS]:
            try:
                found += await _known(way, group)
            except Unavailable as error:
                log.info("%s cannot be asked now: %s", way.name, error)
                break
            except Exception:
                log.exception("%s failed when it was asked", way.name)
            for each in group:
                self._asked[each.out_id] = clock.monotonic() + min(max(wall_s - each.sent_s, FIRST_S), MOST_S)
        return found


def _askable(ways: Mapping[str, Channel]) -> list[list[str]]:
    """Those that surely know more are asked by themselves: what others never hear of would stand before it by the thousand."""
    sure = [name for name, way in ways.items() if isinstance(way, Lists | Looks)]
    rest = [name for name in ways if name not in {*sure, *OWN}]
    return [names for names in (sure, rest) if names]


class _AskAgain(Exception):  # noqa: N818 - a provider's silence, told apart from the archive's
    """A provider cannot be asked now."""


async def _asked(question: Awaitable[T]) -> T:
    try:
        return await question
    except Unavailable as error:
        raise _AskAgain(str(error)) from None


async def _known(way: Channel, group: Sequence[Unheard]) -> list[Receipt]:
    """What a way knows of these messages, of one address or a single one; a way that cannot be asked says nothing.

    Raises:
        Unavailable: it cannot be asked now.
    """
    by_id = {each.out_id: each for each in group}
    if isinstance(way, Lists):
        sent = [Sent(name, each.provider_id, _ms(each)) for name, each in by_id.items()]
        listed = await way.listed(group[0].sent_to, sent)
        return [_named(each, by_id[each.out_id]) for each in _final(listed) if each.out_id in by_id]
    [(name, message)] = by_id.items()
    if isinstance(way, Looks) and message.provider_id:
        return [
            _named(each, message) for each in _final(await way.look(message.provider_id, message.sent_to, _ms(message)))
        ]
    return [_named(each, message) for each in _final(await way.ask(name, message.sent_to, _ms(message)) or ())]


def _final(said: Sequence[Receipt]) -> list[Receipt]:
    """Without what says that the provider knows no more than we do."""
    return [each for each in said if each.state is not State.PENDING]


def _ms(message: Unheard) -> int:
    return round(message.sent_s * 1000)


def _named(receipt: Receipt, message: Unheard) -> Receipt:
    """A receipt that was asked for names our message, whatever of it the provider repeats."""
    return Receipt(
        message.channel,
        receipt.state,
        receipt.at,
        receipt.message_id or message.provider_id,
        receipt.out_id or message.out_id,
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
