"""A channel's UTC day: the unit in which the ledger keeps its books. Pure."""

from dataclasses import dataclass

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, order=True)
class ChannelDay:
    """One UTC day of one channel; `day` is its midnight, ms UTC."""

    channel: str
    day: int

    @property
    def end(self) -> int:
        """The next midnight."""
        return self.day + DAY_MS


def day_of(time: int) -> int:
    """The midnight before a time."""
    return time - time % DAY_MS
