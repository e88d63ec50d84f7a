"""Vaccines and lots as people enter them: what cannot be is refused, what a change makes doubtful is told."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from coldchain.archive import audit, changes, doubtful, locking, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.rows import record_of
from coldchain.archive.stock import days, terms, touching
from coldchain.archive.stock.words import Lot, LotEntry, Vaccine, VaccineEntry, check_lot, check_vaccine
from coldchain.errors import BadInput

JUDGED_BY: Final = frozenset(
    {"freeze_sensitive", "profile", "vvm_type"}
)  # what of a vaccine its verdicts and exposures read


async def put_vaccines(tx: Tx, records: Sequence[Vaccine | VaccineEntry], by: By, *, seen: str | None = None) -> int:
    """Insert or change vaccines; returns how many were not so already. `seen` is the state of the one that is changed.

    Raises:
        BadInput: naming the field.
        Stale: it was changed since it was seen.
    """
    for record in records:
        check_vaccine(record)
    await _check_seen(tx, tables.Vaccine, [record.code for record in records], seen)
    written = await changes.write(tx, tables.Vaccine, ["code"], records, by)
    for row in [each.row for each in written.altered if each.before.keys() & JUDGED_BY]:
        where = doubtful.with_vaccine(row.code)
        await changes.journal(tx, by, row, await doubtful.channels(tx, where, doubtful.EVER, None))
    return written.count


async def put_lots(tx: Tx, records: Sequence[Lot | LotEntry], by: By, *, seen: str | None = None) -> int:
    """Insert or change lots; returns how many were not so already. `seen` is the state of the one that is changed.

    Raises:
        BadInput: naming the field.
        Stale: it was changed since it was seen.
    """
    records = sorted(records, key=lambda record: isinstance(record.diluent, str))  # a diluent before what it belongs to
    for record in records:
        check_lot(record)
        check_life(record, by.at)
        await _check_number(tx, record)
        await _check_diluent(tx, record, records)
    await _check_seen(tx, tables.Lot, [record.id for record in records], seen)
    written = await changes.write(tx, tables.Lot, ["id"], records, by)
    for each in [each for each in written.altered if "vaccine" in each.before]:
        await changes.journal(tx, by, each.row, await touching.of_lot(tx, each.row, each.before["vaccine"]))
    return written.count


def check_life(record: Lot | LotEntry, now: int) -> None:
    """Refuse a lot that is yet to be made, or would be good for longer than any vaccine is.

    Raises:
        BadInput: naming the day.
    """
    produced = record.produced_on if isinstance(record.produced_on, str) else None
    if produced is not None and produced > days.day_of(now):
        raise BadInput("lot.produced_on", f"{produced} is still to come", "copy it from the box")
    years = terms.longest_life_years(now)
    since = produced or days.day_of(now)
    last = days.years_after(since, years)
    if record.expires_on > last:
        wrong = f"{record.expires_on} is more than {years} years after {since}, and no vaccine keeps so long"
        raise BadInput("lot.expires_on", wrong, "copy it from the box, with its day of production")


async def vaccines(tx: Tx) -> list[Vaccine]:
    """The whole catalogue."""
    return [record_of(row, Vaccine) for row in await tx.scalars(select(tables.Vaccine).order_by(tables.Vaccine.code))]


async def vaccine(tx: Tx, code: str) -> Vaccine:
    """One vaccine.

    Raises:
        BadInput: when there is none of that code.
    """
    row = await tx.get(tables.Vaccine, code)
    if row is None:
        cure = "load the catalogue, or correct the code"
        raise BadInput("vaccine", f"{code[:80]!r} is not in the archive", cure)
    return record_of(row, Vaccine)


async def lot(tx: Tx, lot_id: str) -> Lot:
    """One lot.

    Raises:
        BadInput: when there is none of that id.
    """
    return record_of(await lot_row(tx, lot_id), Lot)


async def lot_row(tx: Tx, lot_id: str) -> tables.Lot:
    """… its row.

    Raises:
        BadInput: when there is none of that id.
    """
    row = await tx.get(tables.Lot, lot_id)
    if row is None:
        raise BadInput("lot", f"{lot_id[:80]!r} is not in the archive", "import it first, or correct the id")
    return row


async def _check_number(tx: Tx, record: Lot | LotEntry) -> None:
    """A maker gives a number once; the same number of another maker is another lot."""
    row = tables.Lot
    same = select(row.id).where(row.vaccine == record.vaccine, row.maker == record.maker, row.number == record.number)
    other = await tx.scalar(same.where(row.id != record.id).limit(1))
    if other is not None:
        wrong = f"{record.number!r} of {record.vaccine} by {record.maker} is {other} already"
        raise BadInput("lot.number", wrong, f"use {other}, or correct number, maker or vaccine")


async def _check_diluent(tx: Tx, record: Lot | LotEntry, beside: Sequence[Lot | LotEntry]) -> None:
    """It is a lot of diluent, in the archive or among those that are entered with it, for what is none itself."""
    if not isinstance(record.diluent, str):
        return
    its = await tx.get(tables.Vaccine, record.vaccine)
    if its is not None and its.is_diluent:
        raise BadInput("lot.diluent", f"{record.id} is a diluent itself", "leave it out")
    vaccine_code = next((other.vaccine for other in beside if other.id == record.diluent), None)
    if vaccine_code is None:
        vaccine_code = await tx.scalar(select(tables.Lot.vaccine).where(tables.Lot.id == record.diluent))
    if vaccine_code is None or not (await vaccine(tx, vaccine_code)).is_diluent:
        wrong = f"{record.diluent[:80]!r} is no lot of diluent"
        raise BadInput("lot.diluent", wrong, "enter the diluent as a lot of its own first")


async def _check_seen(tx: Tx, kind: type[tables.Vaccine | tables.Lot], keys: Sequence[str], seen: str | None) -> None:
    if seen is None:
        return
    await audit.begin(tx)
    for key in keys:
        row = await tx.get(kind, key)
        if row is not None:
            locking.check(row, seen)
