"""The equipment archive: what stands where, and which channel measured which compartment from when to when."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace
from sqlalchemy import ColumnElement, select, tuple_

from coldchain import clock
from coldchain.archive import audit, changes, hanging, locking, rows, tables, uses
from coldchain.archive.audit import By
from coldchain.archive.backdating import Correction
from coldchain.archive.changes import Touched
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, record_of
from coldchain.archive.upkeep import cards
from coldchain.archive.upkeep.cards import Equipment
from coldchain.archive.upkeep.words import GONE, EquipmentType, Status
from coldchain.archive.uses import NewUse, Purpose
from coldchain.errors import BadInput
from coldchain.profile import profile_of
from coldchain.reading import ChannelName, Quantity

__all__ = [
    "Assignment",
    "Channel",
    "Compartment",
    "Equipment",
    "EquipmentType",
    "NewAssignment",
    "NewCompartment",
    "Purpose",
    "Status",
    "assign",
    "assignments_of",
    "assignments_of_each",
    "assignments_touching",
    "channels",
    "compartment",
    "compartments",
    "declare_channel",
    "declare_channels",
    "homes_of",
    "put_compartments",
    "put_equipment",
    "turn",
    "unassign",
    "vaccine_compartments",
]


class NewCompartment(Record, frozen=True, kw_only=True):
    """A part of the equipment, named within it, with the profile it is meant to keep."""

    equipment: str
    name: str
    name_zh: str
    name_en: str
    purpose: Purpose
    profile: str


class Compartment(NewCompartment, frozen=True, kw_only=True):
    """… that stands in the archive."""

    id: int


class Channel(Record, frozen=True, kw_only=True):
    """A channel that was declared or seen."""

    name: str
    gateway: str
    device: str
    quantity: Quantity


class NewAssignment(Record, frozen=True, kw_only=True):
    """From `start` on, this channel measures this equipment: a compartment by its name, or the whole (mains, door)."""

    channel: str
    equipment: str
    start: int
    compartment: str | None = None
    position: str = ""
    interval_s: int = 60


class Assignment(Record, frozen=True, kw_only=True):
    """… that stands in the archive; `compartment` is an id, `end` None = still so."""

    id: int
    channel: str
    equipment: str
    compartment: int | None
    position: str
    interval_s: int
    start: int
    end: int | None


async def put_equipment(tx: Tx, records: Sequence[Equipment], by: By) -> int:
    """Insert or change equipment; returns how many were not so already. Its card and life are `upkeep`'s.

    Raises:
        BadInput: when a card cannot be, or its status or place may not change so.
    """
    return await cards.put(tx, records, by)


async def put_compartments(tx: Tx, records: Sequence[NewCompartment], by: By) -> int:
    """Insert or change compartments; returns how many were not so already.

    Another purpose or profile holds from now on: what was measured before stays judged by that of its time (`uses`).

    Raises:
        BadInput: when the equipment or a profile is unknown, the equipment holds no vaccine, or a purpose or profile
            does not suit the doses inside.
    """
    for record in records:
        profile_of(record.profile)
    await audit.begin(tx)
    pieces = {code: await _piece(tx, code) for code in sorted({each.equipment for each in records})}
    for record in records:
        if record.purpose is Purpose.VACCINE:
            hanging.check_holds(record.equipment, pieces[record.equipment].type, field="purpose")
    room = tables.Compartment
    keys = [(each.equipment, each.name) for each in records]
    query = select(room).where(tuple_(room.equipment, room.name).in_(keys))
    there = {(row.equipment, row.name): row for row in await tx.scalars(query)}
    as_used = [
        record if row is None else replace(record, purpose=Purpose(row.purpose), profile=row.profile)
        for record in records
        for row in [there.get((record.equipment, record.name))]
    ]
    written = await changes.write(tx, room, ["equipment", "name"], as_used, by)
    changed = {each.row.id for each in written.altered}
    for record in records:
        row = there.get((record.equipment, record.name))
        if row is not None:
            use = NewUse(compartment=row.id, purpose=record.purpose, profile=record.profile)
            changed |= {row.id} if await uses.turn(tx, use, by) else set()
    return len(written.added) + len(changed)


async def turn(tx: Tx, new: NewUse, by: By, correction: Correction | None = None) -> bool:
    """Let a compartment be for something else from some time on (`uses.turn`); False when it was so already.

    Raises:
        BadInput: when the equipment holds no vaccine, and as `uses.turn` does.
    """
    room = await tx.get(tables.Compartment, new.compartment)
    if room is not None and new.purpose is Purpose.VACCINE:
        hanging.check_holds(room.equipment, (await _piece(tx, room.equipment)).type, field="purpose")
    return await uses.turn(tx, new, by, correction)


async def compartments(tx: Tx, *, equipment: str | None = None) -> list[Compartment]:
    """All compartments, or those of one piece of equipment."""
    query = select(tables.Compartment).order_by(tables.Compartment.id)
    if equipment is not None:
        query = query.where(tables.Compartment.equipment == equipment)
    return [record_of(row, Compartment) for row in await tx.scalars(query)]


async def vaccine_compartments(tx: Tx, facility: str) -> list[Compartment]:
    """The compartments for vaccine of all that stands at a facility and was not scrapped or given away."""
    place, stands = tables.Compartment, tables.Equipment
    query = select(place).join(stands, stands.code == place.equipment).order_by(place.id)
    query = query.where(stands.facility == facility, stands.status.not_in(GONE), place.purpose == Purpose.VACCINE)
    return [record_of(row, Compartment) for row in await tx.scalars(query)]


async def compartment(tx: Tx, equipment: str, name: str) -> Compartment:
    """One compartment by its name.

    Raises:
        BadInput: listing the names that the equipment has.
    """
    there = await compartments(tx, equipment=equipment)
    found = next((each for each in there if each.name == name), None)
    if found is None:
        cure = f"use one of {', '.join(each.name for each in there)}" if there else "import the equipment first"
        raise BadInput("compartment", f"{equipment[:80]!r} has none named {name[:80]!r}", cure)
    return found


async def channels(tx: Tx, *, gateway: str | None = None) -> list[Channel]:
    """All channels, or those of one gateway."""
    query = select(tables.Channel).order_by(tables.Channel.name)
    if gateway is not None:
        query = query.where(tables.Channel.gateway == gateway)
    return [record_of(row, Channel) for row in await tx.scalars(query)]


async def homes_of(tx: Tx, gateway: str) -> frozenset[str]:
    """The facilities at which a gateway stands, or whose equipment its channels measure now."""
    channel, hung, piece = tables.Channel, tables.Assignment, tables.Equipment
    measured = select(piece.facility).join(hung, hung.equipment == piece.code)
    measured = measured.join(channel, channel.name == hung.channel)
    measured = measured.where(channel.gateway == gateway, hung.end.is_(None))
    stands = select(tables.Facility.code).where(tables.Facility.gateway == gateway)
    return frozenset([*await tx.scalars(stands), *await tx.scalars(measured)])


async def declare_channels(tx: Tx, names: Sequence[str]) -> None:
    """Make these channels known; one that is known stays as it is.

    Raises:
        BadInput: when a name is no channel's.
    """
    parts = [(name, ChannelName.parse(name)) for name in names]
    values = [
        {"name": name, "gateway": part.gateway, "device": part.device, "quantity": str(part.quantity)}
        for name, part in parts
    ]
    await rows.insert_new(tx, tables.Channel, values)


async def declare_channel(tx: Tx, name: str) -> Channel:
    """Make one channel known, and return it.

    Raises:
        BadInput: when the name is no channel's.
    """
    await declare_channels(tx, [name])
    part = ChannelName.parse(name)
    return Channel(name=name, gateway=part.gateway, device=part.device, quantity=part.quantity)


async def assignments_of(tx: Tx, channel: str) -> list[Assignment]:
    """All assignments this channel ever had, in time."""
    return (await assignments_of_each(tx, [channel]))[channel]


async def assignments_of_each(tx: Tx, channels: Iterable[str]) -> dict[str, list[Assignment]]:
    """All assignments that each of these channels ever had, in time."""
    found: dict[str, list[Assignment]] = {channel: [] for channel in channels}
    for some in rows.in_batches(found):
        for each in await _assignments(tx, tables.Assignment.channel.in_(some)):
            found[each.channel].append(each)
    return found


async def assignments_touching(tx: Tx, equipment: str) -> list[Assignment]:
    """All assignments that ever concerned this equipment, in time."""
    return await _assignments(tx, tables.Assignment.equipment == equipment)


async def _assignments(tx: Tx, condition: ColumnElement[bool]) -> list[Assignment]:
    query = select(tables.Assignment).where(condition).order_by(tables.Assignment.start, tables.Assignment.id)
    return [record_of(row, Assignment) for row in await tx.scalars(query)]


async def assign(tx: Tx, new: NewAssignment, by: By) -> Assignment:
    """From `new.start` on the channel measures there; where it measured before ends then. Readings are never touched.

    Saying again what is so already changes nothing.

    Raises:
        BadInput: when the place is unknown or gone, a temperature is in no compartment, the time cannot be, or the channel
            has an assignment that begins later.
    """
    await audit.begin(tx)
    piece, place = await _place(tx, new)
    values = {
        "channel": new.channel,
        "equipment": new.equipment,
        "compartment": place,
        "position": new.position,
        "interval_s": new.interval_s,
    }
    rows.check_texts("assignment", values)
    await declare_channel(tx, new.channel)
    last = await _last(tx, new.channel)
    lasts = last is not None and last.end is None and last.start <= new.start
    if lasts and all(getattr(last, name) == value for name, value in values.items()):
        return record_of(last, Assignment)
    hanging.check(piece, new.channel, new.compartment, new.start, by.at)
    if last is not None:
        await _end_for_next(tx, last, new, by)
    row = tables.Assignment(**values, start=new.start, end=None)
    tx.add(row)
    await audit.record(tx, by, "assigned", [row])
    await changes.journal(tx, by, row, [Touched(new.start, None, channel=new.channel)])
    return record_of(row, Assignment)


async def unassign(tx: Tx, channel: str, end: int, by: By, seen: str | None = None) -> Assignment:
    """From `end` on the channel measures nothing that we know.

    Raises:
        BadInput: when it is assigned nowhere, or only since after `end`, or that is still to come.
        Stale: when it was changed since it was `seen`.
    """
    await audit.begin(tx)
    last = await _last(tx, channel)
    if last is None or last.end is not None:
        raise BadInput("channel", f"{channel[:200]!r} is assigned nowhere", "nothing is to be ended")
    locking.check(last, seen)
    hanging.check_ahead("end", end, by.at)
    if end <= last.start:
        raise BadInput("end", f"the assignment began at {clock.iso(last.start)}", "end it after that")
    last.end = end
    await audit.record(tx, by, "ended", [last])
    await changes.journal(tx, by, last, [Touched(end, None, channel=channel)])
    return record_of(last, Assignment)


async def _place(tx: Tx, new: NewAssignment) -> tuple[tables.Equipment, int | None]:
    if new.interval_s < 1:
        raise BadInput("interval_s", f"{new.interval_s} is no interval", "write the seconds between two readings")
    piece = await _piece(tx, new.equipment)
    return piece, None if new.compartment is None else (await compartment(tx, piece.code, new.compartment)).id


async def _piece(tx: Tx, code: str) -> tables.Equipment:
    piece = await tx.get(tables.Equipment, code)
    if piece is None:
        raise BadInput("equipment", f"{code[:80]!r} is not in the archive", "import it first")
    return piece


async def _last(tx: Tx, channel: str) -> tables.Assignment | None:
    query = select(tables.Assignment).where(tables.Assignment.channel == channel)
    return await tx.scalar(query.order_by(tables.Assignment.start.desc()).limit(1))


async def _end_for_next(tx: Tx, last: tables.Assignment, new: NewAssignment, by: By) -> None:
    if last.start >= new.start or (last.end is not None and last.end > new.start):
        until = clock.iso(last.start) if last.end is None else f"{clock.iso(last.start)} to {clock.iso(last.end)}"
        wrong = f"{new.channel} is assigned to {last.equipment} from {until}"
        raise BadInput("start", wrong, "begin the new assignment after that")
    if last.end is None:
        last.end = new.start
        await audit.record(tx, by, "ended", [last])
