"""One request to a provider over HTTP, and every way in which it can fail told apart: did it leave us, or may it have?

say ──► Spoken   the provider answered: its own module reads what
    └─► Answer   LATER   nothing left us: no connection, our own pace, a limit with or without Retry-After
                 UNKNOWN it left and no whole answer came: silence, a cut, an answer that nobody can read
"""

import asyncio
import json
import logging
import math
import ssl
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx2

from coldchain import clock
from coldchain.providers.outcome import Answer, Limit, Verdict
from coldchain.providers.sections import HttpSection

LARGEST = 256 * 1024  # bytes of an answer: theirs are below 100 KiB
LONGEST_RETRY_S = 86400.0
ASKS_WAIT_S = 2.0  # a question that has no turn by then is asked another time
LONGER = 1.1  # than a second: what left earlier may arrive later
_AGENT = "coldchain"

# At INFO the client logs whole addresses, and they carry telephone numbers and tokens.
logging.getLogger("httpx2").setLevel(logging.WARNING)
logging.getLogger("httpcore2").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Spoken:
    """An HTTP answer, whole."""

    status: int
    body: bytes
    retry_after_s: float | None = None

    def table(self) -> dict[str, Any] | None:
        """Its JSON object; None when it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    def unread(self) -> Answer:
        """What to make of it by its status alone, when its body says nothing in the provider's words."""
        words = f"HTTP {self.status}: {self.body[:200].decode('utf-8', 'replace').strip()}"
        code = f"http.{self.status}"
        if self.status == 429 or (self.status == 503 and self.retry_after_s is not None):
            return Answer(Verdict.LATER, code, words, retry_after_s=self.retry_after_s)
        if 300 <= self.status < 500 and self.status != 408:
            return Answer(Verdict.BROKEN, code, words)
        return Answer(Verdict.UNKNOWN, code, words)


# The first line that fits; what is not here may have left us.
_FAILURES: tuple[tuple[tuple[type[Exception], ...], Verdict, str], ...] = (
    (
        (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError),
        Verdict.LATER,
        "our.unreachable",
    ),
    ((httpx2.LocalProtocolError, httpx2.UnsupportedProtocol, httpx2.InvalidURL), Verdict.BROKEN, "our.request"),
    ((httpx2.TimeoutException, TimeoutError), Verdict.UNKNOWN, "our.silence"),
    ((httpx2.DecodingError,), Verdict.UNKNOWN, "our.unreadable"),
)


_SAID = {
    "our.unreachable": "the provider cannot be reached",
    "our.request": "the request cannot be written",
    "our.silence": "no answer in time",
    "our.unreadable": "an answer that cannot be unpacked",
    "our.cut": "the provider hung up before it answered",
}


def failed(error: Exception) -> Answer:
    """What a failure of the client means for the message; its words without the address, which carries numbers and tokens."""
    words = type(error).__name__ if "://" in str(error) else f"{type(error).__name__}: {error}".rstrip(": ")
    for kinds, verdict, code in _FAILURES:
        if isinstance(error, kinds):
            return Answer(verdict, code, f"{_SAID[code]} ({words})")
    return Answer(Verdict.UNKNOWN, "our.cut", f"{_SAID['our.cut']} ({words})")


class Line:
    """A provider's address with its timeouts and its pace. Made by `connected`.

    Whoever sends takes the next free turn, however far ahead. Whoever only asks takes none before it has come, so that
    no question about the last message stands before the next one.
    """

    def __init__(self, client: httpx2.AsyncClient, section: HttpSection) -> None:
        self._client = client
        self._timeout_s = section.timeout_s
        self._gap_s = 1 / section.per_s
        self._next = -math.inf
        times = max(1, int(section.per_s))
        self._a_second = Limit(times, LONGER * self._gap_s * times)
        self._left: deque[float] = deque(maxlen=times)  # when the last of a second left

    async def say(
        self,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
        only_asks: bool = False,
    ) -> Spoken | Answer:
        """Send one request; never raises for what a network or a server does."""
        waited_s = await (self._free_turn() if only_asks else self._turn())
        if waited_s is not None:
            return Answer(Verdict.LATER, "our.pace", "too many messages at once", retry_after_s=waited_s)
        if self._client.is_closed:
            return Answer(Verdict.LATER, "our.closed", "the service is stopping; nothing was sent")
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._said(method, url, body, headers)
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, TimeoutError) as error:
            return failed(error)

    async def _turn(self) -> float | None:
        """Wait for this request's turn; None when it came, else the seconds until it would have come."""
        now = clock.monotonic()
        turn = max(now, self._next)
        if turn - now > self._timeout_s:
            return turn - now
        self._next = turn + self._gap_s
        if turn > now:
            await asyncio.sleep(turn - now)
        await self._leave()
        return None

    async def _leave(self) -> None:
        """Wait until a second holds no more than it may: after a moment in which nobody ran, all whose turn had come ran at once."""
        while True:
            wait_s = self._a_second.wait_s(self._left, clock.monotonic())
            if not wait_s:
                break
            await asyncio.sleep(wait_s)
        self._left.append(clock.monotonic())

    async def _free_turn(self) -> float | None:
        """Wait for a turn that nobody who sends has taken; None when it came, else how far they are ahead."""
        until = clock.monotonic() + min(ASKS_WAIT_S, self._timeout_s)
        while (now := clock.monotonic()) < self._next:
            if self._next > until:
                return self._next - now
            await asyncio.sleep(self._next - now)
        self._next = now + self._gap_s
        await self._leave()
        return None

    async def _said(self, method: str, url: str, body: bytes, headers: Mapping[str, str] | None) -> Spoken | Answer:
        async with self._client.stream(method, url, content=body, headers=dict(headers or {})) as response:
            whole = bytearray()
            async for piece in response.aiter_bytes():
                whole += piece
                if len(whole) > LARGEST:
                    return Answer(Verdict.UNKNOWN, "our.unreadable", f"an answer of more than {LARGEST} bytes")
            return Spoken(response.status_code, bytes(whole), _retry_after(response.headers.get("retry-after", "")))


@asynccontextmanager
async def connected(section: HttpSection) -> AsyncIterator[Line]:
    """Open one client for one way; what is still under way when it closes is UNKNOWN."""
    timeout = httpx2.Timeout(section.timeout_s, connect=section.connect_s)
    async with httpx2.AsyncClient(
        timeout=timeout,
        proxy=section.proxy or None,
        trust_env=False,
        headers={"user-agent": _AGENT},
        verify=_tls(),
    ) as client:
        yield Line(client, section)


@cache
def _tls() -> ssl.SSLContext:
    """One for all ways: reading the authorities takes longer than anything else here."""
    return httpx2.create_ssl_context(trust_env=False)


def _retry_after(text: str) -> float | None:
    """Seconds from a Retry-After header, which holds a number or a date."""
    if text.strip().isdecimal() and len(text) < 12:
        return min(float(text), LONGEST_RETRY_S)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return min(max(0.0, moment.timestamp() - clock.wall() / 1000), LONGEST_RETRY_S)
