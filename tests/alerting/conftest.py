"""A clinic on a fresh archive (SQLite; PostgreSQL where a test asks for `engine`) and a fresh embedded time series."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from coldchain.archive import db
from coldchain.archive.db import Archive, open_archive
from coldchain.series import Series
from coldchain.series.embedded import EmbeddedSeries
from coldchain.settings import ArchiveSettings
from tests.alerting.cast import Clinic, opened_clinic
from tests.parts.postgres import Postgres


@pytest.fixture(scope="session")
def empty_archive(parts_folder: Path) -> Path:
    """A migrated SQLite archive to be copied."""
    path = parts_folder / "alerting-template.sqlite"
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, db.migrate(f"sqlite:///{path}")).result()
    return path


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
async def archive_settings(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> ArchiveSettings:
    if engine == "sqlite":
        shutil.copyfile(request.getfixturevalue("empty_archive"), tmp_path / "archive.sqlite")
        return ArchiveSettings(url=SecretStr(f"sqlite:///{tmp_path}/archive.sqlite"))
    postgres: Postgres = request.getfixturevalue("postgres")
    return ArchiveSettings(url=SecretStr(postgres.url()))


@pytest.fixture
async def archive(archive_settings: ArchiveSettings) -> AsyncIterator[Archive]:
    async with open_archive(archive_settings, migrate=True) as opened:
        yield opened


@pytest.fixture
async def series(tmp_path: Path) -> AsyncIterator[Series]:
    async with EmbeddedSeries.open(tmp_path / "series.sqlite", writer=True) as opened:
        yield opened


@pytest.fixture
async def clinic(archive: Archive, series: Series) -> AsyncIterator[Clinic]:
    async with opened_clinic(archive, series) as opened:
        yield opened
