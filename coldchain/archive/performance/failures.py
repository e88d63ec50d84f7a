"""When machines failed: as repairs say; where nobody keeps a repair book, as heat says that nothing else explains.

    repair (broken_on → repaired_on) ─────────────────────────────┐
    heat, certain, with no occasion and no loss of mains beside it ┴─► failures, each with what it rests on

What is presumed from heat is labelled so: a fault of a thermostat and a door that was left open look alike from outside.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy import select

from coldchain.archive.db import Tx
from coldchain.archive.performance.days import DAY_MS, Loss, losses_of
from coldchain.archive.rows import Record
from coldchain.archive.tables import Excursion, Repair
from coldchain.archive.upkeep import days
from coldchain.excursion import CaseState, Certainty, Kind, Severity

COUNTING: Final = (CaseState.OPEN.value, CaseState.CLOSED.value)
TOLD: Final = (Severity.WARNING.value, Severity.CRITICAL.value)


class Basis(StrEnum):
    """What says that a machine failed."""

    REPAIR = "repair"
    HEAT = "heat"  # presumed


class Failure(Record, frozen=True, kw_only=True):
    """A machine failed on that day."""

    equipment: str
    on: str
    repaired_on: str | None  # None: still broken, or nobody says
    basis: Basis
    cause: str


async def of(tx: Tx, codes: Collection[str]) -> dict[str, list[Failure]]:
    """The failures of each of these, in time; of one with a repair book by that alone."""
    found: dict[str, list[Failure]] = defaultdict(list)
    query = select(Repair).where(Repair.equipment.in_(codes), Repair.withdrawn_at.is_(None)).order_by(Repair.broken_on)
    for row in await tx.scalars(query):
        found[row.equipment].append(
            Failure(
                equipment=row.equipment,
                on=row.broken_on,
                repaired_on=row.repaired_on,
                basis=Basis.REPAIR,
                cause=row.cause,
            )
        )
    without = [code for code in codes if code not in found]
    for failure in await _presumed(tx, without):
        found[failure.equipment].append(failure)
    return dict(found)


async def _presumed(tx: Tx, codes: Collection[str]) -> list[Failure]:
    row = Excursion
    query = select(row.equipment, row.first_bad, row.last_bad, row.rule).where(
        row.equipment.in_(codes), row.kind == Kind.HEAT.value, row.state.in_(COUNTING), row.explained.is_(None),
        row.certainty == Certainty.CERTAIN.value, row.severity.in_(TOLD),
    )  # fmt: skip
    cases = list(await tx.execute(query.order_by(row.equipment, row.first_bad)))
    if not cases:
        return []
    first = min(case.first_bad for case in cases) - 60 * DAY_MS
    losses: dict[str, list[Loss]] = defaultdict(list)
    for loss in await losses_of(tx, codes, first, max(case.last_bad for case in cases) + 1):
        losses[loss.equipment].append(loss)
    seen: set[tuple[str, str]] = set()
    found = []
    for case in cases:
        key = case.equipment, days.day_of(case.first_bad)
        if key not in seen and not _has_no_mains(case.first_bad, case.last_bad, losses[case.equipment]):
            seen.add(key)
            found.append(Failure(equipment=key[0], on=key[1], repaired_on=None, basis=Basis.HEAT, cause=case.rule))
    return found


def _has_no_mains(first: int, last: int, losses: Sequence[Loss]) -> bool:
    """True when the mains were out while it was warm, or it had not yet recovered from that."""
    return any(
        loss.start <= last and (loss.end is None or (loss.back_at or loss.end + DAY_MS) >= first) for loss in losses
    )
