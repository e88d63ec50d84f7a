"""How the spool lies on the disk: its tables, how it is opened, and what becomes of one that cannot be read.

    reading   not yet sent: (boot, series, ticks) and the time, once it is known
    batch     sent or about to be: the bytes, which never change again; deleted when the collector has them
    boot      each run of the machine and, once learned, UTC at its tick 0
    latest    the newest reading of each series, for `coldchain gateway watch`
    loss      what the rule when full has given up
    told      what the guard said, not yet sent; its times are ticks until the boot has learned the time
    note      what the guard must still know after a power cut

Used by: spoolfile, which writes it, and `coldchain gateway watch`, which reads it beside the running gateway.
"""

import errno
import fcntl
import logging
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from coldchain.errors import BadInput, Unavailable

log = logging.getLogger(__name__)

_VERSION = 2
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE boot (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, offset_ms INTEGER, source TEXT NOT NULL,
                   last_ticks INTEGER NOT NULL) STRICT;
CREATE TABLE series (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE reading (id INTEGER PRIMARY KEY AUTOINCREMENT, boot INTEGER NOT NULL, series INTEGER NOT NULL,
                      ticks INTEGER NOT NULL, time INTEGER, value REAL, quality INTEGER NOT NULL,
                      UNIQUE (boot, series, ticks)) STRICT;
CREATE INDEX undated ON reading (boot) WHERE time IS NULL;
CREATE TABLE latest (series INTEGER PRIMARY KEY, boot INTEGER NOT NULL, ticks INTEGER NOT NULL, time INTEGER,
                     value REAL, quality INTEGER NOT NULL) STRICT;
CREATE TABLE batch (seq INTEGER PRIMARY KEY AUTOINCREMENT, readings INTEGER NOT NULL, payload BLOB NOT NULL) STRICT;
CREATE TABLE loss (n INTEGER PRIMARY KEY AUTOINCREMENT, how TEXT NOT NULL, first INTEGER, last INTEGER,
                   readings INTEGER NOT NULL) STRICT;
"""
_SECOND = """
CREATE TABLE told (id INTEGER PRIMARY KEY AUTOINCREMENT, boot INTEGER NOT NULL, series TEXT NOT NULL,
                   anchor_ticks INTEGER NOT NULL, anchor_time INTEGER, ticks INTEGER NOT NULL, time INTEGER,
                   person TEXT NOT NULL, number TEXT NOT NULL, way TEXT NOT NULL, act TEXT NOT NULL,
                   answer TEXT NOT NULL, words TEXT NOT NULL) STRICT;
CREATE TABLE note (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
"""


class DiskRefuses(Unavailable):
    """The spool's file could not be written or read this time; nothing in it changed."""


# A disk that may be well again, in SQLite's words and the system's; a wrong setting stays wrong.
PASSING = ("SQLITE_IOERR", "SQLITE_FULL", "SQLITE_BUSY")
_PASSING_ERRNO = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})


@contextmanager
def held_alone(path: Path) -> Iterator[None]:
    """Keep a second gateway away from a spool: two would send each other's batches.

    Raises:
        BadInput: another process has it, or the folder cannot be written.
        DiskRefuses: the disk is full or fails just now.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(f"{path.name}.lock").open("w")
    except OSError as error:
        raise _named(path, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            cure = "stop the other one, or give this one its own spool"
            raise BadInput("gateway.spool", f"{path}: another gateway uses it", cure) from None
        yield


def _named(path: Path, error: OSError) -> BadInput | DiskRefuses:
    """Is it the disk, or is it the setting? One that went read-only under a spool that we once wrote is a sick disk."""
    if error.errno in _PASSING_ERRNO or (error.errno == errno.EROFS and path.exists()):
        return DiskRefuses(f"{path}: {error.strerror}")
    return BadInput("gateway.spool", f"{path}: {error.strerror}", "name a folder that this user can write")


def connect(path: Path, limit_bytes: int) -> sqlite3.Connection:
    """Open a spool for writing, or make one with a new id. One that cannot be read is set aside, never deleted.

    Raises:
        BadInput: a path that cannot be written, or a spool of a later version.
        DiskRefuses: the disk is full or fails just now; try again.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _connected(path, limit_bytes)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) or not path.exists():
                raise
            aside = _set_aside(path)
            log.error("the spool cannot be read (%s): set aside as %s, beginning a new one", error, aside)  # noqa: TRY400 - the words say it
            return _connected(path, limit_bytes)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "").startswith(PASSING):
            raise DiskRefuses(f"{path}: {error}") from error
        _try_the_disk(path)
        cure = "name a file that this user can write, on a disk with room"
        raise BadInput("gateway.spool", f"{path}: {error}", cure) from None
    except OSError as error:
        raise _named(path, error) from error


def _try_the_disk(path: Path) -> None:
    """SQLite says of a full disk too that it cannot open a file: ask the system, which knows why.

    Raises:
        DiskRefuses: it is the disk.
    """
    try:
        with TemporaryFile(dir=path.parent, buffering=0) as probe:
            probe.write(bytes(4096))
            os.fsync(probe.fileno())
    except OSError as error:
        if isinstance(named := _named(path, error), DiskRefuses):
            raise named from error


def _connected(path: Path, limit_bytes: int) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA journal_size_limit = 4194304")
        page = int(db.execute("PRAGMA page_size").fetchone()[0])
        db.execute(f"PRAGMA max_page_count = {max(limit_bytes // page, 32)}")
        if (health := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(health)  # noqa: TRY301 - the same as what a worse file raises by itself
        _lay_out(db)
    except BaseException:
        db.close()
        raise
    return db


def _lay_out(db: sqlite3.Connection) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > _VERSION:
        raise BadInput("gateway.spool", f"its layout is version {version}", "run the gateway that wrote it, or a newer")
    if version == 0:
        db.executescript(
            f"BEGIN IMMEDIATE; {_SCHEMA} INSERT INTO meta (key, value) VALUES ('spool', '{secrets.token_hex(16)}'), "  # noqa: S608 - our own literals
            f"('dropped', '0'), ('refused', '0'), ('thinned_to', '0'); PRAGMA user_version = 1; COMMIT;"
        )
    if version < _VERSION:
        db.executescript(f"BEGIN IMMEDIATE; {_SECOND} PRAGMA user_version = {_VERSION}; COMMIT;")


def _set_aside(path: Path) -> Path:
    """Rename the file and what SQLite keeps beside it."""
    n = 1
    while (aside := path.with_name(f"{path.name}.unreadable-{n}")).exists():
        n += 1
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
    return path.rename(aside)


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest reading of a series; `time` is None while the box does not know the time."""

    series: str
    time: int | None
    value: float | None
    quality: int


def read_latest(path: Path) -> list[Latest]:
    """The newest reading of each series, read beside a running gateway without disturbing it.

    Raises:
        BadInput: no spool there.
    """
    query = "SELECT name, time, value, quality FROM latest JOIN series ON series.n = latest.series ORDER BY name"
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2)
        try:
            return [Latest(*row) for row in db.execute(query)]
        finally:
            db.close()
    except sqlite3.Error as error:
        raise BadInput("gateway.spool", f"{path}: {error}", "start the gateway, or name its settings file") from None
