"""The arrival journal's lines: which position they get, and how many batches fit one. Pure.

A collector's positions only rise; one flush takes one position in every shard it touched, and further ones where a
line would grow longer than a string field may be (64 KiB).
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from coldchain.wire import Arrival, ArrivedBatch, shard_of
from collector.batch import Judged

LONGEST_LINE = 48 * 1024
_OF_A_BATCH = 250  # bytes of its JSON beside the channels
_OF_A_CHANNEL = 3


class Journal:
    """Positions of one collector: what stands in the store, and what comes next."""

    def __init__(self, collector: str, heads: dict[tuple[str, int], int]) -> None:
        self.collector = collector
        self._heads = {shard: position for (name, shard), position in heads.items() if name == collector}
        self._last = max(self._heads.values(), default=0)

    def lines(self, judged: Iterable[Judged], now: int) -> list[tuple[Arrival, list[Judged]]]:
        """The lines for these messages, each with its messages, in rising order of position."""
        shards: dict[int, list[Judged]] = {}
        for one in judged:
            shards.setdefault(shard_of(one.gateway), []).append(one)
        rounds: list[list[tuple[int, list[ArrivedBatch], list[Judged]]]] = []
        for shard, ones in shards.items():
            for n, (batches, members) in enumerate(_lines(ones)):
                if n == len(rounds):
                    rounds.append([])
                rounds[n].append((shard, batches, members))
        found = []
        for lines in rounds:
            self._last = max(self._last + 1, now)
            found += [(Arrival(self.collector, shard, self._last, batches), ones) for shard, batches, ones in lines]
        return found

    def previous(self, arrival: Arrival) -> int:
        """The position before this one in its shard, which this call makes the last; 0 for the first ever."""
        previous = self._heads.get(arrival.shard, 0)
        self._heads[arrival.shard] = arrival.position
        return previous


def _lines(judged: Iterable[Judged]) -> Iterator[tuple[list[ArrivedBatch], list[Judged]]]:
    batches: list[ArrivedBatch] = []
    members: list[Judged] = []
    room = LONGEST_LINE
    for one in judged:
        for part in _parts(one.arrived()):
            size = _size(part)
            if batches and size > room:
                yield batches, members
                batches, members, room = [], [], LONGEST_LINE
            batches.append(part)
            if not members or members[-1] is not one:
                members.append(one)
            room -= size
    if batches:
        yield batches, members


def _size(batch: ArrivedBatch) -> int:
    return _OF_A_BATCH + sum(map(len, batch.channels)) + _OF_A_CHANNEL * len(batch.channels)


def _parts(batch: ArrivedBatch) -> list[ArrivedBatch]:
    """The batch, or the same batch several times with some of its channels each."""
    if _size(batch) <= LONGEST_LINE:
        return [batch]
    most = max(1, (LONGEST_LINE - _OF_A_BATCH) // (max(map(len, batch.channels)) + _OF_A_CHANNEL))
    return [replace(batch, channels=batch.channels[i : i + most]) for i in range(0, len(batch.channels), most)]
