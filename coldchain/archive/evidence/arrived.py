"""What the arrival journal says of one gateway's day: which batches brought something, and from when to when. Pure.

line of the journal ─► its batches of the gateway that touch the day ─► cited: a hash over position, spool, seq, sha256
                                                                   └─► spans: what each channel was brought
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from coldchain.archive.evidence.days import DAY_MS, day_of
from coldchain.wire import Arrival, ArrivedBatch

EARLY_MS: Final = 5 * 60_000  # a reading later than its arrival by more than this was refused as future
GatewayDay = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Cite:
    """All batches of a gateway's day that one collector's journal names in one shard, behind `after` up to `upto`."""

    collector: str
    shard: int
    after: int
    upto: int
    batches: int
    sha256: str

    def row(self) -> list[str | int]:
        """As a seal holds it."""
        return [self.collector, self.shard, self.after, self.upto, self.batches, self.sha256]


@dataclass(slots=True)
class Cited:
    """The batches of one gateway's day, as they are read from a journal."""

    batches: int = 0
    last: int = 0  # position
    _hash: Any = field(default_factory=sha256)  # hashlib's classes have no public name

    def add(self, position: int, batch: ArrivedBatch) -> None:
        """One more."""
        self.batches += 1
        self.last = max(self.last, position)
        self._hash.update(cited_line(position, batch).encode())

    def digest(self) -> str:
        """The hash over all of them."""
        return str(self._hash.hexdigest())


def cited_line(position: int, batch: ArrivedBatch) -> str:
    """A batch as it is cited."""
    return f"{position} {batch.spool} {batch.seq} {batch.sha256}\n"


def touched(arrival: Arrival) -> Iterator[tuple[GatewayDay, ArrivedBatch]]:
    """The gateways' days that a line of the journal brought something for."""
    for batch in arrival.batches:
        for day in range(day_of(batch.first), day_of(batch.last) + 1, DAY_MS):
            yield (batch.gateway, day), batch


def earliest(day: int) -> int:
    """No position of the journal up to this one can have brought anything of the day."""
    return max(0, day - EARLY_MS - 1)


class Spans:
    """From when to when each channel was brought something."""

    def __init__(self) -> None:
        self._spans: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def add(self, batch: ArrivedBatch) -> None:
        """What a batch brought."""
        for channel in batch.channels:
            self._spans[channel].append((batch.first, batch.last))

    def of(self, channel: str) -> list[tuple[int, int]]:
        """Its spans, joined where they overlap, rising."""
        return joined(self._spans.get(channel, ()))

    def channels(self) -> set[str]:
        """What was brought at all."""
        return set(self._spans)


def joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same stretches of time with nothing said twice."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found
