"""Rotas (值班表): weekly turns, dated shifts and swaps; a rota may name another that is asked while nobody has a turn."""

from sqlalchemy import select

from coldchain.archive import audit, changes, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.duty import checks
from coldchain.archive.duty.turns import DAY_MIN, HOLIDAY
from coldchain.archive.facilities.posts import living
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.errors import BadInput

MOST_WEEKS = 53


class NewRota(Record, frozen=True, kw_only=True):
    """A rota of a region or of one facility, or of neither: of everywhere. `is_desk`: the duty desk of its region."""

    name: str
    region: str | None = None
    facility: str | None = None
    is_desk: bool = False
    otherwise: int | None = None


class Rota(NewRota, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int
    withdrawn_at: int | None = None


class NewTurn(Record, frozen=True, kw_only=True):
    """From `start` on somebody has these hours of a weekday: 0 Monday … 6 Sunday, 7 a holiday. 18:00–08:00 is 1080–1920."""

    rota: int
    person: int
    weekday: int
    from_min: int
    to_min: int
    start: int
    end: int | None = None
    every_weeks: int = 1


class Turn(NewTurn, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int
    withdrawn_at: int | None = None


class NewShift(Record, frozen=True, kw_only=True):
    """From–to somebody has the duty, instead of all turns; with `instead_of`, instead of that person's (调班)."""

    rota: int
    person: int
    start: int
    end: int
    instead_of: int | None = None
    why: str = ""


class Shift(NewShift, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int
    withdrawn_at: int | None = None


async def add(tx: Tx, new: NewRota, by: By) -> Rota:
    """A new rota, without turns.

    Raises:
        BadInput: when it has no name, its place is unknown, or the rota that it falls back on.
    """
    await audit.begin(tx)
    await _check(tx, new)
    row = tables.Rota(
        name=new.name, region=new.region, facility=new.facility, is_desk=new.is_desk, otherwise=new.otherwise,
        withdrawn_at=None,
    )  # fmt: skip
    await changes.enter(tx, by, "added", row, [])
    return record_of(row, Rota)


async def change(tx: Tx, number: int, new: NewRota, by: By, *, seen: str | None = None) -> Rota:
    """Change a rota's name, its place or what it falls back on; its turns stay.

    Raises:
        Stale: it was changed since.
        BadInput: when there is none, or rotas would refer to each other in a ring.
    """
    row = await changes.counting(tx, tables.Rota, "rota", number)
    locking.check(row, seen)
    await _check(tx, new, number)
    row.name, row.region, row.facility = new.name, new.region, new.facility
    row.is_desk, row.otherwise = new.is_desk, new.otherwise
    await changes.enter(tx, by, "changed", row, [])
    return record_of(row, Rota)


async def withdraw(tx: Tx, number: int, by: By, *, seen: str | None = None) -> Rota:
    """Give a rota up: whatever names it finds nobody there, which is shown as a gap.

    Raises:
        Stale: it was changed since.
        BadInput: when there is none.
    """
    row = await changes.counting(tx, tables.Rota, "rota", number)
    locking.check(row, seen)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Rota)


async def add_turn(tx: Tx, new: NewTurn, by: By) -> Turn:
    """Give somebody hours of a weekday.

    Raises:
        BadInput: when the rota or the person is not there, or the hours cannot be.
    """
    await audit.begin(tx)
    await checks.rota(tx, new.rota)
    await living(tx, new.person, new.start)
    changes.check_span(new.start, new.end)
    if not 0 <= new.weekday <= HOLIDAY:
        raise BadInput("weekday", f"{new.weekday} is none", "write 0 Monday to 6 Sunday, or 7 for holidays")
    if not (0 <= new.from_min < DAY_MIN and new.from_min < new.to_min <= new.from_min + DAY_MIN):
        wrong = f"{new.from_min} to {new.to_min} cannot be"
        raise BadInput(
            "to_min", wrong, "write minutes of the day; past midnight go on counting: 18:00–08:00 is 1080–1920"
        )
    if not 1 <= new.every_weeks <= MOST_WEEKS:
        raise BadInput("every_weeks", f"{new.every_weeks} is out of range", f"write 1 to {MOST_WEEKS}")
    row = tables.RotaTurn(
        rota=new.rota, person=new.person, weekday=new.weekday, from_min=new.from_min, to_min=new.to_min,
        every_weeks=new.every_weeks, start=new.start, end=new.end, withdrawn_at=None,
    )  # fmt: skip
    await changes.enter(tx, by, "added", row, [])
    return record_of(row, Turn)


async def end_turn(tx: Tx, number: int, at: int, by: By, *, seen: str | None = None) -> Turn:
    """Let a turn end.

    Raises:
        Stale: it was changed since.
        BadInput: when there is none, it is past, or it is over by then.
    """
    row = await changes.counting(tx, tables.RotaTurn, "turn", number)
    locking.check(row, seen)
    checks.not_past("at", at, by.at)
    changes.end_at(row, at)
    await changes.enter(tx, by, "ended", row, [])
    return record_of(row, Turn)


async def add_shift(tx: Tx, new: NewShift, by: By) -> Shift:
    """A dated duty, or a swap of one person's.

    Raises:
        BadInput: when the rota or a person is not there, it is over, or nobody is replaced by themselves.
    """
    check_texts("rota_shift", {"why": new.why})
    await audit.begin(tx)
    await checks.rota(tx, new.rota)
    changes.check_span(new.start, new.end)
    checks.not_past("end", new.end, by.at)
    await living(tx, new.person, new.start)
    if new.instead_of is not None:
        await living(tx, new.instead_of, by.at)
        if new.instead_of == new.person:
            raise BadInput("instead_of", "it is the same person", "name whose duty is taken, or nobody")
    row = tables.RotaShift(
        rota=new.rota, person=new.person, instead_of=new.instead_of, start=new.start, end=new.end, why=new.why,
        withdrawn_at=None,
    )  # fmt: skip
    await changes.enter(tx, by, "added", row, [])
    return record_of(row, Shift)


async def withdraw_shift(tx: Tx, number: int, by: By, *, seen: str | None = None) -> Shift:
    """Take back a dated duty that is not over.

    Raises:
        Stale: it was changed since.
        BadInput: when there is none, or it is over.
    """
    row = await changes.counting(tx, tables.RotaShift, "shift", number)
    locking.check(row, seen)
    checks.not_past("shift", row.end, by.at)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Shift)


async def listed(tx: Tx) -> list[Rota]:
    """All rotas, those given up too, by number."""
    return [record_of(each, Rota) for each in await tx.scalars(select(tables.Rota).order_by(tables.Rota.id))]


async def turns(tx: Tx, rota: int) -> list[Turn]:
    """The turns of a rota, those that ended too."""
    row = tables.RotaTurn
    query = select(row).where(row.rota == rota).order_by(row.weekday, row.from_min, row.id)
    return [record_of(each, Turn) for each in await tx.scalars(query)]


async def shifts(tx: Tx, rota: int, since: int = 0) -> list[Shift]:
    """The dated duties of a rota that end after `since`."""
    row = tables.RotaShift
    query = select(row).where(row.rota == rota, row.end > since).order_by(row.start, row.id)
    return [record_of(each, Shift) for each in await tx.scalars(query)]


async def _check(tx: Tx, new: NewRota, own: int | None = None) -> None:
    check_texts("rota", {"name": new.name})
    if not new.name.strip():
        raise BadInput("name", "it is empty", "write what the rota is called")
    await checks.place(tx, region=new.region, facility=new.facility)
    if new.is_desk and new.facility is not None:
        raise BadInput("is_desk", "a desk is a region's", "name the region whose alarms it takes")
    asked, seen = new.otherwise, [] if own is None else [own]
    while asked is not None:
        row = await checks.rota(tx, asked, "otherwise")
        if asked in seen:
            raise BadInput(
                "otherwise", f"rotas would refer to each other in a ring at {asked}", "name another, or none"
            )
        seen.append(asked)
        asked = row.otherwise
