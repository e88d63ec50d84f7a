"""A word to an outside monitor (a dead man's switch), and whether an address of ours answers: one GET each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from coldchain.errors import Unavailable
from coldchain.providers.outcome import Answer
from coldchain.providers.over_http import Line, connected
from coldchain.providers.sections import HttpSection

SHORT_S = 10.0


class Monitor:
    """Made by `opened`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def get(self, url: str) -> None:
        """Ask for an address.

        Raises:
            Unavailable: it does not answer, or not well; the words do not name the address, which may be a secret.
        """
        said = await self._line.say(url, method="GET")
        if isinstance(said, Answer):
            raise Unavailable(said.words)
        if not 200 <= said.status < 300:
            raise Unavailable(f"HTTP {said.status}")


@asynccontextmanager
async def opened(proxy: str = "") -> AsyncIterator[Monitor]:
    """One client for all addresses."""
    section = HttpSection(url="http://127.0.0.1/", timeout_s=SHORT_S, proxy=proxy)
    async with connected(section) as line:
        yield Monitor(line)
