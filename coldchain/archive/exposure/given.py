"""Doses of a lot given at a facility on a date, as another system counts them: for lots that we never saw there.

the information system's count ─► put ─► which doses of an excursion's lots were given since; no name, no child's data
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import msgspec
from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from coldchain.archive import audit, changes, tables
from coldchain.archive.audit import By
from coldchain.archive.db import Tx
from coldchain.archive.lots import MOST_DOSES
from coldchain.archive.rows import Record, record_of
from coldchain.errors import BadInput

KEY: Final = ["lot", "facility", "given_on", "source"]


class NewGiven(Record, frozen=True, kw_only=True):
    """So many doses of a lot were given at a facility on a day; `source` is the system or file that says so."""

    lot: str
    facility: str
    given_on: str
    doses: int
    source: str


class _Counting(NewGiven, frozen=True, kw_only=True):
    """… whatever was said of it before, it counts."""

    withdrawn_at: int | None = None


class Given(NewGiven, frozen=True, kw_only=True):
    """… that stands in the archive. `strange` says what cannot well be, and is kept for somebody to look at."""

    id: int
    withdrawn_at: int | None = None
    strange: str | None = None


async def put(tx: Tx, records: Sequence[NewGiven], by: By) -> int:
    """Write down counts, or correct those that say otherwise; returns how many were not so already.

    Raises:
        BadInput: naming the field of the first that cannot be; none is written then.
    """
    for record in records:
        _check(record, by)
    await _check_known(tx, tables.Lot, "lot", {record.lot for record in records})
    await _check_known(tx, tables.Facility, "facility", {record.facility for record in records})
    if len({(r.lot, r.facility, r.given_on, r.source) for r in records}) < len(records):
        raise BadInput("given", "two rows are of the same lot, facility, day and source", "add their doses up first")
    counting = [_Counting(**msgspec.structs.asdict(record)) for record in records]
    return await changes.put(tx, tables.Given, KEY, counting, by)


async def withdraw(tx: Tx, number: int, by: By) -> Given:
    """Take back a count that was wrong altogether.

    Raises:
        BadInput: when there is none that counts.
    """
    row = await changes.counting(tx, tables.Given, "given", number)
    row.withdrawn_at = by.at
    await audit.record(tx, by, "withdrawn", [row])
    return record_of(row, Given)


async def of_lots(tx: Tx, lots: Sequence[str], since: str = "") -> list[Given]:
    """What counts of these lots, from a day on, by lot and day."""
    kind, lot = tables.Given, tables.Lot
    query = select(kind, lot.produced_on, lot.expires_on).join(lot, lot.id == kind.lot)
    query = query.where(kind.lot.in_(lots), kind.withdrawn_at.is_(None))
    rows = list(await tx.execute(query.order_by(kind.lot, kind.given_on, kind.facility, kind.id)))
    beyond = _beyond([row for row, *_ in rows], await _came(tx, lots), await _came_to(tx, lots))
    return [_shown(*row, is_beyond=row[0].id in beyond) for row in rows if row[0].given_on >= since]


def _beyond(rows: Sequence[tables.Given], came: Mapping[str, int], came_to: Mapping[tuple[str, str], int]) -> set[int]:
    """The counts with which one source says more than ever came: to the facility, or to all that our books know.

    Where the books know of no dose at all, nothing is more than they know. Two sources may count the same dose.
    """
    found: set[int] = set()
    in_all: Counter[tuple[str, str]] = Counter()
    there: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        in_all[row.lot, row.source] += row.doses
        there[row.lot, row.source, row.facility] += row.doses
        known = came_to.get((row.lot, row.facility))
        is_more = known is not None and there[row.lot, row.source, row.facility] > known
        if is_more or in_all[row.lot, row.source] > came.get(row.lot, MOST_DOSES):
            found.add(row.id)
    return found


async def _came(tx: Tx, lots: Sequence[str]) -> dict[str, int]:
    """Doses of each lot that ever came from outside into what the books know."""
    row = tables.Movement
    query = select(row.lot, func.sum(row.doses)).where(row.lot.in_(lots), row.withdrawn_at.is_(None))
    query = query.where(row.source.is_(None), row.target.is_not(None)).group_by(row.lot)
    return {lot: int(doses) for lot, doses in await tx.execute(query)}


async def _came_to(tx: Tx, lots: Sequence[str]) -> dict[tuple[str, str], int]:
    """Doses of each lot that ever came into a facility, from outside or from another one."""
    row = tables.Movement
    there, its = aliased(tables.Compartment), aliased(tables.Equipment)
    before, where = aliased(tables.Compartment), aliased(tables.Equipment)
    query = select(row.lot, its.facility, func.sum(row.doses)).where(row.lot.in_(lots), row.withdrawn_at.is_(None))
    query = query.join(there, there.id == row.target).join(its, its.code == there.equipment)
    query = query.outerjoin(before, before.id == row.source).outerjoin(where, where.code == before.equipment)
    query = query.where(or_(where.facility.is_(None), where.facility != its.facility))
    return {(lot, code): int(doses) for lot, code, doses in await tx.execute(query.group_by(row.lot, its.facility))}


def _shown(row: tables.Given, produced_on: str | None, expires_on: str, *, is_beyond: bool) -> Given:
    strange = "more_than_there_were" if is_beyond else None
    if produced_on is not None and row.given_on < produced_on:
        strange = "before_production"
    elif row.given_on > expires_on:
        strange = "after_expiry"
    columns = {name: getattr(row, name) for name in (*KEY, "id", "doses", "withdrawn_at")}
    return Given(**columns, strange=strange)


def _check(new: NewGiven, by: By) -> None:
    if not 1 <= new.doses <= MOST_DOSES:
        raise BadInput("doses", f"{new.doses} cannot be given", "write how many doses, 1 or more")
    try:
        day = date.fromisoformat(new.given_on)
    except ValueError:
        raise BadInput("given_on", f"{new.given_on[:40]!r} is no day", "write YYYY-MM-DD") from None
    if day.isoformat() != new.given_on:
        raise BadInput("given_on", f"{new.given_on[:40]!r} is no day", "write YYYY-MM-DD")
    latest = date.fromordinal(date(1970, 1, 1).toordinal() + by.at // 86_400_000 + 1)  # today in any zone
    if day > latest:
        raise BadInput("given_on", f"{new.given_on} has not been yet", "correct the day")
    if not new.source.strip():
        raise BadInput("source", "nobody says so", "name the system or file that counts")


async def _check_known(tx: Tx, kind: type[tables.Lot | tables.Facility], field: str, keys: set[str]) -> None:
    column = tables.Lot.id if kind is tables.Lot else tables.Facility.code
    known = set(await tx.scalars(select(column).where(column.in_(keys))))
    for missing in sorted(keys - known):
        raise BadInput(field, f"{missing[:80]!r} is not in the archive", "import it first, or correct the code")
