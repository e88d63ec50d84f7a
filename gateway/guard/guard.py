"""The guard itself: once a second it looks at what is out, who has been told, and whether anybody hears this box.

    readings ─► watcher ─► cases ─► [uplink silent, or at once] ─┬─► siren, until it is over or hushed
                                                                 └─► a round of texts; again; over, to whom it reached

Everything it decides is noted with what it said before a text leaves, so that a power cut makes it neither forget a case
nor begin it anew. After: app; beside: ledger, post, siren.
"""

import asyncio
import logging
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

import msgspec

from coldchain.errors import Unavailable
from coldchain.providers.modem import Modem
from coldchain.providers.numbers import e164
from gateway.guard.ledger import Ledger
from gateway.guard.post import KEY as TEXTS
from gateway.guard.post import Post, Text
from gateway.guard.settings import GuardPerson, GuardSection, When
from gateway.guard.siren import Siren, open_siren
from gateway.guard.watcher import Case, Watcher
from gateway.guard.words import Act, is_going, text_of
from gateway.spoolfile import Stamped

log = logging.getLogger(__name__)

CASES: Final = "case/"
LOOK_EVERY_S: Final = 1.0
LOOK_BACK_EVERY: Final = 5  # looks
ASSERT_EVERY: Final = 60  # looks: a relay may have lost its own power


def hush_file(spool: Path) -> Path:
    """Where `coldchain gateway hush` leaves its word for the running gateway."""
    return spool.with_name(f"{spool.name}.hush")


class Hearing(Protocol):
    """As much of the uplink as the guard asks."""

    def silent_s(self) -> float:
        """How long the collector has answered nothing."""

    def hurry(self) -> None:
        """Send what there is now."""


