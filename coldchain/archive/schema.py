"""Bringing the archive's tables to the version this program knows, safely when several processes start at once.

The whole of it is one transaction on both databases: SQLite's `BEGIN IMMEDIATE` or PostgreSQL's advisory lock lets one
process through, the others find the work done. A power cut in the middle leaves the old version. It ends with the adoption of
what the migration added or changed, so that no row or column stands beside the chains (`migrations.adopting`).
"""

import asyncio
import sqlite3
from functools import cache
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from coldchain import clock
from coldchain.archive.migrations import adopting
from coldchain.errors import Unavailable

HEAD: Final = "head"
NOTHING: Final = "base"
MIGRATIONS: Final = Path(__file__).parent / "migrations"
PATIENCE_S: Final = 60.0  # for another process's migration
WAL_TRIES: Final = 100
POSTGRES_SETTINGS: Final = {
    "application_name": "coldchain",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",  # a process that hangs inside a transaction must not hold the rest
    "jit": "off",  # compiling costs more than it saves: what care is overdue in a county took 476 ms with it, 359 without
}
_LOCK: Final = 0x636F6C64  # any number that nobody else locks


async def migrate(url: URL, revision: str = HEAD) -> None:
    """Go up to `revision`, or down to it when the database is beyond."""
    if url.get_backend_name() == "sqlite":
        await _migrate_sqlite(url, revision)
    else:
        await _migrate_postgres(url, revision)


def require_current(connection: Connection) -> None:
    """Check that the tables are of the version this program knows.

    Raises:
        Unavailable: when they are not: another process may be about to migrate.
    """
    have, want = _version(connection), _newest()
    if have != want:
        raise Unavailable(
            f"archive: tables are at version {have or 'none'}, this program needs {want}; start a service that migrates"
        )


@cache
def _newest() -> str | None:
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


async def _migrate_sqlite(url: URL, revision: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": PATIENCE_S, "isolation_level": None})

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: Any, _entry: Any) -> None:  # noqa: ANN401 - the driver's own
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=OFF")  # a table rebuilt by a migration is dropped and renamed

    try:
        async with engine.connect() as connection:
            await _switch_to_wal(connection)
            async with connection.begin():
                await connection.run_sync(_go, revision)
                await connection.run_sync(_check_references)
    finally:
        await engine.dispose()


async def _switch_to_wal(connection: AsyncConnection) -> None:
    """WAL is a property of the file, set once; while another process sets it, SQLite says `locked` without waiting."""
    raw: Any = (await connection.get_raw_connection()).driver_connection
    for left in reversed(range(WAL_TRIES)):
        try:
            await raw.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if left == 0:
                raise
            await asyncio.sleep(0.05)
        else:
            return


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise Unavailable(f"archive: this migration would leave {len(broken)} references to nothing; nothing changed")


async def _migrate_postgres(url: URL, revision: str) -> None:
    settings = POSTGRES_SETTINGS | {"lock_timeout": f"{PATIENCE_S:g}s"}
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"server_settings": settings})
    try:
        async with engine.begin() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            await connection.run_sync(_go, revision)
    finally:
        await engine.dispose()


def _go(connection: Connection, revision: str) -> None:
    if revision == HEAD and _version(connection) == _newest():
        return  # as at nearly every start; Alembic would read all versions to find that out
    if _is_behind(connection, revision):
        command.downgrade(config_of(connection), revision)
    else:
        _upgrade(connection, revision)


def _upgrade(connection: Connection, revision: str) -> None:
    """Go up, and adopt what that changed; of tables that no migration names, what was found before it still holds."""
    if not adopting.has_chains(connection):
        command.upgrade(config_of(connection), revision)
        if adopting.has_chains(connection):
            adopting.adopt(connection, clock.now())
        return
    tables = _rehearsed(connection, revision)
    before = adopting.misfits(connection, tables)
    command.upgrade(config_of(connection), revision)
    adopting.adopt(connection, clock.now(), before, tables)


def _rehearsed(connection: Connection, revision: str) -> set[str]:
    """The tables that going up will name, found by going up and taking it back.

    To read all rows of all tables beforehand took a county of millions of them longer than the migration itself.
    """
    with connection.begin_nested() as savepoint, adopting.touched(connection) as tables:
        command.upgrade(config_of(connection), revision)
        savepoint.rollback()
    return tables


def _is_behind(connection: Connection, revision: str) -> bool:
    """True when the database is at this revision, or beyond."""
    have = _version(connection)
    passed = ScriptDirectory(str(MIGRATIONS)).iterate_revisions(have, NOTHING) if have else ()
    return revision in {NOTHING, *(script.revision for script in passed)}


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def config_of(connection: Connection) -> Config:
    """What Alembic's commands want: where the versions stand, and the connection they work on."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    config.set_main_option("truncate_slug_length", "24")
    return config
