"""A month of a piece of equipment as its form has it (冷链设备温度记录表): a row for each half of each day, a cell per compartment."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.twice_daily.days import Days
from coldchain.archive.twice_daily.duties import duties
from coldchain.archive.twice_daily.duty import State, due
from coldchain.archive.twice_daily.entries import Entry, of_days
from coldchain.archive.twice_daily.hours import Half, local_clock
from coldchain.errors import BadInput


@dataclass(frozen=True, slots=True)
class Cell:
    """A compartment in a half: the entry that counts, or why there is none. `state` None: nobody asks for it."""

    compartment: str
    state: State | None
    entry: Entry | None
    time: str | None  # HH:MM, local


@dataclass(frozen=True, slots=True)
class Line:
    """A half of a day."""

    day: str
    half: Half
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The form of a month; `withdrawn` are the entries struck through, for its notes."""

    month: str
    equipment: str
    name_zh: str
    name_en: str
    facility: str
    compartments: tuple[str, ...]
    lines: tuple[Line, ...]
    withdrawn: tuple[Entry, ...]


async def sheet(tx: Tx, equipment: str, month: str, now: int, zone: ZoneInfo) -> Sheet:
    """The form of a piece of equipment.

    Raises:
        BadInput: when there is none, or no such month.
    """
    days = Days.of_month(month)
    unit = await tx.get(tables.Equipment, equipment)
    if unit is None:
        raise BadInput("equipment", f"{equipment[:80]!r} is not in the archive", "correct the code")
    entries = await of_days(tx, equipment, days.first, days.last)
    counting = {(each.compartment, each.day, each.half): each for each in entries if each.withdrawn_at is None}
    found = await duties(tx, None, zone, equipment=equipment)
    states = {
        (each.duty.compartment, each.day, each.half): each.state for each in await due(tx, found, days, now, zone)
    }
    rooms = await _rooms(tx, {each.compartment: each.name for each in found}, entries)

    def cell(room: int, day: str, half: Half) -> Cell:
        entry = counting.get((room, day, half))
        state = states.get((room, day, half))
        if entry is not None:
            state = State.LATE if entry.late_reason is not None else State.ENTERED
        return Cell(rooms[room], state, entry, local_clock(entry.taken_at, zone) if entry else None)

    lines = [Line(day, half, tuple(cell(room, day, half) for room in rooms)) for day in days for half in Half]
    withdrawn = tuple(each for each in entries if each.withdrawn_at is not None)
    return Sheet(
        month, unit.code, unit.name_zh, unit.name_en, unit.facility, tuple(rooms.values()), tuple(lines), withdrawn
    )


async def _rooms(tx: Tx, due_now: dict[int, str], entries: list[Entry]) -> dict[int, str]:
    """The compartments of the form: those asked for now, and those that were written down then."""
    rooms = dict(due_now)
    for compartment in sorted({each.compartment for each in entries} - rooms.keys()):
        row = await tx.get(tables.Compartment, compartment)
        assert row is not None  # a reference holds it
        rooms[compartment] = row.name
    return rooms
