"""A round's figures per facility: planned, drawn, delivered, brought back, and what its record still lacks, in words.

movements of the round's runs ─► figures (nobody types a dose twice) ─► complete? ─► closed by the facility
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select, true

from coldchain.archive import audit, changes, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import record_of
from coldchain.archive.stock import refusals
from coldchain.archive.transport.journeys import Journey, journeys
from coldchain.archive.transport.rounds import line_row
from coldchain.archive.transport.words import Line, Run, RunKind
from coldchain.archive.views import Scope
from coldchain.errors import BadInput


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of a line. `missing` is empty when its record is complete."""

    line: Line
    tag: str
    drawn: int  # loaded for it
    delivered: int  # put off there
    taken_out: int  # loaded for its own outreach sessions
    returned: int  # unopened, back from sessions or to the store
    runs: tuple[int, ...]
    missing: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """True when nothing is missing."""
        return not self.missing


async def figures(tx: Tx, number: int, scope: Scope) -> list[Figures]:
    """The lines of a round that are in scope, by facility."""
    row = tables.RoundLine
    query = select(row).where(row.round == number).where(true() if scope is None else row.facility.in_(scope))
    rows = list(await tx.scalars(query.order_by(row.facility)))
    whole = await journeys(tx, await _runs(tx, number))
    unreported = {each.receipt.id for each in await refusals.due(tx, frozenset(row.facility for row in rows))}
    return [_figures(each, whole, unreported) for each in rows]


async def close_line(tx: Tx, number: int, facility: str, by: By, *, seen: str | None = None) -> Line:
    """A facility's part is done and its record complete.

    Raises:
        BadInput: naming all that is missing; or when it has no line, or it was closed before.
        Stale: somebody else changed it.
    """
    await audit.begin(tx)
    row = await line_row(tx, number, facility)
    locking.check(row, seen)
    if row.closed_at is not None:
        raise BadInput("facility", f"the line of {facility} was closed by {row.closed_by}", "it is done")
    [found] = await figures(tx, number, frozenset({facility}))
    if not found.is_complete:
        raise BadInput("record", "; ".join(found.missing), "write what is missing, then close it")
    row.closed_at, row.closed_by = by.at, by.actor
    await changes.enter(tx, by, "closed", row, [])
    return record_of(row, Line)


async def _runs(tx: Tx, number: int) -> list[Run]:
    query = select(tables.Run).where(tables.Run.round == number, tables.Run.withdrawn_at.is_(None))
    return [record_of(row, Run) for row in await tx.scalars(query.order_by(tables.Run.id))]


def _figures(row: tables.RoundLine, whole: Sequence[Journey], unreported: Collection[int]) -> Figures:
    line = record_of(row, Line)
    at = line.facility
    to_it = [each for each in whole if _is_supply_to(each, at)]
    out = [each for each in whole if (each.run.kind, each.run.origin) == (RunKind.OUTREACH, at)]
    back = [each for each in whole if (each.run.kind, each.run.origin) == (RunKind.RETURN, at)]
    delivered = sum(each.put_off.get(at, 0) for each in to_it)
    return Figures(
        line=line,
        tag=locking.tag_of(row),
        drawn=sum(move.doses for each in to_it for move in each.loaded if move.counterparty == at),
        delivered=delivered,
        taken_out=sum(move.doses for each in out for move in each.loaded),
        returned=sum(each.put_off.get(at, 0) for each in out) + sum(sum(each.put_off.values()) for each in back),
        runs=tuple(sorted(each.run.id for each in (*to_it, *out, *back))),
        missing=(*_missing(line, delivered, (*to_it, *out, *back)), *_unreported(at, to_it, unreported)),
    )


def _is_supply_to(whole: Journey, facility: str) -> bool:
    return whole.run.kind is RunKind.SUPPLY and facility in {stop.facility for stop in whole.stops}


def _missing(line: Line, delivered: int, its: Sequence[Journey]) -> list[str]:
    words = []
    if line.planned_doses and not delivered:
        words.append(f"nothing was delivered of {line.planned_doses} planned doses")
    if line.sessions_held is None:
        words.append("nobody wrote how many sessions were held")
    for each in its:
        if each.run.ended_at is None:
            words.append(f"run {each.run.id} is on its way")
        elif not each.run.despite:
            words += [f"run {each.run.id}: {finding.words}" for finding in each.findings]
    return words


def _unreported(facility: str, supplies: Sequence[Journey], unreported: Collection[int]) -> list[str]:
    receipts = [stop.receipt for each in supplies for stop in each.stops if stop.facility == facility]
    return [f"the refusal in receipt {each} is not reported yet" for each in receipts if each in unreported]
