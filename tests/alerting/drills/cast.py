"""A clinic with an outbox and a drill master, at a clock that the test moves."""

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from alerting.drills import rounds
from alerting.drills.plan import Budget
from alerting.drills.rounds import Exercise
from alerting.notify.channels import Console, Page
from alerting.notify.outbox import Outbox, Telling
from coldchain.archive import alarms, cases, drills, views
from coldchain.archive.alarms import Alarm
from coldchain.archive.audit import By
from coldchain.archive.cases import NewObservation, Observation
from coldchain.archive.db import Archive
from coldchain.archive.drills import Drill
from coldchain.archive.tables import Notice
from coldchain.archive.telling import taking
from coldchain.archive.telling.taking import Act
from coldchain.excursion import Kind, Severity
from coldchain.providers.outcome import Channel
from tests.alerting.cast import MINUTE, T0, Clinic, trace_of
from tests.alerting.ways import Ladder, Loudspeaker, level, person

ZONE = ZoneInfo("Asia/Shanghai")
PLACE = "511900012000"
FIRST = Ladder(level(1, 0, person(1, "voice", "sms"), person(2, "sms")), level(2, 10, person(3, "sms")))


class Drilled:
    """The clinic, whose levels and ways a test chooses."""

    def __init__(
        self, clinic: Clinic, levels: Ladder = FIRST, *, is_without_ways: bool = False, **more: object
    ) -> None:
        self.clinic, self.archive = clinic, clinic.archive
        self.voice, self.sms = Loudspeaker(name="voice"), Loudspeaker(name="sms", wakes=False)
        own: Mapping[str, Channel] = {} if is_without_ways else {"voice": self.voice, "sms": self.sms}
        self.ways: dict[str, Channel] = {"console": Console(), "page": Page(), **own}
        self.telling = Telling(ZONE, levels)
        usual = Exercise(levels, rounds.proving_of(self.ways), ZONE, Budget(4, 1000), 15 * MINUTE)
        self.exercise = replace(usual, **more)  # type: ignore[arg-type] # fields of an exercise
        self.wall_s = 1_000.0
        self.heard_until = clinic.now = T0

    async def ask(self, facility: str = PLACE, by: str = "manager") -> Drill:
        async with self.archive.writing() as tx:
            return await drills.ask(tx, facility, By(by, self.clinic.now))

    async def go(self, minutes: float = 0) -> None:
        """What happens within some seconds: drills are looked at, alarms follow, people are told."""
        self.clinic.now += round(minutes * MINUTE)
        await self._measure()
        self.wall_s += minutes * 60
        for _ in range(2):
            await rounds.look(self.archive, self.exercise, self.clinic.now)
            await self.clinic.sweep()
            box = Outbox(self.archive, self.ways, self.telling, "tests")
            await box.tell(lambda: self.clinic.now, lambda: round(self.wall_s * 1000))

    async def _measure(self) -> None:
        """The refrigerator is well all the while."""
        if self.heard_until <= self.clinic.now:
            minutes = (self.clinic.now - self.heard_until) // MINUTE + 1
            await self.clinic.hear(trace_of([5.0] * minutes, start=self.heard_until))
            self.heard_until += minutes * MINUTE

    async def warm(self) -> None:
        """… and now it is not, for 25 minutes."""
        start, self.heard_until = self.heard_until, self.heard_until + 25 * MINUTE
        self.clinic.now = max(self.clinic.now, self.heard_until - MINUTE + 1)
        await self.clinic.hear(trace_of([9.5] * 25, start=start))

    async def notice_door(self) -> None:
        """A warning about the refrigerator, of the kind that needs nobody at once."""
        at = self.clinic.now
        new = NewObservation(
            kind=Kind.DOOR_OPEN, subject="F1", equipment="F1", severity=Severity.WARNING, start=at, seen_at=at, detail={}
        )  # fmt: skip
        async with self.archive.writing() as tx:
            await cases.observe(tx, new)
        await self.clinic.sweep()

    async def answer(self, alarm: int, act: str = "seen") -> None:
        async with self.archive.writing() as tx:
            await taking.take(tx, Act(alarm, act, "Ada", self.clinic.now, way="sms"))  # type: ignore[arg-type]

    async def plan(self, at: int) -> int:
        return await rounds.plan(self.archive, self.exercise, at)

    async def drill(self, number: int = 1) -> Drill:
        async with self.archive.reading() as tx:
            found = await drills.drill(tx, number)
        assert found is not None
        return found


async def alarm(archive: Archive, number: int) -> Alarm:
    async with archive.reading() as tx:
        return await alarms.alarm(tx, number)


async def notices(archive: Archive, number: int) -> list[Notice]:
    async with archive.reading() as tx:
        return await views.notices(tx, number)


async def faults(archive: Archive) -> list[Observation]:
    async with archive.reading() as tx:
        return await cases.open_observations(tx, Kind.DRILL_FAILED)
