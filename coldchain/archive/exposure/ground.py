"""What exposures are built from: which probes hung in which compartments when, and which excursions were in them.

assignments ─► probes ─► (their readings)          excursions ─► how many touch a stay
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from coldchain.archive.db import Tx
from coldchain.archive.tables import Assignment, Channel, Excursion
from coldchain.excursion import CaseState, Kind
from coldchain.exposure import GAP_INTERVALS
from coldchain.reading import Quantity

_COUNTING = (CaseState.OPEN.value, CaseState.CLOSED.value)
_TEMPERATURES = tuple(kind.value for kind in Kind if kind.is_temperature)


@dataclass(frozen=True, slots=True)
class Probe:
    """From–to (None: still) this channel measures the temperature in a compartment."""

    channel: str
    start: int
    end: int | None
    gap_ms: int

    def is_there(self, start: int, end: int) -> bool:
        """True when it hung there at some moment of [start, end)."""
        return self.start < end and (self.end is None or self.end > start)


@dataclass(frozen=True, slots=True)
class Episode:
    """An excursion of temperature in a compartment, from its first to its last bad reading."""

    excursion: str
    compartment: int
    first: int
    last: int


async def probes_in(tx: Tx, compartments: Collection[int], start: int, end: int) -> dict[int, list[Probe]]:
    """The probes of these compartments that hung there at some moment of [start, end), by compartment."""
    query = (
        select(Assignment.compartment, Assignment.channel, Assignment.start, Assignment.end, Assignment.interval_s)
        .join(Channel, Channel.name == Assignment.channel)
        .where(Assignment.compartment.in_(compartments), Channel.quantity == Quantity.TEMPERATURE.value)
        .where(Assignment.start < end, or_(Assignment.end.is_(None), Assignment.end > start))
        .order_by(Assignment.compartment, Assignment.channel, Assignment.start)
    )
    found: dict[int, list[Probe]] = defaultdict(list)
    for compartment, channel, since, until, interval_s in await tx.execute(query):
        if compartment is not None:
            found[compartment].append(Probe(channel, since, until, GAP_INTERVALS * 1000 * interval_s))
    return found


async def rooms_of(tx: Tx, channels: Collection[str]) -> dict[str, set[int]]:
    """The compartments whose temperature each channel ever measured."""
    query = select(Assignment.channel, Assignment.compartment).distinct()
    query = query.join(Channel, Channel.name == Assignment.channel)
    query = query.where(Assignment.channel.in_(channels), Channel.quantity == Quantity.TEMPERATURE.value)
    found: dict[str, set[int]] = defaultdict(set)
    for channel, compartment in await tx.execute(query):
        if compartment is not None:
            found[channel].add(compartment)
    return found


async def gaps(tx: Tx) -> dict[str, int]:
    """How far a reading of each channel reaches at most: it tells what was up to so many ms before and after it."""
    rows = await tx.execute(select(Assignment.channel, Assignment.interval_s))
    found: dict[str, int] = {}
    for channel, interval_s in rows:
        found[channel] = max(found.get(channel, 0), GAP_INTERVALS * 1000 * interval_s)
    return found


async def channels_in(tx: Tx, compartment: int, start: int, end: int | None) -> list[tuple[str, int, int | None]]:
    """The channels that measured a compartment in [start, end), each as long as it did."""
    query = select(Assignment.channel, Assignment.start, Assignment.end).where(Assignment.compartment == compartment)
    query = query.where(or_(Assignment.end.is_(None), Assignment.end > start))
    if end is not None:
        query = query.where(Assignment.start < end)
    return [(channel, since, until) for channel, since, until in await tx.execute(query)]


async def episodes(tx: Tx, compartments: Collection[int], start: int, end: int) -> list[Episode]:
    """The excursions of temperature in these compartments that touch [start, end) and count."""
    kind = Excursion
    query = select(kind.id, kind.compartment, kind.first_bad, kind.last_bad).where(
        kind.compartment.in_(compartments), kind.first_bad < end, kind.last_bad >= start
    )
    rows = await tx.execute(query.where(kind.state.in_(_COUNTING), kind.kind.in_(_TEMPERATURES)))
    return [Episode(id_, room, first, last) for id_, room, first, last in rows if room is not None]


def touching(found: Iterable[Episode], compartment: int, spans: Sequence[tuple[int, int]]) -> set[str]:
    """Which of them lie in one of these spans of a compartment."""
    return {
        each.excursion
        for each in found
        if each.compartment == compartment and any(each.first < end and each.last >= start for start, end in spans)
    }
