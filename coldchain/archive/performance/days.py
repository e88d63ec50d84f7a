"""The derived rows: machines' days, compartments' spreads, losses of mains. Written whole; an older look never covers a newer.

The ledger comes again whenever something became known: what is put replaces what stood there.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import ColumnElement, and_, delete, or_, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from coldchain.archive import rows
from coldchain.archive.db import Tx
from coldchain.archive.performance import months, years
from coldchain.archive.performance.rest import share_of
from coldchain.archive.performance.years import HOUR_MS, lasted_to
from coldchain.archive.rows import Record, record_of
from coldchain.archive.tables import Base, Equipment, MachineDay, Outage, SpreadDay

DAY_MS: Final = 24 * HOUR_MS
AT_ONCE: Final = 200
COMPRESSOR, TEMPERATURE, NONE = months.COMPRESSOR, "temperature", "none"  # what duty and cycles rest on


class Day(Record, frozen=True, kw_only=True):
    """One UTC day of one piece of equipment; see `tables.MachineDay`."""

    equipment: str
    day: int
    known_ms: int = 0
    basis: str = NONE
    run_ms: int = 0
    run_known_ms: int = 0
    cycles: int = 0
    periods: int = 0
    period_ms: int = 0
    open_ms: int = 0
    open_known_ms: int = 0
    openings: int = 0
    out_ms: int = 0
    mains_known_ms: int = 0

    @property
    def is_empty(self) -> bool:
        """True when nothing at all is known."""
        return not (self.known_ms or self.run_known_ms or self.open_known_ms or self.mains_known_ms)


class SpreadOfDay(Record, frozen=True, kw_only=True):
    """One UTC day of one vaccine compartment; see `tables.SpreadDay`."""

    compartment: int
    day: int
    known_ms: int
    low_mc: int
    high_mc: int
    mean_mc: int
    deviation_mc: int


class Loss(Record, frozen=True, kw_only=True):
    """A loss of mains; see `tables.Outage`."""

    equipment: str
    start: int
    end: int | None
    heard_to: int | None = None
    compartment: int | None = None
    limit_mc: int | None = None
    start_mc: int | None = None
    peak_mc: int | None = None
    held_until: int | None = None
    holdover_ms: int | None = None
    held_ms: int | None = None
    warming_mk_h: int | None = None
    ambient_mc: int | None = None
    catalogue_ms: int | None = None
    back_at: int | None = None

    @property
    def known_to(self) -> int:
        """Its end; where nobody heard of that, the last that was heard of it."""
        return self.heard_to or self.start if self.end is None else self.end

    @property
    def lasted_ms(self) -> int | None:
        """From its beginning to its end."""
        return None if self.end is None else self.end - self.start

    @property
    def recovery_ms(self) -> int | None:
        """From the mains' return to the band; 0 where it never left it."""
        return None if self.back_at is None or self.end is None else self.back_at - self.end

    @property
    def share_of_catalogue(self) -> float | None:
        """Measured holdover over what the card claims; where it held, what it showed at least, if that is as much."""
        return share_of(self.catalogue_ms, self.holdover_ms, self.held_ms)


async def put(tx: Tx, found: Sequence[Day], spreads: Sequence[SpreadOfDay], at: int) -> None:
    """Write days as they were found at `at`; what was found later stays as it is."""
    await _upsert(tx, MachineDay, ("equipment", "day"), [_row(each, at) for each in found])
    await _upsert(tx, SpreadDay, ("compartment", "day"), [_row(each, at) for each in spreads])
    its, rooms = [(each.equipment, each.day) for each in found], [(each.compartment, each.day) for each in spreads]
    await years.rebuild(tx, await months.rebuild(tx, its, rooms))


async def put_losses(tx: Tx, equipment: str, window: tuple[int, int], losses: Iterable[Loss], at: int) -> None:
    """These are all the losses that touch [start, end): what else stands there touching it was none, or began otherwise."""
    its = list(losses)
    start, end = window
    begun = [each.start for each in its]
    touches = and_(Outage.start < end, or_(Outage.end.is_(None), Outage.end > start))
    before = await _told(tx, equipment, touches, begun)
    stale = delete(Outage).where(Outage.equipment == equipment, touches, Outage.built_at <= at)
    await tx.execute(stale.where(Outage.start.not_in(begun)))
    await _upsert(tx, Outage, ("equipment", "start"), [_row(each, at) for each in its])
    changed = before ^ await _told(tx, equipment, touches, begun)
    await years.rebuild(tx, {key for each in changed for key in years.concerned(equipment, each[0], each[1])})


