"""What the stamps of one run come to: how long from a batch to a call, where the time went, and whether limits were kept."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]  # comes without types

# By refrigerator: when its alarm was decided, its first call made, and handed to the provider; ms.
WRITTEN: Final = """
select substr(alarm.equipment, 2)::int as fridge, min(alarm.raised_at) as decided,
       min(notice.created_at) as made, min(notice_attempt.sent_s) * 1000 as handed
from alarm join notice on notice.alarm = alarm.id and notice.level > 0
           join notice_attempt on notice_attempt.notice = notice.id
group by alarm.equipment
"""
STEPS: Final = ("stored", "decided", "made", "handed", "accepted")


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds."""

    median: float
    p99: float
    most: float


def took(values: Iterable[float]) -> Took | None:
    """Of so many, None of none; the 99 % is one that was seen, nothing between two."""
    ordered = sorted(values)
    if not ordered:
        return None
    at = [ordered[min(len(ordered), math.ceil(part * len(ordered))) - 1] for part in (0.5, 0.99, 1.0)]
    return Took(*(round(each, 1) for each in at))


async def judged(archive: str) -> int:
    """Of how many channels alerting has decided about a reading."""
    connection = await asyncpg.connect(archive)
    try:
        return int(await connection.fetchval("select count(*) from checkpoint"))
    finally:
        await connection.close()


async def written(archive: str) -> dict[int, dict[str, float]]:
    """What alerting wrote down of each refrigerator."""
    connection = await asyncpg.connect(archive)
    try:
        return {
            row["fridge"]: {name: float(row[name]) for name in STEPS[1:4]} for row in await connection.fetch(WRITTEN)
        }
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class Story:
    """One refrigerator from its batch to its call; ms."""

    left: int
    at: Mapping[str, float]

    @property
    def told(self) -> float | None:
        """How long it took in all; None: nobody was called."""
        return self.at["accepted"] - self.left if "accepted" in self.at else None


def stories(
    numbers: Mapping[int, str],
    streamed: Mapping[str, Any],
    accepted: Mapping[str, int],
    rows: Mapping[int, Mapping[str, float]],
) -> list[Story]:
    """Every batch of frost with what became of it.

    Args:
        numbers: the keeper's number of each refrigerator that is asked about.
        streamed: the stream's report.
        accepted: the provider's, by number.
        rows: what alerting wrote down.
    """
    found = []
    for n, number in numbers.items():
        left = streamed["froze"].get(str(n))
        if left is None:
            continue
        at: dict[str, float] = dict(rows.get(n, {}))
        if str(n) in streamed["kept"]:
            at["stored"] = streamed["kept"][str(n)]
        if number in accepted:
            at["accepted"] = accepted[number]
        found.append(Story(left, at))
    return found


def steps(told: Sequence[Story]) -> dict[str, Took | None]:
    """Where each was after how long, step by step since its batch left."""
    return {name: took(each.at[name] - each.left for each in told if name in each.at) for name in STEPS}
