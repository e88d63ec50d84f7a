"""Whether a facility works: active, suspended, closed, each from an instant on.

change(…)  ─►  nothing lies, stands or is owed there?  ─►  a row in its history, and its status now
"""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import Select, func, or_, select

from coldchain import clock
from coldchain.archive import audit, locking, lots, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.places import facility as facility_of
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.errors import BadInput


class Standing(StrEnum):
    """Whether a facility works (状态)."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class NewStatus(Record, frozen=True, kw_only=True):
    """From `at` on a facility is of this status, and why."""

    facility: str
    status: Standing
    at: int
    reason: str


class Status(NewStatus, frozen=True, kw_only=True):
    """… that stands in its history; `before` is what it was until then."""

    id: int
    before: Standing


async def change(tx: Tx, new: NewStatus, by: By, *, seen: str | None = None) -> Status:
    """Let a facility be of another status.

    Raises:
        Stale: its card was changed since.
        BadInput: when it is so already, the time is not after the last change or lies ahead, or it is to close and
            something is still there.
    """
    await audit.begin(tx)
    check_texts("facility_status", {"reason": new.reason})
    await facility_of(tx, new.facility)
    row = await tx.get_one(tables.Facility, new.facility)
    locking.check(row, seen)
    if row.status == new.status:
        raise BadInput("status", f"{new.facility} is {new.status} already", "nothing is to be changed")
    if not new.reason.strip():
        raise BadInput("reason", "it is empty", "say why")
    await _check_time(tx, new, by)
    if new.status is Standing.CLOSED:
        await _check_empty(tx, new, by)
    entered = tables.FacilityStatus(
        facility=new.facility, status=str(new.status), before=row.status, at=new.at, reason=new.reason
    )
    row.status = str(new.status)
    tx.add(entered)
    await audit.record(tx, by, new.status, [entered, row])
    return record_of(entered, Status)


async def history(tx: Tx, facility: str) -> list[Status]:
    """All changes of a facility's status, in time."""
    row = tables.FacilityStatus
    query = select(row).where(row.facility == facility).order_by(row.at, row.id)
    return [record_of(each, Status) for each in await tx.scalars(query)]


async def status_at(tx: Tx, facility: str, at: int) -> Standing:
    """Of what status a facility was at an instant."""
    return (await statuses_at(tx, [facility], at))[facility]


async def statuses_at(tx: Tx, facilities: Sequence[str], at: int) -> dict[str, Standing]:
    """Of what status these facilities were at an instant: the last change by then, else what the first one found."""
    place, row = tables.Facility, tables.FacilityStatus
    now = await tx.execute(select(place.code, place.status).where(place.code.in_(facilities)))
    found = {each.code: each.status for each in now}
    changes = select(row).where(row.facility.in_(facilities)).order_by(row.at.desc(), row.id.desc())
    settled: set[str] = set()
    for each in await tx.scalars(changes):
        if each.facility not in settled:
            found[each.facility] = each.status if each.at <= at else each.before
            settled |= {each.facility} if each.at <= at else set()
    return {code: Standing(status) for code, status in found.items()}


async def _check_time(tx: Tx, new: NewStatus, by: By) -> None:
    last = await tx.scalar(
        select(func.max(tables.FacilityStatus.at)).where(tables.FacilityStatus.facility == new.facility)
    )
    if last is not None and new.at <= last:
        raise BadInput("at", f"its status changed at {clock.iso(last)}", "give a later time")
    if new.at > by.at:
        raise BadInput("at", f"{clock.iso(new.at)} lies ahead", "enter it when it is so")


async def _check_empty(tx: Tx, new: NewStatus, by: By) -> None:
    """A facility that closes holds nothing since then, and nobody has a post there."""
    facility = new.facility
    inside = [each.lot.id for each in await lots.at_facility(tx, facility, new.at, by.at + 1)]
    if inside:
        wrong = f"{facility} holds {', '.join(inside[:5])}"
        raise BadInput("status", wrong, "move, return or dispose of the doses, and close it after that")
    equipment = list(await tx.scalars(_equipment_of(facility)))
    if equipment:
        wrong = f"{', '.join(equipment[:5])} still stand at {facility}"
        raise BadInput("status", wrong, "move the equipment to another facility, or scrap it, first")
    if (holder := await tx.scalar(_holder_after(facility, new.at))) is not None:
        raise BadInput("status", f"{holder} still has a post at {facility}", "end the posts there first")


def _equipment_of(facility: str) -> Select[str]:
    row = tables.Equipment
    gone = ("scrapped", "moved")
    return select(row.code).where(row.facility == facility, row.status.not_in(gone)).order_by(row.code)


def _holder_after(facility: str, at: int) -> Select[str]:
    row = tables.Post
    query = select(tables.Person.name).join(row, row.person == tables.Person.id)
    return query.where(
        row.facility == facility, or_(row.end.is_(None), row.end > at), row.withdrawn_at.is_(None)
    ).limit(1)
