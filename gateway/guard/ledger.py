"""What the guard said and must still know, on its way to the spool's disk. A disk that refuses does not silence it."""

import logging
from typing import Protocol

from gateway.boot import Boot
from gateway.clockwatch import Clockwatch
from gateway.spool import Spool
from gateway.spoollayout import DiskRefuses
from gateway.tellings import Said

log = logging.getLogger(__name__)

LONGEST_WORDS = 200  # of the network or a person: as many events as ride in one batch must fit into it


class About(Protocol):
    """Something that belongs to an excursion."""

    series: str
    anchor_ticks: int
    anchor_time: int | None


class Ledger:
    """Events and notes that wait to be written, in one transaction each time."""

    def __init__(self, spool: Spool, boot: Boot, watch: Clockwatch) -> None:
        self._spool = spool
        self._boot = boot
        self._watch = watch
        self._said: list[Said] = []
        self._notes: dict[str, bytes | None] = {}

    @property
    def boot(self) -> str:
        """The run of the machine that ticks are counted in."""
        return self._boot.id

    @property
    def ticks(self) -> int:
        """Now, in ms of this boot."""
        return self._boot.ticks()

    def time_of(self, ticks: int) -> int | None:
        """UTC ms of a moment of this boot, None while nobody knows."""
        return self._watch.time_of(ticks)

    def say(
        self, about: About, answer: str, *, way: str, act: str, person: str = "", number: str = "", words: str = ""
    ) -> None:
        """An event, at this moment."""
        ticks = self.ticks
        time = self._watch.time_of(ticks)
        anchor = self._watch.time_of(about.anchor_ticks) if about.anchor_time is None else about.anchor_time
        said = Said(
            about.series,
            about.anchor_ticks,
            anchor,
            ticks,
            time,
            person,
            number,
            way,
            act,
            answer,
            words[:LONGEST_WORDS],
        )
        self._said.append(said)
        log.warning("guard: %s %s %s: %s %s", about.series, way, act, answer, words)

    def note(self, key: str, value: bytes | None) -> None:
        """Something to know after a power cut, or to forget."""
        self._notes[key] = value

    async def save(self) -> bool:
        """Bring it to the disk; False while that refuses, then it waits here. True also tells that something was said."""
        if not self._said and not self._notes:
            return False
        said, notes = self._said, self._notes
        self._said, self._notes = [], {}
        try:
            await self._spool.tell(said, notes)
        except DiskRefuses as error:
            log.warning("guard: what was said is not written down yet: %s", error)
            self._said, self._notes = said + self._said, notes | self._notes
            return False
        return bool(said)

    async def recall(self) -> dict[str, bytes] | None:
        """The notes of before; None while the disk cannot be read."""
        try:
            return await self._spool.notes()
        except DiskRefuses:
            return None
