"""What a compartment is for and which band it is meant to keep, from when to when: what judges a reading is that of its time.

    turn(empty → vaccine, 2-8 → frozen) ─► suits what lies inside? past? ─► the use before ends, the next begins ─► journal

The compartment's own row says what is so now, and all there is to say of one that never changed.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy import select

from coldchain import clock
from coldchain.archive import audit, backdating, changes, doubtful, hanging, tables
from coldchain.archive.audit import By
from coldchain.archive.backdating import Correction
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, in_batches
from coldchain.archive.stock import entries, presence
from coldchain.archive.stock.staying import Inside
from coldchain.errors import BadInput
from coldchain.profile import may_lie_in, profile_of

EVER: Final = doubtful.EVER
FOREVER: Final = 2**62  # after any movement
SHOWN: Final = 5  # lots named in a refusal


class Purpose(StrEnum):
    """What a compartment is for; only vaccine is judged as vaccine."""

    VACCINE = "vaccine"
    ICE_PACKS = "ice_packs"
    EMPTY = "empty"


class NewUse(Record, frozen=True, kw_only=True):
    """From `start` on (None: from now on) a compartment is for this and keeps that."""

    compartment: int
    purpose: Purpose
    profile: str
    start: int | None = None


class Use(Record, frozen=True, kw_only=True):
    """In [start, end) it was so; `end` None = still."""

    purpose: Purpose
    profile: str
    start: int
    end: int | None


async def of(tx: Tx, compartment: int) -> list[Use]:
    """What a compartment was for, in time, without a gap.

    Raises:
        BadInput: when there is no such compartment.
    """
    return (await of_each(tx, [compartment]))[compartment]


async def of_each(tx: Tx, compartments: Iterable[int]) -> dict[int, list[Use]]:
    """What each of these compartments was for, in time, without a gap.

    Raises:
        BadInput: when there is none of such a number.
    """
    room, found = tables.Compartment, dict[int, list[Use]]()
    for some in in_batches(compartments):
        rooms = {row.id: row for row in await tx.scalars(select(room).where(room.id.in_(some)))}
        spans: dict[int, list[tables.CompartmentUse]] = {number: [] for number in some}
        for row in await _rows(tx, some):
            spans[row.compartment].append(row)
        found |= {number: _course(_there(rooms.get(number), number), its) for number, its in spans.items()}
    return found


async def turn(tx: Tx, new: NewUse, by: By, correction: Correction | None = None) -> bool:
    """Let a compartment be for something else, or keep another band; what it measured before stays judged as it was.

    Args:
        tx: a writing transaction.
        new: for what, and since when.
        by: who says so.
        correction: given where the past was entered wrongly: then it may begin before probes spoke there.

    Returns:
        False when it was so already.

    Raises:
        BadInput: when it is to begin later than now, the doses inside do not suit it, or it reaches back silently.
    """
    await audit.begin(tx)
    room = await _room(tx, new.compartment)
    profile_of(new.profile)
    if new.purpose is Purpose.VACCINE:
        piece = await tx.get_one(tables.Equipment, room.equipment)
        hanging.check_holds(piece.code, piece.type, field="purpose")
    start = by.at if new.start is None else new.start
    if start > by.at:
        raise BadInput("start", f"{clock.iso(start)} is still to come", "enter it when it is so")
    if all((each.purpose, each.profile) == (new.purpose, new.profile) for each in await _since(tx, room.id, start)):
        return False
    await _check_inside(tx, room, new, start)
    touched = await doubtful.channels(tx, tables.Assignment.compartment == room.id, start, None)
    is_past = await backdating.check(tx, "start", touched, by, correction)
    row = await _span(tx, room, new, start, by)
    await changes.journal(tx, by, row, touched)
    await backdating.enter(tx, by, "begun", row, touched, correction if is_past else None)
    return True


async def _span(tx: Tx, room: tables.Compartment, new: NewUse, start: int, by: By) -> tables.CompartmentUse:
    """End the use that lasts, or the one that never had a row, and begin the next; what was said of later is withdrawn."""
    use = tables.CompartmentUse
    spans = await _rows(tx, [room.id])
    if not spans:
        spans = [use(compartment=room.id, purpose=room.purpose, profile=room.profile, by=by.actor)]
        tx.add_all(spans)
    later = [each for each in spans if each.start is not None and each.start >= start]
    before = next(each for each in reversed(spans) if each not in later)
    for each in later:
        each.withdrawn_at = by.at
    before.end = start
    next_ = use(
        compartment=room.id, purpose=new.purpose.value, profile=new.profile, start=start, by=by.actor
    )  # fmt: skip
    tx.add(next_)
    room.purpose, room.profile = new.purpose.value, new.profile
    await audit.record(tx, by, "withdrawn", later)
    await audit.record(tx, by, "ended", [before])
    await audit.record(tx, by, "began", [next_])
    await audit.record(tx, by, "changed", [room])
    return next_


async def _check_inside(tx: Tx, room: tables.Compartment, new: NewUse, start: int) -> None:
    """Refuse a use that does not suit the doses that are inside at any time from `start` on."""
    inside = await presence.inside(tx, {room.id}, start, FOREVER)
    place = f"{room.equipment}/{room.name}"
    if new.purpose is not Purpose.VACCINE and inside:
        wrong = f"{place} holds {_named(inside)}"
        raise BadInput("purpose", wrong, f"move or dispose of them first; then it can be {new.purpose.value}")
    kinds = {each.code: each for each in await entries.vaccines(tx)} if inside else {}
    band = profile_of(new.profile)
    spoilt = [
        each
        for each in inside
        for kind in [kinds[each.lot.vaccine]]
        if not may_lie_in(profile_of(kind.profile), band, may_thaw=kind.may_thaw)
    ]
    if spoilt:
        wrong = f"{place} holds {_named(spoilt)}, which {new.profile} does not suit"
        raise BadInput("profile", wrong, "move them to where they belong first")


def _named(inside: Sequence[Inside]) -> str:
    named = ", ".join(f"{each.doses} doses of {each.lot.number}" for each in inside[:SHOWN])
    return named + (f" and {len(inside) - SHOWN} more" if len(inside) > SHOWN else "")


async def _since(tx: Tx, compartment: int, start: int) -> list[Use]:
    """What it was for at `start` and after."""
    return [each for each in await of(tx, compartment) if each.end is None or each.end > start]


async def _rows(tx: Tx, compartments: Sequence[int]) -> list[tables.CompartmentUse]:
    """The spans that count, in time: the first of a compartment has no start."""
    row = tables.CompartmentUse
    query = select(row).where(row.compartment.in_(compartments), row.withdrawn_at.is_(None))
    return sorted(await tx.scalars(query), key=lambda each: (EVER if each.start is None else each.start, each.id))


def _course(room: tables.Compartment, spans: Sequence[tables.CompartmentUse]) -> list[Use]:
    """The uses of a compartment; one that never changed has none but that of its own row."""
    return [_use(each) for each in spans if each.end is None or each.start is None or each.end > each.start] or [
        Use(purpose=Purpose(room.purpose), profile=room.profile, start=EVER, end=None)
    ]


def _use(row: tables.CompartmentUse) -> Use:
    start = EVER if row.start is None else row.start
    return Use(purpose=Purpose(row.purpose), profile=row.profile, start=start, end=row.end)


async def _room(tx: Tx, compartment: int) -> tables.Compartment:
    return _there(await tx.get(tables.Compartment, compartment), compartment)


def _there(row: tables.Compartment | None, compartment: int) -> tables.Compartment:
    if row is None:
        raise BadInput("compartment", f"there is no compartment {compartment}", "import it first")
    return row
