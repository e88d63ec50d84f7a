"""How often one number may be reached, as the fakes count it: each provider has its own kind of window."""

from collections import defaultdict
from collections.abc import Callable

DAY_S = 86400
BEIJING_S = 8 * 3600

Window = Callable[[list[float], float], int]  # times of what was taken before, now -> how many of them count


def sliding(within_s: float) -> Window:
    """What lies within the last so many seconds."""
    return lambda taken, now: sum(now - at < within_s for at in taken)


def from_first(within_s: float) -> Window:
    """A window opens at a first call, counts, and opens anew at the first call after its end."""

    def count(taken: list[float], now: float) -> int:
        start, counted = float("-inf"), 0
        for at in taken:
            if at - start >= within_s:
                start, counted = at, 0
            counted += 1
        return counted if now - start < within_s else 0

    return count


def natural_day(taken: list[float], now: float) -> int:
    """What lies in today, as Beijing counts days."""
    return sum((at + BEIJING_S) // DAY_S == (now + BEIJING_S) // DAY_S for at in taken)


def of_hours(from_hour: int, within_s: float) -> Window:
    """What lies in the window of now that opens each day at this hour of Beijing's clock; nothing counts outside it."""

    def count(taken: list[float], now: float) -> int:
        opened = now - (now + BEIJING_S - from_hour * 3600) % DAY_S
        return sum(at >= opened for at in taken) if now - opened < within_s else 0

    return count


class Windows:
    """The limits of one service, counted per key (a number, or a number with a template)."""

    def __init__(self, *limits: tuple[str, int, Window]) -> None:
        self._limits = limits
        self._taken: defaultdict[object, list[float]] = defaultdict(list)

    def over(self, key: object, now: float) -> str | None:
        """The name of the first limit that one more would exceed; None when it may pass, and it is counted."""
        for name, times, window in self._limits:
            if window(self._taken[key], now) >= times:
                return name
        self._taken[key].append(now)
        return None
