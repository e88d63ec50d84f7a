"""Which lots readings cover, by all that was ever said: what is rewritten today frees nothing.

    channels ─► all their assignments, as the trail has them too ─► compartments ─► lots inside, lots of the facilities
                                                                └─► days on which nobody recorded a lot: unknown
    lot ─► the latest expiry that the trail ever had

A probe moved for the past, or an expiry corrected to an earlier day, adds to the list and takes nothing off it.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import or_, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.evidence.days import DAY_MS
from coldchain.archive.rows import table_of
from coldchain.archive.stock import presence

AT_ONCE: Final = 500  # names in one question


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants deleted: readings of these channels in [start, end), whole UTC days."""

    channels: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Ground:
    """What readings cover. `unrecorded`: channels with a day on which no lot is recorded where they measured."""

    rooms: frozenset[int]
    expiries: Mapping[str, str]  # by lot, the latest that was ever said
    unassigned: tuple[str, ...]  # of which nobody ever wrote down what they measured then
    unrecorded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Hung:
    """At some time it was said that a channel measured this, from–to."""

    channel: str
    equipment: str
    compartment: int | None  # None: all of them
    start: int
    end: int


async def covered_by(tx: Tx, wish: Wish) -> Ground:
    """All that these readings may concern."""
    hung = await _hung(tx, wish)
    rooms = await _rooms(tx, {each.equipment for each in hung})
    measured = frozenset(room for each in hung for room in _of(each, rooms))
    inside = await presence.inside(tx, await _rooms_of_facilities(tx, hung, wish), wish.start, wish.end)
    inside += await presence.inside(tx, measured, wish.start, wish.end)
    stays: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for stay in (stay for lot in inside for stay in lot.stays):
        stays[stay.compartment].add((stay.start, presence.FOREVER if stay.end is None else stay.end))
    named = {lot.lot.id for lot in inside} | await _carried(tx, wish) | await _given(tx, hung, wish)
    known = _days_known(hung, rooms, stays, wish)
    asked = range(wish.start // DAY_MS, wish.end // DAY_MS)
    return Ground(
        rooms=measured,
        expiries=await _latest_expiries(tx, named),
        unassigned=tuple(sorted(set(wish.channels) - {each.channel for each in hung})),
        unrecorded=tuple(sorted(name for name in wish.channels if len(known[name]) < len(asked))),
    )


async def _hung(tx: Tx, wish: Wish) -> list[_Hung]:
    """Every assignment that touches the wish, as it stands and as the trail ever had it, while that was what was said."""
    row = tables.Assignment
    rows = list(await tx.scalars(select(row).where(row.channel.in_(wish.channels))))
    found = [_hung_of(vars(each), None) for each in rows]
    for images in (await _images(tx, tables.Assignment, {str(each.id) for each in rows})).values():
        until = [*(at for at, _ in images[1:]), None]
        found += [_hung_of(image, end) for (_, image), end in zip(images, until, strict=True)]
    return [each for each in found if each.start < wish.end and each.end > wish.start]


def _hung_of(said: Mapping[str, Any], until: int | None) -> _Hung:
    """What an open-ended assignment said held up to when another was said of it."""
    end = said["end"] if said["end"] is not None else until
    its = presence.FOREVER if end is None else end
    return _Hung(said["channel"], said["equipment"], said["compartment"], said["start"], its)


async def _images(
    tx: Tx, kind: type[tables.Base], keys: Collection[str]
) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    """By key, what the trail has of these rows: when it was written, and the row as it was then; in its order."""
    link, ordered = tables.AuditEntry, sorted(keys)
    found: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for first in range(0, len(ordered), AT_ONCE):
        query = select(link.entity_id, link.at, link.image).where(link.entity == table_of(kind).name)
        query = query.where(link.entity_id.in_(ordered[first : first + AT_ONCE])).order_by(link.stream, link.n)
        for key, at, image in await tx.execute(query):
            found[key].append((at, json.loads(image)))
    return found


async def _rooms(tx: Tx, codes: Collection[str]) -> dict[str, list[int]]:
    """The compartments of these pieces."""
    room = tables.Compartment
    found: dict[str, list[int]] = defaultdict(list)
    for code, number in await tx.execute(select(room.equipment, room.id).where(room.equipment.in_(codes))):
        found[code].append(number)
    return found


def _of(hung: _Hung, rooms: Mapping[str, Sequence[int]]) -> Sequence[int]:
    """What a channel measured; one of a whole piece of equipment measured all its compartments."""
    return rooms.get(hung.equipment, ()) if hung.compartment is None else (hung.compartment,)


async def _facilities(tx: Tx, hung: Iterable[_Hung], wish: Wish) -> set[str]:
    """Where this equipment stood then, and where it stands now."""
    codes, place, unit = {each.equipment for each in hung}, tables.EquipmentPlace, tables.Equipment
    query = select(place.facility).where(place.equipment.in_(codes), *_touching(wish))
    now = select(unit.facility).where(unit.code.in_(codes))
    return {*await tx.scalars(query), *await tx.scalars(now)}


async def _rooms_of_facilities(tx: Tx, hung: Sequence[_Hung], wish: Wish) -> set[int]:
    """The compartments of all that stood there: whoever recorded a lot beside the right one meant this one."""
    facilities = await _facilities(tx, hung, wish)
    place, unit, room = tables.EquipmentPlace, tables.Equipment, tables.Compartment
    stood = select(place.equipment).where(place.facility.in_(facilities), *_touching(wish))
    stands = select(unit.code).where(unit.facility.in_(facilities))
    query = select(room.id).where(or_(room.equipment.in_(stood), room.equipment.in_(stands)))
    return set(await tx.scalars(query))


def _touching(wish: Wish) -> tuple[Any, ...]:
    place = tables.EquipmentPlace
    since = or_(place.since.is_(None), place.since <= _day(wish.end))
    return since, or_(place.until.is_(None), place.until >= _day(wish.start - DAY_MS))


async def _carried(tx: Tx, wish: Wish) -> set[str]:
    """Lots on board of the runs that these channels went with."""
    movement, its = tables.Movement, tables.RunChannel
    runs = select(its.run).where(its.channel.in_(wish.channels))
    return set(await tx.scalars(select(movement.lot).where(movement.run.in_(runs)).distinct()))


async def _given(tx: Tx, hung: Sequence[_Hung], wish: Wish) -> set[str]:
    """Lots that another system says were given there on those days."""
    row = tables.Given
    query = select(row.lot).where(row.facility.in_(await _facilities(tx, hung, wish)))
    query = query.where(row.given_on >= _day(wish.start), row.given_on <= _day(wish.end))
    return set(await tx.scalars(query.where(row.withdrawn_at.is_(None)).distinct()))


def _days_known(
    hung: Iterable[_Hung], rooms: Mapping[str, Sequence[int]], stays: Mapping[int, set[tuple[int, int]]], wish: Wish
) -> Mapping[str, set[int]]:
    """By channel, the days of the wish on which a lot is recorded where it measured."""
    known: dict[str, set[int]] = defaultdict(set)
    for each in hung:
        for room in _of(each, rooms):
            for start, end in stays.get(room, ()):
                first = max(start, each.start, wish.start)
                last = min(end, each.end, wish.end)
                known[each.channel] |= set(range(first // DAY_MS, -(-last // DAY_MS))) if first < last else set()
    return known


async def _latest_expiries(tx: Tx, named: Collection[str]) -> dict[str, str]:
    """The latest expiry of each lot that its row has or ever had."""
    ordered = sorted(named)
    found: dict[str, str] = {}
    for first in range(0, len(ordered), AT_ONCE):
        query = select(tables.Lot.id, tables.Lot.expires_on).where(tables.Lot.id.in_(ordered[first : first + AT_ONCE]))
        found |= {row.id: row.expires_on for row in await tx.execute(query)}
    for lot, images in (await _images(tx, tables.Lot, found)).items():
        found[lot] = max(found[lot], *(image["expires_on"] for _, image in images))
    return found


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()
