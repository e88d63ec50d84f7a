"""Mean time between failures, by model and age. Pure but for the reading: service years in each band of age, failures in it.

    card ─► born ─► age        put into use, or first measured ─► served ─► gone, or today; less what it stood aside for

A piece is as old as its production day says, else the day it was put into use, else the first day that it was measured.
Its service counts from the day from which a failure would be known: where its clinic keeps a repair book, that of its use;
elsewhere the first day that it was measured, for failures are presumed from what was. What was scrapped or given away
counts until then: a model of which only the survivors were asked would never fail.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from sqlalchemy import Select, func, select

from coldchain.archive.db import Tx
from coldchain.archive.performance import failures, weights
from coldchain.archive.performance.failures import Failure
from coldchain.archive.rows import Record, table_of
from coldchain.archive.tables import Assignment, Equipment, Repair
from coldchain.archive.upkeep import days
from coldchain.archive.upkeep.words import GONE as GONE_STATUSES
from coldchain.archive.views import Scope

YEAR: Final = 365.25  # days
GONE: Final = sorted(status.value for status in GONE_STATUSES)


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
    """A machine as far as its age goes.

    `born` is the day from which its age counts, `since` from which its failures would be known, `until` that to which it
    served; `idle` (from, until) when it stood aside or was being mended.
    """

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
    idle: Sequence[tuple[date, date]] = field(default=())

    @property
    def counted(self) -> list[Failure]:
        """The failures while it served."""
        if self.since is None or not self.failed:
            return []
        return [each for each in self.failed if self.since <= date.fromisoformat(each.on) <= self.until]

    def served_days(self, first: date, last: date) -> int:
        """How many days of [first, last) it was in use."""
        if self.since is None:
            return 0
        first, last = max(first, self.since), min(last, self.until)
        away, reached = 0, first
        for begun, ended in sorted(self.idle):
            away += max(0, (min(ended, last) - max(begun, reached)).days)
            reached = max(reached, min(ended, last))
        return max(0, (last - first).days - away)

    def age_on(self, day: date) -> float | None:
        """In years; None: nobody knows."""
        return None if self.born is None else (day - self.born).days / YEAR


async def pieces(
    tx: Tx, scope: Scope, today: str, codes: Collection[str] | None = None, *, with_gone: bool = False
) -> list[Piece]:
    """The equipment in scope with its failures; what was scrapped or given away only when asked for."""
    which = chosen(scope, codes, with_gone=with_gone)
    return await with_failures(tx, which, today, await failures.of(tx, which))


def chosen(scope: Scope, codes: Collection[str] | None = None, *, with_gone: bool = False) -> Select[str]:
    """The codes of the equipment in scope."""
    query = select(Equipment.code)
    if not with_gone:
        query = query.where(Equipment.status.not_in(GONE))
    if scope is not None:
        query = query.where(Equipment.facility.in_(scope))
    return query if codes is None else query.where(Equipment.code.in_(codes))


async def with_failures(tx: Tx, which: Select[str], today: str, failed: Mapping[str, Sequence[Failure]]) -> list[Piece]:
    """These pieces, by code. A county has thousands: columns only."""
    hung = table_of(Assignment).c
    measured = select(hung.equipment, func.min(hung.start)).where(hung.equipment.in_(which)).group_by(hung.equipment)
    first = {code: days.day_of(at) for code, at in await tx.execute(measured)}
    booked = select(Equipment.facility).join(Repair, Repair.equipment == Equipment.code)
    books = set(await tx.scalars(booked.where(Repair.withdrawn_at.is_(None)).distinct()))
    aside = await failures.idle(tx, which)
    query = select(*(table_of(Equipment).c[name] for name in _Card._fields)).where(Equipment.code.in_(which))
    return [
        _piece(card, first.get(card.code), today, failed.get(card.code, ()), aside.get(card.code, ()),
               keeps=card.facility in books)
        for card in map(_Card._make, await tx.execute(query.order_by(Equipment.code)))
    ]  # fmt: skip


async def by_age(tx: Tx, scope: Scope, today: str) -> list[ModelAge]:
    """Mean times between failures in scope, by brand, model and age."""
    return grouped(await pieces(tx, scope, today, with_gone=True), weights.shipped().age_bands_years)


def grouped(found: Iterable[Piece], bands: Sequence[int]) -> list[ModelAge]:
    """Service and failures of each model in each band of age. A piece of unknown age is left out."""
    sums: dict[tuple[str, str, int], _Sums] = defaultdict(_Sums)
    edges = [0, *bands]
    ages = [timedelta(days=round(years * YEAR)) for years in edges]
    for piece in found:
        if piece.born is None or piece.since is None:
            continue
        firsts = [piece.born + age for age in ages]
        its = [(date.fromisoformat(each.on), each) for each in piece.counted]
        for at, (first, last) in enumerate(pairwise([*firsts, date.max])):
            if last <= piece.since or first > piece.until:
                continue
            served = piece.served_days(first, last)
            failed = [each for on, each in its if first <= on < last]
            if served or failed:
                sums[piece.brand, piece.model, at].add(served, failed)
    return [_model_age(key, its, edges) for key, its in sorted(sums.items())]


def place_of(each: ModelAge) -> tuple[str, str, int]:
    """Where it stands in the list."""
    return each.brand, each.model, each.from_years


def mtbf_days(piece: Piece) -> float | None:
    """Days of service between two failures of one piece; None where it never failed, or nobody knows since when it serves."""
    if piece.since is None or not piece.counted:
        return None
    return round(piece.served_days(piece.since, piece.until) / len(piece.counted), 1)


def days_since(piece: Piece) -> int | None:
    """Since the last failure."""
    last = max((each.on for each in piece.failed), default=None)
    return None if last is None else max(0, (piece.until - date.fromisoformat(last)).days)


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
        self.presumed += sum([each.basis is failures.Basis.HEAT for each in its])


def _model_age(key: tuple[str, str, int], its: _Sums, edges: Sequence[int]) -> ModelAge:
    brand, model, at = key
    return ModelAge(
        brand=brand, model=model, from_years=edges[at], to_years=edges[at + 1] if at + 1 < len(edges) else None,
        pieces=its.pieces, service_years=round(its.days / YEAR, 2), failures=its.failures, presumed=its.presumed,
        mtbf_days=round(its.days / its.failures, 1) if its.failures else None,
    )  # fmt: skip


class _Card(NamedTuple):
    """What of a card its age and its models want."""

    code: str
    brand: str
    model: str
    type: str
    is_medical: bool
    facility: str
    status: str
    produced_on: str | None
    arrived_on: str | None
    started_on: str | None
    scrapped_on: str | None


def _piece(
    row: _Card, first: str | None, today: str, failed: Sequence[Failure], aside: Sequence[tuple[str, str]],
    *, keeps: bool,
) -> Piece:  # fmt: skip
    used = row.started_on or row.arrived_on or first
    is_presumed = bool(failed) and any(each.basis is failures.Basis.HEAT for each in failed)
    since = used if keeps and not is_presumed else None if first is None else max(first, used or first)
    broken = [(each.on, each.repaired_on) for each in failed if each.repaired_on is not None]
    gone = aside[-1][0] if row.status in GONE and aside else row.scrapped_on
    until = today if row.status not in GONE or gone is None else min(gone, today)
    return Piece(
        row.code, row.brand, row.model, row.type, row.is_medical, row.facility, _date(row.produced_on or used),
        _date(since), date.fromisoformat(until), failed, tuple([_span(*each) for each in (*aside, *broken)]),
    )  # fmt: skip


def _span(first: str, last: str) -> tuple[date, date]:
    return date.fromisoformat(first), date.fromisoformat(last)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
