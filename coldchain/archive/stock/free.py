"""What may leave a compartment and what may come into one, beside holds: expiry, papers, another's doses, the place itself.

lots.move ─► check_source (enough there, then and later, that is free) · check_target (a place for vaccine, in use)
"""

from typing import Final

from sqlalchemy import func, select

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.stock import days, waiting
from coldchain.archive.stock.presence import levels_in
from coldchain.archive.stock.words import NewMovement, Reason
from coldchain.errors import BadInput

FOR_VACCINE: Final = "vaccine"
GONE: Final = {"scrapped": "was scrapped", "moved": "has gone elsewhere"}


async def check_target(tx: Tx, new: NewMovement, target: tables.Compartment, lot: tables.Lot) -> None:
    """Refuse a place where vaccine cannot be put: of another purpose but for isolation, scrapped, or closed.

    Raises:
        BadInput: naming it.
    """
    place = f"{target.equipment}/{target.name}"
    if target.purpose != FOR_VACCINE and not _is_isolation(new, lot):
        wrong = f"{place} is for {target.purpose.replace('_', ' ')}, not for vaccine"
        raise BadInput(
            "target", wrong, "choose a compartment for vaccine; only held or expired doses may be set apart there"
        )
    equipment = await tx.get_one(tables.Equipment, target.equipment)
    if equipment.status in GONE:
        raise BadInput("target", f"{target.equipment} {GONE[equipment.status]}", "choose equipment that is in use")
    facility = await tx.get_one(tables.Facility, equipment.facility)
    if facility.status == "closed":
        raise BadInput("target", f"{facility.code} is closed", "choose a facility that works")


async def check_source(tx: Tx, new: NewMovement, source: tables.Compartment, lot: tables.Lot) -> None:
    """Refuse to take what is not there, then or later, or is there and may not be taken.

    Raises:
        BadInput: saying how many there are and why not more may go.
    """
    if new.reason is Reason.ISSUED and days.is_over(lot.expires_on, new.at):
        wrong = f"{lot.id} expired with {lot.expires_on}"
        raise BadInput("lot", wrong, "set it apart with its label, and dispose of it as ordered")
    at, least = _least(await levels_in(tx, new.lot, source.id), new.at)
    place = f"{source.equipment}/{source.name}"
    if least < new.doses:
        wrong = f"{place} holds {least} doses of {new.lot} at {clock.iso(at)}, not {new.doses}"
        raise BadInput("doses", wrong, "enter the receipt that is missing, or correct the doses")
    waits = await waiting.waiting_doses(tx, new.lot, source.id)
    is_set_apart = new.target is not None and new.held == new.doses >= waits
    kept = await waiting.kept_doses(tx, new.lot, source.id, but=new.custody)
    held = await _held(tx, new) if waits or kept else 0  # alone, a hold is the business of `holds`
    if waits and not is_set_apart and least - waits - held < new.doses - new.held:
        wrong = f"{waits} of the {least} doses of {new.lot} in {place} wait for the papers of their delivery"
        raise BadInput("doses", wrong, "complete the delivery first, or take fewer")
    if kept and least - kept - held < new.doses - new.held:
        wrong = f"{kept} of the {least} doses of {new.lot} in {place} are kept there for another facility"
        raise BadInput("doses", wrong, "return them to their owner first, or take fewer")


async def _held(tx: Tx, new: NewMovement) -> int:
    row = tables.Hold
    query = select(func.coalesce(func.sum(row.doses), 0)).where(row.lot == new.lot, row.compartment == new.source)
    return int((await tx.execute(query.where(row.lifted_at.is_(None)))).scalar_one())


def _is_isolation(new: NewMovement, lot: tables.Lot) -> bool:
    return new.held == new.doses or days.is_over(lot.expires_on, new.at)


def _least(levels: list[tuple[int, int]], at: int) -> tuple[int, int]:
    """When from `at` on there were fewest, and how many."""
    at_start = max((level for level in levels if level[0] <= at), default=(at, 0))
    when, least = min([at_start, *(level for level in levels if level[0] > at)], key=lambda level: level[1])
    return max(when, at), least
