"""Held doses that came into a dossier after its evidence was frozen: it speaks of others, so it is due again.

from another facility ─► version n+1: their way here is in no evidence      within the house ─► still to be decided
"""

from sqlalchemy import select

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition import changed, opening
from coldchain.archive.disposition.dossiers import version_row
from coldchain.archive.disposition.papers import state_by_opinions
from coldchain.archive.disposition.words import State

HELD = "held"  # what another version says otherwise: which doses


async def follow(tx: Tx, excursion: str, facility: str, by: By, *, is_within: bool) -> None:
    """Let the dossier of where held doses are now know of them; `is_within`: they were at this facility before."""
    await opening.ensure(tx, excursion, {facility}, by)
    dossier = tables.Dossier
    query = select(dossier).where(dossier.excursion == excursion, dossier.facility == facility)
    row = (await tx.scalars(query.execution_options(populate_existing=True))).one()
    if (await version_row(tx, row)).sha256 is None:
        return
    if not is_within:
        await _begin_anew(tx, row, by)
    elif row.state == State.DECIDED:
        row.state = (await state_by_opinions(tx, row)).value
        await audit.record(tx, by, row.state, [row])


async def _begin_anew(tx: Tx, row: tables.Dossier, by: By) -> None:
    was_decided = await changed.was_decided(tx, row)
    await changed.lapse(tx, row, by, f"version {row.version + 1}: {HELD}")
    row.version += 1
    row.state = (State.REOPENED if was_decided else State.OPEN).value
    await opening.begin_version(tx, row, by, [HELD], [])
