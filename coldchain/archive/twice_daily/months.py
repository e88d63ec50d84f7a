"""Which halves of which days stand in the record of each compartment, kept by month beside the entries.

entry, withdrawal ─► rebuild ─► record_month ─► standing: sets of days by compartment and half ─► `duty`, `missing`

A month of a county is as many rows as it has compartments, and no longer sixty times as many.
"""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from coldchain.archive.db import Tx
from coldchain.archive.rows import table_of
from coldchain.archive.tables import ManualRecord, RecordMonth
from coldchain.archive.twice_daily.days import Bits, Days
from coldchain.archive.twice_daily.hours import Half

FEW: Final = 500  # so many compartments are asked for by name, more by their first and last number


class Standing(NamedTuple):
    """The days on which each half of a compartment was written down, and those of them on which that was late."""

    am: Bits = 0
    pm: Bits = 0
    am_late: Bits = 0
    pm_late: Bits = 0

    def of(self, half: Half) -> tuple[Bits, Bits]:
        """Written in time, and late."""
        written, late = (self.am, self.am_late) if half is Half.AM else (self.pm, self.pm_late)
        return written & ~late, late


NOTHING: Final = Standing()


async def standing(tx: Tx, days: Days, compartments: Collection[int]) -> Mapping[int, Standing]:
    """What stands in the records of these compartments on these days; who wrote nothing is not here, others may be."""
    if not compartments:
        return {}
    starts = days.months()
    row = table_of(RecordMonth).c
    query = select(row.compartment, row.month, row.am, row.pm, row.am_late, row.pm_late)
    query = query.where(row.month.in_(starts))
    if len(compartments) <= FEW:
        query = query.where(row.compartment.in_(compartments))
    else:
        query = query.where(row.compartment.between(min(compartments), max(compartments)))
    asked = days.among(days.first, f"{days.last}~")  # what comes right behind the last
    found: dict[int, Standing] = {}
    for compartment, month, *sets in await tx.execute(query):
        start = starts[month]
        its = [(bits << start if start > 0 else bits >> -start) & asked for bits in sets]
        before = found.get(compartment, NOTHING)
        found[compartment] = Standing._make(map(int.__or__, before, its))
    return found


async def rebuild(tx: Tx, compartment: int, day: str) -> None:
    """Gather again the month of a day, of which an entry was written or taken back.

    Call it behind `audit.begin`, where one writer passes at a time.
    """
    row, month = ManualRecord, Days.of_month(day[:7])
    query = select(row.day, row.half, row.late_reason.is_not(None)).where(
        row.compartment == compartment,
        row.day >= month.first,
        row.day <= month.last,
        row.withdrawn_at.is_(None),
    )
    sets = {"am": 0, "pm": 0, "am_late": 0, "pm_late": 0}
    for its_day, half, is_late in await tx.execute(query):
        bit = 1 << (int(its_day[8:]) - 1)
        sets[half] |= bit
        sets[f"{half}_late"] |= bit if is_late else 0
    insert = postgresql.insert if tx.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(RecordMonth).values(month=day[:7], compartment=compartment, **sets)
    await tx.execute(statement.on_conflict_do_update(index_elements=["month", "compartment"], set_=sets))
