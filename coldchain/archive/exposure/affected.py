"""One question: which doses does this concern, exposed to what, where are they now, who gave some of them already.

    excursion, or a compartment from–to ─► its lots ─► movements since ─► flow ─► places now, what left, what was given

Doses that were handed on are followed through every movement; of children nothing is kept, so nothing is told.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select

from coldchain.archive import cases, lots, tables
from coldchain.archive.db import Tx
from coldchain.archive.exposure import given
from coldchain.archive.exposure.flow import Flow, Left, Went, follow
from coldchain.archive.exposure.given import Given
from coldchain.archive.rows import table_of
from coldchain.archive.stock.presence import FOREVER
from coldchain.archive.tables import Compartment, Equipment
from coldchain.errors import BadInput
from coldchain.excursion import LotsKnown

BEHIND_MS: Final = 12 * 3_600_000  # the zone that is furthest behind
Rooms = dict[int, tuple[str, str, str]]  # of each compartment its name, its equipment and facility
_ROOM, _UNIT = table_of(Compartment).c, table_of(Equipment).c
_PLACES: Final = select(_ROOM.id, _ROOM.name, _UNIT.code, _UNIT.facility).where(_UNIT.code == _ROOM.equipment)


@dataclass(frozen=True, slots=True)
class Place:
    """Where doses of the lot are now; of them at most `concerned` are those that were exposed."""

    compartment: str
    equipment: str
    facility: str
    doses: int
    concerned: int


@dataclass(frozen=True, slots=True)
class Issued:
    """What a facility sent out of our sight since, by reason: of it at most `concerned` were exposed."""

    facility: str
    reason: str
    doses: int
    concerned: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class AffectedLot:
    """A lot with the doses that were there, for how long they were out (None: nobody judged it), and their way since."""

    lot: str
    number: str
    vaccine: str
    maker: str
    expires_on: str
    doses: int
    out_ms: int | None
    now: Sequence[Place] = ()
    issued: Sequence[Issued] = ()
    given: Sequence[Given] = ()  # … as another system counts them
    seen: frozenset[str] = frozenset()  # the facilities where our books ever had it: given elsewhere, it came unseen


@dataclass(frozen=True, slots=True)
class Affected:
    """What an excursion, or a stretch of time in a compartment, concerns."""

    excursion: str | None
    compartment: int | None
    start: int
    end: int
    known: LotsKnown
    lots: Sequence[AffectedLot] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which lots were where: doses there, and known time out."""

    start: int
    end: int
    places: Collection[int]
    doses: dict[str, tuple[int, int | None]] = field(default_factory=dict)


async def by_excursion(tx: Tx, excursion: str) -> Affected:
    """What an excursion concerns, as it is known now.

    Raises:
        BadInput: when there is none of that id.
    """
    row = await tx.get(tables.Excursion, excursion)
    if row is None:
        raise BadInput("excursion", f"{excursion[:80]!r} is not in the archive", "choose one from the list")
    facts = cases.case_of(row).facts
    places = await _places(tx, facts.lots_known, facts.compartment, facts.equipment)
    shares: dict[str, tuple[int, int | None]] = {share.lot: (share.doses, share.out_ms) for share in facts.lots}
    asked = _Asked(facts.first_bad, facts.last_bad + 1, places, shares)
    return Affected(
        row.id, facts.compartment, asked.start, asked.end, facts.lots_known, await _lots(tx, asked) if shares else ()
    )


async def by_window(tx: Tx, compartment: int, start: int, end: int) -> Affected:
    """What was in a compartment from–to, whether or not anybody judged it.

    Raises:
        BadInput: when there is no such compartment, or it ends before it begins.
    """
    if end <= start:
        raise BadInput("end", "it is not after the start", "write a later time")
    room = await tx.get(tables.Compartment, compartment)
    if room is None:
        raise BadInput("compartment", f"there is no compartment {compartment}", "choose one from the equipment's page")
    known, inside = LotsKnown.COMPARTMENT, await lots.in_compartment(tx, compartment, start, end)
    if not inside and not await _was_ever_stocked(tx, compartment, end):
        facility = (await tx.get_one(tables.Equipment, room.equipment)).facility
        inside = await lots.at_facility(tx, facility, start, end)
        known = LotsKnown.FACILITY if inside else LotsKnown.NO
    places = await _places(tx, known, compartment, room.equipment)
    asked = _Asked(start, end, places, {each.lot.id: (each.doses, None) for each in inside})
    return Affected(None, compartment, start, end, known, await _lots(tx, asked) if inside else ())


async def _was_ever_stocked(tx: Tx, compartment: int, end: int) -> bool:
    kind = tables.Stay
    query = select(kind.id).where(kind.compartment == compartment, kind.start < end)
    return await tx.scalar(query.limit(1)) is not None


