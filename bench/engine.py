"""What judging costs: readings a second through `advance`, bytes kept of a channel, a year of one-minute data at once.

Pure CPU of one core, the best of some rounds. Readings come in batches of 60, as a gateway that was away sends them;
those that are out are out in rows of half an hour, as excursions are.
"""

import math
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FunctionType

from alerting.excursion.rules import SHIPPED, Pack, load_pack
from alerting.excursion.stretch import Place, Stay, Stretch, stretches_of
from alerting.excursion.verdicts import Judged, advance, judge
from coldchain.reading import Trace

MINUTE = 60_000
BATCH = 60
READINGS = 240_000
YEAR = 525_600
ROUNDS, LONGEST_S = 3, 1.5  # no further round once so much was spent
CHANNELS = 1_000
ROW = 30  # readings of one excursion
CHANNEL = "gw-1/28ff641e/temperature"
GOAL_PER_S, GOAL_BYTES, GOAL_YEAR_S = 2_000_000, 400, 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What came out; rates in readings a second of CPU."""

    rates: dict[str, float]
    calm_bytes: dict[str, int]
    out_bytes: dict[str, int]
    year_s: dict[str, float]


def run() -> Figures:
    """Measure all of it, under each choice of packs."""
    figures = Figures({}, {}, {}, {})
    for packs in pack_choices():
        name, stretches = " + ".join(pack.name for pack in packs), stretches_under(packs)
        for shape, values in shapes().items():
            figures.rates[f"{name}; {shape}"] = READINGS / best(through(stretches, batches(values)))
        whole = trace_of(calm(YEAR, random.Random(5)))
        figures.year_s[name] = best(lambda stretches=stretches, whole=whole: judge(stretches, whole))  # type: ignore[misc]
        figures.calm_bytes[name] = kept_bytes(stretches, [4.0, 4.1])
        figures.out_bytes[name] = kept_bytes(stretches, [4.0, *[9.0 + n / 16 for n in range(40)]])
    return figures


def pack_choices() -> list[list[Pack]]:
    """The county's pack alone, and with the watch over probes beside it, where that is shipped."""
    alone = load_pack("cn-2017")
    return [[alone], *([[alone, load_pack("watch")]] if (SHIPPED / "watch.toml").exists() else [])]


def stretches_under(packs: Sequence[Pack]) -> Sequence[Stretch]:
    """One channel at one place for ever."""
    place = Place(MINUTE, "2-8", "F1", 1)
    return stretches_of([Stay(place, 0, None)], {pack.name: pack for pack in packs}, [pack.name for pack in packs])


def shapes() -> dict[str, list[float]]:
    """What channels do."""
    return {
        "0.5 % out": with_rows_out(0.005),
        "20 % out": with_rows_out(0.2),
        "all wandering": wandering(READINGS, random.Random(7)),
    }


def calm(count: int, rng: random.Random) -> list[float]:
    """A fridge that cycles, read with a DS18B20's noise and steps."""
    return [round((4.8 + 0.6 * math.sin(n / 9) + rng.gauss(0, 0.03)) / 0.0625) * 0.0625 for n in range(count)]


def with_rows_out(share: float) -> list[float]:
    """The same, with a share of the readings out."""
    rng = random.Random(6)
    values = calm(READINGS, rng)
    for start in range(0, READINGS, round(ROW / share)):
        for n in range(start, min(start + ROW, READINGS)):
            values[n] += 6.0
    return values


def wandering(count: int, rng: random.Random) -> list[float]:
    """A walk that is as often out on either side as inside, and crosses the limits all the time."""
    values, value = [], 5.0
    for _ in range(count):
        value += rng.gauss(0, 0.8) + (5.0 - value) * 0.02
        values.append(round(value / 0.0625) * 0.0625)
    return values


def trace_of(values: Sequence[float], first: int = 0) -> Trace:
    """One reading a minute; `first` numbers the first of them."""
    return Trace(CHANNEL, [MINUTE * (first + n) for n in range(len(values))], list(values), [0] * len(values))


def batches(values: Sequence[float]) -> list[Trace]:
    """The same in batches."""
    return [trace_of(values[at : at + BATCH], at) for at in range(0, len(values), BATCH)]


def through(stretches: Sequence[Stretch], traces: Sequence[Trace]) -> Callable[[], None]:
    """A run of `advance` over them."""

    def work() -> None:
        judged = Judged()
        for trace in traces:
            judged, _ = advance(judged, stretches, trace)

    return work


def best(work: Callable[[], object]) -> float:
    """CPU seconds of the quickest round."""
    took: list[float] = []
    while len(took) < ROUNDS and sum(took) < LONGEST_S:
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


def kept_bytes(stretches: Sequence[Stretch], values: Sequence[float]) -> int:
    """What stays in memory of each of many channels; what they share counts once among them all."""
    channels = []
    for number in range(CHANNELS):
        judged, _ = advance(Judged(), stretches, trace_of(values, 10**6 + number * 100))
        channels.append(judged)
    return deep_bytes(channels, set()) // CHANNELS


def deep_bytes(thing: object, seen: set[int]) -> int:
    """The size of an object with all that it refers to; classes, functions and small numbers belong to everybody."""
    is_small = isinstance(thing, int) and -5 <= thing <= 256
    if id(thing) in seen or thing is None or is_small or isinstance(thing, (type, FunctionType)):
        return 0
    seen.add(id(thing))
    return sys.getsizeof(thing) + sum(deep_bytes(part, seen) for part in parts_of(thing))


def parts_of(thing: object) -> list[object]:
    """What an object refers to."""
    if isinstance(thing, dict):
        return [part for pair in thing.items() for part in pair]
    if isinstance(thing, (list, tuple, set, frozenset)):
        return list(thing)
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    return [getattr(thing, name) for name in slots if hasattr(thing, name)] + list(
        getattr(thing, "__dict__", {}).values()
    )


def show(figures: Figures, calibration_s: float) -> None:
    """Print the table."""
    print(f"\njudging, one core, batches of {BATCH} readings (aim ≥ {GOAL_PER_S / 1e6:g} M/s with 0.5 % out)")
    print(f"{'':44}{'M readings/s':>14}{'per calibration loop':>24}")
    for name, rate in figures.rates.items():
        print(f"{name:44}{rate / 1e6:14.2f}{rate * calibration_s / 1e6:22.2f} M")
    print(f"{'':44}{'year of a channel':>18}{'calm':>10}{'in excursion':>14}")
    for name, seconds in figures.year_s.items():
        print(f"{name:44}{seconds:16.3f} s{figures.calm_bytes[name]:8} B{figures.out_bytes[name]:12} B")
    print(f"aim: a year of one-minute data < {GOAL_YEAR_S:g} s, ≤ {GOAL_BYTES} B of state per channel")
