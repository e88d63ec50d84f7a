"""Which days a facility works: its week, and the dated days that are not what their weekday says (节假日, 调休).

    a row of the facility itself  >  a row of the nearest region  >  its working week  >  every day

A refrigerator must be looked at daily. So a facility whose card names no working week works every day, and a holiday of
its region exempts it from nothing: that needs a row of its own. Session hours are not a working week: who vaccinates on
Tuesdays is there on the others too.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Final

from sqlalchemy import or_, select

from coldchain.archive import audit, changes, doubtful, tables
from coldchain.archive.audit import By
from coldchain.archive.changes import Touched
from coldchain.archive.db import Tx
from coldchain.archive.facilities import days
from coldchain.archive.places import facility as facility_of
from coldchain.archive.places import lineage
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.views import facilities_below
from coldchain.errors import BadInput

WEEK: Final = "1234567"  # Monday to Sunday
SUNDAY: Final = 6
DAY_MS: Final = 86_400_000


class DayKind(StrEnum):
    """What a day is instead of what its weekday says."""

    HOLIDAY = "holiday"
    WORKDAY = "workday"


class NewCalendarDay(Record, frozen=True, kw_only=True):
    """A day that is not what its weekday says, for a region and below or for one facility; `source` is the notice.

    `as_weekday` is whose sessions are held on a make-up day (0 = Monday); None: those of its own weekday.
    """

    day: str
    kind: DayKind
    name: str
    source: str
    region: str | None = None
    facility: str | None = None
    as_weekday: int | None = None


class CalendarDay(NewCalendarDay, frozen=True, kw_only=True):
    """… that stands in the archive; withdrawn = it was entered by mistake."""

    id: int
    withdrawn_at: int | None = None


async def working_days(tx: Tx, facility: str, first: str, last: str) -> set[str]:
    """The days from first to last, both included, on which somebody is to be there.

    Raises:
        BadInput: when the facility is unknown or the days cannot be.
    """
    days.span(first, last)
    await facility_of(tx, facility)
    return (await working_days_of(tx, [facility], first, last))[facility]


async def working_days_of(tx: Tx, facilities: Collection[str], first: str, last: str) -> dict[str, set[str]]:
    """… of several facilities at once; what is unknown works on no day.

    Raises:
        BadInput: when the days cannot be.
    """
    asked = [(day.isoformat(), str(day.isoweekday())) for day in days.span(first, last)]
    found: dict[str, set[str]] = {code: set() for code in facilities}
    if not found:
        return found
    row = tables.CalendarDay
    rows = select(row).where(row.day >= first, row.day <= last, row.withdrawn_at.is_(None))
    entered = list(await tx.scalars(rows.where(or_(row.region.is_not(None), row.facility.in_(found)))))
    rows_above = await tx.execute(select(tables.Region.code, tables.Region.parent))
    parents = {row.code: row.parent for row in rows_above}
    place = tables.Facility
    cards = select(place.code, place.region, place.working_week).where(place.code.in_(found))
    for code, region, week in await tx.execute(cards):
        own = {each.day: DayKind(each.kind) for each in entered if each.facility == code}
        above = _nearest([each for each in entered if each.region is not None], _lineage(region, parents))
        for day, weekday in asked:
            kind = own.get(day) or (above.get(day) if week else None)
            if kind is DayKind.WORKDAY if kind else not week or weekday in week:
                found[code].add(day)
    return found


async def special_days(tx: Tx, facility: str, first: str, last: str) -> dict[str, tables.CalendarDay]:
    """By day, what was entered of it for a facility, else for the nearest region that it lies in.

    Raises:
        BadInput: when the facility is unknown.
    """
    row = tables.CalendarDay
    regions = await lineage(tx, (await facility_of(tx, facility)).region)
    query = select(row).where(row.day >= first, row.day <= last, row.withdrawn_at.is_(None))
    entered = list(await tx.scalars(query.where(or_(row.region.in_(regions), row.facility == facility))))
    ordered = sorted(entered, key=lambda each: -1 if each.facility else regions.index(each.region or ""), reverse=True)
    return {each.day: each for each in ordered}


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
        day=new.day, kind=str(new.kind), name=new.name, region=new.region, facility=new.facility, source=new.source,
        as_weekday=new.as_weekday,
    )  # fmt: skip
    await changes.enter(tx, by, "entered", row, await _touched(tx, row, by))
    return record_of(row, CalendarDay)


async def withdraw(tx: Tx, number: int, by: By) -> CalendarDay:
    """Take back a day entered by mistake.

    Raises:
        BadInput: when there is none, or it was taken back before.
    """
    row = await changes.counting(tx, tables.CalendarDay, "day", number)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, await _touched(tx, row, by))
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


def _lineage(region: str, parents: Mapping[str, str | None]) -> list[str]:
    """A region and those above it, the nearest first."""
    found: list[str] = []
    at: str | None = region
    while at is not None and at not in found:
        found.append(at)
        at = parents.get(at)
    return found


def _nearest(rows: Iterable[tables.CalendarDay], regions: list[str]) -> dict[str, DayKind]:
    """Of several regions the one that comes first in `regions` says what a day is."""
    its = [each for each in rows if each.region in regions]
    ordered = sorted(its, key=lambda each: regions.index(each.region or ""), reverse=True)
    return {each.day: DayKind(each.kind) for each in ordered}


async def _touched(tx: Tx, row: tables.CalendarDay, by: By) -> list[Touched]:
    """What sessions of that day explained, or might have; nothing of a day that is to come."""
    end = days.end_of(row.day)
    start = end - 2 * DAY_MS
    if start > by.at:
        return []
    within = [row.facility] if row.facility else await facilities_below(tx, row.region or "")
    hours = tables.SessionHours
    holding = select(hours.facility).where(hours.facility.in_(within), hours.withdrawn_at.is_(None))
    where = tables.Assignment.equipment.in_(select(tables.Equipment.code).where(tables.Equipment.facility.in_(holding)))
    return await doubtful.around(tx, where, start, end + DAY_MS)


async def _check(tx: Tx, new: NewCalendarDay) -> None:
    check_texts("calendar_day", {"name": new.name, "source": new.source})
    days.parse(new.day, "day")
    if new.as_weekday is not None and (new.kind is not DayKind.WORKDAY or not 0 <= new.as_weekday <= SUNDAY):
        wrong = f"{new.as_weekday} of a {new.kind} cannot be"
        raise BadInput("as_weekday", wrong, "write 0 Monday to 6 Sunday, and of a make-up day only")
    if not new.source.strip():
        raise BadInput("source", "it is empty", "name the notice that says so")
    if (new.region is None) == (new.facility is None):
        raise BadInput("region", "it must be said once where", "name a region or a facility")
    if new.facility is not None:
        await facility_of(tx, new.facility)
    elif not await lineage(tx, new.region or ""):
        raise BadInput("region", f"{str(new.region)[:80]!r} is not in the archive", "import it first")
