"""Freezing: the evidence of a version as canonical JSON with its digest; what comes later makes another version.

gathered (archive and readings) ─► does the excursion still say so? ─► version: evidence, sha256, the facts it rests on
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from coldchain.archive import audit, cases, images, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition.changed import differences, facts_of
from coldchain.archive.disposition.dossiers import check_seen, dossier_row, version_row
from coldchain.archive.disposition.records import Version
from coldchain.archive.disposition.words import State
from coldchain.archive.rows import record_of
from coldchain.errors import BadInput, Stale
from coldchain.excursion import Case


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known, and the case as it was when it was put together."""

    case: Case
    content: dict[str, Any]


async def freeze(tx: Tx, number: int, evidence: Evidence, by: By, *, seen: str | None = None) -> Version:
    """Keep the evidence of the version in force.

    Raises:
        BadInput: when there is no such dossier, no excursion any more, or it is frozen already.
        Stale: when the excursion was revised while the evidence was gathered.
    """
    await _wait_for_revision(tx, number)
    await audit.begin(tx)
    await check_seen(tx, number, seen)
    row = await dossier_row(tx, number)
    version = await version_row(tx, row)
    if version.sha256 is not None:
        wrong = f"version {row.version} was frozen by {version.frozen_by}"
        raise BadInput("dossier", wrong, "decide by it; facts that come later make another version by themselves")
    if row.state == State.VOID:
        raise BadInput("dossier", "there was no excursion after all", "nothing is to be decided")
    case = await cases.case(tx, row.excursion)
    if changed := differences(facts_of(evidence.case), facts_of(case)):
        raise Stale("dossier", f"its excursion says another {', '.join(changed)} by now", "freeze it again")
    text = images.canonical(evidence.content).encode()
    version.evidence, version.sha256 = text, hashlib.sha256(text).hexdigest()
    version.revision, version.facts = case.revision, facts_of(case)
    version.frozen_at, version.frozen_by = by.at, by.actor
    row.state = State.FROZEN.value
    await audit.record(tx, by, "frozen", [row, version])
    return record_of(version, Version)


async def _wait_for_revision(tx: Tx, number: int) -> None:
    """Who revises the excursion right now comes first, or finds the evidence frozen.

    The one who revises has the excursion's row and may wait for the audit's turn: so does who freezes, in this order.
    """
    its = select(tables.Dossier.excursion).where(tables.Dossier.id == number).scalar_subquery()
    await tx.execute(select(tables.Excursion.id).where(tables.Excursion.id == its).with_for_update(read=True))
