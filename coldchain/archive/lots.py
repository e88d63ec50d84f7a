"""Vaccines, lots and their movements; where doses were when follows from the movements alone.

movements of a lot  ─►  stays (compartment, from, to, doses)  ─►  which lots an excursion concerns
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final

from sqlalchemy import ColumnElement, Select, or_, select

from coldchain import clock
from coldchain.archive import audit, changes, doubtful, tables
from coldchain.archive.audit import By
from coldchain.archive.changes import Touched
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.errors import BadInput
from coldchain.profile import profile_of

LOT_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")  # it stands in addresses
Step = tuple[int, int]  # (time, doses more or fewer), or (time, doses there from then on)
MOST_DOSES: Final = 2**31 - 1


class Reason(StrEnum):
    """Why doses moved (出入库); it says which ends a movement has."""

    RECEIVED = "received"
    MOVED = "moved"
    ISSUED = "issued"
    RETURNED = "returned"
    DISPOSED = "disposed"
    COUNTED = "counted"


# (has a source, has a target) that a reason allows
ENDS: Final = {
    Reason.RECEIVED: {(False, True)},
    Reason.MOVED: {(True, True)},
    Reason.ISSUED: {(True, False), (True, True)},
    Reason.RETURNED: {(True, True), (False, True), (True, False)},
    Reason.DISPOSED: {(True, False)},
    Reason.COUNTED: {(True, False), (False, True)},
}

# Doses are carried in and the door stands open; a count brings nothing.
DELIVERIES: Final = frozenset({Reason.RECEIVED, Reason.MOVED, Reason.ISSUED, Reason.RETURNED})


class Vaccine(Record, frozen=True, kw_only=True):
    """A vaccine of the catalogue."""

    code: str
    name_zh: str
    name_en: str
    freeze_sensitive: bool
    profile: str = "2-8"
    vvm_type: str | None = None
    source: str = ""


class Lot(Record, frozen=True, kw_only=True):
    """A maker's lot of a vaccine; `number` is what is printed on it."""

    id: str
    number: str
    vaccine: str
    maker: str
    expires_on: str
    doses_per_vial: int = 1


class NewMovement(Record, frozen=True, kw_only=True):
    """Doses of a lot going from a compartment to another; None is outside of what we see."""

    lot: str
    at: int
    doses: int
    reason: Reason
    source: int | None = None
    target: int | None = None
    document: str = ""


class Movement(NewMovement, frozen=True, kw_only=True):
    """… that stands in the archive; withdrawn = entered by mistake, counts no more."""

    id: int
    withdrawn_at: int | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """Doses of one lot in one compartment without a break; `levels` is how many from when, `end` None = still there."""

    lot: str
    compartment: int
    start: int
    end: int | None
    levels: tuple[tuple[int, int], ...]

    @property
    def doses(self) -> int:
        """The most there were at once."""
        return max(doses for _, doses in self.levels)

    def touches(self, start: int, end: int) -> bool:
        """True when it has a moment in [start, end)."""
        return self.start < end and (self.end is None or self.end > start)

    def doses_within(self, start: int, end: int) -> int:
        """How many doses were there at any moment of [start, end): those at its start and all that came later.

        Doses that left and came back within it count twice: rather a dose too many than one unnamed.
        """
        if not self.touches(start, end):
            return 0
        before = 0
        within = 0
        for at, doses in self.levels:
            if at >= end:
                break
            within = doses if at <= start else within + max(0, doses - before)
            before = doses
        return within


@dataclass(frozen=True, slots=True)
class Inside:
    """A lot with the stays that brought it into a window, and how many of its doses were inside."""

    lot: Lot
    stays: tuple[Stay, ...]
    doses: int


async def put_vaccines(tx: Tx, records: Sequence[Vaccine], by: By) -> int:
    """Insert or change vaccines; returns how many were not so already.

    Raises:
        BadInput: when a profile is unknown.
    """
    for record in records:
        profile_of(record.profile)
    return await changes.put(tx, tables.Vaccine, ["code"], records, by)


