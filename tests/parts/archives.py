"""Archives for tests: migrated once, copied for each test that wants its own; on PostgreSQL one is emptied instead."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from coldchain.archive import db
from coldchain.archive.db import Archive, open_archive
from coldchain.settings import ArchiveSettings

# All rows, and the numbers begin at 1 again; TRUNCATE would make a new file for each table and index. `replica`: what
# refers to a row goes with it, so that nobody needs to look for it.
EMPTY = """
do $$
declare
  filled regclass;
begin
  set local session_replication_role = replica;
  for filled in
    select oid from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'alembic_version'
      and pg_relation_size(oid) > 0
  loop
    execute format('delete from %s', filled);
  end loop;
  perform setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
  from pg_sequences where last_value is not null;
end $$
"""
PATIENCE = {"lock_timeout": "20s"}  # an earlier test's transaction that never ended is an error, not a wait


def settings_of(url: str) -> ArchiveSettings:
    return ArchiveSettings(url=SecretStr(url))


def migrate(url: str) -> None:
    """In a thread of its own: a fixture that is asked for by name cannot be awaited."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, db.migrate(url)).result()


@cache
def empty_sqlite() -> bytes:
    """The file of an empty archive."""
    with tempfile.TemporaryDirectory() as folder:
        migrate(f"sqlite:///{folder}/archive.sqlite")
        return Path(folder, "archive.sqlite").read_bytes()


def on_sqlite(folder: Path, file: bytes | None = None) -> ArchiveSettings:
    """Settings of an archive in this folder: empty, or a copy of this file of one."""
    path = folder / "archive.sqlite"
    path.write_bytes(empty_sqlite() if file is None else file)
    return settings_of(f"sqlite:///{path}")


@dataclass(frozen=True, slots=True)
class Emptied:
    """One archive on PostgreSQL for all tests, one after the other.

    `archive` stays open: a new connection knows no table, and to learn them takes longer than most tests.
    """

    settings: ArchiveSettings
    archive: Archive
    broom: AsyncEngine

    async def again(self) -> None:
        async with self.broom.connect() as connection:
            await connection.exec_driver_sql(EMPTY)


@asynccontextmanager
async def emptied(url: str) -> AsyncIterator[Emptied]:
    """Its connections, for a session."""
    async with AsyncExitStack() as stack:
        patient = {"server_settings": PATIENCE}
        broom = create_async_engine(db.database_url(url), isolation_level="AUTOCOMMIT", connect_args=patient)
        stack.push_async_callback(broom.dispose)
        settings = settings_of(url)
        yield Emptied(settings, await stack.enter_async_context(open_archive(settings)), broom)
