"""Ways to people for tests, and whom they lead to: a loudspeaker that says and fails as it is told, levels as a list."""

import asyncio
from collections.abc import Mapping, Sequence

from coldchain.archive.alarms import Alarm
from coldchain.archive.db import Tx
from coldchain.archive.duty.who import Level, Reach, Way
from coldchain.providers.outcome import Answer, Limit, Message, Receipt, Verdict


class Loudspeaker:
    """A channel of the tests. `answers` come first, in turn; then everything is accepted."""

    names_person = True

    def __init__(
        self,
        *answers: Answer | BaseException,
        name: str = "console",
        wakes: bool = True,
        limits: tuple[Limit, ...] = (),
    ) -> None:
        self.name, self.wakes, self.per_address = name, wakes, limits
        self.answers = list(answers)
        self.said: list[str] = []
        self.messages: list[Message] = []
        self.known: list[Receipt] | None = None
        self.asked: list[str] = []
        self.hangs: asyncio.Event | None = None
        self.is_on_the_way = False

    async def send(self, message: Message) -> Answer:
        self.is_on_the_way = True
        if self.hangs is not None:
            await self.hangs.wait()
        said = self.answers.pop(0) if self.answers else Answer(Verdict.ACCEPTED, words="ok")
        if isinstance(said, BaseException):
            raise said
        self.messages.append(message)
        if said.verdict is Verdict.ACCEPTED:
            self.said.append(message.text)
        return said

    async def ask(self, out_id: str, address: str, sent_at: int) -> list[Receipt] | None:
        self.asked.append(out_id)
        return self.known


async def nobody(tx: Tx, alarms: Sequence[Alarm], at: int) -> dict[int, list[Level]]:
    """No ladder at all."""
    return {alarm.id: [] for alarm in alarms}


class Ladder:
    """The same levels for every alarm."""

    def __init__(self, *levels: Level) -> None:
        self.levels = list(levels)

    async def __call__(self, tx: Tx, alarms: Sequence[Alarm], at: int) -> Mapping[int, Sequence[Level]]:
        return {alarm.id: self.levels for alarm in alarms}


def person(number: int, *ways: str, quiet: bool = False) -> Reach:
    """Somebody with these ways; the address tells whose it is."""
    return Reach(number, f"P{number}", [Way(way, f"+86{number}", is_quiet_now=quiet) for way in ways])


def level(n: int, after_min: int, *people: Reach, repeat_min: int = 0, receipt_min: int = 2) -> Level:
    return Level(n, after_min, repeat_min, receipt_min, list(people))