async def clear(tx: Tx, keys: Collection[tuple[int, int]], at: int) -> None:
    """Of these (compartment, day) nothing is known, as it was found at `at`: what hung there hangs elsewhere."""
    wanted = sorted(keys)
    for first in range(0, len(wanted), AT_ONCE):
        key = tuple_(SpreadDay.compartment, SpreadDay.day)
        gone = delete(SpreadDay).where(key.in_(wanted[first : first + AT_ONCE]), SpreadDay.built_at <= at)
        await tx.execute(gone)
    await years.rebuild(tx, await months.rebuild(tx, (), wanted))


async def there(tx: Tx, keys: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
    """Which of these (equipment, day) have a row."""
    found: set[tuple[str, int]] = set()
    wanted = sorted(keys)
    for first in range(0, len(wanted), AT_ONCE):
        key = tuple_(MachineDay.equipment, MachineDay.day)
        query = select(MachineDay.equipment, MachineDay.day).where(key.in_(wanted[first : first + AT_ONCE]))
        found |= {(code, day) for code, day in await tx.execute(query)}
    return found


async def days_of(tx: Tx, codes: Collection[str], start: int, end: int) -> list[Day]:
    """The days of these pieces of equipment that lie in [start, end), by equipment and time."""
    query = select(MachineDay).where(MachineDay.equipment.in_(codes), MachineDay.day >= start, MachineDay.day < end)
    return [record_of(row, Day) for row in await tx.scalars(query.order_by(MachineDay.equipment, MachineDay.day))]


async def losses_of(tx: Tx, codes: Collection[str], start: int, end: int) -> list[Loss]:
    """The losses of mains of these that lasted at some time of [start, end), by equipment and time; the card as it is now."""
    lasted = lasted_to()
    query = select(Outage, Equipment.holdover_h_catalogue).join(Equipment, Equipment.code == Outage.equipment)
    query = query.where(Outage.equipment.in_(codes), Outage.start < end, or_(lasted > start, Outage.start >= start))
    found = await tx.execute(query.order_by(Outage.equipment, Outage.start))
    return [_by_card(record_of(row, Loss), claimed_h) for row, claimed_h in found]


async def spreads_of(tx: Tx, compartments: Collection[int], start: int, end: int) -> list[SpreadOfDay]:
    """The spreads of these compartments in [start, end), by compartment and time."""
    row = SpreadDay
    query = select(row).where(row.compartment.in_(compartments), row.day >= start, row.day < end)
    return [record_of(each, SpreadOfDay) for each in await tx.scalars(query.order_by(row.compartment, row.day))]


def _by_card(loss: Loss, claimed_h: float | None) -> Loss:
    """A card may be filled in, or put right, long after the loss."""
    return loss if claimed_h is None else replace(loss, catalogue_ms=round(claimed_h * HOUR_MS))


def _row(each: Record, at: int) -> dict[str, Any]:
    return {name: getattr(each, name) for name in each.__struct_fields__} | {"built_at": at}


async def _told(tx: Tx, equipment: str, touches: ColumnElement[bool], begun: Collection[int]) -> set[tuple[Any, ...]]:
    """What years are made of: of the losses that touch, or began then, from when to when, and what they proved."""
    row = rows.table_of(Outage).c
    query = select(row.start, lasted_to(), row.catalogue_ms, row.holdover_ms, row.held_ms)
    found = await tx.execute(query.where(row.equipment == equipment, or_(touches, row.start.in_(begun))))
    return {tuple(each) for each in found}


async def _upsert(tx: Tx, table: type[Base], key: Sequence[str], values: Sequence[dict[str, Any]]) -> None:
    if not values:
        return
    insert = postgresql.insert if tx.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    columns = [column.name for column in rows.table_of(table).columns if not column.primary_key]
    statement = statement.on_conflict_do_update(
        index_elements=list(key),
        set_={name: statement.excluded[name] for name in columns},
        where=rows.table_of(table).c.built_at <= statement.excluded.built_at,
    )
    await tx.execute(statement, list(values))
