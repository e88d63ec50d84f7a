"""A dossier is there as soon as something is held, so that nobody can forget to begin one."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from coldchain.archive import audit, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.disposition.words import State
from coldchain.errors import BadInput


async def ensure(tx: Tx, excursion: str, facilities: Iterable[str], by: By) -> None:
    """Open the dossiers of an excursion that are not there yet."""
    await ensure_each(tx, [(excursion, facility, by) for facility in sorted(set(facilities))])


async def ensure_each(tx: Tx, wanted: Sequence[tuple[str, str, By]]) -> None:
    """`ensure` for several (excursion, facility), each by whom it is held; as few questions for many as for one."""
    if not wanted:
        return
    await audit.begin(tx)
    dossier = tables.Dossier
    asked = select(dossier.excursion, dossier.facility).where(dossier.excursion.in_({each[0] for each in wanted}))
    there = {(row[0], row[1]) for row in await tx.execute(asked)}
    missing = {(excursion, facility): by for excursion, facility, by in wanted if (excursion, facility) not in there}
    rows = [
        (dossier(excursion=excursion, facility=facility, version=1, state=State.OPEN.value, opened_at=by.at), by)
        for (excursion, facility), by in missing.items()
    ]
    tx.add_all(row for row, _ in rows)
    await tx.flush()
    pages = [_page(row, by, [], []) for row, by in rows]
    tx.add_all(pages)
    await audit.record_each(tx, "opened", [(by, [row, page]) for (row, by), page in zip(rows, pages, strict=True)])


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
    row = _page(dossier, by, changed, back)
    tx.add(row)
    await audit.record(tx, by, "opened", [dossier, row])


def _page(
    dossier: tables.Dossier, by: By, changed: list[str], back: list[dict[str, object]]
) -> tables.DossierVersion:  # fmt: skip
    return tables.DossierVersion(
        dossier=dossier.id, version=dossier.version, opened_at=by.at, changed=changed, back=back
    )  # fmt: skip
