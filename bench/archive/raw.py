"""Readings for some pieces in an embedded store: the last weeks, and each day on which a watched lot came or left."""

import math
import sqlite3
from pathlib import Path

from bench.archive.county import END, County
from coldchain.exposure import DAY
from coldchain.series import sql

MINUTE = 60_000
LATELY = 60 * DAY


def write(path: Path, county: County) -> int:
    """Write them; returns how many."""
    connection = sql.open_writer(path)
    connection.execute("PRAGMA synchronous = OFF")
    count = 0
    for piece, days in sorted(wanted(county).items()):
        connection.execute("BEGIN")
        connection.execute("INSERT INTO channel (id, name) VALUES (?, ?)", (piece, county.channel(piece)))
        for day in sorted(days):
            count += _write_day(connection, piece, day)
        connection.commit()
    connection.close()
    return count


def _write_day(connection: sqlite3.Connection, piece: int, day: int) -> int:
    rows = [(piece, t, value(piece, t), 0) for t in range(day, day + DAY, MINUTE)]
    connection.executemany("INSERT INTO reading VALUES (?, ?, ?, ?)", rows)
    return len(rows)


def value(piece: int, time: int) -> float:
    """A fridge that cycles, in a DS18B20's steps."""
    return round((4.8 + 0.9 * math.sin(time / MINUTE / 9 + piece)) / 0.0625) * 0.0625


def wanted(county: County) -> dict[int, set[int]]:
    """The days of each piece."""
    days = {
        piece: set(range(max(county.size.start, END - LATELY), END, DAY)) for piece in range(1, county.size.raw + 1)
    }
    watched = set(county.watched)
    for move in county.moves:
        for place in (move.source, move.target):
            if move.lot in watched and place is not None and place in days:
                days[place].add(move.at - move.at % DAY)
    return days
