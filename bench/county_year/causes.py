"""What happens to a fridge in a year: how often, how long. From causes follows what is danger and what is daily work."""

import random
from dataclasses import dataclass
from enum import StrEnum

from bench.county_year.fridges import DAY_S, MONTH_S, Fridge
from firmware_sim.physics.door import HABITS, openings

HOUR_S = 3600


class What(StrEnum):
    """The causes."""

    POWER_CUT = "power_cut"
    COMPRESSOR = "compressor"  # does not start any more, until somebody has mended it
    LEAK = "leak"  # of refrigerant; amount = hours until 1/e is left
    STUCK = "stuck"  # a thermostat's contact welded shut: it cools on and on
    TURNED = "turned"  # somebody turned the knob; amount = K
    AJAR = "ajar"  # a door that did not close
    DELIVERY = "delivery"  # amount = K by which the contents are warmer
    STOCK_TAKE = "stock_take"
    POWER_ON_VALUE = "power_on_value"  # 85.0
    GARBLED = "garbled"
    ZERO_SCRATCHPAD = "zero_scratchpad"
    PROBE_SILENT = "probe_silent"
    UPLINK_CUT = "uplink_cut"  # the gateway measures on and delivers later
    GATEWAY_OFF = "gateway_off"  # nothing is measured


DANGERS = frozenset({What.POWER_CUT, What.COMPRESSOR, What.LEAK, What.STUCK, What.TURNED, What.AJAR})
DAILY_WORK = frozenset({What.DELIVERY, What.STOCK_TAKE})


@dataclass(frozen=True, slots=True)
class Cause:
    """One of them, from–to in seconds since the first local midnight."""

    what: What
    start_s: int
    end_s: int
    amount: float = 0.0

    def holds(self, at_s: int) -> bool:
        """True while it lasts."""
        return self.start_s <= at_s < self.end_s


@dataclass(frozen=True, slots=True)
class Rate:
    """How often per fridge and month, and how long: at least, on average beyond that (exponential), at most."""

    per_month: float
    least_s: int
    mean_s: int
    most_s: int
    amounts: tuple[float, float] = (0.0, 0.0)
    by_day: bool = False  # only where people are at work


# Assumed, and written down so that anybody can argue: a county where something happens. Long rows are what a year is
# for: a SIM card that nobody paid, a leak that nobody hears.
RATES = {
    What.POWER_CUT: Rate(0.5, 300, 5_400, 12 * HOUR_S),
    What.COMPRESSOR: Rate(0.02, 4 * HOUR_S, 12 * HOUR_S, 3 * DAY_S),
    What.LEAK: Rate(0.01, 5 * DAY_S, 5 * DAY_S, 20 * DAY_S, (80, 300)),
    What.STUCK: Rate(0.02, 4 * HOUR_S, 12 * HOUR_S, 3 * DAY_S),
    What.TURNED: Rate(0.03, 6 * HOUR_S, 24 * HOUR_S, 4 * DAY_S, (-5.0, 4.0), by_day=True),
    What.AJAR: Rate(0.08, 1_200, 7_200, 16 * HOUR_S, by_day=True),
    What.DELIVERY: Rate(1.0, 120, 120, 600, (0.2, 1.0), by_day=True),
    What.STOCK_TAKE: Rate(0.5, 60, 120, 420, by_day=True),
    What.POWER_ON_VALUE: Rate(0.5, 60, 120, 3_600),
    What.GARBLED: Rate(1.0, 60, 300, 2 * HOUR_S),
    What.ZERO_SCRATCHPAD: Rate(0.3, 60, 600, 3 * HOUR_S),
    What.PROBE_SILENT: Rate(0.3, 300, 3 * HOUR_S, 5 * DAY_S),
    What.UPLINK_CUT: Rate(1.0, 600, 8 * HOUR_S, 20 * DAY_S),
    What.GATEWAY_OFF: Rate(0.2, 300, 2 * HOUR_S, 3 * DAY_S),
}
_LONG_CUT = Rate(0.03, 10 * DAY_S, 8 * DAY_S, 30 * DAY_S - HOUR_S)  # of the uplink
BATTERY_S = (2 * HOUR_S, 8 * HOUR_S)  # for which a gateway measures on in a power cut


def causes_of(fridge: Fridge, days: int, trouble: float = 1.0) -> list[Cause]:
    """All that happens to a fridge, by start; what of one kind follows is not before the one before is over.

    `trouble` times as often as usual, daily work apart: so that a short run has something to show.
    """
    found: list[Cause] = []
    for what, rate in RATES.items():
        often = 1.0 if what in DAILY_WORK else trouble
        found += _drawn(what, rate, random.Random(f"{fridge.seed}/{what}"), days, often)
    rng = random.Random(f"{fridge.seed}/long")
    found += _drawn(What.UPLINK_CUT, _LONG_CUT, rng, days, trouble)
    for cut in [cause for cause in found if cause.what is What.POWER_CUT]:
        empty_s = cut.start_s + rng.randint(*BATTERY_S)
        if empty_s < cut.end_s:
            found.append(Cause(What.GATEWAY_OFF, empty_s, cut.end_s))
    return sorted(found, key=lambda cause: (cause.start_s, cause.what))


def _drawn(what: What, rate: Rate, rng: random.Random, days: int, often: float) -> list[Cause]:
    found: list[Cause] = []
    at_s = 0.0
    while True:
        at_s += rng.expovariate(often * rate.per_month / MONTH_S)
        start_s = round(at_s)
        if rate.by_day:
            start_s = start_s // DAY_S * DAY_S + rng.randint(8 * HOUR_S, 17 * HOUR_S)
        if start_s >= days * DAY_S:
            return found
        lasts_s = min(rate.most_s, rate.least_s + round(rng.expovariate(1 / rate.mean_s)))
        end_s = min(start_s + lasts_s, days * DAY_S)
        if not found or start_s > found[-1].end_s:
            found.append(Cause(what, start_s, end_s, rng.uniform(*rate.amounts)))
        at_s = max(at_s, float(end_s))


def door_openings(fridge: Fridge, day: int) -> tuple[tuple[int, int], ...]:
    """When people open the door for their work; much on the days on which children are vaccinated."""
    habit = HABITS["never"]
    if fridge.is_session(day):
        rng = random.Random(f"{fridge.seed}/habit/{day}")
        habit = HABITS[rng.choice(("normal", "frequent-short", "busy", "few-but-long"))]
    elif (day + 3) % 7 < 5:
        habit = HABITS["best"]
    return openings(habit, fridge.seed, day)
