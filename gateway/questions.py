"""When a box without a clock asks what time it is; pure. Used by: uplink, which sends the questions and hears the answers.

A question is an empty batch that is never sent twice: what answers it was said after it was asked, so that its `now` tells
the time (`clockwatch`). While nobody answers they come ever more rarely; each costs the card a write.
"""

from coldchain.backoff import delays

LONGEST_WAIT_S = 300.0
KEPT = 32  # questions whose answers, however late, still bound the time


class Questions:
    """Those that were asked, and when the next is due. `now` is seconds of any clock that only rises."""

    def __init__(self, patience_s: float) -> None:
        self.next_at = 0.0
        self._patience_s = patience_s
        self._waits = delays(patience_s, LONGEST_WAIT_S)
        self._not_before = 0.0
        self._asked: dict[int, int] = {}  # seq → the ticks at which it was asked

    def asked(self, seq: int, now: float, ticks: int) -> None:
        """One is on its way."""
        self.next_at = now + next(self._waits)
        self._not_before = now + self._patience_s
        self._asked[seq] = ticks
        if len(self._asked) > KEPT:
            del self._asked[min(self._asked)]

    def put_off(self, until: float) -> None:
        """None can be made just now."""
        self.next_at = until

    def soon(self) -> None:
        """Somebody is there (again): do not wait as long as in silence, nor ask without pause."""
        self._waits = delays(self._patience_s, LONGEST_WAIT_S)
        self.next_at = min(self.next_at, self._not_before)

    def answered(self, seq: int) -> int | None:
        """The ticks at which a question was asked; None if it is none of ours, or answered already."""
        return self._asked.pop(seq, None)

    def forget(self) -> None:
        """The spool was begun anew: its numbers too."""
        self._asked.clear()
