"""Where a vaccine belongs: a place that keeps its band; frozen ones also thawed, where the catalogue says that they may.

new movement ─► place as it was used then ─► suits? ─► lots.move        what lies now ─► suits? ─► the list of what does not
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select, true

from coldchain.archive import tables, uses
from coldchain.archive.db import Tx
from coldchain.archive.disposition.portions import held_by
from coldchain.archive.stock import days
from coldchain.archive.stock.presence import FOREVER
from coldchain.archive.uses import Purpose, Use
from coldchain.archive.views import Scope
from coldchain.errors import BadInput
from coldchain.profile import may_lie_in, profile_of


@dataclass(frozen=True, slots=True)
class Misplaced:
    """Free doses that lie where they do not belong: `wants` is their band, `keeps` that of the place, or what it is for."""

    lot: str
    number: str
    vaccine: str
    name_zh: str
    name_en: str
    facility: str
    compartment: int
    place: str
    doses: int
    since: int
    wants: str
    keeps: str


async def use_at(tx: Tx, compartment: int, at: int) -> Use:
    """What a compartment was for at a moment, and which band it kept."""
    found = await uses.of(tx, compartment)
    return next((each for each in found if each.start <= at and (each.end is None or at < each.end)), found[-1])


async def check(tx: Tx, vaccine: str, place: str, use: Use) -> None:
    """Refuse a place whose band is not the vaccine's.

    Raises:
        BadInput: naming both.
    """
    its = await tx.get_one(tables.Vaccine, vaccine)
    if not _suits(its, use.profile):
        wrong = f"{place} keeps {use.profile}, and {its.code} is stored at {its.profile}"
        cure = "put it where it belongs; only held or expired doses may be set apart there"
        raise BadInput("target", wrong, cure)


async def misplaced(tx: Tx, scope: Scope, at: int) -> list[Misplaced]:
    """What lies now where it does not belong, the longest first; held and expired doses may be set apart anywhere."""
    lot, vaccine, stay = tables.Lot, tables.Vaccine, tables.Stay
    room, stands = tables.Compartment, tables.Equipment
    query = select(lot, vaccine, stay, room, stands.facility).join(stay, stay.lot == lot.id)
    query = query.join(vaccine, vaccine.code == lot.vaccine).join(room, room.id == stay.compartment)
    query = query.join(stands, stands.code == room.equipment).where(_in(scope), stay.end == FOREVER)
    query = query.where(or_(vaccine.profile != room.profile, room.purpose != Purpose.VACCINE.value))
    query = query.where(lot.expires_on >= days.day_of(at)).order_by(stay.start, lot.id, room.id)
    found = []
    for its, kind, lying, place, facility in list(await tx.execute(query)):
        is_for_vaccine = place.purpose == Purpose.VACCINE.value
        if is_for_vaccine and _suits(kind, place.profile):
            continue
        doses = lying.doses - await _held(tx, its.id, place.id)
        if doses > 0:
            keeps = place.profile if is_for_vaccine else place.purpose
            found.append(
                Misplaced(
                    its.id, its.number, kind.code, kind.name_zh, kind.name_en, facility, place.id,
                    f"{place.equipment}/{place.name}", doses, lying.start, kind.profile, keeps,
                )
            )  # fmt: skip
    return found


def _suits(vaccine: tables.Vaccine, profile: str) -> bool:
    return may_lie_in(profile_of(vaccine.profile), profile_of(profile), may_thaw=vaccine.may_thaw)


async def _held(tx: Tx, lot: str, compartment: int) -> int:
    hold = tables.Hold
    query = select(hold).where(hold.lot == lot, hold.compartment == compartment, hold.lifted_at.is_(None))
    rows = list(await tx.scalars(query))
    return held_by(rows) if rows else 0


def _in(scope: Scope) -> ColumnElement[bool]:
    return true() if scope is None else tables.Equipment.facility.in_(scope)
