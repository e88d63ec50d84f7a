"""Everything that one call says, kept in one transaction before the provider hears that we have it.

A piece that cannot be kept is logged and its neighbours live; the same piece a second time changes nothing.
"""

import hashlib
import logging
from collections.abc import Awaitable
from dataclasses import asdict, replace
from typing import TypeVar

from coldchain.archive.db import Archive, Tx
from coldchain.archive.duty import binding
from coldchain.archive.telling import receipts, replying
from coldchain.archive.telling.receipts import NewReceipt
from coldchain.archive.telling.replying import Said
from coldchain.errors import BadInput
from coldchain.providers.following import Follow
from coldchain.providers.numbers import e164
from coldchain.providers.outcome import Receipt, Reply, State
from dashboards.callbacks.tickets import Tickets
from dashboards.callbacks.ways import Heard

log = logging.getLogger(__name__)
T = TypeVar("T")


async def keep(archive: Archive, heard: Heard, tickets: Tickets | None, at: int) -> list[Said]:
    """Keep it all; returns what came of the replies and of the keys that were pressed.

    Raises:
        Unavailable: the archive does not answer; nothing of it is kept, and the provider is to call again.
    """
    async with archive.writing() as tx:
        found = [await _alive(_receipt(tx, each, at, heard.is_signed), each.provider) for each in heard.receipts]
        found += [await _alive(replying.answer(tx, _named(each), at), each.provider) for each in heard.replies]
        for follow in heard.follows:
            await _alive(_follow(tx, follow, tickets, at), "wechat")
    return [each for each in found if each is not None]


async def _receipt(tx: Tx, receipt: Receipt, at: int, is_signed: bool) -> Said | None:
    """A receipt is kept; a key that it tells of is an answer."""
    if receipt.out_id and not (is_signed or await _names_the_address(tx, receipt)):
        log.warning(
            "%s names our message %s and not whom it went to; nothing is believed of it for that",
            receipt.provider,
            receipt.out_id,
        )
        receipt = replace(receipt, out_id="")
    await receipts.keep(tx, [_new(receipt)], at)
    return await replying.keyed(tx, receipt, at) if receipt.state is State.KEYED else None


async def _names_the_address(tx: Tx, receipt: Receipt) -> bool:
    """True when our message of this number went where the receipt says.

    Anybody can count our numbers up: where nobody signs, by one alone no alarm is taken, no telephone is confirmed and
    no message is called lost. The provider's own number of a message is guessed by nobody, and speaks for itself.
    """
    to = await receipts.went_to(tx, receipt.provider, receipt.out_id)
    return bool(to) and e164(to) == e164(receipt.address)


async def _follow(tx: Tx, follow: Follow, tickets: Tickets | None, at: int) -> None:
    """Who left is forgotten; who scanned the code that they were shown is bound."""
    if not follow.follows:
        await binding.forget(tx, follow.openid, at)
    elif follow.scene and tickets is not None:
        await tickets.use(tx, follow.scene, follow.openid, at)


async def _alive(kept: Awaitable[T], provider: str) -> T | None:
    """What the check of one piece refuses is refused before anything of it is written."""
    try:
        return await kept
    except BadInput as error:
        log.warning("%s called with something that cannot be kept: %s", provider, error)
        return None


def _new(receipt: Receipt) -> NewReceipt:
    return NewReceipt(**asdict(receipt) | {"state": receipt.state.value})


def _named(reply: Reply) -> Reply:
    """Where a provider gives a reply no id, what was written when by whom tells a repeated one from a second."""
    if reply.id:
        return reply
    return replace(reply, id=hashlib.sha256(f"{reply.number}\n{reply.at}\n{reply.text}".encode()).hexdigest()[:24])
