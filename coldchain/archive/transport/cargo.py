"""What goes on board and off: each act is a movement with the run's number, so what was where follows as anywhere else.

load: compartment at the origin (or at a stop) ─► carrier     unload: carrier ─► compartment at a stop
bring_back: carrier ─► compartment at the origin              use: carrier ─► given at the session
"""

from collections.abc import Collection

from sqlalchemy import select

from coldchain.archive import lots, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.lots import Movement, NewMovement, Reason
from coldchain.archive.rows import Record, record_of
from coldchain.archive.transport.readings import stop_row
from coldchain.archive.transport.runs import carriers, check_carrier, check_moment, going
from coldchain.errors import BadInput


class Load(Record, frozen=True, kw_only=True):
    """Doses of a lot going into a carrier for a stop; of them so many are under hold and stay so."""

    lot: str
    doses: int
    source: int
    carrier: int
    at: int
    bound_for: str | None = None  # None where the run has one stop
    held: int = 0


class Unload(Record, frozen=True, kw_only=True):
    """Doses of a lot leaving a carrier for a compartment; None: given to those they are for."""

    lot: str
    doses: int
    carrier: int
    at: int
    target: int | None
    held: int = 0


class Aboard(Record, frozen=True, kw_only=True):
    """Doses of a lot in a carrier."""

    carrier: int
    lot: str
    vaccine: str
    doses: int


async def load(tx: Tx, number: int, new: Load, by: By) -> Movement:
    """Put doses on board.

    Raises:
        BadInput: when the run is over or elsewhere, the carrier does not ride along, or they are not there to be taken.
    """
    run = await going(tx, number)
    check_moment(run, new.at, by.at)
    await check_carrier(tx, number, new.carrier)
    bound_for = await _bound_for(tx, number, new.bound_for)
    place = await _facility(tx, "source", new.source)
    if place != run.origin:
        await _check_there(tx, number, place, new.at)
    movement = NewMovement(
        lot=new.lot, at=new.at, doses=new.doses, reason=Reason.MOVED, source=new.source, target=new.carrier,
        held=new.held, run=number, counterparty=bound_for, handed_by=run.sender,
    )  # fmt: skip
    return await lots.move(tx, movement, by)


async def unload(tx: Tx, number: int, new: Unload, by: By) -> Movement:
    """Put doses off at a stop that the run has come to, without a receipt: what one facility hands to its own post.

    Raises:
        BadInput: when the run is over or not there, or they are not on board.
    """
    run = await going(tx, number)
    check_moment(run, new.at, by.at)
    await check_carrier(tx, number, new.carrier)
    if new.target is None:
        raise BadInput("target", "it is left out", "name the compartment that the doses go into")
    place = await _facility(tx, "target", new.target)
    await _check_there(tx, number, place, new.at)
    return await lots.move(tx, _off(number, new, Reason.MOVED), by)


async def bring_back(tx: Tx, number: int, new: Unload, by: By) -> Movement:
    """Doses that come back to the origin unopened, or because they were refused.

    Raises:
        BadInput: when the run is over, they are not on board, or the compartment is not at the origin.
    """
    run = await going(tx, number)
    check_moment(run, new.at, by.at)
    await check_carrier(tx, number, new.carrier)
    place = None if new.target is None else await _facility(tx, "target", new.target)
    if place != run.origin:
        raise BadInput("target", f"it is not at {run.origin}, where the run began", "name a compartment there")
    return await lots.move(tx, _off(number, new, Reason.RETURNED), by)


async def use(tx: Tx, number: int, new: Unload, by: By) -> Movement:
    """Doses given at an outreach session out of the bag.

    Raises:
        BadInput: when the run is over or goes to no session, or they are not on board.
    """
    run = await going(tx, number)
    check_moment(run, new.at, by.at)
    await check_carrier(tx, number, new.carrier)
    if run.kind != "outreach":
        raise BadInput("run", f"run {number} is a {run.kind}, no outreach", "put the doses off, and issue them there")
    if new.target is not None:
        raise BadInput("target", "what is given goes nowhere", "leave it out")
    return await lots.move(tx, _off(number, new, Reason.ISSUED), by)


async def on_board(tx: Tx, number: int, at: int) -> list[Aboard]:
    """What is in the carriers of a run at a moment, of whatever run it came."""
    found = []
    for carrier in await carriers(tx, number):
        for inside in await lots.in_compartment(tx, carrier, at, at + 1):
            doses = sum(levels[-1] for levels in (_until(stay.levels, at) for stay in inside.stays) if levels)
            if doses:
                found.append(Aboard(carrier=carrier, lot=inside.lot.id, vaccine=inside.lot.vaccine, doses=doses))
    return found


async def moved(tx: Tx, numbers: Collection[int]) -> list[Movement]:
    """The movements of these runs that count, in time."""
    row = tables.Movement
    query = select(row).where(row.run.in_(numbers), row.withdrawn_at.is_(None)).order_by(row.at, row.id)
    return [record_of(each, Movement) for each in await tx.scalars(query)]


def _off(number: int, new: Unload, reason: Reason) -> NewMovement:
    return NewMovement(
        lot=new.lot, at=new.at, doses=new.doses, reason=reason, source=new.carrier, target=new.target, held=new.held,
        run=number,
    )  # fmt: skip


def _until(levels: tuple[tuple[int, int], ...], at: int) -> list[int]:
    return [doses for since, doses in levels if since <= at]


async def _facility(tx: Tx, field: str, compartment: int) -> str:
    query = select(tables.Equipment.facility).join(
        tables.Compartment, tables.Compartment.equipment == tables.Equipment.code
    )
    found = await tx.scalar(query.where(tables.Compartment.id == compartment))
    if found is None:
        raise BadInput(field, f"there is no compartment {compartment}", "import its equipment first")
    return found


async def _check_there(tx: Tx, number: int, facility: str, at: int) -> None:
    """The run must have come there by then."""
    stop = await stop_row(tx, number, facility)
    if stop.arrived_at is None or at < stop.arrived_at:
        raise BadInput("at", f"run {number} has not come to {facility} by then", "write its arrival first")


async def _bound_for(tx: Tx, number: int, facility: str | None) -> str:
    if facility is not None:
        return (await stop_row(tx, number, facility)).facility
    query = select(tables.RunStop.facility).where(tables.RunStop.run == number)
    stops = list(await tx.scalars(query))
    if len(stops) != 1:
        raise BadInput("bound_for", f"run {number} has {len(stops)} stops", "name the one that these doses are for")
    return stops[0]
