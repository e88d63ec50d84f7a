"""What the collector remembers of gateways while it runs. Forgetting any of it costs work, never a reading."""

from collections import OrderedDict, deque
from dataclasses import dataclass

from coldchain.wire import Refusal

SEQS = 32  # of one spool; a gateway's window is 8
SPOOLS = 100_000
TWIN_WITHIN_MS = 24 * 3_600_000
TELL_TWINS_EVERY_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Settled:
    """How a batch ended: which bytes it had, and why it was refused if it was."""

    sha256: str
    refused: Refusal | None


class Memory:
    """The last settled batches of each spool: known ones are acknowledged again without touching the database."""

    def __init__(self) -> None:
        self._spools: OrderedDict[tuple[str, str], OrderedDict[int, Settled]] = OrderedDict()

    def settle(self, gateway: str, spool: str, seq: int, settled: Settled) -> None:
        """Remember how a batch ended."""
        seqs = self._spools.setdefault((gateway, spool), OrderedDict())
        seqs[seq] = settled
        if len(seqs) > SEQS:
            seqs.popitem(last=False)
        self._spools.move_to_end((gateway, spool))
        if len(self._spools) > SPOOLS:
            self._spools.popitem(last=False)

    def of(self, gateway: str, spool: str, seq: int) -> Settled | None:
        """How it ended, as far as remembered."""
        seqs = self._spools.get((gateway, spool))
        return seqs.get(seq) if seqs else None


class Twins:
    """Which spool speaks for each gateway. Another one is a new box or disk; one that comes back soon is a second box."""

    def __init__(self) -> None:
        self._speaking: dict[str, str] = {}
        self._before: dict[str, deque[tuple[str, int]]] = {}  # (spool, until), for gateways that ever changed it
        self._told: dict[str, int] = {}

    def speaks(self, gateway: str, spool: str, now: int) -> bool:
        """Note that a spool spoke; True when it alternates with another under the same name."""
        spoke = self._speaking.setdefault(gateway, spool)
        if spoke == spool:
            return False
        before = self._before.setdefault(gateway, deque(maxlen=8))
        came_back = any(old == spool and now - until <= TWIN_WITHIN_MS for old, until in before)
        before.append((spoke, now))
        self._speaking[gateway] = spool
        return came_back

    def is_news(self, gateway: str, now: int) -> bool:
        """True when nobody was told of this gateway's twin for an hour; it counts as told now."""
        if now - self._told.get(gateway, now - TELL_TWINS_EVERY_MS) < TELL_TWINS_EVERY_MS:
            return False
        self._told[gateway] = now
        return True
