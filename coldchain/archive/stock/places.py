"""Which compartment is whose: facilities with their compartments, as the acts of stock ask for them."""

from collections.abc import Collection

from sqlalchemy import Select, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.views import Scope
from coldchain.errors import BadInput


async def facility_of(tx: Tx, compartment: int, field: str = "compartment") -> str:
    """Where a compartment stands.

    Raises:
        BadInput: when there is none.
    """
    row, stands = tables.Compartment, tables.Equipment
    found = await tx.scalar(
        select(stands.facility).join(row, row.equipment == stands.code).where(row.id == compartment)
    )
    if found is None:
        raise BadInput(field, f"there is no compartment {compartment}", "import its equipment first")
    return found


async def name_of(tx: Tx, compartment: int) -> str:
    """`equipment/name`."""
    row = await tx.get_one(tables.Compartment, compartment)
    return f"{row.equipment}/{row.name}"


def compartments_of(facilities: Collection[str]) -> Select[int]:
    """The compartments of these facilities."""
    row, stands = tables.Compartment, tables.Equipment
    return select(row.id).join(stands, stands.code == row.equipment).where(stands.facility.in_(facilities))


async def compartments(tx: Tx, facility: str) -> list[int]:
    """The compartments of one facility, by number."""
    return list(await tx.scalars(compartments_of([facility]).order_by(tables.Compartment.id)))


async def check_facility(tx: Tx, facility: str, field: str = "facility") -> None:
    """Refuse a facility that is not there.

    Raises:
        BadInput: naming the field.
    """
    if await tx.get(tables.Facility, facility) is None:
        raise BadInput(field, f"{facility[:80]!r} is not in the archive", "import it first, or correct the code")


def is_seen(scope: Scope, facility: str) -> bool:
    """True when it is in scope."""
    return scope is None or facility in scope


def check_not_ahead(field: str, at: int, now: int) -> None:
    """Refuse an act of the future.

    Raises:
        BadInput: naming the field.
    """
    if at > now + 5 * 60_000:
        raise BadInput(field, "it has not happened yet", "write when it was done, not when it is meant to be")
