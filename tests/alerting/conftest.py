"""A clinic on a fresh archive (SQLite; PostgreSQL where a test asks for `engine`) and a fresh embedded time series."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from coldchain.archive.db import Archive, open_archive
from coldchain.series import Series
from coldchain.series.embedded import EmbeddedSeries
from coldchain.settings import ArchiveSettings
from tests.alerting.cast import ARRIVES, Clinic, clinic_of, opened_clinic
from tests.alerting.hearing import Told, told_by_text
from tests.parts.archives import on_sqlite, settings_of
from tests.parts.postgres import Postgres

COMPARTMENT = 1  # the first of an archive


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


@cache
def furnished() -> bytes:
    """The file of the archive of a clinic at which alerting has looked around once."""

    async def furnish() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            async with (
                open_archive(on_sqlite(Path(folder))) as archive,
                EmbeddedSeries.open(Path(folder, "series.sqlite"), writer=True) as series,
                opened_clinic(archive, series) as clinic,
            ):
                assert clinic.compartment == COMPARTMENT
            return Path(folder, "archive.sqlite").read_bytes()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, furnish()).result()


@pytest.fixture
def archive_settings(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> ArchiveSettings:
    """Settings of a migrated archive: empty, or on SQLite that of a clinic if the test wants one."""
    if engine == "sqlite":
        return on_sqlite(tmp_path, furnished() if "clinic" in request.fixturenames else None)
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
async def clinic(engine: str, archive: Archive, series: Series) -> AsyncIterator[Clinic]:
    if engine == "sqlite":
        yield await clinic_of(archive, series, COMPARTMENT, now=ARRIVES)
        return
    async with opened_clinic(archive, series) as opened:
        yield opened


@pytest.fixture
async def told(archive: Archive, tmp_path: Path) -> Told:
    return await told_by_text(archive, tmp_path / "pulled")
