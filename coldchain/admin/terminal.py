"""What all words have in common: their options, the archive they work on, and how they answer."""

import asyncio
import getpass
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from coldchain import clock
from coldchain.admin.sites import settings_of
from coldchain.archive.audit import By
from coldchain.archive.backdating import Correction
from coldchain.archive.db import Archive, Tx, open_archive
from coldchain.archive.facilities.days import SITE
from coldchain.settings import ArchiveSettings, ServiceSettings, load

T = TypeVar("T")

Settings = Annotated[
    Path | None, typer.Option("--settings", help="The services' settings file; $COLDCHAIN_SETTINGS by default.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Actor = Annotated[str, typer.Option(help="Who does it, for the audit trail.", default_factory=getpass.getuser)]
Reason = Annotated[str, typer.Option(help="Why, for the audit trail.")]
From = Annotated[str, typer.Option("--from", help="From when on, 2026-07-03T16:00:00+08:00.")]
Until = Annotated[str | None, typer.Option("--until", help="Until when; without it, until further notice.")]
At = Annotated[str, typer.Option("--at", help="From when on no more, 2026-07-03T16:00:00+08:00.")]
Shown = Annotated[
    str | None,
    typer.Option("--document", help="Where the past was entered wrongly: the sha256 of what shows it, with --reason."),
]
Number = Annotated[int, typer.Argument(help="Its number in the list.")]
TERMINAL = "command line"  # the reason where nobody gave one


class AdminSettings(ServiceSettings):
    """The archive is all these words need."""

    archive: ArchiveSettings = ArchiveSettings()


def with_archive(settings: Path | None, work: Callable[[Archive], Awaitable[T]], data: Path | None = None) -> T:
    """Do `work` on the archive of these settings, migrated if need be; a folder's is not, for services may be running on it.

    Raises:
        BadInput: as `settings_of`.
        Unavailable: the archive is not there.
    """
    found = load(AdminSettings, settings).archive if data is None else settings_of(settings, data).archive

    async def run() -> T:
        async with open_archive(found, migrate=data is None) as archive:
            return await work(archive)

    return asyncio.run(run())


def reading(settings: Path | None, ask: Callable[[Tx], Awaitable[T]], data: Path | None = None) -> T:
    """What `ask` finds in one snapshot of that archive."""

    async def work(archive: Archive) -> T:
        async with archive.reading() as tx:
            return await ask(tx)

    return with_archive(settings, work, data)


def writing(settings: Path | None, act: Callable[[Tx], Awaitable[T]], data: Path | None = None) -> T:
    """What comes of `act` in one transaction on that archive."""

    async def work(archive: Archive) -> T:
        async with archive.writing() as tx:
            return await act(tx)

    return with_archive(settings, work, data)


def by(actor: str, reason: str = TERMINAL) -> By:
    """Who does it, now."""
    return By(actor, clock.now(), reason)


def correction(reason: str, document: str | None) -> Correction | None:
    """What is said of the past; without a document nothing is."""
    return None if document is None else Correction(reason="" if reason == TERMINAL else reason, document=document)


def moment(text: str, option: str) -> int:
    """The time in an option, ms UTC."""
    return clock.parse_iso(text, option)


def moment_or_none(text: str | None, option: str) -> int | None:
    """… in one that may be absent."""
    return None if text is None else moment(text, option)


def when(at: int) -> str:
    """A moment for a reader: the site's own time to the minute, with its offset, so that it can be typed in again."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(SITE).isoformat(timespec="minutes")


def span(start: int | None, end: int | None) -> str:
    """From–to, for a list."""
    return f"{'ever' if start is None else when(start)} – {'still' if end is None else when(end)}"


def ended(at: int | None) -> str:
    """In use or not, for a list."""
    return f"ended {when(at)}" if at is not None else "in use"


def say(value: object, text: str, *, as_json: bool) -> None:
    """Answer in the form that was asked for."""
    print(json.dumps(value, ensure_ascii=False) if as_json else text or "none")
