"""Every test of this room runs on SQLite and on PostgreSQL, each time on a fresh archive."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from coldchain.archive.db import Archive, open_archive
from coldchain.settings import ArchiveSettings
from tests.parts.archives import Emptied, on_sqlite
from tests.parts.postgres import Postgres


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


@pytest.fixture
def ready_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty archive, a copy of one migrated once, with which a test may do what it likes."""
    if engine == "sqlite":
        return on_sqlite(tmp_path).url.get_secret_value()
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.url(request.getfixturevalue("postgres_template"))


@pytest.fixture
def emptied(engine: str, request: pytest.FixtureRequest) -> Emptied | None:
    """The one on PostgreSQL, for a test on PostgreSQL."""
    return request.getfixturevalue("postgres_archive") if engine == "postgresql" else None


@pytest.fixture
async def settings(emptied: Emptied | None, tmp_path: Path) -> ArchiveSettings:
    """Settings of an empty archive. SQLite: a copy of one migrated once; PostgreSQL: emptied, which is quicker there."""
    if emptied is None:
        return on_sqlite(tmp_path)
    await emptied.again()
    return emptied.settings


@pytest.fixture
async def archive(settings: ArchiveSettings, emptied: Emptied | None) -> AsyncIterator[Archive]:
    """An open, migrated, empty archive."""
    if emptied:
        yield emptied.archive
        return
    async with open_archive(settings) as opened:
        yield opened
