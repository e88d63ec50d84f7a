"""Which days a facility works: its week, and the dated days that are not what their weekday says (节假日, 调休).

    a row of the facility itself  >  a row of the nearest region  >  its working week  >  every day

A refrigerator must be looked at daily. So a facility whose card names no working week works every day, and a holiday of
its region exempts it from nothing: that needs a row of its own. Session hours are not a working week: who vaccinates on
Tuesdays is there on the others too.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from sqlalchemy import or_, select

from coldchain.archive import audit, changes, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.facilities import days
from coldchain.archive.places import facility as facility_of
from coldchain.archive.places import lineage
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.errors import BadInput

WEEK: Final = "1234567"  # Monday to Sunday


class DayKind(StrEnum):
    """What a day is instead of what its weekday says."""

    HOLIDAY = "holiday"
    WORKDAY = "workday"


class NewCalendarDay(Record, frozen=True, kw_only=True):
    """A day that is not what its weekday says, for a region and below or for one facility; `source` is the notice."""

    day: str
    kind: DayKind
    name: str
    source: str
    region: str | None = None
    facility: str | None = None


class CalendarDay(NewCalendarDay, frozen=True, kw_only=True):
    """… that stands in the archive; withdrawn = it was entered by mistake."""

    id: int
    withdrawn_at: int | None = None


async def working_days(tx: Tx, facility: str, first: str, last: str) -> set[str]:
    """The days from first to last, both included, on which somebody is to be there.

    Raises:
        BadInput: when the facility is unknown or the days cannot be.
    """
    asked = days.span(first, last)
    place = await facility_of(tx, facility)
    week = await tx.scalar(select(tables.Facility.working_week).where(tables.Facility.code == facility)) or ""
    own, above = await _exceptions(tx, facility, place.region, first, last)
    found = set()
    for day in asked:
        text = day.isoformat()
        kind = own.get(text) or (above.get(text) if week else None)
        works = kind is DayKind.WORKDAY if kind else not week or str(day.isoweekday()) in week
        if works:
            found.add(text)
    return found


async def is_working_day(tx: Tx, facility: str, day: str) -> bool:
    """True when somebody is to be there on this day.

    Raises:
        BadInput: when the facility is unknown or it is no day.
    """
    return bool(await working_days(tx, facility, day, day))


async def enter(tx: Tx, new: NewCalendarDay, by: By) -> CalendarDay:
    """Write down a day that is not what its weekday says.

    Raises:
        BadInput: when its place is unknown, it is no day, or that day is entered for that place already.
    """
    await audit.begin(tx)
    await _check(tx, new)
    same = select(tables.CalendarDay.id).where(
        tables.CalendarDay.day == new.day,
        tables.CalendarDay.withdrawn_at.is_(None),
        tables.CalendarDay.region.is_not_distinct_from(new.region),
        tables.CalendarDay.facility.is_not_distinct_from(new.facility),
    )
    if (there := await tx.scalar(same)) is not None:
        raise BadInput("day", f"{new.day} is entered there already, as {there}", "withdraw that one first")
    row = tables.CalendarDay(
        day=new.day, kind=str(new.kind), name=new.name, region=new.region, facility=new.facility, source=new.source
    )
    await changes.enter(tx, by, "entered", row, [])
    return record_of(row, CalendarDay)


async def withdraw(tx: Tx, number: int, by: By) -> CalendarDay:
    """Take back a day entered by mistake.

    Raises:
        BadInput: when there is none, or it was taken back before.
    """
    row = await changes.counting(tx, tables.CalendarDay, "day", number)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, CalendarDay)


async def listed(tx: Tx, first: str, last: str) -> list[CalendarDay]:
    """All entered days from first to last, the withdrawn too.

    Raises:
        BadInput: when one is no day, they are in the wrong order, or too far apart.
    """
    days.span(first, last)
    row = tables.CalendarDay
    query = select(row).where(row.day >= first, row.day <= last).order_by(row.day, row.id)
    return [record_of(each, CalendarDay) for each in await tx.scalars(query)]


def check_week(week: str) -> None:
    """Refuse what is no working week.

    Raises:
        BadInput: when it is not days of the week in their order.
    """
    if any(day not in WEEK for day in week) or list(week) != sorted(set(week)):
        cure = 'write the days from 1 Monday to 7 Sunday, "12345"; nothing where somebody is there daily'
        raise BadInput("working_week", f"{week[:40]!r} is no week", cure)


async def _exceptions(
    tx: Tx, facility: str, region: str, first: str, last: str
) -> tuple[dict[str, DayKind], dict[str, DayKind]]:
    """By day: what the facility's own rows say, and what the nearest region's do."""
    regions = await lineage(tx, region)
    row = tables.CalendarDay
    query = select(row).where(row.day >= first, row.day <= last, row.withdrawn_at.is_(None))
    query = query.where(or_(row.facility == facility, row.region.in_(regions)))
    rows = list(await tx.scalars(query))
    own = {each.day: DayKind(each.kind) for each in rows if each.facility is not None}
    return own, _nearest((each for each in rows if each.region is not None), regions)


def _nearest(rows: Iterable[tables.CalendarDay], regions: list[str]) -> dict[str, DayKind]:
    """Of several regions the one that comes first in `regions` says what a day is."""
    ordered = sorted(rows, key=lambda each: regions.index(each.region or ""), reverse=True)
    return {each.day: DayKind(each.kind) for each in ordered}


async def _check(tx: Tx, new: NewCalendarDay) -> None:
    check_texts("calendar_day", {"name": new.name, "source": new.source})
    days.parse(new.day, "day")
    if not new.source.strip():
        raise BadInput("source", "it is empty", "name the notice that says so")
    if (new.region is None) == (new.facility is None):
        raise BadInput("region", "it must be said once where", "name a region or a facility")
    if new.facility is not None:
        await facility_of(tx, new.facility)
    elif not await lineage(tx, new.region or ""):
        raise BadInput("region", f"{str(new.region)[:80]!r} is not in the archive", "import it first")
