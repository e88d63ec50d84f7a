"""A year's plan of rounds (常规冷链运转): planned, changed until it is closed, closed when nothing of it is on the road.

plan ─► round, a line for each facility ─► runs … ─► lines closed by their facilities ─► round closed by the county
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select, true

from coldchain.archive import audit, changes, locking, places, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.facilities import days
from coldchain.archive.rows import check_texts, record_of
from coldchain.archive.transport.words import Line, NewRound, Round
from coldchain.archive.views import Scope, facilities_below
from coldchain.errors import BadInput

YEARS: Final = (2000, 2100)
MOST_ROUNDS: Final = 60
MOST_DOSES: Final = 10_000_000


async def plan(tx: Tx, new: NewRound, planned: Mapping[str, int], by: By) -> Round:
    """Enter a round with the doses planned for each facility.

    Raises:
        BadInput: when it lies outside of its year or over another round of its region, or a line cannot be.
    """
    await audit.begin(tx)
    await _check(tx, new, None)
    row = tables.Round(
        region=new.region, year=new.year, number=new.number, name=new.name, first_day=new.first_day,
        last_day=new.last_day,
    )  # fmt: skip
    await changes.enter(tx, by, "planned", row, [])
    for facility, doses in sorted(planned.items()):
        await put_line(tx, row.id, facility, doses, by)
    return record_of(row, Round)


async def change(tx: Tx, number: int, new: NewRound, by: By, *, seen: str | None = None) -> Round:
    """Plan it otherwise.

    Raises:
        BadInput: when it is closed, or cannot be so.
        Stale: somebody else changed it.
    """
    row = await open_row(tx, number)
    locking.check(row, seen)
    if new.region != row.region:
        raise BadInput("region", f"round {number} is of {row.region}", "withdraw it, and plan another")
    await _check(tx, new, number)
    row.year, row.number, row.name = new.year, new.number, new.name
    row.first_day, row.last_day = new.first_day, new.last_day
    await changes.enter(tx, by, "changed", row, [])
    return record_of(row, Round)


async def put_line(tx: Tx, number: int, facility: str, planned_doses: int, by: By, *, seen: str | None = None) -> Line:
    """Plan doses for a facility in a round; 0 = it is visited and draws nothing.

    Raises:
        BadInput: when the round or the line is closed, the facility is not of the region, or the number cannot be.
        Stale: somebody else changed it.
    """
    round_ = await open_row(tx, number)
    if not 0 <= planned_doses <= MOST_DOSES:
        raise BadInput("planned_doses", f"{planned_doses} cannot be planned", f"write 0 to {MOST_DOSES}")
    place = await places.facility(tx, facility)
    if place.region not in await places.below(tx, round_.region):
        raise BadInput("facility", f"{facility} is not in {round_.region}", "plan it in its own region's round")
    row = await tx.get(tables.RoundLine, (number, facility))
    if row is None:
        row = tables.RoundLine(round=number, facility=facility, planned_doses=planned_doses)
        await changes.enter(tx, by, "planned", row, [])
        return record_of(row, Line)
    locking.check(row, seen)
    _check_open(row)
    row.planned_doses = planned_doses
    await changes.enter(tx, by, "changed", row, [])
    return record_of(row, Line)


async def write_sessions(
    tx: Tx, number: int, facility: str, sessions_held: int, by: By, *, seen: str | None = None
) -> Line:
    """How many sessions a facility held with what it drew.

    Raises:
        BadInput: when it has no line there, the line is closed, or the number cannot be.
        Stale: somebody else changed it.
    """
    row = await line_row(tx, number, facility)
    locking.check(row, seen)
    _check_open(row)
    if not 0 <= sessions_held <= 1000:
        raise BadInput("sessions_held", f"{sessions_held} cannot be", "write 0 to 1000")
    row.sessions_held = sessions_held
    await changes.enter(tx, by, "changed", row, [])
    return record_of(row, Line)


async def close(tx: Tx, number: int, by: By, *, seen: str | None = None) -> Round:
    """The round is over; lines that are not complete stay so, and are seen.

    Raises:
        BadInput: when it is closed already, or a run of it is on its way.
        Stale: somebody else changed it.
    """
    row = await open_row(tx, number)
    locking.check(row, seen)
    query = select(tables.Run.id).where(tables.Run.round == number, tables.Run.withdrawn_at.is_(None))
    going = list(await tx.scalars(query.where(tables.Run.ended_at.is_(None)).order_by(tables.Run.id)))
    if going:
        raise BadInput("round", f"runs {', '.join(map(str, going))} of it are on their way", "end them first")
    row.closed_at, row.closed_by = by.at, by.actor
    await changes.enter(tx, by, "closed", row, [])
    return record_of(row, Round)


async def withdraw(tx: Tx, number: int, by: By, *, seen: str | None = None) -> Round:
    """Take back a round that was planned by mistake.

    Raises:
        BadInput: when it is closed, or runs went for it.
        Stale: somebody else changed it.
    """
    row = await open_row(tx, number)
    locking.check(row, seen)
    query = select(tables.Run.id).where(tables.Run.round == number, tables.Run.withdrawn_at.is_(None))
    if await tx.scalar(query.limit(1)) is not None:
        raise BadInput("round", f"runs went for round {number}", "close it instead")
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Round)


async def listed(tx: Tx, scope: Scope, *, year: int | None = None) -> list[Round]:
    """The rounds that count in which a facility in scope has a line (all of them to who sees all), in time."""
    query = select(tables.Round).where(tables.Round.withdrawn_at.is_(None))
    query = query.where(true() if year is None else tables.Round.year == year)
    mine = select(tables.RoundLine.round).where(tables.RoundLine.facility.in_(scope or ()))
    query = query.where(true() if scope is None else tables.Round.id.in_(mine))
    rows = await tx.scalars(query.order_by(tables.Round.year, tables.Round.number, tables.Round.id))
    return [record_of(row, Round) for row in rows]


async def find(tx: Tx, scope: Scope, number: int) -> tuple[Round, str] | None:
    """A round that counts in which a facility in scope has a line, with the tag of its state."""
    row = await tx.get(tables.Round, number)
    if row is None or row.withdrawn_at is not None:
        return None
    if scope is not None:
        mine = select(tables.RoundLine.facility).where(tables.RoundLine.round == number)
        if not scope & set(await tx.scalars(mine)) and not scope & await facilities_below(tx, row.region):
            return None
    return record_of(row, Round), locking.tag_of(row)


async def open_row(tx: Tx, number: int) -> tables.Round:
    """A round that can still be changed.

    Raises:
        BadInput: when there is none, or it is closed.
    """
    row = await changes.counting(tx, tables.Round, "round", number)
    if row.closed_at is not None:
        raise BadInput("round", f"round {number} was closed by {row.closed_by}", "choose one that goes on")
    return row


async def line_row(tx: Tx, number: int, facility: str) -> tables.RoundLine:
    """A facility's line of a round that can still be changed.

    Raises:
        BadInput: when there is none, or the round is closed.
    """
    await open_row(tx, number)
    row = await tx.get(tables.RoundLine, (number, facility))
    if row is None:
        raise BadInput("facility", f"{facility[:80]!r} has no line in round {number}", "plan one for it first")
    return row


def _check_open(row: tables.RoundLine) -> None:
    if row.closed_at is not None:
        wrong = f"the line of {row.facility} was closed by {row.closed_by}"
        raise BadInput("facility", wrong, "what is closed stays as it is")


async def _check(tx: Tx, new: NewRound, number: int | None) -> None:
    """`number` is the round that is changed; it stands in nobody's way but others'."""
    check_texts("round", {"name": new.name})
    if await tx.get(tables.Region, new.region) is None:
        raise BadInput("region", f"{new.region[:80]!r} is not in the archive", "import it first, or correct the code")
    if not YEARS[0] <= new.year <= YEARS[1]:
        raise BadInput("year", f"{new.year} cannot be planned", f"write {YEARS[0]} to {YEARS[1]}")
    if not 1 <= new.number <= MOST_ROUNDS:
        raise BadInput("number", f"{new.number} is no round of a year", f"write 1 to {MOST_ROUNDS}")
    for field in ("first_day", "last_day"):
        if days.parse(getattr(new, field), field).year != new.year:
            raise BadInput(field, f"{getattr(new, field)} is not in {new.year}", "plan it in its own year")
    if new.last_day < new.first_day:
        raise BadInput("last_day", f"{new.last_day} is before {new.first_day}", "exchange the two")
    await _check_others(tx, new, number)


async def _check_others(tx: Tx, new: NewRound, number: int | None) -> None:
    """Rounds of a region follow each other."""
    row = tables.Round
    query = select(row).where(row.region == new.region, row.year == new.year, row.withdrawn_at.is_(None))
    for other in await tx.scalars(query.order_by(row.number)):
        if other.id == number:
            continue
        if other.number == new.number:
            raise BadInput("number", f"{new.year} has a round {new.number} (number {other.id})", "take the next one")
        if other.first_day <= new.last_day and new.first_day <= other.last_day:
            wrong = f"round {other.number} goes from {other.first_day} to {other.last_day}"
            raise BadInput("first_day", wrong, "plan it before or after that")
