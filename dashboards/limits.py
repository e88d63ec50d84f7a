"""How often somebody may ask: `limits` behind each question. Counted in this process's memory, in real time."""

from http import HTTPStatus

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from coldchain import clock
from dashboards.problems import Problem
from dashboards.settings import WebSettings


class Limits:
    """Counts logins and requests."""

    def __init__(self, settings: WebSettings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_address = parse(settings.logins_per_address)
        self._per_user = parse(settings.logins_per_user)
        self._per_caller = parse(settings.requests_per_caller)
        self._per_channel = parse(settings.callbacks_per_channel)
        self._per_link_address = parse(settings.links_per_address)

    async def login(self, address: str, user: str) -> None:
        """Count an attempt to log in.

        Raises:
            Problem: 429, too many from this address or for this user.
        """
        await self._count(self._per_address, "address", address)
        await self._count(self._per_user, "user", user.casefold())

    async def caller(self, name: str) -> None:
        """Count a request.

        Raises:
            Problem: 429.
        """
        await self._count(self._per_caller, "caller", name)

    async def callback(self, channel: str) -> None:
        """Count what a provider calls.

        Raises:
            Problem: 429; it is to say so again.
        """
        await self._count(self._per_channel, "channel", channel)

    async def link(self, address: str) -> None:
        """Count a link that is opened: nobody goes through codes until one fits.

        Raises:
            Problem: 429.
        """
        await self._count(self._per_link_address, "link", address)

    async def _count(self, item: RateLimitItem, what: str, name: str) -> None:
        if await self._limiter.hit(item, what, name):
            return
        window = await self._limiter.get_window_stats(item, what, name)
        wait_s = max(1, round(window.reset_time - clock.wall() / 1000))
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"too many: {item.amount} are allowed in {item.get_expiry()} s; come back in {wait_s} s",
            headers={"Retry-After": str(wait_s)},
        )