class Guard:
    """One box's guard. `take` is called with each reading, `run` for as long as the gateway runs."""

    def __init__(self, section: GuardSection, interval_s: float, ledger: Ledger, uplink: Hearing, hush: Path) -> None:
        self._section = section
        self._limits = {limit.channel: limit for limit in section.limit}
        self._watcher = Watcher(section.limit, interval_s)
        self._ledger = ledger
        self._uplink = uplink
        self._hush = hush
        self._post = Post(Modem(section.modem), ledger, self._is_wanted, self._went_out) if section.modem else None
        self._wake = asyncio.Event()
        self._recalled = False
        self._looks = 0
        self._is_set: tuple[bool, bool] | None = None

    def take(self, reading: Stamped) -> None:
        """One reading, after it is in the spool."""
        if self._watcher.take(reading):
            self._wake.set()

    async def run(self) -> None:
        """Look, say, note, and look again, until cancelled. The buzzer and the light go off with us."""
        if self._post:
            self._post.begin_anew()
        async with open_siren(self._section.siren) as siren, asyncio.TaskGroup() as tasks:
            try:
                while True:
                    await self._look(siren, tasks)
                    await self._sleep()
            finally:
                await self._switch(siren, buzzer=False, light=False)

    async def _sleep(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _look(self, siren: Siren, tasks: asyncio.TaskGroup) -> None:
        self._recalled = self._recalled or await self._recall()
        for case in list(self._watcher.cases.values()):
            self._decide(case)
        await self._sound(siren)
        if self._post and self._looks % LOOK_BACK_EVERY == 0:
            await self._hear(self._post)
        self._looks += 1
        if await self._ledger.save():
            self._uplink.hurry()
        if self._post:
            self._post.set_out(tasks)

    async def _recall(self) -> bool:
        """Once the disk can be read: the cases and texts of before a power cut."""
        notes = await self._ledger.recall()
        if notes is None:
            return False
        for key, note in notes.items():
            if key.startswith(CASES):
                self._watcher.recall(self._of_before(msgspec.json.decode(note, type=Case)))
        if self._post:
            self._post.recall({key: note for key, note in notes.items() if key.startswith(TEXTS)})
        return True

    def _of_before(self, case: Case) -> Case:
        """The next round waits anew. Ticks of another boot say nothing: its time dates it, or else the boot's beginning."""
        case.round_ticks = self._ledger.ticks
        if case.boot != self._ledger.boot:
            case.anchor_ticks = 0
        return case

    # -- who is told, and when -----------------------------------------------------------------------------------

    @property
    def _is_alone(self) -> bool:
        return self._uplink.silent_s() >= self._section.down_after_s

    def _is_due(self, when: When) -> bool:
        return when == "at_once" or self._is_alone

    def _decide(self, case: Case) -> None:
        if case.is_over:
            self._end(case)
            return
        if not case.has_sounded and self._section.siren and self._is_due(self._section.sounds):
            case.has_sounded = True
            self._note(case)
        if self._post and self._is_due(self._section.texts) and self._is_round_due(case):
            self._round(case, "again" if case.rounds else "begin")

    def _is_round_due(self, case: Case) -> bool:
        if case.rounds == 0:
            return True
        waited_ms = self._ledger.ticks - case.round_ticks
        return (
            case.rounds <= self._section.repeats
            and not case.is_taken
            and waited_ms >= self._section.repeat_min * 60_000
        )

    def _round(self, case: Case, act: Act) -> None:
        case.rounds += 1
        case.round_ticks = self._ledger.ticks
        self._note(case)
        for person in self._section.person:
            self._tell(case, act, person)

    def _end(self, case: Case) -> None:
        """Those whom it reached hear that it is over; then the case is no more."""
        for person in self._section.person:
            if e164(person.number) in case.reached:
                self._tell(case, "over", person)
        if case.has_sounded:
            self._ledger.say(case, "off", way="siren", act="over")
        del self._watcher.cases[case.series]
        self._ledger.note(CASES + case.series, None)

    def _tell(self, case: Case, act: Act, person: GuardPerson) -> None:
        number = e164(person.number)
        if self._post is None or (act == "again" and self._post.waits_for(case.series, number)):
            return
        limit = self._limits[case.series]
        body = text_of(act, case, limit, language=self._section.language, is_alone=self._is_alone)
        made = self._ledger.ticks
        about = (case.series, case.anchor_ticks, case.anchor_time, made, self._ledger.boot)
        self._post.put(Text(f"g-{uuid4().hex}", person.name, number, body, act, *about))

    def _is_wanted(self, text: Text) -> bool:
        """A text that its excursion outlived; the end is always told."""
        return text.act == "over" or text.series in self._watcher.cases

    def _went_out(self, text: Text) -> None:
        case = self._watcher.cases.get(text.series)
        if case and text.act != "over" and text.number not in case.reached:
            case.reached.append(text.number)
            self._note(case)
        self._wake.set()

    async def _hear(self, post: Post) -> None:
        for text, reply in await post.look_back():
            case = self._watcher.cases.get(text.series)
            if case and is_going(reply.text):
                case.is_taken = True
                self._note(case)
        if await self._ledger.save():
            self._uplink.hurry()
            post.forget_replies()

    def _note(self, case: Case) -> None:
        case.boot = self._ledger.boot
        if case.anchor_time is None:
            case.anchor_time = self._ledger.time_of(case.anchor_ticks)
        self._ledger.note(CASES + case.series, msgspec.json.encode(case))

    # -- buzzer and light ----------------------------------------------------------------------------------------

    async def _sound(self, siren: Siren) -> None:
        sounding = [case for case in self._watcher.cases.values() if case.has_sounded]
        if await siren.is_pressed() or self._was_hushed():
            self._quieten(sounding)
        wanted = (any(not case.is_hushed for case in sounding), bool(sounding))
        if wanted != self._is_set or self._looks % ASSERT_EVERY == 0:
            words = await self._switch(siren, buzzer=wanted[0], light=wanted[1])
            for case in sounding:
                self._say_sounding(case, words)
            self._is_set = None if words else wanted

    def _was_hushed(self) -> bool:
        if not self._hush.exists():
            return False
        self._hush.unlink(missing_ok=True)
        return True

    def _quieten(self, sounding: list[Case]) -> None:
        for case in sounding:
            if not case.is_hushed:
                case.is_hushed = True
                self._ledger.say(case, "hushed", way="siren", act="begin")
                self._note(case)

    def _say_sounding(self, case: Case, words: str) -> None:
        answer = "broken" if words else "accepted"
        if case.sounded != answer:
            case.sounded = answer
            self._ledger.say(case, answer, way="siren", act="begin", words=words)
            self._note(case)

    @staticmethod
    async def _switch(siren: Siren, *, buzzer: bool, light: bool) -> str:
        """Why it could not be switched; empty when it is."""
        try:
            await siren.set(buzzer=buzzer, light=light)
        except Unavailable as error:
            log.warning("guard: %s", error)
            return str(error)
        return ""
