import asyncio
import subprocess
import sys
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from coldchain.archive import db, schema
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.tables import Base
from coldchain.settings import ArchiveSettings
from tests.archive.small import fill

MIGRATE = "import asyncio, sys; from coldchain.archive import db; asyncio.run(db.migrate(sys.argv[1]))"


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


async def ask(url: str, question: Any) -> Any:
    engine = create_async_engine(db.database_url(url))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(question)
    finally:
        await engine.dispose()


def checks(connection: Connection) -> set[str | None]:
    look = inspect(connection)
    return {check["name"] for table in look.get_table_names() for check in look.get_check_constraints(table)}


async def test_the_migrated_tables_are_those_of_the_models(fresh_url: str):
    await db.migrate(fresh_url)
    assert await ask(fresh_url, differences) == []


async def test_the_comparison_would_notice_a_missing_column(fresh_url: str):
    await db.migrate(fresh_url)
    engine = create_async_engine(db.database_url(fresh_url))
    async with engine.begin() as connection:
        await connection.exec_driver_sql("alter table lot drop column maker cascade" if "postgres" in fresh_url else
                                         "alter table refused drop column detail")  # fmt: skip
    await engine.dispose()
    assert await ask(fresh_url, differences) != []


async def test_the_checks_of_the_models_stand_in_the_database_too(fresh_url: str):
    """The comparison does not look at them."""
    await db.migrate(fresh_url)
    assert await ask(fresh_url, checks) >= {
        "ck_region_level",
        "ck_compartment_purpose",
        "ck_assignment_order",
        "ck_movement_doses",
        "ck_movement_ends",
    }


async def test_it_goes_up_down_and_up_again(fresh_url: str):
    await db.migrate(fresh_url)
    await db.migrate(fresh_url, "base")
    assert await ask(fresh_url, lambda connection: inspect(connection).get_table_names()) == ["alembic_version"]
    await db.migrate(fresh_url)
    assert await ask(fresh_url, differences) == []


async def test_migrating_again_keeps_what_is_there(archive: Archive, settings: ArchiveSettings):
    await fill(archive)
    await db.migrate(settings.url.get_secret_value())
    async with open_archive(settings, migrate=True) as again, again.reading() as tx:
        assert len(list(await tx.scalars(Base.metadata.tables["lot"].select()))) == 1


async def test_three_processes_that_migrate_at_once_all_succeed(fresh_url: str):
    command = [sys.executable, "-c", MIGRATE, fresh_url]
    racers = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    ended = await asyncio.gather(*(asyncio.to_thread(racer.communicate) for racer in racers))
    assert [(racer.returncode, words) for racer, (_, words) in zip(racers, ended, strict=True)] == [(0, b"")] * 3
    assert await ask(fresh_url, differences) == []


async def test_a_power_cut_in_the_middle_of_a_migration_leaves_the_old_version(fresh_url: str):
    """The process is killed when half of the tables are made; the next one begins from nothing and succeeds."""
    killed_after = "lot"
    program = f"""
import os, signal
from alembic import op
make = op.create_table
def create_table(name, *parts, **options):
    make(name, *parts, **options)
    if name == {killed_after!r}:
        os.kill(os.getpid(), signal.SIGKILL)
op.create_table = create_table
{MIGRATE}"""
    killed = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program, fresh_url], capture_output=True)
    assert killed.returncode == -9, killed.stderr
    assert await ask(fresh_url, lambda connection: inspect(connection).get_table_names()) == []
    async with open_archive(ArchiveSettings(url=SecretStr(fresh_url)), migrate=True):
        pass
    assert await ask(fresh_url, differences) == []


def test_there_is_one_line_of_versions_and_each_says_what_it_brings():
    scripts = ScriptDirectory(str(schema.MIGRATIONS))
    assert len(scripts.get_heads()) == 1
    assert all(script.doc for script in scripts.walk_revisions())
