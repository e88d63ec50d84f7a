"""Whom to tell when the archive is gone: the county's desk as it was last known, in a file beside the data that we alone may read.

It holds names and numbers, so it is for us alone, whole or not there, and holds nobody but whoever is on duty.
"""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from coldchain import durable
from coldchain.archive.db import Tx
from coldchain.archive.duty.asking import levels_for
from coldchain.archive.duty.who import Level
from coldchain.excursion import Severity
from coldchain.settings import ArchiveSettings, SeriesSettings

log = logging.getLogger(__name__)

NAME: Final = "desk.json"


class Reach(msgspec.Struct, frozen=True):
    """Somebody of the desk: (channel as the policy calls it, address), the first tried first."""

    name: str
    language: str
    ways: list[tuple[str, str]]


def folder_of(archive: ArchiveSettings, series: SeriesSettings) -> Path:
    """Where the data of this machine lies; the file stands beside it unless the settings say otherwise."""
    url = archive.url.get_secret_value()
    path = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else series.path
    return path.parent


async def on_duty(tx: Tx, at: int) -> list[Reach]:
    """Who is on duty at the desks now; everybody once."""
    return reaches(await levels_for(tx, equipment=None, facility=None, region=None, severity=Severity.CRITICAL, at=at))


def reaches(levels: Sequence[Level]) -> list[Reach]:
    """The people of these levels, everybody once."""
    found = {
        person.person: Reach(person.name, person.language, [(way.channel, way.address) for way in person.ways])
        for level in levels
        for person in level.people
    }
    return list(found.values())


def remember(path: Path, desk: Sequence[Reach]) -> None:
    """Write them down; nothing is written where nothing changed, and an empty desk erases nobody.

    Raises:
        OSError: the file cannot be written.
    """
    whole = msgspec.json.encode(desk)
    if not desk or (path.exists() and path.read_bytes() == whole):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    durable.put(path, whole, draft=draft)


def remembered(path: Path) -> list[Reach]:
    """Whoever stands there; nobody where the file is gone or torn, and that is said in the log."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Reach])
    except (OSError, msgspec.DecodeError) as error:
        log.warning("nobody of the desk is known: %s", error)
        return []
