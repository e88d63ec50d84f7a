"""An entry: what somebody read off a display, in which half of which day, under their name.

what the display shows ─► enter (is it the half's time? 6 h apart? late: why?) ─► stands ─► only withdrawn, never changed
"""

import math
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select, true

from coldchain import clock
from coldchain.archive import audit, changes, tables
from coldchain.archive.audit import By
from coldchain.archive.changes import Touched
from coldchain.archive.db import Tx
from coldchain.archive.facilities import days
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.twice_daily import months
from coldchain.archive.twice_daily.hours import Half, NewHours, book, local_clock, longest_reach_ms, terms
from coldchain.archive.upkeep.words import GONE
from coldchain.archive.views import Scope
from coldchain.errors import BadInput
from coldchain.profile import profile_of
from coldchain.reading import PHYSICAL_RANGE, Quantity

MINUTE: Final = 60_000
DAY: Final = 24 * 60 * MINUTE
FEW: Final = 20  # facilities: so many have few enough entries to be sorted
AMBIENT_C: Final = (-60.0, 60.0)


class NewEntry(Record, frozen=True, kw_only=True):
    """What a display showed. `late_reason` only where the half's hours are over when it is entered (补录)."""

    compartment: int
    half: Half
    taken_at: int
    value_c: float
    signed_by: str  # a user's name
    ambient_c: float | None = None
    action: str = ""
    late_reason: str | None = None


class Entry(NewEntry, frozen=True, kw_only=True):
    """… that stands in the record; withdrawn ones stay there and count no more."""

    id: int
    day: str
    entered_at: int
    withdrawn_at: int | None = None
    withdrawn_by: str | None = None
    withdrawn_why: str | None = None


async def enter(tx: Tx, new: NewEntry, zone: ZoneInfo, by: By) -> Entry:
    """Write down what a display showed.

    Raises:
        BadInput: when it cannot have been read there, then or by them; when the half is written down already; when both
            readings would lie too close; when it is late without a reason.
    """
    await audit.begin(tx)
    check_texts("manual_record", {"action": new.action, "late_reason": new.late_reason})
    room, unit = await _place(tx, new.compartment)
    await _check_signer(tx, new.signed_by, unit.facility)
    _check_value(new, room)
    day = days.day_of(new.taken_at, zone)
    _check_time(new, await _hours(tx, unit.facility, day), day, zone, by.at)
    await _check_others(tx, new, day, zone)
    row = tables.ManualRecord(
        compartment=new.compartment, day=day, half=new.half.value, taken_at=new.taken_at, value_c=new.value_c,
        ambient_c=new.ambient_c, action=new.action, signed_by=new.signed_by, entered_at=by.at,
        late_reason=new.late_reason,
    )  # fmt: skip
    await changes.enter(tx, by, "entered", row, [_touched(row)])
    await months.rebuild(tx, row.compartment, row.day)
    return record_of(row, Entry)


async def withdraw(tx: Tx, number: int, why: str, by: By) -> Entry:
    """Take back an entry that was wrong; it stays in the record, struck through, with who and why.

    Raises:
        BadInput: when there is none, it was taken back before, or nobody says why.
    """
    check_texts("manual_record", {"withdrawn_why": why, "withdrawn_by": by.actor})
    if not why.strip():
        raise BadInput("reason", "nothing says why", "write what was wrong with it")
    row = await changes.counting(tx, tables.ManualRecord, "record", number)
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_why = by.at, by.actor, why
    await changes.enter(tx, by, "withdrawn", row, [_touched(row)])
    await months.rebuild(tx, row.compartment, row.day)
    return record_of(row, Entry)


async def entry(tx: Tx, number: int, scope: Scope = None) -> Entry | None:
    """One entry, of a facility in scope."""
    query = select(tables.ManualRecord, tables.Equipment.facility).join_from(
        tables.ManualRecord, tables.Compartment, tables.Compartment.id == tables.ManualRecord.compartment
    )
    query = query.join(tables.Equipment, tables.Equipment.code == tables.Compartment.equipment)
    found = (await tx.execute(query.where(tables.ManualRecord.id == number))).first()
    if found is None or (scope is not None and found.facility not in scope):
        return None
    return record_of(found[0], Entry)


async def listed(tx: Tx, scope: Scope, asked: Asked, *, equipment: str | None = None) -> Page[Entry]:
    """All entries in scope, or of one piece of equipment, the withdrawn too, the newest first."""
    row, room, unit = tables.ManualRecord, tables.Compartment, tables.Equipment
    query = select(row)
    rooms = select(room.id).join(unit, unit.code == room.equipment)
    rooms = rooms.where(true() if scope is None else unit.facility.in_(scope))
    if equipment is not None or (scope is not None and len(scope) <= FEW):
        rooms = rooms.where(true() if equipment is None else unit.code == equipment)
        query = query.where(row.compartment.in_(rooms))
    elif (
        scope is not None
    ):  # the newest of a whole county are found from the newest of all, not by sorting the county's
        query = query.where(rooms.where(room.id == row.compartment).exists())
    return await page(tx, query, (row.id,), asked, Entry, descending=True)


async def of_compartment(tx: Tx, compartment: int, start: int, end: int) -> list[Entry]:
    """The entries that count, read in [start, end), in time."""
    row = tables.ManualRecord
    query = select(row).where(row.compartment == compartment, row.taken_at >= start, row.taken_at < end)
    query = query.where(row.withdrawn_at.is_(None)).order_by(row.taken_at, row.id)
    return [record_of(each, Entry) for each in await tx.scalars(query)]


