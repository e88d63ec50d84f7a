"""Rows into a database, as quickly as it takes them: SQLite by `executemany`, PostgreSQL by COPY."""

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import asyncpg  # type: ignore[import-untyped]  # comes without types
from sqlalchemy import JSON, Table

from bench.archive import books, desk
from bench.archive.county import DAY_COLUMNS, County, Row, Rows
from coldchain.archive import tables
from coldchain.archive.rows import table_of
from coldchain.archive.tables import Base
from coldchain.excursion import CaseState, Certainty, Facts, Kind, LotsKnown, Severity


def all_rows(county: County) -> Iterator[Rows]:
    """Table by table, in an order in which each finds what it refers to."""
    yield from _places(county)
    yield from _equipment(county)
    yield (
        tables.Vaccine,
        ("code", "name_zh", "name_en", "freeze_sensitive", "vvm_type"),
        [(f"V{n}", "疫苗", "vaccine", True, "VVM14") for n in range(20)],
    )
    yield (
        tables.Lot,
        ("id", "number", "vaccine", "maker", "expires_on"),
        ((f"L{n}", f"2026{n:06}", f"V{n % 20}", "M", "2030-01-01") for n in range(county.size.lots)),
    )
    yield (
        tables.Movement,
        ("id", "lot", "at", "source", "target", "doses", "reason"),
        ((n, f"L{m.lot}", m.at, m.source, m.target, m.doses, m.reason) for n, m in enumerate(county.moves, 1)),
    )
    yield (
        tables.Stay,
        ("id", "lot", "compartment", "start", "end", "doses"),
        ((n, *stay) for n, stay in enumerate(county.stays(), 1)),
    )
    yield _cases(county)
    yield tables.ExposureDay, DAY_COLUMNS, county.days()
    yield from books.rows(county)
    yield from desk.rows(county)


TOWNS = 30
TYPES = (
    "medical_fridge",
    "ilr",
    "domestic_fridge",
    "refrigerator",
    "freezer",
)  # all that must be read and looked after


def _places(county: County) -> Iterator[Rows]:
    towns = [(f"R{n}", 4, "镇", "town", "R") for n in range(TOWNS)]
    yield (
        tables.Region,
        ("code", "level", "name_zh", "name_en", "parent"),
        [("R", 3, "县", "county", None), *towns],
    )
    yield (
        tables.Facility,
        ("code", "region", "name_zh", "name_en", "short_zh", "kind", "working_week"),
        [
            (f"F{n}", f"R{n % TOWNS}" if n else "R", "卫生院", "clinic", "院", "township_clinic" if n else "county_store",
             "12345" if n % 2 else "")
            for n in range(county.size.facilities)
        ],
    )  # fmt: skip


def _equipment(county: County) -> Iterator[Rows]:
    pieces = range(1, county.size.pieces + 1)
    unit = ("code", "facility", "name_zh", "name_en", "short_zh", "type", "brand", "model", "started_on")
    yield (
        tables.Equipment,
        unit,
        [
            (f"E{n}", county.home(n), "冰箱", "fridge", "冰", TYPES[n % 5], f"B{n % 7}", f"M{n % 40}", "2020-01-01")
            for n in pieces
        ],
    )
    room = ("id", "equipment", "name", "name_zh", "name_en", "purpose", "profile")
    yield tables.Compartment, room, [(n, f"E{n}", "cold", "冷藏", "cold", "vaccine", "2-8") for n in pieces]
    yield (
        tables.Channel,
        ("name", "gateway", "device", "quantity"),
        [(county.channel(n), f"gw-{n}", "28ff01", "temperature") for n in pieces],
    )
    hung = ("id", "channel", "equipment", "compartment", "interval_s", "start")
    yield tables.Assignment, hung, [(n, county.channel(n), f"E{n}", n, 60, county.size.start) for n in pieces]


def _cases(county: County) -> Rows:
    def rows() -> Iterator[Row]:
        for n, (piece, first, last, lots) in enumerate(county.cases()):
            facts = asdict(_facts(piece, first, last)) | {"lots": json.dumps(lots)}
            state = {
                "id": f"c{n}",
                "revision": 1,
                "channel": county.channel(piece),
                "anchor": first,
                "opened_at": first,
            }
            row = facts | state | {"state": CaseState.CLOSED.value, "is_followed": True}
            yield tuple(row[name] for name in names)

    names = tuple(
        name for name in (column.name for column in table_of(tables.Excursion).columns) if name != "merged_into"
    )
    return tables.Excursion, names, rows()


def _facts(piece: int, first: int, last: int) -> Facts:
    return Facts(
        kind=Kind.HEAT, rule="cn-2017/heat", rule_version="2017", severity=Severity.WARNING, certainty=Certainty.CERTAIN,
        is_open=False, known_good_before=first - 60_000, first_bad=first, last_bad=last, known_good_after=last + 60_000,
        extreme_mc=9900, out_ms=last - first, unknown_ms=0, degree_ms=1000, mkt_mc=6000, equipment=f"E{piece}",
        compartment=piece, lots_known=LotsKnown.COMPARTMENT, lots=(),
    )  # fmt: skip


def load(url: str, county: County) -> None:
    """All rows of a county into a migrated, empty archive."""
    put(url, all_rows(county))


def put(url: str, rows: Iterable[Rows]) -> None:
    """Rows, table by table, into a migrated, empty archive."""
    if url.startswith("sqlite"):
        _put_sqlite(url.removeprefix("sqlite:///"), rows)
    else:
        asyncio.run(_put_postgres(url, rows))


def _put_sqlite(path: str, every: Iterable[Rows]) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -500000")  # KiB: keys do not come in their indices' order
        for kind, names, rows in every:
            table, columns, whole = _whole(kind, names, rows)
            marks = ", ".join("?" * len(columns))
            quoted = ", ".join(f'"{name}"' for name in columns)
            connection.executemany(f'insert into "{table.name}" ({quoted}) values ({marks})', whole)
            connection.commit()
    connection.close()


async def _put_postgres(url: str, every: Iterable[Rows]) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("set session_replication_role = replica")  # what refers to nothing is our own mistake
    for kind, names, rows in every:
        table, columns, whole = _whole(kind, names, rows)
        await connection.copy_records_to_table(table.name, records=whole, columns=columns)
        if "id" in table.columns and table.columns["id"].autoincrement is True:
            await connection.execute(f"select setval(pg_get_serial_sequence('{table.name}', 'id'), 100000000)")
    await connection.execute("vacuum analyze")  # as its own housekeeping does within minutes
    await connection.close()


def _whole(kind: type[Base], names: tuple[str, ...], rows: Iterable[Row]) -> tuple[Table, list[str], Iterator[Row]]:
    """The rows with the defaults of columns that nobody gave."""
    table = table_of(kind)
    given = {
        column.name: _value(getattr(column.default, "arg", None), is_json=isinstance(column.type, JSON))
        for column in table.columns
        if column.name not in names and column.default is not None and column.default.is_scalar
    }
    empty = {
        column.name: "{}"
        for column in table.columns
        if column.name not in {*names, *given} and not column.nullable and isinstance(column.type, JSON)
    }
    given |= empty
    more = tuple(given.values())
    return table, [*names, *given], ((*row, *more) for row in rows)


def _value(value: object, *, is_json: bool) -> object:
    return json.dumps(value) if is_json else value
