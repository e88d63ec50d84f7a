"""In which order the readings of a year arrive: mostly at once, some late, doubled or out of order; and when alerting is down.

A gateway sends what it measures; while its uplink is cut it keeps everything, and afterwards delivers batches of 60: the
newest at once, then the oldest first, beside what it goes on measuring.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bench.county_year.causes import What
from bench.county_year.fridges import BEGINS
from bench.county_year.simulate import Ahead, Year

BATCH = 60
BATCH_EVERY_MS = 2_000
DAY_MS = 86_400_000


class Arrival(NamedTuple):
    """Readings [first, stop) of the year's columns arrive together."""

    at: int
    first: int
    stop: int


@dataclass(frozen=True, slots=True)
class Restart:
    """Alerting is down from `at` until `back`. `is_kill`: what it had just judged was not written any more."""

    at: int
    back: int
    is_kill: bool


@dataclass(frozen=True, slots=True)
class Journal:
    """Arrivals in their order, and restarts."""

    arrivals: Sequence[Arrival]
    restarts: Sequence[Restart]


@dataclass(frozen=True, slots=True)
class Disorder:
    """How badly things arrive; shares of all messages."""

    retried: float = 0.003  # … 10 s to 5 min later, after the next ones
    doubled: float = 0.01  # an ack was lost, it is sent again
    restarts_per_day: float = 1 / 7


USUAL = Disorder()


def journal_of(year: Year, disorder: Disorder = USUAL) -> Journal:
    """How the year of a fridge reaches alerting."""
    rng = random.Random(f"{year.fridge.seed}/journal")
    arrivals = []
    for arrival in [*_live(year, rng, disorder), *_kept(year, rng)]:
        arrivals.append(arrival)
        if rng.random() < disorder.doubled:
            arrivals.append(arrival._replace(at=arrival.at + rng.randint(1_000, 300_000)))
    return Journal(sorted(arrivals), _restarts(year, rng, disorder))


def _live(year: Year, rng: random.Random, disorder: Disorder) -> Iterator[Arrival]:
    cuts = _cuts(year)
    ahead = Ahead(cuts)
    for index, time in enumerate(year.t):
        if ahead.meets(time, time + 1):
            continue
        at = time + 2_000 + round(rng.expovariate(1 / 2_000))
        if rng.random() < disorder.retried:
            at += rng.randint(10_000, 300_000)
        yield Arrival(at, index, index + 1)


def _kept(year: Year, rng: random.Random) -> Iterator[Arrival]:
    """What a gateway delivers when its uplink is back."""
    index = 0
    for start, end in _cuts(year):
        while index < len(year.t) and year.t[index] < start:
            index += 1
        first = index
        while index < len(year.t) and year.t[index] < end:
            index += 1
        batches = list(range(first, index, BATCH))
        for number, at in enumerate([*batches[-1:], *batches[:-1]]):
            jitter = rng.randint(0, 5 * BATCH_EVERY_MS) if number else 0  # of those in the air any may be the first
            yield Arrival(end + 5_000 + number * BATCH_EVERY_MS + jitter, at, min(at + BATCH, index))


def _cuts(year: Year) -> list[tuple[int, int]]:
    """When the uplink is cut, ms UTC, without overlaps."""
    cuts: list[tuple[int, int]] = []
    for cause in year.causes:
        if cause.what is What.UPLINK_CUT:
            start, end = BEGINS + cause.start_s * 1000, BEGINS + cause.end_s * 1000
            if cuts and start <= cuts[-1][1]:
                cuts[-1] = (cuts[-1][0], max(end, cuts[-1][1]))
            else:
                cuts.append((start, end))
    return cuts


def _restarts(year: Year, rng: random.Random, disorder: Disorder) -> list[Restart]:
    found, at = [], float(BEGINS)
    end = BEGINS + year.minutes * 60_000
    while disorder.restarts_per_day:
        at += rng.expovariate(disorder.restarts_per_day / DAY_MS)
        if at >= end:
            break
        back = round(at) + rng.randint(20_000, 300_000)
        found.append(Restart(round(at), back, rng.random() < 0.5))
        at = back
    return found
