"""What a loss of mains proves of a machine's card, and which found it rested: only of those does its card speak. Pure.

What the mains did not give is owed, and is paid off by as much time with them. A machine that was out for three hours and
had its mains back for a minute is warm, and holds for a minute.
"""

from collections.abc import Iterable
from typing import Final, Protocol, TypeVar

BEFORE_MS: Final = 7 * 86_400_000  # losses of so long before a period still tell of its first


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


def share_of(catalogue_ms: int | None, holdover_ms: int | None, held_ms: int | None) -> float | None:
    """What a loss proved of what the card claims; None: nothing."""
    if not catalogue_ms:
        return None
    if holdover_ms is not None:
        return holdover_ms / catalogue_ms
    proved = (held_ms or 0) / catalogue_ms
    return proved if proved >= 1 else None
