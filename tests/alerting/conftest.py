"""A clinic on a fresh archive (SQLite; PostgreSQL where a test asks for `engine`) and a fresh embedded time series."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from coldchain.archive.db import Archive, open_archive
from coldchain.series import Series
from coldchain.series.embedded import EmbeddedSeries
from coldchain.settings import ArchiveSettings
from tests.alerting.cast import Clinic, opened_clinic
from tests.parts.archives import on_sqlite, settings_of
from tests.parts.postgres import Postgres


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def archive_settings(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> ArchiveSettings:
    """Settings of an empty archive, migrated."""
    if engine == "sqlite":
        return on_sqlite(tmp_path)
    postgres: Postgres = request.getfixturevalue("postgres")
    return settings_of(postgres.url(request.getfixturevalue("postgres_template")))


@pytest.fixture
async def archive(archive_settings: ArchiveSettings) -> AsyncIterator[Archive]:
    async with open_archive(archive_settings) as opened:
        yield opened


@pytest.fixture
async def series(tmp_path: Path) -> AsyncIterator[Series]:
    async with EmbeddedSeries.open(tmp_path / "series.sqlite", writer=True) as opened:
        yield opened


@pytest.fixture
async def clinic(archive: Archive, series: Series) -> AsyncIterator[Clinic]:
    async with opened_clinic(archive, series) as opened:
        yield opened
