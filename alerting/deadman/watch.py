"""The task of the watch: sound the others, ping the monitor while all is well, tell the desk what is not.

every minute: archive? ways? dashboards? ─► troubles ─┬─ none: ping; the desk of this hour is written down
                                                      └─ told once it lasts, then once an hour, by the first way that takes it
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from alerting.deadman import desk
from alerting.deadman.desk import Reach
from alerting.deadman.signs import Signs
from alerting.deadman.troubles import Sounding, Trouble, troubles
from alerting.notify.channels import CONSOLE, OUR_FAULT, OWN, answer_of
from alerting.notify.short import plain
from alerting.settings import DeadmanSection
from coldchain import clock
from coldchain.archive import cases
from coldchain.archive.db import Archive
from coldchain.archive.duty.words import carriers
from coldchain.errors import ColdchainError
from coldchain.excursion import Kind
from coldchain.providers import monitor
from coldchain.providers.monitor import Monitor
from coldchain.providers.outcome import Channel, Message, Verdict

log = logging.getLogger(__name__)

ARCHIVE_S: Final = 10.0  # within which a database that lives has answered
_TAKEN: Final = frozenset({Verdict.ACCEPTED, Verdict.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Outside:
    """What the watch looks at and speaks by."""

    archive: Archive
    ways: Mapping[str, Channel]
    signs: Signs
    section: DeadmanSection
    desk_path: Path


class Watchman:
    """Looks, pings, tells. Made by `opened`."""

    def __init__(self, outside: Outside, line: Monitor) -> None:
        self._outside = outside
        self._line = line
        self._failing: dict[str, float] = {}  # since when each of the others fails
        self._told: dict[str, float] = {}  # when each trouble was told last
        self._numbers = count(1)  # of messages: no two have the same

    async def look(self) -> list[Trouble]:
        """Look once at everything; ping or tell. Returns what is wrong."""
        sounding, now = await self._sound(), clock.monotonic()
        found = troubles(self._outside.signs, sounding, now)
        if found:
            log.error("the watch does not work: %s", "; ".join(each.en for each in found))
            await self._tell([each for each in found if self._is_due(each, now)], now)
        else:
            await self._ping()
        self._told = {name: at for name, at in self._told.items() if name in {each.name for each in found}}
        return found

    # -- looking ---------------------------------------------------------------------------------------------------

    async def _sound(self) -> Sounding:
        is_there, are_out = await self._archive()
        url = self._outside.section.dashboards_url
        return Sounding(
            archive=self._since("archive", fails=not is_there),
            providers=self._since("providers", fails=are_out),
            dashboards=self._since("dashboards", fails=bool(url) and not await self._answers(url)),
        )

    def _since(self, name: str, *, fails: bool) -> float | None:
        if not fails:
            self._failing.pop(name, None)
            return None
        return self._failing.setdefault(name, clock.monotonic())

    async def _archive(self) -> tuple[bool, bool]:
        """Does it answer, and are all ways out as far as it knows; the desk is written down on the way."""
        try:
            async with asyncio.timeout(ARCHIVE_S), self._outside.archive.reading() as tx:
                out = {each.subject for each in await cases.open_observations(tx, Kind.CHANNEL_OUT)}
                known = await desk.on_duty(tx, clock.now())
        except (ColdchainError, TimeoutError) as error:
            log.warning("the archive does not answer: %s", error)
            return False, False
        try:
            desk.remember(self._outside.desk_path, known)
        except OSError as error:
            log.warning("the desk cannot be written down: %s", error)
        mine = set(self._outside.ways) - OWN
        return True, bool(mine) and mine <= out

    async def _answers(self, url: str) -> bool:
        try:
            await self._line.get(url)
        except ColdchainError as error:
            log.warning("the dashboards do not answer: %s", error)
            return False
        return True

    async def _ping(self) -> None:
        url = self._outside.section.ping_url.get_secret_value()
        if not url:
            return
        try:
            await self._line.get(url)
        except ColdchainError as error:
            log.warning("the outside monitor was not reached: %s", error)

    # -- telling ---------------------------------------------------------------------------------------------------

    def _is_due(self, trouble: Trouble, now: float) -> bool:
        last = self._told.get(trouble.name)
        section = self._outside.section
        return now - trouble.since >= section.after_s and (last is None or now - last >= section.repeat_s)

    async def _tell(self, found: Sequence[Trouble], now: float) -> None:
        """Everybody of the desk at the same time, each by the first of their ways that takes it."""
        if not found:
            return
        people = desk.remembered(self._outside.desk_path)
        taken = await asyncio.gather(*(self._reach(person, found) for person in people))
        await self._say(self._outside.ways[CONSOLE], "", _text(found, "zh") + " | " + _text(found, "en"), "zh")
        if any(taken) or not people:
            self._told |= {each.name: now for each in found}

    async def _reach(self, person: Reach, found: Sequence[Trouble]) -> bool:
        text = _text(found, person.language)
        for channel, address in self._ways(person):
            if await self._say(channel, address, text, person.language):
                return True
        log.error("nobody could tell %s", person.name)
        return False

    def _ways(self, person: Reach) -> Iterable[tuple[Channel, str]]:
        opened = self._outside.ways
        for name, address in person.ways:
            for carrier in carriers(name, opened):
                if carrier not in OWN:
                    yield opened[carrier], address

    async def _say(self, channel: Channel, address: str, text: str, language: str) -> bool:
        message = Message(
            out_id=f"w{clock.wall()}-{next(self._numbers)}",
            address=address,
            text=text,
            short=plain(place="县疾控", thing="监测系统", what="系统故障"),
            title=text[:60],
            kind="alarm",
            language="en" if language == "en" else "zh",
        )
        answer = await answer_of(channel.name, channel.send(message))
        is_taken = answer.verdict in _TAKEN and answer.code != OUR_FAULT  # rather twice than never
        if not is_taken:
            log.warning("%s did not take it: %s %s", channel.name, answer.code, answer.words)
        return is_taken


def _text(found: Sequence[Trouble], language: str) -> str:
    if language == "en":
        return f"Cold chain: the monitoring itself fails: {'; '.join(each.en for each in found)}. Watch by hand."
    return f"【冷链】监测系统故障：{'；'.join(each.zh for each in found)}。请人工查看温度。"


@asynccontextmanager
async def opened(outside: Outside) -> AsyncIterator[Watchman]:
    """The watchman with its own client."""
    async with monitor.opened(outside.section.proxy) as line:
        yield Watchman(outside, line)


async def work(outside: Outside) -> None:
    """Watch until cancelled; real time, for a watch does not hurry with a demo's clock."""
    async with opened(outside) as watchman:
        while True:
            await watchman.look()
            await asyncio.sleep(outside.section.every_s)
