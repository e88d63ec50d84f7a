"""A clinic's outbox with people to tell, at clocks that the test moves: for tests of the ladder and of bad days."""

from zoneinfo import ZoneInfo

from alerting.ladder.book import Levels
from alerting.notify.channels import Console, Page
from alerting.notify.outbox import Outbox, Telling
from coldchain.archive import alarms, chains, views
from coldchain.archive.db import Archive
from coldchain.archive.tables import Notice
from coldchain.archive.telling import taking
from coldchain.archive.telling.taking import Act
from coldchain.providers.outcome import Channel
from tests.alerting.cast import MINUTE, T0, Clinic, trace_of
from tests.alerting.ways import Ladder, Loudspeaker, level, person

ZONE = ZoneInfo("Asia/Shanghai")
LADDER = Ladder(
    level(1, 0, person(1, "voice", "sms"), repeat_min=5), level(2, 10, person(2, "sms")), level(3, 20, person(3, "sms"))
)


class Desks:
    """A clinic's outbox with a telephone and text messages, at a wall clock that the test moves."""

    def __init__(self, clinic: Clinic, levels: Levels = LADDER, **more: object) -> None:
        self.clinic = clinic
        self.voice, self.sms = Loudspeaker(name="voice"), Loudspeaker(name="sms", wakes=False)
        self.ways: dict[str, Channel] = {"console": Console(), "page": Page(), "voice": self.voice, "sms": self.sms}
        self.telling = Telling(ZONE, levels, **more)  # type: ignore[arg-type] # settings of a test
        self.wall_s = 1_000.0

    async def tell(self, minutes: float = 0, worker: str = "tests") -> None:
        """Let so many minutes pass, and tell."""
        self.clinic.now += round(minutes * MINUTE)
        self.wall_s += minutes * 60
        box = Outbox(self.clinic.archive, self.ways, self.telling, worker)
        await box.tell(lambda: self.clinic.now, lambda: round(self.wall_s * 1000))

    @property
    def called(self) -> list[str]:
        """Whom the channels were told to reach, by address, calls first."""
        return [f"voice {m.address}" for m in self.voice.messages] + [f"sms {m.address}" for m in self.sms.messages]


async def ring(clinic: Clinic) -> None:
    clinic.now = T0
    await clinic.hear(trace_of([5.0, *[9.5] * 25]))


async def notices(clinic: Clinic, number: int = 1) -> list[Notice]:
    async with clinic.archive.reading() as tx:
        return [n for n in await views.notices(tx, number) if n.level]


async def alarm(clinic: Clinic, number: int = 1) -> alarms.Alarm:
    async with clinic.archive.reading() as tx:
        return await alarms.alarm(tx, number)


async def act(clinic: Clinic, word: str, **more: object) -> None:
    async with clinic.archive.writing() as tx:
        await taking.take(tx, Act(1, word, "Ada", clinic.now, **more))  # type: ignore[arg-type] # a table of acts


async def is_told_true(archive: Archive) -> bool:
    """Nothing stands in the archive without a link in its chain."""
    async with archive.reading() as tx:
        return await chains.unseen(tx) == []
