"""Where a site's two stores are: a folder, a copy of one, or a settings file; and its time, which a demo has of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import SecretStr

from coldchain import clock
from coldchain.archive.db import Archive, open_archive
from coldchain.errors import BadInput
from coldchain.series import Series, open_series
from coldchain.settings import ArchiveSettings, SeriesSettings, ServiceSettings, load

T = TypeVar("T")

CLOCK = "clock"  # in the folder of a demo

Data = Annotated[Path | None, typer.Option("--data", help="A site's folder, or a copy of one.")]


class EvidenceSettings(ServiceSettings):
    """Both stores."""

    series: SeriesSettings = SeriesSettings()
    archive: ArchiveSettings = ArchiveSettings()


def settings_of(settings: Path | None, data: Path | None) -> EvidenceSettings:
    """Where the stores are: what stands in the folder, else what its settings name.

    Raises:
        BadInput: when both are named, or the folder holds no site.
    """
    if data is None:
        return load(EvidenceSettings, settings)
    if settings is not None:
        raise BadInput("--data", "--settings is named too", "name one of the two")
    file, archive, series = data / "coldchain.toml", data / "archive.sqlite", data / "series.sqlite"
    if not file.exists() and not archive.exists():
        raise BadInput("--data", f"{data} holds no site", "name the folder of `coldchain up` or `coldchain demo`")
    found = load(EvidenceSettings, file) if file.exists() else EvidenceSettings()
    if archive.exists():
        found = found.model_copy(update={"archive": ArchiveSettings(url=SecretStr(f"sqlite:///{archive.resolve()}"))})
    if series.exists() and found.series.kind == "embedded":
        found = found.model_copy(update={"series": SeriesSettings(path=series.resolve())})
    return found


def time_of(data: Path | None) -> int:
    """Now, as that site has it; a demo's clock starts some hours ago and runs faster until it is now."""
    file = None if data is None else data / CLOCK
    if file is None or not file.is_file():
        return clock.now()
    return clock.Scale.parse(file.read_text(encoding="utf-8").strip()).at(clock.wall())


@asynccontextmanager
async def stores(found: EvidenceSettings, *, writer: bool = False) -> AsyncIterator[tuple[Archive, Series]]:
    """Both stores, as they are: nothing is migrated, for a migration adopts rows."""
    async with open_archive(found.archive) as archive, open_series(found.series, writer=writer) as series:
        yield archive, series


def with_stores(settings: Path | None, work: Callable[[Archive, Series], Awaitable[T]]) -> T:
    """Do `work` on both stores of these settings, the archive migrated if need be; of readings nothing is written."""
    found = load(EvidenceSettings, settings)

    async def run() -> T:
        async with open_archive(found.archive, migrate=True) as archive, open_series(found.series) as series:
            return await work(archive, series)

    return asyncio.run(run())
