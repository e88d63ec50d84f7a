"""Pages out of providers' queues, on the disk before they are read: a provider gives each once, and then forgets it.

    pull ─► `put` ─► read ─► kept in the archive ─► `forget`
              └─ a crash, an archive that is gone ─► `left`, at the next start ─┘

They hold numbers and texts of people: the folder and its files are for us alone.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coldchain import clock, durable

log = logging.getLogger(__name__)

_DRAFT: Final = ".draft"
_PAGE: Final = ".page"
_BAD: Final = ".bad"


@dataclass(frozen=True, slots=True)
class Page:
    """One page, and out of which queue of which way it came."""

    way: str
    queue: str
    body: bytes
    name: str = ""  # of its file; empty where the disk did not take it


class Pages:
    """The folder. It is made when the first page comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def put(self, way: str, queue: str, body: bytes) -> Page:
        """Write a page down, whole or not at all; where the disk refuses, it is in memory alone, and that is logged."""
        self._count += 1
        name = f"{clock.wall():015d}-{self._count:06d}.{way}.{queue}{_PAGE}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            durable.put(self._folder / name, body, draft=self._folder / f"{name}{_DRAFT}")
        except OSError as error:
            log.warning("a page of %s is in memory alone: %s: %s", way, self._folder, error)
            name = ""
        return Page(way, queue, body, name)

    def left(self) -> list[Page]:
        """What was written down and not forgotten, the oldest first."""
        found = []
        for path in sorted(self._folder.glob(f"*{_PAGE}")):
            _, _, rest = path.name.removesuffix(_PAGE).partition(".")
            way, _, queue = rest.partition(".")
            try:
                found.append(Page(way, queue, path.read_bytes(), path.name))
            except OSError as error:
                log.warning("a page cannot be read: %s", error)
        return found

    def forget(self, page: Page) -> None:
        """It is kept elsewhere now. A file that cannot be taken away is read again at the next start, which does no harm."""
        self._end(page, None)

    def set_aside(self, page: Page) -> None:
        """Nobody can read it: it stays for a person to look at, and is not tried again."""
        self._end(page, _BAD)

    def _end(self, page: Page, ending: str | None) -> None:
        if not page.name:
            return
        path = self._folder / page.name
        try:
            path.unlink(missing_ok=True) if ending is None else path.rename(path.with_suffix(ending))
        except OSError as error:
            log.warning("a page stays where it is: %s", error)
