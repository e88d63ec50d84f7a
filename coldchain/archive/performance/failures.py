"""When machines failed: as repairs say; where nobody keeps a repair book, as heat says that nothing else explains.

    repair (broken_on → repaired_on) ─────────────────────────────┐
    heat, certain, with no occasion and no loss of mains beside it ┴─► failures, each with what it rests on

What is presumed from heat is labelled so: a fault of a thermostat and a door that was left open look alike from outside.
Heat that comes back within a day is the same failure, and a piece that was put aside does not fail by being warm.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select

from coldchain.archive.db import Tx
from coldchain.archive.performance.days import DAY_MS
from coldchain.archive.performance.years import lasted_to
from coldchain.archive.rows import Record, table_of
from coldchain.archive.tables import (
    Assignment,
    Channel,
    Equipment,
    EquipmentStatus,
    Excursion,
    Facility,
    Outage,
    Repair,
)
from coldchain.archive.upkeep import days
from coldchain.archive.upkeep.words import Status
from coldchain.excursion import CaseState, Certainty, Kind, Severity
from coldchain.reading import Quantity

COUNTING: Final = (CaseState.OPEN.value, CaseState.CLOSED.value)
LAST: Final = "9999-12-31"  # still so
BEFORE_MS: Final = 7 * DAY_MS
TOLD: Final = (Severity.WARNING.value, Severity.CRITICAL.value)

Which = Collection[str] | Select[str]  # equipment, by code


class Basis(StrEnum):
    """What says that a machine failed."""

    REPAIR = "repair"
    HEAT = "heat"  # presumed


class Failure(Record, frozen=True, kw_only=True, gc=False):
    """A machine failed on that day."""

    equipment: str
    on: str
    repaired_on: str | None  # None: still broken, or nobody says
    basis: Basis
    cause: str


class Failing(NamedTuple):
    """How often a machine failed since some day."""

    times: int
    is_presumed: bool


async def of(tx: Tx, which: Which) -> dict[str, list[Failure]]:
    """The failures of each of these, in time; of one with a repair book by that alone."""
    row = table_of(Repair).c
    query = select(row.equipment, row.broken_on, row.repaired_on, row.cause).where(*_written(which))
    found: dict[str, list[Failure]] = defaultdict(list)
    for code, on, repaired_on, cause in await tx.execute(query.order_by(row.broken_on)):
        found[code].append(Failure(equipment=code, on=on, repaired_on=repaired_on, basis=Basis.REPAIR, cause=cause))
    for failure in await _presumed(tx, which):
        found[failure.equipment].append(failure)
    return dict(found)


def is_presumed(failed: Sequence[Failure]) -> bool:
    """True for those of a piece that nobody wrote down; what a book tells and what heat does never mix."""
    return bool(failed) and failed[0].basis is Basis.HEAT


async def counted(tx: Tx, which: Which, since: str) -> dict[str, Failing]:
    """How often each of these failed since that day; who did not is not among them."""
    row = table_of(Repair).c
    query = select(row.equipment, func.count()).where(*_written(which), row.broken_on >= since)
    found = {code: Failing(times, is_presumed=False) for code, times in await tx.execute(query.group_by(row.equipment))}
    presumed: Counter[str] = Counter()
    for failure in await _presumed(tx, which, since):
        presumed[failure.equipment] += failure.on >= since  # one that began before it may have gone on
    return found | {code: Failing(times, is_presumed=True) for code, times in presumed.items()}


async def books(tx: Tx) -> set[str]:
    """The facilities that keep a repair book."""
    row = table_of(Facility).c
    kept = select(Repair.id).join(Equipment, Equipment.code == Repair.equipment)
    kept = kept.where(Equipment.facility == row.code, Repair.withdrawn_at.is_(None))
    return set(await tx.scalars(select(row.code).where(kept.exists())))


def _written(which: Which) -> tuple[ColumnElement[bool], ...]:
    row = table_of(Repair).c
    return row.equipment.in_(which), row.withdrawn_at.is_(None)


async def _presumed(tx: Tx, which: Which, since: str | None = None) -> list[Failure]:
    """Of those without a repair book; what is presumed since a day may go on from a week before it."""
    row, repair, code = table_of(Excursion).c, table_of(Repair).c, table_of(Equipment).c.code
    booked = select(repair.id).where(repair.equipment == code, repair.withdrawn_at.is_(None))
    without_book = select(code).where(code.in_(which), ~booked.exists())
    query = select(row.equipment, row.first_bad, row.last_bad, row.rule).where(
        row.equipment.in_(without_book), row.kind == Kind.HEAT.value,
        row.state.in_(COUNTING), row.explained.is_(None), row.certainty == Certainty.CERTAIN.value,
        row.severity.in_(TOLD),
    )  # fmt: skip
    if since is not None:
        query = query.where(row.last_bad >= days.ends(since) - BEFORE_MS)
    cases = list(await tx.execute(query.order_by(row.equipment, row.first_bad)))
    if not cases:
        return []
    warm = {case.equipment for case in cases}
    losses = await _losses(tx, warm, min(case.first_bad for case in cases), max(case.last_bad for case in cases) + 1)
    aside = await idle(tx, which)
    warm_to: dict[str, int] = {}
    found = []
    for case in cases:
        on = days.day_of(case.first_bad)
        if _has_no_mains(case.first_bad, case.last_bad, losses[case.equipment]):
            continue
        if any(since <= on <= until for since, until in aside.get(case.equipment, ())):
            continue
        is_new = case.first_bad > warm_to.get(case.equipment, -DAY_MS) + DAY_MS
        warm_to[case.equipment] = max(case.last_bad, warm_to.get(case.equipment, 0))
        if is_new:
            found.append(Failure(equipment=case.equipment, on=on, repaired_on=None, basis=Basis.HEAT, cause=case.rule))
    return found


class _Lost(NamedTuple):
    """A loss of mains, as far as it explains heat."""

    start: int
    explains_to: int


async def _losses(tx: Tx, codes: Collection[str], start: int, end: int) -> dict[str, list[_Lost]]:
    """Each piece's own; where no channel tells of its mains, those of what stands in the same clinic."""
    told = select(Assignment.equipment).join(Channel, Channel.name == Assignment.channel)
    with_plug = set(await tx.scalars(told.where(Channel.quantity == Quantity.POWER.value).distinct()))
    clinic_of = {its.code: its.facility for its in await tx.execute(select(Equipment.code, Equipment.facility))}
    row = table_of(Outage).c
    query = select(row.equipment, row.start, lasted_to(), row.back_at).where(row.start < end)
    query = query.where(func.coalesce(row.back_at, lasted_to() + DAY_MS) >= start).order_by(row.equipment, row.start)
    own: dict[str, list[_Lost]] = defaultdict(list)
    theirs: dict[str, list[_Lost]] = defaultdict(list)
    for code, begun, known_to, back_at in await tx.execute(query):
        own[code].append(_Lost(begun, back_at or known_to + DAY_MS))
        if code in with_plug:
            theirs[clinic_of[code]].append(_Lost(begun, known_to + DAY_MS))  # that one's warmth says nothing
    return {code: own[code] if code in with_plug else [*own[code], *theirs[clinic_of[code]]] for code in codes}


async def idle(tx: Tx, which: Which) -> dict[str, list[tuple[str, str]]]:
    """From which day until which each of these was not in use, by its status."""
    row = EquipmentStatus
    query = select(row.equipment, row.since, row.until).where(row.equipment.in_(which))
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for code, since, until in await tx.execute(query.where(row.status != Status.NORMAL.value).order_by(row.id)):
        found[code].append((since or days.FIRST, until or LAST))
    return dict(found)


def _has_no_mains(first: int, last: int, losses: Sequence[_Lost]) -> bool:
    """True when the mains were out while it was warm, or it had not yet recovered from that."""
    return any(loss.start <= last and loss.explains_to >= first for loss in losses)
