"""Doses of a lot given at a facility on a date, as another system counts them: for lots that we never saw there.

the information system's count ─► put ─► which doses of an excursion's lots were given since; no name, no child's data
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Select, bindparam, case, func, or_, select

from coldchain.archive import audit, changes, rows, tables
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


class _Said(NamedTuple):
    """A count that was not withdrawn, with what it is held against of its lot."""

    id: int
    lot: str
    facility: str
    given_on: str
    doses: int
    source: str
    produced_on: str | None
    expires_on: str


_SAID: Final = ("id", "lot", "facility", "given_on", "doses", "source")


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
    query = select(*(getattr(kind, name) for name in _SAID), lot.produced_on, lot.expires_on)
    query = query.join(lot, lot.id == kind.lot).where(kind.lot.in_(lots), kind.withdrawn_at.is_(None))
    ordered = query.order_by(kind.lot, kind.given_on, kind.facility, kind.id)
    its = [_Said._make(row) for row in await tx.execute(ordered)]
    beyond = _beyond(its, *await _came(tx, {each.lot for each in its}))
    return [_shown(each, is_beyond=each.id in beyond) for each in its if each.given_on >= since]


def _beyond(its: Sequence[_Said], came: Mapping[str, int], came_to: Mapping[tuple[str, str], int]) -> set[int]:
    """The counts with which one source says more than ever came: to the facility, or to all that our books know.

    Where the books know of no dose at all, nothing is more than they know. Two sources may count the same dose.
    """
    found: set[int] = set()
    in_all: Counter[tuple[str, str]] = Counter()
    there: Counter[tuple[str, str, str]] = Counter()
    for row in its:
        in_all[row.lot, row.source] += row.doses
        there[row.lot, row.source, row.facility] += row.doses
        known = came_to.get((row.lot, row.facility))
        is_more = known is not None and there[row.lot, row.source, row.facility] > known
        if is_more or in_all[row.lot, row.source] > came.get(row.lot, MOST_DOSES):
            found.add(row.id)
    return found


def _into_facilities() -> Select[str, str, int, int]:
    """By lot and facility, the doses that came into it from outside or another one, and those from outside."""
    row, place, stands = (rows.table_of(kind) for kind in (tables.Movement, tables.Compartment, tables.Equipment))
    there, its, before, where = place.alias(), stands.alias(), place.alias(), stands.alias()
    ends = row.join(there, there.c.id == row.c.target).join(its, its.c.code == there.c.equipment)
    ends = ends.outerjoin(before, before.c.id == row.c.source).outerjoin(where, where.c.code == before.c.equipment)
    from_outside = case((row.c.source.is_(None), row.c.doses), else_=0)
    query = select(row.c.lot, its.c.facility, func.sum(row.c.doses), func.sum(from_outside)).select_from(ends)
    query = query.where(row.c.lot.in_(bindparam("lots", expanding=True)), row.c.withdrawn_at.is_(None))
    query = query.where(or_(where.c.facility.is_(None), where.c.facility != its.c.facility))
    return query.group_by(row.c.lot, its.c.facility)


_CAME: Final = _into_facilities()  # once: its five tables take longer to name than to ask


async def _came(tx: Tx, lots: Collection[str]) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    """Doses that ever came: of each lot from outside; of each lot into each facility, from outside or another one."""
    came: Counter[str] = Counter()
    came_to: dict[tuple[str, str], int] = {}
    for lot, facility, doses, outside in await tx.execute(_CAME, {"lots": list(lots)}):
        came_to[lot, facility] = int(doses)
        if outside:
            came[lot] += int(outside)
    return came, came_to


def _shown(said: _Said, *, is_beyond: bool) -> Given:
    strange = "more_than_there_were" if is_beyond else None
    if said.produced_on is not None and said.given_on < said.produced_on:
        strange = "before_production"
    elif said.given_on > said.expires_on:
        strange = "after_expiry"
    return Given(
        lot=said.lot,
        facility=said.facility,
        given_on=said.given_on,
        source=said.source,
        id=said.id,
        doses=said.doses,
        strange=strange,
    )


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
