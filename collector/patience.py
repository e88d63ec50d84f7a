"""Waiting for a database that does not answer: as long as it takes, said once, never counted as an answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from coldchain.backoff import delays
from coldchain.clock import monotonic
from coldchain.errors import SlowDown, Unavailable

T = TypeVar("T")

log = logging.getLogger(__name__)

FIRST_S = 0.2
MOST_S = 30.0


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Call until it is answered: `Unavailable` is waited out, every other error passes through."""
    began = monotonic()
    for n, delay_s in enumerate(delays(FIRST_S, MOST_S)):
        try:
            answer = await call()
        except Unavailable as error:
            wait_s = max(error.after_s, FIRST_S) if isinstance(error, SlowDown) else delay_s
            log.log(logging.WARNING if n == 0 else logging.DEBUG, "waiting for the database: %s", error)
            await asyncio.sleep(wait_s)
        else:
            if n:
                log.warning("the database answers again after %.1f s", monotonic() - began)
            return answer
    raise AssertionError("delays end")  # pragma: no cover - they do not
