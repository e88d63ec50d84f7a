"""Mean time between failures, by model and age. Pure but for the reading: service years in each band of age, failures in it.

    card ─► born ─► age        put into use, or first measured ─► served ─► gone, or today; less what it stood aside for

A piece is as old as its production day says, else the day it was put into use, else the first day that it was measured.
Its service counts from the day from which a failure would be known: where its clinic keeps a repair book, that of its use;
elsewhere the first day that it was measured, for failures are presumed from what was. What was scrapped or given away
counts until then: a model of which only the survivors were asked would never fail.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

from sqlalchemy import Select, Subquery, func, select

from coldchain.archive.db import Tx
from coldchain.archive.performance import failures, weights
from coldchain.archive.performance.failures import Failure
from coldchain.archive.rows import Record, table_of
from coldchain.archive.tables import Assignment, Equipment
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


class Piece(NamedTuple):
    """A machine as far as its age goes.

    `born` is the day from which its age counts, `since` from which its failures would be known, `until` that to which it
    served; `idle` (from, until) when it stood aside or was being mended.
    """

    code: str
    brand: str
    model: str
    born: date | None
    since: date | None
    until: date
    failed: Sequence[Failure] = ()
    idle: Sequence[tuple[date, date]] = ()

    @property
    def counted(self) -> list[Failure]:
        """The failures while it served."""
        if self.since is None or not self.failed:
            return []
        return [each for each in self.failed if self.since <= date.fromisoformat(each.on) <= self.until]


async def pieces(
    tx: Tx, scope: Scope, today: str, codes: Collection[str] | None = None, *, with_gone: bool = False
) -> list[Piece]:
    """The equipment in scope with its failures; what was scrapped or given away only when asked for."""
    which = chosen(scope, codes, with_gone=with_gone)
    return await with_failures(tx, which, today, await failures.of(tx, which))


def chosen(scope: Scope, codes: Collection[str] | None = None, *, with_gone: bool = False) -> Select[str]:
    """The codes of the equipment in scope."""
    card = table_of(
        Equipment
    ).c  # the tables' own columns, here and where these are asked for: no session looks at each row
    query = select(card.code)
    if not with_gone:
        query = query.where(card.status.not_in(GONE))
    if scope is not None:
        query = query.where(card.facility.in_(scope))
    return query if codes is None else query.where(card.code.in_(codes))


async def with_failures(tx: Tx, which: Select[str], today: str, failed: Mapping[str, Sequence[Failure]]) -> list[Piece]:
    """These pieces, by code. A county has thousands: columns only."""
    card, first = table_of(Equipment).c, first_hung()
    books, aside = await failures.books(tx), await failures.idle(tx, which)
    query = select(*(card[name] for name in _Card._fields[:-1]), first.c.at).where(card.code.in_(which))
    query = query.outerjoin_from(table_of(Equipment), first, first.c.equipment == card.code).order_by(card.code)
    return [
        _piece(each, today, failed.get(each.code, ()), aside.get(each.code, ()), keeps=each.facility in books)
        for each in map(_Card._make, await tx.execute(query))
    ]


def first_hung() -> Subquery:
    """Since when (`at`, ms) anything measured each piece that something ever did."""
    row = table_of(Assignment).c
    return select(row.equipment, func.min(row.start).label("at")).group_by(row.equipment).subquery()


async def by_age(tx: Tx, scope: Scope, today: str) -> list[ModelAge]:
    """Mean times between failures in scope, by brand, model and age."""
    return grouped(await pieces(tx, scope, today, with_gone=True), weights.shipped().age_bands_years)


def grouped(found: Iterable[Piece], bands: Sequence[int]) -> list[ModelAge]:
    """Service and failures of each model in each band of age. A piece of unknown age is left out."""
    edges = [0, *bands]
    ages = [round(years * YEAR) for years in edges]
    sums: dict[tuple[str, str], list[_Sums]] = defaultdict(lambda: [_Sums() for _ in edges])
    for piece in found:
        its, is_presumed = sums[piece.brand, piece.model], failures.is_presumed(piece.failed)
        for at, served, failed in _by_band(piece, ages):
            if served or failed:
                its[at].add(served, failed, is_presumed=is_presumed)
    return [
        _model_age((*key, at), each, edges)
        for key, its in sorted(sums.items())
        for at, each in enumerate(its)
        if each.pieces
    ]


def _by_band(piece: Piece, ages: Sequence[int]) -> Iterable[tuple[int, int, int]]:
    """Each band of age in which it was known: the days that it served then, and how often it failed. Days are numbers here."""
    if piece.born is None or piece.since is None or piece.since > piece.until:
        return ()
    born, since, until = piece.born.toordinal(), piece.since.toordinal(), piece.until.toordinal()
    firsts = [born + age for age in ages]
    at, end = max(0, bisect_right(firsts, since) - 1), bisect_right(firsts, until)
    if at >= end:
        return ()  # it was not made yet
    failed, begun = [0] * (end - at), max(born, since)
    for each in piece.failed:
        if begun <= (on := date.fromisoformat(each.on).toordinal()) <= until:
            failed[bisect_right(firsts, on) - 1 - at] += 1
    return zip(range(at, end), _served([begun, *firsts[at + 1 : end], until], piece.idle), failed, strict=True)


def _served(edges: Sequence[int], idle: Sequence[tuple[date, date]]) -> list[int]:
    """The days between each edge and the next, less those of idle times, each once."""
    left, reached = [last - first for first, last in pairwise(edges)], edges[0]
    for begun, ended in sorted(idle):
        first, last = max(begun.toordinal(), reached), min(ended.toordinal(), edges[-1])
        while first < last:
            at = bisect_right(edges, first) - 1
            reached = min(last, edges[at + 1])
            left[at] -= reached - first
            first = reached
    return left


def place_of(each: ModelAge) -> tuple[str, str, int]:
    """Where it stands in the list."""
    return each.brand, each.model, each.from_years


def mtbf_days(piece: Piece) -> float | None:
    """Days of service between two failures of one piece; None where it never failed, or nobody knows since when it serves."""
    if piece.since is None or not piece.counted:
        return None
    [served] = _served([piece.since.toordinal(), piece.until.toordinal()], piece.idle)
    return round(served / len(piece.counted), 1)


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

    def add(self, served: int, failed: int, *, is_presumed: bool) -> None:
        self.pieces += 1
        self.days += served
        self.failures += failed
        self.presumed += failed if is_presumed else 0


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
    facility: str
    status: str
    produced_on: str | None
    arrived_on: str | None
    started_on: str | None
    scrapped_on: str | None
    hung_at: int | None  # since when anything measured it


def _piece(
    row: _Card, today: str, failed: Sequence[Failure], aside: Sequence[tuple[str, str]], *, keeps: bool
) -> Piece:
    used, is_booked = row.started_on or row.arrived_on, keeps and not failures.is_presumed(failed)
    first = None if row.hung_at is None or (used and is_booked) else days.day_of(row.hung_at)
    used = used or first
    since = used if is_booked else None if first is None else max(first, used or first)
    broken = [(each.on, each.repaired_on) for each in failed if each.repaired_on is not None]
    gone = aside[-1][0] if row.status in GONE and aside else row.scrapped_on
    until = today if row.status not in GONE or gone is None else min(gone, today)
    return Piece(
        row.code, row.brand, row.model, _date(row.produced_on or used), _date(since), date.fromisoformat(until), failed,
        [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in (*aside, *broken)],
    )  # fmt: skip


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
