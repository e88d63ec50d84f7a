"""Who is away from when to when, and who stands in; without a stand-in it is a gap that is shown."""

from sqlalchemy import select

from coldchain import clock
from coldchain.archive import audit, changes, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.duty import checks
from coldchain.archive.facilities.posts import living
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.views import Scope
from coldchain.errors import BadInput


class NewAbsence(Record, frozen=True, kw_only=True):
    """Somebody is away, and who stands in for them."""

    person: int
    start: int
    end: int
    stand_in: int | None = None
    why: str = ""


class Absence(NewAbsence, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int
    withdrawn_at: int | None = None


async def enter(tx: Tx, new: NewAbsence, by: By) -> Absence:
    """Somebody is away.

    Raises:
        BadInput: when one of them is not there, it is over, they are away then already, or stand-ins would form a ring.
    """
    check_texts("absence", {"why": new.why})
    await audit.begin(tx)
    person = await living(tx, new.person, new.start)
    changes.check_span(new.start, new.end)
    checks.not_past("end", new.end, by.at)
    others = await _overlapping(tx, new)
    if any(each.person == new.person for each in others):
        other = next(each for each in others if each.person == new.person)
        wrong = f"{person.name} is away {clock.iso(other.start)} to {clock.iso(other.end)}, as {other.id} says"
        raise BadInput("start", wrong, "withdraw that one first")
    if new.stand_in is not None:
        await living(tx, new.stand_in, new.start)
        _check_ring(new, others)
    row = tables.Absence(
        person=new.person, start=new.start, end=new.end, stand_in=new.stand_in, why=new.why, withdrawn_at=None
    )
    await changes.enter(tx, by, "entered", row, [])
    return record_of(row, Absence)


async def end(tx: Tx, number: int, at: int, by: By, *, seen: str | None = None) -> Absence:
    """Somebody is back earlier than they said.

    Raises:
        Stale: it was changed since.
        BadInput: when there is none, it is past, or it is over by then.
    """
    row = await changes.counting(tx, tables.Absence, "absence", number)
    locking.check(row, seen)
    checks.not_past("at", at, by.at)
    changes.end_at(row, at)
    await changes.enter(tx, by, "ended", row, [])
    return record_of(row, Absence)


async def withdraw(tx: Tx, number: int, by: By, *, seen: str | None = None) -> Absence:
    """Take back an absence that has not begun.

    Raises:
        Stale: it was changed since.
        BadInput: when there is none, or it has begun.
    """
    row = await changes.counting(tx, tables.Absence, "absence", number)
    locking.check(row, seen)
    if row.start <= by.at:
        raise BadInput("absence", f"{number} has begun at {clock.iso(row.start)}", "end it")
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Absence)


async def listed(tx: Tx, *, since: int, scope: Scope = None, after: int = 0, limit: int | None = None) -> list[Absence]:
    """Absences of people in scope that end after `since`, by number."""
    row = tables.Absence
    query = select(row).where(row.end > since, row.id > after).order_by(row.id).limit(limit)
    if scope is not None:
        inside = select(tables.Person.id).where(tables.Person.facility.in_(scope))
        query = query.where(row.person.in_(inside))
    return [record_of(each, Absence) for each in await tx.scalars(query)]


async def _overlapping(tx: Tx, new: NewAbsence) -> list[tables.Absence]:
    row = tables.Absence
    query = select(row).where(row.withdrawn_at.is_(None), row.start < new.end, row.end > new.start)
    return list(await tx.scalars(query.order_by(row.id)))


def _check_ring(new: NewAbsence, others: list[tables.Absence]) -> None:
    """Refuse stand-ins who would stand in for each other; one who is away for a part of it only is found by `members`."""
    if new.stand_in == new.person:
        raise BadInput("stand_in", "nobody stands in for themselves", "name another, or nobody")
    asked, seen = new.stand_in, {new.person}
    while asked is not None:
        if asked in seen:
            raise BadInput("stand_in", f"{asked} would stand in for whoever stands in for them", "name another")
        seen.add(asked)
        asked = next((each.stand_in for each in others if each.person == asked), None)
