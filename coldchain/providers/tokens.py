"""The access tokens of WeCom and WeChat: fetched once, kept until shortly before their end, refreshed once when refused.

Both platforms count fetches and both may end a token early; a crowd of alarms must not become a crowd of fetches.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from coldchain import clock
from coldchain.providers.outcome import Answer, Verdict

STALE = frozenset({"40001", "40014", "41001", "42001"})  # a token that is wrong, ended or missing
MARGIN_S = 60.0  # not used within so many seconds of its end
FAILED_S = 5.0  # a refused fetch is not repeated sooner

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Issued:
    """A token and how long it lives."""

    token: str = field(repr=False)
    lives_s: float


class Tokens:
    """One application's token. At most one fetch is under way; everybody else waits for it and takes what it brings."""

    def __init__(self, fetch: Callable[[], Awaitable[Issued | Answer]]) -> None:
        self._fetch = fetch
        self._fetching = asyncio.Lock()
        self._kept: Issued | Answer | None = None
        self._until = 0.0

    async def get(self) -> str | Answer:
        """A token, or why there is none."""
        async with self._fetching:
            if self._kept is None or clock.monotonic() >= self._until:
                self._keep(await self._fetch())
            return self._kept.token if isinstance(self._kept, Issued) else self._nothing_sent()

    def drop(self, token: str) -> None:
        """It was refused; if another has already been fetched since, that one stays."""
        if isinstance(self._kept, Issued) and self._kept.token == token:
            self._kept = None

    def _keep(self, fetched: Issued | Answer) -> None:
        self._kept = fetched
        lives_s = max(fetched.lives_s - MARGIN_S, fetched.lives_s / 2) if isinstance(fetched, Issued) else FAILED_S
        self._until = clock.monotonic() + lives_s

    def _nothing_sent(self) -> Answer:
        """The failed fetch as the message's answer: whatever became of the fetch, the message never left."""
        assert isinstance(self._kept, Answer)
        unknown = self._kept.verdict is Verdict.UNKNOWN
        return replace(self._kept, verdict=Verdict.LATER, retry_after_s=FAILED_S) if unknown else self._kept


async def with_token(tokens: Tokens, call: Callable[[str], Awaitable[T | Answer]]) -> T | Answer:
    """Make a call; when its token is refused, once more with a fresh one."""
    for last in (False, True):
        token = await tokens.get()
        if isinstance(token, Answer):
            return token
        answer = await call(token)
        if last or not isinstance(answer, Answer) or answer.code not in STALE:
            return answer
        tokens.drop(token)
    raise AssertionError  # pragma: no cover - the second round returns
