"""An act: what somebody did, when; and a stage with what acts refer to, so that they can be written as one line each."""

import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

from coldchain.archive import equipment
from coldchain.archive.audit import By
from coldchain.archive.county import County
from coldchain.archive.db import Tx

LOCAL: Final = timezone(timedelta(hours=8))
MINUTE_MS: Final = 60_000
WHY: Final = "the simulated county"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The county's days, counted from the one on which its story goes live."""

    live_at: int

    def date(self, day: int = 0) -> date:
        """The local date, so many days after (before, when negative) the live one."""
        return datetime.fromtimestamp(self.live_at / 1000, UTC).astimezone(LOCAL).date() + timedelta(days=day)

    def on(self, day: int) -> str:
        """… as it is written."""
        return self.date(day).isoformat()

    def at(self, day: int, hour: int, minute: int = 0) -> int:
        """A moment of that day, ms UTC."""
        its = self.date(day)
        return round(datetime(its.year, its.month, its.day, hour, minute, tzinfo=LOCAL).timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Stage:
    """What acts find: the county as its file says it, its calendar, compartments by name, and what acts before them made."""

    county: County
    calendar: Calendar
    seed: str
    rooms: dict[str, int] = field(default_factory=dict)  # "equipment/compartment": its number
    made: dict[str, Any] = field(default_factory=dict)

    async def look_round(self, tx: Tx) -> None:
        """Learn the numbers of all compartments that are there now."""
        self.rooms.update({f"{each.equipment}/{each.name}": each.id for each in await equipment.compartments(tx)})

    def dice(self, what: str) -> random.Random:
        """Chance that is the same in every life of this seed."""
        return random.Random(f"{self.seed}/{what}")

    def gateway_of(self, facility: str) -> str:
        """The gateway of a facility that has one."""
        return next(each.gateway for each in self.county.facilities if each.code == facility and each.gateway)

    def probes_of(self, code: str) -> list[str]:
        """The devices (`gateway/device`) that tell temperatures of a piece of equipment."""
        its = [each.name for each in self.county.channels if each.equipment == code]
        return [name.rpartition("/")[0] for name in its if name.endswith("/temperature")]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that `actor` did at `at`; `do` does it, through the archive's own functions."""

    at: int
    actor: str
    do: Callable[[Tx, Stage, By], Awaitable[object]]


async def play(tx: Tx, stage: Stage, acts: Iterable[Act]) -> int:
    """Do them in the order of their time; returns how many."""
    await stage.look_round(tx)
    count = 0
    for act in sorted(acts, key=lambda each: each.at):
        await act.do(tx, stage, By(act.actor, act.at, WHY))
        count += 1
    return count
