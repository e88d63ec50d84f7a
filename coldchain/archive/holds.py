"""Holds: doses that are not to be used because of an excursion, until it turns out that there was none, or people decide.

    cases ────► follow ─┬─► lifted      what by its readings never was an excursion holds nothing; it stays in the book
                        ├─► keep        so many doses of each lot that a case names, wherever they are by now
                        └─► dossiers    facts that changed after the evidence was frozen make a decision due again
    movement ─► check_movement ─► written ─► follow_movement     held doses cannot be issued; isolated, they stay held

A hold concerns so many doses of a lot in one place, never the lot everywhere. `follow` is called in the transaction that
wrote the cases, whose revisions are its evidence; the others in that of the movement. Only a dossier's decision releases.
What was eased by a change of configuration (a profile, a choice, where a probe hung) stays held: a person's word about what
judges, or about where it was measured, takes two people, as any other release.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, select, true

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition import changed, leaving, opening, placing, tracing
from coldchain.archive.disposition.tracing import Named, Piece
from coldchain.archive.disposition.words import NEVER_WAS, Lifted, machine
from coldchain.archive.rows import Record, record_of
from coldchain.archive.stock.words import NewMovement
from coldchain.archive.views import Scope
from coldchain.excursion import Case, CaseState, LotShare, LotsKnown

_IS_NONE: Final = {CaseState.WITHDRAWN: Lifted.WITHDRAWN, CaseState.MERGED: Lifted.MERGED}


class Hold(Record, frozen=True, kw_only=True):
    """So many doses of a lot, in a compartment (None: somewhere at the facility), since the first bad reading.

    `held_at` is when that became known, `came_at` when the doses came here if they were exposed elsewhere, `movement`
    what brought them here or took them away, `dossier` what lifted it.
    """

    id: int
    excursion: str
    lot: str
    facility: str
    compartment: int | None
    doses: int
    since: int
    held_at: int
    came_at: int | None
    movement: int | None
    lifted_at: int | None
    lifted_why: str | None
    dossier: int | None


async def follow(tx: Tx, cases: Sequence[Case], at: int, eased: Mapping[str, str] = MappingProxyType({})) -> None:
    """Let holds and dossiers say what cases say now, in the transaction that wrote them.

    Args:
        tx: that transaction.
        cases: as they became, one after the other.
        at: domain time.
        eased: of those that say less than before because configuration was changed, which change; they lift nothing.
    """
    its = cases
    while its:
        its = its[await _keep_first(tx, its, at) :]
        if its:
            await _follow_one(tx, its[0], at, is_eased=its[0].id in eased)
            its = its[1:]
    if cases:
        await changed.follow(tx, cases, at, eased)


async def _follow_one(tx: Tx, case: Case, at: int, *, is_eased: bool) -> None:
    if not is_eased:
        await lift_withdrawn(tx, case, at)
    if case.facts.is_held and case.facts.equipment is not None:
        facility = select(tables.Equipment.facility).where(tables.Equipment.code == case.facts.equipment)
        await keep(tx, case, (await tx.scalars(facility)).one(), at)


async def _keep_first(tx: Tx, cases: Sequence[Case], at: int) -> int:
    """Keep together as many of the first of these cases as can be; returns how many that were, also such as need nothing.

    Most cases are new, and hold what stands in a compartment and is all there still: many of these take few questions.
    Whatever is otherwise (doses gone on, holds that stand already, a case twice) is for `_follow_one`.
    """
    asked = _first_of_each(cases)
    news = await _in_need(tx, asked)
    if not news:
        return len(asked)
    await audit.begin(tx)  # a movement that is being entered comes before, or finds the hold
    named = await _named(tx, await _in_need(tx, [case for case in asked if _is_new_here(case, news)]))
    there = await tracing.all_here(tx, [each for its in named.values() for each in its], at)
    whole = {case for case, its in named.items() if all((each.excursion, each.lot) in there for each in its)}
    simple = list(takewhile(lambda case: case.id not in news or case.id in whole, asked))
    await _hold(tx, {case.id: named[case.id] for case in simple if case.id in whole}, at)
    return len(simple)


def _first_of_each(cases: Sequence[Case]) -> list[Case]:
    """Up to the first that comes again, or of which something may have to be lifted."""
    found: dict[str, Case] = {}
    for case in cases:
        if case.id in found or case.state in _IS_NONE:
            break
        found[case.id] = case
    return list(found.values())


async def _in_need(tx: Tx, cases: Iterable[Case]) -> dict[str, tuple[Case, bool]]:
    """The cases that name what is not held yet; with each, whether it holds anything so far."""
    asked = {case.id: case for case in cases if case.facts.is_held and case.facts.equipment is not None}
    if not asked:
        return {}
    hold, rows = tables.Hold, defaultdict[str, list[Any]](list)
    columns = (hold.excursion, hold.lot, hold.doses, hold.since, hold.compartment, hold.movement, hold.lifted_at)
    query = select(*columns).where(hold.excursion.in_(asked), _ever_was()).order_by(hold.id)
    for row in await tx.execute(query):
        rows[row.excursion].append(row)
    return {key: (case, bool(rows[key])) for key, case in asked.items() if _news(case, rows[key])}


def _is_new_here(case: Case, news: Mapping[str, tuple[Case, bool]]) -> bool:
    """It holds nothing yet, and is known to be about one compartment."""
    is_placed = case.facts.lots_known is LotsKnown.COMPARTMENT and case.facts.compartment is not None
    return case.id in news and not news[case.id][1] and is_placed


async def _named(tx: Tx, news: Mapping[str, tuple[Case, bool]]) -> dict[str, list[Named]]:
    """What each case names that holds nothing yet, in the order in which it does."""
    unit, cases = tables.Equipment, [case for case, is_begun in news.values() if not is_begun]
    rows = await tx.execute(select(unit.code, unit.facility).where(unit.code.in_({c.facts.equipment for c in cases})))
    stands = {row[0]: row[1] for row in rows}
    return {
        case.id: [
            Named(case.id, share.lot, stands[case.facts.equipment], compartment, share.doses, case.facts.first_bad)
            for share in case.facts.lots
            if share.doses > 0
        ]
        for case in cases
        if (compartment := case.facts.compartment) is not None and case.facts.equipment is not None
    }


async def _hold(tx: Tx, named: Mapping[str, Sequence[Named]], at: int) -> None:
    """All these doses where they are, and a dossier for each case."""
    by = {case: machine(at, f"excursion {case}") for case in named}
    placed = [
        (each, [Piece(each.doses, each.facility, each.compartment)], by[each.excursion])
        for its in named.values()
        for each in its
    ]
    await placing.begin_each(tx, placed)
    held = dict.fromkeys((each.excursion, each.facility) for each, _, _ in placed)
    await opening.ensure_each(tx, [(excursion, facility, by[excursion]) for excursion, facility in held])


async def keep(tx: Tx, case: Case, facility: str, at: int | None = None) -> None:
    """Hold what a case says is held, at `at` (None: when it was opened); a hold may become larger, never smaller.

    What a case names and the books no longer have there is held where it went, or written down as gone.
    """
    if not case.facts.is_held or case.state in _IS_NONE or not _news(case, await _rows(tx, case)):
        return
    by = machine(case.opened_at if at is None else at, f"excursion {case.id}")
    await audit.begin(tx)  # a movement that is being entered comes before, or finds the hold
    rows = await _rows(tx, case)
    await _say_since(tx, rows, case, by)
    compartment = case.facts.compartment if case.facts.lots_known is LotsKnown.COMPARTMENT else None
    held: list[tables.Hold] = []
    for share, doses in _news(case, rows):
        if compartment is not None:
            await _know_where(tx, [row for row in rows if row.lot == share.lot], compartment, by)
        if doses:
            named = Named(case.id, share.lot, facility, compartment, doses, case.facts.first_bad)
            held += await placing.begin(tx, named, await tracing.pieces_of(tx, named, by.at), by)
    await opening.ensure(tx, case.id, {row.facility for row in held if row.lifted_at is None}, by)


async def lift_withdrawn(tx: Tx, case: Case, at: int) -> None:
    """Lift the holds of a case that never was, or that another one took over; of any other, nothing.

    Nor of one that a change of configuration ever eased: only its dossier can.
    """
    if case.state not in _IS_NONE or not await _in_force(tx, case) or await changed.is_kept(tx, case.id):
        return
    await audit.begin(tx)
    by = machine(at, f"excursion {case.id} is {case.state.value}")
    rows = await _in_force(tx, case)
    await placing.lift(tx, [(row, row.doses) for row in rows], _IS_NONE[case.state], by)


async def check_movement(tx: Tx, new: NewMovement) -> None:
    """Refuse a movement that would take doses under hold: `lots.move` asks before it writes.

    Free doses are those that are there, then and at every later time that is in the books, less those that were known to
    be held by then. What is dated before the hold was known is a fact that was forgotten: it is entered, and the hold
    follows it.

    Raises:
        BadInput: naming how many are free, or why so many held ones cannot go.
    """
    await leaving.check(tx, new)


async def follow_movement(tx: Tx, row: tables.Movement, by: By) -> None:
    """Let holds follow a movement that was written: held doses stay held where they are, or their decision is done."""
    await leaving.follow(tx, row, by)


async def check_withdrawal(tx: Tx, row: tables.Movement) -> None:
    """Refuse to take back a movement on which a hold stands: `lots.withdraw` asks before it writes.

    Raises:
        BadInput: when it moved held doses, or held doses would be missing without it.
    """
    await leaving.check_withdrawal(tx, row)


async def follow_withdrawal(tx: Tx, row: tables.Movement, by: By) -> None:
    """Doses that a withdrawn movement did not take after all are held where they never left."""
    await leaving.follow_withdrawal(tx, row, by)


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


def _news(case: Case, rows: Iterable[Any]) -> list[tuple[LotShare, int]]:
    """The lots of which the case names more doses, an earlier beginning or a better known place than its holds say."""
    rows, known = list(rows), Counter[str]()
    for row in rows:
        known[row.lot] += row.doses
    is_placed = case.facts.lots_known is LotsKnown.COMPARTMENT
    stale = {
        row.lot
        for row in rows
        if row.lifted_at is None
        and (row.since > case.facts.first_bad or (is_placed and row.compartment is None and row.movement is None))
    }
    return [
        (share, max(0, share.doses - known[share.lot]))
        for share in case.facts.lots
        if share.doses > known[share.lot] or share.lot in stale
    ]


async def _say_since(tx: Tx, rows: Iterable[tables.Hold], case: Case, by: By) -> None:
    late = [row for row in rows if row.lifted_at is None and row.since > case.facts.first_bad]
    for row in late:
        row.since = case.facts.first_bad
    audit.decided(tx, by, "earlier", late)
    await tx.flush()


async def _know_where(tx: Tx, rows: Iterable[tables.Hold], compartment: int, by: By) -> None:
    """Doses that were somewhere at the facility are known to be in this compartment, as many as there are in it."""
    for row in [row for row in rows if row.lifted_at is None and row.compartment is None and row.movement is None]:
        named = Named(row.excursion, row.lot, row.facility, compartment, row.doses, row.since)
        here = await tracing.still_there(tx, named, by.at)
        if here:
            await placing.part(tx, [(row, here)], Piece(here, row.facility, compartment), by, "placed")


async def _rows(tx: Tx, case: Case) -> list[tables.Hold]:
    """All that its excursion made, but for those of a time when it was none."""
    hold = tables.Hold
    query = select(hold).where(hold.excursion == case.id).order_by(hold.id)
    query = query.where(_ever_was())
    return list(await tx.scalars(query.execution_options(populate_existing=True)))


def _ever_was() -> ColumnElement[bool]:
    hold = tables.Hold
    return hold.lifted_why.is_(None) | hold.lifted_why.not_in([each.value for each in NEVER_WAS])


async def _in_force(tx: Tx, case: Case) -> list[tables.Hold]:
    return [row for row in await _rows(tx, case) if row.lifted_at is None]
