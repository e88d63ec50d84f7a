"""The site on which the word `alarms` works, and its time: a demo's own clock stands in its folder."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from coldchain import clock
from coldchain.admin.sites import settings_of
from coldchain.archive.db import Archive, open_archive

T = TypeVar("T")

CLOCK = "clock"  # in the folder of a demo


def time_of(data: Path | None) -> int:
    """Now, as that site has it; a demo's clock starts some hours ago and runs faster until it is now."""
    file = None if data is None else data / CLOCK
    if file is None or not file.is_file():
        return clock.now()
    return clock.Scale.parse(file.read_text(encoding="utf-8").strip()).at(clock.wall())


def on_site(settings: Path | None, data: Path | None, work: Callable[[Archive], Awaitable[T]]) -> T:
    """Do `work` on the archive of a site; a folder's is not migrated, for services may be running on it.

    Raises:
        BadInput: as `settings_of`.
        Unavailable: the archive is not there.
    """
    found = settings_of(settings, data).archive

    async def run() -> T:
        async with open_archive(found, migrate=data is None) as archive:
            return await work(archive)

    return asyncio.run(run())
