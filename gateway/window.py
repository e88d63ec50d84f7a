"""How many batches may be in the air, which waits for an answer, and which is next; pure. Used by: uplink.

Each answer makes the window one wider, up to 8; each time-out halves it. A batch waits 10 s for its answer, then twice as long
each time, up to 5 min; five times unanswered it goes behind all others, so that one bad batch never holds up the rest.
"""

import random
from dataclasses import dataclass, field

from coldchain.wire import WINDOW

LONGEST_WAIT_S = 300.0
TRIES_IN_FRONT = 5
_JITTER = 0.25


@dataclass(slots=True)
class Flight:
    """A batch that was sent, or waits to be sent again. `expires` is None while it is not in the air."""

    seq: int
    is_newest: bool = False  # it has the slot for the newest readings
    is_found: bool = False  # it was in the spool already: another run may have sent it, nobody knows when
    tries: int = 0  # how often it was sent
    late: int = 0  # how often the answer did not come in time
    first_ticks: int | None = None  # when it was sent for the first time ever; whatever answers it was said after that
    expires: float | None = None

    @property
    def is_behind(self) -> bool:
        """True once it was unanswered too often."""
        return self.tries >= TRIES_IN_FRONT


@dataclass(slots=True)
class Window:
    """All batches without an answer. Times are seconds of any clock that only rises."""

    first_wait_s: float = 10.0
    size: int = WINDOW
    flights: dict[int, Flight] = field(default_factory=dict)
    rng: random.Random = field(default_factory=random.Random)

    def add(self, seq: int, *, is_newest: bool = False, is_found: bool = False) -> Flight:
        """A batch that was just made, or is found in the spool at start."""
        return self.flights.setdefault(seq, Flight(seq, is_newest, is_found))

    @property
    def in_air(self) -> int:
        """How many wait for an answer."""
        return sum(flight.expires is not None for flight in self.flights.values())

    @property
    def has_room(self) -> bool:
        """True if another may be sent."""
        return self.in_air < self.size

    @property
    def newest_is_open(self) -> bool:
        """True if the slot for the newest readings is free."""
        return not any(flight.is_newest and not flight.is_behind for flight in self.flights.values())

    def next_again(self, *, behind: bool) -> Flight | None:
        """The batch to send again: the newest slot's first, then the oldest; those unanswered too often only if asked for."""
        waiting = [f for f in self.flights.values() if f.expires is None and f.is_behind is behind]
        return min(waiting, key=lambda f: (not f.is_newest, f.tries // TRIES_IN_FRONT, f.seq), default=None)

    def sent(self, flight: Flight, now: float, ticks: int) -> None:
        """It is in the air."""
        wait_s = min(LONGEST_WAIT_S, self.first_wait_s * 2**flight.late)
        if flight.tries == 0 and not flight.is_found:
            flight.first_ticks = ticks
        flight.tries += 1
        flight.expires = now + wait_s * self.rng.uniform(1.0, 1.0 + _JITTER)

    def answered(self, seq: int) -> Flight | None:
        """It is settled; None if it was already."""
        flight = self.flights.pop(seq, None)
        if flight is not None:
            self.size = min(WINDOW, self.size + 1)
        return flight

    def expire(self, now: float) -> int:
        """Take down those that waited too long; returns how many."""
        late = [f for f in self.flights.values() if f.expires is not None and f.expires <= now]
        for flight in late:
            flight.expires = None
            flight.late += 1
        if late:
            self.size = max(1, self.size // 2)
        return len(late)

    def ground(self) -> None:
        """The connection is gone: all wait to be sent again, without waiting longer for it.

        Their tries count all the same: a batch that makes a broker hang up must not stay in front.
        """
        for flight in self.flights.values():
            flight.expires = None

    def next_expiry(self) -> float | None:
        """When the next one will have waited too long."""
        return min((f.expires for f in self.flights.values() if f.expires is not None), default=None)
