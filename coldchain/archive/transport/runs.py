"""Runs: one begins with what rides along and where it goes; a vehicle is on one run at a time, a logger in one carrier.

start ─► run, its carriers, stops and loggers (assigned from then on) ─► readings, cargo ─► ending
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import false, or_, select, true

from coldchain import clock
from coldchain.archive import audit, changes, documents, equipment, places, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.equipment import NewAssignment, Status
from coldchain.archive.rows import check_texts, record_of
from coldchain.archive.transport import rounds
from coldchain.archive.transport.words import RIDES_ALONG, Logger, NewRun, Run, RunKind, Tool, listed
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

MOST_STOPS: Final = 60


async def start(tx: Tx, new: NewRun, by: By) -> Run:
    """Begin a run: from now on vaccine can be loaded.

    Raises:
        BadInput: when it belongs nowhere, goes nowhere, or what is to ride along is no carrier, or rides already.
    """
    await audit.begin(tx)
    await _check(tx, new, by.at)
    units = await _carriers(tx, new)
    await _check_free(tx, new, units)
    for logger in new.loggers:
        await _check_logger(tx, new, logger)
    row = tables.Run(
        kind=new.kind.value, round=new.round, origin=new.origin, tool=new.tool.value, cooling=new.cooling.value,
        way=new.way.value, plate=new.plate, purpose=new.purpose, sender=new.sender, order_no=new.order_no.strip(),
        order_document=new.order_document, started_at=new.started_at, despite="",
    )  # fmt: skip
    await changes.enter(tx, by, "started", row, [])
    parts = [tables.RunCarrier(run=row.id, compartment=each) for each in new.carriers]
    stops = [tables.RunStop(run=row.id, facility=each, position=n) for n, each in enumerate(new.stops, 1)]
    tx.add_all([*parts, *stops])
    await audit.record(tx, by, "started", [*parts, *stops])
    for logger in new.loggers:
        await _attach(tx, row, logger, by)
    return record_of(row, Run)


async def cancel(tx: Tx, number: int, by: By) -> Run:
    """Take back a run that was begun by mistake.

    Raises:
        BadInput: when it is over, or something was loaded or read.
    """
    row = await going(tx, number)
    moved = select(tables.Movement.id).where(tables.Movement.run == number, tables.Movement.withdrawn_at.is_(None))
    read = select(tables.RunReading.id).where(tables.RunReading.run == number, tables.RunReading.withdrawn_at.is_(None))
    if await tx.scalar(moved.limit(1)) is not None or await tx.scalar(read.limit(1)) is not None:
        raise BadInput("run", f"run {number} was loaded or read", "withdraw that first, or end the run")
    await detach(tx, row, by.at, by)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Run)


async def going(tx: Tx, number: int) -> tables.Run:
    """A run that is on its way.

    Raises:
        BadInput: when there is none, or it is over.
    """
    row = await changes.counting(tx, tables.Run, "run", number)
    if row.ended_at is not None:
        raise BadInput("run", f"run {number} ended {clock.iso(row.ended_at)}", "choose one that is on its way")
    return row


async def find(tx: Tx, scope: Scope, number: int) -> Run | None:
    """A run that begins or stops at a facility in scope."""
    found = await tx.get(tables.Run, number)
    if found is None or (scope is not None and not scope & await facilities(tx, found)):
        return None
    return record_of(found, Run)


async def facilities(tx: Tx, run: tables.Run | Run) -> frozenset[str]:
    """Where a run begins and stops."""
    stops = await tx.scalars(select(tables.RunStop.facility).where(tables.RunStop.run == run.id))
    return frozenset({run.origin, *stops})


async def of(
    tx: Tx, scope: Scope, limit: int, *, after: int | None = None, round_: int | None = None, only_going: bool = False
) -> list[Run]:
    """Runs that begin or stop at a facility in scope, the newest first; one more than `limit`."""
    row, stop = tables.Run, tables.RunStop
    query = select(row).where(row.withdrawn_at.is_(None)).order_by(row.id.desc()).limit(limit + 1)
    query = query.where(true() if after is None else row.id < after)
    query = query.where(true() if round_ is None else row.round == round_)
    query = query.where(row.ended_at.is_(None) if only_going else true())
    if scope is not None:
        stopping = select(stop.run).where(stop.facility.in_(scope))
        query = query.where(or_(row.origin.in_(scope), row.id.in_(stopping)))
    return [record_of(each, Run) for each in await tx.scalars(query)]


async def orders_due(tx: Tx, scope: Scope, limit: int, *, after: int | None = None) -> list[Run]:
    """Emergency runs that are over and whose order is on no paper here yet, the oldest first; one more than `limit`."""
    row = tables.Run
    query = select(row).where(row.kind == RunKind.EMERGENCY.value, row.order_document.is_(None))
    query = query.where(row.ended_at.is_not(None), row.withdrawn_at.is_(None)).order_by(row.id).limit(limit + 1)
    query = query.where(true() if scope is None else row.origin.in_(scope))
    query = query.where(true() if after is None else row.id > after)
    return [record_of(each, Run) for each in await tx.scalars(query)]


async def file_order(tx: Tx, number: int, document: str, by: By) -> Run:
    """The paper that ordered an emergency run came, during it or after.

    Raises:
        BadInput: when there is no such run, nothing ordered it, its paper is here, or there is no such document.
    """
    row = await changes.counting(tx, tables.Run, "run", number)
    if row.kind != RunKind.EMERGENCY.value:
        raise BadInput("run", f"run {number} is a {row.kind}", "only an emergency run has an order")
    if row.order_document is not None:
        raise BadInput("order_document", "it is here already", "what was filed stays")
    await documents.check(tx, "order_document", document)
    row.order_document = document
    await changes.enter(tx, by, "order filed", row, [])
    return record_of(row, Run)


async def aboard(tx: Tx, compartment: int, start: int, end: int) -> list[Run]:
    """The runs on which a compartment rode along at some time in [start, end): whose lots an excursion there concerns."""
    row, carrier = tables.Run, tables.RunCarrier
    query = select(row).join(carrier, carrier.run == row.id).where(carrier.compartment == compartment)
    query = query.where(row.withdrawn_at.is_(None), row.started_at < end)
    query = query.where(or_(row.ended_at.is_(None), row.ended_at > start)).order_by(row.started_at)
    return [record_of(each, Run) for each in await tx.scalars(query)]


async def carriers(tx: Tx, number: int) -> list[int]:
    """The compartments that ride along."""
    query = select(tables.RunCarrier.compartment).where(tables.RunCarrier.run == number)
    return list(await tx.scalars(query.order_by(tables.RunCarrier.compartment)))


async def check_carrier(tx: Tx, number: int, compartment: int) -> None:
    """Refuse a compartment that does not ride along.

    Raises:
        BadInput: naming those that do.
    """
    there = await carriers(tx, number)
    if compartment not in there:
        cure = f"use one of {', '.join(map(str, there))}"
        raise BadInput("carrier", f"compartment {compartment} is not on run {number}", cure)


def check_moment(run: tables.Run, at: int, now: int, field: str = "at") -> None:
    """Refuse a time at which the run was not on its way, or that is yet to come.

    Raises:
        BadInput: naming it.
    """
    if at > now:
        raise BadInput(field, f"{clock.iso(at)} is yet to come", "write when it was")
    if at < run.started_at:
        raise BadInput(field, f"run {run.id} began {clock.iso(run.started_at)}", "write a time of the run")


async def detach(tx: Tx, run: tables.Run, at: int, by: By) -> None:
    """The run's loggers measure nothing of it any more; one that somebody took off or put elsewhere before stays so."""
    row, there = tables.RunChannel, tables.Assignment
    still = (there.channel == row.channel) & (there.compartment == row.compartment)
    hanging = select(row.channel).join(there, still).where(row.run == run.id, there.end.is_(None), there.start < at)
    for channel in list(await tx.scalars(hanging.order_by(row.channel))):
        await equipment.unassign(tx, channel, at, by)


