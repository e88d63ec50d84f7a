"""What explains a deviation by itself: occasions that people enter, sessions by the week, and deliveries as the book of lots has them.

    occasions_for(equipment, …)   entered for it, for its facility, or once for all that hang on its feeder
    session_hours_of(facility)    when it vaccinates by the week; on which days, says `facilities.sessions`
    arrivals_at(compartment, …)   when doses were carried in

The policy says how far an occasion explains anything; here only stands that there was one. Each is withdrawn, never deleted.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy import or_, select

from coldchain.archive import audit, changes, doubtful, tables
from coldchain.archive.audit import By
from coldchain.archive.changes import Touched
from coldchain.archive.db import Tx
from coldchain.archive.lots import DELIVERIES
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.errors import BadInput
from coldchain.reading import Quantity

LONGEST_MS: Final = 7 * 24 * 3_600_000  # what lasts longer is no occasion
SCOPES: Final = ("facility", "equipment", "feeder")


class OccasionKind(StrEnum):
    """What happened there."""

    SESSION = "session"
    DELIVERY = "delivery"
    STOCK_TAKE = "stock_take"
    DEFROST = "defrost"
    PLANNED_OUTAGE = "planned_outage"


class NewOccasion(Record, frozen=True, kw_only=True):
    """From–to something went on; exactly one of the three says where."""

    kind: OccasionKind
    start: int
    end: int
    facility: str | None = None
    equipment: str | None = None
    feeder: str | None = None
    note: str = ""


class Occasion(NewOccasion, frozen=True, kw_only=True):
    """… that stands in the archive; withdrawn = entered by mistake, or it did not take place."""

    id: int
    by: str
    withdrawn_at: int | None = None


class Hours(Record, frozen=True, kw_only=True):
    """On this day of the week (0 = Monday) from–to, in minutes of the local day."""

    weekday: int
    from_min: int
    to_min: int


class SessionHours(Hours, frozen=True, kw_only=True):
    """… at a facility, from `start` on until `end` (None: still)."""

    id: int
    facility: str
    start: int
    end: int | None
    withdrawn_at: int | None = None


async def enter(tx: Tx, new: NewOccasion, by: By) -> Occasion:
    """Write down an occasion, one to come or one that was.

    Raises:
        BadInput: when its place is unknown or its times cannot be.
    """
    await audit.begin(tx)
    await _check(tx, new)
    row = tables.Occasion(
        kind=new.kind.value, start=new.start, end=new.end, note=new.note, by=by.actor,
        facility=new.facility, equipment=new.equipment, feeder=new.feeder,
    )  # fmt: skip
    await changes.enter(tx, by, "entered", row, await _explained_by(tx, new))
    return record_of(row, Occasion)


async def withdraw(tx: Tx, occasion: int, by: By) -> Occasion:
    """Take back an occasion: it explains nothing any more.

    Raises:
        BadInput: when there is none, or it was taken back before.
    """
    row = await changes.counting(tx, tables.Occasion, "occasion", occasion)
    row.withdrawn_at = by.at
    taken_back = record_of(row, Occasion)
    await changes.enter(tx, by, "withdrawn", row, await _explained_by(tx, taken_back))
    return taken_back


async def occasions_for(tx: Tx, equipment: str, start: int, end: int) -> list[Occasion]:
    """What was entered for this equipment, its facility or its feeder and has a moment in [start, end), in time."""
    row = tables.Occasion
    facility = select(tables.Equipment.facility).where(tables.Equipment.code == equipment)
    feeder = select(tables.Facility.feeder).where(tables.Facility.code.in_(facility), tables.Facility.feeder != "")
    query = select(row).where(row.withdrawn_at.is_(None), row.start < end, row.end > start)
    query = query.where(or_(row.equipment == equipment, row.facility.in_(facility), row.feeder.in_(feeder)))
    return [record_of(each, Occasion) for each in await tx.scalars(query.order_by(row.start, row.id))]


async def listed(tx: Tx, since: int) -> list[Occasion]:
    """All that end after `since`, in time, the withdrawn too."""
    row = tables.Occasion
    query = select(row).where(row.end > since).order_by(row.start, row.id)
    return [record_of(each, Occasion) for each in await tx.scalars(query)]


async def hanging_on(tx: Tx, feeder: str) -> frozenset[str]:
    """The facilities that hang on a feeder."""
    return frozenset(await tx.scalars(select(tables.Facility.code).where(tables.Facility.feeder == feeder)))


async def set_session_hours(
    tx: Tx, facility: str, hours: Sequence[Hours], by: By, *, start: int, end: int | None = None
) -> list[SessionHours]:
    """From `start` on these are the hours of a facility, and no others; none at all is a facility without sessions.

    What was valid before ends then; what would only have begun later is withdrawn.

    Raises:
        BadInput: when the facility is unknown, or hours cannot be.
    """
    await audit.begin(tx)
    if await tx.get(tables.Facility, facility) is None:
        raise BadInput("facility", f"{facility[:80]!r} is not in the archive", "import it first, or correct the code")
    changes.check_span(start, end)
    for each in hours:
        check_hours(each)
    changed: list[tables.SessionHours] = []
    for row in await _hours(tx, facility):
        if row.start >= start:
            row.withdrawn_at = by.at
        elif row.end is None or row.end > start:
            row.end = start
        else:
            continue
        changed.append(row)
    added = [
        tables.SessionHours(
            facility=facility, weekday=each.weekday, from_min=each.from_min, to_min=each.to_min, start=start, end=end
        )
        for each in hours
    ]
    tx.add_all(added)
    await audit.record(tx, by, "ended", changed)
    await audit.record(tx, by, "set", added)
    if changed or added:
        touched = await doubtful.channels(tx, doubtful.at_facility(facility), start, None, Quantity.TEMPERATURE)
        await changes.journal(tx, by, [*changed, *added][-1], touched)
    return [record_of(row, SessionHours) for row in added]


async def withdraw_hours(tx: Tx, number: int, by: By) -> SessionHours:
    """Take back hours that were entered by mistake: no session was ever held by them.

    Raises:
        BadInput: when there are none, or they were taken back before.
    """
    row = await changes.counting(tx, tables.SessionHours, "hours", number)
    row.withdrawn_at = by.at
    where = doubtful.at_facility(row.facility)
    touched = await doubtful.channels(tx, where, row.start, row.end, Quantity.TEMPERATURE)
    await changes.enter(tx, by, "withdrawn", row, touched)
    return record_of(row, SessionHours)


async def session_hours_of(tx: Tx, facility: str) -> list[SessionHours]:
    """All hours that a facility ever had, in time."""
    return [record_of(row, SessionHours) for row in await _hours(tx, facility)]


async def are_entered(tx: Tx, facility: str, hours: Sequence[Hours], start: int) -> bool:
    """True when all these were set for this start once, whatever became of them since."""
    for each in hours:
        same = {"weekday": each.weekday, "from_min": each.from_min, "to_min": each.to_min}
        if not await changes.is_entered(tx, tables.SessionHours, facility=facility, start=start, **same):
            return False
    return True


async def arrivals_at(tx: Tx, compartment: int, start: int, end: int) -> list[int]:
    """When, in [start, end), doses were carried into a compartment."""
    row = tables.Movement
    query = select(row.at).where(row.target == compartment, row.at >= start, row.at < end)
    query = query.where(row.reason.in_([reason.value for reason in DELIVERIES]), row.withdrawn_at.is_(None))
    return list(await tx.scalars(query.distinct().order_by(row.at)))


def check_hours(hours: Hours) -> None:
    """Refuse what cannot be.

    Raises:
        BadInput: naming the field.
    """
    if not 0 <= hours.weekday <= 6:
        raise BadInput("weekday", f"{hours.weekday} is no day of the week", "use 0 Monday to 6 Sunday")
    if not 0 <= hours.from_min < hours.to_min <= 24 * 60:
        wrong = f"minute {hours.from_min} to {hours.to_min} is no part of a day"
        raise BadInput("hours", wrong, "write minutes since midnight, from before to, at most 1440")


async def _hours(tx: Tx, facility: str) -> list[tables.SessionHours]:
    row = tables.SessionHours
    query = select(row).where(row.facility == facility, row.withdrawn_at.is_(None))
    return list(await tx.scalars(query.order_by(row.start, row.weekday, row.from_min, row.id)))


async def _check(tx: Tx, new: NewOccasion) -> None:
    check_texts("occasion", {"note": new.note, "feeder": new.feeder})
    given = [name for name in SCOPES if getattr(new, name)]
    if len(given) != 1:
        raise BadInput("scope", f"{' and '.join(given) or 'nothing'} says where", f"give one of {', '.join(SCOPES)}")
    changes.check_span(new.start, new.end)
    if new.end - new.start > LONGEST_MS:
        raise BadInput("end", "it lasts longer than a week", "enter what really went on, each time by itself")
    [scope] = given
    place = getattr(new, scope)
    if scope != "feeder":
        kind = tables.Facility if scope == "facility" else tables.Equipment
        if await tx.get(kind, place) is None:
            raise BadInput(scope, f"{place[:80]!r} is not in the archive", "import it first, or correct the code")
    elif new.kind is not OccasionKind.PLANNED_OUTAGE:
        raise BadInput("feeder", f"a feeder has no {new.kind}", "name a facility or equipment; feeders have outages")
    elif await tx.scalar(select(tables.Facility.code).where(tables.Facility.feeder == place).limit(1)) is None:
        raise BadInput("feeder", f"no facility hangs on {place[:80]!r}", "correct it, or enter the facilities' feeders")


async def _explained_by(tx: Tx, occasion: NewOccasion) -> list[Touched]:
    if occasion.feeder is not None:
        where = doubtful.on_feeder(occasion.feeder)
    elif occasion.facility is not None:
        where = doubtful.at_facility(occasion.facility)
    else:
        where = tables.Assignment.equipment == occasion.equipment
    return await doubtful.around(tx, where, occasion.start, occasion.end)
