"""The embedded store's tables and statements: functions of a connection, run by `thread`, known to `embedded` alone.

Tables are WITHOUT ROWID in the order in which they are read, and rows are sorted before an insert: random keys are what
costs on an SD card.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from coldchain.errors import Unavailable
from coldchain.reading import RECONSTRUCTED, Reading, Trace
from coldchain.series import Rollup, Span, UndatedTrace
from coldchain.series.buckets import Bucket
from coldchain.wire import Arrival, ArrivedBatch

VERSION = 1  # PRAGMA user_version of the file
_FINITE = "value BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308"
SCHEMA = f"""
CREATE TABLE channel (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE reading (
    channel INTEGER NOT NULL, time INTEGER NOT NULL, value REAL, quality INTEGER NOT NULL,
    PRIMARY KEY (channel, time), CHECK (CASE WHEN value IS NULL THEN quality <> 0 ELSE {_FINITE} END)
) STRICT, WITHOUT ROWID;
CREATE TABLE undated (
    channel INTEGER NOT NULL, boot TEXT NOT NULL, t INTEGER NOT NULL, value REAL, quality INTEGER NOT NULL,
    after INTEGER, before INTEGER, PRIMARY KEY (channel, boot, t)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollup (
    step INTEGER NOT NULL, channel INTEGER NOT NULL, start INTEGER NOT NULL, low REAL NOT NULL, high REAL NOT NULL,
    mean REAL NOT NULL, seconds_known REAL NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (step, channel, start)
) STRICT, WITHOUT ROWID;
CREATE TABLE arrival (
    collector TEXT NOT NULL, shard INTEGER NOT NULL, position INTEGER NOT NULL, batches BLOB NOT NULL,
    PRIMARY KEY (collector, shard, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE head (
    collector TEXT NOT NULL, shard INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (collector, shard)
) STRICT, WITHOUT ROWID;
CREATE TABLE mark (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""

_batches = msgspec.json.Decoder(list[ArrivedBatch])
_pack = msgspec.json.Encoder().encode


def open_writer(path: Path) -> sqlite3.Connection:
    """Open the file for the collector; make it if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
    return _checked(connection, path)


def open_reader(path: Path) -> sqlite3.Connection:
    """Open the file for reading only; it must be there."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    return _checked(connection, path)


def _checked(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    connection.execute("PRAGMA busy_timeout = 10000")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        connection.close()
        raise Unavailable(f"series: {path} is of version {version}, not {VERSION}; start the collector that made it")
    return connection


def write(connection: sqlite3.Connection, traces: Iterable[Trace]) -> None:
    """Insert readings; a (channel, time) that is there already stays as it is."""
    rows = [
        (channel, t, v, q)
        for channel, trace in _with_ids(connection, traces)
        for t, v, q in zip(trace.t, trace.v, trace.q, strict=True)
    ]
    rows.sort(key=lambda row: row[:2])
    connection.executemany("INSERT INTO reading VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)


def _with_ids(connection: sqlite3.Connection, traces: Iterable[Trace]) -> list[tuple[int, Trace]]:
    return [(_id_of(connection, trace.channel), trace) for trace in traces]


def _id_of(connection: sqlite3.Connection, channel: str) -> int:
    row = connection.execute("SELECT id FROM channel WHERE name = ?", (channel,)).fetchone()
    if row is None:
        row = (connection.execute("INSERT INTO channel (name) VALUES (?)", (channel,)).lastrowid,)
    return int(row[0])


def write_undated(connection: sqlite3.Connection, traces: Iterable[UndatedTrace]) -> None:
    """Insert readings of boots without a date."""
    for trace in traces:
        channel = _id_of(connection, trace.channel)
        rows = zip(trace.t, trace.v, trace.q, strict=True)
        connection.executemany(
            "INSERT INTO undated VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(channel, trace.boot, t, v, q, trace.after, trace.before) for t, v, q in rows],
        )


def write_arrivals(connection: sqlite3.Connection, arrivals: Iterable[Arrival]) -> None:
    """Append to the journal and move its heads."""
    for arrival in arrivals:
        key = (arrival.collector, arrival.shard, arrival.position)
        connection.execute(
            "INSERT INTO arrival VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", (*key, _pack(arrival.batches))
        )
        connection.execute(
            "INSERT INTO head VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET position = max(position, excluded.position)",
            key,
        )


def read(connection: sqlite3.Connection, span: Span, limit: int | None) -> Trace:
    """The readings of a span, rising."""
    rows = connection.execute(
        "SELECT time, value, quality FROM reading WHERE channel = (SELECT id FROM channel WHERE name = ?)"
        " AND time >= ? AND time < ? ORDER BY time LIMIT ?",
        (span.channel, span.start, span.end, -1 if limit is None else limit),
    )
    return _trace(span.channel, rows.fetchall())


def before(connection: sqlite3.Connection, channel: str, time: int, count: int) -> Trace:
    """The last readings before a time, rising."""
    rows = connection.execute(
        "SELECT time, value, quality FROM reading WHERE channel = (SELECT id FROM channel WHERE name = ?)"
        " AND time < ? ORDER BY time DESC LIMIT ?",
        (channel, time, count),
    )
    return _trace(channel, rows.fetchall()[::-1])


def _trace(channel: str, rows: Sequence[tuple[int, float | None, int]]) -> Trace:
    t, v, q = zip(*rows, strict=True) if rows else ((), (), ())
    return Trace(channel, list(t), list(v), list(q))


def newest(connection: sqlite3.Connection, channels: Sequence[str] | None) -> dict[str, Reading]:
    """The newest reading of each channel; the sub-query goes to the end of each channel's stretch, never through it."""
    rows = connection.execute(
        "SELECT c.name, r.time, r.value, r.quality FROM channel c JOIN reading r ON r.channel = c.id"
        " AND r.time = (SELECT max(time) FROM reading WHERE channel = c.id)"
        " WHERE ?1 IS NULL OR c.name IN (SELECT value FROM json_each(?1))",
        (None if channels is None else _pack(channels).decode(),),
    )
    return {name: Reading(name, t, v, q) for name, t, v, q in rows}


def undated(
    connection: sqlite3.Connection, channel: str
) -> list[tuple[str, int, float | None, int, int | None, int | None]]:
    """(boot, t, value, quality, after, before) of a channel, rising."""
    return connection.execute(
        "SELECT boot, t, value, quality, after, before FROM undated"
        " WHERE channel = (SELECT id FROM channel WHERE name = ?) ORDER BY boot, t",
        (channel,),
    ).fetchall()


def heads(connection: sqlite3.Connection) -> dict[tuple[str, int], int]:
    """The journal's last positions."""
    return {(collector, shard): position for collector, shard, position in connection.execute("SELECT * FROM head")}


def arrivals(connection: sqlite3.Connection, collector: str, shard: int, after: int, limit: int) -> list[Arrival]:
    """The journal's lines after a position."""
    rows = connection.execute(
        "SELECT position, batches FROM arrival WHERE collector = ? AND shard = ? AND position > ?"
        " ORDER BY position LIMIT ?",
        (collector, shard, after, limit),
    )
    return [Arrival(collector, shard, position, _batches.decode(packed)) for position, packed in rows]


def buckets(connection: sqlite3.Connection, span: Span, step: int) -> list[Bucket]:
    """Believed readings of a span in buckets of `step` from its start on."""
    rows = connection.execute(
        "SELECT ?2 + (time - ?2) / ?4 * ?4 AS start, min(value), max(value), avg(value), count(value) FROM reading"
        " WHERE channel = (SELECT id FROM channel WHERE name = ?1) AND time >= ?2 AND time < ?3"
        " AND quality IN (0, ?5) AND value IS NOT NULL GROUP BY start ORDER BY start",
        (span.channel, span.start, span.end, step, RECONSTRUCTED),
    )
    return [Bucket(*row) for row in rows]


def write_rollups(connection: sqlite3.Connection, rollups: Iterable[Rollup], step: int) -> None:
    """Replace rollups."""
    rows = [
        (step, _id_of(connection, r.channel), r.start, r.low, r.high, r.mean, r.seconds_known, r.count) for r in rollups
    ]
    connection.executemany("INSERT OR REPLACE INTO rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?)", sorted(rows))


def rollups(connection: sqlite3.Connection, span: Span, step: int) -> list[Rollup]:
    """The rollups of a span, rising."""
    rows = connection.execute(
        "SELECT start, low, high, mean, seconds_known, count FROM rollup WHERE step = ?"
        " AND channel = (SELECT id FROM channel WHERE name = ?) AND start >= ? AND start < ? ORDER BY start",
        (step, span.channel, span.start, span.end),
    )
    return [Rollup(span.channel, *row) for row in rows]


def delete(connection: sqlite3.Connection, span: Span) -> None:
    """Delete the readings of a span."""
    connection.execute(
        "DELETE FROM reading WHERE channel = (SELECT id FROM channel WHERE name = ?) AND time >= ? AND time < ?",
        (span.channel, span.start, span.end),
    )


def set_marks(connection: sqlite3.Connection, marks: dict[str, int]) -> None:
    """Remember positions."""
    connection.executemany("INSERT OR REPLACE INTO mark VALUES (?, ?)", list(marks.items()))


def marks(connection: sqlite3.Connection) -> dict[str, int]:
    """The positions remembered."""
    return dict(connection.execute("SELECT name, position FROM mark"))