async def _check(tx: Tx, new: NewRun, now: int) -> None:
    check_texts("run", {"plate": new.plate, "purpose": new.purpose, "sender": new.sender, "order_no": new.order_no})
    if new.started_at > now:
        raise BadInput("started_at", f"{clock.iso(new.started_at)} is yet to come", "begin it when it begins")
    if not new.sender.strip():
        raise BadInput("sender", "nobody hands the vaccine over", "name who does (发货人)")
    if new.tool is not Tool.OTHER and not new.plate.strip():
        raise BadInput("plate", "the vehicle has none", "write its plate (车牌号)")
    await _check_belonging(tx, new)
    await documents.check(tx, "order_document", new.order_document)
    await places.facility(tx, new.origin)
    if not 1 <= len(new.stops) <= MOST_STOPS:
        raise BadInput("stops", f"a run of {len(new.stops)} stops cannot be", f"name 1 to {MOST_STOPS} facilities")
    if len(set(new.stops)) < len(new.stops) or new.origin in new.stops:
        raise BadInput("stops", f"{listed(new.stops)} from {new.origin} comes twice to one place", "name each once")
    for stop in new.stops:
        await places.facility(tx, stop)


async def _check_belonging(tx: Tx, new: NewRun) -> None:
    """A supply is of a round, an emergency has its order."""
    if new.kind is RunKind.EMERGENCY:
        if not new.order_no.strip():
            raise BadInput("order_no", "nothing orders this emergency run", "write the number of the order")
        if new.round is not None:
            raise BadInput("round", "an emergency run belongs to none", "leave it out, or make it a supply")
    elif new.kind is RunKind.SUPPLY and new.round is None:
        raise BadInput("round", "a supply belongs to a round", "name it; without one only an emergency goes")
    if new.round is None:
        return
    await rounds.open_row(tx, new.round)
    if new.kind is RunKind.SUPPLY:
        for stop in new.stops:
            await rounds.line_row(tx, new.round, stop)


