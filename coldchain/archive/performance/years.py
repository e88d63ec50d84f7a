"""What a year of months says of each piece, kept for the ranking: of a whole county one row each is read.

    machine_month ─────────┐
    outage, a card's claim ┴─► machine_year: of each month what it and the twelve before it say ─► what to replace first

Written in the transaction that writes what it is made of. A month counts in the years of the twelve that follow it: their
rows stand there before they begin, and the first of a month asks no more than its last.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import median
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from coldchain.archive.db import Tx, lock_all
from coldchain.archive.performance.months import later, month_of
from coldchain.archive.performance.rest import BEFORE_MS, rested, share_of
from coldchain.archive.rows import table_of
from coldchain.archive.tables import Equipment, MachineMonth, MachineYear, Outage

BEFORE: Final = 12  # months before its own that a year goes back
HOUR_MS: Final = 3_600_000
LOCK: Final = "performance.years"


class Year(NamedTuple):
    """How a piece ran in a month and the twelve before it; None: nobody knows."""

    duty_pct: float | None = None  # by its compressor
    deviation_k: float | None = None  # of a usual day
    holdover_pct: float | None = None  # of what its card claims: the median of the losses of mains that tell


class Told(NamedTuple):
    """A loss of mains, as far as it tells of a card or of another's rest."""

    start: int
    known_to: int
    share: float | None


class _Sums(NamedTuple):
    """A month's, as `MachineMonth` has them."""

    month: int
    run_ms: int
    run_known_ms: int
    deviation: int
    spread_known_ms: int


async def rebuild(tx: Tx, touched: Iterable[tuple[str, int]]) -> None:
    """Write again all years in which these (equipment, month) count."""
    years: dict[str, set[int]] = defaultdict(set)
    for code, month in touched:
        years[code].update(later(month, n) for n in range(BEFORE + 1))
    if not years:
        return
    await lock_all(tx, [LOCK])  # a card and the ledger may change a piece at the same time
    for code in sorted(years):
        await _write(tx, code, sorted(years[code]))


async def reclaimed(tx: Tx, codes: Collection[str]) -> None:
    """The cards of these claim something else now: what their losses of mains tell of them is another share."""
    row = table_of(Outage).c
    query = select(row.equipment, row.start, lasted_to()).where(row.equipment.in_(codes))
    losses = list(await tx.execute(query))
    await rebuild(tx, {each for code, start, known_to in losses for each in concerned(code, start, known_to)})


def concerned(code: str, start: int, known_to: int) -> set[tuple[str, int]]:
    """The (equipment, month) that a loss of mains speaks of; for a while it tells whether others found the machine rested."""
    months, last = {month_of(start)}, month_of(known_to + BEFORE_MS)
    while (newest := max(months)) < last:
        months.add(later(newest, 1))
    return {(code, month) for month in months}


def lasted_to() -> ColumnElement[int]:
    """`Loss.known_to`, as the database says it."""
    row = table_of(Outage).c
    return func.coalesce(row.end, row.heard_to, row.start)


def year_of(month: int, sums: Iterable[_Sums], losses: Iterable[Told]) -> Year:
    """What these sums and losses say of the year that ends with this month. Pure."""
    start, end = later(month, -BEFORE), later(month, 1)
    its = [each for each in sums if start <= each.month <= month]
    run, run_known = sum(each.run_ms for each in its), sum(each.run_known_ms for each in its)
    deviation, known = sum(each.deviation for each in its), sum(each.spread_known_ms for each in its)
    near = [each for each in losses if each.known_to >= start - BEFORE_MS and each.start < end]
    return Year(
        round(100 * run / run_known, 2) if run_known else None,
        round(deviation / known / 1000, 2) if known else None,
        percent([each.share for each in rested(near) if each.start >= start and each.share is not None]),
    )


def percent(shares: Sequence[float]) -> float | None:
    """What losses proved of a card, altogether."""
    return round(100 * median(shares), 1) if shares else None


async def _write(tx: Tx, code: str, months: Sequence[int]) -> None:
    first, last = later(months[0], -BEFORE), months[-1]
    sums, losses = await _sums(tx, code, first, last), await _losses(tx, code, first, later(last, 1))
    there = await _there(tx, code, months)
    found = {month: year_of(month, sums, losses) for month in months}
    fresh = {month: year for month, year in found.items() if year != there.get(month, Year())}
    await _put(tx, code, {month: year for month, year in fresh.items() if year != Year()})
    if gone := [month for month, year in fresh.items() if year == Year()]:
        row = table_of(MachineYear)
        await tx.execute(delete(row).where(row.c.equipment == code, row.c.month.in_(gone)))


async def _put(tx: Tx, code: str, years: Mapping[int, Year]) -> None:
    if not years:
        return
    insert = postgresql.insert if tx.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table_of(MachineYear))
    told = {name: statement.excluded[name] for name in Year._fields}
    statement = statement.on_conflict_do_update(index_elements=["month", "equipment"], set_=told)
    await tx.execute(
        statement, [{"equipment": code, "month": month, **year._asdict()} for month, year in years.items()]
    )


async def _there(tx: Tx, code: str, months: Sequence[int]) -> dict[int, Year]:
    row = table_of(MachineYear).c
    query = select(row.month, *(row[name] for name in Year._fields)).where(row.equipment == code)
    return {month: Year(*year) for month, *year in await tx.execute(query.where(row.month.in_(months)))}


async def _sums(tx: Tx, code: str, first: int, last: int) -> list[_Sums]:
    row = table_of(MachineMonth).c
    query = select(*(row[name] for name in _Sums._fields)).where(row.equipment == code)
    return [_Sums(*each) for each in await tx.execute(query.where(row.month >= first, row.month <= last))]


async def _losses(tx: Tx, code: str, start: int, end: int) -> list[Told]:
    row, card = table_of(Outage).c, table_of(Equipment).c
    names = row.start, lasted_to(), row.catalogue_ms, card.holdover_h_catalogue, row.holdover_ms, row.held_ms
    query = select(*names).join_from(table_of(Outage), table_of(Equipment), card.code == row.equipment)
    query = query.where(row.equipment == code, lasted_to() >= start - BEFORE_MS, row.start < end)
    return [
        Told(begun, known_to, share_of(catalogue_ms if claimed_h is None else round(claimed_h * HOUR_MS), *proved))
        for begun, known_to, catalogue_ms, claimed_h, *proved in await tx.execute(query)
    ]
