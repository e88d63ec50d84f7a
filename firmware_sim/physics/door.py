"""How people open a cabinet's door on a day: how often, for how long, at what hours.

The habits are those measured on some 1,200 vaccine refrigerators; half of them are opened twice a day or less.
"""

import random
from dataclasses import dataclass
from functools import lru_cache

from firmware_sim.physics.ambient import DAY_S

_OPENS_S = 8 * 3600
_CLOSES_S = 17 * 3600 + 1800


@dataclass(frozen=True, slots=True)
class Habit:
    """Openings per day and the seconds that the door stands open in a day, over all of them."""

    opens: int
    seconds: int


HABITS = {
    "never": Habit(0, 0),
    "best": Habit(2, 60),
    "median": Habit(2, 86),
    "normal": Habit(6, 160),
    "frequent-short": Habit(10, 290),
    "busy": Habit(16, 440),
    "few-but-long": Habit(3, 530),
}


@lru_cache(maxsize=512)
def openings(habit: Habit, seed: str, day: int) -> tuple[tuple[int, int], ...]:
    """(from, to) of one local day's openings, in seconds since the first day's midnight, by time."""
    rng = random.Random(f"{seed}/door/{day}")
    longest_s = 2 * habit.seconds // max(1, habit.opens)
    starts = sorted(rng.randrange(_OPENS_S, _CLOSES_S, 10) for _ in range(habit.opens))
    lengths = [max(10, round(rng.uniform(0.25, 0.75) * longest_s, -1)) for _ in starts]
    return tuple((day * DAY_S + start, day * DAY_S + start + int(s)) for start, s in zip(starts, lengths, strict=True))


def is_open(habit: Habit, seed: str, local_s: int) -> bool:
    """True while somebody has the door open."""
    return any(start <= local_s < end for start, end in openings(habit, seed, local_s // DAY_S))
