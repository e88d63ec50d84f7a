"""Which policy is in force where something rings, and whether people sleep there now: asked for many places at once.

places of alarms ─► policies, regions, special days: a few questions however many places ─► policy in force ─► its night

The ladder, the outbox and the watch all ask here, so that quiet hours have one source.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.arrows import Alarm
from coldchain.archive.db import Tx
from coldchain.archive.duty.asking import places_of, policies_at
from coldchain.archive.duty.book import Book, Place
from coldchain.archive.duty.policy import Policy
from coldchain.archive.duty.quiet import Night, night_of
from coldchain.archive.duty.who import Asked, in_force
from coldchain.archive.facilities import days
from coldchain.excursion import Severity


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something rings, and how loud: all that a policy is chosen by. Neither: it is about several places."""

    equipment: str | None
    facility: str | None
    severity: Severity


async def nights(tx: Tx, spots: Collection[Spot], at: int, zone: ZoneInfo = days.SITE) -> dict[Spot, Night]:
    """The night of each, by the quiet hours in force there and the calendar of the place."""
    if not spots:
        return {}
    found = await _in_force(tx, spots, at, zone)
    return {spot: night_of(policy.quiet, place.days, at, zone) for spot, (policy, place) in found.items()}


async def nights_of(tx: Tx, alarms: Collection[Alarm], at: int, zone: ZoneInfo) -> dict[int, Night]:
    """The night of each alarm, by their numbers."""
    spots = {alarm.id: Spot(alarm.equipment, alarm.facility, alarm.severity) for alarm in alarms}
    found = await nights(tx, set(spots.values()), at, zone)
    return {number: found[spot] for number, spot in spots.items()}


async def policies(tx: Tx, spots: Collection[Spot], at: int) -> dict[Spot, Policy]:
    """The policy in force at each."""
    found = await _in_force(tx, spots, at, days.SITE) if spots else {}
    return {spot: policy for spot, (policy, _) in found.items()}


async def _in_force(tx: Tx, spots: Collection[Spot], at: int, zone: ZoneInfo) -> dict[Spot, tuple[Policy, Place]]:
    stands = await _stands(tx, {spot.equipment for spot in spots if spot.equipment})
    where = {spot: stands.get(spot.equipment or "", spot.facility or "") for spot in spots}
    places = await places_of(tx, {code for code in where.values() if code}, at, zone)
    book = Book(contacts={}, policies=await policies_at(tx, at))
    return {
        spot: (_policy(book, places, spot, facility, at), places.get(facility, Place()))
        for spot, facility in where.items()
    }


def _policy(book: Book, places: Mapping[str, Place], spot: Spot, facility: str, at: int) -> Policy:
    return in_force(Asked(book, places.get(facility, Place()), spot.severity, at, spot.equipment or ""))[0]


async def _stands(tx: Tx, codes: Iterable[str]) -> dict[str, str]:
    row = tables.Equipment
    return dict((await tx.execute(select(row.code, row.facility).where(row.code.in_(sorted(codes))))).all())
