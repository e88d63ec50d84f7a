"""A message on its way through the collector, and what becomes of its readings."""

from collections import defaultdict
from dataclasses import dataclass, field

from coldchain.reading import Trace
from coldchain.series import UndatedTrace
from coldchain.wire import ArrivedBatch, Refusal, Told

MOST_DETAILS = 5  # of one reason, in words; the payload is kept whole beside them


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it came. `received` is domain time, ms UTC."""

    topic: str
    payload: bytes
    retained: bool
    received: int


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a message, a series of it or one reading is not taken; `detail` says which, and in whose words."""

    reason: Refusal
    detail: str


@dataclass(slots=True)
class Judged:
    """A message after the sieve. `traces` shrinks and `flaws` grows until the flush is through."""

    delivery: Delivery
    gateway: str
    spool: str | None = None
    seq: int | None = None
    sha256: str = ""
    traces: list[Trace] = field(default_factory=list)
    undated: list[UndatedTrace] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    boot: str = ""  # of an undated message: the times in `told` are ms since then
    flaws: list[Flaw] = field(default_factory=list)
    answerable: bool = True  # False: it speaks a version whose acknowledgements we do not know

    def arrived(self) -> ArrivedBatch:
        """The batch as the journal names it; only of one with a key and readings."""
        assert self.spool is not None
        assert self.seq is not None
        return ArrivedBatch(
            self.gateway,
            self.spool,
            self.seq,
            [trace.channel for trace in self.traces],
            min([trace.t[0] for trace in self.traces]),
            max([trace.t[-1] for trace in self.traces]),
            self.sha256,
        )

    @property
    def is_clean(self) -> bool:
        """True when nothing of it belongs into the archive: its readings are all there is to make durable."""
        return not self.flaws and not self.told

    def refusal(self) -> Refusal | None:
        """The word for the gateway: the first reason, or None when all of it was taken."""
        return self.flaws[0].reason if self.flaws else None

    def reasons(self) -> dict[Refusal, str]:
        """Each reason with its details in words."""
        found: defaultdict[Refusal, list[str]] = defaultdict(list)
        for flaw in self.flaws:
            found[flaw.reason].append(flaw.detail)
        return {reason: _in_words(details) for reason, details in found.items()}


def _in_words(details: list[str]) -> str:
    more = len(details) - MOST_DETAILS
    return "; ".join(details[:MOST_DETAILS]) + (f"; and {more} more" if more > 0 else "")
