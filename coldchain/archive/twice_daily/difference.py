"""The display against our own probes, reckoned only when an entry stands; pure: the caller read the probes.

    entry + readings around it ─► Ours (nearest believed of each probe, how far off) ─► over many entries ─► a lasting one?

Which of the two is wrong nobody knows from this: a certificate tells. That they differ for days is a finding.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from coldchain.archive.twice_daily.entries import Entry
from coldchain.archive.twice_daily.hours import terms
from coldchain.reading import Trace, is_believed


@dataclass(frozen=True, slots=True)
class Ours:
    """What one probe said nearest to a reading of the display, and how much more the display showed."""

    channel: str
    time: int
    value_c: float
    difference_c: float


@dataclass(frozen=True, slots=True)
class Differences:
    """How a display and a probe stood to each other in the newest entries; `is_lasting` is a finding."""

    compartment: int
    channel: str
    readings: int
    median_c: float
    least_c: float
    greatest_c: float
    is_lasting: bool


def ours(entry: Entry, traces: Iterable[Trace]) -> list[Ours]:
    """The nearest believed reading of each probe, where it has one near enough; by channel."""
    found = [_nearest(entry, trace) for trace in traces]
    return sorted((each for each in found if each is not None), key=lambda each: each.channel)


def differences(compartment: int, compared: Mapping[int, Sequence[Ours]]) -> list[Differences]:
    """A compartment's probes, each over its newest entries; `compared` is by the time of the entry."""
    by_channel: dict[str, list[float]] = defaultdict(list)
    for _, each in sorted(compared.items()):
        for one in each:
            by_channel[one.channel].append(one.difference_c)
    return [_summed(compartment, channel, found) for channel, found in sorted(by_channel.items())]


def is_finding(found: Sequence[Differences]) -> bool:
    """True when the display is off for long from every probe beside it: one at the lid may well be warmer."""
    return bool(found) and all(each.is_lasting for each in found)


def _summed(compartment: int, channel: str, all_of_it: Sequence[float]) -> Differences:
    newest = all_of_it[-terms().of_readings :]
    is_enough = len(newest) == terms().of_readings
    is_one_sided = min(newest) > 0 or max(newest) < 0
    return Differences(
        compartment=compartment,
        channel=channel,
        readings=len(all_of_it),
        median_c=round(median(newest), 2),
        least_c=min(all_of_it),
        greatest_c=max(all_of_it),
        is_lasting=is_enough and is_one_sided and abs(median(newest)) > terms().lasting_c,
    )


def _nearest(entry: Entry, trace: Trace) -> Ours | None:
    near = [
        (abs(t - entry.taken_at), t, v)
        for t, v, q in zip(trace.t, trace.v, trace.q, strict=True)
        if v is not None and is_believed(q) and abs(t - entry.taken_at) <= terms().nearest_ms
    ]
    if not near:
        return None
    _, time, value_c = min(near)
    return Ours(trace.channel, time, value_c, round(entry.value_c - value_c, 2))
