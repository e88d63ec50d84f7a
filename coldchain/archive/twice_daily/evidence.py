"""The record by hand as evidence: where no sensor knows, two good readings that lie close enough speak for the time between.

Only what was entered in time speaks: what is written down afterwards is a memory, and may have been looked up.
"""

from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.twice_daily.entries import Entry, of_compartment
from coldchain.archive.twice_daily.hours import longest_reach_ms, reach_ms
from coldchain.profile import Profile, profile_of


class Known(NamedTuple):
    """From–to, the least and the greatest of both readings."""

    start: int
    end: int
    low_c: float
    high_c: float


async def spans(tx: Tx, compartment: int, start: int, end: int) -> list[Known]:
    """The parts of [start, end) that lie between two readings inside the band that lie close enough, in time."""
    room = select(tables.Compartment.profile).where(tables.Compartment.id == compartment)
    band = profile_of((await tx.scalars(room)).one())
    reach = longest_reach_ms()
    read = await of_compartment(tx, compartment, start - reach, end + reach)
    found = between([each for each in read if each.late_reason is None], band)
    return [
        each._replace(start=max(each.start, start), end=min(each.end, end))
        for each in found
        if each.start < end and each.end > start
    ]


def between(read: list[Entry], band: Profile) -> list[Known]:
    """From each reading to the next, where both are good. Pure."""
    return [
        Known(a.taken_at, b.taken_at, min(a.value_c, b.value_c), max(a.value_c, b.value_c))
        for a, b in pairwise(read)
        if b.taken_at - a.taken_at <= reach_ms(a.day) and band.holds(a.value_c) and band.holds(b.value_c)
    ]
