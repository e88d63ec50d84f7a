"""The derived rows: what each compartment's whole UTC days came to; and the days whose books are to be made again.

arrivals, changes ─► mark ─► waiting ─► (the ledger builds) ─► put ─► done
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import RowMapping, and_, delete, or_, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from coldchain.archive import rows
from coldchain.archive.db import Tx
from coldchain.archive.tables import Assignment, ExposureDay, LedgerDay
from coldchain.exposure import BANDS, DAY, Bands, Exposure

HEATS: Final = ("mkt_heat", "vvm2_heat", "vvm14_heat", "vvm30_heat", "nominal2_heat", "nominal_heat")
AT_ONCE: Final = 400  # keys of one statement
SPANS_AT_ONCE: Final = 50


async def put(tx: Tx, built: Mapping[tuple[int, int], Exposure], at: int) -> None:
    """Write (compartment, day) as they were found at `at`; what was found later stays as it is."""
    if not built:
        return
    insert = postgresql.insert if tx.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(ExposureDay)
    columns = [column.name for column in rows.table_of(ExposureDay).columns if not column.primary_key]
    statement = statement.on_conflict_do_update(
        index_elements=["compartment", "day"],
        set_={name: statement.excluded[name] for name in columns},
        where=ExposureDay.built_at <= statement.excluded.built_at,
    )
    await tx.execute(statement, [row_of(key, found, at) for key, found in sorted(built.items())])


async def between(tx: Tx, compartment: int, start: int, end: int) -> dict[int, Exposure]:
    """The rows of the whole days within [start, end), by day."""
    query = select(*rows.table_of(ExposureDay).columns).where(
        ExposureDay.compartment == compartment, ExposureDay.day >= start, ExposureDay.day <= end - DAY
    )
    return {row["day"]: exposure_of(row) for row in (await tx.execute(query)).mappings()}


async def of_spans(tx: Tx, spans: Iterable[tuple[int, int, int]]) -> dict[int, dict[int, Exposure]]:
    """By compartment and day, the rows of the whole days within each (compartment, start, end), by few questions."""
    wanted = sorted(spans)
    found: dict[int, dict[int, Exposure]] = defaultdict(dict)
    for at in range(0, len(wanted), SPANS_AT_ONCE):
        within = (
            and_(ExposureDay.compartment == room, ExposureDay.day >= start, ExposureDay.day <= end - DAY)
            for room, start, end in wanted[at : at + SPANS_AT_ONCE]
        )
        for row in (await tx.execute(select(*rows.table_of(ExposureDay).columns).where(or_(*within)))).mappings():
            found[row["compartment"]][row["day"]] = exposure_of(row)
    return found


async def there(tx: Tx, keys: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of these (compartment, day) have a row."""
    wanted = sorted(keys)
    found: set[tuple[int, int]] = set()
    for at in range(0, len(wanted), AT_ONCE):
        key = tuple_(ExposureDay.compartment, ExposureDay.day)
        query = select(ExposureDay.compartment, ExposureDay.day).where(key.in_(wanted[at : at + AT_ONCE]))
        found |= {(compartment, day) for compartment, day in await tx.execute(query)}
    return found


async def written(tx: Tx, channel: str, start: int, end: int) -> set[tuple[str, int]]:
    """The (channel, day) in [start, end), and at its edges, of which a row stands in a compartment where it ever hung."""
    rooms = select(Assignment.compartment).where(Assignment.channel == channel, Assignment.compartment.is_not(None))
    query = select(ExposureDay.day).distinct().where(ExposureDay.compartment.in_(rooms))
    query = query.where(ExposureDay.day > start - DAY, ExposureDay.day < end)
    return {(channel, day) for day in await tx.scalars(query)}


async def doubted(tx: Tx, compartments: Iterable[int]) -> set[tuple[int, int]]:
    """Which (compartment, day) of these are to be built again: what their rows say is not all that is known."""
    query = select(Assignment.compartment, LedgerDay.day).distinct()
    query = query.join(LedgerDay, LedgerDay.channel == Assignment.channel)
    rows = await tx.execute(query.where(Assignment.compartment.in_(compartments)))
    return {(compartment, day) for compartment, day in rows if compartment is not None}


async def mark(tx: Tx, days: Iterable[tuple[str, int]]) -> None:
    """The books of these (channel, day) are to be made again."""
    await rows.insert_new(tx, LedgerDay, [{"channel": channel, "day": day} for channel, day in sorted(days)])


async def waiting(tx: Tx, until: int, limit: int) -> list[tuple[str, int]]:
    """So many of the (channel, day) before `until` whose books are to be made again, the newest days first."""
    query = select(LedgerDay.channel, LedgerDay.day).where(LedgerDay.day < until)
    query = query.order_by(LedgerDay.day.desc(), LedgerDay.channel).limit(limit)
    return [(channel, day) for channel, day in await tx.execute(query)]


async def done(tx: Tx, days: Iterable[tuple[str, int]]) -> None:
    """The books of these days are made."""
    wanted = sorted(days)
    for at in range(0, len(wanted), AT_ONCE):
        key = tuple_(LedgerDay.channel, LedgerDay.day)
        await tx.execute(delete(LedgerDay).where(key.in_(wanted[at : at + AT_ONCE])))


def row_of(key: tuple[int, int], found: Exposure, at: int) -> dict[str, Any]:
    """An exposure as columns."""
    return {
        "compartment": key[0],
        "day": key[1],
        "sensor_ms": found.sensor_ms,
        "manual_ms": found.manual_ms,
        "low_mc": found.low_mc,
        "high_mc": found.high_mc,
        "manual_low_mc": found.manual_low_mc,
        "manual_high_mc": found.manual_high_mc,
        "hot": _listed(found.hot),
        "cold": None if found.cold == found.hot else _listed(found.cold),
        **dict(zip(HEATS, found.heat, strict=True)),
        "built_at": at,
    }


def exposure_of(row: RowMapping) -> Exposure:
    """Columns as the exposure of a whole day."""
    hot = _bands(row["hot"])
    return Exposure(
        total_ms=DAY,
        sensor_ms=row["sensor_ms"],
        manual_ms=row["manual_ms"],
        low_mc=row["low_mc"],
        high_mc=row["high_mc"],
        manual_low_mc=row["manual_low_mc"],
        manual_high_mc=row["manual_high_mc"],
        hot=hot,
        cold=hot if row["cold"] is None else _bands(row["cold"]),
        heat=tuple(row[name] for name in HEATS),
    )


def _listed(bands: Bands) -> list[list[int]]:
    return [[band, ms, bands.mc_ms[band]] for band, ms in enumerate(bands.ms) if ms]


def _bands(listed: Sequence[Sequence[int]]) -> Bands:
    ms, mc_ms = [0] * BANDS, [0] * BANDS
    for band, time, area in listed:
        ms[band], mc_ms[band] = time, area
    return Bands(tuple(ms), tuple(mc_ms))
