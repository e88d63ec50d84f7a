"""The tasks that speak and listen: what waits is told, what was said is heard, whoever replied is answered; whatever fails.

notices ─► outbox ─► ways ─► people
replies, receipts ◄─ `receipts` ◄─ ways      (what providers call us with comes by the dashboards, into the same rows)
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from alerting.cards import Cards
from alerting.deadman.signs import Signs
from alerting.notify.answers import Answers
from alerting.notify.outbox import Outbox
from alerting.receipts import Receipts
from coldchain import clock
from coldchain.backoff import delays
from coldchain.errors import ColdchainError

log = logging.getLogger(__name__)

FIRST_WAIT_S, MOST_WAIT_S = 0.5, 30.0
TELL_EVERY_S: Final = 1.0  # ladders that are due, and what a crash left in the queue; new notices are told at once
HEAR_EVERY_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Speaking:
    """What speaks and listens."""

    outbox: Outbox
    receipts: Receipts
    answers: Answers
    cards: Cards
    news: asyncio.Event
    signs: Signs


async def tell(speaking: Speaking) -> None:
    """Tell what waits until cancelled; looked at again every moment, for ladders and limits run by themselves."""

    async def once() -> None:
        await speaking.outbox.tell(clock.now, clock.wall)
        speaking.signs.told()
        await _stirred(speaking.news)

    await _forever(once, "nobody can be told yet")


async def hear(speaking: Speaking) -> None:
    """Hear what was said, and answer, until cancelled."""

    async def once() -> None:
        await speaking.receipts.look(clock.now(), clock.wall() / 1000)
        await speaking.answers.send(clock.now())
        await speaking.cards.turn(clock.now(), clock.wall() / 1000)
        await asyncio.sleep(HEAR_EVERY_S)

    await _forever(once, "nobody can be heard yet")


async def _forever(once: Callable[[], Awaitable[None]], what: str) -> None:
    waits = delays(FIRST_WAIT_S, MOST_WAIT_S)
    while True:
        try:
            await once()
            waits = delays(FIRST_WAIT_S, MOST_WAIT_S)
        except ColdchainError as error:
            log.warning("%s: %s", what, error)
            await asyncio.sleep(next(waits))


async def _stirred(news: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(TELL_EVERY_S):
            await news.wait()
    except TimeoutError:
        return
