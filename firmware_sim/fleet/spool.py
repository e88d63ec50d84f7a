"""A gateway's queue, in memory: a batch is made once, keeps its bytes and its number, and goes only when it is stored."""

import random
from collections import deque
from dataclasses import dataclass, field

from coldchain.wire import WINDOW, Batch, Block, Stored, encode

_PATIENCE_S = 10.0  # for an acknowledgement; doubled for each try of the same batch
_MOST_PATIENCE_S = 300.0


@dataclass(slots=True)
class Waiting:
    """One batch that the collector has not confirmed."""

    seq: int
    payload: bytes
    readings: int
    oldest_ms: int
    tries: int = 0
    again_at: float = 0.0  # real seconds; meaningless until it was tried


@dataclass(slots=True)
class Tally:
    """What became of a spool's readings."""

    readings: int = 0
    stored: int = 0
    refused: int = 0
    resent: int = 0  # batches
    reasons: dict[str, int] = field(default_factory=dict)


class MemorySpool:
    """The only queue of a simulated gateway."""

    def __init__(self, rng: random.Random) -> None:
        self.id = f"{rng.getrandbits(128):032x}"
        self.tally = Tally()
        self._next_seq = 1
        self._newest = 0  # the batch in the newest-first slot
        self._window = WINDOW  # batches that may be in the air
        self._fresh: deque[Waiting] = deque()
        self._in_the_air: dict[int, Waiting] = {}

    def put(self, series: dict[str, Block], sent_ms: int) -> None:
        """Make a batch of them."""
        readings = sum(len(block.v) for block in series.values())
        oldest_ms = min(block.times()[0] for block in series.values())
        payload = encode(Batch(spool=self.id, seq=self._next_seq, sent=sent_ms, series=series))
        self._fresh.append(Waiting(self._next_seq, payload, readings, oldest_ms))
        self._next_seq += 1
        self.tally.readings += readings

    def __len__(self) -> int:
        """Batches not yet settled."""
        return len(self._fresh) + len(self._in_the_air)

    @property
    def readings(self) -> int:
        """Readings not yet settled."""
        return sum(w.readings for w in self._fresh) + sum(w.readings for w in self._in_the_air.values())

    def oldest_ms(self) -> int | None:
        """The oldest reading's time among those that wait; None when nothing does."""
        waiting = [*self._in_the_air.values(), *self._fresh]
        return min((w.oldest_ms for w in waiting), default=None)

    def due(self, now: float) -> list[Waiting]:
        """What may be sent now: what has waited too long for its answer, then new ones while the window has room."""
        late = [w for w in self._in_the_air.values() if w.again_at <= now]
        self.tally.resent += len(late)
        new = self._next(self._window - len(self._in_the_air))
        self._in_the_air.update((w.seq, w) for w in new)
        for waiting in late + new:
            waiting.again_at = now + min(_MOST_PATIENCE_S, _PATIENCE_S * 2**waiting.tries)
            waiting.tries += 1
        return late + new

    def _next(self, room: int) -> list[Waiting]:
        """One slot of the window is for the newest batch, so that a gateway that comes back is live at once."""
        new: list[Waiting] = []
        if room > 0 and len(self._fresh) > 1 and self._newest not in self._in_the_air:
            new.append(self._fresh.pop())
            self._newest = new[0].seq
        while self._fresh and len(new) < room:
            new.append(self._fresh.popleft())
        return new

    def next_due(self) -> float | None:
        """When the next batch in the air has waited too long."""
        return min((w.again_at for w in self._in_the_air.values()), default=None)

    def settle(self, answer: Stored) -> None:
        """Forget what is stored or refused; an answer to another spool is not ours."""
        if answer.spool != self.id:
            return
        self._window = min(WINDOW, self._window + len(answer.stored) + len(answer.refused))
        for seq in answer.stored:
            if waiting := self._in_the_air.pop(seq, None):
                self.tally.stored += waiting.readings
        for number, reason in answer.refused.items():
            if waiting := self._in_the_air.pop(int(number), None):
                self.tally.refused += waiting.readings
                self.tally.reasons[reason] = self.tally.reasons.get(reason, 0) + 1

    def forget_tries(self) -> None:
        """A new connection: whatever was in the air is due at once, and a link just made is tried with the newest alone."""
        self._window = 1
        for waiting in self._in_the_air.values():
            waiting.again_at, waiting.tries = 0.0, 0
