"""A few days of one fridge in which much happens, and every way in which its readings may arrive."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from bench.county_year.causes import Cause, What
from bench.county_year.fridges import BEGINS, DAY_S, Fridge
from bench.county_year.journal import Arrival, Journal, Restart
from bench.county_year.simulate import Year, simulate
from firmware_sim.physics.ambient import Climate

HOUR_S = 3600
MINUTE = 60_000
DAYS = 4
EVERY_MIN = 10
FRIDGE = Fridge("f1", "small", "domestic_fridge", "2-8", "steel", Climate(22.0, 2.0, 0.3), 0.0, (1, 3))
CAUSES = [
    Cause(What.AJAR, 9 * HOUR_S, 10 * HOUR_S),
    Cause(What.POWER_CUT, DAY_S, DAY_S + 6 * HOUR_S),
    Cause(What.GARBLED, DAY_S + 3 * HOUR_S, DAY_S + 5 * HOUR_S),
    Cause(What.PROBE_SILENT, DAY_S + 4 * HOUR_S, DAY_S + 4 * HOUR_S + 2_400),
    Cause(What.STUCK, 2 * DAY_S, 2 * DAY_S + 10 * HOUR_S),
    Cause(What.POWER_CUT, 3 * DAY_S + 2 * HOUR_S, 3 * DAY_S + 5 * HOUR_S),
]


def small_year() -> Year:
    """The days, by the physics."""
    return simulate(FRIDGE, CAUSES, DAYS, every_min=EVERY_MIN)


@dataclass(frozen=True)
class Manner:
    """How readings arrive, and how alerting is treated meanwhile."""

    batch: int
    is_shuffled: bool
    is_doubled: bool
    late_days: int
    restarts: str  # none | calm | killed

    def __str__(self) -> str:
        order, doubled = "shuffled" if self.is_shuffled else "in order", "doubled" if self.is_doubled else "once"
        return f"{self.batch} at a time, {order}, {doubled}, {self.late_days} days late, restarts {self.restarts}"


def arriving(year: Year, manner: Manner) -> Journal:
    """The journal of such an arrival; the middle of the readings are the late ones."""
    rng = random.Random(str(manner))
    arrivals = sorted(_arrivals(year, manner, rng))
    return Journal(arrivals, list(_restarts(year, manner, rng)))


def _arrivals(year: Year, manner: Manner, rng: random.Random) -> Iterator[Arrival]:
    count = len(year.t)
    for first in range(0, count, manner.batch):
        stop = min(first + manner.batch, count)
        at = year.t[stop - 1] + 3_000
        if manner.is_shuffled:
            at += rng.randrange(12 * HOUR_S * 1000)
        if count // 4 < first < 3 * count // 4:
            at += manner.late_days * DAY_S * 1000
        yield Arrival(at, first, stop)
        if manner.is_doubled and rng.random() < 0.3:
            yield Arrival(at + rng.randrange(HOUR_S * 1000), first, stop)


def _restarts(year: Year, manner: Manner, rng: random.Random) -> Iterator[Restart]:
    if manner.restarts == "none":
        return
    at = BEGINS
    while at < year.t[-1]:
        at += rng.randrange(1, 8 * HOUR_S * 1000)
        yield Restart(at, at + 20 * MINUTE, manner.restarts == "killed")
        at += 20 * MINUTE
