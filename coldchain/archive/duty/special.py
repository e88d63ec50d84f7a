"""The special days around an instant (节假日, 调休), as the calendar of facilities has them, for where a rota is."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.duty.book import Special
from coldchain.archive.facilities import days
from coldchain.archive.facilities.calendar import DayKind

Entered = list[tables.CalendarDay]


async def around(tx: Tx, at: int, zone: ZoneInfo) -> Entered:
    """What was entered of the day before an instant, of its own and of the one after, everywhere."""
    day, row = days.day_of(at, zone), tables.CalendarDay
    within = row.day.between(days.after(day, -1), days.after(day, 1))
    return list(await tx.scalars(select(row).where(within, row.withdrawn_at.is_(None)).order_by(row.id)))


def at_place(entered: Entered, facility: str | None, regions: Sequence[str]) -> dict[str, Special]:
    """By day: the facility's own, else that of the nearest of its regions, which come nearest first."""
    found: dict[str, tuple[int, Special]] = {}
    for row in entered:
        if row.facility is not None:
            distance = -1 if row.facility == facility else None
        else:
            distance = regions.index(row.region) if row.region in regions else None
        if distance is not None and (row.day not in found or distance < found[row.day][0]):
            found[row.day] = distance, Special(DayKind(row.kind), row.as_weekday)
    return {day: special for day, (_, special) in found.items()}
