"""What a year of months says of each piece: what to replace first asks for one row each of a whole county."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from statistics import median
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BEFORE: Final = 12  # months that a year goes back
WEEK_MS: Final = 7 * 86_400_000
HOUR_MS: Final = 3_600_000
SOME: Final = 5000  # rows at once
SUMS: Final = "select equipment, month, run_ms, run_known_ms, deviation, spread_known_ms from machine_month order by equipment, month"
LOSSES: Final = """
select outage.equipment, outage.start, coalesce(outage."end", outage.heard_to, outage.start), outage.catalogue_ms,
    equipment.holdover_h_catalogue, outage.holdover_ms, outage.held_ms
from outage join equipment on equipment.code = outage.equipment order by outage.equipment, outage.start
"""
Row = tuple[Any, ...]


def upgrade() -> None:
    """To this version."""
    year = op.create_table(
        "machine_year",
        sa.Column("month", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("equipment", sa.String(length=64), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=True) for name in ("duty_pct", "deviation_k", "holdover_pct")),
        sa.ForeignKeyConstraint(["equipment"], ["equipment.code"], name=op.f("fk_machine_year_equipment_equipment")),
        sa.PrimaryKeyConstraint("month", "equipment", name=op.f("pk_machine_year")),
    )
    sums, losses = _by_code(SUMS), _by_code(LOSSES)
    some: list[dict[str, Any]] = []
    for code in sorted(sums.keys() | losses.keys()):
        some += _years(code, sums.get(code, []), losses.get(code, []))
        if len(some) >= SOME:
            op.bulk_insert(year, some)
            some = []
    op.bulk_insert(year, some)


def downgrade() -> None:
    """Back to the one before: nothing is lost, for months and losses stay."""
    op.drop_table("machine_year")


def _by_code(query: str) -> dict[str, list[Row]]:
    rows = op.get_bind().exec_driver_sql(query)
    return {code: [tuple(row[1:]) for row in its] for code, its in groupby(rows, key=lambda row: row[0])}


def _years(code: str, sums: Sequence[Row], losses: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """A row for each month in whose year something is known."""
    told = [(start, known_to, _share(*its)) for start, known_to, *its in losses]
    ends = [_number(known_to + WEEK_MS) for _, known_to, _ in told]
    numbers = [_number(month) for month, *_ in sums]
    touched = {last + n for last in (*numbers, *ends) for n in range(BEFORE + 1)}
    touched |= {n for (start, _, _), end in zip(told, ends, strict=True) for n in range(_number(start), end)}
    for number in sorted(touched):
        its = sums[bisect_left(numbers, number - BEFORE) : bisect_right(numbers, number)]
        run, run_known, deviation, known = (sum(each[n] for each in its) for n in range(1, 5))
        shares = _shares(told, _begins(number - BEFORE), _begins(number + 1))
        row: Mapping[str, float | None] = {
            "duty_pct": round(100 * run / run_known, 2) if run_known else None,
            "deviation_k": round(deviation / known / 1000, 2) if known else None,
            "holdover_pct": round(100 * median(shares), 1) if shares else None,
        }
        if any(value is not None for value in row.values()):
            yield {"month": _begins(number), "equipment": code, **row}


def _shares(told: Sequence[Row], start: int, end: int) -> list[float]:
    """What losses in [start, end) proved of the card, where they found the machine rested."""
    found, owed, back = [], 0, 0
    for begun, known_to, share in told:
        if known_to < start - WEEK_MS or begun >= end:
            continue
        owed = max(0, owed - max(0, begun - back))
        if not owed and begun >= start and share is not None:
            found.append(share)
        owed += known_to - begun
        back = max(back, known_to)
    return found


def _share(
    catalogue_ms: int | None, claimed_h: float | None, measured_ms: int | None, held_ms: int | None
) -> float | None:
    claimed_ms = catalogue_ms if claimed_h is None else round(claimed_h * HOUR_MS)
    if not claimed_ms:
        return None
    if measured_ms is not None:
        return measured_ms / claimed_ms
    proved = (held_ms or 0) / claimed_ms
    return proved if proved >= 1 else None


def _number(at: int) -> int:
    when = datetime.fromtimestamp(at / 1000, UTC)
    return when.year * 12 + when.month - 1


def _begins(number: int) -> int:
    return round(datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC).timestamp() * 1000)
