"""Holds: doses that are not to be used because of an excursion, until it turns out that there was none, or somebody decides.

    follow(cases) ─┬─►  keep            one hold for each lot that a case names; its doses only ever grow
                   └─►  lift_withdrawn  lifted, and still in the book

Written in the transaction that wrote the case, whose revisions are its evidence.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select, true

from coldchain.archive import tables
from coldchain.archive.db import Tx
from coldchain.archive.rows import Record, record_of
from coldchain.archive.views import Scope
from coldchain.excursion import Case, CaseState, LotShare, LotsKnown

_IS_NONE: Final = frozenset({CaseState.WITHDRAWN, CaseState.MERGED})


class Hold(Record, frozen=True, kw_only=True):
    """So many doses of a lot, in a compartment (None: somewhere at the facility), since the first bad reading."""

    id: int
    excursion: str
    lot: str
    facility: str
    compartment: int | None
    doses: int
    since: int
    lifted_at: int | None
    lifted_why: str | None


async def follow(tx: Tx, cases: Sequence[Case], at: int) -> None:
    """Let holds say what cases say now, in the transaction that wrote them; `at` is domain time."""
    for case in cases:
        await lift_withdrawn(tx, case, at)
        if case.facts.is_held and case.facts.equipment is not None:
            facility = select(tables.Equipment.facility).where(tables.Equipment.code == case.facts.equipment)
            await keep(tx, case, (await tx.scalars(facility)).one())


async def keep(tx: Tx, case: Case, facility: str) -> None:
    """Hold what a case says is held; a hold in force may become larger, never smaller."""
    if not case.facts.is_held or case.state in _IS_NONE:
        return
    in_force = {row.lot: row for row in await _in_force(tx, case)}
    for share in case.facts.lots:
        row = in_force.get(share.lot)
        if row is not None:
            row.doses = max(row.doses, share.doses)
            row.since = min(row.since, case.facts.first_bad)
        elif share.doses > 0:
            tx.add(_new(case, share, facility))
    await tx.flush()


def _new(case: Case, share: LotShare, facility: str) -> tables.Hold:
    is_there = case.facts.lots_known is LotsKnown.COMPARTMENT
    return tables.Hold(
        excursion=case.id,
        lot=share.lot,
        facility=facility,
        compartment=case.facts.compartment if is_there else None,
        doses=share.doses,
        since=case.facts.first_bad,
    )


async def lift_withdrawn(tx: Tx, case: Case, at: int) -> None:
    """Lift the holds of a case that never was, or that another one took over; of any other, nothing."""
    if case.state not in _IS_NONE:
        return
    for row in await _in_force(tx, case):
        row.lifted_at, row.lifted_why = at, case.state.value
    await tx.flush()


async def of_lot(tx: Tx, lot: str) -> list[Hold]:
    """All holds that a lot ever had, the newest first."""
    query = select(tables.Hold).where(tables.Hold.lot == lot).order_by(tables.Hold.id.desc())
    return [record_of(row, Hold) for row in await tx.scalars(query)]


async def of_case(tx: Tx, case: str) -> list[Hold]:
    """All holds that a case ever made, by lot."""
    query = select(tables.Hold).where(tables.Hold.excursion == case).order_by(tables.Hold.lot, tables.Hold.id)
    return [record_of(row, Hold) for row in await tx.scalars(query)]


async def open(tx: Tx, scope: Scope) -> list[Hold]:  # noqa: A001 - it is read as `holds.open`
    """Holds in force at these facilities, the newest first."""
    query = select(tables.Hold).where(tables.Hold.lifted_at.is_(None)).order_by(tables.Hold.id.desc())
    query = query.where(true() if scope is None else tables.Hold.facility.in_(scope))
    return [record_of(row, Hold) for row in await tx.scalars(query)]


async def _in_force(tx: Tx, case: Case) -> Sequence[tables.Hold]:
    query = select(tables.Hold).where(tables.Hold.excursion == case.id, tables.Hold.lifted_at.is_(None))
    return list(await tx.scalars(query))