async def put_lots(tx: Tx, records: Sequence[Lot], by: By) -> int:
    """Insert or change lots; returns how many were not so already.

    Raises:
        BadInput: when an id cannot stand in an address.
    """
    for record in records:
        check_lot(record)
    written = await changes.write(tx, tables.Lot, ["id"], records, by)
    for each in [each for each in written.altered if "vaccine" in each.before]:
        await changes.journal(tx, by, each.row, await _touched_by_all(tx, each.row, each.before["vaccine"]))
    return written.count


def check_lot(lot: Lot) -> None:
    """Refuse what cannot be a lot.

    Raises:
        BadInput: naming the field.
    """
    if not LOT_ID.fullmatch(lot.id):
        raise BadInput("lot.id", f"{lot.id[:80]!r} cannot be used", "use 1 to 64 of A-Z a-z 0-9 . _ -")
    if not 1 <= lot.doses_per_vial <= 1000:
        raise BadInput("lot.doses_per_vial", f"{lot.doses_per_vial} of {lot.id} cannot be", "use 1 to 1000")


async def vaccines(tx: Tx) -> list[Vaccine]:
    """The whole catalogue."""
    return [record_of(row, Vaccine) for row in await tx.scalars(select(tables.Vaccine).order_by(tables.Vaccine.code))]


async def lot(tx: Tx, lot_id: str) -> Lot:
    """One lot.

    Raises:
        BadInput: when there is none of that id.
    """
    row = await tx.get(tables.Lot, lot_id)
    if row is None:
        raise BadInput("lot", f"{lot_id[:80]!r} is not in the archive", "import it first, or correct the id")
    return record_of(row, Lot)


async def movements(tx: Tx, lot_id: str) -> list[Movement]:
    """All movements of a lot in time, the withdrawn too."""
    query = select(tables.Movement).where(tables.Movement.lot == lot_id)
    query = query.order_by(tables.Movement.at, tables.Movement.id)
    return [record_of(row, Movement) for row in await tx.scalars(query)]


async def is_entered(tx: Tx, new: NewMovement) -> bool:
    """True when exactly this movement stands in the book, withdrawn or not."""
    query = select(tables.Movement.id).where(
        tables.Movement.lot == new.lot,
        tables.Movement.at == new.at,
        tables.Movement.doses == new.doses,
        tables.Movement.reason == str(new.reason),
        tables.Movement.source.is_not_distinct_from(new.source),
        tables.Movement.target.is_not_distinct_from(new.target),
        tables.Movement.document == new.document,
    )
    return await tx.scalar(query.limit(1)) is not None


async def move(tx: Tx, new: NewMovement, by: By) -> Movement:
    """Enter a movement, today's or one that was forgotten.

    Raises:
        BadInput: when the lot or a compartment is unknown, the ends do not fit the reason, or more doses would leave
            a compartment than were in it, then or later.
    """
    await audit.begin(tx)
    await _check(tx, new)
    row = tables.Movement(
        lot=new.lot,
        at=new.at,
        source=new.source,
        target=new.target,
        doses=new.doses,
        reason=str(new.reason),
        document=new.document,
    )
    tx.add(row)
    await audit.record(tx, by, str(new.reason), [row])
    await changes.journal(tx, by, row, await _touched(tx, row, (await lot(tx, row.lot)).vaccine))
    return record_of(row, Movement)


async def withdraw(tx: Tx, movement: int, by: By) -> Movement:
    """Take back a movement that was entered by mistake; it stays in the book and counts no more.

    Raises:
        BadInput: when there is none, it was taken back before, or its doses have already gone on.
    """
    await audit.begin(tx)
    row = await tx.get(tables.Movement, movement)
    if row is None or row.withdrawn_at is not None:
        raise BadInput("movement", f"{movement} is not one that counts", "choose one from the lot's list")
    row.withdrawn_at = by.at
    if row.target is not None:
        missing = -min((doses for _, doses in await _levels_in(tx, row.lot, row.target)), default=0)
        if missing > 0:
            wrong = f"{missing} of its doses have already left where it brought them"
            raise BadInput("movement", wrong, "withdraw what followed it first")
    await audit.record(tx, by, "withdrawn", [row])
    await changes.journal(tx, by, row, await _touched(tx, row, (await lot(tx, row.lot)).vaccine))
    return record_of(row, Movement)


