"""A dossier is there as soon as something is held, so that nobody can forget to begin one."""

from collections.abc import Iterable

from sqlalchemy import select

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition.words import State
from coldchain.errors import BadInput


async def ensure(tx: Tx, excursion: str, facilities: Iterable[str], by: By) -> None:
    """Open the dossiers of an excursion that are not there yet."""
    wanted = set(facilities)
    if not wanted:
        return
    await audit.begin(tx)
    dossier = tables.Dossier
    there = await tx.scalars(select(dossier.facility).where(dossier.excursion == excursion))
    for facility in sorted(wanted - set(there)):
        row = dossier(excursion=excursion, facility=facility, version=1, state=State.OPEN.value, opened_at=by.at)
        tx.add(row)
        await tx.flush()
        await begin_version(tx, row, by, [], [])


async def open_for(tx: Tx, excursion: str, facility: str, by: By) -> int:
    """The number of the dossier of an excursion's doses at a facility, opened if it was held before there were dossiers.

    Raises:
        BadInput: when it holds nothing there.
    """
    hold, dossier = tables.Hold, tables.Dossier
    query = select(hold.id).where(hold.excursion == excursion, hold.facility == facility, hold.lifted_at.is_(None))
    if await tx.scalar(query.limit(1)) is not None:
        await ensure(tx, excursion, {facility}, by)
    number = await tx.scalar(select(dossier.id).where(dossier.excursion == excursion, dossier.facility == facility))
    if number is None:
        wrong = f"{excursion[:80]!r} holds nothing at {facility[:80]!r}"
        raise BadInput("excursion", wrong, "choose an excursion and a facility where doses are held")
    return number


async def begin_version(
    tx: Tx, dossier: tables.Dossier, by: By, changed: list[str], back: list[dict[str, object]]
) -> None:
    """Its current version's page, still without evidence."""
    row = tables.DossierVersion(
        dossier=dossier.id, version=dossier.version, opened_at=by.at, changed=changed, back=back
    )  # fmt: skip
    tx.add(row)
    await audit.record(tx, by, "opened", [dossier, row])
