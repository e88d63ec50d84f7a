"""A small site with all that is chained and sealed: on SQLite and PostgreSQL, with the embedded series."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from coldchain.archive.db import Archive, open_archive
from coldchain.archive.evidence import exporting
from coldchain.archive.evidence.exporting import Choice
from coldchain.archive.evidence.findings import Report
from coldchain.archive.evidence.sources import archive_source
from coldchain.archive.evidence.verify import verify
from coldchain.series import Series, open_series
from coldchain.settings import ArchiveSettings, SeriesSettings
from tests.archive.conftest import (  # noqa: F401 - fixtures
    archive,
    emptied,
    engine,
    fresh_url,
    ready_url,
)
from tests.evidence.cast import NOW, decide, seal, speak
from tests.parts.archives import Emptied, on_sqlite


@dataclass(frozen=True, slots=True)
class Site:
    """Both stores, open, and where they are."""

    archive: Archive
    series: Series
    archive_settings: ArchiveSettings
    series_settings: SeriesSettings

    async def verified(self, root: str | None = None) -> Report:
        return await verify(archive_source(self.archive, self.series), root)

    async def findings(self, root: str | None = None) -> list[str]:
        return [str(finding) for finding in (await self.verified(root)).findings]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody writes beside these tests: there is nothing to wait for."""
    monkeypatch.setattr("coldchain.archive.evidence.readings.UNSURE_S", 0)
    monkeypatch.setattr("alerting.ledger.seals.UNSURE_S", 0)
    monkeypatch.setattr("coldchain.archive.evidence.exporting.SETTLED_S", 0)


@cache
def whole_site() -> tuple[bytes, bytes]:
    """The files of the archive and the series of a whole site."""

    async def write(folder: Path) -> None:
        async with (
            open_archive(on_sqlite(folder)) as opened,
            open_series(SeriesSettings(path=folder / "series.sqlite"), writer=True) as series,
        ):
            await fill(opened, series)

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, write(Path(folder))).result()
        return Path(folder, "archive.sqlite").read_bytes(), Path(folder, "series.sqlite").read_bytes()


async def fill(opened: Archive, series: Series) -> None:
    """Three days of readings, sealed; people's and machines' decisions; a root of it all."""
    await decide(opened)
    await speak(series)
    await seal(opened, series)


@pytest.fixture
async def settings(
    request: pytest.FixtureRequest,
    emptied: Emptied | None,  # noqa: F811
    tmp_path: Path,
) -> ArchiveSettings:
    """Settings of an empty archive, or on SQLite, for a test that wants the site, of a copy of one filled once."""
    if emptied is not None:
        await emptied.again()
        return emptied.settings
    return on_sqlite(tmp_path, whole_site()[0] if "site" in request.fixturenames else None)


@pytest.fixture
def series_settings(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> SeriesSettings:  # noqa: F811
    path = tmp_path / "series.sqlite"
    if engine == "sqlite" and "site" in request.fixturenames:
        path.write_bytes(whole_site()[1])
    return SeriesSettings(path=path)


@pytest.fixture
async def bare(
    archive: Archive,  # noqa: F811
    settings: ArchiveSettings,
    series_settings: SeriesSettings,
) -> AsyncIterator[Site]:
    """Nothing in it."""
    async with open_series(series_settings, writer=True) as series:
        yield Site(archive, series, settings, series_settings)


@pytest.fixture
async def site(bare: Site, engine: str) -> Site:  # noqa: F811
    """All that `fill` writes."""
    if engine == "postgresql":
        await fill(bare.archive, bare.series)
    elif bare.series_settings.kind == "influx":  # the archive's file was copied, with the seals of the same readings
        await speak(bare.series)
    return bare


@pytest.fixture
async def package(site: Site, tmp_path: Path) -> Path:
    """What an auditor takes along."""
    await exporting.export(site.archive, site.series, tmp_path / "e.zip", Choice(), NOW)
    return tmp_path / "e.zip"
