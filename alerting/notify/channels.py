"""The two ways that every site has: the console of its desk, and the pages of the dashboards. The others are `coldchain.providers`."""

import logging
from collections.abc import Awaitable
from typing import Final

from coldchain.archive.telling.receipts import OUT_ID
from coldchain.providers.outcome import Answer, Channel, Limit, Message, Receipt, Verdict

log = logging.getLogger(__name__)

CONSOLE: Final = "console"
PAGE: Final = "page"
OUR_FAULT: Final = "our.fault"  # the code of an answer that our own code did not let come
OWN: Final = frozenset({CONSOLE, PAGE})  # no provider stands behind them, and they lead to whoever looks
DESK: Final = "desk"  # the county's duty desk: whoever watches the console


class Console:
    """A line on standard output, for whoever watches the desk."""

    name = CONSOLE
    wakes = False
    names_person = False
    per_address: tuple[Limit, ...] = ()

    async def send(self, message: Message) -> Answer:
        """Print both languages; a notice told twice is recognised by its number."""
        try:
            print(f"notice {message.out_id.removeprefix(OUT_ID)} {message.code}: {message.text}", flush=True)
        except (OSError, UnicodeError) as error:
            return Answer(Verdict.LATER, words=f"console: {error}")
        return Answer(Verdict.ACCEPTED, words="printed")

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:  # noqa: ARG002 - a channel's
        """Nobody knows who looked."""
        return None


class Page:
    """The row itself: pages show it to whom it is for."""

    name = PAGE
    wakes = False
    names_person = True
    per_address: tuple[Limit, ...] = ()

    async def send(self, message: Message) -> Answer:
        """Nothing has to be sent: it stands there."""
        return Answer(Verdict.ACCEPTED, words=f"shown to {message.address}")

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:  # noqa: ARG002 - a channel's
        """It stands there, whoever looks."""
        return None


def channels() -> dict[str, Channel]:
    """The ways there are without any provider, by name."""
    return {CONSOLE: Console(), PAGE: Page()}


async def answer_of(name: str, deed: Awaitable[Answer]) -> Answer:
    """What a way answers. It never raises; one that does has a fault of ours, which must not silence all others.

    What it was given may have gone out by then.
    """
    try:
        return await deed
    except Exception as error:
        log.exception("%s failed in our own code", name)
        return Answer(Verdict.UNKNOWN, OUR_FAULT, f"{type(error).__name__}: {error}")
