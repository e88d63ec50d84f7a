"""The yearly collection as at 31 December: every unit confirms its archive, the county chases, consolidates and freezes.

    open ─► waiting ─► confirmed (a snapshot, to the byte) ─► consolidated ─┐
               ▲           │ given back with a comment                      ├─► frozen (`frozen`): nothing changes any more
               └─ returned ◄                           excused with a reason┘

A unit confirms what it was shown: if its archive changed since, it looks again. What is corrected later goes to the next.
"""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import func, insert, select, true

from coldchain import clock
from coldchain.archive import audit, changes, places, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.facilities import days, snapshot, standing
from coldchain.archive.facilities.snapshot import Snapshot
from coldchain.archive.facilities.standing import Standing
from coldchain.archive.images import digest
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.views import Scope
from coldchain.errors import BadInput, Stale

FIRST_YEAR, LAST_YEAR = 2000, 2200


class UnitState(StrEnum):
    """How far a unit's part is."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    CONSOLIDATED = "consolidated"


OPEN = frozenset({UnitState.WAITING, UnitState.RETURNED})  # the unit's turn


class NewCollection(Record, frozen=True, kw_only=True):
    """The collection of a region for a year; `due_on` is the last day on which units confirm in time."""

    year: int
    region: str
    due_on: str


class Collection(NewCollection, frozen=True, kw_only=True):
    """… that stands in the archive; frozen when it has `frozen_at`."""

    id: int
    as_at: int
    opened_by: str
    opened_at: int
    frozen_by: str | None
    frozen_at: int | None
    sha256: str | None

    @property
    def day(self) -> str:
        """The day at whose end the archives are confirmed."""
        return f"{self.year}-12-31"


class Unit(Record, frozen=True, kw_only=True):
    """A facility's part; `comment` is why it was given back, `missing` why the rest may be frozen without it."""

    id: int
    collection: int
    facility: str
    state: UnitState
    comment: str
    missing: str
    changed_at: int


class Confirmed(Record, frozen=True, kw_only=True):
    """What a unit confirmed, who did, and when."""

    id: int
    unit: int
    content: str
    sha256: str
    confirmed_by: str
    confirmed_at: int


class Late(Record, frozen=True, kw_only=True):
    """A unit that is to be chased; `days_late` is below 0 before it is due."""

    facility: str
    name_zh: str
    name_en: str
    telephone: str
    head: str
    state: UnitState
    comment: str
    missing: str
    days_late: int
    reminders: tuple["Reminder", ...]


class How(StrEnum):
    """By what somebody was reminded."""

    PHONE = "phone"
    MESSAGE = "message"
    VISIT = "visit"
    LETTER = "letter"


class Reminder(Record, frozen=True, kw_only=True):
    """A unit was reminded: when, how, who there was told, and by whom."""

    id: int
    unit: int
    reminded_at: int
    how: How
    told: str
    note: str
    by: str


async def open_collection(tx: Tx, new: NewCollection, by: By) -> Collection:
    """Begin a collection; every facility of the region that is not closed has a part.

    Raises:
        BadInput: when the region is unknown, it is open already, or year and day cannot be.
    """
    await audit.begin(tx)
    await _check(tx, new, by)
    as_at = days.end_of(f"{new.year}-12-31")
    row = tables.Collection(
        year=new.year, region=new.region, as_at=as_at, due_on=new.due_on, opened_by=by.actor, opened_at=by.at
    )
    await changes.enter(tx, by, "opened", row, [])
    codes = [facility.code for facility in await places.facilities(tx, region=new.region)]
    then = await standing.statuses_at(tx, codes, min(as_at - 1, by.at))
    await _add(tx, row.id, [code for code in codes if then[code] is not Standing.CLOSED], by)
    return record_of(row, Collection)


async def include(tx: Tx, number: int, facility: str, by: By) -> Unit:
    """Give a part to a facility that came into the archive after the collection was opened.

    Raises:
        BadInput: when it has one, lies elsewhere, or all is frozen.
    """
    kept = await running(tx, number)
    place = await places.facility(tx, facility)
    if kept.region not in await places.lineage(tx, place.region):
        raise BadInput("facility", f"{facility} does not lie in {kept.region}", "name one of that region")
    row = tables.CollectionUnit
    if await tx.scalar(select(row.id).where(row.collection == number, row.facility == facility)) is not None:
        raise BadInput("facility", f"{facility} has a part already", "nothing is to be done")
    [added] = await _add(tx, number, [facility], by)
    return record_of(added, Unit)


