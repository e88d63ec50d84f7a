"""The two ways that every site has: the console of its desk, and the pages of the dashboards. The others are `coldchain.providers`."""

from typing import Final

from coldchain.archive.telling.receipts import OUT_ID
from coldchain.providers.outcome import Answer, Channel, Limit, Message, Receipt, Verdict

CONSOLE: Final = "console"
PAGE: Final = "page"
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
