"""What the guard said, in the spool: rows that ride in batches as readings do, and the guard's own notes beside them.

    guard ─► keep ─► told ─► taken into a batch's bytes ─► acknowledged
                 └─► note (what it must still know after a power cut)

Called by `spoolfile` inside its transactions. A row's times are ticks until its boot has learned the time.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from coldchain import wire

AT_ONCE = 100  # in one batch


class Said(NamedTuple):
    """One event. `anchor_time` and `time` are None while nobody knows the time."""

    series: str
    anchor_ticks: int
    anchor_time: int | None
    ticks: int
    time: int | None
    person: str
    number: str
    way: str
    act: str
    answer: str
    words: str = ""


_COLUMNS = ", ".join(Said._fields)
_VALUES = ", ".join("?" * len(Said._fields))


def keep(
    db: sqlite3.Connection, boot: int, said: Iterable[Said], notes: Mapping[str, bytes | None], offset_ms: int | None
) -> None:
    """Keep events and notes; a note that is None is forgotten. `offset_ms` dates what waited in memory for it."""
    db.executemany(
        f"INSERT INTO told (boot, {_COLUMNS}) VALUES (?, {_VALUES})",  # noqa: S608 - our own literals
        [(boot, *_dated(one, offset_ms)) for one in said],
    )
    for key, value in notes.items():
        if value is None:
            db.execute("DELETE FROM note WHERE key = ?", (key,))
        else:
            db.execute("INSERT OR REPLACE INTO note (key, value) VALUES (?, ?)", (key, value))


def _dated(one: Said, offset_ms: int | None) -> Said:
    if offset_ms is None or one.time is not None:
        return one
    anchor = one.anchor_ticks + offset_ms if one.anchor_time is None else one.anchor_time
    return one._replace(anchor_time=anchor, time=one.ticks + offset_ms)


def notes(db: sqlite3.Connection) -> dict[str, bytes]:
    """What the guard noted."""
    return {key: bytes(value) for key, value in db.execute("SELECT key, value FROM note ORDER BY key")}


def date(db: sqlite3.Connection, boot: int, offset_ms: int) -> None:
    """The boot's time is known: its events get theirs. One that has a time keeps it."""
    db.execute(
        "UPDATE told SET anchor_time = coalesce(anchor_time, anchor_ticks + ?), time = ticks + ? "
        "WHERE boot = ? AND time IS NULL",
        (offset_ms, offset_ms, boot),
    )


def dated(db: sqlite3.Connection) -> list[tuple[int, wire.Told]]:
    """The oldest events that have a time, with their ids."""
    query = f"SELECT id, {_COLUMNS} FROM told WHERE time IS NOT NULL ORDER BY id LIMIT ?"  # noqa: S608
    return [_told(row[0], Said(*row[1:])) for row in db.execute(query, (AT_ONCE,))]


def undated(db: sqlite3.Connection, boot: int) -> list[tuple[int, wire.Told]]:
    """The oldest events of a boot that never learned the time."""
    query = f"SELECT id, {_COLUMNS} FROM told WHERE time IS NULL AND boot = ? ORDER BY id LIMIT ?"  # noqa: S608
    return [_told(row[0], Said(*row[1:])) for row in db.execute(query, (boot, AT_ONCE))]


def forget(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """They are in a batch's bytes now."""
    db.executemany("DELETE FROM told WHERE id = ?", ((n,) for n in ids))


def _told(n: int, said: Said) -> tuple[int, wire.Told]:
    is_dated = said.time is not None
    anchor = said.anchor_time if is_dated and said.anchor_time is not None else said.anchor_ticks
    at = said.ticks if said.time is None else said.time
    told = wire.Told(
        anchor=anchor,
        channel=said.series,
        person=said.person,
        at=at,
        answer=said.answer,
        way=said.way,
        act=said.act,
        number=said.number,
        words=said.words,
    )
    return n, told