async def collection(tx: Tx, number: int) -> Collection:
    """One collection.

    Raises:
        BadInput: when there is none.
    """
    row = await tx.get(tables.Collection, number)
    if row is None:
        raise BadInput("collection", f"there is no collection {number}", "choose one from the list")
    return record_of(row, Collection)


async def running(tx: Tx, number: int) -> Collection:
    """One that is not frozen, for a change.

    Raises:
        BadInput: when there is none, or it is frozen.
    """
    await audit.begin(tx)
    kept = await collection(tx, number)
    if kept.frozen_at is not None:
        wrong = f"{kept.year} of {kept.region} was frozen at {clock.iso(kept.frozen_at)}"
        raise BadInput("collection", wrong, "correct the archive: the next collection will have it")
    return kept


async def collections(tx: Tx) -> list[Collection]:
    """All of them, the newest year first."""
    row = tables.Collection
    return [record_of(each, Collection) for each in await tx.scalars(select(row).order_by(row.year.desc(), row.id))]


async def units(tx: Tx, number: int, scope: Scope) -> list[Unit]:
    """The parts in scope, by facility."""
    row = tables.CollectionUnit
    query = select(row).where(row.collection == number).order_by(row.facility)
    found = [record_of(each, Unit) for each in await tx.scalars(query)]
    return [each for each in found if scope is None or each.facility in scope]


async def draft(tx: Tx, number: int, facility: str) -> Snapshot:
    """What the unit would confirm now.

    Raises:
        BadInput: when it has no part in that collection.
    """
    kept = await collection(tx, number)
    await _unit(tx, number, facility)
    return await snapshot.take(tx, facility, kept.day)


async def confirm(tx: Tx, number: int, facility: str, by: By, *, seen: str | None = None) -> Confirmed:
    """Confirm a unit's archive; `seen` is the digest of the draft that was looked at.

    Raises:
        Stale: its archive changed since that draft.
        BadInput: when it is confirmed already, the day has not ended, or all is frozen.
    """
    kept = await running(tx, number)
    row = await _unit(tx, number, facility)
    if UnitState(row.state) not in OPEN:
        wrong = f"{facility} is {row.state} already"
        raise BadInput("state", wrong, "ask the county to give it back, if something is wrong")
    if by.at < kept.as_at:
        raise BadInput("collection", f"{kept.day} has not ended", "confirm after it")
    taken = await snapshot.take(tx, facility, kept.day)
    if seen not in {None, "*", taken.sha256}:
        raise Stale("tag", f"{str(seen)[:40]!r} is no longer its archive", "look at it again, and confirm that")
    entered = tables.CollectionSnapshot(
        unit=row.id, content=taken.content, sha256=taken.sha256, confirmed_by=by.actor, confirmed_at=by.at
    )
    row.state, row.missing, row.changed_at = str(UnitState.CONFIRMED), "", by.at
    tx.add(entered)
    await audit.record(tx, by, "confirmed", [entered, row])
    return record_of(entered, Confirmed)


async def confirmed(tx: Tx, number: int, facility: str) -> Confirmed | None:
    """What the unit confirmed last; None when it never did.

    Raises:
        BadInput: when it has no part in that collection.
    """
    unit = await _unit(tx, number, facility)
    row = tables.CollectionSnapshot
    found = await tx.scalar(select(row).where(row.unit == unit.id).order_by(row.id.desc()).limit(1))
    return record_of(found, Confirmed) if found is not None else None


async def give_back(
    tx: Tx, number: int, facility: str, comment: str, by: By, *, seen: str | None = None
) -> Unit:  # fmt: skip
    """Return what a unit confirmed, with what is wrong in it; `seen` is the digest of the snapshot that was looked at.

    Raises:
        Stale: it confirmed something else since.
        BadInput: when there is nothing to return, no comment, or all is frozen.
    """
    await running(tx, number)
    row = await _unit(tx, number, facility)
    if UnitState(row.state) in OPEN:
        raise BadInput("state", f"{facility} is {row.state}", "return what was confirmed")
    await _check_seen(tx, row, seen)
    row.comment = _said(comment, "comment")
    [given] = await _turn(tx, [row], UnitState.RETURNED, by)
    return given


