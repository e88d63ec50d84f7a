"""What the days of a month add up to, by piece: a year is then a dozen rows of each instead of hundreds.

machine_day, spread_day ─► machine_month, written whole whenever one of its days is ─► years
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from coldchain.archive.db import Tx
from coldchain.archive.tables import Compartment, MachineDay, MachineMonth, SpreadDay

COMPRESSOR: Final = "compressor"


def month_of(at: int) -> int:
    """When the month (UTC) of an instant began, ms."""
    first = datetime.fromtimestamp(at / 1000, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return round(first.timestamp() * 1000)


def later(month: int, count: int) -> int:
    """When the month so many after (below 0: before) one that began then begins, ms."""
    first = datetime.fromtimestamp(month / 1000, UTC)
    year, number = divmod(first.year * 12 + first.month - 1 + count, 12)
    return round(datetime(year, number + 1, 1, tzinfo=UTC).timestamp() * 1000)


async def rebuild(
    tx: Tx, keys: Iterable[tuple[str, int]], rooms: Iterable[tuple[int, int]] = ()
) -> list[tuple[str, int]]:
    """Add up again the months of these (equipment, day) and (compartment, day); returns which these are."""
    its = {(code, month_of(day)) for code, day in keys}
    by_room = {(room, month_of(day)) for room, day in rooms}
    row = Compartment
    home = select(row.id, row.equipment).where(row.id.in_({room for room, _ in by_room}))
    code_of = {its.id: its.equipment for its in await tx.execute(home)} if by_room else {}
    months = sorted(its | {(code_of[room], month) for room, month in by_room if room in code_of})
    for code, month in months:
        await _add_up(tx, code, month)
    return months


async def _add_up(tx: Tx, code: str, month: int) -> None:
    until = later(month, 1)
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
