"""How often one address may be written to, counted here where a provider drops the excess silently or shuts the door."""

from collections import deque
from collections.abc import Iterable

from coldchain.providers.outcome import Answer, Limit, Verdict


class Pace:
    """Counts what went to each address; real seconds, given by the caller. One process's own count: the rows have all.

    A limit of certain hours is counted by the rows alone, which know the wall's time.
    """

    def __init__(self, limits: Iterable[Limit]) -> None:
        self._limits = tuple(limit for limit in limits if limit.from_hour is None)
        self._kept_s = max((limit.within_s for limit in self._limits), default=0.0)
        self._sent: dict[str, deque[float]] = {}
        self._shut: dict[str, float] = {}
        self._sweep_at = 0.0

    def wait(self, address: str, now: float) -> Answer | None:
        """None when a message may go, and it is counted; else when it may."""
        sent = self._recent(address, now)
        free_s = max((limit.wait_s(sent, now) for limit in self._limits), default=0.0)
        until = max(now + free_s, self._shut.get(address, now))
        if until > now:
            return Answer(
                Verdict.LATER, "our.limit", "the provider's limit for this address", retry_after_s=until - now
            )
        sent.append(now)
        return None

    def shut(self, address: str, until: float) -> None:
        """The provider takes nothing for this address before `until`: every try would only prolong it."""
        self._shut[address] = until

    def _recent(self, address: str, now: float) -> deque[float]:
        if now >= self._sweep_at:
            self._forget(now)
        sent = self._sent.setdefault(address, deque())
        while sent and now - sent[0] >= self._kept_s:
            sent.popleft()
        return sent

    def _forget(self, now: float) -> None:
        """Drop addresses that nothing went to for as long as any limit looks back."""
        self._sent = {a: sent for a, sent in self._sent.items() if sent and now - sent[-1] < self._kept_s}
        self._shut = {a: until for a, until in self._shut.items() if until > now}
        self._sweep_at = now + self._kept_s
