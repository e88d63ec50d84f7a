"""What the days of a month add up to, by piece: of a county's year some ten thousand rows are read instead of two million.

machine_day, spread_day ─► machine_month, written whole whenever one of its days is ─► how each ran in the months of a year
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from coldchain.archive.db import Tx
from coldchain.archive.rows import table_of
from coldchain.archive.tables import Compartment, MachineDay, MachineMonth, SpreadDay

COMPRESSOR: Final = "compressor"
LONGEST_MS: Final = 31 * 86_400_000


class Ran(NamedTuple):
    """How a piece ran in some months; None: nobody knows."""

    duty_pct: float | None  # by its compressor
    deviation_k: float | None  # of a usual day


def month_of(at: int) -> int:
    """When the month (UTC) of an instant began, ms."""
    first = datetime.fromtimestamp(at / 1000, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return round(first.timestamp() * 1000)


async def rebuild(tx: Tx, keys: Iterable[tuple[str, int]], rooms: Iterable[tuple[int, int]] = ()) -> None:
    """Add up again the months of these (equipment, day) and (compartment, day)."""
    its = {(code, month_of(day)) for code, day in keys}
    by_room = {(room, month_of(day)) for room, day in rooms}
    row = Compartment
    home = select(row.id, row.equipment).where(row.id.in_({room for room, _ in by_room}))
    code_of = {its.id: its.equipment for its in await tx.execute(home)} if by_room else {}
    for code, month in sorted(its | {(code_of[room], month) for room, month in by_room if room in code_of}):
        await _add_up(tx, code, month)


async def ran(tx: Tx, which: Collection[str] | Select[str], first: int, last: int) -> dict[str, Ran]:
    """How each of these ran from the month of `first` through that of `last`."""
    row = table_of(MachineMonth).c
    run, run_known, known = (func.sum(its) for its in (row.run_ms, row.run_known_ms, row.spread_known_ms))
    query = select(row.equipment, run, run_known, func.sum(row.deviation), known).where(row.equipment.in_(which))
    query = query.where(row.month >= month_of(first), row.month <= month_of(last)).group_by(row.equipment)
    return {
        code: Ran(
            round(100 * int(ran_ms) / int(known_ms), 2) if known_ms else None,
            round(int(deviation) / int(spread_ms) / 1000, 2) if spread_ms else None,
        )
        for code, ran_ms, known_ms, deviation, spread_ms in await tx.execute(query)
    }


async def _add_up(tx: Tx, code: str, month: int) -> None:
    until = month_of(month + LONGEST_MS)
    day, spread = MachineDay, SpreadDay
    told = select(func.sum(day.run_ms), func.sum(day.run_known_ms))
    told = told.where(day.equipment == code, day.day >= month, day.day < until, day.basis == COMPRESSOR)
    weighed = select(func.sum(spread.deviation_mc * spread.known_ms), func.sum(spread.known_ms))
    weighed = weighed.join(Compartment, Compartment.id == spread.compartment).where(Compartment.equipment == code)
    run, run_known = (await tx.execute(told)).one()
    deviation, known = (await tx.execute(weighed.where(spread.day >= month, spread.day < until))).one()
    its: dict[str, Any] = {"run_ms": run, "run_known_ms": run_known, "deviation": deviation, "spread_known_ms": known}
    if not (run_known or known):
        await tx.execute(delete(MachineMonth).where(MachineMonth.equipment == code, MachineMonth.month == month))
        return
    counted = {name: int(value or 0) for name, value in its.items()}
    insert = postgresql.insert if tx.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(MachineMonth).values(equipment=code, month=month, **counted)
    await tx.execute(statement.on_conflict_do_update(index_elements=["equipment", "month"], set_=counted))