async def stays(tx: Tx, lot_id: str) -> list[Stay]:
    """Where the doses of a lot were, in the order in which they came there."""
    return stays_of(await movements(tx, lot_id))


async def stays_of_vaccine(tx: Tx, vaccine: str, compartment: int) -> list[Stay]:
    """When doses of a vaccine, of whatever lot, were in this compartment."""
    query = select(tables.Movement).join(tables.Lot, tables.Lot.id == tables.Movement.lot)
    ends = or_(tables.Movement.source == compartment, tables.Movement.target == compartment)
    rows = await tx.scalars(query.where(tables.Lot.vaccine == vaccine, ends))
    return [stay for stay in stays_of(record_of(row, Movement) for row in rows) if stay.compartment == compartment]


async def in_compartment(tx: Tx, compartment: int, start: int, end: int) -> list[Inside]:
    """The lots of which doses were in this compartment at some moment of [start, end)."""
    return await _inside(tx, tables.Compartment.id == compartment, start, end)


async def at_facility(tx: Tx, facility: str, start: int, end: int) -> list[Inside]:
    """The lots of which doses were in any equipment of this facility at some moment of [start, end)."""
    of_facility = select(tables.Equipment.code).where(tables.Equipment.facility == facility)
    return await _inside(tx, tables.Compartment.equipment.in_(of_facility), start, end)


def stays_of(movements: Iterable[Movement]) -> list[Stay]:
    """The stays that follow from movements; each is of a lot and a compartment, without a break. Pure."""
    steps: dict[tuple[str, int], list[Step]] = defaultdict(list)
    for each in movements:
        if each.withdrawn_at is not None:
            continue
        if each.source is not None:
            steps[each.lot, each.source].append((each.at, -each.doses))
        if each.target is not None:
            steps[each.lot, each.target].append((each.at, each.doses))
    found = [stay for (lot_id, place), its in steps.items() for stay in _split(lot_id, place, _levels(its))]
    return sorted(found, key=lambda stay: (stay.start, stay.lot, stay.compartment))


def _levels(steps: Iterable[Step]) -> list[Step]:
    """How many doses were there from when; steps of the same instant count as one."""
    levels = []
    doses = 0
    for at, group in groupby(sorted(steps), key=lambda step: step[0]):
        doses += sum(step for _, step in group)
        levels.append((at, doses))
    return levels


def _split(lot_id: str, compartment: int, levels: list[Step]) -> list[Stay]:
    """One stay for each unbroken run of levels above nothing."""
    found = []
    run: list[Step] = []
    for at, doses in levels:
        if doses > 0:
            run.append((at, doses))
        elif run:
            found.append(Stay(lot_id, compartment, run[0][0], at, tuple(run)))
            run = []
    if run:
        found.append(Stay(lot_id, compartment, run[0][0], None, tuple(run)))
    return found


async def _check(tx: Tx, new: NewMovement) -> None:
    check_texts("movement", {"document": new.document})
    await lot(tx, new.lot)
    if not 1 <= new.doses <= MOST_DOSES:
        raise BadInput("doses", f"{new.doses} cannot move", "write how many doses went, 1 or more")
    if (new.source is not None, new.target is not None) not in ENDS[new.reason] or new.source == new.target:
        raise BadInput("reason", f"{new.reason!s} does not have these ends", "correct the reason, source or target")
    if new.target is not None:
        await _place(tx, "target", new.target)
    if new.source is not None:
        await _check_balance(tx, new, await _place(tx, "source", new.source))


