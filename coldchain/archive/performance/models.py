"""Mean time between failures, by model and age. Pure but for the reading: service years in each band of age, failures in it.

A piece is as old as its production day says, else the day it was put into use, else the first day that it was measured.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from sqlalchemy import func, select

from coldchain.archive.db import Tx
from coldchain.archive.performance import failures, weights
from coldchain.archive.performance.failures import Failure
from coldchain.archive.rows import Record
from coldchain.archive.tables import Assignment, Equipment
from coldchain.archive.upkeep import days
from coldchain.archive.views import Scope

YEAR: Final = 365.25  # days
MOST: Final = 10_000  # pieces of a county


class ModelAge(Record, frozen=True, kw_only=True):
    """Pieces of a model while they were of that age; `to_years` None: and older."""

    brand: str
    model: str
    from_years: int
    to_years: int | None
    pieces: int
    service_years: float
    failures: int
    presumed: int  # of these, told by heat alone
    mtbf_days: float | None  # None: none failed in all these years


@dataclass(frozen=True, slots=True)
class Piece:
    """A machine as far as its age goes; `born` is the day from which its age counts, `since` from which it served."""

    code: str
    brand: str
    model: str
    type: str
    is_medical: bool
    facility: str
    born: date | None
    since: date | None
    until: date
    failed: Sequence[Failure] = field(default=())

    def age_on(self, day: date) -> float | None:
        """In years; None: nobody knows."""
        return None if self.born is None else (day - self.born).days / YEAR


async def pieces(tx: Tx, scope: Scope, today: str, codes: Collection[str] | None = None) -> list[Piece]:
    """The equipment in scope that is not scrapped, with its failures."""
    query = select(Equipment).where(Equipment.status != "scrapped").order_by(Equipment.code).limit(MOST)
    if scope is not None:
        query = query.where(Equipment.facility.in_(scope))
    if codes is not None:
        query = query.where(Equipment.code.in_(codes))
    rows = list(await tx.scalars(query))
    wanted = [row.code for row in rows]
    failed = await failures.of(tx, wanted)
    measured = select(Assignment.equipment, func.min(Assignment.start)).group_by(Assignment.equipment)
    first = {
        code: days.day_of(start) for code, start in await tx.execute(measured.where(Assignment.equipment.in_(wanted)))
    }
    return [_piece(row, first.get(row.code), today, failed.get(row.code, [])) for row in rows]


async def by_age(tx: Tx, scope: Scope, today: str) -> list[ModelAge]:
    """Mean times between failures in scope, by brand, model and age."""
    return grouped(await pieces(tx, scope, today), weights.shipped().age_bands_years)


def grouped(found: Iterable[Piece], bands: Sequence[int]) -> list[ModelAge]:
    """Service and failures of each model in each band of age. A piece of unknown age is left out."""
    sums: dict[tuple[str, str, int], _Sums] = defaultdict(_Sums)
    edges = [0, *bands]
    for piece in found:
        if piece.born is None or piece.since is None:
            continue
        for at, low in enumerate(edges):
            high = edges[at + 1] if at + 1 < len(edges) else None
            served = _days_within(piece, low, high)
            its = [each for each in piece.failed if _is_within(piece, each, low, high)]
            if served or its:
                sums[piece.brand, piece.model, at].add(served, its)
    return [_model_age(key, its, edges) for key, its in sorted(sums.items())]


def mtbf_days(piece: Piece) -> float | None:
    """Days of service between two failures of one piece; None where it never failed, or nobody knows since when it serves."""
    if piece.since is None or not piece.failed:
        return None
    return round((piece.until - piece.since).days / len(piece.failed), 1)


def days_since(piece: Piece) -> int | None:
    """Since the last failure."""
    last = max((each.on for each in piece.failed), default=None)
    return None if last is None else (piece.until - date.fromisoformat(last)).days


@dataclass(slots=True)
class _Sums:
    pieces: int = 0
    days: int = 0
    failures: int = 0
    presumed: int = 0

    def add(self, served: int, its: Sequence[Failure]) -> None:
        self.pieces += 1
        self.days += served
        self.failures += len(its)
        self.presumed += sum(each.basis is failures.Basis.HEAT for each in its)


def _model_age(key: tuple[str, str, int], its: _Sums, edges: Sequence[int]) -> ModelAge:
    brand, model, at = key
    return ModelAge(
        brand=brand, model=model, from_years=edges[at], to_years=edges[at + 1] if at + 1 < len(edges) else None,
        pieces=its.pieces, service_years=round(its.days / YEAR, 2), failures=its.failures, presumed=its.presumed,
        mtbf_days=round(its.days / its.failures, 1) if its.failures else None,
    )  # fmt: skip


def _days_within(piece: Piece, low: int, high: int | None) -> int:
    assert piece.born is not None
    assert piece.since is not None
    first = max(piece.since, _aged(piece.born, low))
    last = piece.until if high is None else min(piece.until, _aged(piece.born, high))
    return max(0, (last - first).days)


def _is_within(piece: Piece, failure: Failure, low: int, high: int | None) -> bool:
    assert piece.born is not None
    on = date.fromisoformat(failure.on)
    return _aged(piece.born, low) <= on and (high is None or on < _aged(piece.born, high))


def _aged(born: date, years: int) -> date:
    return born + timedelta(days=round(years * YEAR))


def _piece(row: Equipment, first: str | None, today: str, failed: Sequence[Failure]) -> Piece:
    since = row.started_on or row.arrived_on or first
    born = row.produced_on or since
    return Piece(
        row.code, row.brand, row.model, row.type, row.is_medical, row.facility, _date(born), _date(since),
        date.fromisoformat(today), failed,
    )  # fmt: skip


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def names(found: Iterable[Piece]) -> Mapping[str, Piece]:
    """By code."""
    return {piece.code: piece for piece in found}
