"""A small site with all that is chained and sealed: on SQLite and PostgreSQL, with the embedded series."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from coldchain.archive.db import Archive
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
    settings,
)
from tests.evidence.cast import decide, seal, speak


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


@pytest.fixture
def series_settings(tmp_path: Path) -> SeriesSettings:
    return SeriesSettings(path=tmp_path / "series.sqlite")


@pytest.fixture
async def bare(
    archive: Archive,  # noqa: F811
    settings: ArchiveSettings,  # noqa: F811
    series_settings: SeriesSettings,
) -> AsyncIterator[Site]:
    """Nothing in it."""
    async with open_series(series_settings, writer=True) as series:
        yield Site(archive, series, settings, series_settings)


@pytest.fixture
async def site(bare: Site) -> Site:
    """Three days of readings, sealed; people's and machines' decisions; a root of it all."""
    await decide(bare.archive)
    await speak(bare.series)
    await seal(bare.archive, bare.series)
    return bare