async def _places(tx: Tx, known: LotsKnown, compartment: int | None, equipment: str | None) -> Collection[int]:
    """The compartments in which the doses were that are asked for."""
    if known is LotsKnown.COMPARTMENT and compartment is not None:
        return {compartment}
    if known is not LotsKnown.FACILITY or equipment is None:
        return ()
    facility = select(Equipment.facility).where(Equipment.code == equipment).scalar_subquery()
    query = select(Compartment.id).join(Equipment, Equipment.code == Compartment.equipment)
    return set(await tx.scalars(query.where(Equipment.facility == facility)))


async def _lots(tx: Tx, asked: _Asked) -> list[AffectedLot]:
    now, since = await _standing(tx, asked), await _moved(tx, asked)
    rooms, seen = await _stood(tx, list(asked.doses))
    rooms |= await _rooms(tx, _places_of(now.values(), since.values()) - rooms.keys())
    facilities = {place: facility for place, (_, _, facility) in rooms.items()}
    counted: dict[str, list[Given]] = defaultdict(list)
    for each in await given.of_lots(tx, list(asked.doses), _day(asked.start)):
        counted[each.lot].append(each)
    kind = tables.Lot
    columns = select(kind.id, kind.number, kind.vaccine, kind.maker, kind.expires_on)
    found = []
    for lot, number, vaccine, maker, expires_on in await tx.execute(
        columns.where(kind.id.in_(asked.doses)).order_by(kind.id)
    ):
        flow = follow(now[lot], since[lot], asked.places, asked.end, facilities)
        found.append(
            AffectedLot(
                lot=lot,
                number=number,
                vaccine=vaccine,
                maker=maker,
                expires_on=expires_on,
                doses=asked.doses[lot][0],
                out_ms=asked.doses[lot][1],
                now=_now(flow, rooms),
                issued=_issued(flow, rooms),
                given=tuple(counted[lot]),
                seen=frozenset(seen[lot]) if counted[lot] else frozenset(),
            )
        )
    return found


async def _standing(tx: Tx, asked: _Asked) -> dict[str, dict[int, int]]:
    """What of each lot is where now."""
    stay = tables.Stay
    query = select(stay.lot, stay.compartment, stay.doses).where(stay.lot.in_(asked.doses), stay.end == FOREVER)
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for lot, compartment, doses in await tx.execute(query):
        found[lot][compartment] = doses
    return found


async def _moved(tx: Tx, asked: _Asked) -> dict[str, list[Went]]:
    """What of each lot moved since."""
    kind = table_of(tables.Movement).c  # columns alone: there are thousands
    query = select(kind.lot, kind.at, kind.source, kind.target, kind.doses, kind.reason)
    query = query.where(kind.lot.in_(asked.doses), kind.at >= asked.start, kind.withdrawn_at.is_(None))
    found: dict[str, list[Went]] = defaultdict(list)
    for lot, at, source, target, doses, reason in await tx.execute(query.order_by(kind.lot, kind.at, kind.id)):
        found[lot].append(Went(at, source, target, doses, reason))
    return found


async def _stood(tx: Tx, lot_ids: Sequence[str]) -> tuple[Rooms, dict[str, set[str]]]:
    """The compartments in which these lots ever stood, and of each lot the facilities of those."""
    stay = table_of(tables.Stay).c  # columns alone: there are hundreds
    rooms: Rooms = {}
    seen: dict[str, set[str]] = defaultdict(set)
    query = _PLACES.add_columns(stay.lot).where(_ROOM.id == stay.compartment, stay.lot.in_(lot_ids))
    for place, name, code, facility, lot in await tx.execute(query):
        rooms[place] = name, code, facility
        seen[lot].add(facility)
    return rooms, seen


async def _rooms(tx: Tx, places: Collection[int]) -> Rooms:
    """Those in which doses were for no time at all: they came and left in one instant."""
    found = await tx.execute(_PLACES.where(_ROOM.id.in_(places))) if places else ()
    return {place: (name, code, facility) for place, name, code, facility in found}


def _places_of(now: Iterable[Mapping[int, int]], since: Iterable[Sequence[Went]]) -> set[int]:
    went = {place for its in since for each in its for place in (each.source, each.target) if place is not None}
    return went.union(*now)


def _now(flow: Flow, rooms: Rooms) -> tuple[Place, ...]:
    found = [Place(*rooms[at], doses, most) for at, (doses, most) in flow.now.items()]
    return tuple(sorted(found, key=lambda place: (place.facility, place.equipment, place.compartment)))


def _issued(flow: Flow, rooms: Rooms) -> tuple[Issued, ...]:
    by_reason: dict[tuple[str, str], list[Left]] = defaultdict(list)
    for each in flow.left:
        by_reason[rooms[each.source][2], each.reason].append(each)
    return tuple(_summed(*key, by_reason[key]) for key in sorted(by_reason))


def _summed(facility: str, reason: str, its: Sequence[Left]) -> Issued:
    doses, concerned = sum(each.doses for each in its), sum(each.meant for each in its)
    return Issued(facility, reason, doses, concerned, its[0].at, its[-1].at)


def _day(at: int) -> str:
    """The earliest day that it is anywhere."""
    return datetime.fromtimestamp((at - BEHIND_MS) / 1000, UTC).date().isoformat()