async def _carriers(tx: Tx, new: NewRun) -> list[str]:
    """The equipment that rides along."""
    if not new.carriers or len(set(new.carriers)) < len(new.carriers):
        raise BadInput("carriers", "none, or one twice", "name each compartment that vaccine rides in, once")
    units = []
    for each in new.carriers:
        room = await tx.get(tables.Compartment, each)
        if room is None:
            raise BadInput("carriers", f"there is no compartment {each}", "import its equipment first")
        unit = await tx.get_one(tables.Equipment, room.equipment)
        if unit.type not in RIDES_ALONG:
            raise BadInput("carriers", f"{unit.code} is a {unit.type}", "name a vehicle, a cold box or a carrier")
        if unit.status not in {Status.NORMAL, Status.SPARE}:
            raise BadInput("carriers", f"{unit.code} is not in use ({unit.status})", "take one that is")
        units.append(unit.code)
    return units


async def _check_free(tx: Tx, new: NewRun, units: Sequence[str]) -> None:
    """Neither the vehicle nor a box may be on another run then."""
    row, carrier, room = tables.Run, tables.RunCarrier, tables.Compartment
    riding = select(carrier.run).join(room, room.id == carrier.compartment).where(room.equipment.in_(units))
    is_plate = row.plate == new.plate if new.plate.strip() else false()
    query = select(row).where(or_(row.id.in_(riding), is_plate), row.withdrawn_at.is_(None))
    other = await tx.scalar(query.where(or_(row.ended_at.is_(None), row.ended_at > new.started_at)).limit(1))
    if other is not None:
        until = "and goes on" if other.ended_at is None else f"until {clock.iso(other.ended_at)}"
        wrong = f"run {other.id} has it or its boxes from {clock.iso(other.started_at)} {until}"
        raise BadInput("carriers", wrong, "end that run first, or take others")


async def _check_logger(tx: Tx, new: NewRun, logger: Logger) -> None:
    if logger.carrier not in new.carriers:
        wrong = f"{logger.channel[:200]} would measure compartment {logger.carrier}, which does not ride along"
        raise BadInput("loggers", wrong, "name one of the carriers")
    for each in await equipment.assignments_of(tx, logger.channel):
        if each.end is None or each.end > new.started_at:
            where = f"{each.equipment} since {clock.iso(each.start)}"
            raise BadInput("loggers", f"{logger.channel} measures {where}", "end that first: a probe is in one place")


async def _attach(tx: Tx, run: tables.Run, logger: Logger, by: By) -> None:
    room = await tx.get_one(tables.Compartment, logger.carrier)
    new = NewAssignment(
        channel=logger.channel, equipment=room.equipment, compartment=room.name, start=run.started_at,
        position=logger.position, interval_s=logger.interval_s,
    )  # fmt: skip
    await equipment.assign(tx, new, by)
    row = tables.RunChannel(run=run.id, channel=logger.channel, compartment=room.id)
    await changes.enter(tx, by, "assigned", row, [])
