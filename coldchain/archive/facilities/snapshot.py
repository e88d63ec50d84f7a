"""What a unit confirms of its archive as at the end of a day: its card, people, equipment and counted things.

What has dates of its own is as it was on that day: status, posts, who had left, where equipment stood and what it was,
counts. What has none (the columns of cards, since when somebody is there) is as it is now, and the snapshot says so: in
January a unit corrects its cards, and then confirms them. Who came after the day is listed, with no post of that day. No
phone number of a person is in it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import or_, select

from coldchain.archive import images, tables
from coldchain.archive.db import Tx
from coldchain.archive.facilities import days, posts, standing
from coldchain.archive.places import facility as facility_of
from coldchain.archive.places import lineage
from coldchain.archive.upkeep import items, life

VERSION: Final = 1  # of the shape below
ON_THE_DAY: Final = ("status", "people.posts", "people.left", "equipment.place", "equipment.status", "items")
AS_CONFIRMED: Final = ("card", "people.name", "people.called", "equipment.card")
NOT_SHOWN: Final = frozenset(
    {"code", "status", "gateway", "feeder"}
)  # of a facility: said elsewhere, or not of the form
OF_EQUIPMENT: Final = (
    "code", "name_zh", "type", "brand", "model", "serial", "national_code", "manufacturer", "is_medical",
    "volume_cold_l", "volume_frozen_l", "cold_bags", "arrived_on", "started_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A unit's archive in one spelling, and its digest."""

    content: str
    sha256: str


def sealed(said: dict[str, Any]) -> Snapshot:
    """One spelling, and its digest."""
    content = images.canonical(said)
    return Snapshot(content, digest(content))


def digest(content: str) -> str:
    """The SHA-256 of a content."""
    return hashlib.sha256(content.encode()).hexdigest()


async def take(tx: Tx, facility: str, day: str) -> Snapshot:
    """A unit's archive as at the end of `day`.

    Raises:
        BadInput: when there is no such facility, or it is no day.
    """
    last = days.end_of(day) - 1
    await facility_of(tx, facility)
    row = await tx.get_one(tables.Facility, facility)
    image = images.image_of(row)
    said = {
        "version": VERSION,
        "facility": facility,
        "as_at": day,
        "on_the_day": ON_THE_DAY,
        "as_confirmed": AS_CONFIRMED,
        "status": str(await standing.status_at(tx, facility, last)),
        "regions": await lineage(tx, row.region),
        "card": {name: value for name, value in image.items() if name not in NOT_SHOWN},
        "people": await _people(tx, facility, last),
        "equipment": await _equipment(tx, facility, day),
        "items": await _items(tx, facility, day),
    }
    return sealed(said)


async def _people(tx: Tx, facility: str, at: int) -> list[dict[str, Any]]:
    """Who had not left by then, with the posts they held; also who held one there and is from elsewhere."""
    held: dict[int, list[str]] = {}
    for post in await posts.posts_at(tx, [facility]):
        if post.holds_at(at):
            held.setdefault(post.person, []).append(str(post.post))
    row = tables.Person
    query = select(row).where(or_(row.facility == facility, row.id.in_(list(held)))).order_by(row.name, row.id)
    return [
        {"name": each.name, "called": each.post, "posts": sorted(held.get(each.id, []))}
        for each in await tx.scalars(query)
        if each.left_at is None or each.left_at > at
    ]


async def _equipment(tx: Tx, facility: str, day: str) -> list[dict[str, Any]]:
    """What stood there that day, by code, each with what it was then."""
    stood = await _stood(tx, facility, day)
    status = await life.status_on(tx, day, stood)
    return [
        {name: getattr(row, name) for name in OF_EQUIPMENT} | {"status": str(status[row.code])}
        for row in stood
        if row.code in status
    ]


async def _stood(tx: Tx, facility: str, day: str) -> Sequence[tables.Equipment]:
    row, place = tables.Equipment, tables.EquipmentPlace
    moved = select(place.equipment).where(place.facility == facility)
    query = select(row).where(or_(row.facility == facility, row.code.in_(moved))).order_by(row.code)
    here = list(await tx.scalars(query))
    spans = await tx.scalars(select(place).where(place.equipment.in_([each.code for each in here])))
    known: dict[str, list[tables.EquipmentPlace]] = {}
    for span in spans:
        known.setdefault(span.equipment, []).append(span)
    return [each for each in here if _place_on(known.get(each.code, []), each.facility, day) == facility]


def _place_on(spans: Sequence[tables.EquipmentPlace], now: str, day: str) -> str | None:
    """Where it stood at the end of a day; a piece that was never moved stands where it stands now."""
    if not spans:
        return now
    on = [each for each in spans if (each.since or "") <= day and (each.until is None or each.until > day)]
    return on[-1].facility if on else None


async def _items(tx: Tx, facility: str, day: str) -> dict[str, dict[str, Any]]:
    counted = (await items.latest(tx, frozenset({facility}), day)).get(facility, {})
    return {
        str(kind): {"quantity": count.quantity, "counted_on": count.counted_on}
        for kind, count in sorted(counted.items())
    }
