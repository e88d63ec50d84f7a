"""Whom to tell when the archive is gone: the county's desk as it was last known, in a file beside the data that we alone may read.

It holds names and numbers, so it is written with mode 0600, whole or not at all, and holds nobody but whoever is on duty.
"""

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from coldchain.archive.db import Tx
from coldchain.archive.duty.asking import levels_for
from coldchain.archive.duty.who import Level
from coldchain.excursion import Severity
from coldchain.settings import ArchiveSettings, SeriesSettings

log = logging.getLogger(__name__)

MODE: Final = 0o600
NAME: Final = "desk.json"


class Reach(msgspec.Struct, frozen=True):
    """Somebody of the desk: (channel as the policy calls it, address), the first tried first."""

    name: str
    language: str
    ways: list[tuple[str, str]]


def beside(archive: ArchiveSettings, series: SeriesSettings) -> Path:
    """Where it is written unless the settings say otherwise: beside the data of this machine."""
    url = archive.url.get_secret_value()
    path = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else series.path
    return path.parent / NAME


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
    text = json.dumps(msgspec.to_builtins(desk), ensure_ascii=False)
    if not desk or (path.exists() and path.read_text(encoding="utf-8") == text):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def remembered(path: Path) -> list[Reach]:
    """Whoever stands there; nobody where the file is gone or torn, and that is said in the log."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Reach])
    except (OSError, msgspec.DecodeError) as error:
        log.warning("nobody of the desk is known: %s", error)
        return []