async def _place(tx: Tx, field: str, compartment: int) -> tables.Compartment:
    row = await tx.get(tables.Compartment, compartment)
    if row is None:
        raise BadInput(field, f"there is no compartment {compartment}", "import its equipment first")
    return row


async def _check_balance(tx: Tx, new: NewMovement, source: tables.Compartment) -> None:
    """There must be enough at that moment, and at every later one that is in the book."""
    levels = await _levels_in(tx, new.lot, source.id)
    at_start = max((level for level in levels if level[0] <= new.at), default=(new.at, 0))
    at, least = min([at_start, *(level for level in levels if level[0] > new.at)], key=lambda level: level[1])
    if least < new.doses:
        place = f"{source.equipment}/{source.name}"
        wrong = f"{place} holds {least} doses of {new.lot} at {clock.iso(max(at, new.at))}, not {new.doses}"
        raise BadInput("doses", wrong, "enter the receipt that is missing, or correct the doses")


async def _levels_in(tx: Tx, lot_id: str, compartment: int) -> list[Step]:
    query = select(tables.Movement).where(tables.Movement.lot == lot_id, tables.Movement.withdrawn_at.is_(None))
    query = query.where(or_(tables.Movement.source == compartment, tables.Movement.target == compartment))
    found = await tx.scalars(query)
    return _levels((row.at, row.doses if row.target == compartment else -row.doses) for row in found)


async def _inside(tx: Tx, where: ColumnElement[bool], start: int, end: int) -> list[Inside]:
    places = set(await tx.scalars(select(tables.Compartment.id).where(where)))
    by_lot: dict[str, list[Movement]] = defaultdict(list)
    for row in await tx.scalars(_movements_of(where, end)):
        by_lot[row.lot].append(record_of(row, Movement))
    found = []
    for lot_id, its in sorted(by_lot.items()):
        within = tuple(stay for stay in stays_of(its) if stay.compartment in places and stay.touches(start, end))
        if within:
            doses = sum(stay.doses_within(start, end) for stay in within)
            found.append(Inside(await lot(tx, lot_id), within, doses))
    return found


def _movements_of(where: ColumnElement[bool], end: int) -> Select[tables.Movement]:
    """All movements of the lots that came there before `end`."""
    places = select(tables.Compartment.id).where(where)
    came = select(tables.Movement.lot).where(tables.Movement.target.in_(places), tables.Movement.at < end)
    touching = or_(tables.Movement.target.in_(places), tables.Movement.source.in_(places))
    return select(tables.Movement).where(
        tables.Movement.lot.in_(came), touching, tables.Movement.withdrawn_at.is_(None)
    )


async def _touched_by_all(tx: Tx, row: tables.Lot, vaccine_before: str) -> list[Touched]:
    """The lot was taken for another vaccine: whatever its movements touch as the one or as the other."""
    found: dict[Touched, None] = {}
    for movement in await tx.scalars(select(tables.Movement).where(tables.Movement.lot == row.id)):
        for vaccine in (vaccine_before, row.vaccine):
            found |= dict.fromkeys(await _touched(tx, movement, vaccine))
    return list(found)


async def _touched(tx: Tx, row: tables.Movement, vaccine: str) -> list[Touched]:
    """The lot's exposure; what its arrival may explain; and what a pack chosen for its vaccine judges from then on."""
    ends = [place for place in (row.source, row.target) if place is not None]
    touched = [Touched(row.at, None, compartment=place, lot=row.lot) for place in ends]
    if row.target is not None and row.reason in DELIVERIES:
        touched += await doubtful.around(tx, tables.Assignment.compartment == row.target, row.at, row.at)
    choice = tables.RuleChoice
    query = select(choice.start, choice.end).where(choice.vaccine == vaccine, choice.withdrawn_at.is_(None))
    for start, end in await tx.execute(query.where(or_(choice.end.is_(None), choice.end > row.at))):
        touched += await doubtful.channels(tx, tables.Assignment.compartment.in_(ends), max(start, row.at), end)
    return touched
