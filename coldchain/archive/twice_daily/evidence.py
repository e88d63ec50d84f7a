"""The record by hand as evidence: where no sensor knows, two good readings that lie close enough speak for the time between.

Only what was entered in time speaks: what is written down afterwards is a memory, and may have been looked up.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from coldchain.archive import uses
from coldchain.archive.db import Tx
from coldchain.archive.twice_daily.entries import Entry, of_compartment
from coldchain.archive.twice_daily.hours import longest_reach_ms, reach_ms
from coldchain.archive.uses import Use
from coldchain.profile import profile_of


class Known(NamedTuple):
    """From–to, the least and the greatest of both readings."""

    start: int
    end: int
    low_c: float
    high_c: float


async def spans(tx: Tx, compartment: int, start: int, end: int) -> list[Known]:
    """The parts of [start, end) that lie between two readings inside the band that lie close enough, in time."""
    used = await uses.of(tx, compartment)
    reach = longest_reach_ms()
    read = await of_compartment(tx, compartment, start - reach, end + reach)
    found = between([each for each in read if each.late_reason is None], used)
    return [
        each._replace(start=max(each.start, start), end=min(each.end, end))
        for each in found
        if each.start < end and each.end > start
    ]


def between(read: list[Entry], used: Sequence[Use]) -> list[Known]:
    """From each reading to the next, where both are good: inside the band that the place was to keep then. Pure."""
    return [
        Known(a.taken_at, b.taken_at, min(a.value_c, b.value_c), max(a.value_c, b.value_c))
        for a, b in pairwise(read)
        if b.taken_at - a.taken_at <= reach_ms(a.day) and _is_good(a, used) and _is_good(b, used)
    ]


def _is_good(read: Entry, used: Sequence[Use]) -> bool:
    its = next(each for each in used if each.start <= read.taken_at and (each.end is None or read.taken_at < each.end))
    return profile_of(its.profile).holds(read.value_c)