async def consolidate(
    tx: Tx, number: int, by: By, *, facility: str | None = None, seen: str | None = None
) -> list[Unit]:  # fmt: skip
    """Take over what was confirmed: of one unit, or of all that confirmed.

    Args:
        tx: a writing transaction.
        number: of the collection.
        by: who does it.
        facility: whose; None: all that confirmed.
        seen: the digest of that unit's snapshot, or `state_of` all units, as it was looked at.

    Raises:
        Stale: a unit confirmed something else since.
        BadInput: when that unit did not confirm, or all is frozen.
    """
    await running(tx, number)
    if facility is not None:
        row = await _unit(tx, number, facility)
        if row.state != UnitState.CONFIRMED:
            raise BadInput("state", f"{facility} is {row.state}", "take over what was confirmed")
        await _check_seen(tx, row, seen)
        return await _turn(tx, [row], UnitState.CONSOLIDATED, by)
    await check_state(tx, number, seen)
    unit = tables.CollectionUnit
    query = select(unit).where(unit.collection == number, unit.state == UnitState.CONFIRMED).order_by(unit.facility)
    return await _turn(tx, list(await tx.scalars(query)), UnitState.CONSOLIDATED, by)


async def excuse(tx: Tx, number: int, facility: str, reason: str, by: By) -> Unit:
    """Say why the rest may be frozen without this unit.

    Raises:
        BadInput: when it confirmed, no reason is given, or all is frozen.
    """
    await running(tx, number)
    row = await _unit(tx, number, facility)
    if UnitState(row.state) not in OPEN:
        raise BadInput("state", f"{facility} is {row.state}, it is not missing", "nothing is to be excused")
    row.missing = _said(reason, "reason")
    [excused] = await _turn(tx, [row], UnitState(row.state), by)
    return excused


async def state_of(tx: Tx, number: int) -> str:
    """A digest over what all units of a collection confirmed last, and how far each is."""
    unit, taken = tables.CollectionUnit, tables.CollectionSnapshot
    newest = select(func.max(taken.id)).group_by(taken.unit)
    query = select(unit.facility, unit.state, unit.missing, taken.sha256).where(unit.collection == number)
    query = query.outerjoin(taken, (taken.unit == unit.id) & taken.id.in_(newest)).order_by(unit.facility)
    return digest([list(row) for row in await tx.execute(query)])


async def check_state(tx: Tx, number: int, seen: str | None) -> None:
    """Refuse to act on another state of a collection than was looked at.

    Raises:
        Stale: a unit confirmed or was returned since.
    """
    if seen not in {None, "*", await state_of(tx, number)}:
        raise Stale("tag", f"{str(seen)[:40]!r} is no longer how its units are", "look at them again")


async def remind(tx: Tx, number: int, facility: str, how: How, told: str, by: By, *, note: str = "") -> Reminder:
    """Write down that a unit which has not confirmed was reminded.

    Raises:
        BadInput: when it confirmed, nobody was told, or all is frozen.
    """
    await running(tx, number)
    row = await _unit(tx, number, facility)
    if UnitState(row.state) not in OPEN:
        raise BadInput("state", f"{facility} is {row.state}", "remind who has not confirmed")
    check_texts("collection_reminder", {"told": told, "note": note})
    if not told.strip():
        raise BadInput("told", "nobody there was told", "name who picked up, or read it")
    entered = tables.CollectionReminder(
        unit=row.id, reminded_at=by.at, how=how.value, told=told.strip(), note=note, by=by.actor
    )  # fmt: skip
    await changes.enter(tx, by, "reminded", entered, [])
    return record_of(entered, Reminder)


