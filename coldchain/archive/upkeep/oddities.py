"""What stands in the archive and cannot well be: the same piece twice, a probe in what is gone or was not there yet.

Real books have it, so it is no reason to refuse a whole file; it is found, for somebody to correct. It changes no verdict.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy import or_, select, true

from coldchain import clock
from coldchain.archive import hanging, tables
from coldchain.archive.db import Tx
from coldchain.archive.equipment import Purpose
from coldchain.archive.rows import Record
from coldchain.archive.upkeep.words import GONE, Status
from coldchain.archive.views import Scope
from coldchain.reading import ChannelName, Quantity

Numbers = tuple[str, str]
_GONE: Final = frozenset(status.value for status in GONE)


class Odd(StrEnum):
    """What is odd."""

    TWICE = "twice"  # the same national code, or the same maker's serial number, on two cards
    GONE_REPORTING = "gone_reporting"  # scrapped or given away, and still a probe of ours hangs in it
    BEFORE_IT_CAME = "before_it_came"  # a probe hung in it before its card says that it was there
    NOWHERE_INSIDE = "nowhere_inside"  # a temperature of the whole piece: no compartment is judged by it
    HOLDS_NONE = "holds_none"  # a compartment for vaccine in what holds none


class Oddity(Record, frozen=True, kw_only=True):
    """Something to look at; `about` is the channel, the compartment or the other piece."""

    facility: str
    equipment: str
    what: Odd
    about: str
    told: str


async def oddities(tx: Tx, scope: Scope, at: int) -> list[Oddity]:
    """All in scope, by facility and equipment."""
    row = tables.Equipment
    query = select(row).where(true() if scope is None else row.facility.in_(scope)).order_by(row.code)
    pieces = {each.code: each for each in await tx.scalars(query)}
    found = [*await _twice(tx, pieces.values(), scope), *await _hanging(tx, pieces, at), *await _rooms(tx, pieces)]
    return sorted(found, key=place_of)


def place_of(each: Oddity) -> tuple[str, str, str, str]:
    """Where one stands in the list."""
    return each.facility, each.equipment, each.what.value, each.about


async def _twice(tx: Tx, pieces: Iterable[tables.Equipment], scope: Scope) -> list[Oddity]:
    """Cards that say the same of what no two pieces have; of a piece elsewhere no more than that there is one."""
    row = tables.Equipment
    query = select(row.code, row.facility, row.national_code, row.manufacturer, row.serial).where(
        or_(row.national_code != "", row.serial != ""), row.status != Status.MOVED.value
    )
    by_number: dict[Numbers, list[tuple[str, str]]] = defaultdict(list)
    for each in await tx.execute(query):
        for number in _numbers(each.national_code, each.manufacturer, each.serial):
            by_number[number].append((each.code, each.facility))
    found = {}
    for piece in pieces:
        for number in _numbers(piece.national_code, piece.manufacturer, piece.serial):
            for other, facility in by_number[number]:
                if other != piece.code and piece.status != Status.MOVED:
                    about = other if scope is None or facility in scope else "elsewhere"
                    found[piece.code, about] = _odd(piece, Odd.TWICE, about, number[1])
    return list(found.values())


def _numbers(national_code: str, maker: str, serial: str) -> list[Numbers]:
    """What names one piece: the national code, and the serial number of a maker."""
    said = [("", national_code.strip())] if national_code.strip() else []
    return [*said, (maker.strip().casefold() + "#", serial.strip().casefold())] if serial.strip() else said


async def _hanging(tx: Tx, pieces: dict[str, tables.Equipment], at: int) -> list[Oddity]:
    row = tables.Assignment
    query = select(row).where(or_(row.end.is_(None), row.end > at)).order_by(row.id)
    found = []
    for each in await tx.scalars(query):
        piece = pieces.get(each.equipment)
        if piece is None:
            continue
        since = clock.iso(each.start)
        if piece.status in _GONE:
            found.append(_odd(piece, Odd.GONE_REPORTING, each.channel, f"{piece.status}, assigned since {since}"))
        came = hanging.came_on(piece)
        if came is not None and each.start < hanging.begins(came[1]):
            found.append(_odd(piece, Odd.BEFORE_IT_CAME, each.channel, f"since {since}, {came[0]} {came[1]}"))
        if _is_nowhere(piece, each):
            found.append(_odd(piece, Odd.NOWHERE_INSIDE, each.channel, f"since {since}"))
    return found


def _is_nowhere(piece: tables.Equipment, hung: tables.Assignment) -> bool:
    is_temperature = ChannelName.parse(hung.channel).quantity is Quantity.TEMPERATURE
    return hung.compartment is None and is_temperature and piece.type in hanging.HOLDERS


async def _rooms(tx: Tx, pieces: dict[str, tables.Equipment]) -> Sequence[Oddity]:
    row = tables.Compartment
    query = select(row.equipment, row.name).where(row.purpose == Purpose.VACCINE.value).order_by(row.id)
    rooms = [(pieces[code], name) for code, name in await tx.execute(query) if code in pieces]
    return [
        _odd(piece, Odd.HOLDS_NONE, name, f"it is a {piece.type.replace('_', ' ')}")
        for piece, name in rooms
        if piece.type not in hanging.MAY_HOLD_VACCINE and piece.status not in _GONE
    ]


def _odd(piece: tables.Equipment, what: Odd, about: str, told: str) -> Oddity:
    return Oddity(facility=piece.facility, equipment=piece.code, what=what, about=about, told=told)
