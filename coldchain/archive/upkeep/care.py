"""The log of cleaning, checks and defrosting, and what is overdue by the dated requirements.

enter ─► care ─► overdue(scope, at) ◄── requirements.toml: how often, and how much frost
"""

import math
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, select, true

from coldchain import clock
from coldchain.archive import audit, changes, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.pages import Asked, Page, page
from coldchain.archive.rows import Record, check_texts, record_of
from coldchain.archive.upkeep import days, life, requirements
from coldchain.archive.upkeep.words import CareKind, Status
from coldchain.archive.views import Scope
from coldchain.errors import BadInput

THICKEST_MM = 300
MINUTE_MS = 60_000
MOST_NAMED: Final = 500  # a database takes only so many words at once


class NewCare(Record, frozen=True, kw_only=True):
    """Something was done to a piece; `frost_mm` is what was found before."""

    equipment: str
    kind: CareKind
    done_at: int
    frost_mm: float | None = None
    note: str = ""


class Care(NewCare, frozen=True, kw_only=True):
    """… that stands in the archive; withdrawn = entered by mistake."""

    id: int
    by: str
    withdrawn_at: int | None = None


class Overdue(Record, frozen=True, kw_only=True):
    """What was not done in time; `last_at` None = never, as far as anybody wrote down."""

    equipment: str
    facility: str
    what: str
    last_at: int | None
    every_days: int | None
    frost_mm: float | None
    source: str
    certainty: str


class _Piece:
    """A piece, and when what was last done to it."""

    __slots__ = ("code", "facility", "last", "type")

    def __init__(self, code: str, facility: str, type_: str, *last: int | None) -> None:
        self.code, self.facility, self.type = code, facility, type_
        self.last = {kind: at for kind, at in zip(CareKind, last, strict=True) if at is not None}


async def enter(tx: Tx, new: NewCare, by: By) -> Care:
    """Write down what was done.

    Raises:
        BadInput: when the equipment is unknown or gone, or time or frost cannot be.
    """
    await audit.begin(tx)
    row = await life.row_of(tx, new.equipment)
    if row.status in {Status.MOVED, Status.SCRAPPED}:
        raise BadInput("equipment", f"{new.equipment} is {row.status}", "name a piece that stands here")
    check_texts("care", {"note": new.note})
    if new.done_at > by.at + MINUTE_MS:
        raise BadInput("done_at", f"{clock.iso(new.done_at)} is still to come", "enter it when it is done")
    if new.frost_mm is not None and not (math.isfinite(new.frost_mm) and 0 <= new.frost_mm <= THICKEST_MM):
        raise BadInput("frost_mm", f"{new.frost_mm:g} cannot be", f"write 0 to {THICKEST_MM} mm")
    kept = tables.Care(
        equipment=new.equipment, kind=new.kind.value, done_at=new.done_at, frost_mm=new.frost_mm, note=new.note,
        by=by.actor,
    )  # fmt: skip
    await changes.enter(tx, by, new.kind.value, kept, [])
    return record_of(kept, Care)


async def withdraw(tx: Tx, number: int, by: By) -> Care:
    """Take back an entry that was a mistake.

    Raises:
        BadInput: when there is none that counts.
    """
    row = await changes.counting(tx, tables.Care, "number", number)
    row.withdrawn_at = by.at
    await changes.enter(tx, by, "withdrawn", row, [])
    return record_of(row, Care)


async def listed(tx: Tx, asked: Asked, scope: Scope, *, equipment: str | None = None) -> Page[Care]:
    """Entries in scope that count, the newest first."""
    query = _log(scope)
    if equipment is not None:
        query = query.where(tables.Care.equipment == equipment)
    return await page(tx, query, (tables.Care.done_at, tables.Care.id), asked, Care, descending=True)


async def overdue(tx: Tx, scope: Scope, at: int) -> list[Overdue]:
    """What is due in scope, by equipment. What is spare or in repair holds no vaccine, and waits."""
    rules = requirements.care_in_force(days.day_of(at))
    piece = tables.Equipment
    asked = and_(
        piece.status == Status.NORMAL.value,
        piece.type.in_({kind for rule in rules for kind in rule.types}),
        true() if scope is None else piece.facility.in_(scope),
    )
    pieces = [_Piece(*row) for row in await tx.execute(_pieces(asked, at))]
    thick = {kind for rule in rules if rule.frost_over_mm is not None for kind in rule.types}
    frost = await _frost(tx, [piece for piece in pieces if piece.type in thick])
    late = [_late(each, rule, frost.get(each.code), at) for each in pieces for rule in rules if each.type in rule.types]
    return [each for each in late if each is not None]


def _late(piece: _Piece, rule: requirements.CareRule, frost_mm: float | None, at: int) -> Overdue | None:
    last = max((done_at for kind, done_at in piece.last.items() if kind in rule.kinds), default=None)
    is_forgotten = rule.every_days is not None and (last is None or last < at - rule.every_days * days.DAY_MS)
    is_thick = rule.frost_over_mm is not None and frost_mm is not None and frost_mm > rule.frost_over_mm
    if not is_forgotten and not is_thick:
        return None
    return Overdue(
        equipment=piece.code, facility=piece.facility, what=rule.name, last_at=last, every_days=rule.every_days,
        frost_mm=frost_mm if rule.frost_over_mm is not None else None, source=rule.source, certainty=rule.certainty,
    )  # fmt: skip


def _log(scope: Scope) -> Select[tables.Care]:
    row, piece = tables.Care, tables.Equipment
    query = select(row).join(piece, piece.code == row.equipment).where(row.withdrawn_at.is_(None))
    return query.where(true() if scope is None else piece.facility.in_(scope))


def _pieces(asked: ColumnElement[bool], at: int) -> Select[Any]:
    """Each with its last entry of each kind: one step down the index, however long the log is."""
    row, piece = tables.Care, tables.Equipment
    counts = and_(row.equipment == piece.code, row.withdrawn_at.is_(None), row.done_at <= at)
    last = [
        select(func.max(row.done_at)).where(counts, row.kind == kind.value).correlate(piece).scalar_subquery()
        for kind in CareKind
    ]
    return select(piece.code, piece.facility, piece.type, *last).where(asked).order_by(piece.code)


async def _frost(tx: Tx, pieces: Sequence[_Piece]) -> dict[str, float | None]:
    """What was found at the newest entry of each; nothing where that was a defrosting."""
    row = tables.Care
    newest = {piece.code: max(piece.last.values()) for piece in pieces if piece.last}
    found: dict[str, float | None] = {}
    every = list(newest.items())
    for some in (every[n : n + MOST_NAMED] for n in range(0, len(every), MOST_NAMED)):
        query = select(row.equipment, row.done_at, row.kind, row.frost_mm).where(row.withdrawn_at.is_(None))
        query = query.where(row.equipment.in_([code for code, _ in some]), row.done_at.in_([at for _, at in some]))
        for code, done_at, kind, frost_mm in await tx.execute(
            query.order_by(row.id)
        ):  # of two at once, the later entry
            if newest[code] == done_at:
                found[code] = None if kind == CareKind.DEFROSTED else frost_mm
    return found
