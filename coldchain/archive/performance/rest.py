"""Which losses of mains found a machine rested: only from those is its holdover one of which its card speaks. Pure.

What the mains did not give is owed, and is paid off by as much time with them. A machine that was out for three hours and
had its mains back for a minute is warm, and holds for a minute.
"""

from collections.abc import Iterable
from typing import Final, Protocol, TypeVar

from coldchain.archive.performance.days import DAY_MS

BEFORE_MS: Final = 7 * DAY_MS  # losses of so long before a period still tell of its first


class Lost(Protocol):
    """A loss of mains, as far as rest goes."""

    @property
    def start(self) -> int:
        """When it began."""

    @property
    def known_to(self) -> int:
        """When it ended; where nobody heard of that, the last that was heard of it."""


L = TypeVar("L", bound=Lost)


def rested(losses: Iterable[L]) -> list[L]:
    """Of one machine's losses, those before which it had had its mains for as long as it had lacked them."""
    found: list[L] = []
    owed, back = 0, 0
    for loss in sorted(losses, key=lambda each: each.start):
        owed = max(0, owed - max(0, loss.start - back))
        if not owed:
            found.append(loss)
        owed += loss.known_to - loss.start
        back = max(back, loss.known_to)
    return found
