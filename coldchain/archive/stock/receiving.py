"""Receiving (收货): what a delivery is follows from its facts, and nobody can make it better than they are.

    papers complete? temperature record there? inside the band? ─► decide ─┬─► accepted: its doses come in
                                                                            ├─► waiting: they come in and may not be used
                                                                            └─► refused: nothing comes in; a report is due

A person may be stricter than the facts, with a reason, never milder. What waits is completed, or turned away after all.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import select

from coldchain.archive import audit, documents, locking, lots, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.stock import belonging, days, places, reasons, undecided
from coldchain.archive.stock.words import MOST_DOSES, NewMovement, Reason
from coldchain.errors import BadInput
from coldchain.profile import STORED_FROZEN, THAWED, Profile, profile_of

COLDEST_C: Final = -95.0
HOTTEST_C: Final = 70.0
APART_C: Final = 0.5  # a reading at the door and the record's end are of two instruments


class State(StrEnum):
    """What became of a delivery."""

    ACCEPTED = "accepted"
    WAITING = "waiting"
    REFUSED = "refused"


class Transport(StrEnum):
    """What it came in (疫苗运输工具)."""

    REFRIGERATED_VEHICLE = "refrigerated_vehicle"
    VACCINE_VEHICLE = "vaccine_vehicle"
    OTHER = "other"


class DeliveryLine(Record, frozen=True, kw_only=True):
    """Doses of a lot, and the compartment they are put into if they come in; `carrier` they lie in, on a run of ours.

    `undecided`: a file brought them into the books already; this decides what stands in that list.
    """

    lot: str
    doses: int
    compartment: int
    carrier: int | None = None
    undecided: int | None = None


class Delivery(Record, frozen=True, kw_only=True):
    """What stands before the door. `record` or `run` is its temperature record, whose furthest values are read off it."""

    facility: str
    at: int
    document: str
    supplier: str
    transport: Transport
    arrival_c: float
    papers_complete: bool
    lines: tuple[DeliveryLine, ...]
    plate: str = ""
    ambient_c: float | None = None
    record: str | None = None
    run: int | None = None
    record_low_c: float | None = None
    record_high_c: float | None = None
    missing: str = ""
    handed_by: str = ""
    taken_by: str = ""


class ReceiptLine(Record, frozen=True, kw_only=True):
    """Doses of a delivery with the movement that brought them in; None where none did."""

    id: int
    lot: str
    doses: int
    compartment: int
    movement: int | None


class Receipt(Record, frozen=True, kw_only=True):
    """A delivery as it was judged."""

    id: int
    facility: str
    at: int
    document: str
    supplier: str
    transport: Transport
    plate: str
    arrival_c: float | None
    ambient_c: float | None
    record: str | None
    run: int | None
    record_low_c: float | None
    record_high_c: float | None
    papers_complete: bool
    missing: str
    handed_by: str
    taken_by: str
    state: State
    why: str
    by: str
    settled_at: int | None
    settled_by: str | None
    papers: str | None
    withdrawn_at: int | None


@dataclass(frozen=True, slots=True)
class Ware:
    """A line as the decision sees it: the band of its vaccine, its last day, the band of the place that it is put into."""

    lot: str
    profile: str
    expires_on: str
    place: str | None = None
    may_thaw: bool = False

    @property
    def bands(self) -> tuple[Profile, ...]:
        """In one of which it must have come the whole way."""
        its = profile_of(self.profile)
        is_thawed = self.may_thaw and self.place == THAWED.name and self.profile in STORED_FROZEN
        return (its, THAWED) if is_thawed else (its,)


def decide(delivery: Delivery, wares: tuple[Ware, ...]) -> tuple[State, str]:
    """What a delivery is, and why. Pure."""
    if delivery.record is None and delivery.run is None:
        return State.REFUSED, "there is no temperature record of its transport"
    for ware in wares:
        seen = (delivery.arrival_c, delivery.record_low_c, delivery.record_high_c)
        outside = [[value for value in seen if value is not None and not band.holds(value)] for band in ware.bands]
        if all(outside):
            names = " or ".join(band.name for band in ware.bands)
            return State.REFUSED, f"{outside[-1][0]:g} °C is outside of {names} for {ware.lot}"
        if days.is_over(ware.expires_on, delivery.at):
            return State.REFUSED, f"{ware.lot} expired with {ware.expires_on}"
    if not delivery.papers_complete:
        return State.WAITING, f"papers are missing: {delivery.missing}"
    return State.ACCEPTED, "papers complete, temperature recorded and inside"


async def receive(tx: Tx, delivery: Delivery, by: By, *, refuse_because: str = "") -> Receipt:
    """Enter a delivery with what follows from it; `refuse_because` refuses one that the facts would let in.

    Raises:
        BadInput: naming what is missing or cannot be.
    """
    await audit.begin(tx)
    state, why = decide(delivery, await _wares(tx, delivery, by))
    if state is not State.REFUSED:
        _check_arrival(delivery)
    if refuse_because.strip() and state is not State.REFUSED:
        state, why = State.REFUSED, refuse_because.strip()
    values = {name: getattr(delivery, name) for name in Delivery.__struct_fields__ if name != "lines"}
    values |= {"transport": delivery.transport.value, "state": state.value, "why": why, "by": by.actor}
    check_texts("receipt", values)
    row = tables.Receipt(**values)
    tx.add(row)
    await audit.record(tx, by, state.value, [row])
    for line in delivery.lines:
        await _add_line(tx, row, line, by)
    return record_of(row, Receipt)


async def complete(
    tx: Tx, number: int, by: By, papers: str | None = None, *, seen: str | None = None
) -> Receipt:  # fmt: skip
    """The papers of what waited came: its doses may be used.

    Raises:
        BadInput: when it does not wait, or there is no such document.
        Stale: it was changed since it was seen.
    """
    row = await _waiting(tx, number, seen)
    await documents.check(tx, "papers", papers)
    _settle(row, State.ACCEPTED, by)
    row.papers, row.papers_complete, row.why = papers, True, by.reason or "its papers came"
    check_texts("receipt", {"why": row.why})
    await audit.record(tx, by, "completed", [row])
    return record_of(row, Receipt)


async def turn_away(tx: Tx, number: int, why: str, by: By, *, seen: str | None = None) -> Receipt:
    """What waited is refused after all: its doses go back to the supplier, and the report is due.

    Raises:
        BadInput: when it does not wait, or no reason is given.
        Stale: it was changed since it was seen.
    """
    row = await _waiting(tx, number, seen)
    why = reasons.check("why", why, "no reason is given", "say why it cannot be accepted")
    check_texts("receipt", {"why": why})
    _settle(row, State.REFUSED, by)
    row.why = why
    await tx.flush()
    for line in await tx.scalars(select(tables.ReceiptLine).where(tables.ReceiptLine.receipt == row.id)):
        await _send_back(tx, row, line, by)
    await audit.record(tx, by, "refused", [row])
    return record_of(row, Receipt)


async def withdraw(tx: Tx, number: int, by: By, *, seen: str | None = None) -> Receipt:
    """Take back a receipt that was entered by mistake, with the movements that it made.

    What a file had brought in before stays in the books, and is undecided again.

    Raises:
        BadInput: when there is none that counts, or its doses have gone on.
        Stale: it was changed since it was seen.
    """
    await audit.begin(tx)
    row = await _counting(tx, number, seen)
    row.withdrawn_at = by.at
    await tx.flush()
    by_files = await undecided.reopen(tx, row.id, by)
    line = tables.ReceiptLine
    its = await tx.scalars(select(line.movement).where(line.receipt == row.id))
    for movement in sorted({each for each in its if each is not None} - by_files):  # a line may have been parted
        await lots.withdraw(tx, movement, by, alone=False)
    await audit.record(tx, by, "withdrawn", [row])
    return record_of(row, Receipt)


async def _wares(tx: Tx, delivery: Delivery, by: By) -> tuple[Ware, ...]:
    """What comes, when all of it can be."""
    await places.check_facility(tx, delivery.facility)
    places.check_not_ahead("at", delivery.at, by.at)
    _check_facts(delivery)
    await documents.check(tx, "record", delivery.record)
    await _check_run(tx, delivery)
    await _check_once(tx, delivery)
    found = []
    for n, line in enumerate(delivery.lines):
        its = await lots.lot(tx, line.lot)
        if not 1 <= line.doses <= MOST_DOSES:
            raise BadInput(f"lines[{n}].doses", f"{line.doses} cannot come", "write how many doses came, 1 or more")
        if await places.facility_of(tx, line.compartment) != delivery.facility:
            wrong = f"compartment {line.compartment} does not stand at {delivery.facility}"
            raise BadInput(f"lines[{n}].compartment", wrong, "choose one of the facility's own")
        room = await tx.get_one(tables.Compartment, line.compartment)
        if its.produced_on is not None and days.day_of(delivery.at) < its.produced_on:
            wrong = f"{its.id} was made on {its.produced_on}, after it came"
            raise BadInput(f"lines[{n}].lot", wrong, "correct the time of the delivery, or the lot's day of production")
        use = await belonging.use_at(tx, room.id, delivery.at)
        kind = await lots.vaccine(tx, its.vaccine)
        found.append(Ware(its.id, kind.profile, its.expires_on, use.profile, kind.may_thaw))
    return tuple(found)


def _check_facts(delivery: Delivery) -> None:
    if not delivery.lines:
        raise BadInput("lines", "nothing comes", "write at least one lot with its doses")
    for field in ("document", "supplier"):
        if not getattr(delivery, field).strip():
            raise BadInput(field, "it is not said", "copy it from the papers")
    for field in ("arrival_c", "ambient_c", "record_low_c", "record_high_c"):
        value = getattr(delivery, field)
        if value is not None and not COLDEST_C <= value <= HOTTEST_C:
            wrong = f"{value} °C was measured by nobody"
            raise BadInput(field, wrong, f"write °C, {COLDEST_C:g} to {HOTTEST_C:g}, or none")
    has_record = delivery.record is not None or delivery.run is not None
    ends = (delivery.record_low_c, delivery.record_high_c)
    if has_record and (ends[0] is None or ends[1] is None or ends[0] > ends[1]):
        raise BadInput(
            "record_low_c", "the record is there and not read", "write its lowest and its highest temperature"
        )
    if not has_record and ends != (None, None):
        raise BadInput(
            "record", "temperatures of no record", "send the record first, or name the run that measured them"
        )
    if not delivery.papers_complete and not delivery.missing.strip():
        raise BadInput("missing", "nobody says what is missing", "name the papers that are not there")


def _check_arrival(delivery: Delivery) -> None:
    """What is read at the door lies within what the record shows, or the record ended before, or was misread."""
    low, high = delivery.record_low_c, delivery.record_high_c
    if low is None or high is None or low - APART_C <= delivery.arrival_c <= high + APART_C:
        return
    wrong = f"{delivery.arrival_c:g} °C at the door, and its record shows {low:g} to {high:g} °C"
    raise BadInput("arrival_c", wrong, "read the record to its end, or measure again")


async def _check_run(tx: Tx, delivery: Delivery) -> None:
    """A run that never went there measured nothing of this delivery."""
    if delivery.run is None:
        return
    run = await tx.get(tables.Run, delivery.run)
    stop = await tx.get(tables.RunStop, (delivery.run, delivery.facility))
    if run is None or run.withdrawn_at is not None or stop is None:
        wrong = f"{delivery.run} is no run that goes to {delivery.facility}"
        raise BadInput("run", wrong, "name the run that brought it, or send the record of another's transport")


async def _check_once(tx: Tx, delivery: Delivery) -> None:
    row = tables.Receipt
    same = select(row.id).where(row.facility == delivery.facility, row.document == delivery.document)
    same = same.where(row.supplier == delivery.supplier, row.withdrawn_at.is_(None))
    other = await tx.scalar(same.limit(1))
    if other is not None:
        wrong = f"{delivery.document!r} of {delivery.supplier} is receipt {other} already"
        raise BadInput("document", wrong, "correct the number, or withdraw that one first")


async def _send_back(tx: Tx, receipt: tables.Receipt, line: tables.ReceiptLine, by: By) -> None:
    back = NewMovement(
        lot=line.lot,
        at=by.at,
        doses=line.doses,
        reason=Reason.RETURNED,
        source=line.compartment,
        document=receipt.document,
        counterparty=receipt.supplier,
        remark=receipt.why,
    )
    await lots.move(tx, back, by)


async def _add_line(tx: Tx, receipt: tables.Receipt, line: DeliveryLine, by: By) -> None:
    moved = None
    if line.undecided is not None:
        moved = await undecided.decide(tx, line.undecided, receipt, (line.lot, line.doses, line.compartment), by)
    elif receipt.state != State.REFUSED:
        came = NewMovement(
            lot=line.lot,
            at=receipt.at,
            doses=line.doses,
            reason=Reason.RECEIVED if line.carrier is None else Reason.MOVED,
            source=line.carrier,
            target=line.compartment,
            document=receipt.document,
            run=receipt.run,
            counterparty=receipt.supplier,
            handed_by=receipt.handed_by,
            taken_by=receipt.taken_by,
            temperature_c=receipt.arrival_c,
        )
        moved = (await lots.move(tx, came, by)).id
    row = tables.ReceiptLine(
        receipt=receipt.id, lot=line.lot, doses=line.doses, compartment=line.compartment, movement=moved
    )
    tx.add(row)
    await audit.record(tx, by, receipt.state, [row])
    if line.undecided is not None and receipt.state == State.REFUSED:
        await _send_back(tx, receipt, row, by)


async def _counting(tx: Tx, number: int, seen: str | None) -> tables.Receipt:
    row = await tx.get(tables.Receipt, number)
    if row is None or row.withdrawn_at is not None:
        raise BadInput("receipt", f"{number} is not one that counts", "choose one from the list")
    locking.check(row, seen)
    return row


async def _waiting(tx: Tx, number: int, seen: str | None) -> tables.Receipt:
    await audit.begin(tx)
    row = await _counting(tx, number, seen)
    if row.state != State.WAITING:
        raise BadInput("receipt", f"{number} is {row.state}, it does not wait", "choose one that waits")
    return row


def _settle(row: tables.Receipt, state: State, by: By) -> None:
    row.state, row.settled_at, row.settled_by = state.value, by.at, by.actor
