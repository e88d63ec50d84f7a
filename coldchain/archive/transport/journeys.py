"""Runs with all that belongs to them: where each goes, what rides along, what was read and moved, what its record lacks.

Made for many at once: a round of three hundred facilities is a handful of queries.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from sqlalchemy import select

from coldchain.archive import tables, views
from coldchain.archive.db import Tx
from coldchain.archive.images import digest
from coldchain.archive.lots import Movement
from coldchain.archive.rows import record_of
from coldchain.archive.transport import cargo
from coldchain.archive.transport.findings import Carrier, Finding, findings
from coldchain.archive.transport.words import Reading, Run, Stop
from coldchain.profile import profile_of
from coldchain.reading import ChannelName, Quantity

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Journey:
    """All of a run."""

    run: Run
    stops: tuple[Stop, ...]
    carriers: tuple[Carrier, ...]
    loggers: tuple[str, ...]  # channels that were put there for it
    readings: tuple[Reading, ...]
    movements: tuple[Movement, ...]
    put_off: Mapping[str, int]  # doses that left its carriers, by facility
    findings: tuple[Finding, ...]

    @property
    def state(self) -> str:
        """A digest over what people wrote of it: whoever ends it says which state they saw."""
        return digest(msgspec.to_builtins([self.run, self.stops, self.readings, self.movements]))

    @property
    def loaded(self) -> list[Movement]:
        """The movements that brought doses on board."""
        riding = {each.compartment for each in self.carriers}
        return [each for each in self.movements if each.target in riding and each.source not in riding]


async def journey(tx: Tx, run: Run, watched: Collection[int] = ()) -> Journey:
    """One run; `watched` are the carriers that readings cover so far (`coldchain.ledger.roads`), once it ended its own word."""
    return (await journeys(tx, [run], watched))[0]


async def journeys(tx: Tx, runs: Sequence[Run], watched: Collection[int] = ()) -> list[Journey]:
    """Many runs, in their order."""
    if not runs:
        return []
    numbers = [run.id for run in runs]
    parts = await _parts(tx, numbers)
    return [_put_together(run, parts, watched) for run in runs]


@dataclass(frozen=True, slots=True)
class _Parts:
    """What belongs to some runs, by their numbers."""

    stops: Mapping[int, list[Stop]]
    rooms: Mapping[int, list[tuple[tables.RunCarrier, tables.Compartment]]]
    loggers: Mapping[int, list[str]]
    readings: Mapping[int, list[Reading]]
    movements: Mapping[int, list[Movement]]
    assignments: Mapping[int, list[tables.Assignment]]  # by compartment
    facilities: Mapping[int, str]  # by compartment


async def _parts(tx: Tx, numbers: Sequence[int]) -> _Parts:
    stop, carrier, room = tables.RunStop, tables.RunCarrier, tables.Compartment
    logger, read = tables.RunChannel, tables.RunReading
    stops = await tx.scalars(select(stop).where(stop.run.in_(numbers)).order_by(stop.run, stop.position))
    riding = select(carrier, room).join(room, room.id == carrier.compartment).order_by(carrier.run, room.id)
    rooms = [(row[0].run, (row[0], row[1])) for row in await tx.execute(riding.where(carrier.run.in_(numbers)))]
    loggers = await tx.execute(
        select(logger.run, logger.channel).where(logger.run.in_(numbers)).order_by(logger.channel)
    )
    readings = await tx.scalars(select(read).where(read.run.in_(numbers)).order_by(read.at, read.id))
    moved = await cargo.moved(tx, numbers)
    targets = sorted({each.target for each in moved if each.target is not None})
    return _Parts(
        _by((record_of(row, Stop) for row in stops), lambda each: each.run),
        _by_first(rooms),
        _by_first((row.run, row.channel) for row in loggers),
        _by((record_of(row, Reading) for row in readings), lambda each: each.run),
        _by(moved, lambda each: each.run or 0),
        await _assignments(tx, sorted({each.id for _, (_, each) in rooms})),
        {number: unit.facility for number, (_, unit) in (await views.compartments_of(tx, targets)).items()},
    )


async def _assignments(tx: Tx, rooms: Sequence[int]) -> Mapping[int, list[tables.Assignment]]:
    """The thermometers of carriers, whenever they were there."""
    rows = await tx.scalars(select(tables.Assignment).where(tables.Assignment.compartment.in_(rooms)))
    thermometers = [row for row in rows if ChannelName.parse(row.channel).quantity is Quantity.TEMPERATURE]
    return _by(thermometers, lambda each: each.compartment or 0)


def _put_together(run: Run, parts: _Parts, watched: Collection[int]) -> Journey:
    read = parts.readings.get(run.id, [])
    stops = parts.stops.get(run.id, [])
    carriers = [
        Carrier(
            room.id, f"{room.equipment}/{room.name}", profile_of(room.profile), _is_measured(run, row, parts, read, watched)
        )
        for row, room in parts.rooms.get(run.id, [])
    ]  # fmt: skip
    moved = parts.movements.get(run.id, [])
    put_off = _put_off(moved, {each.compartment for each in carriers}, parts.facilities)
    return Journey(
        run=run,
        stops=tuple(stops),
        carriers=tuple(carriers),
        loggers=tuple(parts.loggers.get(run.id, ())),
        readings=tuple(read),
        movements=tuple(moved),
        put_off=put_off,
        findings=tuple(findings(run, carriers, stops, read, put_off)),
    )


def span_of(carrier: int, read: Iterable[Reading]) -> tuple[Reading, Reading] | None:
    """The first and the last reading of a carrier that count; None where it was not read twice."""
    its = [each for each in read if each.carrier == carrier and each.withdrawn_at is None]
    its.sort(key=lambda each: each.at)
    return (its[0], its[-1]) if len(its) > 1 else None


def _is_measured(
    run: Run, row: tables.RunCarrier, parts: _Parts, read: Sequence[Reading], watched: Collection[int]
) -> bool:
    """On its way as readings say by now; at its end as they said then; long ago, as loggers were sent along."""
    if run.ended_at is None:
        return row.compartment in watched
    if row.is_measured is not None:
        return row.is_measured
    span = span_of(row.compartment, read)
    start, end = (span[0].at, span[1].at) if span else (run.started_at, run.started_at + 1)
    there = parts.assignments.get(row.compartment, ())
    return any(each.start <= start and (each.end is None or each.end >= end) for each in there)


def _put_off(moved: Iterable[Movement], riding: set[int], facilities: Mapping[int, str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for each in moved:
        if each.source in riding and each.target is not None and each.target not in riding:
            found[facilities[each.target]] += each.doses
    return found


def _by(values: Iterable[V], key: Callable[[V], K]) -> dict[K, list[V]]:
    return _by_first((key(value), value) for value in values)


def _by_first(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    found: dict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found
