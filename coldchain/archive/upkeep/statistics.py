"""The yearly roll-up (冷链设备统计): per type how many there are and what they hold, in all and by status, as on a day."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from sqlalchemy import or_, select

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.upkeep import items, life
from coldchain.archive.upkeep.words import EquipmentType, Item, Status
from coldchain.archive.views import Scope


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """So many pieces that hold so much; `unsaid` of them say no volume at all."""

    count: int = 0
    frozen_l: float = 0.0
    cold_l: float = 0.0
    unsaid: int = 0


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A type: in all, and by status."""

    type: EquipmentType
    total: Sum
    by_status: dict[Status, Sum]


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """The table as on a day, with the things that are counted."""

    day: str
    lines: list[Line]
    items: dict[Item, int]


class _Piece(NamedTuple):
    """What the roll-up wants of a card."""

    code: str
    facility: str
    type: str
    status: str
    arrived_on: str | None
    started_on: str | None
    volume_cold_l: float | None
    volume_frozen_l: float | None


async def statistics(tx: Tx, scope: Scope, day: str) -> Statistics:
    """The roll-up of what stood in scope at the end of that day, in the statuses it had; what came later is left out."""
    pieces = await _pieces(tx, scope, day)
    statuses = await life.status_on(tx, day, pieces)
    by_type: dict[EquipmentType, dict[Status, list[_Piece]]] = defaultdict(lambda: defaultdict(list))
    for card in pieces:
        if card.code in statuses:
            by_type[EquipmentType(card.type)][statuses[card.code]].append(card)
    lines = [_line(kind, by_type[kind]) for kind in EquipmentType if kind in by_type]
    counted: dict[Item, int] = defaultdict(int)
    for its in (await items.latest(tx, scope, day)).values():
        for kind, count in its.items():
            counted[kind] += count.quantity
    return Statistics(day=day, lines=lines, items=dict(counted))


async def _pieces(tx: Tx, scope: Scope, day: str) -> list[_Piece]:
    """What stood there then, wherever it stands now."""
    row, place = tables.Equipment, tables.EquipmentPlace
    query = select(*(getattr(row, name) for name in _Piece._fields)).order_by(row.code)
    if scope is None:
        return [_Piece(*each) for each in await tx.execute(query)]
    ever = select(place.equipment).where(place.facility.in_(scope))
    found = [_Piece(*each) for each in await tx.execute(query.where(or_(row.facility.in_(scope), row.code.in_(ever))))]
    stood = await life.place_on(tx, day, found)
    return [each for each in found if stood[each.code] in scope]


def _line(kind: EquipmentType, by_status: dict[Status, list[_Piece]]) -> Line:
    every = [card for its in by_status.values() for card in its]
    sums = {status: _sum(by_status.get(status, ())) for status in Status}
    return Line(type=kind, total=_sum(every), by_status=sums)


def _sum(pieces: Iterable[_Piece]) -> Sum:
    its = list(pieces)
    return Sum(
        count=len(its),
        frozen_l=round(sum(card.volume_frozen_l or 0.0 for card in its), 3),
        cold_l=round(sum(card.volume_cold_l or 0.0 for card in its), 3),
        unsaid=sum(card.volume_frozen_l is None and card.volume_cold_l is None for card in its),
    )
