"""Every test of this room runs on SQLite and on PostgreSQL, each time on a fresh archive."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from coldchain.archive import db
from coldchain.archive.db import Archive, open_archive
from coldchain.archive.tables import Base
from coldchain.settings import ArchiveSettings
from tests.parts.postgres import BIN, Postgres
from tests.parts.process import program

# All rows, and the numbers begin at 1 again; TRUNCATE makes a new file for each table and index.
EMPTY = "; ".join(
    [
        *(f'delete from "{table.name}"' for table in reversed(Base.metadata.sorted_tables)),
        "select setval(oid, 1, false) from pg_class where relkind = 'S'",
    ]
)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def fresh_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an archive that nobody has migrated yet."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path}/data/archive.sqlite"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.url()


@pytest.fixture(scope="session")
def sqlite_template(parts_folder: Path) -> Path:
    path = parts_folder / "template.sqlite"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_migrated(postgres: Postgres) -> str:
    url = postgres.url()
    _migrate(url)
    return url


def _migrate(url: str) -> None:
    """In a thread of its own: a fixture that is asked for by name cannot be awaited."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, db.migrate(url)).result()


@pytest.fixture
def settings(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> ArchiveSettings:
    """Settings of an empty archive. SQLite: a copy of one migrated once; PostgreSQL: emptied, which is quicker there."""
    if engine == "sqlite":
        copy = tmp_path / "archive.sqlite"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), copy)
        return ArchiveSettings(url=SecretStr(f"sqlite:///{copy}"))
    url = request.getfixturevalue("postgres_migrated")
    subprocess.run([program("psql", BIN, "/usr/bin"), "-q", "-o", "/dev/null", url, "-c", EMPTY], check=True)
    return ArchiveSettings(url=SecretStr(url))


@pytest.fixture
async def archive(settings: ArchiveSettings) -> AsyncIterator[Archive]:
    """An open, migrated, empty archive."""
    async with open_archive(settings) as opened:
        yield opened
