"""Ways to a person. Each says whether it wakes somebody, and gives the provider's words back."""

from typing import Protocol

from alerting.notify.expand import CONSOLE, PAGE
from coldchain.archive.alarms import Notice
from coldchain.errors import Unavailable


class Channel(Protocol):
    """One way. `wakes`: it makes a noise where somebody may sleep."""

    wakes: bool

    async def send(self, notice: Notice) -> str:
        """Tell; return what the provider answered.

        Raises:
            Unavailable: it was not told, and may be later.
            Refused: it will never be told by this way.
        """


class Console:
    """A line on standard output, for whoever watches the desk."""

    wakes = False

    async def send(self, notice: Notice) -> str:
        """Print both languages; a notice told twice is recognised by its number."""
        try:
            print(f"notice {notice.id} alarm {notice.alarm}: {notice.text_zh} | {notice.text_en}", flush=True)
        except (OSError, UnicodeError) as error:
            raise Unavailable(f"console: {error}") from error
        return "printed"


class Page:
    """The row itself: pages show it to whom it is for."""

    wakes = False

    async def send(self, notice: Notice) -> str:
        """Nothing has to be sent: it stands there."""
        return f"shown to {notice.person}"


def channels() -> dict[str, Channel]:
    """The ways there are, by name."""
    return {CONSOLE: Console(), PAGE: Page()}