async def chase(
    tx: Tx, number: int, scope: Scope, at: int, *, after: str | None = None, most: int | None = None
) -> list[Late]:
    """Who has not confirmed, the county's list for the telephone, with how often each was reminded already.

    Args:
        tx: where it is read.
        number: of which collection.
        scope: of which facilities.
        at: when.
        after: the facility behind which it begins; None at the first.
        most: so many are enough; None is all.
    """
    kept = await collection(tx, number)
    late = (days.parse(days.day_of(at), "at") - days.parse(kept.due_on, "due_on")).days
    unit, place = tables.CollectionUnit, tables.Facility
    query = select(unit, place).join(place, place.code == unit.facility).order_by(unit.facility)
    query = query.where(unit.collection == number, unit.state.in_([str(state) for state in OPEN]))
    query = query.where(true() if scope is None else unit.facility.in_(scope)).limit(most)
    if after is not None:
        query = query.where(unit.facility > after)
    reminded = await _reminders(tx, number)
    return [
        Late(
            facility=row.facility, name_zh=there.name_zh, name_en=there.name_en, telephone=there.telephone,
            head=there.head, state=UnitState(row.state), comment=row.comment, missing=row.missing, days_late=late,
            reminders=tuple(reminded.get(row.id, ())),
        )
        for row, there in await tx.execute(query)
    ]  # fmt: skip


async def _check(tx: Tx, new: NewCollection, by: By) -> None:
    if not FIRST_YEAR <= new.year <= LAST_YEAR:
        raise BadInput("year", f"{new.year} is no year of ours", f"write {FIRST_YEAR} to {LAST_YEAR}")
    if f"{new.year}" > days.day_of(by.at)[:4]:
        raise BadInput("year", f"{new.year} has not begun", "open it in that year, or after it")
    days.check(new.due_on, "due_on")
    if new.due_on <= f"{new.year}-12-31":
        raise BadInput("due_on", f"{new.due_on} is before {new.year} has ended", "write a day after 31 December")
    if not await places.lineage(tx, new.region):
        raise BadInput("region", f"{new.region[:80]!r} is not in the archive", "import it first")
    row = tables.Collection
    if (there := await tx.scalar(select(row.id).where(row.region == new.region, row.year == new.year))) is not None:
        raise BadInput("year", f"{new.year} of {new.region} is open already, as {there}", "go on with that one")


async def _add(tx: Tx, number: int, facilities: Sequence[str], by: By) -> list[tables.CollectionUnit]:
    """All in one statement: a county has hundreds, and who else writes waits meanwhile."""
    row = tables.CollectionUnit
    waiting = {"collection": number, "state": str(UnitState.WAITING), "comment": "", "missing": "", "changed_at": by.at}
    if facilities:
        await tx.execute(insert(row), [waiting | {"facility": code} for code in facilities])
    query = select(row).where(row.collection == number, row.facility.in_(facilities)).order_by(row.facility)
    rows = list(await tx.scalars(query))
    await audit.record(tx, by, "added", rows)
    return rows


async def _unit(tx: Tx, number: int, facility: str) -> tables.CollectionUnit:
    row = tables.CollectionUnit
    found = await tx.scalar(select(row).where(row.collection == number, row.facility == facility))
    if found is None:
        raise BadInput("facility", f"{facility[:80]!r} has no part in collection {number}", "name one from its list")
    return found


async def _reminders(tx: Tx, number: int) -> dict[int, list[Reminder]]:
    """By unit, in time."""
    row, unit = tables.CollectionReminder, tables.CollectionUnit
    query = select(row).join(unit, unit.id == row.unit).where(unit.collection == number).order_by(row.id)
    found: dict[int, list[Reminder]] = {}
    for each in await tx.scalars(query):
        found.setdefault(each.unit, []).append(record_of(each, Reminder))
    return found


async def _check_seen(tx: Tx, unit: tables.CollectionUnit, seen: str | None) -> None:
    """What is taken over or returned is what was looked at, not what came since."""
    row = tables.CollectionSnapshot
    newest = await tx.scalar(select(row.sha256).where(row.unit == unit.id).order_by(row.id.desc()).limit(1))
    if seen not in {None, "*", newest}:
        wrong = f"{str(seen)[:40]!r} is no longer what {unit.facility} confirmed"
        raise Stale("tag", wrong, "look at it again, and name that")


async def _turn(tx: Tx, rows: Sequence[tables.CollectionUnit], state: UnitState, by: By) -> list[Unit]:
    for row in rows:
        row.state, row.changed_at = str(state), by.at
    await audit.record(tx, by, state, rows)
    return [record_of(row, Unit) for row in rows]


def _said(words: str, field: str) -> str:
    check_texts("collection_unit", {field: words})
    if not words.strip():
        raise BadInput(field, "it is empty", "say why")
    return words