async def of_days(tx: Tx, equipment: str, first: str, last: str) -> list[Entry]:
    """All entries of a piece of equipment on these days, the withdrawn too, as they were entered."""
    row = tables.ManualRecord
    rooms = select(tables.Compartment.id).where(tables.Compartment.equipment == equipment)
    query = select(row).where(row.compartment.in_(rooms), row.day >= first, row.day <= last).order_by(row.id)
    return [record_of(each, Entry) for each in await tx.scalars(query)]


async def _place(tx: Tx, compartment: int) -> tuple[tables.Compartment, tables.Equipment]:
    room = await tx.get(tables.Compartment, compartment)
    if room is None:
        raise BadInput("compartment", f"there is no compartment {compartment}", "import its equipment first")
    unit = await tx.get(tables.Equipment, room.equipment)
    assert unit is not None  # a reference holds it
    if unit.status in GONE:
        raise BadInput("compartment", f"{unit.code} is {unit.status}", "write the record of what is in use")
    return room, unit


async def _check_signer(tx: Tx, name: str, facility: str) -> None:
    user = await tx.get(tables.User, name)
    if user is None or user.disabled_at is not None:
        raise BadInput("signed_by", f"{name[:80]!r} is no user", "sign with the name you log in by")
    if user.facility is not None and user.facility != facility:
        wrong = f"it stands at {facility}, {name} keeps the record of {user.facility}"
        raise BadInput("compartment", wrong, "choose your own equipment")


def _check_value(new: NewEntry, room: tables.Compartment) -> None:
    _check_range("value_c", new.value_c, PHYSICAL_RANGE[Quantity.TEMPERATURE])
    if new.ambient_c is not None:
        _check_range("ambient_c", new.ambient_c, AMBIENT_C)
    if not profile_of(room.profile).holds(new.value_c) and not new.action.strip():
        wrong = f"{new.value_c:g} °C is outside of what {room.equipment}/{room.name} is to keep"
        raise BadInput("action", wrong, "write what was done about it (处理)")


def _check_range(field: str, value: float, limits: tuple[float, float]) -> None:
    low, high = limits
    if not (math.isfinite(value) and low <= value <= high):
        raise BadInput(field, f"{value:g} °C is no temperature of such a place", f"write {low:g} to {high:g}")


async def _hours(tx: Tx, facility: str, day: str) -> NewHours:
    region = (await tx.scalars(select(tables.Facility.region).where(tables.Facility.code == facility))).one()
    found = (await book(tx)).of(region, day)
    if found is None:
        raise BadInput("taken_at", f"no record was kept on {day}", "correct the time")
    return found


def _check_time(new: NewEntry, hours: NewHours, day: str, zone: ZoneInfo, now: int) -> None:
    """In the past, in the half's hours; when those are over, with a reason and not too late."""
    if new.taken_at > now:
        raise BadInput("taken_at", f"{clock.iso(new.taken_at)} is yet to come", "write when the display was read")
    first, last = hours.window_ms(day, new.half, zone)
    if not first <= new.taken_at <= last:
        wrong = f"{local_clock(new.taken_at, zone)} is not in the {new.half}'s hours"
        raise BadInput("half", wrong, f"the {new.half} is read {hours.words(new.half)}")
    is_late = now > last
    if is_late and not (new.late_reason or "").strip():
        wrong = f"the hours of {day} {new.half} are over"
        raise BadInput("late_reason", wrong, "write why it is entered afterwards (补录)")
    if is_late and now - last > terms().late_within_days * DAY:
        wrong = f"{day} is more than {terms().late_within_days} days ago"
        raise BadInput("taken_at", wrong, "it stays missing; keep the paper")
    if not is_late and new.late_reason is not None:
        raise BadInput("late_reason", f"the hours of {day} {new.half} are not over", "leave it out: this is in time")


async def _check_others(tx: Tx, new: NewEntry, day: str, zone: ZoneInfo) -> None:
    """One entry a half, and the two so far apart."""
    row = tables.ManualRecord
    query = select(row).where(row.compartment == new.compartment, row.day == day, row.withdrawn_at.is_(None))
    for other in await tx.scalars(query):
        if other.half == new.half:
            wrong = f"{day} {new.half} is written down (number {other.id})"
            raise BadInput("half", wrong, "withdraw that one with a reason, if it is wrong")
        await _check_apart(tx, new, other, zone)


async def _check_apart(tx: Tx, new: NewEntry, other: tables.ManualRecord, zone: ZoneInfo) -> None:
    _, unit = await _place(tx, new.compartment)
    apart_ms = (await _hours(tx, unit.facility, other.day)).apart_min * MINUTE
    if abs(new.taken_at - other.taken_at) >= apart_ms:
        return
    is_later = new.half == Half.PM
    allowed = other.taken_at + apart_ms if is_later else other.taken_at - apart_ms
    wrong = (
        f"the {other.half} was read at {local_clock(other.taken_at, zone)}, less than {apart_ms / 3_600_000:g} h away"
    )
    raise BadInput("taken_at", wrong, f"read it {'from' if is_later else 'by'} {local_clock(allowed, zone)}")


def _touched(row: tables.ManualRecord) -> Touched:
    """What is known by hand of the time around it."""
    reach = longest_reach_ms()
    return Touched(row.taken_at - reach, row.taken_at + reach, compartment=row.compartment)
