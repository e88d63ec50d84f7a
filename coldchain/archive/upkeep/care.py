"""The log of cleaning, checks and defrosting, and what is overdue by the dated requirements.

enter ─► care ─► overdue(scope, at) ◄── requirements.toml: how often, and how much frost
"""

import math
from collections import defaultdict
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
AT_ONCE: Final = 250  # pieces looked at one by one, at once


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


async def overdue(
    tx: Tx, scope: Scope, at: int, *, after: tuple[str, str] | None = None, most: int | None = None
) -> list[Overdue]:
    """What is due in scope, by equipment and rule. What is spare or in repair holds no vaccine, and waits.

    Args:
        tx: where it is read.
        scope: of which facilities.
        at: when.
        after: the equipment and the rule behind which it begins; None at the first.
        most: so many are enough; None is all.
    """
    rules = requirements.care_in_force(days.day_of(at))
    piece = tables.Equipment
    asked = select(piece.code).where(
        piece.status == Status.NORMAL.value,
        piece.type.in_({kind for rule in rules for kind in rule.types}),
        true() if scope is None else piece.facility.in_(scope),
    )
    codes = sorted(await tx.scalars(asked))  # here, as the database may sort otherwise
    doubtful = [code for code in codes if after is None or code >= after[0]]
    doubtful = await _without_the_cared_for(tx, doubtful, rules, at)
    found: list[Overdue] = []
    while doubtful and (most is None or len(found) < most):
        some, doubtful = doubtful[:AT_ONCE], doubtful[AT_ONCE:]
        late = await _overdue_of(tx, some, rules, at)
        found += [each for each in late if after is None or (each.equipment, each.what) > after]
    return found[:most]


async def _without_the_cared_for(
    tx: Tx, codes: Sequence[str], rules: Sequence[requirements.CareRule], at: int
) -> list[str]:
    """Nearly all were looked after lately and without frost: one look at the log's end tells, and leaves the others."""
    row = tables.Care
    span_days = min((rule.every_days for rule in rules if rule.every_days is not None), default=0)
    query = select(row.equipment, row.kind, row.frost_mm).where(row.withdrawn_at.is_(None))
    query = query.where(row.done_at >= at - span_days * days.DAY_MS, row.done_at <= at)
    kinds: dict[str, set[str]] = defaultdict(set)
    frost: dict[str, float] = {}
    for code, kind, frost_mm in await tx.execute(query.order_by(row.done_at, row.id)):
        kinds[code].add(kind)
        frost[code] = 0.0 if kind == CareKind.DEFROSTED or frost_mm is None else frost_mm
    regular = [rule.kinds for rule in rules if rule.every_days is not None]
    thinnest = min((rule.frost_over_mm for rule in rules if rule.frost_over_mm is not None), default=math.inf)
    return [
        code
        for code in codes
        if code not in kinds or frost[code] > thinnest or any(kinds[code].isdisjoint(its) for its in regular)
    ]


async def _overdue_of(tx: Tx, codes: Sequence[str], rules: Sequence[requirements.CareRule], at: int) -> list[Overdue]:
    """Of these pieces, by piece and rule."""
    pieces = [_Piece(*row) for row in await tx.execute(_pieces(tables.Equipment.code.in_(codes), at))]
    thick = {kind for rule in rules if rule.frost_over_mm is not None for kind in rule.types}
    frost = await _frost(tx, [piece for piece in pieces if piece.type in thick])
    late = [_late(each, rule, frost.get(each.code), at) for each in pieces for rule in rules if each.type in rule.types]
    return sorted((each for each in late if each is not None), key=lambda each: (each.equipment, each.what))


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
    return select(piece.code, piece.facility, piece.type, *last).where(asked)


async def _frost(tx: Tx, pieces: Sequence[_Piece]) -> dict[str, float | None]:
    """What was found at the newest entry of each; nothing where that was a defrosting."""
    row = tables.Care
    newest = {piece.code: max(piece.last.values()) for piece in pieces if piece.last}
    query = select(row.equipment, row.done_at, row.kind, row.frost_mm).where(row.withdrawn_at.is_(None))
    query = query.where(row.equipment.in_(newest.keys()), row.done_at.in_(set(newest.values())))
    found: dict[str, float | None] = {}
    for code, done_at, kind, frost_mm in await tx.execute(query.order_by(row.id)):  # of two at once, the later entry
        if newest[code] == done_at:
            found[code] = None if kind == CareKind.DEFROSTED else frost_mm
    return found
