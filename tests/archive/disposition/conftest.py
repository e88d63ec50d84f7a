"""The ward is made once, on SQLite; each test has a copy of its file, or on PostgreSQL its rows."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from coldchain.archive.db import open_archive
from coldchain.settings import ArchiveSettings
from tests.archive.disposition.cast import KNOWN, Ward, ward_in, warm
from tests.archive.small import Rows, all_rows, put
from tests.parts.archives import Emptied


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A ward as it was left."""

    file: Path
    rows: Rows
    ward: Ward

    @asynccontextmanager
    async def again(self, settings: ArchiveSettings, emptied: Emptied | None) -> AsyncIterator[Ward]:
        """Another one like it, in the empty archive of these settings."""
        if emptied:
            await put(emptied.archive, self.rows)
            yield replace(self.ward, archive=emptied.archive)
            return
        shutil.copyfile(self.file, settings.url.get_secret_value().partition(":///")[2])
        async with open_archive(settings) as archive:
            yield replace(self.ward, archive=archive)


async def snapshot(template: Path, file: Path, *, is_held: bool) -> Snapshot:
    shutil.copyfile(template, file)
    async with open_archive(ArchiveSettings(url=SecretStr(f"sqlite:///{file}"))) as archive:
        made = await ward_in(archive)
        if is_held:
            await made.become(warm(), at=KNOWN)
        return Snapshot(file, await all_rows(archive), made)


@pytest.fixture(scope="session")
async def held_ward(sqlite_template: Path, parts_folder: Path) -> Snapshot:
    return await snapshot(sqlite_template, parts_folder / "held.sqlite", is_held=True)


@pytest.fixture(scope="session")
async def calm_ward(sqlite_template: Path, parts_folder: Path) -> Snapshot:
    return await snapshot(sqlite_template, parts_folder / "calm.sqlite", is_held=False)


@pytest.fixture
async def ward(held_ward: Snapshot, settings: ArchiveSettings, emptied: Emptied | None) -> AsyncIterator[Ward]:
    """Its 70 doses are held since T0 + 2 h."""
    async with held_ward.again(settings, emptied) as made:
        yield made


@pytest.fixture
async def calm(calm_ward: Snapshot, settings: ArchiveSettings, emptied: Emptied | None) -> AsyncIterator[Ward]:
    """Before anything was held."""
    async with calm_ward.again(settings, emptied) as made:
        yield made
