"""What may leave a compartment and what may come into one, beside holds: expiry, papers, another's doses, the place itself.

lots.move ─► check_source (enough there, then and later, that is free) · check_target (a place for this vaccine, in use)
lots.withdraw ─► check_withdrawal (nothing that it brought has gone on, or is bound)
"""

from typing import Final

from sqlalchemy import select

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.disposition.portions import held_by
from coldchain.archive.stock import apart, belonging, days, waiting
from coldchain.archive.stock.presence import levels_in
from coldchain.archive.stock.staying import Step, least_of, levels_of
from coldchain.archive.stock.words import NewMovement, Reason
from coldchain.archive.uses import Purpose
from coldchain.errors import BadInput

GONE: Final = {"scrapped": "was scrapped", "moved": "has gone elsewhere"}
SPARE: Final = "spare"


async def check_target(tx: Tx, new: NewMovement, target: tables.Compartment, lot: tables.Lot) -> None:
    """Refuse a place where this vaccine cannot be put: of another purpose, another band or spare, but for isolation; or gone.

    What the place was for and which band it kept is that of the movement's time.

    Raises:
        BadInput: naming it.
    """
    place = f"{target.equipment}/{target.name}"
    use = await belonging.use_at(tx, target.id, new.at)
    if use.purpose is not Purpose.VACCINE and not _is_isolation(new, lot):
        wrong = f"{place} is for {use.purpose.value.replace('_', ' ')}, not for vaccine"
        raise BadInput(
            "target", wrong, "choose a compartment for vaccine; only held or expired doses may be set apart there"
        )
    if not _is_isolation(new, lot):
        await belonging.check(tx, lot.vaccine, place, use)
    equipment = await tx.get_one(tables.Equipment, target.equipment)
    if equipment.status in GONE:
        raise BadInput("target", f"{target.equipment} {GONE[equipment.status]}", "choose equipment that is in use")
    if equipment.status == SPARE and not _is_isolation(new, lot):
        cure = "put it into use first; only held or expired doses may be set apart there"
        raise BadInput("target", f"{target.equipment} is spare, nothing is kept in it", cure)
    facility = await tx.get_one(tables.Facility, equipment.facility)
    if facility.status == "closed":
        raise BadInput("target", f"{facility.code} is closed", "choose a facility that works")


async def check_source(tx: Tx, new: NewMovement, source: tables.Compartment, lot: tables.Lot) -> None:
    """Refuse to take what is not there, then or later, or is there and may not be taken.

    Raises:
        BadInput: saying how many there are and why not more may go.
    """
    _check_issue(new, lot)
    levels = await levels_in(tx, new.lot, source.id)
    at, least = least_of(levels, new.at)
    place = f"{source.equipment}/{source.name}"
    if least < new.doses:
        wrong = f"{place} holds {least} doses of {new.lot} at {clock.iso(at)}, not {new.doses}"
        raise BadInput("doses", wrong, "enter the receipt that is missing, or correct the doses")
    waits = await waiting.waiting_since(tx, new.lot, source.id)
    kept = await waiting.kept_since(tx, new.lot, source.id, but=new.custody)
    ruined = [] if _takes_unusable(new) else await apart.since(tx, new.lot, source.id)
    bound = [*waits, *kept, *ruined]
    held = await _held(tx, new) if bound else 0  # alone, a hold is the business of `holds`
    is_set_apart = new.target is not None and new.held == new.doses  # what waits goes on waiting there
    free = _free(levels, bound, new.at) - held
    if free >= new.doses - new.held or (is_set_apart and not kept):
        return
    if ruined:
        wrong = f"{_sum(ruined)} of the doses of {new.lot} in {place} are unusable and set apart"
        raise BadInput("doses", wrong, "dispose of them with a witness, or take fewer")
    if waits:
        wrong = f"{_sum(waits)} of the doses of {new.lot} in {place} wait for the papers of their delivery"
        raise BadInput("doses", wrong, "complete the delivery first, or take fewer")
    if kept:
        wrong = f"{_sum(kept)} of the doses of {new.lot} in {place} are kept there for another facility"
        raise BadInput("doses", wrong, "return them to their owner first, or take fewer")


async def check_withdrawal(tx: Tx, row: tables.Movement) -> None:
    """Refuse to take back a movement without which doses would be missing where it brought them; it counts no more already.

    Raises:
        BadInput: saying how many, and why.
    """
    if row.target is None:
        return
    levels = await levels_in(tx, row.lot, row.target)
    missing = -min((doses for _, doses in levels), default=0)
    if missing > 0:
        wrong = f"{missing} of its doses have already left where it brought them"
        raise BadInput("movement", wrong, "withdraw what followed it first")
    waits = await waiting.waiting_since(tx, row.lot, row.target)
    bound = [*waits, *await waiting.kept_since(tx, row.lot, row.target)]
    missing = -_free(levels, bound, row.at) if bound else 0
    if missing > 0:
        why = "wait for the papers of their delivery" if waits else "are kept there for another facility"
        wrong = f"{missing} of the doses that would be left {why}, and have not left"
        raise BadInput("movement", wrong, "withdraw what followed it first")


def _check_issue(new: NewMovement, lot: tables.Lot) -> None:
    if new.reason is Reason.ISSUED and days.is_over(lot.expires_on, new.at):
        wrong = f"{lot.id} expired with {lot.expires_on}"
        raise BadInput("lot", wrong, "set it apart with its label, and dispose of it as ordered")


def _takes_unusable(new: NewMovement) -> bool:
    """Disposed of, or sent out of the house: the only ways that unusable doses take."""
    return new.reason.value in apart.LEAVES and new.target is None


def _free(levels: list[Step], bound: list[Step], at: int) -> int:
    """The fewest from `at` on that are not bound; what is bound is so since it came."""
    before = [(when, level - last) for (when, level), (_, last) in zip(levels, [(0, 0), *levels], strict=False)]
    return least_of(levels_of([*before, *((since, -doses) for since, doses in bound)]), at)[1]


def _sum(bound: list[Step]) -> int:
    return sum(doses for _, doses in bound)


async def _held(tx: Tx, new: NewMovement) -> int:
    """How many were known to be held there when they left."""
    row = tables.Hold
    query = select(row).where(row.lot == new.lot, row.compartment == new.source, row.lifted_at.is_(None))
    rows = list(await tx.scalars(query.where(row.held_at <= new.at)))
    return held_by(rows) if rows else 0


def _is_isolation(new: NewMovement, lot: tables.Lot) -> bool:
    return new.held == new.doses or days.is_over(lot.expires_on, new.at)
