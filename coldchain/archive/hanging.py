"""Where a probe can hang and since when, and which equipment can hold vaccine: what its card and the calendar allow.

    new assignment ─► is the piece still ours? was it there? is it now? whose air is it? ─► `equipment.assign`

What stood in the archive before somebody corrected a card is not refused any more; it is found (`upkeep.oddities`).
"""

from datetime import datetime
from typing import Final

from coldchain import clock
from coldchain.archive import tables
from coldchain.archive.upkeep import days
from coldchain.archive.upkeep.words import GONE, EquipmentType, Status
from coldchain.errors import BadInput
from coldchain.reading import ChannelName, Quantity

MOST_AHEAD_MS: Final = days.DAY_MS  # tomorrow's run gets its loggers today
HOLDERS: Final = frozenset(EquipmentType) - {
    EquipmentType.ROOM,
    EquipmentType.INCUBATOR,
    EquipmentType.BACKUP_UNIT,
    EquipmentType.GENERATOR,
    EquipmentType.THERMOMETER,
    EquipmentType.ICE_PACK,
    EquipmentType.OTHER,
}
MAY_HOLD_VACCINE: Final = HOLDERS | {EquipmentType.OTHER}


def check(piece: tables.Equipment, channel: str, compartment: str | None, start: int, at: int) -> None:
    """Refuse to let a channel measure this piece.

    Args:
        piece: of which equipment.
        channel: what measures.
        compartment: which part of it; None is the whole.
        start: since when.
        at: the time of this act.

    Raises:
        BadInput: naming the field.
    """
    if Status(piece.status) in GONE:
        wrong = f"{piece.code} was {'scrapped' if piece.status == Status.SCRAPPED else 'given away'}"
        raise BadInput("equipment", wrong, "name what is in use, or correct its status first")
    check_ahead("start", start, at)
    check_there(piece, start)
    is_temperature = ChannelName.parse(channel).quantity is Quantity.TEMPERATURE
    if compartment is None and is_temperature and EquipmentType(piece.type) in HOLDERS:
        wrong = f"{channel} is a temperature in no compartment of {piece.code}: nobody would judge it"
        raise BadInput("compartment", wrong, "name the compartment that it hangs in")


def check_ahead(field: str, moment: int, at: int) -> None:
    """Refuse what is to come later than tomorrow.

    Raises:
        BadInput: naming the field.
    """
    if moment > at + MOST_AHEAD_MS:
        raise BadInput(field, f"{clock.iso(moment)} is still to come", "enter it when it is so")


def check_there(piece: tables.Equipment, start: int) -> None:
    """Refuse a time before the piece was there, as its card tells.

    Raises:
        BadInput: naming the field.
    """
    came = came_on(piece)
    if came is not None and start < begins(came[1]):
        field, day = came
        wrong = f"{clock.iso(start)} is before {piece.code} was there ({field} {day})"
        raise BadInput("start", wrong, "correct the time, or its card")


def came_on(piece: tables.Equipment) -> tuple[str, str] | None:
    """Since when a piece is there: when it arrived; if nobody says, since when it is used; else when it was made."""
    said = ((name, getattr(piece, name)) for name in ("arrived_on", "started_on", "produced_on"))
    return next(((name, day) for name, day in said if day), None)


def begins(day: str) -> int:
    """When this day begins somewhere on earth, ms UTC: nobody wrote its hour."""
    return round(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp() * 1000) - days.EAST_MS


def check_holds(code: str, kind: str, *, field: str) -> None:
    """Refuse vaccine in what holds none: a thermometer, a generator, a living room.

    Raises:
        BadInput: naming the field.
    """
    if EquipmentType(kind) not in MAY_HOLD_VACCINE:
        wrong = f"{code} is a {kind.replace('_', ' ')}, and holds no vaccine"
        raise BadInput(field, wrong, "correct the type of the equipment, or the purpose of its compartment")
