"""Tells a scenario's story beside the screen: each caption when the domain clock comes to its minute."""

import asyncio
from collections.abc import Callable

from coldchain import clock
from firmware_sim.scenario import Caption, Scenario


async def tell(scenario: Scenario, live_at_ms: int, say: Callable[[Caption], None]) -> None:
    """Say every caption that is still to come, in order, and return."""
    for caption in sorted(scenario.captions, key=lambda caption: caption.at_min):
        at_ms = live_at_ms + round(caption.at_min * 60_000)
        if at_ms < clock.now() - 60_000:
            continue  # a story joined late is told from here on
        while (early_ms := at_ms - clock.now()) > 0:  # noqa: ASYNC110 - a clock has no event, and its speed may change
            await asyncio.sleep(min(early_ms / 1000 / clock.speed(), 1.0))
        say(caption)
